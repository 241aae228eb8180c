//! `select`: one of several channel operations, chosen at random among those that are ready.
//!
//! Three passes, as in Go's runtime:
//! 1. lock every channel (in address order, so that two selects cannot deadlock) and look at the
//!    cases in random order; if one is ready, do it;
//! 2. otherwise stand in every channel's queue with one shared [`Claim`], and unlock;
//! 3. after being woken, leave the queues of the cases that did not win.
//!
//! Readiness is judged with all locks held, that is at one instant. Polling one channel after the
//! other is wrong: a value can move from a channel not yet looked at to one already passed, and a
//! `default` would be taken although at every instant some case was ready (conformance SEL-015).
//!
//! The claim decides between partners on different channels that meet the same parked select at
//! once: each dequeues it under its own channel's lock, and the exchange in [`Claim::take`] has one
//! winner. The loser goes on to the next waiter of its own queue, so no value is lost. Model:
//! `tests/loom_select.rs`.
//!
//! A case names its channel by anything that points to one: native goroutines borrow their channels,
//! isolates, whose parked selects outlive the call, share them.

#[cfg(not(loom))]
mod native;

#[cfg(not(loom))]
pub use native::{Select, select, try_select};

use crate::chan::{Hchan, Locked, Parked, Place, Removed, Unpark, Waiter};
use crate::error::{TryRecvError, TrySendError};
use crate::loom::{Arc, AtomicBool};
use smallvec::SmallVec;
use std::ops::Deref;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

/// Decides which case of a parked select completes. Taken once.
pub(crate) struct Claim(AtomicBool);

impl Claim {
    pub(crate) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Whether a case was completed. Then its channel's lock tells how.
    pub(crate) fn is_taken(&self) -> bool {
        // Acquire: pairs with `take`; what it completed is read under the channel's lock.
        self.0.load(Acquire)
    }

    /// `true` for the first caller only.
    pub(crate) fn take(&self) -> bool {
        // AcqRel: the winner's later writes reach the select through the channel's lock or the
        // mailbox; the exchange only has to be a single total order, which any RMW has. Acquire on
        // success keeps a winner's work from moving above its claim.
        self.0
            .compare_exchange(false, true, AcqRel, Relaxed)
            .is_ok()
    }
}

/// A way to name a channel: `&Hchan<V>` or `Arc<Hchan<V>>`.
pub trait ChanRef<V>: Deref<Target = Hchan<V>> + Clone {}
impl<V, C: Deref<Target = Hchan<V>> + Clone> ChanRef<V> for C {}

/// One case of a select.
pub enum Case<C, V> {
    /// Receive from the channel.
    Recv(C),
    /// Send the value on the channel. The value is taken when the case is parked or completes.
    Send(C, Option<V>),
    /// A nil channel: never ready.
    Never,
}

impl<V, C: ChanRef<V>> Case<C, V> {
    fn chan(&self) -> Option<&C> {
        match self {
            Self::Recv(chan) | Self::Send(chan, _) => Some(chan),
            Self::Never => None,
        }
    }
}

/// What a select came to, without parking.
#[derive(Debug, PartialEq, Eq)]
pub enum Selected<V> {
    /// A receive case: a value, or `None` for closed and drained.
    Received(u32, Option<V>),
    /// A send case completed.
    Sent(u32),
    /// A send case met a closed channel: Go panics.
    SendOnClosed(u32),
    /// No case is ready.
    NotReady,
}

/// Where a parked select stands; needed to leave the queues afterwards.
pub struct Enqueued<C> {
    places: Places<C>,
}

/// Each case's channel, number and place in the queue.
type Places<C> = SmallVec<[(C, u32, Place); 4]>;

type Guards<'a, V> = SmallVec<[Locked<'a, V>; 8]>;

/// The channels of `cases`, each locked once, and for every case the index of its lock.
struct AllLocked<'a, V> {
    guards: Guards<'a, V>,
    of_case: SmallVec<[u32; 8]>,
}

/// Sel-lock: address order, each channel once.
fn lock_all<V, C: ChanRef<V>>(chans: &[Option<C>]) -> AllLocked<'_, V> {
    let mut order: SmallVec<[(usize, usize); 8]> = chans
        .iter()
        .enumerate()
        .filter_map(|(at, chan)| chan.as_ref().map(|chan| (chan.address(), at)))
        .collect();
    order.sort_unstable();
    let mut guards: Guards<'_, V> = SmallVec::new();
    let mut of_case: SmallVec<[u32; 8]> = SmallVec::from_elem(u32::MAX, chans.len());
    let mut last = usize::MAX;
    for (address, at) in order {
        if address != last
            && let Some(chan) = &chans[at]
        {
            guards.push(chan.lock());
            last = address;
        }
        of_case[at] = guards.len() as u32 - 1;
    }
    AllLocked { guards, of_case }
}

/// The numbers of the cases, shuffled: the order in which they are looked at, and, since two cases
/// may be on one channel, the order in which they are enqueued (Go: `pollorder`).
type Order = SmallVec<[u32; 16]>;

fn shuffled(count: usize, random: &mut dyn FnMut(u32) -> u32) -> Order {
    let mut order: Order = (0..count as u32).collect();
    for at in 0..count {
        let other = at + random((count - at) as u32) as usize;
        order.swap(at, other);
    }
    order
}

/// Pass 1: the cases in random order, all locks held.
fn look<V, C: ChanRef<V>>(
    cases: &mut [Case<C, V>],
    locked: &mut AllLocked<'_, V>,
    order: &Order,
) -> (Selected<V>, Unpark<V>) {
    for &case in order {
        let lock = locked.of_case[case as usize];
        if lock == u32::MAX {
            continue;
        }
        let done = look_at(
            case,
            &mut cases[case as usize],
            &mut locked.guards[lock as usize],
        );
        if !matches!(done.0, Selected::NotReady) {
            return done;
        }
    }
    (Selected::NotReady, Unpark::None)
}

fn look_at<V, C>(
    number: u32,
    case: &mut Case<C, V>,
    core: &mut Locked<'_, V>,
) -> (Selected<V>, Unpark<V>) {
    match case {
        Case::Never => (Selected::NotReady, Unpark::None),
        Case::Recv(_) => match core.try_recv() {
            Ok((value, unpark)) => (Selected::Received(number, Some(value)), unpark),
            Err(TryRecvError::Closed) => (Selected::Received(number, None), Unpark::None),
            Err(TryRecvError::Empty) => (Selected::NotReady, Unpark::None),
        },
        Case::Send(_, offer) => {
            let Some(value) = offer.take() else {
                return (Selected::NotReady, Unpark::None);
            };
            match core.try_send(value) {
                Ok(unpark) => (Selected::Sent(number), unpark),
                Err(TrySendError::Closed(value)) => {
                    *offer = Some(value);
                    (Selected::SendOnClosed(number), Unpark::None)
                }
                Err(TrySendError::Full(value)) => {
                    *offer = Some(value);
                    (Selected::NotReady, Unpark::None)
                }
            }
        }
    }
}

/// The `default` form: does one ready case, or reports [`Selected::NotReady`]. Never parks.
/// `random(n)` gives a number below `n`.
pub fn select_or_not<V, C: ChanRef<V>>(
    cases: &mut [Case<C, V>],
    random: &mut dyn FnMut(u32) -> u32,
) -> (Selected<V>, Unpark<V>) {
    let chans = chans_of(cases);
    let order = shuffled(cases.len(), random);
    let mut locked = lock_all(&chans);
    look(cases, &mut locked, &order)
}

/// The blocking form: does one ready case, or parks `who` on all of them (then the second part is
/// set, and the caller must [`Enqueued::leave`] once it is woken).
///
/// A select without any live case parks for ever: `Enqueued` is then empty.
pub fn select_or_park<V, C: ChanRef<V>>(
    cases: &mut [Case<C, V>],
    who: &Parked<V>,
    random: &mut dyn FnMut(u32) -> u32,
) -> (Selected<V>, Unpark<V>, Option<Enqueued<C>>) {
    let chans = chans_of(cases);
    let order = shuffled(cases.len(), random);
    let mut locked = lock_all(&chans);
    let (done, unpark) = look(cases, &mut locked, &order);
    if !matches!(done, Selected::NotReady) {
        return (done, unpark, None);
    }
    let places = enqueue(cases, &mut locked, &order, who, &Arc::new(Claim::new()));
    drop(locked);
    (Selected::NotReady, Unpark::None, Some(Enqueued { places }))
}

fn chans_of<V, C: ChanRef<V>>(cases: &[Case<C, V>]) -> SmallVec<[Option<C>; 8]> {
    cases.iter().map(|case| case.chan().cloned()).collect()
}

/// Pass 2: one waiter in every queue, all with the same claim.
fn enqueue<V, C: ChanRef<V>>(
    cases: &mut [Case<C, V>],
    locked: &mut AllLocked<'_, V>,
    order: &Order,
    who: &Parked<V>,
    claim: &Arc<Claim>,
) -> Places<C> {
    let mut places = SmallVec::new();
    for &number in order {
        let case = &mut cases[number as usize];
        let Some(chan) = case.chan().cloned() else {
            continue;
        };
        let core = &mut locked.guards[locked.of_case[number as usize] as usize];
        let mut waiter = Waiter {
            who: who.clone(),
            claim: Some(claim.clone()),
            case: number,
            value: None,
        };
        let place = if let Case::Send(_, offer) = case {
            waiter.value = offer.take();
            core.park_sender(waiter)
        } else {
            core.park_receiver(waiter)
        };
        places.push((chan, number, place));
    }
    places
}

impl<C> Enqueued<C> {
    /// Pass 3, for a select of an isolate: leaves every queue it still stands in. What the losing
    /// send cases offered is dropped, after the locks are released.
    pub fn leave<V>(self)
    where
        C: ChanRef<V>,
    {
        for (chan, _, place) in self.places {
            let removed = chan.lock().leave(place);
            debug_assert!(
                !matches!(removed, Some(Removed::Served(_))),
                "an isolate's waiter is served through its mailbox"
            );
            drop(removed);
        }
    }
}

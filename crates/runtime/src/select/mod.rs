//! `select`: one of several channel operations, chosen at random among those that are ready.
//!
//! Three passes, as in Go's runtime:
//! 1. lock every channel (in address order, so that two selects cannot deadlock) and look at the
//!    cases in random order; if one is ready, do it;
//! 2. otherwise stand in every channel's queue with one shared [`Claim`], and unlock;
//! 3. after being woken, leave the queues of the cases that did not win.
//!
//! That *no* case is ready is judged with all locks held, that is at one instant. Polling one channel
//! after the other is wrong for that: a value can move from a channel not yet looked at to one already
//! passed, and a `default` would be taken although at every instant some case was ready (conformance
//! SEL-015). To find one that *is* ready no instant is needed. So before the first pass the cases are
//! tried singly, in the same random order, where a look without a lock says that it may be worth it
//! ([`quick`]). The first that is ready in a random order is any of those that are, each as likely.
//! And a select with a `default` may see without a lock that nothing was ready at one instant
//! (`glance.rs`).
//!
//! The claim decides between partners on different channels that meet the same parked select at
//! once: each dequeues it under its own channel's lock, and the exchange in [`Claim::take`] has one
//! winner. The loser goes on to the next waiter of its own queue, so no value is lost. Model:
//! `tests/loom_select.rs`.
//!
//! A case names its channel by anything that points to one: native goroutines borrow their channels,
//! isolates, whose parked selects outlive the call, share them.

mod glance;
mod locks;
#[cfg(not(loom))]
mod mixed;
#[cfg(not(loom))]
mod native;

#[cfg(not(loom))]
pub use mixed::{MixedCase, MixedSelect};
#[cfg(not(loom))]
pub use native::{Select, select, try_select};

use crate::chan::{Hchan, Own, Parked, Place, Unpark, Waiter};
use crate::error::{TryRecvError, TrySendError};
use crate::loom::{Arc, AtomicBool};
use locks::{Locks, Order, lock_all, shuffled};
use smallvec::SmallVec;
use std::marker::PhantomData;
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

/// Where a parked select stands. Dropped, it leaves the queues: the third pass.
pub struct Enqueued<C: ChanRef<V>, V> {
    places: Places<C>,
    value: PhantomData<V>,
}

/// Each case's channel, number and place in the queue.
type Places<C> = SmallVec<[(C, u32, Place); 4]>;

/// The channel of each case.
type Chans<C> = SmallVec<[Option<C>; 8]>;

fn chans_of<V, C: ChanRef<V>>(cases: &[Case<C, V>]) -> Chans<C> {
    cases.iter().map(|case| case.chan().cloned()).collect()
}

/// Tries the cases singly, in this order. `None` means nothing: a case may be ready all the same.
#[inline]
fn quick<V, C: ChanRef<V>>(
    cases: &mut [Case<C, V>],
    own: Option<&Own<V>>,
    order: &Order,
) -> Option<(Selected<V>, Unpark<V>)> {
    for &number in order {
        let done = match &mut cases[number as usize] {
            Case::Recv(chan) if chan.may_recv() => received(number, chan.recv_now(own, false)),
            Case::Send(chan, offer) if chan.may_send() => {
                sent(number, offer, |value| chan.send_now(value, own, false))
            }
            _ => None,
        };
        if done.is_some() {
            return done;
        }
    }
    None
}

fn received<V>(
    number: u32,
    result: Result<(V, Unpark<V>), TryRecvError>,
) -> Option<(Selected<V>, Unpark<V>)> {
    match result {
        Ok((value, unpark)) => Some((Selected::Received(number, Some(value)), unpark)),
        Err(TryRecvError::Closed) => Some((Selected::Received(number, None), Unpark::None)),
        Err(TryRecvError::Empty) => None,
    }
}

fn sent<V>(
    number: u32,
    offer: &mut Option<V>,
    send: impl FnOnce(V) -> Result<Unpark<V>, TrySendError<V>>,
) -> Option<(Selected<V>, Unpark<V>)> {
    match send(offer.take()?) {
        Ok(unpark) => Some((Selected::Sent(number), unpark)),
        Err(TrySendError::Closed(value)) => {
            *offer = Some(value);
            Some((Selected::SendOnClosed(number), Unpark::None))
        }
        Err(TrySendError::Full(value)) => {
            *offer = Some(value);
            None
        }
    }
}

/// Pass 1: the cases in random order, all locks held.
#[inline]
fn look<V, C: ChanRef<V>>(
    cases: &mut [Case<C, V>],
    locks: &mut Locks<'_, V>,
    order: &Order,
) -> Option<(Selected<V>, Unpark<V>)> {
    for &number in order {
        let Some(chan) = locks.of_case(number) else {
            continue;
        };
        let done = match &mut cases[number as usize] {
            Case::Never => None,
            Case::Recv(_) => received(number, chan.try_recv()),
            Case::Send(_, offer) => sent(number, offer, |value| chan.try_send(value)),
        };
        if done.is_some() {
            return done;
        }
    }
    None
}

/// Pass 2: one waiter in every queue, all with the same claim.
fn enqueue<V, C: ChanRef<V>>(
    cases: &mut [Case<C, V>],
    locks: &mut Locks<'_, V>,
    order: &Order,
    mut who: impl FnMut() -> Parked<V>,
    claim: &Arc<Claim>,
    places: &mut Places<C>,
) {
    for &number in order {
        let case = &mut cases[number as usize];
        let (Some(chan), Some(locked)) = (case.chan().cloned(), locks.of_case(number)) else {
            continue;
        };
        let mut waiter = Waiter {
            who: who(),
            claim: Some(claim.clone()),
            case: number,
            value: None,
        };
        let place = if let Case::Send(_, offer) = case {
            waiter.value = offer.take();
            locked.park_sender(|| waiter)
        } else {
            locked.park_receiver(|| waiter)
        };
        places.push((chan, number, place));
    }
}

/// The `default` form: does one ready case, or reports [`Selected::NotReady`]. Never parks.
/// `random(n)` gives a number below `n`; an isolate lends its `own`.
pub fn select_or_not<V, C: ChanRef<V>>(
    cases: &mut [Case<C, V>],
    own: Option<&Own<V>>,
    random: &mut dyn FnMut(u32) -> u32,
) -> (Selected<V>, Unpark<V>) {
    if glance::none_ready(cases) {
        return (Selected::NotReady, Unpark::None);
    }
    let order = shuffled(cases.len(), random);
    if let Some(done) = quick(cases, own, &order) {
        return done;
    }
    let chans = chans_of(cases);
    let mut locks = Locks::new();
    lock_all(&chans, own, &mut locks);
    look(cases, &mut locks, &order).unwrap_or((Selected::NotReady, Unpark::None))
}

/// The blocking form: does one ready case, or parks `who()` on all of them (then the third part is
/// set, and the caller drops it once it is woken).
///
/// A select without any live case parks for ever: `Enqueued` is then empty.
pub fn select_or_park<V, C: ChanRef<V>>(
    cases: &mut [Case<C, V>],
    who: impl FnMut() -> Parked<V>,
    own: Option<&Own<V>>,
    random: &mut dyn FnMut(u32) -> u32,
) -> (Selected<V>, Unpark<V>, Option<Enqueued<C, V>>) {
    let order = shuffled(cases.len(), random);
    if let Some((done, unpark)) = quick(cases, own, &order) {
        return (done, unpark, None);
    }
    let chans = chans_of(cases);
    let mut enqueued = Enqueued::new();
    let claim = Arc::new(Claim::new());
    let mut locks = Locks::new();
    lock_all(&chans, own, &mut locks);
    if let Some((done, unpark)) = look(cases, &mut locks, &order) {
        return (done, unpark, None);
    }
    let places = &mut enqueued.places;
    enqueue(cases, &mut locks, &order, who, &claim, places);
    drop(locks);
    (Selected::NotReady, Unpark::None, Some(enqueued))
}

impl<C: ChanRef<V>, V> Enqueued<C, V> {
    fn new() -> Self {
        Self {
            places: SmallVec::new(),
            value: PhantomData,
        }
    }

    /// The same places, with the channels named in another way.
    pub fn with<D: ChanRef<V>>(mut self, mut name: impl FnMut(C) -> D) -> Enqueued<D, V> {
        let places = self.places.drain(..);
        Enqueued {
            places: places
                .map(|(chan, case, place)| (name(chan), case, place))
                .collect(),
            value: PhantomData,
        }
    }

    /// The channel of a case that it waits for.
    pub fn chan(&self, case: u32) -> Option<&C> {
        let place = self.places.iter().find(|(_, number, _)| *number == case);
        place.map(|(chan, ..)| chan)
    }
}

impl<C: ChanRef<V>, V> Drop for Enqueued<C, V> {
    fn drop(&mut self) {
        for (chan, _, place) in self.places.drain(..) {
            // A native goroutine's value that nobody collected goes on to another receiver.
            chan.give_up(place);
        }
    }
}

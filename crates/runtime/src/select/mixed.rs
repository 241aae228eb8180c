//! `select` over channels of different elements, as JavaScript has them: channels of values, of `f64`,
//! of `u8`.
//!
//! The same three passes, the same claim and the same queues as in the parent module; what differs is
//! that the element of a channel is not known here, so each case goes through a trait object. It is
//! slower by some allocations, and therefore beside the other: a program's hot selects have channels of
//! one kind.
//!
//! Only as a future: the isolate polls it like its other waits.

use super::locks::shuffled;
use super::native::with_random;
use super::{Claim, Selected};
use crate::chan::{Hchan, Locked, Outcome, Parked, Place, Removed, Waiter};
use crate::error::{TryRecvError, TrySendError};
use crate::loom::Arc;
use std::any::Any;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// One case of a [`MixedSelect`]. Received elements become `V`.
pub struct MixedCase<V> {
    chan: Option<Box<dyn AnyChan<V>>>,
    /// Of a send case: an `Option` of the channel's element.
    offer: Option<Box<dyn Any + Send>>,
}

impl<V: 'static> MixedCase<V> {
    /// Receive from the channel.
    pub fn recv<T, C>(chan: C, into: fn(T) -> V) -> Self
    where
        T: Send + 'static,
        C: Deref<Target = Hchan<T>> + Send + 'static,
    {
        Self {
            chan: Some(Box::new(Erased { chan, into })),
            offer: None,
        }
    }

    /// Send the value on the channel.
    pub fn send<T, C>(chan: C, value: T, into: fn(T) -> V) -> Self
    where
        T: Send + 'static,
        C: Deref<Target = Hchan<T>> + Send + 'static,
    {
        Self {
            chan: Some(Box::new(Erased { chan, into })),
            offer: Some(Box::new(Some(value))),
        }
    }

    /// A nil channel: never ready.
    pub fn never() -> Self {
        Self {
            chan: None,
            offer: None,
        }
    }
}

/// Wakes somebody. To be called with no lock held.
type Fire = Box<dyn FnOnce()>;

/// Wakers and values, which may be anybody's.
type Rest = Box<dyn Any>;

trait AnyChan<V>: Send {
    fn address(&self) -> usize;
    fn lock(&self) -> Box<dyn AnyLocked<V> + '_>;
    fn give_up(&self, place: Place);
}

/// A locked channel. `offer` is that of a case on this very channel.
trait AnyLocked<V> {
    fn recv(&mut self, number: u32) -> Option<(Selected<V>, Fire)>;
    fn send(&mut self, number: u32, offer: &mut dyn Any) -> Option<(Selected<V>, Fire)>;
    fn park(&mut self, waiter: Parking<'_>) -> Place;
    fn change_waker(&mut self, place: Place, waker: Waker) -> Waker;
    /// Leaves the queue. Gives what it was served with, and what is to be dropped with no lock held.
    fn collect(&mut self, number: u32, place: Place) -> (Option<Selected<V>>, Option<Rest>);
}

struct Parking<'a> {
    waker: Waker,
    claim: Arc<Claim>,
    number: u32,
    offer: Option<&'a mut dyn Any>,
}

struct Erased<C, T, V> {
    chan: C,
    into: fn(T) -> V,
}

struct ErasedLocked<'a, T, V> {
    locked: Locked<'a, T>,
    into: fn(T) -> V,
}

impl<C, T, V> AnyChan<V> for Erased<C, T, V>
where
    C: Deref<Target = Hchan<T>> + Send,
    T: Send + 'static,
    V: 'static,
{
    fn address(&self) -> usize {
        self.chan.address()
    }

    fn lock(&self) -> Box<dyn AnyLocked<V> + '_> {
        Box::new(ErasedLocked {
            locked: self.chan.lock(),
            into: self.into,
        })
    }

    fn give_up(&self, place: Place) {
        self.chan.give_up(place);
    }
}

/// What a case offers. Cases that share a lock are on one channel, so the elements are the same.
fn offer_of<T: 'static>(offer: &mut dyn Any) -> &mut Option<T> {
    offer
        .downcast_mut()
        .expect("the case is on the channel that is locked")
}

impl<T: Send + 'static, V: 'static> AnyLocked<V> for ErasedLocked<'_, T, V> {
    fn recv(&mut self, number: u32) -> Option<(Selected<V>, Fire)> {
        match self.locked.try_recv() {
            Ok((value, unpark)) => {
                let value = (self.into)(value);
                let done = Selected::Received(number, Some(value));
                Some((done, Box::new(move || unpark.fire())))
            }
            Err(TryRecvError::Closed) => Some((Selected::Received(number, None), Box::new(|| {}))),
            Err(TryRecvError::Empty) => None,
        }
    }

    fn send(&mut self, number: u32, offer: &mut dyn Any) -> Option<(Selected<V>, Fire)> {
        let offer = offer_of::<T>(offer);
        match self.locked.try_send(offer.take()?) {
            Ok(unpark) => Some((Selected::Sent(number), Box::new(move || unpark.fire()))),
            Err(TrySendError::Closed(value)) => {
                *offer = Some(value);
                Some((Selected::SendOnClosed(number), Box::new(|| {})))
            }
            Err(TrySendError::Full(value)) => {
                *offer = Some(value);
                None
            }
        }
    }

    fn park(&mut self, parking: Parking<'_>) -> Place {
        let mut waiter = Waiter {
            who: Parked::Task(parking.waker),
            claim: Some(parking.claim),
            case: parking.number,
            value: None,
        };
        match parking.offer {
            None => self.locked.park_receiver(|| waiter),
            Some(offer) => {
                waiter.value = offer_of::<T>(offer).take();
                self.locked.park_sender(|| waiter)
            }
        }
    }

    fn change_waker(&mut self, place: Place, waker: Waker) -> Waker {
        self.locked.change_waker(place, waker)
    }

    fn collect(&mut self, number: u32, place: Place) -> (Option<Selected<V>>, Option<Rest>) {
        let outcome = match self.locked.leave(place) {
            None => return (None, None),
            Some(Removed::Waiting(waiter)) => return (None, Some(Box::new(waiter))),
            Some(Removed::Served(outcome)) => outcome,
        };
        let mut rest: Option<Rest> = None;
        let selected = match outcome {
            Outcome::Received(value) => Selected::Received(number, Some((self.into)(value))),
            Outcome::Drained => Selected::Received(number, None),
            Outcome::Sent => Selected::Sent(number),
            Outcome::Closed(value) => {
                rest = Some(Box::new(value));
                Selected::SendOnClosed(number)
            }
        };
        (Some(selected), rest)
    }
}

/// The channels of a select, each locked once, in address order.
struct Locks<'a, V> {
    guards: Vec<Box<dyn AnyLocked<V> + 'a>>,
    of_case: Vec<Option<usize>>,
}

impl<'a, V> Locks<'a, V> {
    fn new(chans: &'a [Option<Box<dyn AnyChan<V>>>]) -> Self {
        let mut order: Vec<(usize, usize)> = chans
            .iter()
            .enumerate()
            .filter_map(|(number, chan)| Some((chan.as_ref()?.address(), number)))
            .collect();
        order.sort_unstable();
        let mut locks = Self {
            guards: Vec::with_capacity(order.len()),
            of_case: vec![None; chans.len()],
        };
        let mut last = None;
        for (address, number) in order {
            if last != Some(address)
                && let Some(chan) = &chans[number]
            {
                locks.guards.push(chan.lock());
                last = Some(address);
            }
            locks.of_case[number] = Some(locks.guards.len() - 1);
        }
        locks
    }

    fn of_case(&mut self, number: u32) -> Option<&mut Box<dyn AnyLocked<V> + 'a>> {
        self.guards.get_mut(self.of_case[number as usize]?)
    }
}

type Chans<V> = Vec<Option<Box<dyn AnyChan<V>>>>;
type Offers = Vec<Option<Box<dyn Any + Send>>>;

/// Pass 1: the cases in random order, all locks held.
fn look<V>(
    locks: &mut Locks<'_, V>,
    offers: &mut Offers,
    order: &[u32],
) -> Option<(Selected<V>, Fire)> {
    for &number in order {
        let Some(locked) = locks.of_case(number) else {
            continue;
        };
        let done = match &mut offers[number as usize] {
            None => locked.recv(number),
            Some(offer) => locked.send(number, &mut **offer),
        };
        if done.is_some() {
            return done;
        }
    }
    None
}

/// Does one of the cases that are ready, chosen at random; waits until one is.
#[must_use = "futures do nothing unless awaited"]
pub struct MixedSelect<V> {
    chans: Chans<V>,
    offers: Offers,
    parked: Option<Waiting>,
}

struct Waiting {
    places: Vec<(u32, Place)>,
    claim: Arc<Claim>,
    waker: Waker,
}

impl<V> MixedSelect<V> {
    /// Over these cases.
    pub fn new(cases: Vec<MixedCase<V>>) -> Self {
        let (chans, offers) = cases
            .into_iter()
            .map(|case| (case.chan, case.offer))
            .unzip();
        Self {
            chans,
            offers,
            parked: None,
        }
    }

    /// The `default` form: does a case that is ready, or gives [`Selected::NotReady`].
    pub fn or_not(mut self) -> Selected<V> {
        let order = with_random(|random| shuffled(self.chans.len(), random));
        let mut locks = Locks::new(&self.chans);
        let done = look(&mut locks, &mut self.offers, &order);
        drop(locks);
        done.map_or(Selected::NotReady, |(selected, fire)| {
            fire();
            selected
        })
    }

    fn start(&mut self, waker: &Waker) -> Poll<Selected<V>> {
        let order = with_random(|random| shuffled(self.chans.len(), random));
        // Somebody else's, so cloned before the locks are taken: see `chan/native.rs`.
        let mut wakers: Vec<Waker> = self.chans.iter().map(|_| waker.clone()).collect();
        let claim = Arc::new(Claim::new());
        let mut places = Vec::with_capacity(order.len());
        let mut locks = Locks::new(&self.chans);
        if let Some((selected, fire)) = look(&mut locks, &mut self.offers, &order) {
            drop(locks);
            fire();
            return Poll::Ready(selected);
        }
        for &number in &order {
            let Some(locked) = locks.of_case(number) else {
                continue;
            };
            let offer = self.offers[number as usize].as_mut();
            let place = locked.park(Parking {
                waker: wakers.pop().expect("one for each case"),
                claim: claim.clone(),
                number,
                offer: offer.map(|offer| &mut **offer as &mut dyn Any),
            });
            places.push((number, place));
        }
        drop(locks);
        self.parked = Some(Waiting {
            places,
            claim,
            waker: waker.clone(),
        });
        Poll::Pending
    }

    fn chan(&self, number: u32) -> &dyn AnyChan<V> {
        let chan = self.chans[number as usize].as_deref();
        chan.expect("who stands in a queue has a channel")
    }

    /// Pass 3: leaves every queue. Gives what it was served with.
    fn collect(&mut self) -> Option<Selected<V>> {
        let waiting = self.parked.take()?;
        let mut selected = None;
        for (number, place) in waiting.places {
            let (served, rest) = self.chan(number).lock().collect(number, place);
            selected = selected.or(served);
            drop(rest); // with no lock held
        }
        selected
    }

    /// Whoever polls is to be woken.
    fn wake_with(&mut self, waker: &Waker) {
        let Some(waiting) = &mut self.parked else {
            return;
        };
        if waiting.waker.will_wake(waker) {
            return;
        }
        waiting.waker.clone_from(waker);
        let places = waiting.places.clone();
        for (number, place) in places {
            let fresh = waker.clone();
            let before = self.chan(number).lock().change_waker(place, fresh);
            drop(before); // with no lock held
        }
    }
}

// Nothing here is pinned: the wait queues hold the waiters, not this future's memory.
impl<V> Unpin for MixedSelect<V> {}

impl<V> Future for MixedSelect<V> {
    type Output = Selected<V>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Selected<V>> {
        let this = &mut *self;
        match &this.parked {
            None => this.start(context.waker()),
            Some(waiting) if waiting.claim.is_taken() => {
                Poll::Ready(this.collect().unwrap_or(Selected::NotReady))
            }
            Some(_) => {
                this.wake_with(context.waker());
                Poll::Pending
            }
        }
    }
}

impl<V> Drop for MixedSelect<V> {
    fn drop(&mut self) {
        let Some(waiting) = self.parked.take() else {
            return;
        };
        for (number, place) in waiting.places {
            // A value that nobody collected goes on to another receiver.
            self.chan(number).give_up(place);
        }
    }
}

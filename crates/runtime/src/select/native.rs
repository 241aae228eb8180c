//! `select` as a future, for native goroutines.
//!
//! A parked select owns one node in each of its channels' queues. Whoever serves it wins the claim
//! and leaves the outcome in one of them, under that channel's lock; so when the claim is gone, going
//! through the places finds it exactly once.

use super::{
    Case, ChanRef, Claim, Enqueued, Selected, chans_of, enqueue, lock_all, look, shuffled,
};
use crate::chan::{Outcome, Parked, Removed};
use crate::loom::Arc;
use crate::sched::Rng;
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Does one of the cases that are ready, chosen at random; waits until one is. A `default` case is
/// [`try_select`]. A select without any live case waits for ever, as in Go.
///
/// Send cases that were not chosen keep their values, unless the select waited.
pub fn select<V, C: ChanRef<V>>(cases: &mut [Case<C, V>]) -> Select<'_, C, V> {
    Select {
        cases,
        parked: None,
    }
}

/// The `default` form: does one case that is ready, or gives [`Selected::NotReady`].
pub fn try_select<V, C: ChanRef<V>>(cases: &mut [Case<C, V>]) -> Selected<V> {
    let (selected, unpark) = super::select_or_not(cases, &mut random_below);
    unpark.fire();
    selected
}

/// A [`select`] under way. Dropped, it leaves its queues; a value it was handed goes back.
#[must_use = "futures do nothing unless awaited"]
pub struct Select<'a, C: ChanRef<V>, V> {
    cases: &'a mut [Case<C, V>],
    parked: Option<Waiting<C>>,
}

struct Waiting<C> {
    claim: Arc<Claim>,
    places: Enqueued<C>,
    /// The waker that its waiters have.
    waker: Waker,
}

// Nothing here is pinned: the wait queues hold the waiters, not this future's memory.
impl<C: ChanRef<V>, V> Unpin for Select<'_, C, V> {}

impl<C: ChanRef<V>, V> Future for Select<'_, C, V> {
    type Output = Selected<V>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Selected<V>> {
        let this = &mut *self;
        match this.parked.take() {
            None => this.start(context),
            Some(waiting) if waiting.claim.is_taken() => {
                Poll::Ready(served(waiting.places).unwrap_or(Selected::NotReady))
            }
            Some(waiting) => {
                this.parked = Some(waiting.for_waker(context.waker()));
                Poll::Pending
            }
        }
    }
}

impl<C: ChanRef<V>, V> Select<'_, C, V> {
    fn start(&mut self, context: &Context<'_>) -> Poll<Selected<V>> {
        let chans = chans_of(self.cases);
        let order = shuffled(self.cases.len(), &mut random_below);
        let mut locked = lock_all(&chans);
        let (done, unpark) = look(self.cases, &mut locked, &order);
        if !matches!(done, Selected::NotReady) {
            drop(locked);
            unpark.fire();
            return Poll::Ready(done);
        }
        let claim = Arc::new(Claim::new());
        let who = Parked::Task(context.waker().clone());
        let places = enqueue(self.cases, &mut locked, &order, &who, &claim);
        self.parked = Some(Waiting {
            claim,
            places: Enqueued { places },
            waker: context.waker().clone(),
        });
        Poll::Pending
    }
}

impl<C> Waiting<C> {
    /// Somebody else polls us now: the waiters must wake that one.
    fn for_waker<V>(mut self, waker: &Waker) -> Self
    where
        C: ChanRef<V>,
    {
        if !self.waker.will_wake(waker) {
            self.waker.clone_from(waker);
            for (chan, _, place) in &self.places.places {
                let before = chan.lock().change_waker(*place, waker.clone());
                drop(before); // a waker's destructor runs with no lock held
            }
        }
        self
    }
}

/// Pass 3: leaves every queue. Gives what it was served with, if it was.
fn served<V, C: ChanRef<V>>(enqueued: Enqueued<C>) -> Option<Selected<V>> {
    let mut selected = None;
    for (chan, case, place) in enqueued.places {
        let removed = chan.lock().leave(place);
        if let Some(Removed::Served(outcome)) = removed {
            selected = Some(match outcome {
                Outcome::Received(value) => Selected::Received(case, Some(value)),
                Outcome::Drained => Selected::Received(case, None),
                Outcome::Sent => Selected::Sent(case),
                Outcome::Closed(_) => Selected::SendOnClosed(case),
            });
        }
    }
    selected
}

impl<C: ChanRef<V>, V> Drop for Select<'_, C, V> {
    fn drop(&mut self) {
        let Some(waiting) = self.parked.take() else {
            return;
        };
        for (chan, _, place) in waiting.places.places {
            let mut core = chan.lock();
            match core.leave(place) {
                Some(Removed::Served(Outcome::Received(value))) => {
                    let unpark = core.give_back(value);
                    drop(core);
                    unpark.fire();
                }
                // A value that was offered is dropped with no lock held.
                other => {
                    drop(core);
                    drop(other);
                }
            }
        }
    }
}

thread_local! {
    static RANDOM: Cell<Option<Rng>> = const { Cell::new(None) };
}

fn random_below(n: u32) -> u32 {
    RANDOM.with(|random| {
        let mut rng = random
            .take()
            .unwrap_or_else(|| Rng::from_address(std::ptr::from_ref(random).addr()));
        let number = rng.below(n);
        random.set(Some(rng));
        number
    })
}

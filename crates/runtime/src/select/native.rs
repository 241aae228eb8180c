//! `select` as a future, for native goroutines.
//!
//! A parked select owns one node in each of its channels' queues. Whoever serves it wins the claim
//! and leaves the outcome in one of them, under that channel's lock; so when the claim is gone, going
//! through the places finds it exactly once.

use super::{
    Case, ChanRef, Claim, Enqueued, Locks, Selected, chans_of, enqueue, lock_all, look, quick,
    shuffled,
};
use crate::chan::{Outcome, Parked, Removed};
use crate::g::Reason;
use crate::loom::Arc;
use crate::sched::Rng;
use crate::task::note_wait;
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Does one of the cases that are ready, chosen at random; waits until one is. A `default` case is
/// [`try_select`]. A select without any live case waits for ever, as in Go.
///
/// Send cases that were not chosen keep their values, unless the select waited.
#[inline]
pub fn select<V, C: ChanRef<V>>(cases: &mut [Case<C, V>]) -> Select<'_, C, V> {
    Select {
        cases,
        parked: None,
    }
}

/// The `default` form: does one case that is ready, or gives [`Selected::NotReady`].
#[inline]
pub fn try_select<V, C: ChanRef<V>>(cases: &mut [Case<C, V>]) -> Selected<V> {
    let (selected, unpark) = with_random(|random| super::select_or_not(cases, None, random));
    unpark.fire();
    selected
}

/// A [`select`] under way. Dropped, it leaves its queues; a value it was handed goes back.
#[must_use = "futures do nothing unless awaited"]
pub struct Select<'a, C: ChanRef<V>, V> {
    cases: &'a mut [Case<C, V>],
    parked: Option<Waiting<C, V>>,
}

struct Waiting<C: ChanRef<V>, V> {
    enqueued: Enqueued<C, V>,
    claim: StashedClaim,
    /// The waker that its waiters have.
    waker: Waker,
}

// Nothing here is pinned: the wait queues hold the waiters, not this future's memory.
impl<C: ChanRef<V>, V> Unpin for Select<'_, C, V> {}

impl<C: ChanRef<V>, V> Future for Select<'_, C, V> {
    type Output = Selected<V>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Selected<V>> {
        let this = &mut *self;
        match &mut this.parked {
            None => this.start(context),
            Some(waiting) if waiting.claim.is_taken() => {
                let selected = waiting.enqueued.collect();
                this.parked = None;
                Poll::Ready(selected.unwrap_or(Selected::NotReady))
            }
            Some(waiting) => {
                waiting.wake_with(context.waker());
                Poll::Pending
            }
        }
    }
}

impl<C: ChanRef<V>, V> Select<'_, C, V> {
    fn start(&mut self, context: &Context<'_>) -> Poll<Selected<V>> {
        let order = with_random(|random| shuffled(self.cases.len(), random));
        if let Some((done, unpark)) = quick(self.cases, None, &order) {
            unpark.fire();
            return Poll::Ready(done);
        }
        // What belongs to somebody else is cloned before the locks are taken: see `chan/native.rs`.
        let chans = chans_of(self.cases);
        let waker = context.waker();
        let mut wakers: smallvec::SmallVec<[Waker; 4]> =
            chans.iter().flatten().map(|_| waker.clone()).collect();
        let waiting = self.parked.insert(Waiting {
            enqueued: Enqueued::new(),
            claim: StashedClaim::new(),
            waker: waker.clone(),
        });
        let mut locks = Locks::new();
        lock_all(&chans, None, &mut locks);
        if let Some((done, unpark)) = look(self.cases, &mut locks, &order) {
            drop(locks);
            self.parked = None;
            unpark.fire();
            return Poll::Ready(done);
        }
        let who = || Parked::Task(wakers.pop().expect("one for each channel"));
        let places = &mut waiting.enqueued.places;
        enqueue(
            self.cases,
            &mut locks,
            &order,
            who,
            waiting.claim.shared(),
            places,
        );
        let reason = if waiting.enqueued.places.is_empty() {
            Reason::SelectNoCases
        } else {
            Reason::Select
        };
        note_wait(context.waker(), reason, &waiting.enqueued);
        Poll::Pending
    }
}

impl<C: ChanRef<V>, V> Waiting<C, V> {
    /// Whoever polls is to be woken.
    fn wake_with(&mut self, waker: &Waker) {
        if self.waker.will_wake(waker) {
            return;
        }
        self.waker.clone_from(waker);
        for (chan, _, place) in &self.enqueued.places {
            let fresh = waker.clone();
            let before = chan.lock().change_waker(*place, fresh);
            drop(before); // with no lock held
        }
    }
}

impl<C: ChanRef<V>, V> Enqueued<C, V> {
    /// Pass 3: leaves every queue. Gives what it was served with, if it was.
    fn collect(&mut self) -> Option<Selected<V>> {
        let mut selected = None;
        for (chan, case, place) in self.places.drain(..) {
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
}

/// A claim that is used again by the thread that drops it, if nobody else has it then.
struct StashedClaim(Option<Arc<Claim>>);

thread_local! {
    static STASH: Cell<Option<Arc<Claim>>> = const { Cell::new(None) };
    static RANDOM: Cell<Option<Rng>> = const { Cell::new(None) };
}

impl StashedClaim {
    fn new() -> Self {
        let stashed = STASH.take();
        Self(Some(stashed.unwrap_or_else(|| Arc::new(Claim::new()))))
    }

    fn shared(&self) -> &Arc<Claim> {
        self.0.as_ref().expect("there until it is dropped")
    }

    fn is_taken(&self) -> bool {
        self.shared().is_taken()
    }
}

impl Drop for StashedClaim {
    fn drop(&mut self) {
        // The waiters are out of the queues by now; a partner that has just lost may have one still.
        if let Some(mut claim) = self.0.take()
            && let Some(alone) = Arc::get_mut(&mut claim)
        {
            *alone = Claim::new();
            // A thread that ends has no stash any more.
            let _ = STASH.try_with(|stash| stash.set(Some(claim)));
        }
    }
}

pub(super) fn with_random<R>(f: impl FnOnce(&mut dyn FnMut(u32) -> u32) -> R) -> R {
    RANDOM.with(|cell| {
        let mut rng = cell
            .take()
            .unwrap_or_else(|| Rng::from_address(std::ptr::from_ref(cell).addr()));
        let result = f(&mut |n| rng.below(n));
        cell.set(Some(rng));
        result
    })
}

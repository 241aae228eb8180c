//! A shard: one of the heaps, with its lock.

use super::Action;
use super::heap::{Heap, Place};
use crate::lock::{Lock, Rank};
use std::time::Instant;

/// On cache lines of its own: two of them, because processors fetch them in pairs.
#[repr(align(128))]
pub(super) struct Shard {
    state: Lock<State>,
}

struct State {
    heap: Heap,
    closed: bool,
}

/// What [`Shard::insert`] did.
pub(super) struct Inserted {
    pub(super) place: Place,
    /// It is the first that is due in its shard.
    pub(super) first: bool,
}

impl Shard {
    pub(super) fn new(epoch: Instant) -> Self {
        let state = State {
            heap: Heap::new(epoch),
            closed: false,
        };
        Self {
            state: Lock::new(Rank::Timer, state),
        }
    }

    pub(super) fn insert(&self, at: Instant, action: Action) -> Inserted {
        let mut state = self.state.lock();
        let (place, first) = state.heap.insert(at, action);
        if state.closed {
            let unwanted = state.heap.remove(place);
            drop(state);
            drop(unwanted);
            return Inserted {
                place,
                first: false,
            };
        }
        Inserted { place, first }
    }

    pub(super) fn remove(&self, place: Place) -> Option<Action> {
        self.state.lock().heap.remove(place)
    }

    pub(super) fn len(&self) -> usize {
        self.state.lock().heap.len()
    }

    /// Takes out what is due at `now`, at most `most`, with when it was. `Some`: when the next is due,
    /// which is not yet.
    pub(super) fn take_due(
        &self,
        now: Instant,
        most: usize,
        into: &mut Vec<(u64, Action)>,
    ) -> Option<Instant> {
        let mut state = self.state.lock();
        into.extend(std::iter::from_fn(|| state.heap.pop_due(now)).take(most));
        state.heap.first().filter(|&at| at > now)
    }

    /// What it had, for the caller to drop with no lock held.
    #[must_use]
    pub(super) fn close(&self, epoch: Instant) -> Heap {
        let mut state = self.state.lock();
        state.closed = true;
        std::mem::replace(&mut state.heap, Heap::new(epoch))
    }
}

/// Which one the calling thread starts its timers in.
#[cfg(not(loom))]
pub(super) fn of_this_thread(shards: &[Shard]) -> usize {
    use crate::loom::AtomicUsize;
    use std::sync::atomic::Ordering::Relaxed;

    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: usize = THREADS.fetch_add(1, Relaxed);
    }
    // A thread that is about to end has no number any more.
    NUMBER.try_with(|number| number % shards.len()).unwrap_or(0)
}

/// Models: all in the first.
#[cfg(loom)]
pub(super) fn of_this_thread(_shards: &[Shard]) -> usize {
    0
}

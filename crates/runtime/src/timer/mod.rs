//! Timers: a few heaps, and one thread that sleeps until the earliest deadline.
//!
//! Starting a timer costs the steps up a heap, stopping one a mark (`heap.rs`). Each thread starts its
//! timers in one of the [`shards`](Shard), so that Ms seldom meet at a lock. The thread (`thread.rs`)
//! starts with the first timer, and runs what is due with no lock held.
//!
//! # Invariants
//!
//! A shard's lock guards its heap. A timer fires or is stopped, never both: whoever takes its action
//! out of the heap under the lock has it. `stop` returns `true` only if it took the action, so after
//! `true` the action does not run, ever; after `false` it ran, runs now, or was stopped before. (Go's
//! `Timer.Stop` says the same.) Timers of one thread fire in the order of their deadlines, equal ones
//! in the order in which they were started.
//!
//! Rejected: one heap for all (two Ms that start a million sleepers spent a tenth of their time
//! yielding to each other at its lock); a heap for each P that the Ms look at between goroutines, which
//! is what Go has (a look at the clock each turn, and here a P can be without an M that runs); a hashed
//! wheel (coarser than the heap, or as many levels).

mod heap;
mod shard;
mod thread;

use crate::loom::Arc;
use heap::Place;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;
use std::time::{Duration, Instant};
use thread::Shared;

/// What a timer does when it fires. With no lock held, on the timer thread: so it must be short.
pub enum Action {
    /// Wakes a goroutine. What `sleep` needs, without an allocation.
    Wake(Waker),
    /// Fires what is kept by its timer, without another allocation.
    Fire(std::sync::Arc<dyn Fires>, u32),
    /// Fires what others keep, if they still do.
    FireIfKept(std::sync::Weak<dyn Fires>, u32),
    /// Anything else. If it panics, the panic is reported and goes no further.
    Call(Box<dyn FnOnce() + Send>),
}

/// What fires, and may be started again and again.
pub trait Fires: Send + Sync {
    /// Its time has come. `start` says which of its starts this is about.
    fn fire(self: std::sync::Arc<Self>, start: u32);
}

impl Action {
    /// Does it.
    pub fn run(self) {
        // What it leaves behind when it panics is its own affair.
        let _ = catch_unwind(AssertUnwindSafe(|| match self {
            Self::Wake(waker) => waker.wake(),
            Self::Fire(alarm, start) => alarm.fire(start),
            Self::FireIfKept(alarm, start) => {
                if let Some(alarm) = alarm.upgrade() {
                    alarm.fire(start);
                }
            }
            Self::Call(call) => call(),
        }));
    }
}

impl<F: FnOnce() + Send + 'static> From<Box<F>> for Action {
    fn from(call: Box<F>) -> Self {
        Self::Call(call)
    }
}

/// Names a timer. Harmless after it fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerKey {
    shard: u32,
    place: Place,
}

/// All timers of a scheduler.
pub struct Timers {
    shared: Arc<Shared>,
}

impl Default for Timers {
    fn default() -> Self {
        Self::new()
    }
}

impl Timers {
    /// No timers, no thread.
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared::new()),
        }
    }

    /// Runs `action` on the timer thread once `at` has come; never, if they are closed.
    pub fn start(&self, at: Instant, action: impl Into<Action>) -> TimerKey {
        let shard = shard::of_this_thread(self.shared.shards());
        let inserted = self.shared.shards()[shard].insert(at, action.into());
        if inserted.first {
            self.shared.expect(at);
        }
        TimerKey {
            shard: shard as u32,
            place: inserted.place,
        }
    }

    /// Runs `action` on the timer thread after `delay`.
    pub fn after(&self, delay: Duration, action: impl Into<Action>) -> TimerKey {
        self.start(from_now(delay), action)
    }

    /// Stops a timer. `true`: it had not fired and never will.
    pub fn stop(&self, key: TimerKey) -> bool {
        let shard = &self.shared.shards()[key.shard as usize];
        // Bound first: the action is dropped with no lock held.
        let action = shard.remove(key.place);
        action.is_some()
    }

    /// How many are pending.
    pub fn len(&self) -> usize {
        self.shared.shards().iter().map(shard::Shard::len).sum()
    }

    /// Whether none is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes out everything due at `now`, in order. Models and tests call it by hand.
    #[doc(hidden)]
    pub fn take_due(&self, now: Instant) -> Vec<Action> {
        let mut due = Vec::new();
        self.shared.take_due(now, usize::MAX, &mut due);
        due.into_iter().map(|(_, action)| action).collect()
    }

    /// What the timer thread does, until they are closed.
    #[cfg(loom)]
    pub fn run(&self) {
        self.shared.run();
    }

    /// Nothing fires any more: what is pending is dropped, what is started from now on too, and the
    /// thread ends.
    pub fn close(&self) {
        self.shared.close();
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        self.close();
    }
}

/// The instant `delay` from now.
pub fn from_now(delay: Duration) -> Instant {
    // About 30 years stands for ever: an Instant cannot hold every Duration.
    const FOREVER: Duration = Duration::from_secs(1_000_000_000);
    Instant::now() + delay.min(FOREVER)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn fire_in_order_of_deadline_then_of_start() {
        let timers = Timers::new();
        let (send, recv) = mpsc::channel();
        // So late that the timers' own thread takes none of them.
        let base = Instant::now() + Duration::from_secs(3600);
        for (name, ms) in [(0, 3), (1, 1), (2, 2), (3, 1)] {
            let send = send.clone();
            let at = base + Duration::from_millis(ms);
            timers.start(at, Box::new(move || send.send(name).unwrap()));
        }
        let due = timers.take_due(base + Duration::from_millis(3));
        due.into_iter().for_each(Action::run);
        drop(send);
        assert_eq!(recv.iter().collect::<Vec<i32>>(), [1, 3, 2, 0]);
        assert!(timers.is_empty());
    }

    #[test]
    fn those_of_several_threads_fire_in_order_of_deadline() {
        let timers = Timers::new();
        let (send, recv) = mpsc::channel();
        let base = Instant::now() + Duration::from_secs(3600);
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (timers, send) = (&timers, send.clone());
                scope.spawn(move || {
                    for i in 0..50 {
                        let (send, ms) = (send.clone(), i * 8 + thread);
                        let at = base + Duration::from_millis(ms);
                        timers.start(at, Box::new(move || send.send(ms).unwrap()));
                    }
                });
            }
        });
        assert_eq!(timers.len(), 400);
        let due = timers.take_due(base + Duration::from_secs(1));
        due.into_iter().for_each(Action::run);
        drop(send);
        assert!(recv.iter().eq(0..400));
    }

    #[test]
    fn a_stopped_timer_never_fires_and_stops_once() {
        let timers = Timers::new();
        let (send, recv) = mpsc::channel();
        let late = send.clone();
        let key = timers.after(
            Duration::from_millis(5),
            Box::new(move || late.send(1).unwrap()),
        );
        assert!(timers.stop(key));
        assert!(!timers.stop(key));
        timers.after(
            Duration::from_millis(10),
            Box::new(move || send.send(2).unwrap()),
        );
        assert_eq!(recv.recv(), Ok(2));
        assert!(!timers.stop(key));
    }
}

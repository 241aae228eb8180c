//! Timers: one heap, one thread that sleeps until the earliest deadline.
//!
//! Starting a timer costs the steps up a heap, stopping one a mark (`heap.rs`). The thread starts with
//! the first timer, sleeps on a condition variable (no busy wake-ups), and runs what is due with no
//! lock held.
//!
//! # Protocol
//!
//! The lock guards the heap and the table of timers. A timer fires or is stopped, never both:
//! whoever takes its action out of the table under the lock has it. `stop` returns `true` only if
//! it took the action, so after `true` the action does not run, ever; after `false` it ran, runs
//! now, or was stopped before. (Go's `Timer.Stop` says the same.)
//!
//! The thread waits with the lock given up atomically, and every change of the earliest deadline
//! notifies it under the lock, so no wake-up is lost.
//!
//! Rejected: a hashed wheel (coarser than the heap, or as many levels); a heap for each P, which is
//! what Go has (starting a timer takes this lock for some 20 ns, of 200 in all; what is due is run by
//! one thread, since all it does is to ready goroutines).

mod heap;

pub use heap::TimerKey;

use crate::lock::{Monitor, Rank};
use crate::loom::Arc;
use heap::Heap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;
use std::time::{Duration, Instant};

/// What a timer does when it fires. With no lock held, on the timer thread: so it must be short.
pub enum Action {
    /// Wakes a goroutine. What `sleep` needs, without an allocation.
    Wake(Waker),
    /// Anything else. If it panics, the panic is reported and goes no further.
    Call(Box<dyn FnOnce() + Send>),
}

impl Action {
    /// Does it.
    pub fn run(self) {
        // What it leaves behind when it panics is its own affair.
        let _ = catch_unwind(AssertUnwindSafe(|| match self {
            Self::Wake(waker) => waker.wake(),
            Self::Call(call) => call(),
        }));
    }
}

impl<F: FnOnce() + Send + 'static> From<Box<F>> for Action {
    fn from(call: Box<F>) -> Self {
        Self::Call(call)
    }
}

/// All timers of a scheduler.
pub struct Timers {
    shared: Arc<Shared>,
}

struct Shared {
    state: Monitor<State>,
}

struct State {
    heap: Heap,
    running: bool,
    stopping: bool,
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
            shared: Arc::new(Shared {
                state: Monitor::new(
                    Rank::Timer,
                    State {
                        heap: Heap::new(),
                        running: false,
                        stopping: false,
                    },
                ),
            }),
        }
    }

    /// Runs `action` on the timer thread once `at` has come; never, if they are closed.
    pub fn start(&self, at: Instant, action: impl Into<Action>) -> TimerKey {
        let action = action.into();
        let mut state = self.shared.state.lock();
        let (key, first) = state.heap.insert(at, action);
        if state.stopping {
            let unwanted = state.heap.remove(key);
            drop(state);
            drop(unwanted);
            return key;
        }
        self.run_or_notify(&mut state, first);
        key
    }

    /// Runs `action` on the timer thread after `delay`.
    pub fn after(&self, delay: Duration, action: impl Into<Action>) -> TimerKey {
        self.start(from_now(delay), action)
    }

    /// Stops a timer. `true`: it had not fired and never will.
    pub fn stop(&self, key: TimerKey) -> bool {
        // Bound first: the action is dropped with no lock held.
        let action = self.shared.state.lock().heap.remove(key);
        action.is_some()
    }

    /// How many are pending.
    pub fn len(&self) -> usize {
        self.shared.state.lock().heap.len()
    }

    /// Whether none is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[cfg(not(loom))]
    fn run_or_notify(&self, state: &mut State, first: bool) {
        if !state.running {
            state.running = true;
            let shared = self.shared.clone();
            std::thread::Builder::new()
                .name("gosched-timers".into())
                .spawn(move || shared.run())
                .expect("the timer thread starts");
        } else if first {
            self.shared.state.notify();
        }
    }

    #[cfg(loom)]
    fn run_or_notify(&self, state: &mut State, _first: bool) {
        state.running = true; // models fire due timers by hand
    }

    /// Takes out everything due at `now`, in order. Models and tests call it by hand.
    #[doc(hidden)]
    pub fn take_due(&self, now: Instant) -> Vec<Action> {
        let mut state = self.shared.state.lock();
        std::iter::from_fn(|| state.heap.pop_due(now)).collect()
    }
}

impl Timers {
    /// Nothing fires any more: what is pending is dropped, what is started from now on too, and the
    /// thread ends.
    pub fn close(&self) {
        let mut state = self.shared.state.lock();
        state.stopping = true;
        let dropped = std::mem::replace(&mut state.heap, Heap::new());
        #[cfg(not(loom))]
        self.shared.state.notify();
        drop(state);
        drop(dropped); // users' values, with no lock held
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(not(loom))]
impl Shared {
    /// The timer thread.
    fn run(&self) {
        let mut state = self.state.lock();
        let mut batch = Vec::with_capacity(BATCH);
        while !state.stopping {
            let now = Instant::now();
            batch.extend(std::iter::from_fn(|| state.heap.pop_due(now)).take(BATCH));
            if !batch.is_empty() {
                drop(state);
                batch.drain(..).for_each(Action::run);
                state = self.state.lock();
                continue;
            }
            match state.heap.first() {
                Some(at) => state.wait_until(at),
                None => state.wait(),
            }
        }
    }
}

/// The instant `delay` from now.
pub fn from_now(delay: Duration) -> Instant {
    // About 30 years stands for ever: an Instant cannot hold every Duration.
    const FOREVER: Duration = Duration::from_secs(1_000_000_000);
    Instant::now() + delay.min(FOREVER)
}

/// How many due timers the thread takes out at a time: those may fire although they are stopped
/// meanwhile, like one that fires already.
#[cfg(not(loom))]
const BATCH: usize = 32;

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

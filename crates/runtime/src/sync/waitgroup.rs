//! `WaitGroup`: waits for a number of goroutines to finish. After Go's `sync.WaitGroup`.

use crate::chan::{Parked, Unpark, post};
use crate::lock::{Lock, Rank};
use crate::mailbox::Event;

/// `done` was called more often than `add` allowed for. Go panics with the same words.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct NegativeCounter;

impl std::fmt::Display for NegativeCounter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sync: negative WaitGroup counter")
    }
}

impl std::error::Error for NegativeCounter {}

struct State<V> {
    count: i64,
    waiters: Vec<Parked<V>>,
}

/// A counter that goroutines wait to become 0. Its lock guards count and waiters together, so a
/// waiter either sees 0 or is in the list that the last `done` empties.
pub struct WaitGroup<V> {
    state: Lock<State<V>>,
}

impl<V> Default for WaitGroup<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> WaitGroup<V> {
    /// A counter at 0.
    pub fn new() -> Self {
        Self {
            state: Lock::new(
                Rank::Sync,
                State {
                    count: 0,
                    waiters: Vec::new(),
                },
            ),
        }
    }

    /// Adds `delta`, which may be negative. At 0 everyone who waits goes on.
    pub fn add(&self, delta: i64) -> Result<(), NegativeCounter> {
        let waiters = {
            let mut state = self.state.lock();
            let count = state.count.saturating_add(delta);
            if count < 0 {
                return Err(NegativeCounter);
            }
            state.count = count;
            if count > 0 || state.waiters.is_empty() {
                return Ok(());
            }
            std::mem::take(&mut state.waiters)
        };
        for waiter in waiters {
            wake(waiter).fire();
        }
        Ok(())
    }

    /// The counter now.
    pub fn count(&self) -> i64 {
        self.state.lock().count
    }

    /// `true`: the counter is 0. Otherwise the caller is parked and told by [`Event::Ready`].
    pub fn wait_or_park(&self, who: impl FnOnce() -> Parked<V>) -> bool {
        let mut state = self.state.lock();
        if state.count == 0 {
            return true;
        }
        state.waiters.push(who());
        false
    }
}

fn wake<V>(waiter: Parked<V>) -> Unpark<V> {
    match waiter {
        Parked::Task(waker) => Unpark::Task(waker),
        // An isolate that has ended waits for nothing.
        Parked::Isolate { mailbox, ticket } => {
            post(mailbox, Event::Ready { ticket }).unwrap_or(Unpark::None)
        }
    }
}

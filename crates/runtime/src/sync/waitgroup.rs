//! `WaitGroup`: waits for a number of goroutines to finish. After Go's `sync.WaitGroup`.

use crate::chan::{Parked, Unpark, post};
use crate::lock::{Lock, Rank};
use crate::mailbox::Event;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

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
    /// How often it came to 0. A waiter waits for the next time, even if the counter rises again
    /// before the waiter runs.
    round: u64,
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
                    round: 0,
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
            state.round += u64::from(count == 0);
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

    /// One goroutine has finished: `add(-1)`.
    pub fn done(&self) -> Result<(), NegativeCounter> {
        self.add(-1)
    }

    /// Waits, as a native goroutine, until the counter is 0.
    pub fn wait(&self) -> Wait<'_, V> {
        Wait {
            group: self,
            parked: None,
        }
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

/// A wait under way. Dropped, it waits no more.
#[must_use = "futures do nothing unless awaited"]
pub struct Wait<'a, V> {
    group: &'a WaitGroup<V>,
    /// The round in which it parked.
    parked: Option<u64>,
}

impl<V> Future for Wait<'_, V> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.group.state.lock();
        match self.parked {
            None if state.count == 0 => return Poll::Ready(()),
            Some(round) if round != state.round => {
                self.parked = None;
                return Poll::Ready(());
            }
            _ => {}
        }
        let here = |waiter: &Parked<V>| matches!(waiter, Parked::Task(waker) if waker.will_wake(context.waker()));
        if self.parked.is_none() || !state.waiters.iter().any(here) {
            // One that was left for another waker wakes it for nothing.
            state.waiters.push(Parked::Task(context.waker().clone()));
        }
        self.parked = Some(state.round);
        Poll::Pending
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

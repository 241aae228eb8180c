//! `WaitGroup`: waits for a number of goroutines to finish. After Go's `sync.WaitGroup`.
//!
//! Count and line have one lock: a waiter either sees 0 or is in the line that the last `done`
//! empties. Each waiter is let go by the zero that comes after it began to wait, even if the counter
//! rises again before it runs; so reusing a group early, which Go may panic on, harms nobody here.
//! See `line.rs`.

use super::line::{Line, Rules, Wait, Woken};
use crate::g::Reason;
use crate::lock::{Lock, Rank};

/// `done` was called more often than `add` allowed for. Go panics with the same words.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct NegativeCounter;

impl std::fmt::Display for NegativeCounter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sync: negative WaitGroup counter")
    }
}

impl std::error::Error for NegativeCounter {}

struct Count {
    count: i64,
    line: Line<()>,
}

impl Rules for Count {
    type Wants = ();
    type Grant = ();

    fn reason((): ()) -> Reason {
        Reason::WaitGroup
    }

    fn admit(&mut self, (): (), _: &mut Woken) -> Option<()> {
        (self.count == 0).then_some(())
    }

    fn line(&mut self, (): ()) -> &mut Line<()> {
        &mut self.line
    }

    fn grant((): ()) {}

    fn left(&mut self, (): (), _: &mut Woken) {}

    fn give_back(&mut self, (): (), _: &mut Woken) {}
}

/// See the module's documentation.
pub struct WaitGroup {
    count: Lock<Count>,
}

impl Default for WaitGroup {
    fn default() -> Self {
        Self::new()
    }
}

impl WaitGroup {
    /// A counter at 0.
    pub fn new() -> Self {
        let (count, line) = (0, Line::new());
        Self {
            count: Lock::new(Rank::Sync, Count { count, line }),
        }
    }

    /// Adds `delta`, which may be negative. At 0 everyone who waits goes on.
    pub fn add(&self, delta: i64) -> Result<(), NegativeCounter> {
        let mut woken = Woken::default();
        {
            let mut state = self.count.lock();
            let count = state.count.saturating_add(delta);
            if count < 0 {
                return Err(NegativeCounter);
            }
            state.count = count;
            while count == 0 && !state.line.is_empty() {
                woken.add(state.line.serve(()));
            }
        }
        woken.wake();
        Ok(())
    }

    /// One goroutine has finished: `add(-1)`.
    pub fn done(&self) -> Result<(), NegativeCounter> {
        self.add(-1)
    }

    /// Waits until the counter is 0.
    pub fn wait(&self) -> impl Future<Output = ()> + Send + '_ {
        Wait::new(&self.count, ())
    }

    /// The counter now.
    pub fn count(&self) -> i64 {
        self.count.lock().count
    }
}

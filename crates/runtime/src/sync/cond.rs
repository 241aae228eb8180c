//! `Cond`: waits until somebody says that something has changed. After Go's `sync.Cond`.
//!
//! A wait enters the line *before* it gives up the mutex: whoever changes what it waits for must
//! have the mutex for that, and finds it in the line. It takes the mutex again before it goes on.
//! Nobody is woken without a [`signal`](Cond::signal) or a [`broadcast`](Cond::broadcast), and each
//! of these concerns those alone that waited when it was called, the longest first.
//!
//! A waiter that goes away after it was signalled passes the signal on to the next. See `line.rs`.

use super::line::{Line, Rules, Wait, Woken};
use super::mutex::{Mutex, MutexGuard};
use crate::g::Reason;
use crate::lock::{Lock, Rank};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// How one was woken. Those who wait have [`Told::Alone`], which means nothing yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Alone,
    WithAll,
}

struct Sleepers {
    line: Line<Told>,
}

impl Rules for Sleepers {
    type Wants = Told;
    type Grant = ();

    fn reason(_: Told) -> Reason {
        Reason::Cond
    }

    fn admit(&mut self, _: Told, _: &mut Woken) -> Option<()> {
        None
    }

    fn line(&mut self, _: Told) -> &mut Line<Told> {
        &mut self.line
    }

    fn grant(_: Told) {}

    fn left(&mut self, _: Told, _: &mut Woken) {}

    fn give_back(&mut self, told: Told, woken: &mut Woken) {
        if told == Told::Alone {
            woken.add(self.line.serve(Told::Alone));
        }
    }
}

/// See the module's documentation.
pub struct Cond {
    sleepers: Lock<Sleepers>,
}

impl Default for Cond {
    fn default() -> Self {
        Self::new()
    }
}

impl Cond {
    /// Nobody waits.
    pub fn new() -> Self {
        let line = Line::new();
        Self {
            sleepers: Lock::new(Rank::Sync, Sleepers { line }),
        }
    }

    /// Unlocks the mutex and waits; locks it again before it returns. Dropped meanwhile, it leaves
    /// the mutex unlocked.
    pub async fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        let mutex: &'a Mutex<T> = guard.mutex();
        self.signalled(|| drop(guard)).await;
        mutex.lock().await
    }

    /// Enters the line, calls `unlock`, and waits to be told. It does not lock anything again.
    pub async fn signalled(&self, unlock: impl FnOnce()) {
        let mut told = pin!(Wait::new(&self.sleepers, Told::Alone));
        let mut unlock = Some(unlock);
        poll_fn(|cx| {
            let poll = told.as_mut().poll(cx);
            if let Some(unlock) = unlock.take() {
                unlock();
                // Whoever signals in there has told us already: look once more.
                return match poll {
                    Poll::Pending => told.as_mut().poll(cx),
                    Poll::Ready(()) => poll,
                };
            }
            poll
        })
        .await;
    }

    /// Wakes the one that has waited longest, if anybody waits.
    pub fn signal(&self) {
        let mut woken = Woken::default();
        woken.add(self.sleepers.lock().line.serve(Told::Alone));
        woken.wake();
    }

    /// Wakes everybody who waits.
    pub fn broadcast(&self) {
        let mut woken = Woken::default();
        {
            let mut sleepers = self.sleepers.lock();
            while !sleepers.line.is_empty() {
                woken.add(sleepers.line.serve(Told::WithAll));
            }
        }
        woken.wake();
    }

    /// How many wait now.
    pub fn waiting(&self) -> usize {
        self.sleepers.lock().line.len()
    }
}

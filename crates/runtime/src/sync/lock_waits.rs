//! The waits for locks of one isolate, and the locks: whoever looks for cycles (`sched/lock_cycles.rs`) asks
//! the locks who has them, from any thread.
//!
//! A wait is entered after it has parked, which costs it some 50 ns on top of microseconds; a lock that is
//! free is not entered anywhere.

use super::locker::{Held, Mark};
use super::{RawMutex, RawRwMutex};
use crate::lock::{Lock, Rank};
use crate::loom::Arc;
use std::collections::HashMap;

/// What is waited for.
#[derive(Clone)]
pub enum WhichLock {
    /// A mutex.
    Mutex(Arc<RawMutex>),
    /// Either side of a reader/writer mutex.
    RwMutex(Arc<RawRwMutex>),
}

impl WhichLock {
    /// Tells it from others, while it exists.
    pub fn address(&self) -> usize {
        match self {
            Self::Mutex(mutex) => Arc::as_ptr(mutex).addr(),
            Self::RwMutex(mutex) => Arc::as_ptr(mutex).addr(),
        }
    }

    /// Who has it, as far as is known.
    pub fn held_by(&self) -> Option<Held> {
        match self {
            Self::Mutex(mutex) => mutex.held_by(),
            Self::RwMutex(mutex) => mutex.held_by(),
        }
    }
}

/// A wait for a lock.
#[derive(Clone)]
pub struct LockWait {
    /// For what.
    pub lock: WhichLock,
    /// Whose it is, and which of its isolate's.
    pub mark: Mark,
}

/// By ticket; that for which the thread blocks has none.
type Waits = HashMap<Option<u32>, LockWait>;

/// See the module's documentation.
pub struct LockWaits(Lock<Waits>);

impl Default for LockWaits {
    fn default() -> Self {
        // Nothing else is locked meanwhile.
        Self(Lock::new(Rank::Table, Waits::new()))
    }
}

impl LockWaits {
    /// An operation has parked for a lock. It is over when what this gives is dropped.
    pub fn enter(self: &Arc<Self>, ticket: Option<u32>, wait: LockWait) -> Watched {
        self.0.lock().insert(ticket, wait);
        let waits = self.clone();
        Watched { waits, ticket }
    }

    /// All of them, with their tickets.
    pub fn all(&self) -> Vec<(Option<u32>, LockWait)> {
        let waits = self.0.lock();
        waits.iter().map(|(it, wait)| (*it, wait.clone())).collect()
    }
}

/// A wait that is among those of its isolate.
#[must_use = "dropped, it is not among them any more"]
pub struct Watched {
    waits: Arc<LockWaits>,
    ticket: Option<u32>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        let gone = self.waits.0.lock().remove(&self.ticket);
        drop(gone); // perhaps the lock's last reference: with no lock held
    }
}

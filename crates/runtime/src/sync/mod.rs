//! What goroutines wait for besides channels, and what they share. After Go's `sync` package.
//!
//! `line.rs` has the protocol by which everybody here waits.

mod barrier;
mod cond;
mod holder;
mod line;
mod lock_waits;
mod locker;
mod map;
mod mutex;
mod once;
mod or_done;
mod raw_mutex;
mod raw_rwmutex;
mod rwmutex;
mod semaphore;
mod waitgroup;

pub use barrier::Barrier;
pub use cond::Cond;
pub use holder::Holder;
pub use lock_waits::{LockWait, LockWaits, Watched, WhichLock};
pub use locker::{Held, Locker, Mark};
pub use map::SharedMap;
pub use mutex::{Lock, Mutex, MutexGuard};
pub use once::Once;
pub use or_done::or_done;
pub use raw_mutex::{NotLocked, RawLock, RawMutex};
pub use raw_rwmutex::RawRwMutex;
pub use rwmutex::{ReadGuard, RwMutex, WriteGuard};
pub use semaphore::{Permit, ReleasedMoreThanHeld, Semaphore};
pub use waitgroup::{NegativeCounter, WaitGroup};

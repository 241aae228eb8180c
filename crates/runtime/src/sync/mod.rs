//! What goroutines wait for besides channels. After Go's `sync` package.

mod mutex;
mod waitgroup;

pub use mutex::{Lock, Mutex, MutexGuard};
pub use waitgroup::{NegativeCounter, Wait, WaitGroup};

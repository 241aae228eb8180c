//! Go's `sync` package, across isolates and native goroutines.

mod waitgroup;

pub use waitgroup::{NegativeCounter, WaitGroup};

//! Go's scheduler, channels, select, timers and contexts in pure Rust.
//!
//! This crate knows no JavaScript engine. It reaches one through [`host::Host`] alone, so all of it
//! runs under `cargo test`, loom and criterion. `sched/README.md` holds the protocols.

// Models leave out what waits for a time, and with it the callers of much that serves it.
#![cfg_attr(loom, allow(dead_code))]

#[cfg(not(loom))]
pub mod alarm;
mod asymmetric;
pub mod chan;
pub mod context;
pub mod context_values;
pub mod error;
pub mod g;
pub mod host;
mod lock;
mod loom;
pub mod mailbox;
mod rt;
pub mod sched;
pub mod select;
pub mod sync;
mod task;
#[cfg(not(loom))]
pub mod time;
pub mod timer;

pub use rt::{Runtime, block_in_place, go, go_fn, yield_now};
pub use task::JoinHandle;
#[cfg(loom)]
pub use {sched::runq, task::model};

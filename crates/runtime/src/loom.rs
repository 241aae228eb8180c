//! The one place where atomics, cells, mutexes and threads come from.
//!
//! Under `--cfg loom` the names below are loom's, which explores every interleaving that the C11
//! memory model allows; otherwise they are the standard library's. No other file in this crate
//! imports them directly, so a model checks the very code that ships.

#[cfg(loom)]
pub(crate) use loom::{
    hint::spin_loop,
    sync::Arc,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, fence},
};

#[cfg(not(loom))]
pub(crate) use std::{
    hint::spin_loop,
    sync::Arc,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, fence},
};

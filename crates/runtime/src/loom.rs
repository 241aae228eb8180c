//! The one place where atomics, cells, mutexes and threads come from.
//!
//! Under `--cfg loom` the names below are loom's, which explores every interleaving that the C11
//! memory model allows; otherwise they are the standard library's. No other file in this crate
//! imports them directly, so a model checks the very code that ships.

#[cfg(loom)]
pub(crate) use loom::{
    hint::spin_loop,
    sync::atomic::{
        AtomicBool, AtomicI64, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, fence,
    },
    thread,
};
/// Not loom's: that one cannot be a method's `self`, and every clone and drop of it would be one
/// more point to interleave at, while no protocol here relies on a count.
#[cfg(loom)]
pub(crate) use std::sync::Arc;

#[cfg(not(loom))]
pub(crate) use std::{
    hint::spin_loop,
    sync::Arc,
    sync::atomic::{
        AtomicBool, AtomicI64, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, fence,
    },
    thread,
};

/// Loom's `UnsafeCell` reports conflicting accesses; the real one has the same interface here.
#[cfg(loom)]
pub(crate) mod cell {
    pub(crate) use loom::cell::UnsafeCell;
}

/// The standard `UnsafeCell` with loom's interface.
#[cfg(not(loom))]
pub(crate) mod cell {
    #[repr(transparent)]
    pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        #[inline]
        pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }

        #[inline]
        pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }
}

//! `RwMutex`: a value for many who read it, or one who writes. Who goes first: `raw_rwmutex.rs`.

use super::holder::Holder;
use super::locker::Locker;
use super::raw_rwmutex::RawRwMutex;
use crate::loom::cell::UnsafeCell;
use crate::tickets::UNKNOWN_OWNER;
use std::ops::{Deref, DerefMut};

/// Guards a value: for many who read it, or one who changes it. Guards may be held over an `await`.
pub struct RwMutex<T> {
    raw: RawRwMutex,
    value: UnsafeCell<T>,
}

// SAFETY: `value` is reached through guards only: one that writes, or several that read, from any
// thread.
unsafe impl<T: Send> Send for RwMutex<T> {}
// SAFETY: as above; readers share `&T` between threads, hence `Sync`.
unsafe impl<T: Send + Sync> Sync for RwMutex<T> {}

/// Proof that the value may be read; gives it up when dropped.
#[must_use = "it is unlocked when the guard is dropped"]
pub struct ReadGuard<'a, T> {
    mutex: &'a RwMutex<T>,
}

/// Proof that the value is ours alone; gives it up when dropped.
#[must_use = "it is unlocked when the guard is dropped"]
pub struct WriteGuard<'a, T> {
    mutex: &'a RwMutex<T>,
}

// SAFETY: a shared guard gives shared access to the value alone.
unsafe impl<T: Sync> Sync for WriteGuard<'_, T> {}

impl<T> RwMutex<T> {
    /// Unlocked.
    pub fn new(value: T) -> Self {
        Self {
            raw: RawRwMutex::new(),
            value: UnsafeCell::new(value),
        }
    }

    /// Waits to read.
    pub async fn read(&self) -> ReadGuard<'_, T> {
        self.raw.rlock(Holder::NATIVE).await;
        ReadGuard { mutex: self }
    }

    /// Waits to write.
    pub async fn write(&self) -> WriteGuard<'_, T> {
        self.raw.lock(Locker::NATIVE).await;
        WriteGuard { mutex: self }
    }

    /// Reads if nobody writes or waits to.
    pub fn try_read(&self) -> Option<ReadGuard<'_, T>> {
        self.raw
            .try_rlock(Holder::NATIVE)
            .then(|| ReadGuard { mutex: self })
    }

    /// Writes if nobody reads or writes.
    pub fn try_write(&self) -> Option<WriteGuard<'_, T>> {
        self.raw
            .try_lock(Locker::NATIVE)
            .then(|| WriteGuard { mutex: self })
    }
}

impl<T> Deref for ReadGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: while there is a guard that reads there is none that writes.
        self.mutex.value.with(|value| unsafe { &*value })
    }
}

impl<T> Deref for WriteGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the guard is the only one.
        self.mutex.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for WriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard is the only one, and borrowed exclusively.
        self.mutex.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T> Drop for ReadGuard<'_, T> {
    fn drop(&mut self) {
        let unlocked = self.mutex.raw.runlock(Holder::NATIVE);
        debug_assert!(unlocked.is_ok(), "a guard reads");
    }
}

impl<T> Drop for WriteGuard<'_, T> {
    fn drop(&mut self) {
        let unlocked = self.mutex.raw.unlock(UNKNOWN_OWNER);
        debug_assert!(unlocked.is_ok(), "a guard writes");
    }
}

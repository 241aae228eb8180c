//! The runtime's locks, ranked, so that lock-order mistakes fail in tests.
//!
//! [`Lock`] guards sections of a few dozen instructions, which is nearly all of this crate.
//! [`Monitor`] is for threads that must sleep until something changes.
//!
//! # `Lock`
//!
//! One byte. Taking it is an exchange, leaving it a plain store: nobody sleeps in the kernel for it,
//! so nobody need be looked after when it is released, and a release costs nothing. That is half of
//! what a lock with a queue of sleepers costs when nobody contends (measured: 15 ns against 8), and
//! channels do little else.
//!
//! Who finds it held retries for about a microsecond, which is longer than any section here; then
//! the holder has lost its CPU, and the waiter gives up its own, first by yielding, then by sleeping
//! for ever longer, up to a millisecond. So there is no wake-up to lose. The price is paid when many
//! threads run on few CPUs: a waiter may come back up to a millisecond late.
//!
//! Argument: `held` goes from `false` to `true` only by an exchange, which has one winner, and back
//! only by that winner's guard. The exchange acquires what the store before it released.
//!
//! Rejected: `parking_lot` (its unlock is a second exchange; it yields to the kernel after three
//! short spins, which costs more than the whole section), a ticket lock (fair, but every waiter
//! waits for the one that lost its CPU).
//!
//! # Rules, checked in debug builds by [`Rank`]
//!
//! - a thread takes locks in rising rank only;
//! - several locks of one rank may be held together only for [`Rank::Chan`], in rising address
//!   order (`select` does this);
//! - nobody calls the host, wakes a goroutine or drops a user's value while holding a lock, with
//!   one exception: a channel pushes into a mailbox (a higher rank) while it is locked, because
//!   only then does a dead isolate's refusal leave the value where it was.

use crate::loom::spin_loop;
#[cfg(not(loom))]
use crate::loom::{AtomicBool, cell::UnsafeCell};
use std::ops::{Deref, DerefMut};
#[cfg(not(loom))]
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
#[cfg(not(loom))]
use std::time::Duration;
use std::time::Instant;

/// How often a waiter retries before it gives up its CPU, each time after twice as many pauses (about
/// 15-45 ns each on x86-64): one to three microseconds in all, longer than any critical section here.
/// Ever longer, because a waiter that looks takes the line from the holder, and two threads that
/// take turns at a channel get less done than one that has it for a while.
#[cfg(not(loom))]
const ROUNDS: u32 = 6;
/// How often it then yields before it sleeps. A guess: enough for each of some threads that are ready
/// on the same CPU to have a turn.
#[cfg(not(loom))]
const YIELDS: u32 = 16;
/// The first and the longest sleep.
#[cfg(not(loom))]
const NAP: Duration = Duration::from_micros(20);
#[cfg(not(loom))]
const LONGEST_NAP: Duration = Duration::from_millis(1);

/// The order in which locks may nest: only upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// A context node: cancelling walks down from parent to child holding one at a time.
    Context = 10,
    /// What goroutines wait for besides channels, with its line; a shard of a map (`sync/`).
    Sync = 20,
    /// A channel. Several at once in address order.
    Chan = 30,
    /// An isolate's mailbox.
    Mailbox = 40,
    /// The global run queue and the lists of idle Ps and Ms.
    Sched = 50,
    /// The timer heap.
    Timer = 60,
    /// A native goroutine's future or its result.
    Task = 70,
    /// One shard of the goroutine table.
    Table = 80,
}

/// See the module's documentation.
#[cfg(not(loom))]
#[repr(C)]
pub(crate) struct Lock<T> {
    held: AtomicBool,
    rank: Rank,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through a guard only, of which there is one at a time.
#[cfg(not(loom))]
unsafe impl<T: Send> Send for Lock<T> {}
// SAFETY: as above.
#[cfg(not(loom))]
unsafe impl<T: Send> Sync for Lock<T> {}

/// Proof that the lock is held; releases it when dropped.
#[cfg(not(loom))]
pub(crate) struct Guard<'a, T> {
    lock: &'a Lock<T>,
    _held: held::Held,
    /// A guard stays on its thread: the rank check counts by thread.
    _here: std::marker::PhantomData<*const ()>,
}

#[cfg(not(loom))]
impl<T> Lock<T> {
    pub(crate) const fn new(rank: Rank, value: T) -> Self {
        Self {
            held: AtomicBool::new(false),
            rank,
            value: UnsafeCell::new(value),
        }
    }

    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        let held = held::acquire(self.rank, std::ptr::from_ref(self).addr());
        if !self.try_take() {
            self.wait();
        }
        Guard {
            lock: self,
            _held: held,
            _here: std::marker::PhantomData,
        }
    }

    /// The value, for who has the lock to itself.
    pub(crate) fn get_mut(&mut self) -> &mut T {
        // SAFETY: borrowed exclusively, so there is no guard.
        self.value.with_mut(|value| unsafe { &mut *value })
    }

    #[inline]
    fn try_take(&self) -> bool {
        // Acquire: pairs with the Release store of the guard before.
        !self.held.swap(true, Acquire)
    }

    #[cold]
    fn wait(&self) {
        for round in 0..ROUNDS {
            for _ in 0..1 << round {
                spin_loop();
            }
            // Relaxed: only whether it is worth an exchange, which takes the line from the holder.
            if !self.held.load(Relaxed) && self.try_take() {
                return;
            }
        }
        for _ in 0..YIELDS {
            std::thread::yield_now();
            if self.try_take() {
                return;
            }
        }
        let mut nap = NAP;
        while !self.try_take() {
            std::thread::sleep(nap);
            nap = (nap * 2).min(LONGEST_NAP);
        }
    }
}

#[cfg(not(loom))]
impl<T> Deref for Guard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard is the only one.
        self.lock.value.with(|value| unsafe { &*value })
    }
}

#[cfg(not(loom))]
impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard is the only one, and borrowed exclusively.
        self.lock.value.with_mut(|value| unsafe { &mut *value })
    }
}

#[cfg(not(loom))]
impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // Release: pairs with the Acquire exchange of the next holder.
        self.lock.held.store(false, Release);
    }
}

/// Models: loom's own lock, which has every interleaving of the sections and none of the waiting.
#[cfg(loom)]
pub(crate) struct Lock<T> {
    inner: loom::sync::Mutex<T>,
}

#[cfg(loom)]
pub(crate) struct Guard<'a, T> {
    inner: loom::sync::MutexGuard<'a, T>,
}

#[cfg(loom)]
impl<T> Lock<T> {
    pub(crate) fn new(_rank: Rank, value: T) -> Self {
        let _ = (spin_loop, held::acquire);
        Self {
            inner: loom::sync::Mutex::new(value),
        }
    }

    pub(crate) fn lock(&self) -> Guard<'_, T> {
        Guard {
            inner: self.inner.lock().unwrap(),
        }
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut().unwrap()
    }
}

#[cfg(loom)]
impl<T> Deref for Guard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.inner
    }
}

#[cfg(loom)]
impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

/// A lock whose holder can sleep until another holder [`notify`](Monitor::notify)s it. The operating
/// system's, through `parking_lot`.
#[cfg(not(loom))]
pub(crate) struct Monitor<T> {
    value: parking_lot::Mutex<T>,
    changed: parking_lot::Condvar,
    rank: Rank,
}

/// Proof that the monitor is held.
#[cfg(not(loom))]
pub(crate) struct MonitorGuard<'a, T> {
    value: parking_lot::MutexGuard<'a, T>,
    changed: &'a parking_lot::Condvar,
    _held: held::Held,
}

#[cfg(not(loom))]
impl<T> Monitor<T> {
    pub(crate) fn new(rank: Rank, value: T) -> Self {
        Self {
            value: parking_lot::Mutex::new(value),
            changed: parking_lot::Condvar::new(),
            rank,
        }
    }

    pub(crate) fn lock(&self) -> MonitorGuard<'_, T> {
        let held = held::acquire(self.rank, std::ptr::from_ref(self).addr());
        MonitorGuard {
            value: self.value.lock(),
            changed: &self.changed,
            _held: held,
        }
    }

    /// Wakes one that waits, if any does.
    pub(crate) fn notify(&self) {
        self.changed.notify_one();
    }
}

#[cfg(not(loom))]
impl<T> MonitorGuard<'_, T> {
    /// Lets go of the lock, sleeps until notified, takes it again. May wake for no reason.
    pub(crate) fn wait(&mut self) {
        self.changed.wait(&mut self.value);
    }

    /// As [`wait`](Self::wait), at most until `at`.
    pub(crate) fn wait_until(&mut self, at: Instant) {
        let _ = self.changed.wait_until(&mut self.value, at);
    }
}

#[cfg(not(loom))]
impl<T> Deref for MonitorGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

#[cfg(not(loom))]
impl<T> DerefMut for MonitorGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

/// Models: loom's own, with its condition variable.
#[cfg(loom)]
pub(crate) struct Monitor<T> {
    value: loom::sync::Mutex<T>,
    changed: loom::sync::Condvar,
}

#[cfg(loom)]
pub(crate) struct MonitorGuard<'a, T> {
    /// `None` while it waits.
    value: Option<loom::sync::MutexGuard<'a, T>>,
    changed: &'a loom::sync::Condvar,
}

#[cfg(loom)]
impl<T> Monitor<T> {
    pub(crate) fn new(_rank: Rank, value: T) -> Self {
        Self {
            value: loom::sync::Mutex::new(value),
            changed: loom::sync::Condvar::new(),
        }
    }

    pub(crate) fn lock(&self) -> MonitorGuard<'_, T> {
        MonitorGuard {
            value: Some(self.value.lock().unwrap()),
            changed: &self.changed,
        }
    }

    pub(crate) fn notify(&self) {
        self.changed.notify_one();
    }
}

#[cfg(loom)]
impl<T> MonitorGuard<'_, T> {
    pub(crate) fn wait(&mut self) {
        let value = self.value.take().expect("held");
        self.value = Some(self.changed.wait(value).unwrap());
    }

    /// Models have no time.
    pub(crate) fn wait_until(&mut self, _at: Instant) {
        self.wait();
    }
}

#[cfg(loom)]
impl<T> Deref for MonitorGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.value.as_ref().expect("held")
    }
}

#[cfg(loom)]
impl<T> DerefMut for MonitorGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("held")
    }
}

/// Debug builds: a per-thread list of held locks, checked at each acquisition.
#[cfg(all(debug_assertions, not(loom)))]
mod held {
    use super::Rank;
    use std::cell::RefCell;

    thread_local! {
        static HELD: RefCell<Vec<(Rank, usize)>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) struct Held(Rank, usize);

    pub(super) fn acquire(rank: Rank, addr: usize) -> Held {
        HELD.with_borrow_mut(|held| {
            for &(other, at) in held.iter() {
                let ordered = other < rank || (other == rank && rank == Rank::Chan && at < addr);
                assert!(
                    ordered,
                    "lock order: {rank:?} taken while holding {other:?}"
                );
            }
            held.push((rank, addr));
        });
        Held(rank, addr)
    }

    impl Drop for Held {
        fn drop(&mut self) {
            let me = (self.0, self.1);
            HELD.with_borrow_mut(|held| {
                if let Some(at) = held.iter().rposition(|&h| h == me) {
                    held.remove(at);
                }
            });
        }
    }
}

/// Release builds and models: nothing is tracked.
#[cfg(any(not(debug_assertions), loom))]
mod held {
    use super::Rank;

    pub(super) struct Held;

    #[inline(always)]
    pub(super) fn acquire(_rank: Rank, _addr: usize) -> Held {
        Held
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "lock order")]
    fn taking_a_lower_rank_is_caught() {
        let mailbox = Lock::new(Rank::Mailbox, ());
        let chan = Lock::new(Rank::Chan, ());
        let _mailbox = mailbox.lock();
        let _chan = chan.lock();
    }

    #[test]
    fn excludes_other_threads() {
        let total = Lock::new(Rank::Chan, 0_u32);
        std::thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| {
                    for _ in 0..10_000 {
                        *total.lock() += 1;
                    }
                });
            }
        });
        assert_eq!(*total.lock(), 40_000);
    }
}

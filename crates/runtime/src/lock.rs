//! The runtime's lock: short spin, then park; ranked, so that lock-order mistakes fail in tests.
//!
//! Every critical section in this crate is a few dozen instructions, so the holder is almost always
//! about to leave: a waiter first retries for about a microsecond and only then lets `parking_lot`
//! put it to sleep (the case of a holder that lost its CPU). `parking_lot` alone was measured worse
//! here: it yields to the kernel after three short spins, which costs more than the whole section.
//!
//! Rules, checked in debug builds by [`Rank`]:
//! - a thread takes locks in rising rank only;
//! - several locks of one rank may be held together only for [`Rank::Chan`], in rising address
//!   order (`select` does this);
//! - nobody calls the host, wakes a goroutine or drops a user's value while holding a lock, with
//!   one exception: a channel pushes into a mailbox (a higher rank) while it is locked, because
//!   only then does a dead isolate's refusal leave the value where it was.

use crate::loom::spin_loop;

/// How often a waiter retries before it parks. One retry is a `pause` (about 15-45 ns on x86-64),
/// so this is one to two microseconds: longer than any critical section here, shorter than a
/// futex sleep and wake. A guess confirmed by the channel benchmarks, not tuned per machine.
#[cfg(not(loom))]
const SPINS: u32 = 48;

/// The order in which locks may nest: only upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// A context node: cancelling walks down from parent to child holding one at a time.
    Context = 10,
    /// Counters that goroutines wait for (`WaitGroup`).
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

#[cfg(loom)]
type Inner<T> = loom::sync::Mutex<T>;
#[cfg(not(loom))]
type Inner<T> = parking_lot::Mutex<T>;

#[cfg(loom)]
type InnerGuard<'a, T> = loom::sync::MutexGuard<'a, T>;
#[cfg(not(loom))]
type InnerGuard<'a, T> = parking_lot::MutexGuard<'a, T>;

/// A mutual-exclusion lock with a [`Rank`].
#[repr(C)]
pub(crate) struct Lock<T> {
    inner: Inner<T>,
    rank: Rank,
}

/// Proof that the lock is held; releases it when dropped.
pub(crate) struct Guard<'a, T> {
    inner: InnerGuard<'a, T>,
    _held: held::Held,
}

impl<T> Lock<T> {
    pub(crate) fn new(rank: Rank, value: T) -> Self {
        Self {
            inner: Inner::new(value),
            rank,
        }
    }

    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        let held = held::acquire(self.rank, std::ptr::from_ref(self).addr());
        Guard {
            inner: self.acquire(),
            _held: held,
        }
    }

    #[cfg(loom)]
    fn acquire(&self) -> InnerGuard<'_, T> {
        let _ = spin_loop; // used by the real lock only
        self.inner.lock().unwrap()
    }

    #[cfg(not(loom))]
    #[inline]
    fn acquire(&self) -> InnerGuard<'_, T> {
        if let Some(guard) = self.inner.try_lock() {
            return guard;
        }
        self.acquire_contended()
    }

    #[cfg(not(loom))]
    #[cold]
    fn acquire_contended(&self) -> InnerGuard<'_, T> {
        for _ in 0..SPINS {
            spin_loop();
            if !self.inner.is_locked()
                && let Some(guard) = self.inner.try_lock()
            {
                return guard;
            }
        }
        self.inner.lock()
    }
}

#[cfg(not(loom))]
impl<'a, T> Guard<'a, T> {
    /// The `parking_lot` guard inside, for waiting on a condition variable. The rank stays held.
    pub(crate) fn inner(&mut self) -> &mut InnerGuard<'a, T> {
        &mut self.inner
    }
}

impl<T> std::ops::Deref for Guard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T> std::ops::DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
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

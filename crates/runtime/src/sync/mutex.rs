//! `Mutex`: one goroutine at a time. After Go's `sync.Mutex`, with its two modes.
//!
//! *Normal*: whoever comes takes a free mutex, also before those who wait; a waiter that is woken and
//! finds it taken goes back to the front of the queue. Fast, because a goroutine that runs already
//! need not wait for one to be woken. *Starving*: once a waiter has waited for a millisecond, the
//! mutex is handed from holder to waiter in the order of the queue, and newcomers join its end, until
//! a waiter waited less than that or is the last.
//!
//! # Protocol
//!
//! `state` has three bits. `LOCKED`: somebody holds it. `QUEUE`: the queue may have somebody in it,
//! so unlocking must look; set and cleared with the queue's lock held. `STARVING`: newcomers must not
//! take it; changed with the queue's lock held.
//!
//! - A locker sets `LOCKED` by an exchange from a state with neither `LOCKED` nor `STARVING`.
//!   Failing that it enters the queue: under the queue's lock it sets `QUEUE` and tries once more, so
//!   that an unlock before that is seen, and an unlock after it sees `QUEUE`.
//! - Unlocking clears `LOCKED` by one exchange if `QUEUE` is clear. Else, under the queue's lock, it
//!   hands the mutex to the first waiter (starving), or clears `LOCKED` and wakes the first waiter.
//! - At most one waiter is *woken* at a time: it stays in the queue, at its front, marked, until it
//!   has the mutex or is dropped. If it is dropped its wake-up is passed on, and so is a mutex that
//!   it was handed.
//!
//! So a free mutex with waiters always has one waiter that is woken and will look.

use crate::lock::{Lock as Short, Rank};
use crate::loom::AtomicU32;
use crate::loom::cell::UnsafeCell;
use std::collections::VecDeque;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

const LOCKED: u32 = 0b001;
const QUEUE: u32 = 0b010;
const STARVING: u32 = 0b100;

/// How long a waiter waits before the mutex starves newcomers instead. Go's number.
const STARVES_AFTER: Duration = Duration::from_millis(1);

/// Guards a value for one goroutine at a time. The guard may be held over an `await`.
pub struct Mutex<T> {
    state: AtomicU32,
    queue: Short<Queue>,
    value: UnsafeCell<T>,
    /// Models have no time: what a clock would say of every waiter.
    #[cfg(loom)]
    patient: bool,
}

#[derive(Default)]
struct Queue {
    waiters: VecDeque<Waiter>,
    next: u64,
}

struct Waiter {
    number: u64,
    waker: Waker,
    since: Instant,
    turn: Turn,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It sleeps.
    Waits,
    /// It was woken to try.
    Woken,
    /// It was handed the mutex.
    Owns,
}

// SAFETY: the value is reached through a guard only, of which there is one at a time.
unsafe impl<T: Send> Send for Mutex<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Mutex<T> {}

/// Proof that the mutex is held; unlocks it when dropped.
#[must_use = "the mutex is unlocked when the guard is dropped"]
pub struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
}

// SAFETY: a shared guard gives shared access to the value alone.
unsafe impl<T: Sync> Sync for MutexGuard<'_, T> {}

impl<T> Mutex<T> {
    /// An unlocked mutex.
    pub fn new(value: T) -> Self {
        Self {
            state: AtomicU32::new(0),
            queue: Short::new(Rank::Sync, Queue::default()),
            value: UnsafeCell::new(value),
            #[cfg(loom)]
            patient: true,
        }
    }

    /// One whose waiters have always waited too long.
    #[cfg(loom)]
    pub fn starving(value: T) -> Self {
        Self {
            patient: false,
            ..Self::new(value)
        }
    }

    /// Whether nobody holds it or waits for it, and it starves nobody.
    #[cfg(loom)]
    pub fn is_at_rest(&self) -> bool {
        let queue = self.queue.lock();
        // Relaxed: models ask when all others have been joined. `QUEUE` may be left over.
        queue.waiters.is_empty() && self.state.load(Relaxed) & !QUEUE == 0
    }

    /// Whether one that has waited since then makes the mutex starve newcomers.
    #[cfg(not(loom))]
    #[expect(clippy::unused_self, reason = "models keep the answer in it")]
    #[inline]
    fn waited_too_long(&self, since: Instant) -> bool {
        since.elapsed() >= STARVES_AFTER
    }

    #[cfg(loom)]
    fn waited_too_long(&self, _since: Instant) -> bool {
        !self.patient
    }

    /// Locks it, parking the goroutine while another holds it.
    #[inline]
    pub fn lock(&self) -> Lock<'_, T> {
        Lock {
            mutex: self,
            queued: None,
        }
    }

    /// Locks it if nobody holds it.
    #[inline]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.take().then(|| MutexGuard { mutex: self })
    }

    #[inline]
    fn take(&self) -> bool {
        // Acquire, here and below: pairs with the Release of the unlock before.
        match self.state.compare_exchange(0, LOCKED, Acquire, Relaxed) {
            Ok(_) => true,
            Err(state) => self.take_from(state),
        }
    }

    /// Somebody holds it, or waits for it.
    fn take_from(&self, mut state: u32) -> bool {
        while state & (LOCKED | STARVING) == 0 {
            match self
                .state
                .compare_exchange_weak(state, state | LOCKED, Acquire, Relaxed)
            {
                Ok(_) => return true,
                Err(seen) => state = seen,
            }
        }
        false
    }

    #[inline]
    fn unlock(&self) {
        // Release: pairs with the Acquire in `take`.
        if self
            .state
            .compare_exchange(LOCKED, 0, Release, Relaxed)
            .is_err()
        {
            self.unlock_slow();
        }
    }

    #[cold]
    fn unlock_slow(&self) {
        let waker = {
            let mut queue = self.queue.lock();
            self.pass_on(&mut queue, true)
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The queue's lock is held. Lets the next one have the mutex, which the caller `holds` or which
    /// may be free. Gives who must be woken.
    fn pass_on(&self, queue: &mut Queue, holds: bool) -> Option<Waker> {
        let starving = self.state.load(Relaxed) & STARVING != 0;
        let Some(first) = queue.waiters.front_mut() else {
            let clear = if holds { LOCKED } else { 0 } | QUEUE | STARVING;
            self.state.fetch_and(!clear, Release); // pairs with the Acquire in `take`
            return None;
        };
        if holds && starving {
            first.turn = Turn::Owns; // `LOCKED` stays: it is the waiter's
            return Some(first.waker.clone());
        }
        if holds {
            self.state.fetch_and(!LOCKED, Release); // as above
        }
        if first.turn != Turn::Waits {
            return None; // it will look
        }
        first.turn = Turn::Woken;
        Some(first.waker.clone())
    }
}

/// A lock under way. Dropped, it leaves the queue.
#[must_use = "futures do nothing unless awaited"]
pub struct Lock<'a, T> {
    mutex: &'a Mutex<T>,
    /// Its number in the queue.
    queued: Option<u64>,
}

impl<'a, T> Future for Lock<'a, T> {
    type Output = MutexGuard<'a, T>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<MutexGuard<'a, T>> {
        let mutex = self.mutex;
        if self.queued.is_none() && mutex.take() {
            return Poll::Ready(MutexGuard { mutex });
        }
        self.wait(context)
    }
}

impl<'a, T> Lock<'a, T> {
    #[cold]
    fn wait(&mut self, context: &Context<'_>) -> Poll<MutexGuard<'a, T>> {
        let mutex = self.mutex;
        let mut queue = mutex.queue.lock();
        let number = *self.queued.get_or_insert_with(|| queue.enter(context));
        // AcqRel: Acquire pairs with an unlock that is over; one to come reads `QUEUE`.
        let state = mutex.state.fetch_or(QUEUE, AcqRel);
        let Some(at) = queue.place_of(number) else {
            return Poll::Pending; // polled after completion
        };
        let turn = queue.waiters[at].turn;
        let too_long = mutex.waited_too_long(queue.waiters[at].since);
        let first = at == 0;
        if turn == Turn::Owns || (first && state & LOCKED == 0 && self.take_as_waiter()) {
            let gone = queue.waiters.remove(at);
            self.queued = None;
            // The last one, or one that did not wait long, ends the starving.
            let mut clear = 0;
            if queue.waiters.is_empty() || !too_long {
                clear |= STARVING;
            }
            if queue.waiters.is_empty() {
                clear |= QUEUE;
            }
            mutex.state.fetch_and(!clear, Relaxed); // ordered by the queue's lock
            drop(queue);
            drop(gone); // its waker, with no lock held
            return Poll::Ready(MutexGuard { mutex });
        }
        if first && too_long {
            mutex.state.fetch_or(STARVING, Relaxed); // as above
        }
        let me = &mut queue.waiters[at];
        me.turn = Turn::Waits;
        let old = (!me.waker.will_wake(context.waker()))
            .then(|| std::mem::replace(&mut me.waker, context.waker().clone()));
        drop(queue);
        drop(old);
        Poll::Pending
    }

    /// The first in the queue may take a free mutex whatever the mode.
    fn take_as_waiter(&self) -> bool {
        // Acquire: pairs with the Release of the unlock before.
        self.mutex.state.fetch_or(LOCKED, Acquire) & LOCKED == 0
    }
}

impl Queue {
    fn enter(&mut self, context: &Context<'_>) -> u64 {
        self.next += 1;
        self.waiters.push_back(Waiter {
            number: self.next,
            waker: context.waker().clone(),
            since: Instant::now(),
            turn: Turn::Waits,
        });
        self.next
    }

    fn place_of(&self, number: u64) -> Option<usize> {
        // Numbers rise along the queue, and who looks is mostly the first.
        self.waiters
            .binary_search_by_key(&number, |waiter| waiter.number)
            .ok()
    }
}

impl<T> Drop for Lock<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(number) = self.queued {
            self.leave(number);
        }
    }
}

impl<T> Lock<'_, T> {
    /// It goes away while it waits, or owns the mutex without knowing.
    #[cold]
    fn leave(&self, number: u64) {
        let mut queue = self.mutex.queue.lock();
        let gone = queue
            .place_of(number)
            .and_then(|at| queue.waiters.remove(at));
        let waker = match gone.as_ref().map(|waiter| waiter.turn) {
            Some(Turn::Owns) => self.mutex.pass_on(&mut queue, true),
            // Woken, or the first that `unlock` would count on.
            Some(_) if self.mutex.state.load(Relaxed) & LOCKED == 0 => {
                self.mutex.pass_on(&mut queue, false)
            }
            _ => None,
        };
        drop(queue);
        drop(gone);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard is the only one.
        self.mutex.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard is the only one, and borrowed exclusively.
        self.mutex.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.mutex.unlock();
    }
}

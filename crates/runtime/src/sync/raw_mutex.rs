//! `RawMutex`: one goroutine at a time. After Go's `sync.Mutex`, with its two modes.
//!
//! *Normal*: whoever comes takes a free mutex, also before those who wait; a waiter that is woken and
//! finds it taken goes back to the front of the queue. Fast, because a goroutine that runs already
//! need not wait for one to be woken. *Starving*: once a waiter that has waited for
//! a millisecond was woken in vain, the mutex is handed from holder to waiter in the order of the
//! queue, and newcomers join its end, until a waiter waited less than that or is the last.
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
//!
//! Unlocking what is not locked is found out by the exchange, or under the queue's lock by the value
//! that clearing `LOCKED` replaced: of two that unlock at once, one is told. The queue is a [`Line`];
//! model: `tests/loom_sync.rs`.
//!
//! *Owner*: see `holder.rs`. Written by whoever has just locked, taken by whoever unlocks: a word
//! that decides who unlocks and orders nothing, which `state` does.

use super::holder::Holder;
use super::line::{Left, Line};
use crate::chan::Key;
use crate::g::Reason;
use crate::lock::{Lock as Short, Rank};
use crate::loom::AtomicU32;
use crate::task::note_wait;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

const LOCKED: u32 = 0b001;
const QUEUE: u32 = 0b010;
const STARVING: u32 = 0b100;

/// How long a waiter waits before the mutex starves newcomers instead. Go's number.
#[cfg(not(loom))]
const STARVES_AFTER: std::time::Duration = std::time::Duration::from_millis(1);

/// Unlocking what is not locked. Go ends the process over it.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct NotLocked;

impl std::fmt::Display for NotLocked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sync: unlock of unlocked mutex")
    }
}

impl std::error::Error for NotLocked {}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It sleeps.
    Waits,
    /// It was woken to try.
    Woken,
    /// It was handed the mutex.
    Owns,
}

#[derive(Clone, Copy)]
struct Waiting {
    since: Instant,
    turn: Turn,
}

/// The mutex without a value: for those who keep what it guards elsewhere, as JavaScript does.
pub struct RawMutex {
    state: AtomicU32,
    owner: AtomicU32,
    queue: Short<Line<Waiting>>,
    /// Models have no time: what a clock would say of every waiter.
    #[cfg(loom)]
    patient: bool,
}

impl Default for RawMutex {
    fn default() -> Self {
        Self::new()
    }
}

impl RawMutex {
    /// An unlocked mutex.
    pub fn new() -> Self {
        Self {
            state: AtomicU32::new(0),
            owner: AtomicU32::new(Holder::NATIVE.number()),
            queue: Short::new(Rank::Sync, Line::new()),
            #[cfg(loom)]
            patient: true,
        }
    }

    /// One whose waiters have always waited too long.
    #[cfg(loom)]
    pub fn starving() -> Self {
        Self {
            patient: false,
            ..Self::new()
        }
    }

    /// Whether nobody holds it or waits for it, and it starves nobody.
    #[cfg(loom)]
    pub fn is_at_rest(&self) -> bool {
        let queue = self.queue.lock();
        // Relaxed: models ask when all others have been joined. `QUEUE` may be left over.
        queue.is_empty() && self.state.load(Relaxed) & !QUEUE == 0
    }

    /// Whether one that has waited since then makes the mutex starve newcomers.
    #[cfg(not(loom))]
    #[inline]
    fn waited_too_long(&self, since: Instant) -> bool {
        let _ = self;
        since.elapsed() >= STARVES_AFTER
    }

    #[cfg(loom)]
    fn waited_too_long(&self, _since: Instant) -> bool {
        !self.patient
    }

    /// Locks it, parking the goroutine while another holds it.
    #[inline]
    pub fn lock(&self) -> RawLock<'_> {
        RawLock {
            mutex: self,
            key: None,
        }
    }

    /// Locks it if nobody holds it.
    #[inline]
    pub fn try_lock(&self) -> bool {
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

    /// Unlocks it, whoever locked it.
    #[inline]
    pub fn unlock(&self) -> Result<(), NotLocked> {
        // Release: pairs with the Acquire in `try_lock`.
        match self.state.compare_exchange(LOCKED, 0, Release, Relaxed) {
            Ok(_) => Ok(()),
            Err(_) => self.unlock_slow(),
        }
    }

    #[cold]
    fn unlock_slow(&self) -> Result<(), NotLocked> {
        let waker = {
            let mut queue = self.queue.lock();
            self.pass_on(&mut queue, true)?
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// The queue's lock is held. Lets the next one have the mutex, which the caller `holds`, or which
    /// may be free. Gives who must be woken.
    fn pass_on(&self, queue: &mut Line<Waiting>, holds: bool) -> Result<Option<Waker>, NotLocked> {
        let state = self.state.load(Relaxed); // the exchanges below decide
        let starving = state & (LOCKED | STARVING) == LOCKED | STARVING;
        let Some(first) = queue.front_mut() else {
            let clear = if holds { LOCKED } else { 0 } | QUEUE | STARVING;
            let before = self.state.fetch_and(!clear, Release); // pairs with the Acquire in `try_lock`
            return if holds && before & LOCKED == 0 {
                Err(NotLocked)
            } else {
                Ok(None)
            };
        };
        if holds && starving {
            first.turn = Turn::Owns; // `LOCKED` stays: it is the waiter's
            return Ok(queue.rouse_front());
        }
        if holds && self.state.fetch_and(!LOCKED, Release) & LOCKED == 0 {
            return Err(NotLocked);
        }
        if first.turn != Turn::Waits {
            return Ok(None); // it will look
        }
        first.turn = Turn::Woken;
        Ok(queue.rouse_front())
    }

    /// As [`lock`](Self::lock), in the name of an isolate. [`unlock_owned`](Self::unlock_owned)
    /// unlocks it.
    pub async fn lock_as(&self, holder: Holder) {
        self.lock().await;
        self.set_owner(holder);
    }

    /// As [`try_lock`](Self::try_lock), in the name of an isolate.
    pub fn try_lock_as(&self, holder: Holder) -> bool {
        let locked = self.try_lock();
        if locked {
            self.set_owner(holder);
        }
        locked
    }

    fn set_owner(&self, holder: Holder) {
        self.owner.store(holder.number(), Relaxed); // only who has the mutex writes it
    }

    /// Unlocks what was locked in the name of an isolate, whichever that was.
    pub fn unlock_owned(&self) -> Result<(), NotLocked> {
        // Relaxed: one of several that unlock takes it; `unlock` releases.
        if self.owner.swap(Holder::NATIVE.number(), Relaxed) == Holder::NATIVE.number() {
            return Err(NotLocked);
        }
        self.unlock()
    }

    /// Whether it is locked in anybody's name.
    pub fn is_held(&self) -> bool {
        self.owner.load(Relaxed) != Holder::NATIVE.number() // a guess, unless a holder asks
    }

    /// Whether it is locked in the name of this isolate.
    pub fn is_held_by(&self, holder: Holder) -> bool {
        self.owner.load(Relaxed) == holder.number() // a guess, unless the holder asks
    }

    /// The holder is no more: what it had locked is unlocked.
    pub fn release_all_of(&self, holder: Holder) {
        let none = Holder::NATIVE.number();
        // Relaxed: as in `unlock_owned`.
        if self
            .owner
            .compare_exchange(holder.number(), none, Relaxed, Relaxed)
            .is_ok()
        {
            let unlocked = self.unlock();
            debug_assert!(unlocked.is_ok(), "what has an owner is locked");
        }
    }
}

/// One that has left the queue, with its waker, which is dropped with no lock held.
type Gone = (Left<Waiting>, Option<Waker>);

/// A lock under way. Dropped, it leaves the queue.
#[must_use = "futures do nothing unless awaited"]
pub struct RawLock<'a> {
    mutex: &'a RawMutex,
    /// Its place in the queue.
    key: Option<Key>,
}

impl Future for RawLock<'_> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.key.is_none() && self.mutex.try_lock() {
            return Poll::Ready(());
        }
        self.wait(cx)
    }
}

impl RawLock<'_> {
    #[cold]
    fn wait(&mut self, cx: &Context<'_>) -> Poll<()> {
        // Cloned with no lock held: it is somebody else's code.
        let mut fresh = self.key.is_none().then(|| cx.waker().clone());
        loop {
            let mut queue = self.mutex.queue.lock();
            let key = match (self.key, fresh.take()) {
                (None, Some(waker)) => {
                    let (since, turn) = (Instant::now(), Turn::Waits);
                    let key = queue.enter(waker, Waiting { since, turn });
                    *self.key.insert(key)
                }
                (Some(key), waker) => {
                    fresh = waker;
                    key
                }
                (None, None) => return Poll::Pending,
            };
            if let Some(gone) = self.take_turn(&mut queue, key) {
                self.key = None;
                drop(queue);
                drop(gone); // its waker, with no lock held
                return Poll::Ready(());
            }
            // Between this and the next round it may be roused by a no-op: the round looks again.
            if queue.wait_on(key, cx.waker(), &mut fresh) {
                note_wait(cx.waker(), Reason::Mutex, self.mutex);
                drop(queue);
                return Poll::Pending;
            }
            drop(queue);
            fresh = Some(cx.waker().clone());
        }
    }

    /// Takes the mutex if it is this one's turn, and leaves the queue.
    fn take_turn(&self, queue: &mut Line<Waiting>, key: Key) -> Option<Gone> {
        let state = &self.mutex.state;
        // AcqRel: Acquire pairs with an unlock that is over; one to come reads `QUEUE`.
        let before = state.fetch_or(QUEUE, AcqRel);
        let first = queue.is_front(key);
        let me = queue.wants(key)?;
        let too_long = self.mutex.waited_too_long(me.since);
        // The first in the queue may take a free mutex whatever the mode. Acquire: pairs with the
        // Release of the unlock before.
        let take =
            || first && before & LOCKED == 0 && state.fetch_or(LOCKED, Acquire) & LOCKED == 0;
        if me.turn == Turn::Owns || take() {
            let gone = queue.leave(key);
            // The last one, or one that did not wait long, ends the starving.
            let mut clear = 0;
            if queue.is_empty() || !too_long {
                clear |= STARVING;
            }
            if queue.is_empty() {
                clear |= QUEUE;
            }
            state.fetch_and(!clear, Relaxed); // ordered by the queue's lock
            return gone;
        }
        // Woken in vain, after it had waited for long.
        if first && too_long && me.turn == Turn::Woken {
            state.fetch_or(STARVING, Relaxed); // as above
        }
        me.turn = Turn::Waits;
        None
    }
}

impl Drop for RawLock<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.leave(key);
        }
    }
}

impl RawLock<'_> {
    /// It goes away while it waits, or owns the mutex without knowing.
    #[cold]
    fn leave(&self, key: Key) {
        let mutex = self.mutex;
        let mut queue = mutex.queue.lock();
        let gone = queue.leave(key);
        let passed = match &gone {
            Some((Left::Waiting(me), _)) if me.turn == Turn::Owns => {
                mutex.pass_on(&mut queue, true)
            }
            // Woken, or the first that `unlock` would count on.
            Some(_) if mutex.state.load(Relaxed) & LOCKED == 0 => mutex.pass_on(&mut queue, false),
            _ => Ok(None),
        };
        drop(queue);
        drop(gone);
        if let Ok(Some(waker)) = passed {
            waker.wake();
        }
    }
}

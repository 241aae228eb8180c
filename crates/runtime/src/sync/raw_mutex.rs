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
//! `held` says that somebody has the mutex. `flags` has two bits, written with the queue's lock held.
//! `QUEUE`: the queue may have somebody in it, so unlocking must look. `STARVING`: unlocking hands the
//! mutex over, so `held` stays set and no newcomer gets it.
//!
//! - A locker sets `held` by an exchange. Failing that it enters the queue and sets `QUEUE`, passes
//!   the [`heavy`](asymmetric::heavy) barrier, and tries once more if it is the first.
//! - Unlocking, if `QUEUE` is clear, is a plain store to `held`; then, behind the
//!   [`light`](asymmetric::light) barrier, it looks at `QUEUE` again, and if that is set now wakes the
//!   first waiter under the queue's lock.
//! - If `QUEUE` was set, unlocking does it all under the queue's lock: it hands the mutex to the first
//!   waiter (starving), or clears `held` and wakes the first waiter.
//! - At most one waiter is *woken* at a time: it stays in the queue, at its front, marked, until it
//!   has the mutex or is dropped. If it is dropped its wake-up is passed on, and so is a mutex that
//!   it was handed.
//!
//! Claim: a free mutex with waiters has one waiter that will look. Let W be the first of those, and U
//! the unlock that freed it. `QUEUE` has been set since somebody entered the empty queue, and each who
//! entered passed the heavy barrier before it looked at `held`.
//!
//! - *U found `QUEUE` set*, at first or behind its barrier. It takes the queue's lock and marks W, if
//!   the mutex is still free. If it is not, the claim is about the unlock to come.
//! - *U found it clear both times.* Then, barrier against barrier, everybody who entered since `QUEUE`
//!   was clear sees U's store when it looks; W looks before it parks, and again when it becomes the
//!   first by another's leaving: whoever leaves the queue without the mutex looks at `held` after its
//!   own barrier, finds it free, and marks W.
//!
//! The exchange would do without barriers, but unlocking would be a locked instruction, as in Go's: 7 ns
//! of 17 for a lock and an unlock. What a waiter pays for it is 0.2 us, before it parks, which costs more.
//!
//! Unlocking what is not locked is found out by [`unlock`](RawMutex::unlock), an exchange: of two that
//! unlock at once, one is told. A guard knows that it is locked, and stores. The queue is a [`Line`];
//! models: `tests/loom_mutex.rs`, `tests/loom_sync.rs`.
//!
//! *Owner*: see `holder.rs`. Written by whoever has just locked, taken by whoever unlocks: a word
//! that decides who unlocks and orders nothing, which `held` does. Beside it, for reports, stand the mark of
//! the last locking (`locker.rs`), and whether anybody ever unlocked for another.

use super::holder::Holder;
use super::line::{Left, Line};
use super::locker::{Held, Locker, Mark};
use crate::asymmetric;
use crate::chan::Key;
use crate::g::{GoId, Reason};
use crate::lock::{Guard, Lock as Short, Rank};
use crate::loom::{AtomicBool, AtomicU8, AtomicU32, AtomicU64};
use crate::task::note_wait;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

const QUEUE: u8 = 0b01;
const STARVING: u8 = 0b10;

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
    held: AtomicBool,
    flags: AtomicU8,
    handed: AtomicBool,
    owner: AtomicU32,
    mark: AtomicU64,
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
        asymmetric::prepare();
        Self {
            held: AtomicBool::new(false),
            flags: AtomicU8::new(0),
            handed: AtomicBool::new(false),
            owner: AtomicU32::new(Holder::NATIVE.number()),
            mark: AtomicU64::new(Mark::NONE.to_bits()),
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
        let starving = self.flags.load(Relaxed) & STARVING != 0;
        queue.is_empty() && !self.held.load(Relaxed) && !starving
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
            stand: Stand::default(),
        }
    }

    /// Locks it if nobody holds it.
    #[inline]
    pub fn try_lock(&self) -> bool {
        // Acquire: pairs with the Release of the unlock before. An exchange that stores only if it
        // takes: a swap that finds it held is as right, but loom lets it undo an unlock.
        self.held
            .compare_exchange(false, true, Acquire, Relaxed)
            .is_ok()
    }

    /// Unlocks it, whoever locked it.
    #[inline]
    pub fn unlock(&self) -> Result<(), NotLocked> {
        // Relaxed: looked at again below.
        if self.flags.load(Relaxed) != 0 {
            return self.hand_on();
        }
        // Release: pairs with the Acquire in `try_lock`.
        if !self.held.swap(false, Release) {
            return Err(NotLocked);
        }
        self.look_again();
        Ok(())
    }

    /// As [`unlock`](Self::unlock), for one who holds it: there is nothing to find out.
    #[inline]
    pub(super) fn unlock_held(&self) {
        // Relaxed: looked at again below.
        if self.flags.load(Relaxed) != 0 {
            let unlocked = self.hand_on();
            debug_assert!(unlocked.is_ok(), "who holds it unlocks it");
            return;
        }
        self.held.store(false, Release); // pairs with the Acquire in `try_lock`
        self.look_again();
    }

    /// It is free: whoever entered the queue too late to be seen before must be woken.
    #[inline]
    fn look_again(&self) {
        // Partner: the heavy barrier in `Stand::enter`.
        asymmetric::light();
        if self.flags.load(Relaxed) != 0 {
            self.wake_next();
        }
    }

    /// It was freed, and somebody is in the queue: the first shall look, unless another has taken it
    /// meanwhile, who will see that.
    #[cold]
    fn wake_next(&self) {
        let mut queue = self.queue.lock();
        let waker = if self.held.load(Relaxed) {
            None
        } else {
            self.mark_first(&mut queue)
        };
        drop(queue);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Somebody is in the queue, or was: unlocks it for the first of them.
    #[cold]
    fn hand_on(&self) -> Result<(), NotLocked> {
        let mut queue = self.queue.lock();
        let waker = self.pass_on(&mut queue)?;
        drop(queue);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// The queue's lock is held, and the mutex. Lets the next one have it. Gives who must be woken.
    fn pass_on(&self, queue: &mut Line<Waiting>) -> Result<Option<Waker>, NotLocked> {
        // Relaxed: written with this lock held.
        if self.flags.load(Relaxed) & STARVING != 0
            && self.held.load(Relaxed)
            && let Some(first) = queue.front_mut()
        {
            first.turn = Turn::Owns; // `held` stays: it is the waiter's
            return Ok(queue.rouse_front());
        }
        // Release: pairs with the Acquire in `try_lock`.
        if !self.held.swap(false, Release) {
            return Err(NotLocked);
        }
        Ok(self.mark_first(queue))
    }

    /// The queue's lock is held, and the mutex is free: the first in line shall look.
    fn mark_first(&self, queue: &mut Line<Waiting>) -> Option<Waker> {
        let Some(first) = queue.front_mut() else {
            self.flags.store(0, Relaxed); // read with the queue's lock held, or as a hint
            return None;
        };
        if first.turn != Turn::Waits {
            return None; // it will look
        }
        first.turn = Turn::Woken;
        queue.rouse_front()
    }

    /// As [`lock`](Self::lock), in the name of an isolate. [`unlock_owned`](Self::unlock_owned)
    /// unlocks it.
    pub async fn lock_as(&self, by: Locker) {
        self.lock().await;
        self.set_owner(by);
    }

    /// As [`try_lock`](Self::try_lock), in the name of an isolate.
    #[inline]
    pub fn try_lock_as(&self, by: Locker) -> bool {
        let locked = self.try_lock();
        if locked {
            self.set_owner(by);
        }
        locked
    }

    #[inline]
    fn set_owner(&self, by: Locker) {
        // Relaxed, both: only who has the mutex writes them.
        self.mark.store(by.mark.to_bits(), Relaxed);
        self.owner.store(by.holder.number(), Relaxed);
    }

    /// Unlocks what was locked in the name of an isolate, whichever that was; `goroutine` says so.
    #[inline]
    pub fn unlock_owned(&self, goroutine: GoId) -> Result<(), NotLocked> {
        // Before it is another's. Relaxed: as in `held_by`.
        let mark = Mark::from_bits(self.mark.load(Relaxed));
        // Relaxed: one of several that unlock takes it; `unlock` releases.
        if self.owner.swap(Holder::NATIVE.number(), Relaxed) == Holder::NATIVE.number() {
            return Err(NotLocked);
        }
        if mark.is_not_of(goroutine) {
            self.handed.store(true, Relaxed); // for reports, once and for all
        }
        self.unlock()
    }

    /// Who has it: not known of native goroutines, nor of a mutex that one unlocks for another.
    ///
    /// A guess: two words that are not read at once. What is still the same a while later is true.
    pub fn held_by(&self) -> Option<Held> {
        if self.handed.load(Relaxed) {
            return None;
        }
        let holder = Holder::of_number(self.owner.load(Relaxed));
        let mark = Mark::from_bits(self.mark.load(Relaxed));
        let isolate = holder.isolate_number()?;
        Some(Held { isolate, mark })
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
    stand: Stand,
}

impl Future for RawLock<'_> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mutex = self.mutex;
        self.stand.poll(mutex, cx)
    }
}

impl Drop for RawLock<'_> {
    #[inline]
    fn drop(&mut self) {
        self.stand.leave(self.mutex);
    }
}

/// Where a lock under way stands in its mutex's queue, if it does. Whoever has one polls it until it
/// has the mutex, or lets it [`leave`](Self::leave).
///
/// Apart from the mutex, because each word of a future is stored before the exchange that locks, and
/// the exchange waits for the stores.
#[derive(Default)]
pub(super) struct Stand(Option<Key>);

impl Stand {
    #[inline]
    pub(super) fn poll(&mut self, mutex: &RawMutex, cx: &Context<'_>) -> Poll<()> {
        if self.0.is_none() && mutex.try_lock() {
            return Poll::Ready(());
        }
        self.wait(mutex, cx)
    }

    #[cold]
    fn wait(&mut self, mutex: &RawMutex, cx: &Context<'_>) -> Poll<()> {
        let key = match self.0 {
            Some(key) => key,
            None => *self.0.insert(mutex.enter(cx.waker().clone())),
        };
        let mut fresh = None;
        loop {
            let mut queue = mutex.queue.lock();
            if let Some(gone) = mutex.take_turn(&mut queue, key) {
                self.0 = None;
                drop(queue);
                drop(gone); // its waker, with no lock held
                return Poll::Ready(());
            }
            // Between this and the next round it may be roused by a no-op: the round looks again.
            if queue.wait_on(key, cx.waker(), &mut fresh) {
                note_wait(cx.waker(), Reason::Mutex, mutex);
                drop(queue);
                return Poll::Pending;
            }
            drop(queue);
            // Cloned with no lock held: it is somebody else's code.
            fresh = Some(cx.waker().clone());
        }
    }

    /// The lock under way is dropped.
    #[inline]
    pub(super) fn leave(&self, mutex: &RawMutex) {
        if let Some(key) = self.0 {
            mutex.leave(key);
        }
    }
}

impl RawMutex {
    /// Joins the queue. Whoever unlocks from now on sees that, or has unlocked already.
    fn enter(&self, waker: Waker) -> Key {
        let since = Instant::now();
        let mut queue = self.queue.lock();
        let turn = Turn::Waits;
        let key = queue.enter(waker, Waiting { since, turn });
        self.set(QUEUE, &queue);
        drop(queue); // the barrier is a system call
        // Partner: the light barrier in `look_again`.
        asymmetric::heavy();
        key
    }

    /// Sets a flag. The guard is the proof that nobody else writes them.
    fn set(&self, flag: u8, _queue: &Guard<'_, Line<Waiting>>) {
        // Relaxed: the lock orders it, and the barriers do for those who have no lock.
        let flags = self.flags.load(Relaxed);
        self.flags.store(flags | flag, Relaxed);
    }

    /// Takes the mutex if it is the turn of the one at `key`, which leaves the queue then.
    fn take_turn(&self, queue: &mut Guard<'_, Line<Waiting>>, key: Key) -> Option<Gone> {
        let first = queue.is_front(key);
        let me = queue.wants(key)?;
        let too_long = self.waited_too_long(me.since);
        // The first in the queue may take a free mutex whatever the mode.
        if me.turn == Turn::Owns || (first && self.try_lock()) {
            let gone = queue.leave(key);
            // The last one, or one that did not wait long, ends the starving.
            if queue.is_empty() {
                self.flags.store(0, Relaxed); // as in `set`
            } else if !too_long {
                self.flags.store(QUEUE, Relaxed); // as in `set`
            }
            return gone;
        }
        // Woken in vain, after it had waited for long.
        let starves = first && too_long && me.turn == Turn::Woken;
        me.turn = Turn::Waits;
        if starves {
            self.set(STARVING, queue);
        }
        None
    }

    /// It goes away while it waits, or owns the mutex without knowing.
    #[cold]
    fn leave(&self, key: Key) {
        let mut queue = self.queue.lock();
        let gone = queue.leave(key);
        let waker = match &gone {
            Some((Left::Waiting(me), _)) if me.turn == Turn::Owns => {
                self.pass_on(&mut queue).unwrap_or(None)
            }
            // Woken, or the first that `unlock` would count on. Relaxed: behind its own barrier.
            Some(_) if !self.held.load(Relaxed) => self.mark_first(&mut queue),
            _ => None,
        };
        drop(queue);
        drop(gone);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

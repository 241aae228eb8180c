//! `Hchan`: a Go channel. Bounded, many senders, many receivers, first come first served.
//!
//! After Go's `runtime/chan.go`, whose vocabulary this keeps, but with two locks instead of one.
//! The *sending side* and the *receiving side* of the ring have a lock each, and a buffered
//! operation that need not park, nor wake anybody, takes only its own: sender and receiver of a
//! stream do not wait for each other, nor fight over the same cache lines. Everything else —
//! parking, waking, closing, `select` — holds both ([`Locked`]).
//!
//! # Invariants (hold whenever a lock is free)
//!
//! 1. At most one of `recvq` and `sendq` has a waiter that can still be served. (A select that
//!    lost its claim may remain in line in either until it is met or leaves.)
//! 2. `recvq` has such a waiter only if nothing is buffered, nor was given back; `sendq` only if
//!    the ring is full.
//! 3. Once `closed`, no waiter parks any more and both queues were emptied by `close`.
//! 4. A value is in exactly one place: with the sender, in the ring, in a waiter's node, among
//!    those given back, in an event of a mailbox, or among the orphans. A refused hand-over gives
//!    it back before the locks are released.
//! 5. `TX_SLOW` and `RX_SLOW` are set if an operation on that side may not go by the ring alone:
//!    because somebody waits; for senders, because the channel is closed; for receivers, because it
//!    is closed and empty, or a value was given back. They change only with both locks held, so a
//!    holder of either reads its side's as it is.
//! 6. With a lock held, no user's code runs: no value and no waker is dropped or cloned. What a
//!    waiter leaves behind stays in its node until its owner collects it; the values of senders
//!    whose isolate has ended are `orphans` until [`Locked::unlock`] drops them. (Rust's moves run
//!    no code. [`Hchan::for_each_value`] says what it does.)
//!
//! # Why one lock is enough for the fast path
//!
//! A receiver parks holding both locks, after it saw the ring empty by the exact counts, and sets
//! both sides' bits. A sender that takes its lock later sees it and goes the slow way, where it
//! finds the receiver; the value of one that held its lock earlier was counted. Likewise for
//! senders that park because the ring is full, for `close`, and for `select`. No fence is needed:
//! the locks order it. Model: `tests/loom_chan.rs`.
//!
//! An unbuffered channel has no fast path; it uses the sending side's lock alone, for everything.
//!
//! # Why one lock is enough to collect an outcome
//!
//! `recvq` is reached with the receiving side's lock held, `sendq` with the sending side's. Lining
//! up, serving and leaving take both, because they change what the invariants speak of. A native
//! goroutine that was served collects its outcome with its own side's lock alone: whoever serves
//! holds that lock too, so the two cannot meet in the queue; and a served node is not in line, so
//! neither the invariants nor `ways` depend on it.
//!
//! # Direct hand-off
//!
//! A sender that finds a parked receiver gives it the value without touching the ring, and a
//! receiver that finds the ring full and a parked sender takes the oldest value and moves the
//! sender's into the place that became free: order is kept, and the woken side has nothing left to
//! do. Waking happens after the locks are released; the `#[must_use]` [`Unpark`] carries it out. Where
//! both sides are of one isolate there is nobody to wake: see [`own`](self::own).
//!
//! A receiver may go away after it was handed a value: a native one that gives up, or one whose
//! isolate ends before it has seen the event. The value goes to the next receiver, or into
//! `returned`, from where receivers take first. Values there stand in the order in which they were
//! handed out, whatever the order in which they came back. So each is received at most once, and is
//! lost only with a goroutine that had it. (Rejected: telling the sender that its value was not
//! received. It was told that it was, and may have ended.)
//!
//! # Who may call
//!
//! Any thread. JavaScript's side passes a mailbox and a ticket; native goroutines use the futures
//! in [`native`](self::native). Blocks of values are in [`block`](self::block).
//!
//! # Rejected
//!
//! One lock, as in Go: measured at 240-280 ns a value between two isolates where this takes less
//! than half. A private batch for each receiver: faster still, but a value would be promised to a
//! receiver that is busy while another waits, and order between receivers would be lost.

mod block;
mod locked;
mod native;
mod own;
mod parked;
mod ring;
#[cfg(all(test, not(loom)))]
mod tests;
mod waitq;

pub use block::{BlockMoved, RecvBlock, SendBlock, Then, Unparks};
pub(crate) use locked::{Locked, Place};
pub use native::{Recv, Send};
pub use own::{Own, Served};
pub use parked::{Parked, Unpark};
pub(crate) use waitq::{Key, Outcome, Removed, Settled, WaitQueue, Waiter};

use crate::error::{CloseError, TryRecvError, TrySendError};
use crate::lock::{Lock, Rank};
use crate::loom::cell::UnsafeCell;
use crate::loom::{Arc, AtomicU8, AtomicU64};
use crate::mailbox::Mailbox;
use locked::Core;
use ring::{Side, Slots};
use std::sync::atomic::Ordering::{Acquire, Relaxed};

/// A channel of `T`. Shared by `Arc`.
///
/// A thread that touches a line the other side wrote waits about 100 ns for it. So each side's
/// lock, place, published counter, queue and copy of `ways` have a pair of lines of their own (the
/// processor fetches pairs). What is rarely written has a third.
#[repr(C)]
pub struct Hchan<T> {
    rx: Padded<End<T>>,
    tx: Padded<End<T>>,
    slots: Slots<T>,
    core: UnsafeCell<Core<T>>,
}

/// Bits of `ways`: the side must go the slow way, see invariant 5.
const TX_SLOW: u8 = 1;
const RX_SLOW: u8 = 2;
/// Bits of `ways`: the side goes the slow way and would not park just now. Hints: who reads them
/// without a lock saves a clone of its waker.
const TX_PROMPT: u8 = 4;
const RX_PROMPT: u8 = 8;

/// Models have no use for waiting, which changes no outcome.
const PATIENT: bool = !cfg!(loom);

#[repr(align(128))]
struct Padded<T>(T);

/// One side of the channel.
#[repr(C)]
struct End<T> {
    side: Lock<Side>,
    /// The side's count, for the other side.
    count: AtomicU64,
    /// How the sides may go: the four bits below. Changes with both locks held, in both ends alike,
    /// so that each side reads it where it is anyway. (Unbuffered: in the sending end alone.)
    ways: AtomicU8,
    /// Who is parked on this side. Guarded by this side's lock; if the channel is unbuffered, by
    /// the sending side's.
    queue: UnsafeCell<WaitQueue<T>>,
}

// SAFETY: `core` and the queues are reached only with the lock(s) that guard them held (`Locked`,
// `settle`), the slots by the ring's protocol; values and wakers may move between threads.
unsafe impl<T: std::marker::Send> std::marker::Send for Hchan<T> {}
// SAFETY: as above.
unsafe impl<T: std::marker::Send> Sync for Hchan<T> {}

/// A send that may park its caller.
pub enum Sending<T> {
    /// The value was delivered or buffered.
    Done(Unpark<T>),
    /// The caller is parked and will be told.
    Parked,
    /// The channel is closed; Go panics. The value comes back.
    Closed(T),
}

/// A receive that may park its caller.
pub enum Receiving<T> {
    /// A value.
    Done(T, Unpark<T>),
    /// The caller is parked and will be told.
    Parked,
    /// Closed and drained.
    Closed,
}

impl<T> Hchan<T> {
    /// A channel with room for `capacity` values; 0 makes every send wait for its receiver.
    ///
    /// # Panics
    /// If the system has no room for so many values: see [`try_new`](Self::try_new).
    pub fn new(capacity: usize) -> Self {
        Self::try_new(capacity).expect("makechan: size out of range")
    }

    /// As [`new`](Self::new); `None` if the system has no room for so many values.
    pub fn try_new(capacity: usize) -> Option<Self> {
        let end = || {
            Padded(End {
                side: Lock::new(Rank::Chan, Side::default()),
                count: AtomicU64::new(0),
                ways: AtomicU8::new(0),
                queue: UnsafeCell::new(WaitQueue::new()),
            })
        };
        Some(Self {
            slots: Slots::new(capacity)?,
            rx: end(),
            tx: end(),
            core: UnsafeCell::new(Core::new()),
        })
    }

    /// Room for values, as made.
    pub fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    /// Values buffered now, and those that were given back. Always 0 for an unbuffered channel,
    /// where a value that was given back waits as if a sender offered it.
    pub fn len(&self) -> usize {
        if self.capacity() == 0 {
            return 0;
        }
        let locked = self.lock();
        locked.buffered() + locked.given_back()
    }

    /// Whether [`len`](Self::len) is 0.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it was closed. Values may still be buffered.
    pub fn is_closed(&self) -> bool {
        self.lock().is_closed()
    }

    /// How many receivers and senders are parked here, for reports.
    pub fn waiters(&self) -> (usize, usize) {
        self.lock().waiters()
    }

    /// Whether a receive would probably not park. A hint, for which no lock is taken.
    #[inline]
    pub(crate) fn may_recv(&self) -> bool {
        // Relaxed throughout: who acts on it takes the lock.
        self.guarding(&self.rx.0).ways.load(Relaxed) & RX_PROMPT != 0
            || self.tx.0.count.load(Relaxed) > self.rx.0.count.load(Relaxed)
    }

    /// Whether a send would probably not park. As [`may_recv`](Self::may_recv).
    #[inline]
    pub(crate) fn may_send(&self) -> bool {
        let filled = |sent: u64, taken: u64| sent.saturating_sub(taken) < self.capacity() as u64;
        self.tx.0.ways.load(Relaxed) & TX_PROMPT != 0
            || filled(self.tx.0.count.load(Relaxed), self.rx.0.count.load(Relaxed))
    }

    /// If a receive, or a send, would park: how many values were sent so far. No lock is taken, so it
    /// is over as soon as it is said: two that are equal say what was so between them. `None` means
    /// nothing. The argument: "Nothing ready, without a lock" in `select/glance.rs`.
    #[inline]
    pub(crate) fn stuck(&self, sends: bool) -> Option<u64> {
        if !ring::publishes_at_once(self.capacity()) || self.capacity() == 0 {
            return None;
        }
        // Acquire: pairs with the Release in `Locked::drop`; the counts below are as new.
        let ways = self.tx.0.ways.load(Acquire);
        // Acquire: pairs with the Release in `publish_now`; what that side had done before on other
        // channels is seen when they are looked at again. Taken first: it is never ahead of sent.
        let taken = self.rx.0.count.load(Acquire);
        let sent = self.tx.0.count.load(Acquire);
        let buffered = if sends { self.capacity() as u64 } else { 0 };
        (ways == 0 && sent.wrapping_sub(taken) == buffered).then_some(sent)
    }

    /// Receives without parking; if `patient`, a sender that is about to send gets a moment. Who was
    /// made ready is the caller's to wake.
    #[inline]
    pub(crate) fn recv_now(
        &self,
        own: Option<&Own<T>>,
        patient: bool,
    ) -> Result<(T, Unpark<T>), TryRecvError> {
        match self.fast_recv(patient) {
            Some(value) => Ok((value, Unpark::None)),
            None => self.slow_try_recv(own),
        }
    }

    /// Sends likewise.
    #[inline]
    pub(crate) fn send_now(
        &self,
        value: T,
        own: Option<&Own<T>>,
        patient: bool,
    ) -> Result<Unpark<T>, TrySendError<T>> {
        match self.fast_send(value, patient) {
            Ok(()) => Ok(Unpark::None),
            Err(value) => self.slow_try_send(value, own),
        }
    }

    /// The fast path of a send: room in the ring (after a moment, if `patient`), and nobody to wake.
    #[inline]
    fn fast_send(&self, value: T, patient: bool) -> Result<(), T> {
        if self.slots.capacity() == 0 {
            return Err(value);
        }
        let End {
            side, count, ways, ..
        } = &self.tx.0;
        let mut side = side.lock();
        // Relaxed: changes under both locks only, and we hold one.
        if ways.load(Relaxed) & TX_SLOW != 0 {
            return Err(value);
        }
        if side.room(self.capacity()) == 0 {
            side.look_or_linger(&self.rx.0.count, patient);
        }
        ring::push(&self.slots, &mut side, count, value)
    }

    /// The fast path of a receive: something buffered (after a moment, if `patient`), and nobody to
    /// wake.
    #[inline]
    fn fast_recv(&self, patient: bool) -> Option<T> {
        if self.slots.capacity() == 0 {
            return None;
        }
        let End {
            side, count, ways, ..
        } = &self.rx.0;
        let mut side = side.lock();
        // Relaxed: changes under both locks only, and we hold one.
        if ways.load(Relaxed) & RX_SLOW != 0 {
            return None;
        }
        if side.filled() == 0 {
            side.look_or_linger(&self.tx.0.count, patient);
        }
        ring::pop(&self.slots, &mut side, count)
    }

    /// Sends without parking.
    #[inline]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.try_send_with(value, None).map(Unpark::fire)
    }

    /// As [`try_send`](Self::try_send), by an isolate that lends its `own`. Who was made ready is the
    /// caller's to wake.
    #[inline]
    pub fn try_send_with(
        &self,
        value: T,
        own: Option<&Own<T>>,
    ) -> Result<Unpark<T>, TrySendError<T>> {
        self.send_now(value, own, PATIENT)
    }

    #[inline(never)]
    fn slow_try_send(&self, value: T, own: Option<&Own<T>>) -> Result<Unpark<T>, TrySendError<T>> {
        let mut locked = self.lock_with(own);
        let sent = locked.try_send(value);
        locked.unlock();
        sent
    }

    /// Receives without parking.
    #[inline]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let (value, unpark) = self.try_recv_with(None)?;
        unpark.fire();
        Ok(value)
    }

    /// As [`try_recv`](Self::try_recv), by an isolate that lends its `own`. Who was made ready is the
    /// caller's to wake.
    #[inline]
    pub fn try_recv_with(&self, own: Option<&Own<T>>) -> Result<(T, Unpark<T>), TryRecvError> {
        self.recv_now(own, PATIENT)
    }

    #[inline(never)]
    fn slow_try_recv(&self, own: Option<&Own<T>>) -> Result<(T, Unpark<T>), TryRecvError> {
        let mut locked = self.lock_with(own);
        let received = locked.try_recv();
        locked.unlock();
        received
    }

    /// Sends, or parks an isolate's goroutine; it is told by `Sent` or `SendOnClosed`.
    #[inline]
    pub fn send_or_park(
        &self,
        value: T,
        own: Option<&Own<T>>,
        who: impl FnOnce() -> Parked<T>,
    ) -> Sending<T> {
        let Err(value) = self.fast_send(value, PATIENT) else {
            return Sending::Done(Unpark::None);
        };
        self.slow_send_or_park(value, own, who)
    }

    #[inline(never)]
    fn slow_send_or_park(
        &self,
        value: T,
        own: Option<&Own<T>>,
        who: impl FnOnce() -> Parked<T>,
    ) -> Sending<T> {
        let mut locked = self.lock_with(own);
        let sending = match locked.try_send(value) {
            Ok(unpark) => Sending::Done(unpark),
            Err(TrySendError::Closed(value)) => Sending::Closed(value),
            Err(TrySendError::Full(value)) => {
                locked.park_sender(|| Waiter::alone(who(), Some(value)));
                Sending::Parked
            }
        };
        locked.unlock();
        sending
    }

    /// Receives, or parks an isolate's goroutine; it is told by `Received`.
    #[inline]
    pub fn recv_or_park(
        &self,
        own: Option<&Own<T>>,
        who: impl FnOnce() -> Parked<T>,
    ) -> Receiving<T> {
        if let Some(value) = self.fast_recv(PATIENT) {
            return Receiving::Done(value, Unpark::None);
        }
        self.slow_recv_or_park(own, who)
    }

    #[inline(never)]
    fn slow_recv_or_park(
        &self,
        own: Option<&Own<T>>,
        who: impl FnOnce() -> Parked<T>,
    ) -> Receiving<T> {
        let mut locked = self.lock_with(own);
        let receiving = match locked.try_recv() {
            Ok((value, unpark)) => Receiving::Done(value, unpark),
            Err(TryRecvError::Closed) => Receiving::Closed,
            Err(TryRecvError::Empty) => {
                locked.park_receiver(|| Waiter::alone(who(), None));
                Receiving::Parked
            }
        };
        locked.unlock();
        receiving
    }

    /// A value that an isolate's receiver was handed, by mail, and that the isolate did not live to
    /// see: the next receiver gets it, or it goes back to where it was, before everything younger.
    /// A channel that was closed meanwhile still gives it to whoever drains it.
    pub fn take_back(&self, turn: u64, value: T) {
        let mut locked = self.lock();
        let unpark = locked.put_back(turn, value);
        locked.unlock();
        unpark.fire();
    }

    /// An isolate has ended: its parked senders and receivers leave the line, so that reports do not
    /// count them, and a channel that nobody uses for long does not keep what they offered. Whoever
    /// meets one before this is refused by its mailbox and goes on to the next.
    pub fn forget(&self, isolate: &Arc<Mailbox<T>>) {
        let mut locked = self.lock();
        let waiters = locked.remove_all_of(isolate);
        locked.unlock();
        drop(waiters);
    }

    /// The operation that an isolate's goroutine has parked here is given up. `false`: it is not here, or
    /// its event is on its way.
    pub fn withdraw(&self, mailbox: &Arc<Mailbox<T>>, ticket: u32) -> bool {
        let mut locked = self.lock();
        let waiter = locked.withdraw(mailbox, ticket);
        locked.unlock();
        waiter.is_some() // what it offered is dropped here, with no lock held
    }

    /// Closes: parked receivers learn that the channel is drained, parked senders fail.
    pub fn close(&self) -> Result<(), CloseError> {
        let mut woken = Vec::new();
        let mut locked = self.lock();
        let closed = locked.close(&mut woken);
        locked.unlock();
        for unpark in woken {
            unpark.fire();
        }
        closed
    }

    /// Applies `f` to every value that is in the channel: buffered, or offered by a parked sender.
    /// Used when a channel that lived in one isolate is given away and its values, which were
    /// references, must be encoded. `f` runs under the lock: it must be short and call nobody.
    pub fn for_each_value(&self, f: impl FnMut(&mut T)) {
        self.lock().for_each_value(f);
    }

    /// Locks both sides.
    #[inline]
    pub(crate) fn lock(&self) -> Locked<'_, T> {
        Locked::new(self, None)
    }

    /// As [`lock`](Self::lock), for an isolate that lends its `own`.
    #[inline]
    pub(crate) fn lock_with<'a>(&'a self, own: Option<&'a Own<T>>) -> Locked<'a, T> {
        Locked::new(self, own)
    }

    /// The order in which `select` locks channels: that of the locks' own addresses, as the rank
    /// check sees them (`rx` lies below `tx`).
    pub(crate) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// The end whose lock guards the queue of `end`, and whose `ways` are kept.
    #[inline]
    fn guarding<'a>(&'a self, end: &'a End<T>) -> &'a End<T> {
        if self.slots.capacity() == 0 {
            &self.tx.0
        } else {
            end
        }
    }
}

/// Takes no lock, so that a channel can be printed wherever it is in use.
impl<T> std::fmt::Debug for Hchan<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hchan")
            .field("capacity", &self.capacity())
            .finish_non_exhaustive()
    }
}

impl<T> Drop for Hchan<T> {
    fn drop(&mut self) {
        if !std::mem::needs_drop::<T>() {
            return;
        }
        loop {
            // Bound first: in a loop's condition the value would be dropped before the locks are.
            let value = self.lock().pop_ring();
            if value.is_none() {
                break;
            }
        }
    }
}

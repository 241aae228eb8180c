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
//!    lost its claim may remain in either until it is met or unlinked.)
//! 2. `recvq` has such a waiter only if nothing is buffered; `sendq` only if the ring is full.
//! 3. Once `closed`, no waiter parks any more and both queues were emptied by `close`.
//! 4. A value is in exactly one place: with the sender, in the ring, in a waiter's node, or in an
//!    event of a mailbox. A refused hand-over gives it back before the locks are released.
//! 5. A side's `slow` is set if an operation on that side may not go by the ring alone: because
//!    somebody waits; for senders, because the channel is closed; for receivers, because it is
//!    closed and empty, or a value was given back. It changes only with both locks held, so a holder
//!    of either reads it as it is.
//!
//! # Why one lock is enough for the fast path
//!
//! A receiver parks holding both locks, after it saw the ring empty by the exact counts, and sets
//! both sides' `slow`. A sender that takes its lock later sees `slow` and goes the slow way, where it finds the
//! receiver; the value of one that held its lock earlier was counted. Likewise for
//! senders that park because the ring is full, for `close`, and for `select`. No fence is needed:
//! the locks order it. Model: `tests/loom_chan.rs`.
//!
//! An unbuffered channel has no fast path; it uses the sending side's lock alone.
//!
//! # Direct hand-off
//!
//! A sender that finds a parked receiver gives it the value without touching the ring, and a
//! receiver that finds the ring full and a parked sender takes the oldest value and moves the
//! sender's into the place that became free: order is kept, and the woken side has nothing left to
//! do. Waking happens after the locks are released; the `#[must_use]` [`Unpark`] carries it out.
//!
//! # Who may call
//!
//! Any thread. JavaScript's side passes a mailbox and a ticket; native goroutines use the futures
//! in [`native`](self::native).
//!
//! # Rejected
//!
//! One lock, as in Go: measured at 240-280 ns a value between two isolates where this takes less
//! than half. A private batch for each receiver: faster still, but a value would be promised to a
//! receiver that is busy while another waits, and order between receivers would be lost.

mod native;
mod parked;
mod ring;
#[cfg(all(test, not(loom)))]
mod tests;
mod waitq;

pub use native::{Recv, Send};
pub(crate) use parked::post;
pub use parked::{Parked, Unpark};
pub(crate) use waitq::{Key, Outcome, Removed, Waiter};

use crate::error::{CloseError, TryRecvError, TrySendError};
use crate::lock::{Guard, Lock, Rank};
use crate::loom::cell::UnsafeCell;
use crate::loom::{AtomicBool, AtomicU64};
use crate::mailbox::Event;
use ring::{Side, Slots};
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::Ordering::Relaxed;
use waitq::WaitQueue;

/// A channel of `T`. Shared by `Arc`.
///
/// A thread that touches a line the other side wrote waits about 100 ns for it. So each side's lock,
/// place and published counter have a pair of lines of their own (the processor fetches pairs), and
/// what both only read has a third.
#[repr(C)]
pub struct Hchan<T> {
    rx: Padded<End>,
    tx: Padded<End>,
    /// See invariant 5: of the receiving and of the sending side.
    rx_slow: AtomicBool,
    tx_slow: AtomicBool,
    slots: Slots<T>,
    core: UnsafeCell<Core<T>>,
}

/// Models have no use for waiting, which changes no outcome.
const PATIENT: bool = !cfg!(loom);

#[repr(align(128))]
struct Padded<T>(T);

/// One side of the ring.
#[repr(C)]
struct End {
    side: Lock<Side>,
    /// The side's count, for the other side.
    count: AtomicU64,
}

/// What both locks together guard.
pub(crate) struct Core<T> {
    pub(crate) recvq: WaitQueue<T>,
    pub(crate) sendq: WaitQueue<T>,
    /// Values that were handed to receivers which no longer wanted them. Older than the ring's.
    returned: VecDeque<T>,
    closed: bool,
}

// SAFETY: `core` is reached only through `Locked`, that is with the lock(s) that guard it held;
// values and wakers may move between threads.
unsafe impl<T: std::marker::Send> std::marker::Send for Hchan<T> {}
// SAFETY: as above.
unsafe impl<T: std::marker::Send> Sync for Hchan<T> {}

/// The whole channel, locked.
pub(crate) struct Locked<'a, T> {
    chan: &'a Hchan<T>,
    /// `None` for an unbuffered channel, whose ring is never used.
    rx: Option<Guard<'a, Side>>,
    tx: Guard<'a, Side>,
}

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
            })
        };
        Some(Self {
            slots: Slots::new(capacity)?,
            rx: end(),
            tx: end(),
            rx_slow: AtomicBool::new(false),
            tx_slow: AtomicBool::new(false),
            core: UnsafeCell::new(Core {
                recvq: WaitQueue::new(),
                sendq: WaitQueue::new(),
                returned: VecDeque::new(),
                closed: false,
            }),
        })
    }

    /// Room for values, as made.
    pub fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    /// Values buffered now. Always 0 for an unbuffered channel.
    pub fn len(&self) -> usize {
        self.lock().buffered()
    }

    /// Whether nothing is buffered now.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it was closed. Values may still be buffered.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// How many receivers and senders are parked here, for reports.
    pub fn waiters(&self) -> (usize, usize) {
        let core = self.lock();
        (core.recvq.len(), core.sendq.len())
    }

    /// The fast path of a send: room in the ring, and nobody to wake.
    #[inline]
    fn fast_send(&self, value: T) -> Result<(), T> {
        if self.slots.capacity() == 0 {
            return Err(value);
        }
        let End { side, count } = &self.tx.0;
        let mut side = side.lock();
        // Relaxed: changes under both locks only, and we hold one.
        if self.tx_slow.load(Relaxed) {
            return Err(value);
        }
        ring::push(
            &self.slots,
            &mut side,
            count,
            &self.rx.0.count,
            value,
            PATIENT,
        )
    }

    /// The fast path of a receive: something buffered, and nobody to wake.
    #[inline]
    fn fast_recv(&self) -> Option<T> {
        if self.slots.capacity() == 0 {
            return None;
        }
        let End { side, count } = &self.rx.0;
        let mut side = side.lock();
        // Relaxed: changes under both locks only, and we hold one.
        if self.rx_slow.load(Relaxed) {
            return None;
        }
        ring::pop(&self.slots, &mut side, count, &self.tx.0.count, PATIENT)
    }

    /// Sends without parking.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let Err(value) = self.fast_send(value) else {
            return Ok(());
        };
        let unpark = self.lock().try_send(value)?;
        unpark.fire();
        Ok(())
    }

    /// Receives without parking.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        if let Some(value) = self.fast_recv() {
            return Ok(value);
        }
        let (value, unpark) = self.lock().try_recv()?;
        unpark.fire();
        Ok(value)
    }

    /// Sends, or parks an isolate's goroutine; it is told by `Sent` or `SendOnClosed`.
    #[inline]
    pub fn send_or_park(&self, value: T, who: impl FnOnce() -> Parked<T>) -> Sending<T> {
        let Err(value) = self.fast_send(value) else {
            return Sending::Done(Unpark::None);
        };
        let mut core = self.lock();
        match core.try_send(value) {
            Ok(unpark) => Sending::Done(unpark),
            Err(TrySendError::Closed(value)) => Sending::Closed(value),
            Err(TrySendError::Full(value)) => {
                core.park_sender(Waiter {
                    who: who(),
                    claim: None,
                    case: 0,
                    value: Some(value),
                });
                Sending::Parked
            }
        }
    }

    /// Receives, or parks an isolate's goroutine; it is told by `Received`.
    #[inline]
    pub fn recv_or_park(&self, who: impl FnOnce() -> Parked<T>) -> Receiving<T> {
        if let Some(value) = self.fast_recv() {
            return Receiving::Done(value, Unpark::None);
        }
        let mut core = self.lock();
        match core.try_recv() {
            Ok((value, unpark)) => Receiving::Done(value, unpark),
            Err(TryRecvError::Closed) => Receiving::Closed,
            Err(TryRecvError::Empty) => {
                core.park_receiver(Waiter {
                    who: who(),
                    claim: None,
                    case: 0,
                    value: None,
                });
                Receiving::Parked
            }
        }
    }

    /// Closes: parked receivers learn that the channel is drained, parked senders fail.
    pub fn close(&self) -> Result<(), CloseError> {
        let mut woken = Vec::new();
        let offered = self.lock().close(&mut woken)?;
        for unpark in woken {
            unpark.fire();
        }
        drop(offered); // what isolates' senders offered is dropped with no lock held
        Ok(())
    }

    /// Applies `f` to every value that is in the channel: buffered, or offered by a parked sender.
    /// Used when a channel that lived in one isolate is given away and its values, which were
    /// references, must be encoded. `f` runs under the lock: it must be short and call nobody.
    pub fn for_each_value(&self, mut f: impl FnMut(&mut T)) {
        let mut core = self.lock();
        if let Some(rx) = &core.rx {
            ring::for_each(&self.slots, rx, &core.tx, &mut f);
        }
        core.returned.iter_mut().for_each(&mut f);
        core.sendq.values_mut().for_each(&mut f);
    }

    /// Locks both sides.
    #[inline]
    pub(crate) fn lock(&self) -> Locked<'_, T> {
        let mut rx = (self.capacity() > 0).then(|| self.rx.0.side.lock());
        let mut tx = self.tx.0.side.lock();
        if let Some(rx) = &mut rx {
            ring::meet(rx, &mut tx, &self.rx.0.count, &self.tx.0.count);
        }
        Locked { rx, tx, chan: self }
    }

    /// The order in which `select` locks channels: that of the locks' own addresses, as the rank
    /// check sees them (`rx` lies below `tx`).
    pub(crate) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl<T> Drop for Hchan<T> {
    fn drop(&mut self) {
        while self.lock().pop_ring().is_some() {}
    }
}

impl<T> Deref for Locked<'_, T> {
    type Target = Core<T>;
    #[inline]
    fn deref(&self) -> &Core<T> {
        // SAFETY: `self` holds the locks that guard `core`.
        self.chan.core.with(|core| unsafe { &*core })
    }
}

impl<T> DerefMut for Locked<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Core<T> {
        // SAFETY: `self` holds the locks that guard `core`, and is borrowed exclusively.
        self.chan.core.with_mut(|core| unsafe { &mut *core })
    }
}

impl<T> Drop for Locked<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let waits = !self.recvq.is_empty() || !self.sendq.is_empty();
        let tx = waits || self.closed;
        let rx = waits || !self.returned.is_empty() || (self.closed && self.buffered() == 0);
        mark(&self.chan.tx_slow, tx);
        mark(&self.chan.rx_slow, rx);
    }
}

/// Both locks are held. Relaxed: releasing them publishes it. Written only when it changes, so that
/// both sides keep their copy of the line.
#[inline]
fn mark(flag: &AtomicBool, slow: bool) {
    if flag.load(Relaxed) != slow {
        flag.store(slow, Relaxed);
    }
}

impl<T> Locked<'_, T> {
    fn buffered(&self) -> usize {
        self.rx.as_ref().map_or(0, |rx| ring::len(rx, &self.tx))
    }

    fn push_ring(&mut self, value: T) -> Result<(), T> {
        let chan = self.chan;
        let Some(rx) = &self.rx else {
            return Err(value);
        };
        self.tx.see(rx);
        ring::push(
            &chan.slots,
            &mut self.tx,
            &chan.tx.0.count,
            &chan.rx.0.count,
            value,
            false,
        )
    }

    fn pop_ring(&mut self) -> Option<T> {
        let chan = self.chan;
        let rx = self.rx.as_mut()?;
        rx.see(&self.tx);
        ring::pop(&chan.slots, rx, &chan.rx.0.count, &chan.tx.0.count, false)
    }

    #[inline]
    pub(crate) fn try_send(&mut self, value: T) -> Result<Unpark<T>, TrySendError<T>> {
        if self.closed {
            return Err(TrySendError::Closed(value));
        }
        let mut value = value;
        if !self.recvq.is_empty() {
            match self.hand_to_receiver(value) {
                Ok(unpark) => return Ok(unpark),
                Err(back) => value = back,
            }
        }
        match self.push_ring(value) {
            Ok(()) => Ok(Unpark::None),
            Err(value) => Err(TrySendError::Full(value)),
        }
    }

    #[inline]
    pub(crate) fn try_recv(&mut self) -> Result<(T, Unpark<T>), TryRecvError> {
        if let Some(value) = self.returned.pop_front() {
            return Ok((value, Unpark::None));
        }
        if let Some(value) = self.pop_ring() {
            // If the ring was full, a parked sender's value takes the place that became free.
            let Some((next, unpark)) = self.take_from_sender() else {
                return Ok((value, Unpark::None));
            };
            let pushed = self.push_ring(next);
            debug_assert!(pushed.is_ok(), "a place has just become free");
            return Ok((value, unpark));
        }
        if let Some(taken) = self.take_from_sender() {
            return Ok(taken);
        }
        Err(if self.closed {
            TryRecvError::Closed
        } else {
            TryRecvError::Empty
        })
    }

    /// Gives `value` to the first receiver that can still have it.
    fn hand_to_receiver(&mut self, mut value: T) -> Result<Unpark<T>, T> {
        while let Some((key, waiter)) = self.recvq.dequeue() {
            match waiter.who {
                Parked::Task(waker) => {
                    self.recvq.serve(key, Outcome::Received(value));
                    return Ok(Unpark::Task(waker));
                }
                Parked::Isolate { mailbox, ticket } => {
                    self.recvq.forget(key);
                    let event = Event::Received {
                        ticket,
                        case: waiter.case,
                        value: Some(value),
                    };
                    match post(mailbox, event) {
                        Ok(unpark) => return Ok(unpark),
                        Err(Event::Received { value: Some(v), .. }) => value = v,
                        Err(_) => unreachable!("a refused event comes back as it was"),
                    }
                }
            }
        }
        Err(value)
    }

    /// Takes the value of the first sender that still offers one.
    fn take_from_sender(&mut self) -> Option<(T, Unpark<T>)> {
        while let Some((key, waiter)) = self.sendq.dequeue() {
            match waiter.who {
                Parked::Task(waker) => {
                    self.sendq.serve(key, Outcome::Sent);
                    if let Some(value) = waiter.value {
                        return Some((value, Unpark::Task(waker)));
                    }
                }
                Parked::Isolate { mailbox, ticket } => {
                    self.sendq.forget(key);
                    let case = waiter.case;
                    // A sender whose isolate has ended never sent: its value goes with it.
                    if let (Ok(unpark), Some(value)) =
                        (post(mailbox, Event::Sent { ticket, case }), waiter.value)
                    {
                        return Some((value, unpark));
                    }
                }
            }
        }
        None
    }

    /// Closes. Returns what parked senders of isolates had offered, for the caller to drop.
    fn close(&mut self, woken: &mut Vec<Unpark<T>>) -> Result<Vec<T>, CloseError> {
        if self.closed {
            return Err(CloseError);
        }
        self.closed = true;
        while let Some((key, waiter)) = self.recvq.dequeue() {
            match waiter.who {
                Parked::Task(waker) => {
                    self.recvq.serve(key, Outcome::Drained);
                    woken.push(Unpark::Task(waker));
                }
                Parked::Isolate { mailbox, ticket } => {
                    self.recvq.forget(key);
                    let event = Event::Received {
                        ticket,
                        case: waiter.case,
                        value: None,
                    };
                    woken.extend(post(mailbox, event).ok());
                }
            }
        }
        let mut offered = Vec::new();
        while let Some((key, waiter)) = self.sendq.dequeue() {
            match (waiter.who, waiter.value) {
                (Parked::Task(waker), value) => {
                    self.sendq
                        .serve(key, value.map_or(Outcome::Sent, Outcome::Closed));
                    woken.push(Unpark::Task(waker));
                }
                (Parked::Isolate { mailbox, ticket }, value) => {
                    self.sendq.forget(key);
                    offered.extend(value);
                    let event = Event::SendOnClosed {
                        ticket,
                        case: waiter.case,
                    };
                    woken.extend(post(mailbox, event).ok());
                }
            }
        }
        Ok(offered)
    }

    pub(crate) fn park_receiver(&mut self, waiter: Waiter<T>) -> Place {
        Place::Receiver(self.recvq.enqueue(waiter))
    }

    pub(crate) fn park_sender(&mut self, waiter: Waiter<T>) -> Place {
        Place::Sender(self.sendq.enqueue(waiter))
    }

    /// A value that was handed to a receiver which no longer wants it. It was the oldest, so it
    /// goes to the next receiver, or else before everything buffered.
    pub(crate) fn give_back(&mut self, value: T) -> Unpark<T> {
        match self.hand_to_receiver(value) {
            Ok(unpark) => unpark,
            Err(value) => {
                self.returned.push_front(value);
                Unpark::None
            }
        }
    }

    /// Takes a waiter of either direction out, whatever became of it.
    pub(crate) fn leave(&mut self, place: Place) -> Option<Removed<T>> {
        match place {
            Place::Receiver(key) => self.recvq.remove(key),
            Place::Sender(key) => self.sendq.remove(key),
        }
    }
}

/// Where a waiter stands: which queue, which node.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// In `recvq`.
    Receiver(Key),
    /// In `sendq`.
    Sender(Key),
}

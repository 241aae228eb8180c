//! Many values at once, for `T: Copy`: numbers, mostly.
//!
//! A block is that many single sends or receives in order, for the price of one: a lock is taken
//! once, and values are copied by the processor's fastest way, in at most two pieces of the ring.
//!
//! # What holds
//!
//! - Values of one block keep their order. Other senders' values come between them only where the
//!   block parked: what fits goes in under one hold of the lock, and when the rest does not, the
//!   sender parks before it lets go.
//! - A parked sender offers its next value, one, like any other sender. Whoever takes that wakes
//!   it, and it goes on with what fits by then.
//! - A parked receiver is handed one value, like any other receiver, and takes what else is ready
//!   when it goes on. A block of values sent to several parked receivers goes to them one by one.
//! - Receiving takes what is there, exactly: between one value and as many as fit. It parks only if
//!   there is none.
//!
//! Copying is the only long section in a channel: up to the ring's size under one lock (the fast
//! path) or both. Whoever makes a large ring for large blocks wants that.
//!
//! Rejected: a parked sender that offers its whole block by address, for receivers to copy from. It
//! would spare it the wake-ups, but a future may be forgotten while it is parked, and its borrow
//! ends with it: the address would dangle.
//!
//! # For JavaScript
//!
//! [`send_block_or_park`](Hchan::send_block_or_park) and
//! [`recv_block_or_park`](Hchan::recv_block_or_park) copy from and to memory that the caller holds
//! during the call only. What is told by mail is about the one value that was offered or handed,
//! and the caller then calls again for the rest.

use super::locked::{Locked, Place};
use super::{End, Hchan, Key, Outcome, PATIENT, Parked, RX_SLOW, TX_SLOW, Unpark, Waiter, ring};
use crate::error::{SendBlockError, TryRecvError};
use crate::g::Reason;
use crate::task::note_wait;
use smallvec::SmallVec;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

/// Evidence that several were made ready and must still be woken, with no lock held.
#[must_use = "dropping Unparks leaves the counterparts parked for ever"]
pub struct Unparks<T>(SmallVec<[Unpark<T>; 4]>);

impl<T> Unparks<T> {
    fn new() -> Self {
        Self(SmallVec::new())
    }

    fn push(&mut self, unpark: Unpark<T>) {
        if !matches!(unpark, Unpark::None) {
            self.0.push(unpark);
        }
    }

    /// Wakes them.
    pub fn fire(self) {
        self.into_iter().for_each(Unpark::fire);
    }
}

impl<T> IntoIterator for Unparks<T> {
    type Item = Unpark<T>;
    type IntoIter = smallvec::IntoIter<[Unpark<T>; 4]>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// What became of a block whose sender or receiver may park.
#[must_use = "the counterparts must be woken"]
pub struct BlockMoved<T> {
    /// How many values were sent or received.
    pub count: usize,
    /// And then?
    pub then: Then,
    /// Whom to wake.
    pub wake: Unparks<T>,
}

/// How a block operation that may park ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// All values were sent; or some were received.
    Done,
    /// The caller is parked and will be told.
    Parked,
    /// The channel is closed; for a receiver, and drained.
    Closed,
}

impl<T: Copy> Locked<'_, T> {
    /// Sends what there are receivers and room for. `None`: the channel is closed.
    fn send_block(&mut self, values: &[T], wake: &mut Unparks<T>) -> Option<usize> {
        if self.is_closed() {
            return None;
        }
        let mut sent = 0;
        while self.has_receivers() && sent < values.len() {
            match self.hand_to_receiver(values[sent]) {
                Ok(unpark) => wake.push(unpark),
                Err(_) => break, // all that waited have gone
            }
            sent += 1;
        }
        Some(sent + self.push_ring_block(&values[sent..]))
    }

    /// Receives what is there and fits.
    fn recv_block(&mut self, into: &mut [T], wake: &mut Unparks<T>) -> usize {
        let mut got = 0;
        while got < into.len()
            && let Some(value) = self.take_returned()
        {
            into[got] = value;
            got += 1;
        }
        got += self.pop_ring_block(&mut into[got..]);
        // If some are still wanted, the ring is empty, and what senders offer is next.
        while got < into.len()
            && let Ok((value, unpark)) = self.take_from_sender()
        {
            into[got] = value;
            got += 1;
            wake.push(unpark);
        }
        // Those who still wait may have room now.
        while self.has_room()
            && let Some(unpark) = self.refill()
        {
            wake.push(unpark);
        }
        got
    }
}

impl<T: Copy> Hchan<T> {
    /// The fast path: room for all of them, and nobody to wake.
    fn fast_send_block(&self, values: &[T]) -> bool {
        // An unbuffered channel has no room, and no lock of its own for its senders.
        if values.len() > self.capacity() {
            return false;
        }
        let End {
            side, count, ways, ..
        } = &self.tx.0;
        let mut side = side.lock();
        // Relaxed: changes under both locks only, and we hold one.
        if ways.load(Relaxed) & TX_SLOW != 0 {
            return false;
        }
        if side.room(self.capacity()) < values.len() {
            side.look(&self.rx.0.count);
            if side.room(self.capacity()) < values.len() {
                return false;
            }
        }
        ring::push_block(&self.slots, &mut side, count, values);
        true
    }

    /// The fast path: something buffered, and nobody to wake. Gives how many there were, as far as
    /// was published.
    fn fast_recv_block(&self, into: &mut [T]) -> usize {
        if self.capacity() == 0 {
            return 0;
        }
        let End {
            side, count, ways, ..
        } = &self.rx.0;
        let mut side = side.lock();
        // Relaxed: changes under both locks only, and we hold one.
        if ways.load(Relaxed) & RX_SLOW != 0 {
            return 0;
        }
        if side.filled() < into.len() {
            let patient = PATIENT && side.filled() == 0;
            side.look_or_linger(&self.tx.0.count, patient);
        }
        ring::pop_block(&self.slots, &mut side, count, into)
    }

    /// Whether the fast path, which gave `got` of `wanted`, leaves nothing to be had.
    fn is_enough(&self, got: usize, wanted: usize) -> bool {
        got == wanted || (got > 0 && ring::publishes_at_once(self.capacity()))
    }

    /// Sends as many of `values` as it can without parking, in order. Gives how many: fewer than
    /// all if the channel is full.
    pub fn try_send_block(&self, values: &[T]) -> Result<usize, SendBlockError> {
        if values.is_empty() || self.fast_send_block(values) {
            return Ok(values.len());
        }
        let mut wake = Unparks::new();
        let mut locked = self.lock();
        let sent = locked.send_block(values, &mut wake);
        locked.unlock();
        wake.fire();
        sent.ok_or(SendBlockError { sent: 0 })
    }

    /// Receives what is ready, in order, as far as it fits in `into`. Gives how many; 0 only if
    /// nothing fits.
    pub fn try_recv_block(&self, into: &mut [T]) -> Result<usize, TryRecvError> {
        let mut got = self.fast_recv_block(into);
        if self.is_enough(got, into.len()) {
            return Ok(got);
        }
        let mut wake = Unparks::new();
        let mut locked = self.lock();
        got += locked.recv_block(&mut into[got..], &mut wake);
        let closed = locked.is_closed();
        locked.unlock();
        wake.fire();
        match (got, closed) {
            (0, true) => Err(TryRecvError::Closed),
            (0, false) => Err(TryRecvError::Empty),
            _ => Ok(got),
        }
    }

    /// Sends a block, or parks an isolate's goroutine when there is no room for the rest.
    ///
    /// [`Then::Parked`]: `values[count]` is offered. On `Sent` it was taken, so `count + 1` are
    /// sent, and the caller calls again with the rest; on `SendOnClosed` it was not.
    pub fn send_block_or_park(
        &self,
        values: &[T],
        who: impl FnOnce() -> Parked<T>,
    ) -> BlockMoved<T> {
        let mut wake = Unparks::new();
        if values.is_empty() || self.fast_send_block(values) {
            let (count, then) = (values.len(), Then::Done);
            return BlockMoved { count, then, wake };
        }
        let mut locked = self.lock();
        let (count, then) = match locked.send_block(values, &mut wake) {
            None => (0, Then::Closed),
            Some(count) if count == values.len() => (count, Then::Done),
            Some(count) => {
                locked.park_sender(|| Waiter::alone(who(), Some(values[count])));
                (count, Then::Parked)
            }
        };
        locked.unlock();
        BlockMoved { count, then, wake }
    }

    /// Receives a block, or parks an isolate's goroutine while there is nothing.
    ///
    /// [`Then::Parked`]: it will be told one value by `Received`, or `None` for closed and drained.
    /// What else is ready then, [`try_recv_block`](Self::try_recv_block) gives.
    pub fn recv_block_or_park(
        &self,
        into: &mut [T],
        who: impl FnOnce() -> Parked<T>,
    ) -> BlockMoved<T> {
        let mut wake = Unparks::new();
        let mut count = self.fast_recv_block(into);
        if self.is_enough(count, into.len()) {
            let then = Then::Done;
            return BlockMoved { count, then, wake };
        }
        let mut locked = self.lock();
        count += locked.recv_block(&mut into[count..], &mut wake);
        let then = if count > 0 {
            Then::Done
        } else if locked.is_closed() {
            Then::Closed
        } else {
            locked.park_receiver(|| Waiter::alone(who(), None));
            Then::Parked
        };
        locked.unlock();
        BlockMoved { count, then, wake }
    }

    /// Sends all of `values` in order, parking the native goroutine while there is no room. When
    /// the channel is closed it fails and says how many were sent.
    pub fn send_block<'a>(&'a self, values: &'a [T]) -> SendBlock<'a, T> {
        SendBlock {
            chan: self,
            values,
            sent: 0,
            parked: None,
        }
    }

    /// Receives what is ready, at least one value, and at most as many as fit in `into`; parks the
    /// native goroutine while there is nothing. Gives how many: 0 if the channel is closed and
    /// drained, or if nothing fits.
    pub fn recv_block<'a>(&'a self, into: &'a mut [T]) -> RecvBlock<'a, T> {
        RecvBlock {
            chan: self,
            into,
            parked: None,
        }
    }
}

/// A block's send under way. Does nothing until polled. Dropped, it sends no more.
#[must_use = "futures do nothing unless awaited"]
pub struct SendBlock<'a, T> {
    chan: &'a Hchan<T>,
    values: &'a [T],
    sent: usize,
    parked: Option<Key>,
}

/// A block's receive under way. Does nothing until polled.
#[must_use = "futures do nothing unless awaited"]
pub struct RecvBlock<'a, T> {
    chan: &'a Hchan<T>,
    into: &'a mut [T],
    parked: Option<Key>,
}

// Nothing here is pinned: the wait queue holds the waiter, not this future's memory.
impl<T> Unpin for SendBlock<'_, T> {}
impl<T> Unpin for RecvBlock<'_, T> {}

impl<T: Copy> Future for SendBlock<'_, T> {
    type Output = Result<(), SendBlockError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Some(key) = this.parked {
            let Some(outcome) = this.chan.collect_send(key, cx) else {
                return Poll::Pending;
            };
            this.parked = None;
            if let Outcome::Closed(_) = outcome {
                return Poll::Ready(Err(SendBlockError { sent: this.sent }));
            }
            this.sent += 1;
        }
        let rest = &this.values[this.sent..];
        if rest.is_empty() || this.chan.fast_send_block(rest) {
            this.sent = this.values.len();
            return Poll::Ready(Ok(()));
        }
        this.send_or_enqueue(cx)
    }
}

impl<T: Copy> SendBlock<'_, T> {
    fn send_or_enqueue(&mut self, cx: &Context<'_>) -> Poll<Result<(), SendBlockError>> {
        let waker = cx.waker().clone(); // with no lock held
        let rest = &self.values[self.sent..];
        let mut wake = Unparks::new();
        let mut locked = self.chan.lock();
        let poll = match locked.send_block(rest, &mut wake) {
            None => Poll::Ready(Err(SendBlockError { sent: self.sent })),
            Some(count) if count == rest.len() => {
                self.sent += count;
                Poll::Ready(Ok(()))
            }
            Some(count) => {
                self.sent += count;
                let waiter = || Waiter::alone(Parked::Task(waker), Some(rest[count]));
                self.parked = Some(locked.park_sender(waiter).key());
                note_wait(cx.waker(), Reason::ChanSend, self.chan);
                Poll::Pending
            }
        };
        locked.unlock();
        wake.fire();
        poll
    }
}

impl<T: Copy> Future for RecvBlock<'_, T> {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let this = &mut *self;
        if let Some(key) = this.parked {
            let Some(outcome) = this.chan.collect_recv(key, cx) else {
                return Poll::Pending;
            };
            this.parked = None;
            let Outcome::Received(value) = outcome else {
                return Poll::Ready(0);
            };
            this.into[0] = value;
            let more = this.chan.try_recv_block(&mut this.into[1..]);
            return Poll::Ready(1 + more.unwrap_or(0));
        }
        let got = this.chan.fast_recv_block(this.into);
        if this.chan.is_enough(got, this.into.len()) {
            return Poll::Ready(got);
        }
        this.recv_or_enqueue(got, cx)
    }
}

impl<T: Copy> RecvBlock<'_, T> {
    fn recv_or_enqueue(&mut self, mut got: usize, cx: &Context<'_>) -> Poll<usize> {
        let waker = (got == 0).then(|| cx.waker().clone()); // with no lock held
        let mut wake = Unparks::new();
        let mut locked = self.chan.lock();
        got += locked.recv_block(&mut self.into[got..], &mut wake);
        let poll = match waker {
            Some(waker) if got == 0 && !locked.is_closed() => {
                let waiter = || Waiter::alone(Parked::Task(waker), None);
                self.parked = Some(locked.park_receiver(waiter).key());
                note_wait(cx.waker(), Reason::ChanReceive, self.chan);
                Poll::Pending
            }
            _ => Poll::Ready(got),
        };
        locked.unlock();
        wake.fire();
        poll
    }
}

impl<T> Drop for SendBlock<'_, T> {
    fn drop(&mut self) {
        if let Some(key) = self.parked {
            self.chan.give_up(Place::Sender(key));
        }
    }
}

impl<T> Drop for RecvBlock<'_, T> {
    fn drop(&mut self) {
        if let Some(key) = self.parked {
            self.chan.give_up(Place::Receiver(key));
        }
    }
}

//! `Hchan`: a Go channel. Bounded, many senders, many receivers, first come first served.
//!
//! One lock guards the whole state ([`Core`]): the ring, the two queues of parked goroutines and
//! the closed flag. After Go's `runtime/chan.go`, whose vocabulary this keeps.
//!
//! # Invariants (hold whenever the lock is free)
//!
//! 1. At most one of `recvq` and `sendq` has a waiter that can still be served. (A select that
//!    lost its claim may remain in either until it is met or unlinked.)
//! 2. `recvq` has such a waiter only if the ring is empty; `sendq` only if the ring is full.
//! 3. Once `closed`, no waiter parks any more and both queues were emptied by `close`.
//! 4. A value is in exactly one place: with the sender, in the ring, in a waiter's node, or in an
//!    event of a mailbox. A refused hand-over gives it back before the lock is released.
//!
//! # Direct hand-off
//!
//! A sender that finds a parked receiver gives it the value without touching the ring, and a
//! receiver that finds the ring full and a parked sender takes the oldest value and moves the
//! sender's into the place that became free: order is kept, and the woken side has nothing left to
//! do. Waking happens after the lock is released; the `#[must_use]` [`Unpark`] carries it out.
//!
//! # Who may call
//!
//! Any thread. JavaScript's side passes a mailbox and a ticket; native goroutines use the futures
//! in [`native`](self::native).

mod native;
mod parked;
mod ring;
mod waitq;

pub use native::{Recv, Send};
pub(crate) use parked::post;
pub use parked::{Parked, Unpark};
pub(crate) use waitq::{Key, Outcome, Removed, Waiter};

use crate::error::{CloseError, TryRecvError, TrySendError};
use crate::lock::{Guard, Lock, Rank};
use crate::mailbox::Event;
use ring::Ring;
use waitq::WaitQueue;

/// A channel of `T`. Shared by `Arc`.
pub struct Hchan<T> {
    core: Lock<Core<T>>,
    capacity: usize,
}

/// What the channel's lock guards.
pub(crate) struct Core<T> {
    ring: Ring<T>,
    recvq: WaitQueue<T>,
    sendq: WaitQueue<T>,
    closed: bool,
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
    pub fn new(capacity: usize) -> Self {
        Self {
            core: Lock::new(
                Rank::Chan,
                Core {
                    ring: Ring::new(capacity),
                    recvq: WaitQueue::new(),
                    sendq: WaitQueue::new(),
                    closed: false,
                },
            ),
            capacity,
        }
    }

    /// Room for values, as made.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Values buffered now. Always 0 for an unbuffered channel.
    pub fn len(&self) -> usize {
        self.lock().ring.len().min(self.capacity)
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

    /// Sends without parking.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let unpark = self.lock().try_send(value)?;
        unpark.fire();
        Ok(())
    }

    /// Receives without parking.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let (value, unpark) = self.lock().try_recv()?;
        unpark.fire();
        Ok(value)
    }

    /// Sends, or parks an isolate's goroutine; it is told by `Sent` or `SendOnClosed`.
    #[inline]
    pub fn send_or_park(&self, value: T, who: impl FnOnce() -> Parked<T>) -> Sending<T> {
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
        core.ring.iter_mut().for_each(&mut f);
        core.sendq.values_mut().for_each(&mut f);
    }

    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, Core<T>> {
        self.core.lock()
    }

    /// The order in which `select` locks channels. The lock's own address, as the rank check sees.
    pub(crate) fn address(&self) -> usize {
        std::ptr::from_ref(&self.core).addr()
    }
}

impl<T> Core<T> {
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
        if self.ring.is_full() {
            return Err(TrySendError::Full(value));
        }
        self.ring.push(value);
        Ok(Unpark::None)
    }

    #[inline]
    pub(crate) fn try_recv(&mut self) -> Result<(T, Unpark<T>), TryRecvError> {
        if let Some(value) = self.ring.pop() {
            if self.sendq.is_empty() || self.ring.is_full() {
                return Ok((value, Unpark::None));
            }
            // The ring was full: a parked sender's value takes the place that became free.
            let Some((next, unpark)) = self.take_from_sender() else {
                return Ok((value, Unpark::None));
            };
            self.ring.push(next);
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
                    self.sendq.serve(key, value.map_or(Outcome::Sent, Outcome::Closed));
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

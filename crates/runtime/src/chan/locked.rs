//! The whole channel, locked: parking, handing over, waking and closing.
//!
//! Everything here runs with both locks held (or, unbuffered, with the one there is), so it reads
//! as sequential code. What it must not do is in the channel's invariants 4 and 6.

use super::own::Own;
use super::waitq::Turn;
use super::{
    Hchan, Key, Outcome, Parked, RX_PROMPT, RX_SLOW, Removed, Side, TX_PROMPT, TX_SLOW, Unpark,
    WaitQueue, Waiter, ring,
};
use crate::error::{CloseError, TryRecvError, TrySendError};
use crate::lock::Guard;
use crate::loom::Arc;
use crate::mailbox::Mailbox;
use std::collections::VecDeque;
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::task::Waker;

/// What only holders of both locks touch.
pub(super) struct Core<T> {
    /// Values that were handed to receivers which no longer wanted them, by turn. Older than the
    /// ring's.
    returned: VecDeque<(Turn, T)>,
    /// The last turn that was given out.
    turn: Turn,
    closed: bool,
    /// What senders offered whose isolate has ended: to be dropped once unlocked.
    orphans: Vec<T>,
    /// Open, nothing given back, no orphans: all three at one look. May be unset for nothing.
    plain: bool,
}

impl<T> Core<T> {
    pub(super) const fn new() -> Self {
        Self {
            returned: VecDeque::new(),
            turn: 0,
            closed: false,
            orphans: Vec::new(),
            plain: true,
        }
    }

    fn orphan(&mut self, offer: Option<T>) {
        self.orphans.extend(offer);
        self.plain &= self.orphans.is_empty();
    }
}

/// Proof that both sides are locked.
///
/// Dropping it releases the locks, which is enough for who holds several. Who holds one says
/// [`unlock`](Self::unlock).
pub(crate) struct Locked<'a, T> {
    chan: &'a Hchan<T>,
    /// `None` for an unbuffered channel, whose ring is never used.
    rx: Option<Guard<'a, Side>>,
    tx: Guard<'a, Side>,
    /// Of the isolate that calls, if it is one.
    own: Option<&'a Own<T>>,
}

/// Where a waiter stands: which queue, which node.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    /// In `recvq`.
    Receiver(Key),
    /// In `sendq`.
    Sender(Key),
}

impl Place {
    /// The node, whichever queue it is in.
    #[inline]
    pub(super) fn key(self) -> Key {
        match self {
            Self::Receiver(key) | Self::Sender(key) => key,
        }
    }
}

impl<T> Drop for Locked<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let core = self.core();
        let mut ways = 0;
        if !self.recvq().is_empty() {
            ways |= TX_SLOW | RX_SLOW | TX_PROMPT;
        }
        if !self.sendq().is_empty() {
            ways |= TX_SLOW | RX_SLOW | RX_PROMPT;
        }
        if !core.plain {
            ways |= self.unusual_ways();
        }
        // Relaxed: holders of a lock alone write it, and read it so.
        if self.chan.tx.0.ways.load(Relaxed) != ways {
            // Release: pairs with the Acquire in `stuck`, which has no lock. All others have.
            self.chan.tx.0.ways.store(ways, Release);
            if self.rx.is_some() {
                self.chan.rx.0.ways.store(ways, Relaxed);
            }
        }
    }
}

impl<'a, T> Locked<'a, T> {
    #[inline]
    pub(super) fn new(chan: &'a Hchan<T>, own: Option<&'a Own<T>>) -> Self {
        // The receiving side first: it lies below, and the locks of a rank are taken upwards.
        let rx = (chan.capacity() > 0).then(|| chan.rx.0.side.lock());
        let tx = chan.tx.0.side.lock();
        Self { chan, rx, tx, own }
    }

    /// Releases the locks, and then drops the orphans.
    #[inline]
    pub(crate) fn unlock(self) {
        if !self.core().plain {
            self.unlock_with_orphans();
        }
    }

    #[cold]
    #[inline(never)]
    fn unlock_with_orphans(mut self) {
        let core = self.core_mut();
        let orphans = std::mem::take(&mut core.orphans);
        core.plain = !core.closed && core.returned.is_empty();
        drop(self);
        drop(orphans);
    }

    /// What of a channel's `ways` does not come from the queues.
    #[cold]
    #[inline(never)]
    fn unusual_ways(&self) -> u8 {
        let core = self.core();
        let mut ways = 0;
        if core.closed {
            ways |= TX_SLOW | TX_PROMPT;
        }
        if !core.returned.is_empty() || (core.closed && self.buffered() == 0) {
            ways |= RX_SLOW | RX_PROMPT;
        }
        ways
    }

    #[inline]
    fn core(&self) -> &Core<T> {
        // SAFETY: `self` holds the locks that guard `core`.
        self.chan.core.with(|core| unsafe { &*core })
    }

    #[inline]
    fn core_mut(&mut self) -> &mut Core<T> {
        // SAFETY: `self` holds the locks that guard `core`, and is borrowed exclusively.
        self.chan.core.with_mut(|core| unsafe { &mut *core })
    }

    #[inline]
    fn recvq(&self) -> &WaitQueue<T> {
        // SAFETY: `self` holds both sides' locks, of which one guards this queue.
        self.chan.rx.0.queue.with(|queue| unsafe { &*queue })
    }

    #[inline]
    fn sendq(&self) -> &WaitQueue<T> {
        // SAFETY: as in `recvq`.
        self.chan.tx.0.queue.with(|queue| unsafe { &*queue })
    }

    #[inline]
    fn recvq_mut(&mut self) -> &mut WaitQueue<T> {
        let queue = &self.chan.rx.0.queue;
        // SAFETY: as in `recvq`, and `self` is borrowed exclusively.
        queue.with_mut(|queue| unsafe { &mut *queue })
    }

    #[inline]
    fn sendq_mut(&mut self) -> &mut WaitQueue<T> {
        let queue = &self.chan.tx.0.queue;
        // SAFETY: as in `recvq`, and `self` is borrowed exclusively.
        queue.with_mut(|queue| unsafe { &mut *queue })
    }

    #[inline]
    pub(super) fn is_closed(&self) -> bool {
        self.core().closed
    }

    /// How many values are in the ring.
    #[inline]
    pub(super) fn buffered(&self) -> usize {
        self.rx.as_ref().map_or(0, |rx| ring::len(rx, &self.tx))
    }

    /// Whether receivers are in line; all of them may be gone when it comes to it.
    pub(super) fn has_receivers(&self) -> bool {
        !self.recvq().is_empty()
    }

    /// Whether the ring has room.
    pub(super) fn has_room(&self) -> bool {
        self.rx.is_some() && self.buffered() < self.chan.capacity()
    }

    /// How many values were given back and have not been received again.
    pub(super) fn given_back(&self) -> usize {
        self.core().returned.len()
    }

    pub(super) fn waiters(&self) -> (usize, usize) {
        (self.recvq().len(), self.sendq().len())
    }

    #[inline]
    fn push_ring(&mut self, value: T) -> Result<(), T> {
        let chan = self.chan;
        let Some(rx) = &mut self.rx else {
            return Err(value);
        };
        Side::meet(rx, &mut self.tx);
        ring::push(&chan.slots, &mut self.tx, &chan.tx.0.count, value)
    }

    #[inline]
    pub(super) fn pop_ring(&mut self) -> Option<T> {
        let chan = self.chan;
        let rx = self.rx.as_mut()?;
        Side::meet(rx, &mut self.tx);
        ring::pop(&chan.slots, rx, &chan.rx.0.count)
    }

    /// As many of `values` as there is room for.
    pub(super) fn push_ring_block(&mut self, values: &[T]) -> usize
    where
        T: Copy,
    {
        let chan = self.chan;
        let Some(rx) = &mut self.rx else { return 0 };
        Side::meet(rx, &mut self.tx);
        ring::push_block(&chan.slots, &mut self.tx, &chan.tx.0.count, values)
    }

    /// As many values as there are, and fit.
    pub(super) fn pop_ring_block(&mut self, into: &mut [T]) -> usize
    where
        T: Copy,
    {
        let chan = self.chan;
        let Some(rx) = &mut self.rx else { return 0 };
        Side::meet(rx, &mut self.tx);
        ring::pop_block(&chan.slots, rx, &chan.rx.0.count, into)
    }

    #[inline]
    pub(crate) fn try_send(&mut self, value: T) -> Result<Unpark<T>, TrySendError<T>> {
        if self.core().closed {
            return Err(TrySendError::Closed(value));
        }
        let mut value = value;
        if !self.recvq().is_empty() {
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
        if let Some(value) = self.take_returned() {
            return Ok((value, Unpark::None));
        }
        if let Some(value) = self.pop_ring() {
            // If the ring was full, a parked sender's value takes the place that became free.
            let unpark = self.refill().unwrap_or(Unpark::None);
            return Ok((value, unpark));
        }
        self.take_from_sender()
    }

    #[inline]
    pub(super) fn take_returned(&mut self) -> Option<T> {
        if self.core().plain {
            return None;
        }
        let (_, value) = self.core_mut().returned.pop_front()?;
        let chan = self.chan;
        if let Some(rx) = &mut self.rx {
            // Who looks without a lock shall see that a value has gone: see `Hchan::stuck`.
            ring::pass_by(rx, &mut self.tx, &chan.rx.0.count, &chan.tx.0.count);
        }
        Some(value)
    }

    /// Moves the value of the first sender in line into the ring, which has room.
    #[inline]
    pub(super) fn refill(&mut self) -> Option<Unpark<T>> {
        let (next, unpark) = self.take_from_sender().ok()?;
        let pushed = self.push_ring(next);
        debug_assert!(pushed.is_ok(), "a place has just become free");
        Some(unpark)
    }

    /// Gives `value` to the first receiver that can still have it.
    #[inline]
    pub(super) fn hand_to_receiver(&mut self, value: T) -> Result<Unpark<T>, T> {
        let core = self.core_mut();
        core.turn += 1;
        let turn = core.turn;
        self.hand_over(turn, value)
    }

    fn hand_over(&mut self, turn: Turn, mut value: T) -> Result<Unpark<T>, T> {
        let own = self.own;
        loop {
            let recvq = self.recvq_mut();
            let Some(first) = recvq.dequeue() else {
                return Err(value);
            };
            if recvq.is_native(&first) {
                return Ok(recvq.serve(first, turn, Outcome::Received(value)));
            }
            match recvq.discharge(first).received(turn, value, own) {
                Ok(unpark) => return Ok(unpark),
                Err(back) => value = back,
            }
        }
    }

    /// Takes the value of the first sender that still offers one. What it gives is what a receive gives,
    /// so that it is written once, where the caller wants it (`WaitQueue::enqueue` says why).
    #[inline]
    pub(super) fn take_from_sender(&mut self) -> Result<(T, Unpark<T>), TryRecvError> {
        if self.sendq().is_empty() {
            return Err(self.nothing());
        }
        self.take_from_first_sender()
    }

    fn take_from_first_sender(&mut self) -> Result<(T, Unpark<T>), TryRecvError> {
        let own = self.own;
        loop {
            let sendq = self.sendq_mut();
            let Some(first) = sendq.dequeue() else {
                return Err(self.nothing());
            };
            if sendq.is_native(&first) {
                let offer = sendq.take_offer(&first);
                let unpark = sendq.serve(first, 0, Outcome::Sent);
                debug_assert!(offer.is_some(), "a sender offers a value");
                return offer
                    .map(|value| (value, unpark))
                    .ok_or(TryRecvError::Empty);
            }
            match sendq.discharge(first).sent(own) {
                Ok(taken) => return Ok(taken),
                Err(offer) => self.core_mut().orphan(offer),
            }
        }
    }

    /// Why there is nothing to receive.
    #[inline]
    fn nothing(&self) -> TryRecvError {
        if self.core().closed {
            TryRecvError::Closed
        } else {
            TryRecvError::Empty
        }
    }

    /// Closes. What parked senders of isolates had offered becomes orphaned.
    pub(super) fn close(&mut self, woken: &mut Vec<Unpark<T>>) -> Result<(), CloseError> {
        let core = self.core_mut();
        if core.closed {
            return Err(CloseError);
        }
        core.closed = true;
        core.plain = false;
        loop {
            let recvq = self.recvq_mut();
            let Some(first) = recvq.dequeue() else { break };
            woken.push(if recvq.is_native(&first) {
                recvq.serve(first, 0, Outcome::Drained)
            } else {
                recvq.discharge(first).drained()
            });
        }
        loop {
            let sendq = self.sendq_mut();
            let Some(first) = sendq.dequeue() else { break };
            woken.push(if sendq.is_native(&first) {
                let offer = sendq.take_offer(&first);
                let outcome = offer.map_or(Outcome::Sent, Outcome::Closed);
                sendq.serve(first, 0, outcome)
            } else {
                let (unpark, offer) = sendq.discharge(first).send_on_closed();
                self.core_mut().orphan(offer);
                unpark
            });
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn park_receiver(&mut self, waiter: impl FnOnce() -> Waiter<T>) -> Place {
        Place::Receiver(self.recvq_mut().enqueue(waiter))
    }

    #[inline]
    pub(crate) fn park_sender(&mut self, waiter: impl FnOnce() -> Waiter<T>) -> Place {
        Place::Sender(self.sendq_mut().enqueue(waiter))
    }

    /// The owner of a waiter is polled by another task: it waits with `waker` from now on. Gives
    /// the one to be dropped after unlocking: what it had before, or `waker` if it waits no more.
    pub(crate) fn change_waker(&mut self, place: Place, waker: Waker) -> Waker {
        match place {
            Place::Receiver(key) => self.recvq_mut().change_waker(key, waker),
            Place::Sender(key) => self.sendq_mut().change_waker(key, waker),
        }
    }

    /// Takes a waiter of either direction out, whatever became of it.
    pub(crate) fn leave(&mut self, place: Place) -> Option<Removed<T>> {
        self.remove(place).map(|(removed, _)| removed)
    }

    /// Takes an isolate's waiter out that is no case of a `select`.
    pub(super) fn withdraw(&mut self, mailbox: &Arc<Mailbox<T>>, ticket: u32) -> Option<Waiter<T>> {
        let is = |who: &Parked<T>| {
            matches!(who, Parked::Isolate { mailbox: at, ticket: its }
                if *its == ticket && Arc::ptr_eq(at, mailbox))
        };
        let receiver = self.recvq_mut().withdraw(is);
        receiver.or_else(|| self.sendq_mut().withdraw(is))
    }

    fn remove(&mut self, place: Place) -> Option<(Removed<T>, Turn)> {
        match place {
            Place::Receiver(key) => self.recvq_mut().remove(key),
            Place::Sender(key) => self.sendq_mut().remove(key),
        }
    }

    /// As [`leave`](Self::leave), for a native goroutine that gives up: a value that it was handed
    /// goes to the next receiver, or else back to where it was, before everything younger. The rest
    /// is for the caller to drop after unlocking.
    pub(crate) fn abandon(&mut self, place: Place) -> (Option<Removed<T>>, Unpark<T>) {
        match self.remove(place) {
            Some((Removed::Served(Outcome::Received(value)), turn)) => {
                (None, self.put_back(turn, value))
            }
            rest => (rest.map(|(removed, _)| removed), Unpark::None),
        }
    }

    /// A value that was handed out, and that nobody saw, goes to the next receiver, or back to where
    /// it was.
    pub(super) fn put_back(&mut self, turn: Turn, value: T) -> Unpark<T> {
        match self.hand_over(turn, value) {
            Ok(unpark) => unpark,
            Err(value) => {
                let returned = &mut self.core_mut().returned;
                let at = returned.partition_point(|(other, _)| *other < turn);
                returned.insert(at, (turn, value));
                self.core_mut().plain = false;
                Unpark::None
            }
        }
    }

    /// Takes out the waiters of an isolate that has ended. They are to be dropped after unlocking.
    pub(super) fn remove_all_of(&mut self, isolate: &Arc<Mailbox<T>>) -> [Vec<Waiter<T>>; 2] {
        let receivers = self.recvq_mut().remove_all_of(isolate);
        [receivers, self.sendq_mut().remove_all_of(isolate)]
    }

    pub(super) fn for_each_value(&mut self, mut f: impl FnMut(&mut T)) {
        if let Some(rx) = &self.rx {
            ring::for_each(&self.chan.slots, rx, &self.tx, &mut f);
        }
        for (_, value) in &mut self.core_mut().returned {
            f(value);
        }
        self.sendq_mut().values_mut().for_each(&mut f);
    }
}

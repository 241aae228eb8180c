//! Channel operations as futures, for native goroutines.
//!
//! A future that has parked owns one node of the channel's wait queue, by key. It collects its
//! outcome from there when polled, and leaves the queue when dropped. Dropping a receive that was
//! already handed a value must not lose it: the value goes to the next receiver, or back to the
//! front of the ring.
//!
//! A waker belongs to somebody else, whose code runs when it is cloned or dropped. So it is cloned
//! before the locks are taken, and dropped after: once for each time the goroutine parks, and
//! rarely for nothing, when the hint in the channel's `ways` was wrong.

use super::locked::Place;
use super::waitq::Settled;
use super::{End, Hchan, Key, Outcome, PATIENT, Parked, RX_PROMPT, TX_PROMPT, Waiter};
use crate::error::{SendError, TryRecvError, TrySendError};
use crate::g::Reason;
use crate::task::note_wait;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, Waker};

impl<T> Hchan<T> {
    /// Sends, parking the native goroutine while there is no room. Fails when closed.
    #[inline]
    pub fn send(&self, value: T) -> Send<'_, T> {
        Send {
            chan: self,
            value: Some(value),
            parked: None,
        }
    }

    /// Receives, parking the native goroutine while there is nothing. `None`: closed and drained.
    #[inline]
    pub fn recv(&self) -> Recv<'_, T> {
        Recv {
            chan: self,
            parked: None,
        }
    }

    /// The outcome of the native sender that parked as `key`; `None`: it waits on.
    #[inline]
    pub(super) fn collect_send(&self, key: Key, cx: &Context<'_>) -> Option<Outcome<T>> {
        self.collect(&self.tx.0, key, cx.waker())
    }

    /// The outcome of the native receiver that parked as `key`; `None`: it waits on.
    #[inline]
    pub(super) fn collect_recv(&self, key: Key, cx: &Context<'_>) -> Option<Outcome<T>> {
        self.collect(&self.rx.0, key, cx.waker())
    }

    #[inline]
    fn collect(&self, end: &End<T>, key: Key, waker: &Waker) -> Option<Outcome<T>> {
        match self.settle(end, key, waker, &mut None) {
            Settled::Served(outcome) => Some(outcome),
            Settled::Waiting => None,
            Settled::Stale => self.collect_or_change_waker(end, key, waker),
        }
    }

    #[cold]
    fn collect_or_change_waker(&self, end: &End<T>, key: Key, waker: &Waker) -> Option<Outcome<T>> {
        let mut fresh = Some(waker.clone());
        match self.settle(end, key, waker, &mut fresh) {
            Settled::Served(outcome) => Some(outcome),
            Settled::Waiting | Settled::Stale => None,
        }
    }

    #[inline]
    fn settle(
        &self,
        end: &End<T>,
        key: Key,
        waker: &Waker,
        fresh: &mut Option<Waker>,
    ) -> Settled<T> {
        let _side = self.guarding(end).side.lock();
        end.queue.with_mut(|queue| {
            // SAFETY: `_side` guards this queue. Those who reach it holding both locks hold that
            // one, so nobody else is there.
            let queue = unsafe { &mut *queue };
            queue.settle(key, waker, fresh)
        })
    }

    #[inline]
    fn parks(&self, end: &End<T>, prompt: u8) -> bool {
        // Relaxed: a hint, read without a lock.
        self.guarding(end).ways.load(Relaxed) & prompt == 0
    }

    /// The waker to park with, unless a send will probably not park.
    #[inline]
    fn sends_waker(&self, cx: &Context<'_>) -> Option<Waker> {
        self.parks(&self.tx.0, TX_PROMPT)
            .then(|| cx.waker().clone())
    }

    /// The waker to park with, unless a receive will probably not park.
    #[inline]
    fn recvs_waker(&self, cx: &Context<'_>) -> Option<Waker> {
        self.parks(&self.rx.0, RX_PROMPT)
            .then(|| cx.waker().clone())
    }
}

/// A send under way. Does nothing until polled.
#[must_use = "futures do nothing unless awaited"]
pub struct Send<'a, T> {
    chan: &'a Hchan<T>,
    value: Option<T>,
    parked: Option<Key>,
}

/// A receive under way. Does nothing until polled.
#[must_use = "futures do nothing unless awaited"]
pub struct Recv<'a, T> {
    chan: &'a Hchan<T>,
    parked: Option<Key>,
}

// Nothing here is pinned: the wait queue holds the waiter, not this future's memory.
impl<T> Unpin for Send<'_, T> {}
impl<T> Unpin for Recv<'_, T> {}

impl<T> Future for Send<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(value) = self.value.take() {
            return match self.chan.fast_send(value, false) {
                Ok(()) => Poll::Ready(Ok(())),
                Err(value) => self.slow(value, cx),
            };
        }
        self.go_on(cx)
    }
}

impl<T> Send<'_, T> {
    #[inline(never)]
    fn slow(&mut self, mut value: T, cx: &Context<'_>) -> Poll<Result<(), SendError<T>>> {
        let mut waker = self.chan.sends_waker(cx);
        loop {
            let mut locked = self.chan.lock();
            value = match locked.try_send(value) {
                Ok(unpark) => {
                    locked.unlock();
                    unpark.fire();
                    return Poll::Ready(Ok(()));
                }
                Err(TrySendError::Closed(value)) => {
                    locked.unlock();
                    return Poll::Ready(Err(SendError(value)));
                }
                Err(TrySendError::Full(value)) => value,
            };
            if let Some(waker) = waker.take() {
                let waiter = || Waiter::alone(Parked::Task(waker), Some(value));
                self.parked = Some(locked.park_sender(waiter).key());
                note_wait(cx.waker(), Reason::ChanSend, self.chan);
                locked.unlock();
                return Poll::Pending;
            }
            locked.unlock();
            waker = Some(cx.waker().clone());
        }
    }

    /// It parked, or was polled after completion.
    fn go_on(&mut self, cx: &Context<'_>) -> Poll<Result<(), SendError<T>>> {
        let Some(key) = self.parked else {
            return Poll::Pending;
        };
        let Some(outcome) = self.chan.collect_send(key, cx) else {
            return Poll::Pending;
        };
        self.parked = None;
        Poll::Ready(match outcome {
            Outcome::Closed(value) => Err(SendError(value)),
            Outcome::Sent | Outcome::Received(_) | Outcome::Drained => Ok(()),
        })
    }
}

impl<T> Future for Recv<'_, T> {
    type Output = Option<T>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(key) = self.parked {
            return self.go_on(key, cx);
        }
        match self.chan.fast_recv(PATIENT) {
            Some(value) => Poll::Ready(Some(value)),
            None => self.slow(cx),
        }
    }
}

impl<T> Recv<'_, T> {
    #[inline(never)]
    fn slow(&mut self, cx: &Context<'_>) -> Poll<Option<T>> {
        let mut waker = self.chan.recvs_waker(cx);
        loop {
            let mut locked = self.chan.lock();
            match locked.try_recv() {
                Ok((value, unpark)) => {
                    locked.unlock();
                    unpark.fire();
                    return Poll::Ready(Some(value));
                }
                Err(TryRecvError::Closed) => {
                    locked.unlock();
                    return Poll::Ready(None);
                }
                Err(TryRecvError::Empty) => {}
            }
            if let Some(waker) = waker.take() {
                let waiter = || Waiter::alone(Parked::Task(waker), None);
                self.parked = Some(locked.park_receiver(waiter).key());
                note_wait(cx.waker(), Reason::ChanReceive, self.chan);
                locked.unlock();
                return Poll::Pending;
            }
            locked.unlock();
            waker = Some(cx.waker().clone());
        }
    }

    fn go_on(&mut self, key: Key, cx: &Context<'_>) -> Poll<Option<T>> {
        let Some(outcome) = self.chan.collect_recv(key, cx) else {
            return Poll::Pending;
        };
        self.parked = None;
        Poll::Ready(match outcome {
            Outcome::Received(value) => Some(value),
            Outcome::Drained | Outcome::Sent | Outcome::Closed(_) => None,
        })
    }
}

impl<T> Drop for Send<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(key) = self.parked {
            self.chan.give_up(Place::Sender(key));
        }
    }
}

impl<T> Drop for Recv<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(key) = self.parked {
            self.chan.give_up(Place::Receiver(key));
        }
    }
}

impl<T> Hchan<T> {
    /// A native goroutine that is parked at `place`, or was served there, goes away.
    #[cold]
    pub(crate) fn give_up(&self, place: Place) {
        let mut locked = self.lock();
        let (rest, unpark) = locked.abandon(place);
        locked.unlock();
        unpark.fire();
        drop(rest); // with no lock held: its waker, and what it offered
    }
}

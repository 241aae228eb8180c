//! Channel operations as futures, for native goroutines.
//!
//! A future that has parked owns one node of the channel's wait queue, by key. It collects its
//! outcome from there when polled, and leaves the queue when dropped. Dropping a receive that was
//! already handed a value must not lose it: the value goes to the next receiver, or back to the
//! front of the ring.

use super::{Hchan, Key, Outcome, Parked, Removed, Waiter};
use crate::error::{SendError, TryRecvError, TrySendError};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

impl<T> Hchan<T> {
    /// Sends, parking the native goroutine while there is no room. Fails when closed.
    pub fn send(&self, value: T) -> Send<'_, T> {
        Send {
            chan: self,
            value: Some(value),
            parked: None,
        }
    }

    /// Receives, parking the native goroutine while there is nothing. `None`: closed and drained.
    pub fn recv(&self) -> Recv<'_, T> {
        Recv {
            chan: self,
            parked: None,
        }
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

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.parked.is_none()
            && let Some(value) = this.value.take()
        {
            match this.chan.fast_send(value) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(value) => this.value = Some(value),
            }
        }
        let mut core = this.chan.lock();
        if let Some(key) = this.parked {
            let Some(outcome) = core.sendq.collect(key) else {
                core.sendq.update(key, Parked::Task(cx.waker().clone()));
                return Poll::Pending;
            };
            this.parked = None;
            return Poll::Ready(match outcome {
                Outcome::Closed(value) => Err(SendError(value)),
                Outcome::Sent | Outcome::Received(_) | Outcome::Drained => Ok(()),
            });
        }
        let Some(value) = this.value.take() else {
            return Poll::Pending; // polled after completion
        };
        match core.try_send(value) {
            Ok(unpark) => {
                drop(core);
                unpark.fire();
                Poll::Ready(Ok(()))
            }
            Err(TrySendError::Closed(value)) => Poll::Ready(Err(SendError(value))),
            Err(TrySendError::Full(value)) => {
                this.parked = Some(core.sendq.enqueue(waiter(cx, Some(value))));
                Poll::Pending
            }
        }
    }
}

impl<T> Future for Recv<'_, T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.parked.is_none()
            && let Some(value) = this.chan.fast_recv()
        {
            return Poll::Ready(Some(value));
        }
        let mut core = this.chan.lock();
        if let Some(key) = this.parked {
            let Some(outcome) = core.recvq.collect(key) else {
                core.recvq.update(key, Parked::Task(cx.waker().clone()));
                return Poll::Pending;
            };
            this.parked = None;
            return Poll::Ready(match outcome {
                Outcome::Received(value) => Some(value),
                Outcome::Drained | Outcome::Sent | Outcome::Closed(_) => None,
            });
        }
        match core.try_recv() {
            Ok((value, unpark)) => {
                drop(core);
                unpark.fire();
                Poll::Ready(Some(value))
            }
            Err(TryRecvError::Closed) => Poll::Ready(None),
            Err(TryRecvError::Empty) => {
                this.parked = Some(core.recvq.enqueue(waiter(cx, None)));
                Poll::Pending
            }
        }
    }
}

fn waiter<T>(cx: &Context<'_>, value: Option<T>) -> Waiter<T> {
    Waiter {
        who: Parked::Task(cx.waker().clone()),
        claim: None,
        case: 0,
        value,
    }
}

impl<T> Drop for Send<'_, T> {
    fn drop(&mut self) {
        if let Some(key) = self.parked {
            // The value that was offered, if any, is dropped after the lock is released.
            let removed = self.chan.lock().sendq.remove(key);
            drop(removed);
        }
    }
}

impl<T> Drop for Recv<'_, T> {
    fn drop(&mut self) {
        let Some(key) = self.parked else { return };
        let mut core = self.chan.lock();
        let Some(Removed::Served(Outcome::Received(value))) = core.recvq.remove(key) else {
            return;
        };
        let unpark = core.give_back(value);
        drop(core);
        unpark.fire();
    }
}

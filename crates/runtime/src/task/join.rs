//! Awaiting a native goroutine's result.
//!
//! Two bits in `life` say whom the waker in the header belongs to, after tokio's task protocol:
//!
//! - `JOINABLE`: a [`JoinHandle`] exists. While the goroutine is not dead, only the handle changes
//!   these bits.
//! - `JOINER`: the waker is in its place and is the goroutine's, which takes it when it ends. Clear:
//!   the place is the handle's.
//!
//! The handle sets `JOINER` (Release) after it has put its waker there, by an exchange that fails if
//! the goroutine is dead; to change the waker it first clears the bit, likewise. The goroutine reads
//! both bits with the one instruction that makes it dead. So exactly one of them has the waker, and
//! either the goroutine sees the waker, or the handle sees that it is dead.
//!
//! The result is the goroutine's until it is dead; then the handle's if `JOINABLE` was set at that
//! instant, else the goroutine clears it.

use super::Task;
use super::cell::Header;
use super::note_wait;
use crate::error::Panicked;
use crate::g::{G, GoId, JOINABLE, JOINER, Reason};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

/// Awaits a native goroutine's result. Dropping it does not stop the goroutine.
pub struct JoinHandle<T> {
    g: NonNull<G>,
    id: GoId,
    result: PhantomData<fn() -> T>,
}

// SAFETY: the handle's rights go with it: to the waker's place, by the protocol above, and to the
// result, which is `Send`.
unsafe impl<T: Send> Send for JoinHandle<T> {}
// SAFETY: a shared handle can only ask whether the goroutine is dead.
unsafe impl<T: Send> Sync for JoinHandle<T> {}
impl<T> Unpin for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// For a goroutine just made, whose second reference becomes the handle's.
    pub(super) fn new(g: NonNull<G>) -> Self {
        Self {
            g,
            // SAFETY: the reference keeps the block.
            id: unsafe { g.as_ref() }.id(),
            result: PhantomData,
        }
    }

    /// The goroutine's number.
    pub fn id(&self) -> GoId {
        self.id
    }

    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        self.header().g.is_dead()
    }

    /// The goroutine itself.
    pub(crate) fn task(&self) -> Task {
        Task(self.g)
    }

    fn header(&self) -> &Header {
        // SAFETY: the handle's reference keeps the block.
        unsafe { Header::of(self.g) }
    }

    /// Puts the waker in its place. `false`: the goroutine is dead.
    fn leave_waker(&self, context: &Context<'_>) -> bool {
        let header = self.header();
        if header.g.has_joiner() {
            // SAFETY: `JOINER` is set: the goroutine may take the waker at any time, so it is only
            // read after the bit is cleared, which fails if the goroutine is dead.
            if !header.g.change_join_bits(0, JOINER) {
                return false;
            }
        }
        header.joiner.with_mut(|joiner| {
            // SAFETY: `JOINER` is clear, so the place is ours.
            let joiner = unsafe { &mut *joiner };
            match joiner {
                Some(waker) => waker.clone_from(context.waker()),
                None => *joiner = Some(context.waker().clone()),
            }
        });
        header.g.change_join_bits(JOINER, 0)
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, Panicked>;

    /// # Panics
    ///
    /// When polled again after it gave the result.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.is_done() || !self.leave_waker(context) {
            // SAFETY: dead, and `JOINABLE` was set when it died: the result is ours; `T` is its type.
            return Poll::Ready(unsafe { self.header().take(self.g) });
        }
        note_wait(context.waker(), Reason::Join, self.header());
        Poll::Pending
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        let header = self.header();
        if header.g.change_join_bits(0, JOINABLE | JOINER) {
            // SAFETY: both bits are clear: the place is ours for the last time.
            let waker = header.joiner.with_mut(|joiner| unsafe { (*joiner).take() });
            drop(waker);
        } else {
            // SAFETY: dead, and we were to join it: the result is ours.
            unsafe { header.clear(self.g) };
        }
        // SAFETY: the handle's own reference, not used any more.
        unsafe { Header::release(self.g) };
    }
}

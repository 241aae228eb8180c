//! Native goroutines: Rust futures that run on any native M.
//!
//! One block of memory holds everything ([`cell`]): the goroutine's header with its state, its
//! future, then its result, and the waker of who joins it. `life` (`../g/mod.rs`) says who may touch
//! what:
//!
//! - the future: the M that moved the goroutine from runnable to running, until it parks or ends it;
//! - the result: the M until the goroutine is dead, then who joins it, or whoever frees the block if
//!   nobody does;
//! - the joiner's waker: see [`join`].
//!
//! A goroutine is in a run queue, or in the hands of the one that readied it, if and only if it is
//! runnable: [`G::ready`] has one winner, who queues it. Queues hold bare pointers: a goroutine that
//! is not dead keeps its own block.
//!
//! Panics are caught at the goroutine's edge, those of destructors too, and delivered to who joins.

mod cell;
mod join;
#[cfg(loom)]
pub mod model;
mod waker;

pub use join::JoinHandle;
pub(crate) use waker::note_wait;

use crate::g::{Class, G, GoId, Loan, Parked};
use crate::sched::{here::Here, runq::Handle};
use crate::timer::Timers;
use cell::{Cell, Header};
use std::alloc::Layout;
use std::future::Future;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;

/// A native goroutine, as run queues hold it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Task(NonNull<G>);

// SAFETY: the future inside is `Send`, and `life` hands it from one thread to another.
unsafe impl Send for Task {}

/// What native goroutines need of a scheduler. `sched/native.rs` implements it; models use a queue.
pub(crate) trait Schedule: Send + Sync {
    /// A block for a new goroutine, runnable, with room for `class`.
    fn create(&self, class: Class, parent: GoId) -> NonNull<G>;
    /// Takes back the block of a dead goroutine to which nobody refers any more.
    ///
    /// # Safety
    ///
    /// It comes from `create` of the same scheduler, and is given back once.
    unsafe fn free(&self, block: NonNull<G>);
    /// Queues a goroutine that was readied.
    fn schedule(&self, task: Task);
    /// As `schedule`, for one that was readied while it ran: it yields, so others go first.
    fn schedule_last(&self, task: Task);
    /// One has ended.
    fn ended(&self);
    /// The goroutine that runs here is about to block its thread; and does not any more.
    fn start_blocking(&self, here: &Here) -> bool;
    fn stop_blocking(&self, here: &Here);
    /// Where those that sleep have their timers.
    fn timers(&self) -> &Arc<Timers>;
}

/// Starts a goroutine: makes it, and queues it.
///
/// # Safety
///
/// `sched` must stay valid until every block it made was freed.
#[inline]
pub(crate) unsafe fn spawn<F>(
    sched: NonNull<dyn Schedule>,
    parent: GoId,
    future: F,
) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match const { Class::of(Layout::new::<Cell<F>>()) } {
        // SAFETY: the caller's duty.
        Some(class) => unsafe { spawn_in(class, sched, parent, future) },
        // Aligned more strictly than a block: it lies elsewhere.
        None => {
            let class = const {
                let layout = Layout::new::<Cell<Pin<Box<F>>>>();
                Class::of(layout).expect("a goroutine's result is aligned to 64 bytes at most")
            };
            // SAFETY: as above.
            unsafe { spawn_in(class, sched, parent, Box::pin(future)) }
        }
    }
}

#[inline]
unsafe fn spawn_in<F>(
    class: Class,
    sched: NonNull<dyn Schedule>,
    parent: GoId,
    future: F,
) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    // SAFETY: the caller's duty: it is valid.
    let scheduler = unsafe { sched.as_ref() };
    debug_assert_ne!(
        class,
        Class::HEADER,
        "those blocks are JavaScript goroutines' alone"
    );
    let g = scheduler.create(class, parent);
    // SAFETY: a fresh block of a class with room for a `Cell<F>`.
    unsafe { Cell::init(g, sched, future) };
    // SAFETY: as above: it is whole now.
    unsafe { g.as_ref() }.begin();
    let handle = JoinHandle::new(g);
    scheduler.schedule(Task(g));
    handle
}

impl Task {
    /// Runs one turn of it.
    ///
    /// # Safety
    ///
    /// The caller took it out of a run queue, whose scheduler is valid.
    #[inline]
    pub(crate) unsafe fn run(self, here: &Here) {
        // SAFETY: it is not dead, so its block is its own.
        let header = unsafe { Header::of(self.0) };
        let loan = header.g.start();
        here.start_turn(self.0);
        // SAFETY: it is running, and ours.
        let done = unsafe { header.poll(self.0) };
        let loan = loan.less(here.end_turn());
        if done {
            // SAFETY: its result is in its place, and it is still running.
            return unsafe { Header::end(self.0, loan) };
        }
        if header.g.park(loan) == Parked::Readied {
            // Ours again until it is queued.
            header.sched().schedule_last(self);
        }
    }

    /// Ends it without running it, unless it has ended or another does: its scheduler has stopped.
    ///
    /// # Safety
    ///
    /// No M runs any more, so that only who claims it touches the future. It was whole once: its
    /// block is a native goroutine's, or a free one that was.
    pub(crate) unsafe fn cancel(self) {
        // SAFETY: the caller's duty.
        let header = unsafe { Header::of(self.0) };
        if !header.g.claim() {
            return;
        }
        // SAFETY: claimed: it is not dead, so its block is its own, and its future is ours.
        unsafe {
            header.cancel(self.0);
            Header::end(self.0, Loan::NONE);
        }
    }

    /// The goroutine whose block this is.
    ///
    /// # Safety
    ///
    /// It is a native goroutine's.
    pub(crate) unsafe fn of(block: NonNull<G>) -> Self {
        Self(block)
    }
}

// SAFETY: a task is one pointer, never null.
unsafe impl Handle for Task {
    type Target = G;
    fn into_raw(self) -> *mut G {
        self.0.as_ptr()
    }
    unsafe fn from_raw(raw: *mut G) -> Self {
        // SAFETY: from `into_raw`.
        Self(unsafe { NonNull::new_unchecked(raw) })
    }
}

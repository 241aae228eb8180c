//! A native goroutine's block: header, future or result, the joiner's waker.

use super::{Schedule, Task, waker};
use crate::error::Panicked;
use crate::g::{G, JOINABLE, JOINER, Loan};
use crate::loom::cell::UnsafeCell;
use crate::sched::here;
use std::any::Any;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};

/// What does not depend on the future's type.
///
/// All that a turn needs is in the first cache line: blocks begin one.
#[repr(C)]
pub(super) struct Header {
    pub(super) g: G,
    vtable: &'static VTable,
    sched: NonNull<dyn Schedule>,
    /// See `join.rs` for who may touch it when.
    pub(super) joiner: UnsafeCell<Option<Waker>>,
}

#[cfg(not(loom))]
const _: () = assert!(std::mem::offset_of!(Header, joiner) == 64);

/// What does. All of them: the caller may touch the stage, by `mod.rs`'s rules.
struct VTable {
    /// One turn. `true`: the result is in its place.
    poll: unsafe fn(NonNull<G>, &mut Context<'_>) -> bool,
    /// Puts a failure in the future's place.
    cancel: unsafe fn(NonNull<G>),
    /// Moves the result to the address given, an `Option<Result<T, Panicked>>`.
    take: unsafe fn(NonNull<G>, NonNull<()>),
    /// Drops what is there: the future or the result.
    clear: unsafe fn(NonNull<G>),
}

#[repr(C)]
pub(super) struct Cell<F: Future> {
    header: Header,
    stage: UnsafeCell<Stage<F>>,
}

enum Stage<F: Future> {
    Running(F),
    Done(Result<F::Output, Panicked>),
    Empty,
}

impl Header {
    /// # Safety
    ///
    /// `g` is the block of a native goroutine, made by [`Cell::init`], and stays so for `'a`.
    #[inline]
    pub(super) unsafe fn of<'a>(g: NonNull<G>) -> &'a Self {
        // SAFETY: the caller's duty; a `Header` begins with its `G`.
        unsafe { g.cast::<Self>().as_ref() }
    }

    #[inline]
    pub(super) fn sched(&self) -> &dyn Schedule {
        // SAFETY: `spawn`'s caller keeps it valid for as long as its blocks.
        unsafe { self.sched.as_ref() }
    }

    /// Polls the future. `true`: it is done, and the result in its place.
    ///
    /// # Safety
    ///
    /// The caller runs the goroutine; `g` is its block.
    #[inline]
    pub(super) unsafe fn poll(&self, g: NonNull<G>) -> bool {
        // Borrowed: it is not counted, and clones that outlive this turn are.
        let waker = ManuallyDrop::new(waker::borrowed(g));
        let mut context = Context::from_waker(&waker);
        // SAFETY: the caller's duty.
        unsafe { (self.vtable.poll)(g, &mut context) }
    }

    /// # Safety
    ///
    /// Nobody else touches the future.
    pub(super) unsafe fn cancel(&self, g: NonNull<G>) {
        // SAFETY: the caller's duty.
        unsafe { (self.vtable.cancel)(g) }
    }

    /// Declares the goroutine dead, wakes who joins it, and lets go of its block.
    ///
    /// # Safety
    ///
    /// The caller runs it, or nobody does any more; the result is in its place.
    pub(super) unsafe fn end(g: NonNull<G>, loan: Loan) {
        // SAFETY: one reference is the goroutine's own, until the last line.
        let header = unsafe { Self::of(g) };
        let (join, given) = header.g.end(loan);
        if join & JOINABLE == 0 {
            // SAFETY: nobody joins it, so the result is still the runner's.
            unsafe { (header.vtable.clear)(g) };
        } else if join & JOINER != 0 {
            // SAFETY: `JOINER` was set, so the waker is the goroutine's now.
            let joiner = header.joiner.with_mut(|joiner| unsafe { (*joiner).take() });
            if let Some(joiner) = joiner {
                joiner.wake();
            }
        }
        header.sched().ended();
        if given {
            // SAFETY: nobody else gives up this one: whoever left it has forgotten it.
            unsafe { Self::release(g) };
        }
        // SAFETY: it gives up the goroutine's own reference, and does not use it any more.
        unsafe { Self::release(g) };
    }

    /// Moves the result out.
    ///
    /// # Safety
    ///
    /// The goroutine is dead, its result was not taken yet, and `T` is the result's type.
    pub(super) unsafe fn take<T>(&self, g: NonNull<G>) -> Result<T, Panicked> {
        let mut result: Option<Result<T, Panicked>> = None;
        // SAFETY: the caller's duty.
        unsafe { (self.vtable.take)(g, NonNull::from(&mut result).cast()) };
        result.unwrap_or_else(|| Err(Panicked("its result was taken before".to_owned())))
    }

    /// # Safety
    ///
    /// The goroutine is dead, and the result the caller's.
    pub(super) unsafe fn clear(&self, g: NonNull<G>) {
        // SAFETY: the caller's duty.
        unsafe { (self.vtable.clear)(g) }
    }

    /// Gives up one reference to the block; the last one frees it.
    ///
    /// # Safety
    ///
    /// The reference was the caller's.
    #[inline]
    pub(super) unsafe fn release(g: NonNull<G>) {
        // SAFETY: the caller's reference keeps it.
        let header = unsafe { Self::of(g) };
        if !header.g.release() {
            return;
        }
        // SAFETY: nobody else refers to the block. A goroutine holds a reference until it is dead, so
        // the stage is a result that nobody took, or empty.
        unsafe {
            (header.vtable.clear)(g);
            header.joiner.with_mut(|joiner| drop((*joiner).take()));
            #[cfg(loom)]
            std::ptr::drop_in_place((&raw const header.joiner).cast_mut());
            header.sched.as_ref().free(g);
        }
    }
}

impl<F> Cell<F>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    const VTABLE: VTable = VTable {
        poll: poll::<F>,
        cancel: cancel::<F>,
        take: take::<F>,
        clear: clear::<F>,
    };

    /// Makes the block of a goroutine that is to run `future`.
    ///
    /// # Safety
    ///
    /// `g` is a fresh block with room for a `Cell<F>`, and the caller's alone.
    #[inline]
    pub(super) unsafe fn init(g: NonNull<G>, sched: NonNull<dyn Schedule>, future: F) {
        let cell = g.cast::<Self>().as_ptr();
        // SAFETY: within the block, all of it but the `G` that is there.
        unsafe {
            (&raw mut (*cell).header.vtable).write(&Self::VTABLE);
            (&raw mut (*cell).header.sched).write(sched);
            (&raw mut (*cell).header.joiner).write(UnsafeCell::new(None));
            (&raw mut (*cell).stage).write(UnsafeCell::new(Stage::Running(future)));
        }
    }
}

/// # Safety
///
/// `g` is the block of a `Cell<F>`, whose stage is the caller's.
#[inline]
unsafe fn with_stage<F: Future, R>(g: NonNull<G>, f: impl FnOnce(&mut Stage<F>) -> R) -> R {
    // SAFETY: the caller's duty.
    let cell = unsafe { g.cast::<Cell<F>>().as_ref() };
    // SAFETY: as above.
    cell.stage.with_mut(|stage| f(unsafe { &mut *stage }))
}

unsafe fn poll<F: Future>(g: NonNull<G>, context: &mut Context<'_>) -> bool {
    let polled = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the goroutine's turn is the caller's.
        unsafe {
            with_stage::<F, _>(g, |stage| match stage {
                // SAFETY: it lies in its block until it is dropped there: it is never moved.
                Stage::Running(future) => Pin::new_unchecked(future).poll(context),
                Stage::Done(_) | Stage::Empty => Poll::Pending,
            })
        }
    }));
    let result = match polled {
        Ok(Poll::Pending) => return false,
        Ok(Poll::Ready(output)) => Ok(output),
        Err(payload) => Err(panicked(payload)),
    };
    // SAFETY: as above.
    unsafe { finish::<F>(g, result) };
    true
}

unsafe fn cancel<F: Future>(g: NonNull<G>) {
    let stopped = Panicked("the scheduler was shut down before it ended".to_owned());
    // SAFETY: the caller's duty.
    unsafe { finish::<F>(g, Err(stopped)) };
}

/// Drops the future where it lies, and puts the result there. A destructor that panics replaces the
/// result.
///
/// # Safety
///
/// The stage is the caller's.
unsafe fn finish<F: Future>(g: NonNull<G>, result: Result<F::Output, Panicked>) {
    // SAFETY: the caller's duty, here and below.
    let dropped = unsafe { drop_stage::<F>(g) };
    let result = match dropped {
        Ok(()) => result,
        Err(why) => {
            // The output's own destructor may panic too.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(result)));
            Err(why)
        }
    };
    // SAFETY: as above.
    unsafe { with_stage::<F, _>(g, |stage| *stage = Stage::Done(result)) };
}

unsafe fn take<F: Future>(g: NonNull<G>, into: NonNull<()>) {
    // SAFETY: the caller's duty.
    let stage = unsafe {
        with_stage::<F, _>(g, |stage| match stage {
            // A future must not be moved; and there is none, the goroutine is dead.
            Stage::Running(_) => Stage::Empty,
            Stage::Done(_) | Stage::Empty => std::mem::replace(stage, Stage::Empty),
        })
    };
    if let Stage::Done(result) = stage {
        // SAFETY: the caller's duty: the address is that of such an option.
        unsafe { *into.cast::<Option<Result<F::Output, Panicked>>>().as_mut() = Some(result) };
    }
}

unsafe fn clear<F: Future>(g: NonNull<G>) {
    // SAFETY: the caller's duty. Whatever its destructor has to say, nobody is there to hear.
    let _ = unsafe { drop_stage::<F>(g) };
}

/// Drops what is in the stage, in place, and leaves it empty.
///
/// # Safety
///
/// The stage is the caller's.
unsafe fn drop_stage<F: Future>(g: NonNull<G>) -> Result<(), Panicked> {
    // SAFETY: the caller's duty.
    let cell = unsafe { g.cast::<Cell<F>>().as_ref() };
    cell.stage.with_mut(|stage| {
        if !std::mem::needs_drop::<Stage<F>>() {
            // SAFETY: ours, and nothing in it needs dropping.
            unsafe { stage.write(Stage::Empty) };
            return Ok(());
        }
        // SAFETY: ours; it is overwritten, never dropped twice.
        let dropped = catch_unwind(AssertUnwindSafe(|| unsafe { stage.drop_in_place() }));
        // SAFETY: as above.
        unsafe { stage.write(Stage::Empty) };
        dropped.map_err(panicked)
    })
}

fn panicked(payload: Box<dyn Any + Send>) -> Panicked {
    let message = payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "(a panic without a message)".to_owned());
    // A payload is a value of the user's: its destructor may panic.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
    Panicked(message)
}

/// A waker readied this goroutine.
///
/// # Safety
///
/// The caller holds a reference to the block.
#[inline]
pub(super) unsafe fn ready(g: NonNull<G>) {
    // SAFETY: the caller's duty.
    let header = unsafe { Header::of(g) };
    if header.g.ready() {
        header.sched().schedule(Task(g));
    }
}

/// As [`ready`], and gives up the caller's reference.
///
/// # Safety
///
/// The reference was the caller's.
#[inline]
pub(super) unsafe fn ready_by_value(g: NonNull<G>) {
    // SAFETY: the caller's duty.
    let header = unsafe { Header::of(g) };
    let inside = here::any(|here| here.is_some_and(|here| here.belongs_to(header.sched)));
    if !inside {
        // SAFETY: the caller's duty; the reference is given up last, because `ready` uses it.
        return unsafe {
            ready(g);
            Header::release(g);
        };
    }
    let (ours, refused) = header.g.ready_and_give();
    if ours {
        // Not dead, and not queued by anybody else; and the scheduler ends it only after this M.
        header.sched().schedule(Task(g));
    } else if refused {
        // SAFETY: the caller's duty: still ours.
        unsafe { Header::release(g) };
    }
}

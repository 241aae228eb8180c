//! A native goroutine's waker: its block's address.

use super::cell::{Header, ready, ready_by_value};
use crate::g::{G, Reason};
use crate::sched::here;
use std::ptr::NonNull;
use std::task::{RawWaker, RawWakerVTable, Waker};

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop);

/// A waker that holds no reference to the block: for the duration of a turn, never to be dropped.
#[inline]
pub(super) fn borrowed(g: NonNull<G>) -> Waker {
    // SAFETY: the functions below keep the contract of a waker, and are thread-safe: they touch
    // atomics, and give the goroutine to a scheduler.
    unsafe { Waker::new(g.as_ptr().cast(), &VTABLE) }
}

/// Notes in the goroutine whose waker this is, and whose turn it is, what it parks for. Other wakers
/// belong to nobody who is in the table.
#[inline]
pub(crate) fn note_wait<T: ?Sized>(waker: &Waker, reason: Reason, object: &T) {
    if std::ptr::eq(waker.vtable(), &raw const VTABLE) {
        // SAFETY: the waker is one of ours, so its data is the address of a block that it keeps.
        let g = unsafe { &*waker.data().cast::<G>() };
        g.waits_for(reason, std::ptr::from_ref(object).addr());
    }
}

/// # Safety (of all four)
///
/// `data` is the address of a block that the waker holds a reference to, or borrows for a turn.
unsafe fn block(data: *const ()) -> NonNull<G> {
    // SAFETY: the callers' duty; such an address is not null.
    unsafe { NonNull::new_unchecked(data.cast::<G>().cast_mut()) }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: a waker's duty.
    let g = unsafe { block(data) };
    if !here::any(|here| here.is_some_and(|here| here.lends(g))) {
        // SAFETY: as above.
        unsafe { g.as_ref() }.retain();
    }
    RawWaker::new(data, &VTABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: a waker's duty; it gives up its reference here.
    unsafe { ready_by_value(block(data)) };
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: a waker's duty.
    unsafe { ready(block(data)) };
}

unsafe fn drop(data: *const ()) {
    // SAFETY: a waker's duty.
    unsafe { Header::release(block(data)) };
}

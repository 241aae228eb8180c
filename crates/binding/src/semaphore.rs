//! `Semaphore` and `Barrier`, as TypeScript's call them.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::call;
use crate::value::Value;
use crate::wait::OVER;
use gosched_runtime::g::Reason;
use gosched_runtime::sync::{Barrier, Semaphore};
use std::sync::Arc;

impl Isolate {
    /// The number of units in the registers: TypeScript has checked that it is whole and not below 0.
    fn units(&self) -> u64 {
        self.page.double(page::NUMBER2) as u64
    }
}

call!(Make = make);
/// In: `NUMBER2` units. Out: `HANDLE`.
fn make(isolate: &mut Isolate) {
    let semaphore = Semaphore::new(isolate.units());
    isolate.give(Handle::Semaphore(Arc::new(semaphore)));
}

call!(TryAcquire = try_acquire);
/// In: `HANDLE`, `NUMBER2` units. Out: `STATUS` `PARKED` if they are not to be had now.
fn try_acquire(isolate: &mut Isolate) {
    let Some(semaphore) = isolate.handles.semaphore(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    isolate.done(
        if semaphore.try_acquire_as(isolate.holder, isolate.units()) {
            status::DONE
        } else {
            status::PARKED
        },
    );
}

call!(Acquire = acquire);
/// In: `HANDLE`, `NUMBER2` units, and as `Isolate::wait`. Out: as that; `CLOSED` if there are never
/// so many, and no context ends the wait.
fn acquire(isolate: &mut Isolate) {
    let Some(semaphore) = isolate.handles.semaphore(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let units = isolate.units();
    if units > semaphore.size() && isolate.page.word(page::CONTEXT) == page::NO_CONTEXT {
        return isolate.done(status::CLOSED);
    }
    if isolate.is_canceled() {
        return isolate.done(status::CANCELED);
    }
    if semaphore.try_acquire_as(isolate.holder, units) {
        return isolate.tell_outcome(OVER);
    }
    let (semaphore, holder) = (semaphore.clone(), isolate.holder);
    isolate.wait(
        (Reason::Semaphore, Arc::as_ptr(&semaphore).addr()),
        async move {
            semaphore.acquire_as(holder, units).await;
            OVER
        },
    );
}

call!(Release = release);
/// In: `HANDLE`, `NUMBER2` units. Out: `STATUS` `CLOSED` if fewer are held.
fn release(isolate: &mut Isolate) {
    let Some(semaphore) = isolate.handles.semaphore(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let released = isolate.waking(|| semaphore.release_as(isolate.holder, isolate.units()));
    isolate.done(status::of(released.is_ok()));
}

call!(State = state);
/// In: `HANDLE`. Out: `NUMBER` units held, `NUMBER2` in all.
fn state(isolate: &mut Isolate) {
    let Some(semaphore) = isolate.handles.semaphore(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    isolate
        .page
        .set_double(page::NUMBER, semaphore.held() as f64);
    isolate
        .page
        .set_double(page::NUMBER2, semaphore.size() as f64);
    isolate.done(status::DONE);
}

call!(BarrierMake = barrier_make);
/// In: `NUMBER2` parties. Out: `HANDLE`.
fn barrier_make(isolate: &mut Isolate) {
    let barrier = Barrier::new(isolate.units() as usize);
    isolate.give(Handle::Barrier(Arc::new(barrier)));
}

call!(BarrierWait = barrier_wait);
/// In: `HANDLE`, and as `Isolate::wait`. Out: as that; outcome 1 for the one that came last.
fn barrier_wait(isolate: &mut Isolate) {
    let Some(barrier) = isolate.handles.barrier(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    if isolate.is_canceled() {
        return isolate.done(status::CANCELED);
    }
    let barrier = barrier.clone();
    isolate.wait(
        (Reason::Barrier, Arc::as_ptr(&barrier).addr()),
        async move { (i32::from(barrier.wait().await), Value::Undefined) },
    );
}

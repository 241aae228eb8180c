//! `Mutex` and `RWMutex`, as TypeScript's call them.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::call;
use crate::wait::OVER;
use gosched_runtime::g::Reason;
use gosched_runtime::sync::{RawMutex, RawRwMutex};
use std::sync::Arc;

call!(Make = make);
/// Out: `HANDLE`.
fn make(isolate: &mut Isolate) {
    isolate.give(Handle::Mutex(Arc::new(RawMutex::new())));
}

call!(TryLock = try_lock);
/// In: `HANDLE`. Out: `STATUS` `PARKED` if it is locked.
fn try_lock(isolate: &mut Isolate) {
    let Some(mutex) = isolate.handles.mutex(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    isolate.done(if mutex.try_lock_as(isolate.holder) {
        status::DONE
    } else {
        status::PARKED
    });
}

call!(Lock = lock);
/// In: `HANDLE`, and as `Isolate::wait`. Out: as that.
fn lock(isolate: &mut Isolate) {
    let Some(mutex) = isolate.handles.mutex(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    if isolate.is_canceled() {
        return isolate.done(status::CANCELED);
    }
    if mutex.try_lock_as(isolate.holder) {
        return isolate.tell_outcome(OVER);
    }
    let (mutex, holder) = (mutex.clone(), isolate.holder);
    isolate.wait((Reason::Mutex, Arc::as_ptr(&mutex).addr()), async move {
        mutex.lock_as(holder).await;
        OVER
    });
}

call!(Unlock = unlock);
/// In: `HANDLE`. Out: `STATUS` `CLOSED` if it is not locked.
fn unlock(isolate: &mut Isolate) {
    let Some(mutex) = isolate.handles.mutex(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let unlocked = isolate.waking(|| mutex.unlock_owned());
    isolate.done(status::of(unlocked.is_ok()));
}

call!(RwMake = rw_make);
/// Out: `HANDLE`.
fn rw_make(isolate: &mut Isolate) {
    isolate.give(Handle::RwMutex(Arc::new(RawRwMutex::new())));
}

impl Isolate {
    /// Whether the registers ask for the writer's side of an `RWMutex`.
    fn writes(&self) -> bool {
        self.page.word(page::KIND) == 1
    }

    fn try_enter(&self, mutex: &RawRwMutex) -> bool {
        if self.writes() {
            mutex.try_lock(self.holder)
        } else {
            mutex.try_rlock(self.holder)
        }
    }
}

call!(RwTryLock = rw_try_lock);
/// In: `HANDLE`, `KIND` 1 to write, 0 to read. Out: `STATUS` `PARKED` if it would wait.
fn rw_try_lock(isolate: &mut Isolate) {
    let Some(mutex) = isolate.handles.rw_mutex(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let locked = isolate.try_enter(mutex);
    isolate.done(if locked { status::DONE } else { status::PARKED });
}

call!(RwLock = rw_lock);
/// In: `HANDLE`, `KIND` 1 to write, 0 to read, and as `Isolate::wait`. Out: as that.
fn rw_lock(isolate: &mut Isolate) {
    let Some(mutex) = isolate.handles.rw_mutex(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    if isolate.is_canceled() {
        return isolate.done(status::CANCELED);
    }
    if isolate.try_enter(mutex) {
        return isolate.tell_outcome(OVER);
    }
    let (mutex, holder) = (mutex.clone(), isolate.holder);
    if isolate.writes() {
        isolate.wait((Reason::RwMutex, Arc::as_ptr(&mutex).addr()), async move {
            mutex.lock(holder).await;
            OVER
        });
    } else {
        isolate.wait(
            (Reason::RwMutexRead, Arc::as_ptr(&mutex).addr()),
            async move {
                mutex.rlock(holder).await;
                OVER
            },
        );
    }
}

call!(RwUnlock = rw_unlock);
/// In: `HANDLE`, `KIND` 1 for the writer, 0 for a reader. Out: `STATUS` `CLOSED` if there is none.
fn rw_unlock(isolate: &mut Isolate) {
    let Some(mutex) = isolate.handles.rw_mutex(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let unlocked = isolate.waking(|| {
        if isolate.writes() {
            mutex.unlock()
        } else {
            mutex.runlock(isolate.holder)
        }
    });
    isolate.done(status::of(unlocked.is_ok()));
}

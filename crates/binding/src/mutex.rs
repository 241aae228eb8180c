//! `Mutex` and `RWMutex`, as TypeScript's call them.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::call;
use crate::wait::OVER;
use gosched_runtime::g::{GoId, Reason};
use gosched_runtime::sched::IsolateM;
use gosched_runtime::sync::{LockWait, Locker, Mark, RawMutex, RawRwMutex, WhichLock};
use gosched_runtime::tickets::UNKNOWN_OWNER;
use std::sync::Arc;

call!(Make = make);
/// Out: `HANDLE`.
fn make(isolate: &mut Isolate) {
    isolate.give(Handle::Mutex(Arc::new(RawMutex::new())));
}

call!(TryLock = try_lock);
/// In: `HANDLE`. Out: `STATUS` `PARKED` if it is locked.
fn try_lock(isolate: &mut Isolate) {
    let locker = isolate.locker();
    let Some(mutex) = isolate.handles.mutex(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    isolate.done(if mutex.try_lock_as(locker) {
        status::DONE
    } else {
        status::PARKED
    });
}

call!(Lock = lock);
/// In: `HANDLE`, and as `Isolate::wait`. Out: as that.
fn lock(isolate: &mut Isolate) {
    let locker = isolate.locker();
    let Some(mutex) = isolate.handles.mutex(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    if isolate.is_canceled() {
        return isolate.done(status::CANCELED);
    }
    if mutex.try_lock_as(locker) {
        return isolate.tell_outcome(OVER);
    }
    let mutex = mutex.clone();
    let (lock, mark) = (WhichLock::Mutex(mutex.clone()), locker.mark);
    isolate.wait_for_lock(Reason::Mutex, LockWait { lock, mark }, async move {
        mutex.lock_as(locker).await;
        OVER
    });
}

call!(Unlock = unlock);
/// In: `HANDLE`. Out: `STATUS` `CLOSED` if it is not locked.
fn unlock(isolate: &mut Isolate) {
    let Some(mutex) = isolate.handles.mutex(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let unlocked = isolate.waking(|| mutex.unlock_owned(isolate.locking_goroutine()));
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

    fn try_enter(&self, mutex: &RawRwMutex, locker: Locker) -> bool {
        if self.writes() {
            mutex.try_lock(locker)
        } else {
            mutex.try_rlock(locker.holder)
        }
    }

    /// In whose name the next lock is taken.
    #[inline]
    pub fn locker(&mut self) -> Locker {
        let goroutine = self.locking_goroutine();
        let mark = Mark::next(&mut self.lockings, goroutine);
        let holder = self.holder;
        Locker { holder, mark }
    }

    /// Whose turn it is, or the only one's that lives here.
    #[inline]
    pub fn locking_goroutine(&self) -> GoId {
        match self.owner() {
            UNKNOWN_OWNER if self.locals.is_empty() => {
                let only = self.m.as_ref().and_then(IsolateM::only_resident);
                only.unwrap_or(UNKNOWN_OWNER)
            }
            owner => owner,
        }
    }
}

call!(RwTryLock = rw_try_lock);
/// In: `HANDLE`, `KIND` 1 to write, 0 to read. Out: `STATUS` `PARKED` if it would wait.
fn rw_try_lock(isolate: &mut Isolate) {
    let locker = isolate.locker();
    let Some(mutex) = isolate.handles.rw_mutex(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let entered = isolate.try_enter(mutex, locker);
    isolate.done(if entered {
        status::DONE
    } else {
        status::PARKED
    });
}

call!(RwLock = rw_lock);
/// In: `HANDLE`, `KIND` 1 to write, 0 to read, and as `Isolate::wait`. Out: as that.
fn rw_lock(isolate: &mut Isolate) {
    let locker = isolate.locker();
    let Some(mutex) = isolate.handles.rw_mutex(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    if isolate.is_canceled() {
        return isolate.done(status::CANCELED);
    }
    if isolate.try_enter(mutex, locker) {
        return isolate.tell_outcome(OVER);
    }
    let mutex = mutex.clone();
    let (lock, mark) = (WhichLock::RwMutex(mutex.clone()), locker.mark);
    let wait = LockWait { lock, mark };
    if isolate.writes() {
        isolate.wait_for_lock(Reason::RwMutex, wait, async move {
            mutex.lock(locker).await;
            OVER
        });
    } else {
        isolate.wait_for_lock(Reason::RwMutexRead, wait, async move {
            mutex.rlock(locker.holder).await;
            OVER
        });
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
            mutex.unlock(isolate.locking_goroutine())
        } else {
            mutex.runlock(isolate.holder)
        }
    });
    isolate.done(status::of(unlocked.is_ok()));
}

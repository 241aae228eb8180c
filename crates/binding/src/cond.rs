//! `Cond`, as TypeScript's calls it: a condition with its mutex.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::call;
use crate::wait::OVER;
use gosched_runtime::g::Reason;
use gosched_runtime::sync::{Cond, RawMutex};
use std::sync::Arc;

/// What a handle names: the two belong together.
pub struct CondWithMutex {
    cond: Cond,
    mutex: Arc<RawMutex>,
}

call!(Make = make);
/// In: `HANDLE` of the mutex. Out: `HANDLE`.
fn make(isolate: &mut Isolate) {
    let Some(mutex) = isolate.handles.mutex(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let cond = Cond::new();
    let mutex = mutex.clone();
    isolate.give(Handle::Cond(Arc::new(CondWithMutex { cond, mutex })));
}

call!(Mutex = mutex);
/// In: `HANDLE`. Out: `HANDLE` of its mutex.
fn mutex(isolate: &mut Isolate) {
    let Some(cond) = isolate.handles.cond(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let mutex = cond.mutex.clone();
    isolate.give(Handle::Mutex(mutex));
}

call!(Wait = wait);
/// In: `HANDLE`, and as `Isolate::wait`. Out: as that; `CLOSED` if the mutex is not locked.
///
/// However the wait for the signal ends, by the context too, the mutex is locked again afterwards:
/// whoever waits in a `try` unlocks in its `finally`.
fn wait(isolate: &mut Isolate) {
    let Some(cond) = isolate.handles.cond(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let Ok(context) = isolate.wait_context() else {
        return isolate.done(status::BAD_HANDLE);
    };
    if isolate.is_canceled() {
        return isolate.done(status::CANCELED); // the mutex was never unlocked
    }
    if !cond.mutex.is_held() {
        return isolate.done(status::CLOSED);
    }
    let cond = cond.clone();
    let (locker, goroutine) = (isolate.locker(), isolate.locking_goroutine());
    isolate.page.set_word(page::CONTEXT, page::NO_CONTEXT); // it ends the inner wait alone
    isolate.wait((Reason::Cond, Arc::as_ptr(&cond).addr()), async move {
        let signalled = cond.cond.signalled(|| {
            // It was locked a moment ago. If somebody has unlocked it since, it is as it should be.
            let _ = cond.mutex.unlock_owned(goroutine);
        });
        let ended = match context {
            None => {
                signalled.await;
                false
            }
            Some(context) => gosched_runtime::sync::or_done(&context, signalled)
                .await
                .is_err(),
        };
        cond.mutex.lock_as(locker).await;
        if ended { crate::wait::GIVEN_UP } else { OVER }
    });
}

call!(Signal = signal);
/// In: `HANDLE`, `KIND` 1 for all, 0 for one.
fn signal(isolate: &mut Isolate) {
    let Some(cond) = isolate.handles.cond(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let all = isolate.page.word(page::KIND) == 1;
    isolate.waking(|| {
        if all {
            cond.cond.broadcast();
        } else {
            cond.cond.signal();
        }
    });
    isolate.done(status::DONE);
}

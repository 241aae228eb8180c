//! `Once`, as TypeScript's calls it.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::raw::call;
use crate::value::Value;
use crate::wait::OVER;
use gosched_runtime::g::Reason;
use gosched_runtime::sync::Once;
use std::sync::Arc;

call!(Make = make);
/// Out: `HANDLE`.
fn make(isolate: &mut Isolate) {
    isolate.give(Handle::Once(Arc::new(Once::new())));
}

call!(Enter = enter);
/// In: `HANDLE`, and as `Isolate::wait`. Out: as that; outcome 1: the caller is the first, and calls
/// `finish` when it has ended; 0: it has happened.
fn enter(isolate: &mut Isolate) {
    let Some(once) = isolate.handles.once(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    if once.is_done() {
        return isolate.tell_outcome(OVER);
    }
    let (once, holder) = (once.clone(), isolate.holder);
    isolate.wait((Reason::Once, Arc::as_ptr(&once).addr()), async move {
        (i32::from(once.enter_as(holder).await), Value::Undefined)
    });
}

call!(Finish = finish);
/// In: `HANDLE`.
fn finish(isolate: &mut Isolate) {
    let Some(once) = isolate.handles.once(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    isolate.waking(|| once.finish());
    isolate.done(status::DONE);
}

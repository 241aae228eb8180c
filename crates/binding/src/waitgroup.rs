//! `WaitGroup`, as TypeScript's calls it.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::call;
use crate::wait::OVER;
use gosched_runtime::g::Reason;
use gosched_runtime::sync::WaitGroup;
use std::sync::Arc;

call!(Make = make);
/// Out: `HANDLE`.
fn make(isolate: &mut Isolate) {
    isolate.give(Handle::WaitGroup(Arc::new(WaitGroup::new())));
}

call!(Add = add);
/// In: `HANDLE`, `NUMBER` the delta. Out: `STATUS` `CLOSED` if the counter would become negative.
fn add(isolate: &mut Isolate) {
    let Some(group) = isolate.handles.wait_group(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let delta = isolate.page.double(page::NUMBER) as i64;
    let added = isolate.waking(|| group.add(delta));
    isolate.done(status::of(added.is_ok()));
}

call!(Wait = wait);
/// In: `HANDLE`, and as `Isolate::wait`. Out: as that.
fn wait(isolate: &mut Isolate) {
    let Some(group) = isolate.handles.wait_group(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    if isolate.is_canceled() {
        return isolate.done(status::CANCELED);
    }
    if group.count() == 0 {
        return isolate.tell_outcome(OVER);
    }
    let group = group.clone();
    isolate.wait(
        (Reason::WaitGroup, Arc::as_ptr(&group).addr()),
        async move {
            group.wait().await;
            OVER
        },
    );
}

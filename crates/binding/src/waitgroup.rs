//! `WaitGroup`, as TypeScript's calls it.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::call;
use crate::value::Value;
use gosched_runtime::sync::WaitGroup;
use std::sync::Arc;

impl Isolate {
    fn wait_group(&mut self) -> Option<Arc<WaitGroup<Value>>> {
        let index = self.page.word(page::HANDLE) as u32;
        match self.handles.get(index) {
            Some(Handle::WaitGroup(group)) => Some(group.clone()),
            _ => {
                self.done(status::BAD_HANDLE);
                None
            }
        }
    }
}

call!(Make = make);
/// Out: `HANDLE`.
fn make(isolate: &mut Isolate) {
    let group = Arc::new(WaitGroup::new());
    let index = isolate.handles.intern(Handle::WaitGroup(group));
    isolate.page.set_word(page::HANDLE, index as i32);
}

call!(Add = add);
/// In: `HANDLE`, `NUMBER` the delta. Out: `STATUS` `CLOSED` if the counter would become negative.
fn add(isolate: &mut Isolate) {
    let Some(group) = isolate.wait_group() else {
        return;
    };
    let delta = isolate.page.double(page::NUMBER) as i64;
    isolate.done(match group.add(delta) {
        Ok(()) => status::DONE,
        Err(_) => status::CLOSED,
    });
}

call!(Wait = wait);
/// In: `HANDLE`, `TICKET`. Out: `STATUS`.
fn wait(isolate: &mut Isolate) {
    let Some(group) = isolate.wait_group() else {
        return;
    };
    let ready = group.wait_or_park(|| isolate.parked());
    isolate.done(if ready { status::DONE } else { status::PARKED });
}

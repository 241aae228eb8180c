//! Channels that are fed from somewhere else, and may end by an error: `chan.from`.
//!
//! A channel of Go's has no errors; who fails says so by a value. A stream that is read through a channel
//! may fail, though, and then the end of the channel is not the end of the data. So such a channel has a
//! place for an error beside it, which is filled before it is closed: whoever finds it closed and drained
//! finds the error, in every isolate.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::call;
use crate::value::Value;
use gosched_runtime::chan::Hchan;
use std::sync::{Arc, OnceLock};

/// See the module's documentation.
pub struct Source {
    chan: Arc<Hchan<Value>>,
    error: OnceLock<Value>,
}

impl Source {
    pub fn chan(&self) -> &Arc<Hchan<Value>> {
        &self.chan
    }
}

fn source_of(isolate: &Isolate) -> Option<Arc<Source>> {
    match isolate.handles.get(isolate.operand_handle()) {
        Some(Handle::Source(source)) => Some(source.clone()),
        _ => None,
    }
}

call!(Make = make);
/// In: `NUMBER` the capacity. Out: `HANDLE`; `STATUS` 1 if the system has no room for it.
fn make(isolate: &mut Isolate) {
    let capacity = isolate.page.double(page::NUMBER) as usize;
    match Hchan::try_new(capacity) {
        None => isolate.page.set_word(page::STATUS, 1),
        Some(chan) => isolate.give(Handle::Source(Arc::new(Source {
            chan: Arc::new(chan),
            error: OnceLock::new(),
        }))),
    }
}

call!(Fail = fail);
/// The error that it ends by; it is closed next. In: `HANDLE`, `TAG`, `NUMBER`.
fn fail(isolate: &mut Isolate) {
    let error = isolate.operand();
    if let Some(source) = source_of(isolate) {
        let _ = source.error.set(error); // the first one counts
    }
}

call!(Error = error);
/// In: `HANDLE`. Out: `STATUS` `DONE`, and the error in `TAG`, `NUMBER`; `PARKED` if there is none.
fn error(isolate: &mut Isolate) {
    let Some(source) = source_of(isolate) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let Some(error) = source.error.get() else {
        return isolate.done(status::PARKED);
    };
    isolate.result(error.clone());
    isolate.done(status::DONE);
}

//! What only a message port can carry, by number: shared memory, WebAssembly modules.
//!
//! Node-API cannot make a `SharedArrayBuffer` in another engine (not before Node.js 25), so TypeScript
//! posts each such object to every isolate once, under a number, and values carry the number
//! (`ts/internal/ported.ts`). This file counts who still has a number: isolates keep what was posted to
//! them for as long as it is *live*, and it is for as long as the isolate that posted it has the object,
//! or a value with it is under way.

use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::{self, call};
use napi::sys;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The numbers that are live, and the last one given.
static LIVE: Mutex<(BTreeSet<u64>, u64)> = Mutex::new((BTreeSet::new(), 0));

fn live() -> MutexGuard<'static, (BTreeSet<u64>, u64)> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number that is live while there is one of these.
pub struct Ported {
    number: u64,
}

impl Ported {
    fn new() -> Self {
        let mut live = live();
        live.1 += 1;
        let number = live.1;
        live.0.insert(number);
        Self { number }
    }
}

impl Drop for Ported {
    fn drop(&mut self) {
        live().0.remove(&self.number);
    }
}

fn ported_of(isolate: &Isolate) -> &Arc<Ported> {
    match isolate.handles.get(isolate.operand_handle()) {
        Some(Handle::Ported(ported)) => ported,
        _ => raw::fatal("a handle that is nothing ported"),
    }
}

call!(Make = make);
/// Out: `HANDLE`; its number is for `portedState`.
fn make(isolate: &mut Isolate) {
    isolate.give(Handle::Ported(Arc::new(Ported::new())));
}

call!(State = state);
/// In: `HANDLE`. Out: `NUMBER2` the number; `COUNT` 1 if nothing has it but this isolate's table. That
/// stays so until this isolate sends it again: only who has it can give it on.
fn state(isolate: &mut Isolate) {
    let ported = ported_of(isolate);
    let is_last = Arc::strong_count(ported) == 1;
    let number = ported.number;
    isolate.page.set_double(page::NUMBER2, number as f64);
    isolate.page.set_word(page::COUNT, i32::from(is_last));
}

call!(Live = with live_numbers);
/// Gives all live numbers, in order, as doubles.
fn live_numbers(_: &mut Isolate, env: sys::napi_env, _: sys::napi_value) -> sys::napi_value {
    let bytes: Vec<u8> = live()
        .0
        .iter()
        .flat_map(|&number| (number as f64).to_ne_bytes())
        .collect();
    raw::array_buffer(env, &bytes)
}

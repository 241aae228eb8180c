//! Goroutines: programs, starting, ending.

use crate::isolate::{Isolate, PROCESS};
use crate::page;
use crate::raw::{self, call};
use crate::value::{Heavy, Value};
use napi::sys;
use std::collections::HashMap;
use std::ptr;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// Every function that was ever started: its description, as TypeScript wrote it. Descriptions are
/// kept for good: there are as many as there are `go` call sites.
#[derive(Default)]
struct Programs {
    texts: Vec<Arc<str>>,
    known: HashMap<Arc<str>, u32>,
}

static PROGRAMS: LazyLock<RwLock<Programs>> = LazyLock::new(RwLock::default);

call!(Register = with register);
/// Argument: a description. Out: `PROGRAM`, the same for the same description.
fn register(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    let text: Arc<str> = raw::utf8(env, arg).unwrap_or_default().into();
    let mut programs = PROGRAMS.write().unwrap_or_else(PoisonError::into_inner);
    let next = programs.texts.len() as u32;
    let number = *programs.known.entry(text.clone()).or_insert(next);
    if number == next {
        programs.texts.push(text);
    }
    isolate.page.set_word(page::PROGRAM, number as i32);
    ptr::null_mut()
}

call!(Program = with program);
/// In: `PROGRAM`. Result: its description.
fn program(isolate: &mut Isolate, env: sys::napi_env, _: sys::napi_value) -> sys::napi_value {
    let number = isolate.page.word(page::PROGRAM) as usize;
    let programs = PROGRAMS.read().unwrap_or_else(PoisonError::into_inner);
    let Some(text) = programs.texts.get(number) else {
        raw::fatal("a program that was never registered");
    };
    let mut result = ptr::null_mut();
    // SAFETY: pointer and length of a live string; Node-API copies it.
    unsafe {
        sys::napi_create_string_utf8(
            env,
            text.as_ptr().cast(),
            text.len() as isize,
            &raw mut result,
        );
    }
    result
}

call!(Go = go);
/// In: `PROGRAM`, `TICKET`, `NUMBER2` the parent's id, `COUNT` arguments as items.
/// Out: `NUMBER2` the id, and `WANTED`.
fn go(isolate: &mut Isolate) {
    let count = (isolate.page.word(page::COUNT) as usize).min(page::MAX_ITEMS);
    let args: Box<[Value]> = (0..count)
        .map(|n| {
            let (tag, _, payload) = isolate.page.item(n);
            isolate.value_in(tag, payload)
        })
        .collect();
    isolate.staged.clear();
    let args = if args.is_empty() {
        Value::Undefined
    } else {
        Value::heavy(Heavy::Tuple(args))
    };
    let parent = isolate.page.double(page::NUMBER2) as u64;
    let ticket = isolate.page.word(page::TICKET) as u32;
    let program = isolate.page.word(page::PROGRAM) as u32;
    let id = isolate.m().go(parent, ticket, program, args);
    isolate.page.set_double(page::NUMBER2, id as f64);
}

call!(End = end);
/// A goroutine that ran here ended. In: `SLOT`, `KIND` 1 if it threw, `TAG`, `NUMBER`.
fn end(isolate: &mut Isolate) {
    let value = isolate.operand();
    let threw = isolate.page.word(page::KIND) == 1;
    let slot = isolate.page.word(page::SLOT) as u32;
    isolate
        .m()
        .end(slot, if threw { Err(value) } else { Ok(value) });
}

call!(GoLocal = go_local);
/// Notes a goroutine that stays in this isolate. In: `NUMBER2` the parent. Out: `NUMBER2` its id.
fn go_local(isolate: &mut Isolate) {
    let parent = isolate.page.double(page::NUMBER2) as u64;
    let home = isolate.m().mailbox().id();
    let g = isolate.m().sched().add_local(parent, home);
    isolate.page.set_double(page::NUMBER2, g.id() as f64);
    isolate.locals.insert(g.id(), g);
}

call!(EndLocal = end_local);
/// It ended. In: `NUMBER2` its id.
fn end_local(isolate: &mut Isolate) {
    let id = isolate.page.double(page::NUMBER2) as u64;
    drop(isolate.locals.remove(&id));
}

call!(Goroutines = goroutines);
/// Out: `COUNT`, goroutines alive in the process.
fn goroutines(isolate: &mut Isolate) {
    let count = isolate.m().sched().table().len();
    isolate.page.set_word(page::COUNT, count as i32);
}

call!(Reserve = reserve);
/// Goroutines are coming. In: `COUNT` isolates should be there. Out: `WANTED`, how many to start.
fn reserve(isolate: &mut Isolate) {
    let count = isolate.page.word(page::COUNT) as usize;
    let wanted = isolate.m().sched().reserve_isolates(count);
    isolate.page.set_word(page::WANTED, wanted as i32);
}

call!(Procs = procs);
/// In: `COUNT`, the new GOMAXPROCS, or 0 to leave it. Out: `COUNT`, what it was.
fn procs(isolate: &mut Isolate) {
    let procs = match isolate.page.word(page::COUNT) {
        0 => isolate.m().sched().procs(),
        procs => PROCESS.sched.set_procs(procs as usize),
    };
    isolate.page.set_word(page::COUNT, procs as i32);
}

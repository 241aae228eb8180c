//! Contexts, as TypeScript's `Context` calls them.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::{Isolate, PROCESS};
use crate::page;
use crate::raw::{self, call};
use crate::value::Value;
use gosched_runtime::context::{Context, Reason};
use napi::sys;
use std::ptr;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// One root for the process; `background()` and `todo()` are two wrappers of it in TypeScript.
static BACKGROUND: LazyLock<Arc<Context<Value>>> = LazyLock::new(Context::background);

impl Isolate {
    fn context(&mut self) -> Option<Arc<Context<Value>>> {
        let index = self.page.word(page::HANDLE) as u32;
        match self.handles.get(index) {
            Some(Handle::Context(context)) => Some(context.clone()),
            _ => {
                self.done(status::BAD_HANDLE);
                None
            }
        }
    }
}

call!(Background = background);
/// Out: `HANDLE`.
fn background(isolate: &mut Isolate) {
    isolate.give(Handle::Context(BACKGROUND.clone()));
}

call!(Child = child);
/// In: `HANDLE` the parent, `NUMBER2` milliseconds from now or NaN for no deadline; `KIND` 1 if a
/// cause for the deadline is in `TAG`, `NUMBER`. Out: `HANDLE`.
fn child(isolate: &mut Isolate) {
    let cause = isolate.operand();
    let cause = (isolate.page.word(page::KIND) == 1).then_some(cause);
    let Some(parent) = isolate.context() else {
        return;
    };
    let ms = isolate.page.double(page::NUMBER2);
    if ms.is_nan() {
        return isolate.give(Handle::Context(parent.child(None)));
    }
    let (now, far) = (
        Instant::now(),
        Duration::from_secs_f64((ms.abs() / 1000.0).min(1e9)),
    );
    // One that has passed is told as it was given, as far back as the clock goes.
    let at = if ms < 0.0 {
        now.checked_sub(far).unwrap_or(now)
    } else {
        now + far
    };
    let earlier = parent.deadline().is_some_and(|parents| parents <= at);
    let context = parent.child(Some(at));
    if ms <= 0.0 {
        context.cancel(Reason::DeadlineExceeded, cause);
    } else if !earlier {
        // A deadline that the parent reaches first needs no timer of its own.
        let ours = Arc::downgrade(&context);
        let timer = PROCESS.sched.start_timer(
            at,
            Box::new(move || {
                if let Some(context) = ours.upgrade() {
                    context.cancel(Reason::DeadlineExceeded, cause);
                }
            }),
        );
        context.on_end(Box::new(move || {
            PROCESS.sched.stop_timer(timer);
        }));
    }
    isolate.give(Handle::Context(context));
}

call!(Cancel = cancel);
/// In: `HANDLE`; `KIND` 1 if a cause is in `TAG`, `NUMBER`. Out: `KIND` 1 if this call ended it.
fn cancel(isolate: &mut Isolate) {
    let cause = isolate.operand();
    let cause = (isolate.page.word(page::KIND) == 1).then_some(cause);
    let Some(context) = isolate.context() else {
        return;
    };
    let ended = context.cancel(Reason::Canceled, cause);
    isolate.page.set_word(page::KIND, i32::from(ended));
    isolate.done(status::DONE);
}

call!(State = state);
/// In: `HANDLE`. Out: `KIND` 0 alive, 1 cancelled, 2 deadline exceeded; `SLOT` 1 if it ended by
/// itself, not with an ancestor; `NUMBER2` milliseconds until its deadline (negative when past), or
/// NaN.
fn state(isolate: &mut Isolate) {
    let Some(context) = isolate.context() else {
        return;
    };
    let ended = context.ended();
    let kind = match ended.as_ref().map(|end| end.reason) {
        None => 0,
        Some(Reason::Canceled) => 1,
        Some(Reason::DeadlineExceeded) => 2,
    };
    let own = ended.is_some_and(|end| end.own);
    isolate.page.set_word(page::SLOT, i32::from(own));
    let now = Instant::now();
    let left = context.deadline().map_or(f64::NAN, |at| {
        at.saturating_duration_since(now).as_secs_f64() * 1000.0
            - now.saturating_duration_since(at).as_secs_f64() * 1000.0
    });
    isolate.page.set_word(page::KIND, kind);
    isolate.page.set_double(page::NUMBER2, left);
    isolate.done(status::DONE);
}

call!(Done = done);
/// In: `HANDLE`. Out: `HANDLE` of its `done` channel.
fn done(isolate: &mut Isolate) {
    let Some(context) = isolate.context() else {
        return;
    };
    isolate.give(Handle::Chan(context.done().clone()));
}

call!(Cause = cause);
/// In: `HANDLE`. Out: `KIND` 1 and `TAG`, `NUMBER` if a cause was given.
fn cause(isolate: &mut Isolate) {
    let Some(context) = isolate.context() else {
        return;
    };
    let cause = context.ended().and_then(|end| end.cause);
    isolate
        .page
        .set_word(page::KIND, i32::from(cause.is_some()));
    if let Some(cause) = cause {
        isolate.result((*cause).clone());
    }
    isolate.done(status::DONE);
}

call!(WithValue = with with_value);
/// In: `HANDLE` the parent; the argument is the encoded key. Out: `HANDLE`.
fn with_value(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    if let Some(parent) = isolate.context() {
        let key = raw::utf8(env, arg).unwrap_or_default();
        isolate.give(Handle::Context(parent.with_value(&key)));
    }
    ptr::null_mut()
}

call!(SetValue = set_value);
/// Sets the value of a context made by `withValue`. In: `HANDLE`, `TAG`, `NUMBER`; `KIND` 1 if it is
/// an error that says why nobody can have the value.
fn set_value(isolate: &mut Isolate) {
    let value = isolate.operand_of_many();
    let failed = isolate.page.word(page::KIND) == 1;
    let Some(context) = isolate.context() else {
        return;
    };
    if let Some(entry) = context.values() {
        entry.set(if failed { Err(value) } else { Ok(value) });
    }
    isolate.done(status::DONE);
}

call!(GetValue = with get_value);
/// In: `HANDLE`; the argument is the encoded key. Out: `KIND` 0 if it knows no such key, 1 and the
/// value, or 2 and an error, in `TAG`, `NUMBER`.
fn get_value(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    let Some(context) = isolate.context() else {
        return ptr::null_mut();
    };
    let key = raw::utf8(env, arg).unwrap_or_default();
    let entry = context.values().and_then(|values| values.find(&key));
    let (kind, value) = match entry.and_then(|entry| entry.value()) {
        None => (0, Value::Undefined),
        Some(Ok(value)) => (1, value.clone()),
        Some(Err(why)) => (2, why.clone()),
    };
    isolate.result(value);
    isolate.page.set_word(page::KIND, kind);
    isolate.done(status::DONE);
    ptr::null_mut()
}

call!(WithoutCancel = without_cancel);
/// In: `HANDLE` the parent. Out: `HANDLE`.
fn without_cancel(isolate: &mut Isolate) {
    if let Some(parent) = isolate.context() {
        isolate.give(Handle::Context(parent.without_cancel()));
    }
}

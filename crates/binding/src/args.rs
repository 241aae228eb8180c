//! Values in and out of the register page.
//!
//! Going in, a heavy value is *staged* by a call of its own and then named by its place; coming
//! out, it is *taken* by a call of its own. So the hot calls pass no arguments and return nothing,
//! and small values cost nothing extra.

use crate::bytes::Bytes;
use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::{self, call};
use crate::value::{Heavy, Value, tag};
use napi::sys;
use std::ptr;

/// The codes of `Heavy::Bytes` for errors that no JavaScript was there to make. The data is JSON: the
/// number of the isolate that ended, why, and the goroutine because of which, if there is one. `ts/internal/page.ts` has the same numbers.
pub const ISOLATE_DIED: i32 = 99;
/// No isolate could be started; there is no data.
pub const NO_ISOLATE: i32 = 98;

impl Isolate {
    /// The value that (tag, payload) stands for. Staged values are used up.
    pub fn value_in(&mut self, tag: i32, payload: f64) -> Value {
        match tag {
            tag::NULL => Value::Null,
            tag::FALSE => Value::False,
            tag::TRUE => Value::True,
            tag::NUMBER => Value::number(payload),
            tag::DATE => Value::Date(payload.into()),
            tag::BIGINT => Value::BigInt(payload.into()),
            tag::LOCAL => Value::Local(payload as u64),
            tag::STAGED => self
                .staged
                .get_mut(payload as usize)
                .and_then(Option::take)
                .unwrap_or(Value::Undefined),
            tag::HANDLE => self
                .handles
                .get(payload as u32)
                .map_or(Value::Undefined, |handle| {
                    Value::heavy(Heavy::Handle(handle.clone()))
                }),
            _ => Value::Undefined,
        }
    }

    /// The value in the registers `TAG` and `NUMBER`.
    #[inline]
    pub fn operand(&mut self) -> Value {
        let (tag, payload) = (self.page.word(page::TAG), self.page.double(page::NUMBER));
        if tag == tag::NUMBER {
            return Value::number(payload);
        }
        let value = self.value_in(tag, payload);
        self.staged.clear();
        value
    }

    /// As [`operand`](Self::operand), while other operands stay staged: for what is done to a handle
    /// while the arguments of a call, it among them, are being staged.
    pub fn operand_of_many(&mut self) -> Value {
        self.value_in(self.page.word(page::TAG), self.page.double(page::NUMBER))
    }

    /// The tag and payload that tell JavaScript of `value`.
    pub fn value_out(&mut self, value: Value) -> (i32, f64) {
        match value {
            Value::Undefined => (tag::UNDEFINED, 0.0),
            Value::Null => (tag::NULL, 0.0),
            Value::False => (tag::FALSE, 0.0),
            Value::True => (tag::TRUE, 0.0),
            Value::Number(number) => (tag::NUMBER, number.get()),
            Value::Date(time) => (tag::DATE, time.get()),
            Value::BigInt(number) => (tag::BIGINT, number.get()),
            Value::Local(slot) => (tag::LOCAL, slot as f64),
            Value::Heavy(heavy) => self.heavy_out(heavy),
        }
    }

    fn heavy_out(&mut self, heavy: Box<Heavy>) -> (i32, f64) {
        let tag = match *heavy {
            Heavy::Handle(handle) => return self.handle_out(handle),
            Heavy::Latin1(_) | Heavy::Utf16(_) => tag::STRING,
            Heavy::Text(_) => tag::TEXT,
            Heavy::Bytes { .. } | Heavy::Tuple(_) => tag::BYTES,
        };
        self.taken.push(Some(Value::Heavy(heavy)));
        self.taken_left += 1;
        (tag, (self.taken.len() - 1) as f64)
    }

    pub fn handle_out(&mut self, handle: Handle) -> (i32, f64) {
        let kind = handle.kind();
        let index = self.handles.intern(handle);
        (tag::HANDLE | kind << 8, f64::from(index))
    }

    /// Puts `value` into the registers `TAG` and `NUMBER`.
    #[inline]
    pub fn result(&mut self, value: Value) {
        let (tag, payload) = self.value_out(value);
        self.page.set_word(page::TAG, tag);
        self.page.set_double(page::NUMBER, payload);
    }

    /// Names a new object: `HANDLE`, and `STATUS` for done.
    pub fn give(&mut self, handle: Handle) {
        let index = self.handles.intern(handle);
        self.page.set_word(page::HANDLE, index as i32);
        self.done(status::DONE);
    }

    /// The handle in the register `HANDLE`.
    #[inline]
    pub fn operand_handle(&self) -> u32 {
        self.page.word(page::HANDLE) as u32
    }

    fn stage(&mut self, heavy: Heavy) {
        self.staged.push(Some(Value::heavy(heavy)));
        let place = self.staged.len() - 1;
        self.page.set_word(page::TAG, tag::STAGED);
        self.page.set_double(page::NUMBER, place as f64);
    }

    fn stage_text(&mut self, env: sys::napi_env, arg: sys::napi_value) -> Heavy {
        let mut units = std::mem::take(&mut self.units);
        raw::utf16(env, arg, &mut units);
        let heavy = Value::string(&units);
        self.units = units;
        heavy
    }
}

call!(StageString = with stage_string);
/// Stages a string. Out: `TAG`, `NUMBER`.
fn stage_string(
    isolate: &mut Isolate,
    env: sys::napi_env,
    arg: sys::napi_value,
) -> sys::napi_value {
    let heavy = isolate.stage_text(env, arg);
    isolate.stage(heavy);
    ptr::null_mut()
}

call!(StageText = with stage_text);
/// Stages a string that is to be decoded. Out: `TAG`, `NUMBER`.
fn stage_text(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    let heavy = isolate.stage_text(env, arg);
    isolate.stage(Heavy::Text(Box::new(heavy)));
    ptr::null_mut()
}

call!(StageBytes = with stage_bytes);
/// Stages the bytes of a typed array. In: `KIND` is their code, `COUNT` the handles they contain,
/// whose indices are in the handle area. Out: `TAG`, `NUMBER`; `STATUS` 1 if a handle is unknown.
fn stage_bytes(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    let code = isolate.page.word(page::KIND);
    let count = (isolate.page.word(page::COUNT) as usize).min(page::MAX_HANDLES);
    let handles: Option<Box<[Handle]>> = (0..count)
        .map(|n| isolate.handles.get(isolate.page.handle(n)).cloned())
        .collect();
    let (Some(handles), Some(data)) = (handles, raw::bytes_mut(env, arg)) else {
        isolate.page.set_word(page::STATUS, 1);
        return ptr::null_mut();
    };
    isolate.page.set_word(page::STATUS, 0);
    isolate.stage(Heavy::Bytes {
        code,
        data: Bytes::copy_of(data),
        handles,
    });
    ptr::null_mut()
}

call!(Unstage = unstage);
/// Forgets what was staged: a later operand could not be encoded.
fn unstage(isolate: &mut Isolate) {
    isolate.staged.clear();
}

call!(Take = with take);
/// Gives the heavy value at `SLOT`: a string or an `ArrayBuffer`. Out: `KIND` is the bytes' code,
/// `COUNT` the handles they contain, interned and listed in the handle area.
fn take(isolate: &mut Isolate, env: sys::napi_env, _: sys::napi_value) -> sys::napi_value {
    let place = isolate.page.word(page::SLOT) as usize;
    let Some(Value::Heavy(heavy)) = isolate.taken.get_mut(place).and_then(Option::take) else {
        raw::fatal("take of a value that is not there");
    };
    isolate.taken_left -= 1;
    if isolate.taken_left == 0 {
        isolate.taken.clear();
    }
    heavy_to_js(isolate, env, *heavy)
}

fn heavy_to_js(isolate: &mut Isolate, env: sys::napi_env, heavy: Heavy) -> sys::napi_value {
    let mut result = ptr::null_mut();
    match heavy {
        Heavy::Text(text) => return heavy_to_js(isolate, env, *text),
        // SAFETY: pointer and length of a live slice; Node-API copies it.
        Heavy::Latin1(units) => unsafe {
            sys::napi_create_string_latin1(
                env,
                units.as_ptr().cast(),
                units.len() as isize,
                &raw mut result,
            );
        },
        // SAFETY: as above.
        Heavy::Utf16(units) => unsafe {
            sys::napi_create_string_utf16(
                env,
                units.as_ptr(),
                units.len() as isize,
                &raw mut result,
            );
        },
        Heavy::Bytes {
            code,
            data,
            handles,
        } => {
            isolate.page.set_word(page::KIND, code);
            isolate.page.set_word(page::COUNT, handles.len() as i32);
            for (n, handle) in handles.into_iter().enumerate() {
                let kind = handle.kind();
                let index = isolate.handles.intern(handle);
                isolate.page.set_handle(n, index, kind);
            }
            result = raw::array_buffer(env, &data);
        }
        Heavy::Handle(_) | Heavy::Tuple(_) => raw::fatal("take of a value that is told inline"),
    }
    result
}

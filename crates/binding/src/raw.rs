//! Raw Node-API calls: how functions are made, and the few conversions that need them.

use crate::isolate::Isolate;
use napi::sys;
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// A function without arguments: everything goes through the register page.
pub type Call = fn(&mut Isolate);
/// A function of one argument (a string, a typed array, a number) with an optional result.
pub type CallWith = fn(&mut Isolate, sys::napi_env, sys::napi_value) -> sys::napi_value;

/// Adds a function to `exports` that runs `C::call` on this environment's isolate.
pub fn define<C: Callable>(
    env: sys::napi_env,
    exports: sys::napi_value,
    name: &str,
    isolate: *mut Isolate,
) {
    let c_name = CString::new(name).unwrap_or_default();
    let mut function = ptr::null_mut();
    // SAFETY: `env` and `exports` are live for the duration of the call that defines; `isolate`
    // outlives the environment's last JavaScript call (see `isolate::install`).
    unsafe {
        let made = sys::napi_create_function(
            env,
            c_name.as_ptr(),
            name.len() as isize,
            Some(trampoline::<C>),
            isolate.cast(),
            &raw mut function,
        );
        // Refused only where no JavaScript may run any more: a worker that is terminated while it
        // loads the addon. Nobody will miss the function there, and the process must not pay for it.
        if made == sys::Status::napi_ok {
            sys::napi_set_named_property(env, exports, c_name.as_ptr(), function);
        }
    }
}

/// What a defined function does. Implemented by the macro [`call!`] for a marker type.
pub trait Callable {
    /// Whether the call takes an argument.
    const TAKES: bool;
    fn call(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value;
}

unsafe extern "C" fn trampoline<C: Callable>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    let mut arg = ptr::null_mut();
    let mut count = usize::from(C::TAKES);
    let mut data = ptr::null_mut();
    // SAFETY: Node-API passes a live `env` and `info`; `arg` has room for the one argument asked for.
    unsafe {
        sys::napi_get_cb_info(
            env,
            info,
            &raw mut count,
            &raw mut arg,
            ptr::null_mut(),
            &raw mut data,
        );
    }
    // SAFETY: `data` is the pointer given in `define`; JavaScript runs on one thread and our calls
    // do not call back into JavaScript, so nothing else refers to the isolate now.
    let isolate = unsafe { &mut *data.cast::<Isolate>() };
    match catch_unwind(AssertUnwindSafe(|| C::call(isolate, env, arg))) {
        Ok(result) => result,
        Err(_) => fatal("a panic reached the boundary to JavaScript"),
    }
}

/// A broken invariant: the message of the panic hook is on stderr already.
pub fn fatal(what: &str) -> ! {
    eprintln!("fatal error: gosched: {what}");
    std::process::abort()
}

/// The text of a JavaScript string as UTF-16, which is what it is: UTF-8 would lose lone surrogates.
pub fn utf16(env: sys::napi_env, value: sys::napi_value, out: &mut Vec<u16>) -> bool {
    const FIRST_TRY: usize = 256;
    out.clear();
    out.reserve(FIRST_TRY);
    let mut len = 0;
    // SAFETY: `out` has room for `FIRST_TRY` units, the terminating zero included; Node-API fails
    // cleanly when `value` is not a string.
    let status = unsafe {
        sys::napi_get_value_string_utf16(env, value, out.as_mut_ptr(), FIRST_TRY, &raw mut len)
    };
    if status != sys::Status::napi_ok {
        return false;
    }
    if len == FIRST_TRY - 1 {
        // SAFETY: asking for the length alone; then room for it and the zero is made.
        unsafe {
            sys::napi_get_value_string_utf16(env, value, ptr::null_mut(), 0, &raw mut len);
            out.reserve(len + 1);
            sys::napi_get_value_string_utf16(env, value, out.as_mut_ptr(), len + 1, &raw mut len);
        }
    }
    // SAFETY: Node-API wrote `len` units.
    unsafe { out.set_len(len) };
    true
}

/// The text of a JavaScript string as UTF-8, for names and programs (our own, well-formed texts).
pub fn utf8(env: sys::napi_env, value: sys::napi_value) -> Option<String> {
    let mut units = Vec::new();
    utf16(env, value, &mut units).then(|| String::from_utf16_lossy(&units))
}

/// The memory behind a typed array, for the duration of the call that got `value` as its argument: it
/// must not be kept.
///
/// Memory that is shared with other threads may change meanwhile, as for any unsynchronised access from
/// JavaScript: what is copied is then any mixture.
pub fn bytes_mut<'a>(env: sys::napi_env, value: sys::napi_value) -> Option<&'a mut [u8]> {
    let mut kind = 0;
    let mut len = 0;
    let mut data = ptr::null_mut();
    // SAFETY: Node-API fills these or fails cleanly when `value` is no typed array.
    let status = unsafe {
        sys::napi_get_typedarray_info(
            env,
            value,
            &raw mut kind,
            &raw mut len,
            &raw mut data,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    if status != sys::Status::napi_ok {
        return None;
    }
    if len == 0 {
        return Some(&mut []);
    }
    // SAFETY: `data` addresses that many bytes for as long as JavaScript does not run, which is the
    // duration of the call, and nothing else here refers to them.
    Some(unsafe { std::slice::from_raw_parts_mut(data.cast(), len * element_size(kind)) })
}

fn element_size(kind: sys::napi_typedarray_type) -> usize {
    use sys::TypedarrayType as T;
    match kind {
        T::int16_array | T::uint16_array => 2,
        T::int32_array | T::uint32_array | T::float32_array => 4,
        T::float64_array | T::bigint64_array | T::biguint64_array => 8,
        _ => 1,
    }
}

/// A JavaScript string.
pub fn string(env: sys::napi_env, text: &str) -> sys::napi_value {
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

/// From here on it costs more to clear memory that is about to be written than to make a `Buffer`, whose
/// memory Node-API does not clear.
const NOT_CLEARED: usize = 16 * 1024;

/// A new `ArrayBuffer` with these bytes. Null, which JavaScript sees as `undefined`, in an environment that is
/// being stopped: `ts/internal/made.ts`.
pub fn array_buffer(env: sys::napi_env, bytes: &[u8]) -> sys::napi_value {
    if bytes.len() >= NOT_CLEARED
        && let Some(made) = array_buffer_of_buffer(env, bytes)
    {
        return made;
    }
    let mut data = ptr::null_mut();
    let mut result = ptr::null_mut();
    // SAFETY: on success `data` addresses `bytes.len()` fresh bytes.
    unsafe {
        let made = sys::napi_create_arraybuffer(env, bytes.len(), &raw mut data, &raw mut result);
        if made == sys::Status::napi_ok && !bytes.is_empty() {
            ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast(), bytes.len());
        }
    }
    result
}

/// The `ArrayBuffer` of a new `Buffer` with these bytes; `None` if it has others besides.
fn array_buffer_of_buffer(env: sys::napi_env, bytes: &[u8]) -> Option<sys::napi_value> {
    let mut data = ptr::null_mut();
    let mut buffer = ptr::null_mut();
    let mut result = ptr::null_mut();
    let mut len = 0;
    let mut offset = 0;
    // SAFETY: the bytes are live and copied; each call fills what it is given room for, or fails cleanly.
    let status = unsafe {
        let made = sys::napi_create_buffer_copy(
            env,
            bytes.len(),
            bytes.as_ptr().cast(),
            &raw mut data,
            &raw mut buffer,
        );
        if made != sys::Status::napi_ok {
            return None;
        }
        sys::napi_get_typedarray_info(
            env,
            buffer,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
            &raw mut result,
            &raw mut offset,
        );
        sys::napi_get_arraybuffer_info(env, result, ptr::null_mut(), &raw mut len)
    };
    (status == sys::Status::napi_ok && offset == 0 && len == bytes.len()).then_some(result)
}

/// Defines a marker type for a call without arguments, or (`with`) of one argument.
macro_rules! call {
    ($name:ident = $function:path) => {
        pub struct $name;
        impl crate::raw::Callable for $name {
            const TAKES: bool = false;
            #[inline]
            fn call(
                isolate: &mut crate::isolate::Isolate,
                _: napi::sys::napi_env,
                _: napi::sys::napi_value,
            ) -> napi::sys::napi_value {
                const FUNCTION: crate::raw::Call = $function;
                FUNCTION(isolate);
                std::ptr::null_mut()
            }
        }
    };
    ($name:ident = with $function:path) => {
        pub struct $name;
        impl crate::raw::Callable for $name {
            const TAKES: bool = true;
            #[inline]
            fn call(
                isolate: &mut crate::isolate::Isolate,
                env: napi::sys::napi_env,
                arg: napi::sys::napi_value,
            ) -> napi::sys::napi_value {
                const FUNCTION: crate::raw::CallWith = $function;
                FUNCTION(isolate, env, arg)
            }
        }
    };
}
pub(crate) use call;

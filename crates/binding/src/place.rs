//! Where a function is written, asked of V8 itself: three calls of some 50 ns each.
//!
//! Node-API has no such question. V8's own C++ interface has, and Node exports it to addons: the three
//! methods of `v8::Function` below are the same, name and signature, from Node 20 to 26. They are looked
//! up by name while the program runs, so that a host that lacks one (another engine, a Node built
//! otherwise) merely does without; TypeScript then goes by the place of the call, which takes 4 us.
//! TypeScript asks in Node only: another runtime may have functions of these names over handles that
//! are not V8's (`ts/internal/code/function-place.ts`).
//!
//! Rejected: `v8::debug::GetInternalProperties`, which would give a closure's variables as well. It is
//! V8's own, undocumented, and changes from one version to the next.

use crate::isolate::Isolate;
use crate::page;
use crate::raw::call;
use napi::sys;
use std::ffi::c_int;
use std::ptr;
use std::sync::LazyLock;

#[cfg(unix)]
use libloading::os::unix::Library;
#[cfg(windows)]
use libloading::os::windows::Library;

/// A method of `v8::Function` without arguments, const, that returns an `int`.
type Method = unsafe extern "C" fn(function: sys::napi_value) -> c_int;

/// `v8::Function::{ScriptId, GetScriptLineNumber, GetScriptColumnNumber}`, as the compilers name them.
#[cfg(not(windows))]
const NAMES: [&[u8]; 3] = [
    b"_ZNK2v88Function8ScriptIdEv\0",
    b"_ZNK2v88Function19GetScriptLineNumberEv\0",
    b"_ZNK2v88Function21GetScriptColumnNumberEv\0",
];
#[cfg(windows)]
const NAMES: [&[u8]; 3] = [
    b"?ScriptId@Function@v8@@QEBAHXZ\0",
    b"?GetScriptLineNumber@Function@v8@@QEBAHXZ\0",
    b"?GetScriptColumnNumber@Function@v8@@QEBAHXZ\0",
];

static METHODS: LazyLock<Option<[Method; 3]>> = LazyLock::new(find);

fn find() -> Option<[Method; 3]> {
    #[cfg(unix)]
    let host = Library::this();
    #[cfg(windows)]
    let host = Library::this().ok()?;
    // SAFETY: the names encode class, method and arguments, so what has such a name is that method:
    // const, without arguments, `int` in every version. The symbols are the host program's, which
    // outlives the addon.
    let method = |name: &[u8]| unsafe { host.get::<Method>(name).ok().map(|symbol| *symbol) };
    Some([method(NAMES[0])?, method(NAMES[1])?, method(NAMES[2])?])
}

call!(Place = with place);
/// Argument: a function. Out: `PROGRAM` the id of its script, 0 if it has none or nobody can tell;
/// `SLOT` and `KIND` line and column, from 0 up.
fn place(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    let mut script = 0;
    let mut kind = 0;
    // SAFETY: `arg` is a live handle, or null, for which Node-API fails cleanly.
    let known = unsafe { sys::napi_typeof(env, arg, &raw mut kind) } == sys::Status::napi_ok;
    if let Some([script_id, line, column]) = *METHODS
        && known
        && kind == sys::ValueType::napi_function
    {
        // SAFETY: a `napi_value` of Node's is the `v8::Value*` of a `v8::Local` (`js_native_api_v8.h`),
        // live for this call, and its value was just seen to be a function. For those that are none of
        // JavaScript's own (a proxy, a bound function) V8 answers with 0 and -1.
        unsafe {
            script = script_id(arg);
            isolate.page.set_word(page::SLOT, line(arg));
            isolate.page.set_word(page::KIND, column(arg));
        }
    }
    isolate.page.set_word(page::PROGRAM, script);
    ptr::null_mut()
}

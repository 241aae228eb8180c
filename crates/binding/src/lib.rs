//! The Node-API face of `gosched-runtime`. Thin: convert, call, convert back.
//!
//! Everything hot goes through a *register page* (`page.rs`): JavaScript writes operands into an
//! `ArrayBuffer` that this side has the address of, calls a function without arguments, and reads
//! the results from the page. Measured here, that saves more than half of what the same call costs
//! with arguments and a result.
//!
//! One file for each concept that JavaScript sees.

mod args;
mod atomic;
mod block;
mod bytes;
mod chan;
mod cond;
mod context;
mod dump;
mod ends;
mod futures;
mod go;
mod handle;
mod host;
mod isolate;
mod map;
mod mutex;
mod numbers;
mod numeric;
mod once;
mod page;
mod place;
mod poll;
mod ported;
mod raw;
mod select;
mod semaphore;
mod source;
mod time;
mod value;
mod wait;
mod waitgroup;

use mimalloc::MiMalloc;
use napi::bindgen_prelude::Object;
use napi::{Env, JsValue, Result};
use napi_derive::napi;

/// Values are allocated by the isolate that sends and freed by the one that receives. glibc gives
/// such a block back to the sender's arena, under its lock; mimalloc hands it over without one.
/// Measured on a flood of goroutines, on the thread that starts them: glibc's malloc was 16 % of the
/// samples, mimalloc's is 5 %. On the threads that free, it made no difference.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Runs for every environment that loads the addon: the main thread's, and each worker's. What is exported
/// is `open`, for each copy of the library in it: `isolate::open`.
#[napi(module_exports)]
pub fn init(exports: Object, env: Env) -> Result<()> {
    isolate::export(env.raw(), exports.raw());
    Ok(())
}

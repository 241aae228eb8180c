//! Blocks: the memory of a buffer that changes its owner (`move` in TypeScript).
//!
//! Node-API can neither take the memory of an `ArrayBuffer` that JavaScript made nor give it to another
//! engine. What it can do is make an `ArrayBuffer` over memory that somebody else keeps (an *external*
//! one). So a block is memory with a keeper:
//!
//! - *its own*: the bytes were copied out once, and are freed with the block;
//! - *the main isolate*: JavaScript has moved the buffer's memory there through a message port, which
//!   copies nothing (`ts/internal/vault.ts`); the block knows where it is, and tells when it may go.
//!   The main isolate, because it is the one that outlives all others.
//!
//! Invariants:
//! - a block is filled before the value that names it is sent, so whoever receives it finds it filled;
//! - its memory is where it was: moving an `ArrayBuffer` between isolates does not move its bytes;
//! - nothing uses the memory but the one `ArrayBuffer` that was made over the block last. A value with
//!   a block in it is received once; the buffer in the main isolate is in nobody's hands; the one before
//!   was detached.
//!
//! Rejected: keeping the buffer in the isolate that sent it (its memory ends with that isolate, under
//! whoever has it by then); V8's own interface (mangled names of a C++ library, other ones with each
//! compiler, none outside Node).

use crate::handle::Handle;
use crate::isolate::{Isolate, PROCESS};
use crate::page;
use crate::raw::{self, call};
use crate::value::Value;
use gosched_runtime::mailbox::{Event, Mailbox};
use napi::sys;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// See the module's documentation.
#[derive(Default)]
pub struct Block(OnceLock<Memory>);

struct Memory {
    data: *mut u8,
    len: usize,
    keeper: Keeper,
    /// What the buffer is to be seen as: a code of `ts/internal/binary.ts`.
    code: AtomicI32,
    /// The main isolate has taken its buffer back into use: there is nothing to be let go.
    withdrawn: AtomicBool,
}

#[derive(Clone, Copy)]
enum Keeper {
    /// A boxed slice: freed with the block.
    Own,
    /// The main isolate, under this key.
    Vault(u64),
}

// SAFETY: a pointer to bytes that belong to no thread: to the allocator, or to a buffer that its keeper
// does not use. Only the one `ArrayBuffer` over them is read and written, on its isolate's thread.
unsafe impl Send for Memory {}
// SAFETY: as above; a shared reference only tells where the bytes are.
unsafe impl Sync for Memory {}

impl Block {
    fn copy_of(bytes: &[u8], code: i32) -> Memory {
        let boxed: Box<[u8]> = bytes.into();
        let len = boxed.len();
        Memory {
            data: Box::into_raw(boxed).cast(),
            len,
            keeper: Keeper::Own,
            code: AtomicI32::new(code),
            withdrawn: AtomicBool::new(false),
        }
    }

    /// The key in the vault, or 0.
    fn key(&self) -> u64 {
        match self.0.get() {
            Some(Memory {
                keeper: Keeper::Vault(key),
                ..
            }) => *key,
            _ => 0,
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        match self.keeper {
            Keeper::Own => {
                let bytes = ptr::slice_from_raw_parts_mut(self.data, self.len);
                // SAFETY: made by `copy_of` from a box of that length, and freed nowhere else.
                drop(unsafe { Box::from_raw(bytes) });
            }
            Keeper::Vault(key) => {
                if !*self.withdrawn.get_mut() {
                    PROCESS.vault.release(key);
                }
            }
        }
    }
}

/// What tells the main isolate of buffers that it need not keep any more.
#[derive(Default)]
pub struct Vault {
    state: Mutex<State>,
    /// Whether `state` has keys; so that the pump's call need not lock.
    waiting: AtomicBool,
    next: AtomicU64,
}

#[derive(Default)]
struct State {
    released: Vec<u64>,
    keeper: Option<Arc<Mailbox<Value>>>,
}

impl Vault {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn release(&self, key: u64) {
        let keeper = {
            let mut state = self.lock();
            let Some(keeper) = state.keeper.clone() else {
                return; // the main isolate has ended, and its buffers with it
            };
            state.released.push(key);
            // Under the lock, as where it is cleared: it says what is in the list. Relaxed: who is
            // woken below sees it by the mailbox, and others may find out the next time they look.
            if self.waiting.swap(true, Ordering::Relaxed) {
                return; // it was told, and has not looked yet
            }
            keeper
        };
        // It only has to look: `Vault::is_waiting` is asked before it sleeps.
        if let Ok(true) = keeper.push(Event::Liveness) {
            keeper.wake_host();
        }
    }

    /// Whether this isolate keeps the buffers, and some may go.
    #[inline]
    pub fn is_waiting(&self, mailbox: &Arc<Mailbox<Value>>) -> bool {
        // Relaxed: see `release`.
        self.waiting.load(Ordering::Relaxed)
            && matches!(&self.lock().keeper, Some(keeper) if Arc::ptr_eq(keeper, mailbox))
    }

    /// The environment of `mailbox` ends.
    pub fn close(&self, mailbox: &Arc<Mailbox<Value>>) {
        let mut state = self.lock();
        if matches!(&state.keeper, Some(keeper) if Arc::ptr_eq(keeper, mailbox)) {
            *state = State::default();
        }
    }
}

call!(KeepVault = keep_vault);
/// This isolate, the main one, keeps the buffers that blocks are made of.
fn keep_vault(isolate: &mut Isolate) {
    PROCESS.vault.lock().keeper = Some(isolate.mailbox());
}

call!(VaultKey = vault_key);
/// Out: `NUMBER2` a key that was never used; `STATUS` 0 if there is a vault.
fn vault_key(isolate: &mut Isolate) {
    // Relaxed: a counter.
    let key = PROCESS.vault.next.fetch_add(1, Ordering::Relaxed) + 1;
    let is_open = PROCESS.vault.lock().keeper.is_some();
    isolate.page.set_double(page::NUMBER2, key as f64);
    isolate.page.set_word(page::STATUS, i32::from(!is_open));
}

call!(VaultReleased = vault_released);
/// Takes one buffer that nobody uses any more out of the list. Out: `NUMBER2` its key; `STATUS` 1 if there
/// is none. Not a list of them all: as an `ArrayBuffer` it would count towards the next collection.
fn vault_released(isolate: &mut Isolate) {
    let key = {
        let mut state = PROCESS.vault.lock();
        let key = state.released.pop();
        let more = !state.released.is_empty();
        PROCESS.vault.waiting.store(more, Ordering::Relaxed); // under the lock: see `release`
        key
    };
    let page = &mut isolate.page;
    page.set_double(page::NUMBER2, key.unwrap_or_default() as f64);
    page.set_word(page::STATUS, i32::from(key.is_none()));
}

call!(VaultRelease = vault_release);
/// In: `NUMBER2`, the key of a buffer that is on its way to the vault and is not needed there.
fn vault_release(isolate: &mut Isolate) {
    let key = isolate.page.double(page::NUMBER2) as u64;
    PROCESS.vault.release(key);
}

call!(MakeBlock = make_block);
/// Out: `HANDLE`, of a block that is to be filled.
fn make_block(isolate: &mut Isolate) {
    isolate.give(Handle::Block(Arc::default()));
}

fn block_of(isolate: &Isolate) -> Arc<Block> {
    match isolate.handles.get(isolate.operand_handle()) {
        Some(Handle::Block(block)) => block.clone(),
        _ => raw::fatal("a handle that is no block"),
    }
}

call!(CopyBlock = with copy_block);
/// Argument: a typed array, whose bytes are copied into the block. In: `HANDLE`, `KIND` the code.
fn copy_block(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    if let Some(bytes) = raw::bytes_mut(env, arg) {
        let code = isolate.page.word(page::KIND);
        let _ = block_of(isolate).0.set(Block::copy_of(bytes, code));
    }
    ptr::null_mut()
}

call!(PlaceOf = with place_of);
/// Argument: a typed array. Out: `NUMBER2` its address, 0 for an empty one. What `vaultBlock` is called
/// with next is its memory.
fn place_of(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    isolate.moving = match raw::bytes_mut(env, arg) {
        None | Some([]) => (ptr::null_mut(), 0),
        Some(bytes) => (bytes.as_mut_ptr(), bytes.len()),
    };
    let address = isolate.moving.0.addr();
    isolate.page.set_double(page::NUMBER2, address as f64);
    ptr::null_mut()
}

call!(VaultBlock = vault_block);
/// Fills a block with the memory that `placeOf` was called with, and that has been moved to the vault
/// since, or is in a message to it. In: `HANDLE`; `NUMBER2` the key; `KIND` the code.
fn vault_block(isolate: &mut Isolate) {
    let (data, len) = isolate.moving;
    let key = isolate.page.double(page::NUMBER2) as u64;
    let _ = block_of(isolate).0.set(Memory {
        data,
        len,
        keeper: Keeper::Vault(key),
        code: AtomicI32::new(isolate.page.word(page::KIND)),
        withdrawn: AtomicBool::new(false),
    });
}

call!(BlockKey = block_key);
/// In: `HANDLE`. Out: `NUMBER2`, its key in the vault or 0; `KIND` the code.
fn block_key(isolate: &mut Isolate) {
    let block = block_of(isolate);
    let key = block.key();
    let code = block.0.get().map_or(0, |memory| {
        memory.code.load(Ordering::Relaxed) // written before the value was sent
    });
    isolate.page.set_word(page::KIND, code);
    isolate.page.set_double(page::NUMBER2, key as f64);
}

call!(RecodeBlock = recode_block);
/// A block that arrived goes on, to be seen as something else. In: `HANDLE`, `KIND` the code.
fn recode_block(isolate: &mut Isolate) {
    let code = isolate.page.word(page::KIND);
    if let Some(memory) = block_of(isolate).0.get() {
        // Relaxed: read by whoever receives the value, which is sent after this.
        memory.code.store(code, Ordering::Relaxed);
    }
}

call!(Withdraw = withdraw);
/// The main isolate has taken the buffer out of the vault, for its own use. In: `HANDLE`.
fn withdraw(isolate: &mut Isolate) {
    if let Some(memory) = block_of(isolate).0.get() {
        // Relaxed: read by whoever drops the block, after this isolate has given it back.
        memory.withdrawn.store(true, Ordering::Relaxed);
    }
}

call!(OpenBlock = with open_block);
/// Gives an `ArrayBuffer` over the block's memory, which keeps the block; a copy where the runtime
/// allows no such thing. In: `HANDLE`.
fn open_block(isolate: &mut Isolate, env: sys::napi_env, _: sys::napi_value) -> sys::napi_value {
    let block = block_of(isolate);
    let Some(&Memory { data, len, .. }) = block.0.get() else {
        raw::fatal("a block that was sent before it was filled");
    };
    let keeps = Arc::into_raw(block).cast_mut().cast::<c_void>();
    let mut result = ptr::null_mut();
    // SAFETY: `data` addresses `len` bytes that stay until the block goes, which `keeps` counts as one
    // owner of; `let_go` gives that back, once. Nobody else uses the bytes: see the module's documentation.
    let made = unsafe {
        sys::napi_create_external_arraybuffer(
            env,
            data.cast(),
            len,
            Some(let_go),
            keeps,
            &raw mut result,
        )
    };
    if made == sys::Status::napi_ok {
        return result;
    }
    // SAFETY: as above, for the duration of the copy; refused, the call has not kept `keeps`.
    unsafe {
        let result = raw::array_buffer(env, std::slice::from_raw_parts(data, len));
        drop(Arc::from_raw(keeps.cast::<Block>()));
        result
    }
}

unsafe extern "C" fn let_go(_: sys::napi_env, _: *mut c_void, keeps: *mut c_void) {
    // SAFETY: from `open_block`, which gave its count of the block to this one call.
    drop(unsafe { Arc::from_raw(keeps.cast::<Block>()) });
}

call!(Detach = with detach);
/// Argument: an `ArrayBuffer`. Out: `STATUS` 0 if it is detached now, 1 if it cannot be.
fn detach(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    // SAFETY: Node-API refuses what is no `ArrayBuffer`, or one that must not be detached.
    let detached = unsafe { sys::napi_detach_arraybuffer(env, arg) };
    let status = i32::from(detached != sys::Status::napi_ok);
    isolate.page.set_word(page::STATUS, status);
    ptr::null_mut()
}

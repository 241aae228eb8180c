//! The host as the scheduler sees it: Node, reached through one thread-safe function per isolate.
//!
//! # Who owns what, and in which order it ends
//!
//! A thread-safe function may be called from any thread as long as its environment lives. The map
//! below holds those that may be called; an isolate's cleanup hook takes its entry out, under the
//! lock that every call holds, before the environment goes. So no call ever enters a closing
//! environment. The functions are unreferenced except while JavaScript asks for the contrary.

use gosched_runtime::host::{Host, IsolateId};
use napi::sys;
use std::collections::HashMap;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

#[derive(Clone, Copy)]
struct Waker(sys::napi_threadsafe_function);

// SAFETY: Node-API allows a thread-safe function to be called and released from any thread.
unsafe impl Send for Waker {}

/// All of the process's isolates.
#[derive(Default)]
pub struct NodeHost {
    wakers: Mutex<Wakers>,
    /// Worker isolates that were asked for and that the main thread has not yet been told of.
    wanted: AtomicU32,
}

#[derive(Default)]
struct Wakers {
    of: HashMap<IsolateId, Waker>,
    /// The isolate that starts the others.
    starter: Option<IsolateId>,
}

impl NodeHost {
    pub fn add(&self, id: IsolateId, waker: sys::napi_threadsafe_function, starter: bool) {
        let mut wakers = self.lock();
        wakers.of.insert(id, Waker(waker));
        if starter {
            wakers.starter = Some(id);
        }
    }

    /// Whether somebody can start isolates.
    pub fn has_starter(&self) -> bool {
        self.lock().starter.is_some()
    }

    /// The environment of `id` is about to go: nobody may call it from now on.
    pub fn remove(&self, id: IsolateId) {
        let mut wakers = self.lock();
        if wakers.starter == Some(id) {
            wakers.starter = None;
        }
        if let Some(waker) = wakers.of.remove(&id) {
            // SAFETY: the function is live (its environment's cleanup has only begun), and its one
            // acquisition, from when it was made, is given back here, once.
            unsafe {
                sys::napi_release_threadsafe_function(
                    waker.0,
                    sys::ThreadsafeFunctionReleaseMode::release,
                );
            }
        }
    }

    /// How many isolates to start; asks once.
    pub fn take_wanted(&self) -> u32 {
        // AcqRel: each request is taken by one reader.
        self.wanted.swap(0, Ordering::AcqRel)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Wakers> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(wakers: &Wakers, id: IsolateId) {
        if let Some(waker) = wakers.of.get(&id) {
            // SAFETY: entries are removed, under this lock, before their environment goes. The
            // queue is unbounded, so a non-blocking call is never refused for being full.
            unsafe {
                sys::napi_call_threadsafe_function(
                    waker.0,
                    ptr::null_mut(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                );
            }
        }
    }
}

impl Host for NodeHost {
    fn start_isolate(&self) {
        self.wanted.fetch_add(1, Ordering::AcqRel);
        let wakers = self.lock();
        if let Some(starter) = wakers.starter {
            Self::call(&wakers, starter);
        }
    }

    fn wake_isolate(&self, id: IsolateId) {
        Self::call(&self.lock(), id);
    }
}

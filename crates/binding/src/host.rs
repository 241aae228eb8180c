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

/// What an isolate is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The main thread's.
    Main,
    /// A worker that the scheduler asked for.
    Worker,
    /// A worker of the program's own.
    Guest,
}

#[derive(Clone, Copy)]
struct Waker(sys::napi_threadsafe_function);

// SAFETY: Node-API allows a thread-safe function to be called and released from any thread.
unsafe impl Send for Waker {}

/// All of the process's isolates.
#[derive(Default)]
pub struct NodeHost {
    wakers: Mutex<Wakers>,
    /// Worker isolates that were asked for and that the main thread has not yet been told of; and
    /// [`ORDERS`].
    wanted: AtomicU32,
}

/// The bit of `wanted` that says that there are orders. `ts/internal/page.ts` has the same.
const ORDERS: u32 = 1 << 29;

/// What the starter is to do with an isolate. `ts/internal/page.ts` has the same numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Ask it to end: it is idle.
    End = 0,
    /// Terminate it, whatever it does.
    Kill = 1,
}

#[derive(Default)]
struct Wakers {
    of: HashMap<IsolateId, (Waker, Role)>,
    /// The isolate that starts the others: the main one. A program whose main thread does not use
    /// the library has a guest in its place, and another when that one ends; the workers that it
    /// started end with it, because Node ends a worker with the thread that started it.
    starter: Option<IsolateId>,
    /// What the starter has not been told yet.
    orders: Vec<(IsolateId, Order)>,
}

impl Wakers {
    fn elect(&mut self) {
        let candidates = || {
            self.of
                .iter()
                .filter(|(_, (_, role))| *role != Role::Worker)
        };
        let main = candidates().find(|(_, (_, role))| *role == Role::Main);
        self.starter = main.or_else(|| candidates().next()).map(|(&id, _)| id);
    }
}

impl NodeHost {
    pub fn add(&self, id: IsolateId, waker: sys::napi_threadsafe_function, role: Role) {
        let mut wakers = self.lock();
        wakers.of.insert(id, (Waker(waker), role));
        if role == Role::Main || wakers.starter.is_none() {
            wakers.elect();
            self.call_starter(&wakers);
        }
    }

    /// The environment of `id` is about to go: nobody may call it from now on.
    pub fn remove(&self, id: IsolateId) {
        let mut wakers = self.lock();
        let removed = wakers.of.remove(&id);
        if wakers.starter == Some(id) {
            wakers.elect();
            self.call_starter(&wakers);
        }
        if let Some((waker, _)) = removed {
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

    /// What an isolate is, while it lives.
    pub fn role(&self, id: IsolateId) -> Option<Role> {
        self.lock().of.get(&id).map(|(_, role)| *role)
    }

    /// The worker isolates that are up.
    pub fn workers(&self) -> Vec<IsolateId> {
        let wakers = self.lock();
        let workers = wakers
            .of
            .iter()
            .filter(|(_, (_, role))| *role == Role::Worker);
        workers.map(|(&id, _)| id).collect()
    }

    /// Has the starter do something with an isolate.
    pub fn order(&self, id: IsolateId, order: Order) {
        let mut wakers = self.lock();
        wakers.orders.push((id, order));
        // AcqRel: as in `take_wanted`; the order itself is behind the lock.
        self.wanted.fetch_or(ORDERS, Ordering::AcqRel);
        self.call_starter(&wakers);
    }

    /// The next order, for the starter.
    pub fn take_order(&self, id: IsolateId) -> Option<(IsolateId, Order)> {
        let mut wakers = self.lock();
        if wakers.starter != Some(id) || wakers.orders.is_empty() {
            return None;
        }
        Some(wakers.orders.remove(0))
    }

    /// How many isolates `id` is to start, and whether there are orders; asks once.
    pub fn take_wanted(&self, id: IsolateId) -> u32 {
        // A look first: nearly always there is nothing, and the lock is everybody's.
        if self.wanted.load(Ordering::Acquire) == 0 || self.lock().starter != Some(id) {
            return 0;
        }
        // AcqRel: each request is taken by one reader.
        self.wanted.swap(0, Ordering::AcqRel)
    }

    /// Asks the starter, if there is one, for what is wanted, if anything is.
    fn call_starter(&self, wakers: &Wakers) {
        if self.wanted.load(Ordering::Acquire) > 0
            && let Some(starter) = wakers.starter
        {
            Self::call(wakers, starter);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Wakers> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(wakers: &Wakers, id: IsolateId) {
        if let Some((waker, _)) = wakers.of.get(&id) {
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
        self.call_starter(&self.lock());
    }

    fn end_isolate(&self, id: IsolateId) {
        self.order(id, Order::End);
    }

    fn wake_isolate(&self, id: IsolateId) {
        Self::call(&self.lock(), id);
    }
}

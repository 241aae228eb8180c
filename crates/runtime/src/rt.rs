//! Native goroutines for Rust programs: a scheduler of one's own, and Go's words inside it.
//!
//! ```
//! use gosched_runtime::{Runtime, go};
//! use gosched_runtime::chan::Hchan;
//! use std::sync::Arc;
//!
//! let answer = Runtime::new(2).run(async {
//!     let squares = Arc::new(Hchan::new(0));
//!     for i in 0..3_u64 {
//!         let squares = squares.clone();
//!         go(async move { squares.send(i * i).await });
//!     }
//!     let mut sum = 0;
//!     for _ in 0..3 {
//!         sum += squares.recv().await.unwrap();
//!     }
//!     sum
//! });
//! assert_eq!(answer, 5);
//! ```

use crate::host::{Host, IsolateId};
use crate::sched::{Sched, here};
use crate::task::{JoinHandle, spawn};
#[cfg(loom)]
use loom::future::block_on;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;
#[cfg(not(loom))]
use waiting::block_on;

/// A scheduler for native goroutines alone. Ends, with all its threads, when it is dropped.
pub struct Runtime {
    sched: Arc<Sched<()>>,
}

/// A host without JavaScript: nobody starts JavaScript goroutines, so it is never asked.
struct NoIsolates;

impl Host for NoIsolates {
    fn start_isolate(&self) {}
    fn end_isolate(&self, _: IsolateId) {}
    fn wake_isolate(&self, _: IsolateId) {}
}

impl Runtime {
    /// `procs` is GOMAXPROCS: how many goroutines run at the same time; at least 1, at most
    /// [`MAX_PROCS`](crate::sched::MAX_PROCS). Threads start when there is work.
    pub fn new(procs: usize) -> Self {
        Self {
            sched: Sched::new(procs, Arc::new(NoIsolates)),
        }
    }

    /// The scheduler itself, for what is not here.
    pub fn sched(&self) -> &Arc<Sched<()>> {
        &self.sched
    }

    /// Starts a goroutine.
    pub fn go<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.sched.go(future)
    }

    /// Runs a main goroutine and waits for it, on the calling thread, which is none of the
    /// scheduler's. Goroutines that it leaves behind go on until the runtime is dropped.
    ///
    /// # Panics
    ///
    /// With the main goroutine's message, if that panics; and when called on a native M, which it
    /// would block.
    pub fn run<F>(&self, main: F) -> F::Output
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        assert!(
            here::any(|here| here.is_none()),
            "Runtime::run inside a goroutine would block its thread; await instead"
        );
        block_on(self.go(main)).unwrap_or_else(|panicked| panic!("{panicked}"))
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.sched.shutdown();
    }
}

/// Starts a goroutine in the scheduler of the one that calls.
///
/// # Panics
///
/// Outside a native goroutine; use [`Runtime::go`] there.
#[inline]
#[track_caller]
pub fn go<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    here::any(|here| {
        let here = here.expect("go() outside a native goroutine; use Runtime::go");
        // SAFETY: an M's scheduler stays until every block was given back.
        unsafe { spawn(here.sched(), here.current(), future) }
    })
}

/// As [`go`], for a function that runs to its end without waiting.
///
/// # Panics
///
/// Outside a native goroutine.
#[inline]
#[track_caller]
pub fn go_fn<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    go(async move { f() })
}

/// Lets the others that are ready on this P run first. Go's `runtime.Gosched`.
pub fn yield_now() -> impl Future<Output = ()> {
    let mut yielded = false;
    poll_fn(move |context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

/// Runs something that blocks the thread: a system call, a lock of the operating system's, a library
/// that waits. Other goroutines go on meanwhile, on another thread if need be. Go does this for every
/// system call by itself.
///
/// Outside a native goroutine it just runs it.
pub fn block_in_place<R>(f: impl FnOnce() -> R) -> R {
    let _blocking = Blocking::start();
    f()
}

/// Also over a panic the goroutine has its P back.
struct Blocking {
    /// Not inside another, nor outside a goroutine.
    outermost: bool,
}

impl Blocking {
    fn start() -> Self {
        let outermost = here::any(|here| {
            // SAFETY: an M's scheduler stays while the M runs.
            here.is_some_and(|here| unsafe { here.sched().as_ref() }.start_blocking(here))
        });
        Self { outermost }
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        here::any(|here| {
            if let Some(here) = here.filter(|_| self.outermost) {
                // SAFETY: as above.
                unsafe { here.sched().as_ref() }.stop_blocking(here);
            }
        });
    }
}

#[cfg(not(loom))]
mod waiting {
    use std::future::Future;
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread::Thread;

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// Waits for a future on a thread that has nothing else to do.
    pub(super) fn block_on<F: Future>(future: F) -> F::Output {
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                // A wake-up since the poll makes this return at once: `unpark` leaves a token.
                Poll::Pending => std::thread::park(),
            }
        }
    }
}

//! Operations polled by hand, which shows whether they park; and a runtime with limited patience.

#![allow(dead_code, reason = "each test uses some of it")]

use gosched_runtime::Runtime;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError::Timeout, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// A test that makes no progress for so long is stuck. Far beyond any pause of a busy machine.
const STUCK: Duration = Duration::from_secs(60);

/// An operation under way.
pub struct Op<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + Send + 'a>>,
    wakes: Arc<Wakes>,
    done: bool,
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Starts an operation: looks at it once, as a goroutine does that comes to it.
pub fn start<'a, T>(future: impl Future<Output = T> + Send + 'a) -> Started<'a, T> {
    let mut op = Op {
        future: Box::pin(future),
        wakes: Arc::default(),
        done: false,
    };
    match op.poll() {
        Poll::Ready(output) => Started::Done(output),
        Poll::Pending => Started::Parked(op),
    }
}

pub enum Started<'a, T> {
    Done(T),
    Parked(Op<'a, T>),
}

impl<'a, T> Started<'a, T> {
    #[track_caller]
    pub fn done(self) -> T {
        match self {
            Self::Done(output) => output,
            Self::Parked(_) => panic!("it parked"),
        }
    }

    #[track_caller]
    pub fn parked(self) -> Op<'a, T> {
        match self {
            Self::Done(_) => panic!("it did not park"),
            Self::Parked(op) => op,
        }
    }
}

impl<T> Op<'_, T> {
    fn poll(&mut self) -> Poll<T> {
        assert!(!self.done, "an operation is done once");
        let waker = Waker::from(self.wakes.clone());
        let poll = self.future.as_mut().poll(&mut Context::from_waker(&waker));
        self.done = poll.is_ready();
        poll
    }

    /// It was not woken, and if it looks nevertheless, it parks again.
    #[track_caller]
    pub fn still_parked(&mut self) {
        assert_eq!(self.wakes.0.load(SeqCst), 0, "it was woken");
        assert!(self.poll().is_pending(), "nobody woke it, but it is ready");
    }

    /// It was woken, once, and is done.
    #[track_caller]
    pub fn woken(mut self) -> T {
        assert_eq!(self.wakes.0.load(SeqCst), 1, "it is woken once");
        match self.poll() {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it was woken for nothing"),
        }
    }
}

/// Runs a main goroutine on so many Ps.
pub fn run<F>(procs: usize, main: F) -> F::Output
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (ended, end) = channel();
    let thread = std::thread::spawn(move || {
        let output = Runtime::new(procs).run(main);
        let _ = ended.send(());
        output
    });
    // Gone without a word: it panicked, and the panic goes on below.
    assert_ne!(end.recv_timeout(STUCK), Err(Timeout), "stuck");
    match thread.join() {
        Ok(output) => output,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

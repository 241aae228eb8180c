//! A native goroutine: a future that the scheduler runs on any native M.
//!
//! ```text
//!            go()                 poll: Pending
//!   (new) --------> SCHEDULED <---------------- NOTIFIED
//!                     |   ^                        ^
//!                 run |   | wake                   | wake
//!                     v   |                        |
//!                   RUNNING ------> PARKED      RUNNING
//!                     |     Pending
//!                     v Ready or panic
//!                   DONE
//! ```
//! Exactly one holder may touch the future: whoever moved the task from `SCHEDULED` to `RUNNING`.
//! A task is in a run queue if and only if it is `SCHEDULED`.

use crate::error::Panicked;
use crate::g::{G, State};
use crate::lock::{Lock, Rank};
use crate::loom::{Arc, AtomicU8};
use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc as StdArc; // wakers and trait objects; loom's Arc has neither
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};
use std::task::{Context, Poll, Wake, Waker};

/// Parked: some waker will schedule it.
const PARKED: u8 = 0;
/// In a run queue, or on its way there.
const SCHEDULED: u8 = 1;
/// Being polled.
const RUNNING: u8 = 2;
/// Being polled, and woken meanwhile: it goes back into a queue when the poll ends.
const NOTIFIED: u8 = 3;
/// Ended.
const DONE: u8 = 4;

type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where a woken task goes. The scheduler implements it; models use a plain queue.
pub(crate) trait Schedule: Send + Sync {
    fn schedule(&self, task: StdArc<Task>);
    /// As `schedule`, for a task that was woken while it ran: it yields, so others go first.
    fn schedule_last(&self, task: StdArc<Task>);
    fn ended(&self, g: &G);
}

/// See the module's documentation.
pub(crate) struct Task {
    state: AtomicU8,
    future: Lock<Option<BoxFuture>>,
    g: Arc<G>,
    sched: StdArc<dyn Schedule>,
}

impl Task {
    /// A task in state `SCHEDULED`: the caller queues it.
    pub(crate) fn new<F>(g: Arc<G>, sched: StdArc<dyn Schedule>, future: F) -> StdArc<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        StdArc::new(Self {
            state: AtomicU8::new(SCHEDULED),
            future: Lock::new(Rank::Task, Some(Box::pin(future))),
            g,
            sched,
        })
    }

    /// Polls it once. Called by the M that took it out of a queue.
    pub(crate) fn run(self: StdArc<Self>) {
        // AcqRel: acquires the previous poll's writes, released when it parked.
        let before = self.state.swap(RUNNING, AcqRel);
        debug_assert_eq!(before, SCHEDULED, "only scheduled tasks are in queues");
        let Some(mut future) = self.future.lock().take() else {
            return;
        };
        self.g.set_state(State::Running);
        let waker = Waker::from(self.clone());
        let mut cx = Context::from_waker(&waker);
        // The spawning side's wrapper catches panics and delivers them to the joiner, so nothing
        // unwinds out of `poll`.
        if future.as_mut().poll(&mut cx).is_ready() {
            self.state.store(DONE, Release);
            drop(future);
            self.sched.ended(&self.g);
            return;
        }
        *self.future.lock() = Some(future);
        self.g.set_state(State::Waiting);
        self.after_pending();
    }

    fn after_pending(self: StdArc<Self>) {
        // AcqRel: Release publishes the future put back for the next M; Acquire sees what a waker
        // wrote before it set NOTIFIED.
        if self
            .state
            .compare_exchange(RUNNING, PARKED, AcqRel, Acquire)
            .is_err()
        {
            // AcqRel swap, not a store: a waker that came since and changed nothing is acquired too.
            self.state.swap(SCHEDULED, AcqRel);
            self.g.set_state(State::Runnable);
            let sched = self.sched.clone();
            sched.schedule_last(self);
        }
    }
}

impl Wake for Task {
    fn wake(self: StdArc<Self>) {
        let mut state = self.state.load(Acquire);
        loop {
            let next = match state {
                PARKED => SCHEDULED,
                RUNNING => NOTIFIED,
                DONE => return,
                // Queued or notified already. The exchange below changes nothing, but publishes what
                // this waker did to the poll that is to come. A mere load may be stale: that poll
                // may run already, past the place where it would have seen it.
                same => same,
            };
            // AcqRel: Release publishes what the waker did; pairs with `run` and `after_pending`.
            match self.state.compare_exchange(state, next, AcqRel, Acquire) {
                Ok(_) => break,
                Err(seen) => state = seen,
            }
        }
        if state == PARKED {
            self.g.set_state(State::Runnable);
            let sched = self.sched.clone();
            sched.schedule(self);
        }
    }
}

/// What a native goroutine came to, shared with who joins it.
struct Slot<T> {
    result: Option<Result<T, Panicked>>,
    joiner: Option<Waker>,
    done: bool,
}

/// Awaits a native goroutine's result. Dropping it does not stop the goroutine.
pub struct JoinHandle<T> {
    slot: StdArc<Lock<Slot<T>>>,
    id: u64,
}

/// The future that a native goroutine really runs: the user's, fenced against panics, with its
/// result put where the joiner finds it.
pub(crate) fn joinable<F>(id: u64, future: F) -> (JoinHandle<F::Output>, impl Future<Output = ()>)
where
    F: Future,
{
    let slot = StdArc::new(Lock::new(
        Rank::Task,
        Slot {
            result: None,
            joiner: None,
            done: false,
        },
    ));
    let ours = slot.clone();
    let run = async move {
        let result = CatchPanic(Box::pin(future)).await;
        let joiner = {
            let mut slot = ours.lock();
            slot.result = Some(result);
            slot.done = true;
            slot.joiner.take()
        };
        if let Some(joiner) = joiner {
            joiner.wake();
        }
    };
    (JoinHandle { slot, id }, run)
}

struct CatchPanic<F>(Pin<Box<F>>);

impl<F: Future> Future for CatchPanic<F> {
    type Output = Result<F::Output, Panicked>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(payload) => Poll::Ready(Err(Panicked(message(payload.as_ref())))),
        }
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "(a panic without a message)".to_owned())
}

impl<T> JoinHandle<T> {
    /// The goroutine's number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        self.slot.lock().done
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, Panicked>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.slot.lock();
        if let Some(result) = slot.result.take() {
            return Poll::Ready(result);
        }
        slot.joiner = Some(cx.waker().clone());
        Poll::Pending
    }
}

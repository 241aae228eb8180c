//! tokio: tasks, `sync::mpsc`, `sync::Mutex`.

mod outside;
mod select;
mod timers;

use super::{Ask, Mode};
use crate::cases;
use crate::round::{Case, Measured, measure};
use crate::tasks::{Channel, Counter, Tasks};
use std::future::Future;
use std::ops::DerefMut;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Mutex, mpsc};

pub fn run(ask: Ask<'_>) -> Option<Measured> {
    if ask.case == "outside" {
        return Some(outside::run(&runtime(ask), ask));
    }
    let case = cases::of_tasks::<Tokio>(ask.case)
        .or_else(|| cases::of_channel::<Tokio, Mpsc>(ask.case))
        .or_else(|| cases::of_counter::<Tokio, TokioCounter>(ask.case))
        .or_else(|| select::case(ask.case))
        .or_else(|| timers::case(ask.case))?;
    Some(measure_in_task(case, ask))
}

fn runtime(ask: Ask<'_>) -> Runtime {
    let mut builder = match ask.mode {
        Mode::Current => Builder::new_current_thread(),
        Mode::Multi | Mode::Threads => Builder::new_multi_thread(),
    };
    builder
        .worker_threads(ask.procs)
        .enable_time()
        .build()
        .expect("tokio's threads start")
}

/// In a task, because `block_on`'s own future stays on the thread that called it, which is none of
/// the workers.
pub fn measure_in_task(case: Case, ask: Ask<'_>) -> Measured {
    let task = measure(case, ask.round, ask.warm_up);
    let measured = runtime(ask).block_on(async { tokio::spawn(task).await });
    measured.expect("a case does not panic")
}

pub struct Tokio;

impl Tasks for Tokio {
    fn go<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let started = tokio::spawn(future);
        async move { started.await.expect("a case does not panic") }
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }

    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(duration)
    }
}

struct Mpsc;

impl Channel for Mpsc {
    type Tx = mpsc::Sender<u64>;
    type Rx = mpsc::Receiver<u64>;

    fn new(capacity: usize) -> (Self::Tx, Self::Rx) {
        mpsc::channel(capacity)
    }

    async fn send(tx: &Self::Tx, value: u64) {
        tx.send(value).await.expect("the receiver lives");
    }

    fn recv(rx: &mut Self::Rx) -> impl Future<Output = Option<u64>> + Send {
        rx.recv()
    }

    fn close(tx: Self::Tx) {
        drop(tx);
    }
}

struct TokioCounter(Mutex<u64>);

impl Counter for TokioCounter {
    fn new() -> Self {
        Self(Mutex::new(0))
    }

    fn lock(&self) -> impl Future<Output: DerefMut<Target = u64> + Send> + Send {
        self.0.lock()
    }
}

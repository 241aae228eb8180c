//! gosched itself.

mod outside;
mod select;
mod timers;

use crate::cases;
use crate::round::{Case, Measured, Round, measure};
use crate::tasks::{Channel, Counter, SharedChannel, Tasks};
use gosched_runtime::Runtime;
use gosched_runtime::chan::Hchan;
use gosched_runtime::sync::Mutex;
use std::future::Future;
use std::ops::DerefMut;
use std::sync::Arc;
use std::time::Duration;

/// Measures the case of this name; `None`: there is none.
pub fn run(name: &str, procs: usize, round: Round, warm_up: u64) -> Option<Measured> {
    let runtime = Runtime::new(procs);
    if name == "outside" {
        return Some(outside::run(&runtime, round, warm_up));
    }
    let case = case(name)?;
    Some(runtime.run(measure(case, round, warm_up)))
}

/// The case of this name, to be run in a goroutine.
fn case(name: &str) -> Option<Case> {
    cases::of_tasks::<Gosched>(name)
        .or_else(|| cases::of_channel::<Gosched, Chan>(name))
        .or_else(|| cases::of_shared_channel::<Gosched, Chan>(name))
        .or_else(|| cases::of_counter::<Gosched, LockedCounter>(name))
        .or_else(|| select::case(name))
        .or_else(|| timers::case(name))
}

struct Gosched;

impl Tasks for Gosched {
    fn go<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let started = gosched_runtime::go(future);
        async move { started.await.expect("a case does not panic") }
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        gosched_runtime::yield_now()
    }

    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send {
        gosched_runtime::time::sleep(duration)
    }
}

struct Chan;

impl Channel for Chan {
    type Tx = Arc<Hchan<u64>>;
    type Rx = Arc<Hchan<u64>>;

    fn new(capacity: usize) -> (Self::Tx, Self::Rx) {
        let channel = Arc::new(Hchan::new(capacity));
        (channel.clone(), channel)
    }

    async fn send(tx: &Self::Tx, value: u64) {
        tx.send(value).await.expect("nobody closes it yet");
    }

    fn recv(rx: &mut Self::Rx) -> impl Future<Output = Option<u64>> + Send {
        rx.recv()
    }

    fn close(tx: Self::Tx) {
        // Fails if it is closed already, which it is not.
        let _ = tx.close();
    }
}

impl SharedChannel for Chan {
    fn share(rx: &Self::Rx) -> Self::Rx {
        rx.clone()
    }
}

struct LockedCounter(Mutex<u64>);

impl Counter for LockedCounter {
    fn new() -> Self {
        Self(Mutex::new(0))
    }

    fn lock(&self) -> impl Future<Output: DerefMut<Target = u64> + Send> + Send {
        self.0.lock()
    }
}

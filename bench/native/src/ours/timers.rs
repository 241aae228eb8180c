use crate::cases::timers::Plan;
use crate::round::{Case, Outcome, Round};
use gosched_runtime::chan::Hchan;
use gosched_runtime::time::Timer;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

pub fn case(name: &str) -> Option<Case> {
    Some(match name {
        "timers-stop" => |round| Box::pin(async move { stop(round) }),
        "timers-fire" => |round| Box::pin(fire(round)),
        _ => return None,
    })
}

/// Creates `size` timers that are far from due, then stops them; `n / size` times.
fn stop(round: Round) -> Outcome {
    let mut timers = Vec::with_capacity(round.size);
    let mut stopped = 0;
    for _ in 0..round.n / round.size as u64 {
        for i in 0..round.size as u64 {
            let due = Duration::from_millis(3_600_000 + i % 1000);
            timers.push(Timer::after_func(due, || {}));
        }
        for timer in timers.drain(..) {
            stopped += u64::from(timer.stop());
        }
    }
    stopped.into()
}

/// Creates `n` timers, all of which are pending before the first is due.
async fn fire(round: Round) -> Outcome {
    let fired = Arc::new(AtomicU64::new(0));
    let done = Arc::new(Hchan::<()>::new(0));
    let plan = Plan::new(round.n);
    for i in 0..round.n {
        let (fired, done) = (fired.clone(), done.clone());
        // A timer that is dropped still fires.
        drop(Timer::after_func(plan.wait(i), move || {
            if fired.fetch_add(1, Relaxed) + 1 == round.n {
                let _ = done.close();
            }
        }));
    }
    let created = Instant::now();
    done.recv().await;
    Outcome {
        checksum: fired.load(Relaxed),
        total: Some(plan.busy(created, Instant::now())),
    }
}

use crate::round::{Outcome, Round};
use crate::tasks::Tasks;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// `n` goroutines that sleep at once.
pub async fn sleepers<T: Tasks>(round: Round) -> Outcome {
    let plan = Plan::new(round.n);
    let asleep = Arc::new(AtomicU64::new(0));
    let started: Vec<_> = (0..round.n)
        .map(|i| {
            let asleep = asleep.clone();
            T::go(async move {
                asleep.fetch_add(1, Relaxed);
                T::sleep(plan.wait(i)).await;
                1
            })
        })
        .collect();
    while asleep.load(Relaxed) < round.n {
        T::yield_now().await;
    }
    let created = Instant::now();
    let mut awake = 0;
    for goroutine in started {
        awake += goroutine.await;
    }
    Outcome {
        checksum: awake,
        total: Some(plan.busy(created, Instant::now())),
    }
}

/// When `n` timers are due: `n` microseconds from the start, so that all can be pending before the
/// first fires, spread over a millisecond.
#[derive(Clone, Copy)]
pub struct Plan {
    start: Instant,
    n: u64,
}

impl Plan {
    pub fn new(n: u64) -> Self {
        Self {
            start: Instant::now(),
            n,
        }
    }

    /// How long from now until the `i`th is due.
    pub fn wait(&self, i: u64) -> Duration {
        let due = Duration::from_micros(self.n + i % 1000);
        due.saturating_sub(self.start.elapsed())
    }

    /// The time in nanoseconds that the timers took, without the time in which all were pending and
    /// none was due.
    pub fn busy(&self, created: Instant, fired: Instant) -> u64 {
        let last = self.n + self.n.min(1000) - 1;
        let due = created.max(self.start + Duration::from_micros(last));
        let busy = (created - self.start) + (fired - due);
        busy.as_nanos() as u64
    }
}

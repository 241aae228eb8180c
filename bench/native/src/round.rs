//! One run of a case, and what it gives.

use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

/// What a case is asked to do.
#[derive(Clone, Copy)]
pub struct Round {
    /// Operations. The numbers on the clock are divided by it.
    pub n: u64,
    /// The shape of the case: a capacity, a number of goroutines.
    pub size: usize,
}

/// What a case gives.
pub struct Outcome {
    /// A sum that it can only know by having done the work.
    pub checksum: u64,
    /// What it measured, if it is not to be timed as a whole: nanoseconds or bytes.
    pub total: Option<u64>,
}

impl From<u64> for Outcome {
    fn from(checksum: u64) -> Self {
        Self {
            checksum,
            total: None,
        }
    }
}

/// A case under way.
pub type Running = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A case as an asynchronous runtime starts it.
pub type Case = fn(Round) -> Running;

/// What was asked for, measured.
pub struct Measured {
    pub checksum: u64,
    /// Nanoseconds, or bytes where the case measures memory.
    pub total: u64,
}

impl Measured {
    /// `outcome` was reached in the time since `start`.
    fn since(start: Instant, outcome: &Outcome) -> Self {
        let elapsed = start.elapsed().as_nanos() as u64;
        Self {
            checksum: outcome.checksum,
            total: outcome.total.unwrap_or(elapsed),
        }
    }
}

/// Measures a case in the goroutine that awaits this, after a run of `warm_up` operations.
pub async fn measure(case: Case, round: Round, warm_up: u64) -> Measured {
    if warm_up > 0 {
        case(Round {
            n: warm_up,
            ..round
        })
        .await;
    }
    let start = Instant::now();
    let outcome = case(round).await;
    Measured::since(start, &outcome)
}

/// As `measure`, for a case that blocks its thread.
pub fn measure_blocking(case: impl Fn(Round) -> Outcome, round: Round, warm_up: u64) -> Measured {
    if warm_up > 0 {
        case(Round {
            n: warm_up,
            ..round
        });
    }
    let start = Instant::now();
    let outcome = case(round);
    Measured::since(start, &outcome)
}

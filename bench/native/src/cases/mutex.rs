use crate::round::{Outcome, Round};
use crate::tasks::{Counter, Tasks};
use std::sync::Arc;

/// Locks, counts and unlocks `n` times in one goroutine.
pub async fn uncontended<M: Counter>(round: Round) -> Outcome {
    let counter = M::new();
    for _ in 0..round.n {
        *counter.lock().await += 1;
    }
    let count = *counter.lock().await;
    count.into()
}

/// Shares the `n` turns among `size` goroutines.
pub async fn contended<T: Tasks, M: Counter>(round: Round) -> Outcome {
    let counter = Arc::new(M::new());
    let share = round.n / round.size as u64;
    let started: Vec<_> = (0..round.size)
        .map(|_| {
            let counter = counter.clone();
            T::go(async move {
                for _ in 0..share {
                    *counter.lock().await += 1;
                }
            })
        })
        .collect();
    for goroutine in started {
        goroutine.await;
    }
    let count = *counter.lock().await;
    count.into()
}

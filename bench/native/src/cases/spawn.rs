use crate::round::{Outcome, Round};
use crate::tasks::Tasks;

/// Starts `n` goroutines, each after the last has given its result.
pub async fn join<T: Tasks>(round: Round) -> Outcome {
    let mut sum = 0;
    for i in 0..round.n {
        sum += T::go(async move { i }).await;
    }
    sum.into()
}

/// Starts `size` goroutines, then waits for all of them; `n / size` times.
pub async fn flood<T: Tasks>(round: Round) -> Outcome {
    let mut sum = 0;
    for _ in 0..round.n / round.size as u64 {
        let started: Vec<_> = (0..round.size as u64)
            .map(|i| T::go(async move { i }))
            .collect();
        for goroutine in started {
            sum += goroutine.await;
        }
    }
    sum.into()
}

/// `size` goroutines that yield `n` times together.
pub async fn yields<T: Tasks>(round: Round) -> Outcome {
    let share = round.n / round.size as u64;
    let started: Vec<_> = (0..round.size)
        .map(|_| T::go(yield_times::<T>(share)))
        .collect();
    let mut sum = 0;
    for goroutine in started {
        sum += goroutine.await;
    }
    sum.into()
}

async fn yield_times<T: Tasks>(times: u64) -> u64 {
    let mut count = 0;
    for _ in 0..times {
        T::yield_now().await;
        count += 1;
    }
    count
}

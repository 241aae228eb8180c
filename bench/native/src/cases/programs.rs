use crate::round::{Outcome, Round};
use crate::tasks::{Channel, Tasks};
use std::future::Future;

/// A tree of goroutines, ten children to each, with `size` leaves that give their number;
/// `n / size` times. <https://github.com/atemerev/skynet>
pub async fn skynet<T: Tasks, C: Channel>(round: Round) -> Outcome {
    let mut sum = 0;
    for _ in 0..round.n / round.size as u64 {
        let (tx, mut result) = C::new(1);
        drop(T::go(skynet_node::<T, C>(tx, 0, round.size as u64)));
        sum += C::recv(&mut result).await.expect("the root gives its sum");
    }
    sum.into()
}

#[expect(
    clippy::manual_async_fn,
    reason = "it starts itself, so whether it is `Send` must be said: it cannot be inferred"
)]
fn skynet_node<T: Tasks, C: Channel>(
    parent: C::Tx,
    first: u64,
    leaves: u64,
) -> impl Future<Output = ()> + Send {
    async move {
        if leaves == 1 {
            C::send(&parent, first).await;
            return;
        }
        // Room for every child's result, so that none waits for its parent.
        let (tx, mut results) = C::new(10);
        let share = leaves / 10;
        for i in 0..10 {
            drop(T::go(skynet_node::<T, C>(
                tx.clone(),
                first + i * share,
                share,
            )));
        }
        let mut sum = 0;
        for _ in 0..10 {
            sum += C::recv(&mut results).await.expect("each child gives a sum");
        }
        C::send(&parent, sum).await;
    }
}

/// Finds the primes up to `size` with a chain of goroutines, one for each prime; `n` times.
pub async fn sieve<T: Tasks, C: Channel>(round: Round) -> Outcome {
    let mut sum = 0;
    for _ in 0..round.n {
        let (tx, mut numbers) = C::new(0);
        drop(T::go(generate::<C>(round.size as u64, tx)));
        while let Some(prime) = C::recv(&mut numbers).await {
            sum += prime;
            let (tx, rest) = C::new(0);
            drop(T::go(filter::<C>(prime, numbers, tx)));
            numbers = rest;
        }
    }
    sum.into()
}

async fn generate<C: Channel>(last: u64, numbers: C::Tx) {
    for i in 2..=last {
        C::send(&numbers, i).await;
    }
    C::close(numbers);
}

async fn filter<C: Channel>(prime: u64, mut from: C::Rx, to: C::Tx) {
    while let Some(v) = C::recv(&mut from).await {
        if !v.is_multiple_of(prime) {
            C::send(&to, v).await;
        }
    }
    C::close(to);
}

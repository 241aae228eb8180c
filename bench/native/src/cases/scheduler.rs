use crate::round::{Outcome, Round};
use crate::tasks::{Channel, Tasks};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Passes a number `n` times round a ring of `size` goroutines. Each readies its neighbour and
/// parks; on one P, a hop is a channel operation and a pop of the local queue.
pub async fn ring<T: Tasks, C: Channel>(round: Round) -> Outcome {
    let laps = round.n / round.size as u64;
    let (txs, rxs): (Vec<_>, Vec<_>) = (0..round.size).map(|_| C::new(1)).unzip();
    let mut next = txs.iter().skip(1).chain(&txs).cloned();
    let started: Vec<_> = rxs
        .into_iter()
        .map(|mut from| {
            let to = next.next().expect("each has a neighbour");
            T::go(async move {
                for _ in 0..laps {
                    let v = C::recv(&mut from).await.expect("the ring stays open");
                    C::send(&to, v + 1).await;
                }
                from
            })
        })
        .collect();
    C::send(&txs[0], 0).await;
    let mut ends = Vec::new();
    for goroutine in started {
        ends.push(goroutine.await);
    }
    let passed = C::recv(&mut ends[0]).await;
    passed.expect("the number is back at the start").into()
}

/// Starts `size` goroutines at a time and keeps its P busy until they have ended: they run only
/// where they are stolen to. All but the last of each batch: a scheduler may keep for the P the one
/// that was readied last, and tokio always does.
pub async fn steal<T: Tasks>(round: Round) -> Outcome {
    let ran = Arc::new(AtomicU64::new(0));
    let mut started = 0;
    while started < round.n {
        for _ in 0..round.size {
            let ran = ran.clone();
            drop(T::go(async move {
                ran.fetch_add(1, Relaxed);
            }));
        }
        started += round.size as u64;
        while ran.load(Relaxed) < started - 1 {
            std::hint::spin_loop();
        }
    }
    while ran.load(Relaxed) < round.n {
        T::yield_now().await;
    }
    ran.load(Relaxed).into()
}

//! Go's channels between goroutines, or threads, that race: cases of the conformance catalogue, by
//! number. What one goroutine alone can show is in `conformance_chan.rs`.

#![cfg(not(loom))]

mod by_hand;

use by_hand::run;
use gosched_runtime::chan::Hchan;
use gosched_runtime::error::{CloseError, SendError, TryRecvError, TrySendError};
use gosched_runtime::{go, yield_now};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};

type Chan = Hchan<u64>;

/// A channel that holds so many values, from 0 up.
fn holding(capacity: usize, values: usize) -> Chan {
    let chan = Chan::new(capacity);
    (0..values as u64).for_each(|value| chan.try_send(value).unwrap());
    chan
}

#[test]
fn ch_009_and_ch_010_a_stream_keeps_its_order() {
    run(4, async {
        for capacity in (0..40).chain([63, 64, 65, 127, 128, 199]) {
            let chan = Arc::new(Chan::new(capacity));
            let sends = chan.clone();
            let sender = go(async move {
                for i in 0..100 {
                    sends.send(i).await.unwrap();
                }
            });
            for i in 0..100 {
                assert_eq!(chan.recv().await, Some(i), "capacity {capacity}");
            }
            sender.await.unwrap();
        }
    });
}

#[test]
fn ch_011_many_to_many_loses_and_doubles_nothing() {
    const SIDES: u64 = 4;
    const EACH: u64 = 1000;
    run(4, async {
        for capacity in [0, 1, 2, 33, 199] {
            let chan = Arc::new(Chan::new(capacity));
            for _ in 0..SIDES {
                let chan = chan.clone();
                drop(go(async move {
                    for i in 0..EACH {
                        chan.send(i).await.unwrap();
                    }
                }));
            }
            let receivers: Vec<_> = (0..SIDES)
                .map(|_| {
                    let chan = chan.clone();
                    go(async move {
                        let mut got = Vec::new();
                        for _ in 0..EACH {
                            got.push(chan.recv().await.unwrap());
                        }
                        got
                    })
                })
                .collect();
            let mut times = HashMap::new();
            for receiver in receivers {
                for value in receiver.await.unwrap() {
                    *times.entry(value).or_insert(0) += 1;
                }
            }
            assert_eq!(times.len() as u64, EACH);
            assert!(times.values().all(|&count| count == SIDES));
        }
    });
}

#[test]
fn ch_017_a_closed_channel_never_looks_merely_empty() {
    const ROUNDS: usize = 10_000;
    let meet = Barrier::new(2);
    let chans: Vec<Chan> = (0..ROUNDS).map(|_| holding(1, 1)).collect();
    std::thread::scope(|s| {
        s.spawn(|| {
            for chan in &chans {
                meet.wait();
                assert_ne!(chan.try_recv(), Err(TryRecvError::Empty));
            }
        });
        for chan in &chans {
            meet.wait();
            chan.close().unwrap();
            assert_ne!(chan.try_recv(), Err(TryRecvError::Empty));
        }
    });
}

#[test]
fn ch_033_nobody_woken_by_close_sees_the_channel_open() {
    run(4, async {
        for capacity in [0, 1, 64] {
            let chan = Arc::new(Chan::new(capacity));
            let parked: Vec<_> = (0..50)
                .map(|_| {
                    let chan = chan.clone();
                    go(async move {
                        assert_eq!(chan.recv().await, None);
                        assert!(chan.is_closed());
                        assert_eq!(chan.close(), Err(CloseError));
                        assert_eq!(chan.send(1).await, Err(SendError(1)));
                    })
                })
                .collect();
            while chan.waiters().0 < 50 {
                yield_now().await;
            }
            chan.close().unwrap();
            for goroutine in parked {
                goroutine.await.unwrap();
            }
        }
    });
}

#[test]
fn ch_039_goroutines_that_wait_for_their_turn_get_values_in_turn() {
    run(4, async {
        let chan = Arc::new(Chan::new(0));
        let first = Arc::new(Hchan::new(0));
        let mut turn: Arc<Hchan<()>> = first.clone();
        for i in 0..10 {
            let (mine, next) = (turn, Arc::new(Hchan::new(0)));
            turn = next.clone();
            let chan = chan.clone();
            drop(go(async move {
                mine.recv().await.unwrap();
                assert_eq!(chan.recv().await, Some(i));
                next.send(()).await.unwrap();
            }));
        }
        first.send(()).await.unwrap();
        for i in 0..10 {
            chan.send(i).await.unwrap();
        }
        turn.recv().await.unwrap();
    });
}

#[test]
fn ch_042_a_closed_channel_never_looks_merely_full() {
    const ROUNDS: usize = 10_000;
    let meet = Barrier::new(2);
    let chans: Vec<Chan> = (0..ROUNDS).map(|i| holding(i % 3, i % 3)).collect();
    std::thread::scope(|s| {
        s.spawn(|| {
            for chan in &chans {
                meet.wait();
                let sent = chan.try_send(7);
                let closed = chan.is_closed();
                assert!(sent.is_err());
                // It was full at some instant, or closed; and once closed, for ever.
                let after = chan.try_send(8);
                assert!(!closed || after == Err(TrySendError::Closed(8)));
            }
        });
        for chan in &chans {
            meet.wait();
            chan.close().unwrap();
            assert_eq!(chan.try_send(9), Err(TrySendError::Closed(9)));
        }
    });
}

#[test]
fn ch_049_many_workers_range_over_jobs_until_they_are_closed() {
    const WORKERS: usize = 23;
    const ITEMS: u64 = if cfg!(debug_assertions) {
        27_182
    } else {
        271_828
    };
    let (count, sum) = run(4, async {
        let (jobs, results) = (Arc::new(Chan::new(23)), Arc::new(Chan::new(31)));
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| {
                let (jobs, results) = (jobs.clone(), results.clone());
                go(async move {
                    while let Some(job) = jobs.recv().await {
                        if job % 3 == 0 {
                            yield_now().await; // mixes the order up
                        }
                        results.send(job).await.unwrap();
                    }
                })
            })
            .collect();
        let feeds = results.clone();
        drop(go(async move {
            for item in 0..ITEMS {
                jobs.send(item * 7).await.unwrap();
            }
            jobs.close().unwrap();
            for worker in workers {
                worker.await.unwrap();
            }
            feeds.close().unwrap();
        }));
        let (mut count, mut sum) = (0, 0);
        while let Some(result) = results.recv().await {
            count += 1;
            sum += result;
        }
        (count, sum)
    });
    assert_eq!((count, sum), (ITEMS, 7 * ITEMS * (ITEMS - 1) / 2));
}

#[test]
fn ch_050_and_ch_051_a_range_yields_the_rest_and_ends() {
    run(1, async {
        for held in [0, 1, 5] {
            let chan = holding(5, held);
            chan.close().unwrap();
            let mut seen = 0;
            while let Some(value) = chan.recv().await {
                assert_eq!(value, seen);
                seen += 1;
            }
            assert_eq!(seen, held as u64);
        }
    });
}

#[test]
fn ch_057_a_value_travels_through_ten_thousand_goroutines() {
    const GOROUTINES: usize = 10_000;
    let arrived = run(4, async {
        let leftmost = Arc::new(Chan::new(0));
        let mut left = leftmost.clone();
        let mut chain = Vec::new();
        for _ in 0..GOROUTINES {
            let right = Arc::new(Chan::new(0));
            let (from, to) = (right.clone(), left);
            chain.push(go(async move {
                let value = from.recv().await.unwrap();
                to.send(value + 1).await.unwrap();
            }));
            left = right;
        }
        let rightmost = left;
        drop(go(async move { rightmost.send(0).await }));
        let arrived = leftmost.recv().await.unwrap();
        for goroutine in chain {
            goroutine.await.unwrap();
        }
        arrived
    });
    assert_eq!(arrived, GOROUTINES as u64);
}

#[test]
fn ch_067_the_prime_sieve() {
    let primes = run(2, async {
        let mut from = Arc::new(Chan::new(0));
        let numbers = from.clone();
        drop(go(async move {
            for n in 2.. {
                if numbers.send(n).await.is_err() {
                    return;
                }
            }
        }));
        let mut primes = Vec::new();
        for _ in 0..25 {
            let prime = from.recv().await.unwrap();
            primes.push(prime);
            let (left, right) = (from, Arc::new(Chan::new(0)));
            from = right.clone();
            drop(go(async move {
                while let Some(n) = left.recv().await {
                    if n % prime != 0 && right.send(n).await.is_err() {
                        return;
                    }
                }
            }));
        }
        primes // those left over do not keep the program
    });
    assert_eq!(primes[..5], [2, 3, 5, 7, 11]);
    assert_eq!(primes[24], 97);
}

#[test]
fn ch_072_two_close_and_one_succeeds() {
    let meet = Barrier::new(2);
    let chans: Vec<Chan> = (0..5_000).map(|i| Chan::new(i % 3)).collect();
    let closed = AtomicUsize::new(0);
    let close_all = || {
        for chan in &chans {
            meet.wait();
            match chan.close() {
                Ok(()) => closed.fetch_add(1, SeqCst),
                Err(CloseError) => 0,
            };
        }
    };
    std::thread::scope(|s| {
        s.spawn(close_all);
        close_all();
    });
    assert_eq!(closed.into_inner(), chans.len());
}

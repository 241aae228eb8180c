//! Native goroutines: spawn, join, panic, yield, and channels, alone and with isolates.

#![cfg(not(loom))]

mod fake_isolates;

use fake_isolates::{Runtime, Started, eventually};
use gosched_runtime::JoinHandle;
use gosched_runtime::chan::Hchan;
use gosched_runtime::error::Panicked;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

fn runtime(procs: usize) -> Runtime {
    Runtime::new(procs, |isolate, started: Started| {
        isolate.end(started, Ok(started.args));
    })
}

/// Lets other goroutines run.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Joins from the test's thread.
fn join<T>(mut handle: JoinHandle<T>) -> Result<T, Panicked> {
    eventually("a goroutine ends", || handle.is_done());
    let mut cx = Context::from_waker(Waker::noop());
    match Pin::new(&mut handle).poll(&mut cx) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("done without a result"),
    }
}

#[test]
fn a_goroutine_runs_once_and_is_joined() {
    let runtime = runtime(4);
    let runs = Arc::new(AtomicU64::new(0));
    let handles: Vec<_> = (0..10_000)
        .map(|i| {
            let runs = runs.clone();
            runtime.sched.go(async move {
                runs.fetch_add(1, SeqCst);
                i
            })
        })
        .collect();
    for (i, handle) in handles.into_iter().enumerate() {
        assert_eq!(join(handle), Ok(i));
    }
    assert_eq!(runs.load(SeqCst), 10_000);
    runtime.end();
}

#[test]
fn a_goroutine_joins_those_it_started() {
    let runtime = runtime(3);
    let sched = runtime.sched.clone();
    let total = runtime.sched.go(async move {
        let children: Vec<_> = (0..1_000_u64)
            .map(|i| {
                sched.go(async move {
                    yield_now().await;
                    i
                })
            })
            .collect();
        let mut total = 0;
        for child in children {
            total += child.await.unwrap();
        }
        total
    });
    assert_eq!(join(total), Ok(999 * 1_000 / 2));
    runtime.end();
}

#[test]
fn a_panic_ends_its_goroutine_alone() {
    let runtime = runtime(2);
    let panics = runtime.sched.go(async {
        yield_now().await;
        std::panic::resume_unwind(Box::new("boom")) // panics without the report on stderr
    });
    let lives = runtime.sched.go(async { 1 });
    let outcome: Result<(), _> = join(panics);
    assert_eq!(outcome, Err(Panicked("boom".into())));
    assert_eq!(join(lives), Ok(1));
    runtime.end();
}

#[test]
fn one_that_yields_lets_one_it_started_run() {
    let runtime = runtime(1);
    let sched = runtime.sched.clone();
    let waits = runtime.sched.go(async move {
        let ran = Arc::new(AtomicBool::new(false));
        let flag = ran.clone();
        drop(sched.go(async move { flag.store(true, SeqCst) }));
        while !ran.load(SeqCst) {
            yield_now().await;
        }
    });
    assert_eq!(join(waits), Ok(()));
    runtime.end();
}

#[test]
fn a_pair_that_hand_values_to_each_other_lets_a_third_run() {
    let runtime = runtime(1);
    let sched = runtime.sched.clone();
    let over = Arc::new(AtomicBool::new(false));
    let done = runtime.sched.go(async move {
        let (there, back) = (Arc::new(Hchan::new(0)), Arc::new(Hchan::new(0)));
        let flag = over.clone();
        drop(sched.go(async move { flag.store(true, SeqCst) }));
        let (requests, answers) = (there.clone(), back.clone());
        let peer = sched.go(async move {
            while let Some(n) = requests.recv().await {
                answers.send(n + 1).await.unwrap();
            }
        });
        let mut n = 0;
        while !over.load(SeqCst) {
            there.send(n).await.unwrap();
            n = back.recv().await.unwrap();
        }
        there.close().unwrap();
        peer.await.unwrap();
    });
    assert_eq!(join(done), Ok(()));
    runtime.end();
}

#[test]
fn as_many_run_at_once_as_there_are_ps() {
    const PROCS: usize = 4;
    let runtime = runtime(PROCS);
    for _ in 0..200 {
        let meet = Arc::new(Barrier::new(PROCS));
        let handles: Vec<_> = (0..PROCS)
            .map(|_| {
                let meet = meet.clone();
                // Blocks its thread, as a long computation would.
                runtime.sched.go(async move { meet.wait().is_leader() })
            })
            .collect();
        for handle in handles {
            join(handle).unwrap();
        }
    }
    runtime.end();
}

#[test]
fn ping_pong_at_every_capacity() {
    const ROUNDS: u64 = 20_000;
    let runtime = runtime(2);
    for capacity in [0, 1, 2, 64] {
        let (there, back) = (
            Arc::new(Hchan::new(capacity)),
            Arc::new(Hchan::new(capacity)),
        );
        let (requests, answers) = (there.clone(), back.clone());
        let answering = runtime.sched.go(async move {
            while let Some(n) = requests.recv().await {
                answers.send(n + 1).await.unwrap();
            }
            answers.close().unwrap();
        });
        let asking = runtime.sched.go(async move {
            let mut n = 0;
            while n < ROUNDS {
                there.send(n).await.unwrap();
                n = back.recv().await.unwrap();
            }
            there.close().unwrap();
            back.recv().await
        });
        assert_eq!(join(asking), Ok(None), "capacity {capacity}");
        assert_eq!(join(answering), Ok(()));
    }
    runtime.end();
}

#[test]
fn native_and_javascript_goroutines_share_channels() {
    const N: u64 = 2_000;
    for capacity in [0, 1, 2, 64] {
        let (there, back) = (
            Arc::new(Hchan::new(capacity)),
            Arc::new(Hchan::new(capacity)),
        );
        let (requests, answers) = (there.clone(), back.clone());
        let mut runtime = Runtime::new(2, move |isolate, started| {
            serve(isolate, started, requests.clone(), answers.clone());
        });
        (0..2).for_each(|i| runtime.main.go(i));
        let sends = there.clone();
        let sender = runtime.sched.go(async move {
            for n in 1..=N {
                sends.send(n).await.unwrap();
            }
            sends.close().unwrap();
        });
        let sum = runtime.sched.go(async move {
            let mut sum = 0;
            for _ in 0..N {
                sum += back.recv().await.unwrap();
            }
            sum
        });
        assert_eq!(join(sender), Ok(()));
        assert_eq!(join(sum), Ok(2 * (N * (N + 1) / 2)), "capacity {capacity}");
        assert_eq!(runtime.wait_for_ends(2), [Ok(0), Ok(0)]);
        runtime.end();
    }
}

/// A JavaScript goroutine that doubles numbers until `requests` is closed.
fn serve(
    isolate: &mut fake_isolates::Isolate,
    started: Started,
    requests: Arc<Hchan<u64>>,
    answers: Arc<Hchan<u64>>,
) {
    let from = requests.clone();
    isolate.recv(&from, move |isolate, n| {
        let Some(n) = n else {
            return isolate.end(started, Ok(0));
        };
        let to = answers.clone();
        isolate.send(&to, 2 * n, move |isolate, sent| {
            assert!(sent);
            serve(isolate, started, requests, answers);
        });
    });
}

#[test]
fn an_isolate_gets_the_only_p_beside_busy_native_goroutines() {
    let mut runtime = runtime(1);
    let over = Arc::new(AtomicBool::new(false));
    let busy: Vec<_> = (0..4)
        .map(|_| {
            let over = over.clone();
            runtime.sched.go(async move {
                while !over.load(SeqCst) {
                    let start = Instant::now();
                    while start.elapsed() < Duration::from_micros(100) {}
                    yield_now().await;
                }
            })
        })
        .collect();
    let start = Instant::now();
    for i in 0..30 {
        runtime.main.go(i);
        assert_eq!(runtime.wait_for_ends(1), [Ok(i)]);
    }
    // A share of 61 turns is 6 ms. Without a P kept for the isolate, each took half a second.
    let took = start.elapsed();
    assert!(took < Duration::from_secs(4), "30 goroutines took {took:?}");
    over.store(true, SeqCst);
    for handle in busy {
        join(handle).unwrap();
    }
    runtime.end();
}

#[test]
fn native_work_queued_while_an_isolate_holds_the_only_p_runs_when_it_parks() {
    let chan = Arc::new(Hchan::new(0));
    let answers = chan.clone();
    let mut runtime = Runtime::new(1, move |isolate, started: Started| {
        let (sends, n) = (answers.clone(), started.args);
        drop(
            isolate
                .sched()
                .go(async move { sends.send(n + 1).await.unwrap() }),
        );
        let receives = answers.clone();
        isolate.recv(&receives, move |isolate, n| {
            isolate.end(started, Ok(n.unwrap()));
        });
    });
    for i in 0..200 {
        runtime.main.go(i);
        assert_eq!(runtime.wait_for_ends(1), [Ok(i + 1)]);
    }
    runtime.end();
}

#[test]
fn a_served_receive_that_is_dropped_gives_its_value_to_the_next() {
    for capacity in [0, 1, 2, 64] {
        let runtime = runtime(2);
        let chan = Arc::new(Hchan::new(capacity));
        let mut given_up = Box::pin(chan.recv());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(given_up.as_mut().poll(&mut cx).is_pending());
        let receives = chan.clone();
        let next = runtime.sched.go(async move { receives.recv().await });
        eventually("the next one has parked", || chan.waiters().0 == 2);
        chan.try_send(7).unwrap();
        assert_eq!(chan.waiters().0, 1, "the first in line was served");
        drop(given_up);
        assert_eq!(join(next), Ok(Some(7)), "capacity {capacity}");
        runtime.end();
    }
}

#[test]
fn goroutines_that_are_still_ready_do_not_hold_up_a_shutdown() {
    let runtime = runtime(2);
    for _ in 0..10 {
        drop(runtime.sched.go(poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        })));
    }
    runtime.stop();
}

#[test]
fn a_goroutine_that_starts_after_the_end_is_told_and_keeps_its_scheduler() {
    let runtime = gosched_runtime::Runtime::new(2);
    let sched = runtime.sched().clone();
    drop(runtime);
    let handle = sched.go(async { 1 });
    assert!(handle.is_done());
    let gone = Arc::downgrade(&sched);
    drop(sched);
    assert!(gone.upgrade().is_some(), "the handle's block is its memory");
    assert!(join(handle).is_err());
    assert!(gone.upgrade().is_none());
}

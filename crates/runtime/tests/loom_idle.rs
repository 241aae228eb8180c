//! The idle protocol of native Ms, in the scheduler as it is: threads, queues, lists, the look before
//! they sleep, the end. Work that nobody looks for leaves every thread asleep, which loom reports as
//! a deadlock; so does a thread that `shutdown` forgets.
//!
//! Mutations, each checked by hand, fail: no fence in `wake_native`; no fence or no look in
//! `release_proc`; a falling asleep that does not order others to end; a `go` that does not look
//! whether all is over; a goroutine that is visible before its future is there; an M's thread that is
//! noted after it was started, without the lock. Two pass, because `release_proc` looks once more:
//! `find_native` without its fence, and without its second look.

#![cfg(loom)]

use gosched_runtime::chan::Hchan;
use gosched_runtime::{Runtime, go, yield_now};
use loom::future::block_on;
use loom::thread;
use std::sync::Arc;

/// Runs `model` with so many Ps, each time with so many preemptions at most. A run of the scheduler
/// has hundreds of places for one, so that each more takes a hundred times as long: here are those
/// that take a few seconds. What stale values a thread may read is not bounded by this.
fn with(cases: &[(usize, usize)], model: fn(Runtime)) {
    for &(procs, preemptions) in cases {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(preemptions);
        builder.check(move || model(Runtime::new(procs)));
    }
}

#[test]
fn work_that_comes_while_the_last_m_goes_to_sleep_is_run() {
    with(&[(1, 1), (2, 1)], |runtime| {
        assert_eq!(block_on(runtime.go(async { 1 })), Ok(1));
        // The M that ran it looks once more, gives its P up and sleeps, meanwhile.
        assert_eq!(block_on(runtime.go(async { 2 })), Ok(2));
    });
}

#[test]
fn work_from_two_threads_is_run() {
    with(&[(1, 0), (2, 0)], |runtime| {
        let other = runtime.sched().clone();
        let other = thread::spawn(move || block_on(other.go(async { 1 })));
        assert_eq!(block_on(runtime.go(async { 2 })), Ok(2));
        assert_eq!(other.join().unwrap(), Ok(1));
    });
}

#[test]
fn what_a_goroutine_starts_is_run() {
    with(&[(1, 1)], |runtime| {
        let both = runtime.go(async {
            let (first, second) = (go(async { 1 }), go(async { 2 }));
            first.await.unwrap() + second.await.unwrap()
        });
        assert_eq!(block_on(both), Ok(3));
    });
}

#[test]
fn one_that_yields_runs_again() {
    with(&[(1, 1)], |runtime| {
        let yields = runtime.go(async {
            yield_now().await;
            1
        });
        assert_eq!(block_on(yields), Ok(1));
    });
}

#[test]
fn one_that_is_readied_from_outside_while_its_m_goes_to_sleep_runs() {
    with(&[(1, 1), (2, 1)], |runtime| {
        let chan = Arc::new(Hchan::new(0));
        let receives = chan.clone();
        let receives = runtime.go(async move { receives.recv().await });
        assert_eq!(block_on(chan.send(7)), Ok(()));
        assert_eq!(block_on(receives), Ok(Some(7)));
    });
}

#[test]
fn one_that_starts_while_all_ends_runs_or_is_told() {
    with(&[(1, 2)], |runtime| {
        let sched = runtime.sched().clone();
        // Ends on the other thread, so that few preemptions lead into the middle of the start.
        let ends = thread::spawn(move || drop(runtime));
        let handle = sched.go(async { 1 });
        drop(sched); // the goroutine's block holds it from here on
        ends.join().unwrap();
        assert!(handle.is_done(), "run or told");
    });
}

#[test]
fn the_end_ends_every_m_and_tells_who_joins() {
    with(&[(1, 1), (2, 1)], |runtime| {
        let handles = [runtime.go(async { 1 }), runtime.go(async { 2 })];
        drop(runtime);
        for (handle, expected) in handles.into_iter().zip(1..) {
            let ended = block_on(handle);
            assert!(ended.is_err() || ended == Ok(expected));
        }
    });
}

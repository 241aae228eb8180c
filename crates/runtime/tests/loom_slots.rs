//! A P that is lent: a goroutine that blocks its thread, others that take the P meanwhile, and its way
//! back. In the scheduler as it is; a goroutine that nobody runs, or an M that waits for a P for ever,
//! leaves every thread asleep, which loom reports as a deadlock.
//!
//! Mutations, each checked by hand, fail: no fence and no look at the queues in `start_blocking`; a
//! `wake_native` that takes no P out of a slot. Too many preemptions away for models that end within
//! seconds: a `start_blocking` that does not look at the starved, a `wait_for_proc` that does not look
//! at the slots.
//!
//! Sysmon goes by the clock, of which models have none: a thread does by hand what it does for turns
//! that are too long. Mutations that fail: a `stick` that wakes nobody; a `relieve_if_needed` that
//! wakes nobody when a P is idle; an `Overdue` that forgets from search to search. Not modelled: the
//! P that sysmon takes from an isolate.

#![cfg(loom)]

use gosched_runtime::{Runtime, block_in_place, go};
use loom::future::block_on;
use loom::sync::Notify;
use loom::thread;
use std::sync::Arc;

/// Runs `model` with so many Ps, each time with so many preemptions at most (see `loom_idle.rs`).
fn with(cases: &[(usize, usize)], model: fn(Runtime)) {
    for &(procs, preemptions) in cases {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(preemptions);
        builder.max_branches = 10_000; // sysmon's looks touch every slot, and what comes to rest is noted
        builder.check(move || model(Runtime::new(procs)));
    }
}

#[test]
fn work_that_is_queued_while_the_only_p_is_lent_is_run() {
    with(&[(1, 1)], |runtime| {
        let event = Arc::new(Notify::new());
        let waits = event.clone();
        // Blocks until the other has run: with the only P, unless somebody takes that.
        let blocks = runtime.go(async move { block_in_place(|| waits.wait()) });
        let other = runtime.go(async move { event.notify() });
        assert_eq!(block_on(blocks), Ok(()));
        assert_eq!(block_on(other), Ok(()));
    });
}

#[test]
fn one_that_blocks_for_a_moment_has_a_p_again() {
    with(&[(1, 1)], |runtime| {
        let blocks = runtime.go(async { block_in_place(|| 1) });
        let other = runtime.go(async { 2 });
        assert_eq!(block_on(blocks), Ok(1));
        assert_eq!(block_on(other), Ok(2));
    });
}

#[test]
fn what_was_queued_before_the_block_is_run() {
    with(&[(1, 1)], |runtime| {
        let blocks = runtime.go(async {
            let event = Arc::new(Notify::new());
            let notifies = event.clone();
            let other = go(async move { notifies.notify() });
            block_in_place(|| event.wait());
            other.await
        });
        assert_eq!(block_on(blocks), Ok(Ok(())));
    });
}

#[test]
fn one_that_waits_for_a_p_gets_that_of_one_that_blocks() {
    with(&[(1, 0)], |runtime| {
        let [first, second] = [(); 2].map(|()| Arc::new(Notify::new()));
        let (waits, notifies) = (first.clone(), second.clone());
        let returns = runtime.go(async move {
            block_in_place(|| waits.wait());
            notifies.notify();
        });
        // Takes the P over, and lends it in turn, until the first has come back and gone on: so that
        // one must see the P in its slot, or this one must see that it waits for a P.
        let takes_over = runtime.go(async move {
            first.notify();
            block_in_place(|| second.wait());
        });
        assert_eq!(block_on(returns), Ok(()));
        assert_eq!(block_on(takes_over), Ok(()));
    });
}

#[test]
fn the_end_waits_for_one_that_blocks() {
    with(&[(1, 1)], |runtime| {
        let blocks = runtime.go(async { block_in_place(|| 1) });
        drop(runtime);
        let ended = block_on(blocks);
        assert!(ended.is_err() || ended == Ok(1));
    });
}

/// A goroutine that computes on the only P until the other has run.
#[test]
fn sysmon_lets_others_run_beside_an_endless_turn() {
    with(&[(1, 0)], |runtime| {
        let event = Arc::new(Notify::new());
        let waits = event.clone();
        let endless = runtime.go(async move { waits.wait() });
        let other = runtime.go(async move { event.notify() });
        let sched = runtime.sched().clone();
        let sysmon = thread::spawn(move || {
            // Before the turn, in the worst case; during it, for the other P; and twice for the M
            // that finds few in a queue, for one look at such a queue is not enough.
            for _ in 0..4 {
                sched.relieve_all();
                thread::yield_now();
            }
        });
        assert_eq!(block_on(endless), Ok(()));
        assert_eq!(block_on(other), Ok(()));
        sysmon.join().unwrap();
    });
}

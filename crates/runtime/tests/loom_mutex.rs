//! The mutex in both modes: one holder at a time, who sees what the one before wrote, and no waiter
//! that nobody wakes. A lost wake-up is a deadlock, which loom reports; each model runs with waiters
//! that never waited long (normal) and with waiters that always did (starving).

#![cfg(loom)]

use gosched_runtime::sync::{Lock, Mutex};
use loom::future::block_on;
use loom::thread::{self, JoinHandle};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

/// Loom watches the value: two holders at once, or a holder that does not see the one before, fail.
type Counter = Arc<Mutex<u32>>;

/// Runs `model` in both modes, with at most so many preemptions if that is fewer than asked for.
fn in_both_modes(preemptions: Option<usize>, model: fn(Counter)) {
    for make in [Mutex::new, Mutex::starving] {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = preemptions.or(builder.preemption_bound);
        builder.check(move || model(Arc::new(make(0))));
    }
}

fn add_one(counter: &Mutex<u32>) {
    *block_on(counter.lock()) += 1;
}

fn adder(counter: &Counter) -> JoinHandle<()> {
    let counter = counter.clone();
    thread::spawn(move || add_one(&counter))
}

/// One that waits, polled once, whom nobody will poll again.
fn waits(counter: &Mutex<u32>) -> Pin<Box<Lock<'_, u32>>> {
    let mut lock = Box::pin(counter.lock());
    let mut context = Context::from_waker(Waker::noop());
    assert!(lock.as_mut().poll(&mut context).is_pending());
    lock
}

/// All have ended: it is free, nobody is in its queue, and it has no mode left over.
fn ends_free(counter: &Mutex<u32>, total: u32) {
    assert!(counter.is_at_rest());
    assert_eq!(*counter.try_lock().expect("free"), total);
}

#[test]
fn unlock_meets_lock() {
    in_both_modes(None, |counter| {
        let guard = counter.try_lock().expect("free");
        let other = adder(&counter);
        drop(guard);
        add_one(&counter);
        other.join().unwrap();
        ends_free(&counter, 2);
    });
}

#[test]
fn two_waiters_and_one_who_comes_later_all_get_it() {
    in_both_modes(Some(2), |counter| {
        let guard = counter.try_lock().expect("free");
        let others = [adder(&counter), adder(&counter)];
        drop(guard);
        add_one(&counter);
        for other in others {
            other.join().unwrap();
        }
        ends_free(&counter, 3);
    });
}

#[test]
fn a_waiter_that_goes_away_passes_its_wake_up_on() {
    in_both_modes(None, |counter| {
        let mut guard = counter.try_lock().expect("free");
        *guard += 1;
        let first = waits(&counter);
        let other = adder(&counter); // behind it, or there first when it is free
        drop(guard); // wakes the first, or hands it the mutex
        drop(first);
        other.join().unwrap();
        ends_free(&counter, 2);
    });
}

/// A lock that owns its mutex, so that it can be dropped on another thread.
struct Waiting {
    lock: Option<Pin<Box<Lock<'static, u32>>>>,
    _counter: Counter,
}

impl Waiting {
    fn new(counter: &Counter) -> Self {
        let counter = counter.clone();
        // SAFETY: the mutex lies behind an `Arc` that is dropped after the lock.
        let forever: &'static Mutex<u32> = unsafe { &*Arc::as_ptr(&counter) };
        Self {
            lock: Some(waits(forever)),
            _counter: counter,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        drop(self.lock.take());
    }
}

#[test]
fn unlock_meets_a_waiter_that_goes_away_while_another_waits() {
    in_both_modes(Some(2), |counter| {
        let guard = counter.try_lock().expect("free");
        let first = Waiting::new(&counter);
        let leaves = thread::spawn(move || drop(first));
        let other = adder(&counter);
        drop(guard);
        leaves.join().unwrap();
        other.join().unwrap();
        ends_free(&counter, 1);
    });
}

#[test]
fn the_last_waiter_that_goes_away_leaves_it_free() {
    in_both_modes(None, |counter| {
        let guard = counter.try_lock().expect("free");
        let only = Waiting::new(&counter);
        let leaves = thread::spawn(move || drop(only));
        drop(guard);
        leaves.join().unwrap();
        assert!(counter.try_lock().is_some(), "nobody has it");
        ends_free(&counter, 0);
    });
}

#[test]
fn an_unlock_that_finds_the_queue_empty_hands_over_what_was_written() {
    in_both_modes(None, |counter| {
        let mut guard = counter.try_lock().expect("free");
        drop(waits(&counter)); // leaves `QUEUE` behind
        let tries = counter.clone();
        let tries = thread::spawn(move || {
            let taken = tries.try_lock();
            u32::from(taken.map(|mut counter| *counter += 1).is_some())
        });
        *guard += 1;
        drop(guard);
        let got = tries.join().unwrap();
        ends_free(&counter, 1 + got);
    });
}

#[test]
fn a_newcomer_that_gives_up_at_once_disturbs_nobody() {
    in_both_modes(Some(2), |counter| {
        let guard = counter.try_lock().expect("free");
        let other = adder(&counter);
        let tries = counter.clone();
        let tries = thread::spawn(move || {
            let taken = tries.try_lock();
            u32::from(taken.map(|mut counter| *counter += 1).is_some())
        });
        drop(guard);
        other.join().unwrap();
        let got = tries.join().unwrap();
        ends_free(&counter, 1 + got);
    });
}

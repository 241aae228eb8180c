//! A timer is stopped or fires: exactly one of both. And the timer thread sleeps over none.
//!
//! Changes to the code that these models find: `expect` that does not set `woken`, or looks at
//! `until` without the lock; `sleep` that does not look at `woken` first, or clears it.

#![cfg(loom)]

use gosched_runtime::timer::{Action, Timers};
use loom::thread;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// An action that counts how often it runs.
fn count(runs: Arc<AtomicU32>) -> Action {
    Action::Call(Box::new(move || {
        runs.fetch_add(1, SeqCst);
    }))
}

/// Fires what is due, as the timer's thread does.
fn fire(timers: &Timers, now: Instant) {
    for action in timers.take_due(now) {
        action.run();
    }
}

#[test]
fn stop_meets_fire() {
    let now = Instant::now();
    loom::model(move || {
        let timers = Arc::new(Timers::new());
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        let key = timers.start(now, count(counted));
        let theirs = timers.clone();
        let thread = thread::spawn(move || fire(&theirs, now));
        let stopped = timers.stop(key);
        thread.join().unwrap();
        assert_eq!(u32::from(stopped) + runs.load(SeqCst), 1);
        assert!(timers.is_empty());
        assert!(!timers.stop(key));
    });
}

#[test]
fn of_two_stops_and_a_fire_one_wins() {
    let now = Instant::now();
    loom::model(move || {
        let timers = Arc::new(Timers::new());
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        let key = timers.start(now, count(counted));
        let (theirs, others) = (timers.clone(), timers.clone());
        let firing = thread::spawn(move || fire(&theirs, now));
        let stopping = thread::spawn(move || others.stop(key));
        let stopped = [timers.stop(key), stopping.join().unwrap()];
        firing.join().unwrap();
        let stopped = stopped.into_iter().filter(|&stopped| stopped).count() as u32;
        assert_eq!(stopped + runs.load(SeqCst), 1);
    });
}

#[test]
fn a_stale_key_stops_no_other_timer() {
    let now = Instant::now();
    loom::model(move || {
        let timers = Arc::new(Timers::new());
        let first = timers.start(now, Box::new(|| {}));
        let theirs = timers.clone();
        // The place in the table is free again once the first has fired.
        let thread = thread::spawn(move || {
            fire(&theirs, now);
            theirs.start(now + Duration::from_secs(1), Box::new(|| {}))
        });
        timers.stop(first);
        let second = thread.join().unwrap();
        assert!(!timers.stop(first));
        assert!(timers.stop(second), "only its own key stops it");
    });
}

/// A due timer meets the thread looking, on its way to bed, or asleep for an hour.
#[test]
fn the_thread_sleeps_over_no_deadline() {
    let now = Instant::now();
    loom::model(move || {
        let timers = Arc::new(Timers::new());
        let theirs = timers.clone();
        let thread = thread::spawn(move || theirs.run());
        timers.start(now + Duration::from_secs(3600), Box::new(|| {}));
        let fired = loom::sync::Arc::new(loom::sync::Notify::new());
        let fires = fired.clone();
        timers.start(now, Box::new(move || fires.notify()));
        fired.wait(); // a lost wake-up is a deadlock, which loom reports
        timers.close();
        thread.join().unwrap();
    });
}

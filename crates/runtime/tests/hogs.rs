//! Turns that take too long, and threads that block: the others go on.
//!
//! No test here measures time. The one that hogs goes on until those that it must not hold up have
//! run: if they never do, the test is stuck, and says so.

#![cfg(not(loom))]

mod fake_isolates;

use fake_isolates::{Runtime, Started, eventually};
use gosched_runtime::chan::Hchan;
use gosched_runtime::{Runtime as Native, block_in_place, go, yield_now};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::time::{Duration, Instant};

const HOG: u64 = 1;
const OTHER: u64 = 2;

/// Uses its thread up until `done`.
fn hog_until(done: &AtomicBool) {
    eventually("what the hog must not hold up runs", || done.load(SeqCst));
}

/// A runtime of one P whose JavaScript goroutines hog, or end the hog.
fn with_hogs(done: &Arc<AtomicBool>, hogging: &Arc<AtomicBool>) -> Runtime {
    let (done, hogging) = (done.clone(), hogging.clone());
    Runtime::new(1, move |isolate, started: Started| {
        match started.args {
            HOG => {
                hogging.store(true, SeqCst);
                hog_until(&done);
            }
            _ => done.store(true, SeqCst),
        }
        isolate.end(started, Ok(started.args));
    })
}

fn flags() -> (Arc<AtomicBool>, Arc<AtomicBool>) {
    Default::default()
}

#[test]
fn javascript_that_hogs_its_isolate_holds_up_no_native_goroutine() {
    let (done, hogging) = flags();
    let mut runtime = with_hogs(&done, &hogging);
    runtime.main.go(HOG);
    eventually("the hog runs", || hogging.load(SeqCst));
    runtime.sched.go(async move { done.store(true, SeqCst) });
    runtime.wait_for_ends(1);
    runtime.end();
}

#[test]
fn javascript_that_hogs_every_isolate_holds_up_no_goroutine_that_has_not_started() {
    let (done, hogging) = flags();
    let mut runtime = with_hogs(&done, &hogging);
    runtime.main.go(HOG);
    eventually("the hog runs", || hogging.load(SeqCst));
    runtime.main.go(OTHER);
    runtime.wait_for_ends(2);
    assert_eq!(runtime.asked(), 2, "one isolate more than there are Ps");
    runtime.end();
}

#[test]
fn a_native_goroutine_that_hogs_holds_up_nobody() {
    let (done, hogging) = flags();
    let mut runtime = with_hogs(&done, &hogging);
    let (ours, began) = (done.clone(), hogging.clone());
    let hog = runtime.sched.go(async move {
        began.store(true, SeqCst);
        hog_until(&ours);
    });
    eventually("the hog runs", || hogging.load(SeqCst));
    runtime.main.go(OTHER);
    runtime.wait_for_ends(1);
    eventually("the hog ends", || hog.is_done());

    let (done, hogging) = flags();
    let (ours, began) = (done.clone(), hogging.clone());
    let hog = runtime.sched.go(async move {
        began.store(true, SeqCst);
        hog_until(&ours);
    });
    eventually("the second hog runs", || hogging.load(SeqCst));
    runtime.sched.go(async move { done.store(true, SeqCst) });
    eventually("the second hog ends", || hog.is_done());
    runtime.end();
}

#[test]
fn what_a_hog_readied_runs_while_it_hogs() {
    let runtime = Native::new(1);
    runtime.run(async {
        let done = Arc::new(AtomicBool::new(false));
        let theirs = done.clone();
        // In the hog's own queue, which only its P's holder may run from, or a thief.
        go(async move { theirs.store(true, SeqCst) });
        hog_until(&done);
    });
}

/// A door that blocks threads.
#[derive(Default)]
struct Door {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Door {
    fn wait(&self) {
        drop(
            self.opened
                .wait_while(self.open.lock().unwrap(), |open| !*open),
        );
    }

    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

/// Longer than sysmon goes on looking when nothing runs.
const GOES_ON_FOR: Duration = Duration::from_millis(300);

#[test]
fn what_a_hog_starts_runs_however_long_it_goes_on() {
    let runtime = Native::new(1);
    runtime.run(async {
        // It runs only when the hog's P was replaced.
        let other = Arc::new(AtomicBool::new(false));
        let done = other.clone();
        drop(go(async move { done.store(true, SeqCst) }));
        hog_until(&other);
        let since = Instant::now();
        while since.elapsed() < GOES_ON_FOR {
            let ran = Arc::new(AtomicUsize::new(0));
            for _ in 0..2 {
                let ran = ran.clone();
                drop(go(async move { ran.fetch_add(1, SeqCst) }));
            }
            eventually("what the hog started runs", || ran.load(SeqCst) == 2);
        }
    });
}

#[test]
fn others_run_while_a_hundred_block_their_threads() {
    const BLOCKED: usize = 100;
    let runtime = Native::new(1);
    let ended = runtime.run(async {
        let door = Arc::new(Door::default());
        let inside = Arc::new(Hchan::new(BLOCKED));
        let blocked: Vec<_> = (0..BLOCKED)
            .map(|i| {
                let (door, inside) = (door.clone(), inside.clone());
                go(async move {
                    block_in_place(|| {
                        inside.try_send(i).unwrap();
                        door.wait();
                    });
                    i
                })
            })
            .collect();
        // All of them are inside at once, on one P.
        for _ in 0..BLOCKED {
            inside.recv().await.unwrap();
        }
        door.open();
        let mut ended = 0;
        for (i, handle) in blocked.into_iter().enumerate() {
            assert_eq!(handle.await, Ok(i));
            ended += 1;
        }
        ended
    });
    assert_eq!(ended, BLOCKED);
}

#[test]
fn what_a_goroutine_readied_before_it_blocks_runs() {
    const ROUNDS: u64 = 20_000;
    let runtime = Native::new(4);
    runtime.run(async {
        for round in 0..ROUNDS {
            let readied = go(async { yield_now().await });
            // For as long as other Ms look for work, a little longer and a little shorter.
            let until = Instant::now() + Duration::from_micros(round % 50);
            block_in_place(|| while Instant::now() < until {});
            readied.await.unwrap();
        }
    });
}

#[test]
fn nobody_else_needs_the_p_so_it_comes_back_at_once() {
    let runtime = Native::new(1);
    let sum = runtime.run(async {
        let mut sum = 0;
        for i in 0..10_000_u64 {
            sum += block_in_place(|| i);
            sum += block_in_place(|| block_in_place(|| 1)); // and inside another
        }
        sum
    });
    assert_eq!(sum, 10_000 * 9_999 / 2 + 10_000);
}

#[test]
fn a_panic_while_blocking_is_the_goroutines_alone() {
    let runtime = Native::new(1);
    runtime.run(async {
        let handle = go(async { block_in_place(|| panic!("in the kernel")) });
        let panicked = handle.await.map(|()| unreachable!()).unwrap_err();
        assert_eq!(panicked.0, "in the kernel");
        // The P is there again.
        assert_eq!(go(async { 7 }).await, Ok(7));
    });
}

#[test]
fn an_isolate_gets_the_p_of_a_blocked_goroutine() {
    let mut runtime = Runtime::new(1, |isolate, started: Started| {
        isolate.end(started, Ok(started.args));
    });
    let (door, inside) = (Arc::new(Door::default()), Arc::new(AtomicBool::new(false)));
    let (theirs, began) = (door.clone(), inside.clone());
    let blocked = runtime.sched.go(async move {
        block_in_place(|| {
            began.store(true, SeqCst);
            theirs.wait();
        });
    });
    eventually("it blocks", || inside.load(SeqCst));
    runtime.main.go(OTHER);
    runtime.wait_for_ends(1);
    door.open();
    eventually("it goes on", || blocked.is_done());
    runtime.end();
}

#[test]
fn afterwards_as_many_run_at_once_as_before() {
    const PROCS: usize = 2;
    let runtime = Native::new(PROCS);
    runtime.run(async {
        // Hogs and blocked threads, so that Ps were replaced and handed over.
        for _ in 0..3 {
            let done = Arc::new(AtomicBool::new(false));
            let hogs: Vec<_> = (0..PROCS)
                .map(|_| {
                    let done = done.clone();
                    go(async move { hog_until(&done) })
                })
                .collect();
            go(async move { block_in_place(|| done.store(true, SeqCst)) });
            for hog in hogs {
                hog.await.unwrap();
            }
        }
        // Both Ps are still there: two can meet.
        let meeting = Arc::new(Barrier::new(PROCS));
        let theirs = meeting.clone();
        let other = go(async move { theirs.wait().is_leader() });
        let leader = meeting.wait().is_leader();
        assert_ne!(other.await, Ok(leader));
        // And no more than both: a third goroutine in a turn at the same time would be one too many.
        let running = Arc::new(AtomicUsize::new(0));
        let handles: Vec<_> = (0..4 * PROCS)
            .map(|_| {
                let running = running.clone();
                go(async move {
                    for _ in 0..2_000 {
                        let now = running.fetch_add(1, SeqCst) + 1;
                        assert!(now <= PROCS, "{now} at once");
                        running.fetch_sub(1, SeqCst);
                        yield_now().await;
                    }
                })
            })
            .collect();
        for handle in handles {
            handle.await.unwrap();
        }
    });
}

#[test]
fn a_hog_whose_p_a_native_goroutine_has_holds_up_no_goroutine_that_has_not_started() {
    let (done, hogging) = flags();
    let mut runtime = with_hogs(&done, &hogging);
    runtime.main.go(HOG);
    eventually("the hog runs", || hogging.load(SeqCst));
    // Native goroutines keep the only P in use, which the hog has lost to them.
    let (ended, began) = (done.clone(), Arc::new(AtomicBool::new(false)));
    let theirs = began.clone();
    let native = runtime.sched.go(async move {
        theirs.store(true, SeqCst);
        while !ended.load(SeqCst) {
            yield_now().await;
        }
    });
    eventually("the native goroutine runs", || began.load(SeqCst));
    runtime.main.go(OTHER);
    runtime.wait_for_ends(2);
    eventually("the native goroutine ends", || native.is_done());
    runtime.end();
}

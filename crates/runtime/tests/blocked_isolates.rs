//! Isolates that block their thread in the middle of JavaScript: what they wait for can happen.

mod fake_isolates;

use fake_isolates::Runtime;
use gosched_runtime::chan::Hchan;
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier, Mutex};

#[test]
fn the_goroutine_that_a_blocked_one_waits_for_starts_with_one_p() {
    let (tell, told) = channel();
    let (tell, told) = (Mutex::new(tell), Mutex::new(told));
    let mut runtime = Runtime::new(1, move |isolate, started| {
        if started.args == 0 {
            assert!(isolate.block(|| told.lock().unwrap().recv().unwrap()));
        } else {
            tell.lock().unwrap().send(()).unwrap();
        }
        isolate.end(started, Ok(started.args));
    });
    runtime.main.go(0);
    runtime.main.go(1);
    let mut ends = runtime.wait_for_ends(2);
    ends.sort_unstable();
    assert_eq!(ends, [Ok(0), Ok(1)]);
    runtime.end();
}

#[test]
fn many_that_wait_for_each_other_all_start() {
    const COUNT: usize = 7;
    let meet = Arc::new(Barrier::new(COUNT));
    let mut runtime = Runtime::new(2, move |isolate, started| {
        assert!(isolate.block(|| {
            meet.wait();
        }));
        isolate.end(started, Ok(1));
    });
    for n in 0..COUNT as u64 {
        runtime.main.go(n);
    }
    assert_eq!(runtime.wait_for_ends(COUNT), [Ok(1); COUNT]);
    runtime.end();
}

#[test]
fn mail_that_came_while_it_blocked_is_looked_at() {
    let gate = Arc::new(Hchan::new(0));
    let meet = Arc::new(Barrier::new(2));
    let (theirs, door) = (gate.clone(), meet.clone());
    let mut runtime = Runtime::new(2, move |isolate, started| {
        isolate.recv(&theirs, move |isolate, value| {
            isolate.end(started, Ok(value.unwrap()));
        });
        assert!(isolate.block(|| {
            door.wait(); // parked above
            door.wait(); // and told meanwhile
        }));
    });
    runtime.main.go(0);
    meet.wait();
    gate.try_send(5).unwrap();
    meet.wait();
    assert_eq!(runtime.wait_for_ends(1), [Ok(5)]);
    runtime.end();
}

#[test]
fn one_too_many_is_refused_and_has_its_place_when_another_is_back() {
    const MOST: usize = 64; // as in `blocking_isolate.rs`
    let meet = Arc::new(Barrier::new(MOST + 1));
    let door = meet.clone();
    let mut runtime = Runtime::new(1, move |isolate, started| {
        let allowed = isolate.block(|| {
            if started.args == 0 {
                door.wait(); // all block
                door.wait(); // one was refused
            }
        });
        isolate.end(started, Ok(u64::from(allowed)));
    });
    for _ in 0..MOST {
        runtime.main.go(0);
    }
    meet.wait();
    runtime.main.go(1);
    assert_eq!(runtime.wait_for_ends(1), [Ok(0)]);
    meet.wait();
    assert_eq!(runtime.wait_for_ends(MOST), [Ok(1); MOST]);
    runtime.main.go(1);
    assert_eq!(runtime.wait_for_ends(1), [Ok(1)]);
    runtime.end();
}

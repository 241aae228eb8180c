//! Goroutines that an isolate with residents leaves to one in which nobody lives, while the last is ending
//! there: the scheduler and both isolates as they are. See "Placement" in `src/sched/README.md`.
//!
//! The empty one goes into a long turn as soon as it has started something: what it does not start itself
//! it must have woken the other for. Sysmon, which would, is not in the model.
//!
//! Mutations, each checked by hand, fail: an isolate that is counted as empty until after it has looked
//! whether there is more; no fence in between; an isolate that sleeps as an empty one.

#![cfg(loom)]

mod counting_host;

use counting_host::CountingHost;
use gosched_runtime::mailbox::Mailbox;
use gosched_runtime::sched::{IsolateM, Sched, Turn};
use loom::thread;
use std::sync::Arc;

/// Polls until it sleeps, or has started `most`. Gives the slots of those.
fn turns(isolate: &mut IsolateM<u32>, most: usize) -> Vec<u32> {
    let mut slots = Vec::new();
    while slots.len() < most {
        let mut batch = Vec::new();
        match isolate.poll(&mut batch, false) {
            Turn::Start { slot, .. } => slots.push(slot),
            Turn::Events => {}
            Turn::Parked => break,
        }
    }
    slots
}

fn go(isolate: &mut IsolateM<u32>) {
    isolate.go(0, 1, 0, 0, 0);
}

/// `count` goroutines are started by one in which a goroutine lives, as the last of the other ends.
fn all_start(count: usize, preemptions: usize) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.max_branches = 10_000; // of one run: two isolates and their queues are much to go through
    model.check(move || {
        let hosts = [0, 1].map(|_| Arc::new(CountingHost::default()));
        let sched = Sched::new(2, hosts[0].clone());
        let [mut resident, mut empty] = [0, 1].map(|id| {
            let mailbox = Mailbox::new(id, hosts[id as usize].clone());
            sched.isolate_started(Arc::new(mailbox))
        });
        go(&mut resident);
        assert_eq!(turns(&mut resident, 1), [0]);
        go(&mut resident);
        assert_eq!(turns(&mut empty, 1), [0]);
        let mut seen = hosts.clone().map(|host| host.wakes());
        let mut woken = |isolate: usize| {
            let wakes = hosts[isolate].wakes();
            std::mem::replace(&mut seen[isolate], wakes) != wakes
        };

        let ends = thread::spawn(move || {
            assert!(empty.end(0, Ok(0)));
            let started = turns(&mut empty, 1);
            (started.len(), empty)
        });
        for _ in 0..count {
            go(&mut resident);
        }
        let mut started = turns(&mut resident, count).len();
        let (others, mut empty) = ends.join().unwrap();
        started += others;
        // Whoever was woken looks; the one that has started something is in its turn still.
        while started < count {
            if woken(0) {
                started += turns(&mut resident, count).len();
            } else {
                assert!(others == 0 && woken(1), "nobody was woken");
                started += turns(&mut empty, count).len();
            }
        }
    });
}

#[test]
fn one_that_is_left_to_an_isolate_that_has_just_become_empty_starts() {
    all_start(1, 2);
}

#[test]
fn of_two_the_second_starts_though_the_first_takes_long() {
    all_start(2, 2);
}

//! A wait group's counter against its waiters: nobody waits for a counter that is 0.

#![cfg(loom)]

mod counting_host;

use counting_host::MailOnly;
use gosched_runtime::mailbox::Event;
use gosched_runtime::sync::WaitGroup;
use loom::thread;
use std::sync::Arc;

#[test]
fn the_last_done_lets_the_waiter_go_on() {
    for goroutines in 1..=2 {
        loom::model(move || {
            let isolate = MailOnly::new();
            let group = Arc::new(WaitGroup::<u32>::new());
            group.add(goroutines).unwrap();
            let threads: Vec<_> = (0..goroutines)
                .map(|_| {
                    let group = group.clone();
                    thread::spawn(move || group.add(-1).unwrap())
                })
                .collect();
            let over = group.wait_or_park(|| isolate.parked(5));
            let asleep = !over && isolate.mailbox.park();
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(group.count(), 0);
            // One that found the news while it parked may be woken all the same.
            let wakes = isolate.host.wakes();
            assert!(
                wakes == 1 || (wakes == 0 && !asleep),
                "{wakes} wake-ups, asleep: {asleep}"
            );
            let told = isolate.drain();
            if over {
                assert!(told.is_empty());
            } else {
                assert_eq!(told, [Event::Ready { ticket: 5 }]);
            }
        });
    }
}

#[test]
fn two_waiters_are_told_once_each() {
    loom::model(|| {
        let isolates = [MailOnly::new(), MailOnly::new()];
        let group = Arc::new(WaitGroup::<u32>::new());
        group.add(1).unwrap();
        let ours = isolates[0].parked(1);
        let theirs = isolates[1].parked(2);
        let (done, waits) = (group.clone(), group.clone());
        let done = thread::spawn(move || done.add(-1).unwrap());
        let other = thread::spawn(move || waits.wait_or_park(|| theirs));
        let over = [group.wait_or_park(|| ours), other.join().unwrap()];
        done.join().unwrap();
        for (isolate, over) in isolates.iter().zip(over) {
            assert_eq!(isolate.drain().len(), usize::from(!over));
        }
    });
}

//! The mailbox's spin-then-park protocol: no wake-up is lost, none is owed twice.
//!
//! Mutations, each checked by hand: without the fence in `must_wake` (the producer reads a stale
//! `RUNNING`), as without the one in `park` (the consumer reads a stale `pending`), all models but
//! the last fail. With a Relaxed store in `poke`, the last but one does.

#![cfg(loom)]

mod counting_host;

use counting_host::MailOnly;
use gosched_runtime::mailbox::{Event, Mailbox};
use loom::thread;
use std::sync::Arc;

/// What a producer does, in full.
fn post(mailbox: &Mailbox<u32>, ticket: u32) -> bool {
    let posted = mailbox.push(Event::Ready { ticket });
    if let Ok(true) = posted {
        mailbox.wake_host();
    }
    posted.is_ok()
}

fn poke(mailbox: &Mailbox<u32>) {
    if mailbox.poke() {
        mailbox.wake_host();
    }
}

/// The consumer's turn: takes what is there, and parks if there was nothing. Gives the number of
/// events, and whether it sleeps.
fn turn(isolate: &MailOnly) -> (usize, bool) {
    let taken = isolate.drain().len();
    (taken, taken == 0 && isolate.mailbox.park())
}

/// With every producer joined: a sleeper that has news was woken, once.
fn check(isolate: &MailOnly, asleep: bool) {
    let wakes = isolate.host.wakes();
    if asleep && isolate.mailbox.is_pending() {
        assert_eq!(wakes, 1, "asleep with news: one wake-up");
    } else {
        assert!(wakes <= 1, "one turn, {wakes} wake-ups");
    }
}

#[test]
fn a_push_that_meets_parking_is_seen_or_wakes() {
    loom::model(|| {
        let isolate = MailOnly::new();
        let mailbox = isolate.mailbox.clone();
        let producer = thread::spawn(move || assert!(post(&mailbox, 1)));
        let (taken, asleep) = turn(&isolate);
        producer.join().unwrap();
        check(&isolate, asleep);
        assert_eq!(taken + isolate.drain().len(), 1);
    });
}

#[test]
fn a_poke_that_meets_parking_is_seen_or_wakes() {
    loom::model(|| {
        let isolate = MailOnly::new();
        let mailbox = isolate.mailbox.clone();
        let producer = thread::spawn(move || poke(&mailbox));
        let asleep = isolate.mailbox.park();
        producer.join().unwrap();
        assert!(isolate.mailbox.is_pending());
        check(&isolate, asleep);
    });
}

#[test]
fn two_producers_wake_a_sleeper_once() {
    loom::model(|| {
        let isolate = MailOnly::new();
        let producers: Vec<_> = (0..2)
            .map(|ticket| {
                let mailbox = isolate.mailbox.clone();
                thread::spawn(move || assert!(post(&mailbox, ticket)))
            })
            .collect();
        let (taken, asleep) = turn(&isolate);
        for producer in producers {
            producer.join().unwrap();
        }
        check(&isolate, asleep);
        assert_eq!(taken + isolate.drain().len(), 2);
    });
}

#[test]
fn a_poke_never_hides_a_push() {
    loom::model(|| {
        let isolate = MailOnly::new();
        let (first, second) = (isolate.mailbox.clone(), isolate.mailbox.clone());
        let pusher = thread::spawn(move || assert!(post(&first, 1)));
        let poker = thread::spawn(move || poke(&second));
        let (first, slept) = turn(&isolate);
        let (second, asleep) = if slept { (0, true) } else { turn(&isolate) };
        pusher.join().unwrap();
        poker.join().unwrap();
        if asleep && isolate.mailbox.is_pending() {
            assert!(isolate.host.wakes() >= 1);
        }
        assert_eq!(first + second + isolate.drain().len(), 1);
    });
}

/// What a poke tells of, in the place of a run queue.
struct Work(loom::cell::UnsafeCell<u32>);

// SAFETY: one thread writes before its poke, the other reads after it has seen the poke; loom checks
// that this is so.
unsafe impl Sync for Work {}

#[test]
fn work_queued_before_a_poke_is_seen_after_the_drain_that_clears_it() {
    loom::model(|| {
        let isolate = MailOnly::new();
        let work = Arc::new(Work(loom::cell::UnsafeCell::new(0)));
        let (theirs, mailbox) = (work.clone(), isolate.mailbox.clone());
        let producer = thread::spawn(move || {
            // SAFETY: read by the other thread only after it has seen the poke.
            theirs.0.with_mut(|work| unsafe { *work = 7 });
            poke(&mailbox);
        });
        let asleep = isolate.mailbox.park();
        if !asleep {
            isolate.drain();
            // SAFETY: the poke was seen, and the producer does not write after it.
            assert_eq!(work.0.with(|work| unsafe { *work }), 7);
        }
        producer.join().unwrap();
        if asleep {
            assert_eq!(isolate.host.wakes(), 1);
        }
    });
}

#[test]
fn a_push_that_meets_the_end_is_refused_or_given_back() {
    loom::model(|| {
        let isolate = MailOnly::new();
        let mailbox = isolate.mailbox.clone();
        let producer = thread::spawn(move || post(&mailbox, 1));
        let unread = isolate.mailbox.close().len();
        let accepted = producer.join().unwrap();
        assert_eq!(unread, usize::from(accepted));
        assert!(!post(&isolate.mailbox, 2));
    });
}

//! Channels: the one-lock fast paths against parking, hand-off, closing and reports.
//!
//! Capacities 1 and 2 publish their counters at once; 3 does so late, as real rings do from 32 on
//! (`LATE_FROM` in `chan/ring.rs`). A lost wake-up shows as a deadlock, which loom reports; a slot
//! touched by both sides, as conflicting accesses to its cell.
//!
//! Mutations, each checked by hand: a Relaxed store in `publish_now`, or a Relaxed load in `look`,
//! fails `a_sender_that_parks_goes_on_and_order_is_kept` (conflicting accesses to a slot); a fast
//! path that does not ask for its `SLOW` bit fails it or `a_receiver_that_parks_gets_the_value`
//! (deadlock); a `meet` that does nothing fails `values_cross_in_order`; collecting an outcome
//! without the side's lock fails nearly all that park (conflicting accesses to the queue); an `Own` that
//! does not ask for mail fails `whom_an_isolate_serves_itself_comes_after_its_mail`.

#![cfg(loom)]

mod counting_host;

use counting_host::MailOnly;
use gosched_runtime::chan::{Hchan, Own, Receiving, Sending, Unpark};
use gosched_runtime::error::{SendError, TryRecvError, TrySendError};
use gosched_runtime::mailbox::Event;
use loom::future::block_on;
use loom::thread;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

type Chan = Hchan<u32>;

/// Runs `model` at each of `capacities`, in a model of its own.
fn at(capacities: &'static [usize], model: fn(Arc<Chan>)) {
    for &capacity in capacities {
        loom::model(move || model(Arc::new(Chan::new(capacity))));
    }
}

/// What is still there once all threads have been joined.
fn rest(chan: &Chan) -> Vec<u32> {
    std::iter::from_fn(|| chan.try_recv().ok()).collect()
}

fn fill(chan: &Chan) {
    for value in 0..chan.capacity() as u32 {
        chan.try_send(value).unwrap();
    }
}

#[test]
fn a_receiver_that_parks_gets_the_value() {
    at(&[0, 1, 2, 3], |chan| {
        let sender = chan.clone();
        let sender = thread::spawn(move || block_on(sender.send(7)).unwrap());
        assert_eq!(block_on(chan.recv()), Some(7));
        sender.join().unwrap();
        assert_eq!(chan.waiters(), (0, 0));
    });
}

#[test]
fn a_sender_that_parks_goes_on_and_order_is_kept() {
    at(&[1, 2, 3], |chan| {
        fill(&chan);
        let capacity = chan.capacity() as u32;
        let sender = chan.clone();
        let sender = thread::spawn(move || block_on(sender.send(capacity)).unwrap());
        assert_eq!(block_on(chan.recv()), Some(0));
        sender.join().unwrap();
        assert_eq!(rest(&chan), (1..=capacity).collect::<Vec<_>>());
    });
}

#[test]
fn values_cross_in_order() {
    at(&[1, 2, 3], |chan| {
        let sender = chan.clone();
        // One more than a late counter holds back, so that one is published and one is not.
        let sender = thread::spawn(move || {
            let mut sent = 0;
            while sent < 3 && sender.try_send(sent).is_ok() {
                sent += 1;
            }
            sent
        });
        let mut got: Vec<u32> = (0..2).filter_map(|_| chan.try_recv().ok()).collect();
        let sent = sender.join().unwrap();
        got.extend(rest(&chan));
        assert_eq!(got, (0..sent).collect::<Vec<_>>());
    });
}

#[test]
fn places_are_reused_in_order() {
    at(&[1, 2, 3], |chan| {
        fill(&chan);
        let capacity = chan.capacity() as u32;
        let sender = chan.clone();
        let sender = thread::spawn(move || sender.try_send(capacity).is_ok());
        let mut got: Vec<u32> = chan.try_recv().into_iter().collect();
        let sent = u32::from(sender.join().unwrap());
        got.extend(rest(&chan));
        assert_eq!(got, (0..capacity + sent).collect::<Vec<_>>());
    });
}

#[test]
fn two_senders_lose_nothing() {
    at(&[1, 3], |chan| {
        let senders: Vec<_> = (0..2)
            .map(|value| {
                let chan = chan.clone();
                thread::spawn(move || chan.try_send(value).is_ok())
            })
            .collect();
        let mut got: Vec<u32> = chan.try_recv().into_iter().collect();
        let sent = senders
            .into_iter()
            .filter_map(|s| s.join().unwrap().then_some(()))
            .count();
        got.extend(rest(&chan));
        assert_eq!(got.len(), sent);
        got.dedup();
        assert_eq!(got.len(), sent);
    });
}

#[test]
fn two_receivers_share_what_is_there() {
    at(&[2, 3], |chan| {
        chan.try_send(1).unwrap();
        chan.try_send(2).unwrap();
        let receivers: Vec<_> = (0..2)
            .map(|_| {
                let chan = chan.clone();
                thread::spawn(move || block_on(chan.recv()).unwrap())
            })
            .collect();
        let sum: u32 = receivers.into_iter().map(|r| r.join().unwrap()).sum();
        assert_eq!(sum, 3);
        assert!(chan.is_empty());
    });
}

#[test]
fn close_wakes_a_parked_receiver_after_the_last_value() {
    at(&[1, 3], |chan| {
        let sender = chan.clone();
        let sender = thread::spawn(move || {
            sender.try_send(1).unwrap();
            sender.close().unwrap();
        });
        assert_eq!(block_on(chan.recv()), Some(1));
        assert_eq!(block_on(chan.recv()), None);
        sender.join().unwrap();
    });
}

#[test]
fn close_gives_a_parked_senders_value_back() {
    at(&[0, 1, 3], |chan| {
        fill(&chan);
        let closer = chan.clone();
        let closer = thread::spawn(move || closer.close().unwrap());
        assert_eq!(block_on(chan.send(9)), Err(SendError(9)));
        closer.join().unwrap();
        assert_eq!(rest(&chan).len(), chan.capacity());
        assert_eq!(chan.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn a_send_that_meets_a_close_is_in_the_channel_or_back() {
    at(&[1, 3], |chan| {
        let sender = chan.clone();
        let sender = thread::spawn(move || sender.try_send(5));
        chan.close().unwrap();
        match sender.join().unwrap() {
            Ok(()) => assert_eq!(rest(&chan), [5]),
            Err(TrySendError::Closed(5)) => assert!(rest(&chan).is_empty()),
            Err(error) => panic!("{error:?}"),
        }
    });
}

#[test]
fn len_is_exact_at_some_instant() {
    at(&[2, 3], |chan| {
        let sender = chan.clone();
        let sender = thread::spawn(move || {
            sender.try_send(1).unwrap();
            sender.try_send(2).unwrap();
        });
        let before = chan.len();
        let after = chan.len();
        assert!(before <= after && after <= 2, "{before}, then {after}");
        sender.join().unwrap();
        assert_eq!(chan.len(), 2);
    });
}

#[test]
fn an_isolates_receive_is_served_at_once_or_by_mail() {
    at(&[0, 1, 3], |chan| {
        let isolate = MailOnly::new();
        let sender = chan.clone();
        let sender = thread::spawn(move || sender.try_send(7).is_ok());
        let now = match chan.recv_or_park(None, || isolate.parked(3)) {
            Receiving::Done(value, Unpark::None) => Some(value),
            Receiving::Parked => None,
            Receiving::Done(..) | Receiving::Closed => panic!("nobody parks, nobody closes"),
        };
        let asleep = now.is_none() && isolate.mailbox.park();
        let sent = sender.join().unwrap();
        let mail = isolate.drain();
        match (now, sent) {
            (Some(value), _) => assert_eq!(value, 7),
            (None, true) => {
                let (ticket, case, value) = (3, 0, Some(7));
                assert_eq!(
                    mail,
                    [Event::Received {
                        ticket,
                        case,
                        value,
                        turn: 1,
                    }]
                );
                assert!(!asleep || isolate.host.wakes() == 1);
            }
            // Unbuffered, and the sender looked first.
            (None, false) => assert_eq!((chan.capacity(), chan.waiters()), (0, (1, 0))),
        }
    });
}

#[test]
fn an_isolates_send_is_done_at_once_or_told() {
    at(&[0, 1, 3], |chan| {
        fill(&chan);
        let isolate = MailOnly::new();
        let receiver = chan.clone();
        let receiver = thread::spawn(move || block_on(receiver.recv()).unwrap());
        match chan.send_or_park(9, None, || isolate.parked(4)) {
            Sending::Done(unpark) => unpark.fire(),
            Sending::Parked => {
                receiver.join().unwrap();
                assert_eq!(isolate.drain(), [Event::Sent { ticket: 4, case: 0 }]);
                return;
            }
            Sending::Closed(_) => panic!("nobody closes"),
        }
        receiver.join().unwrap();
        assert_eq!(rest(&chan).len(), chan.capacity());
    });
}

#[test]
fn an_isolate_that_ends_keeps_no_value() {
    at(&[1], |chan| {
        let isolate = MailOnly::new();
        assert!(matches!(
            chan.recv_or_park(None, || isolate.parked(1)),
            Receiving::Parked
        ));
        let sender = chan.clone();
        let sender = thread::spawn(move || sender.try_send(7).unwrap());
        let unread = isolate.mailbox.close();
        sender.join().unwrap();
        // With the dead isolate's mail, or in the ring: not both, not neither.
        assert_eq!(unread.len() + chan.len(), 1);
        give_back(&chan, unread);
        assert_eq!(rest(&chan), [7]);
    });
}

/// Its own answer is delivered before its mail: so what is in the mail already must not be overtaken.
#[test]
fn whom_an_isolate_serves_itself_comes_after_its_mail() {
    at(&[0, 1], |chan| {
        let isolate = MailOnly::new();
        let own = Own::new(isolate.mailbox.clone());
        for ticket in [1, 2] {
            let parked = chan.recv_or_park(Some(&own), || isolate.parked(ticket));
            assert!(matches!(parked, Receiving::Parked));
        }
        let sender = chan.clone();
        let sender = thread::spawn(move || sender.try_send(7).unwrap());
        chan.try_send_with(8, Some(&own)).unwrap().fire();
        let served = own.take().map(|it| (it.ticket, it.value));
        sender.join().unwrap();
        let mail = isolate.drain().into_iter().map(|event| match event {
            Event::Received { ticket, value, .. } => (ticket, value),
            event => panic!("a receive was told {event:?}"),
        });
        let told: Vec<_> = served.into_iter().chain(mail).collect();
        let [(1, Some(first)), (2, Some(second))] = told[..] else {
            panic!("in another order than they stood in: {told:?}");
        };
        assert_eq!(first + second, 15);
    });
}

/// What an isolate does that ends, with the mail that it has not looked at.
fn give_back(chan: &Chan, unread: Vec<Event<u32>>) {
    for event in unread {
        if let Event::Received {
            value: Some(value),
            turn,
            ..
        } = event
        {
            chan.take_back(turn, value);
        }
    }
}

#[test]
fn a_value_that_an_isolate_did_not_live_to_see_reaches_the_next_receiver() {
    at(&[0, 1], |chan| {
        let isolate = MailOnly::new();
        assert!(matches!(
            chan.recv_or_park(None, || isolate.parked(1)),
            Receiving::Parked
        ));
        let sender = chan.clone();
        let sender = thread::spawn(move || block_on(sender.send(7)).unwrap());
        let dies = chan.clone();
        let dead = thread::spawn(move || {
            give_back(&dies, isolate.mailbox.close());
            dies.forget(&isolate.mailbox);
        });
        assert_eq!(block_on(chan.recv()), Some(7));
        sender.join().unwrap();
        dead.join().unwrap();
        assert_eq!(chan.waiters(), (0, 0));
    });
}

#[test]
fn a_served_receive_that_is_dropped_passes_its_value_on() {
    at(&[0, 1, 3], |chan| {
        let mut given_up = Box::pin(chan.recv());
        let mut context = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut given_up).poll(&mut context).is_pending());
        let sender = chan.clone();
        let sender = thread::spawn(move || block_on(sender.send(7)).unwrap());
        drop(given_up);
        assert_eq!(block_on(chan.recv()), Some(7));
        sender.join().unwrap();
    });
}

#[test]
fn a_value_given_back_goes_before_younger_ones() {
    at(&[1, 3], |chan| {
        let mut given_up = Box::pin(chan.recv());
        let mut context = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut given_up).poll(&mut context).is_pending());
        let sender = chan.clone();
        let sender = thread::spawn(move || {
            block_on(sender.send(1)).unwrap();
            sender.try_send(2).is_ok()
        });
        drop(given_up);
        let sent_two = sender.join().unwrap();
        let expected: &[u32] = if sent_two { &[1, 2] } else { &[1] };
        assert_eq!(rest(&chan), expected);
    });
}

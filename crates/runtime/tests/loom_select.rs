//! A parked select that several partners meet at once: one case completes, and nobody's value is
//! lost.
//!
//! Mutation, checked by hand: a `Claim::take` that always says `true` fails
//! `two_partners_on_two_channels_complete_one_case` (two events for one select); a glance that looks
//! once fails the three below `something_is_ready_throughout`.

#![cfg(loom)]

mod counting_host;

use counting_host::MailOnly;
use gosched_runtime::chan::{Hchan, Unpark};
use gosched_runtime::error::TrySendError;
use gosched_runtime::mailbox::Event;
use gosched_runtime::select::{Case, Enqueued, Selected, select_or_not, select_or_park};
use loom::thread;
use std::sync::Arc;

type Chan = Hchan<u32>;

const TICKET: u32 = 3;

/// Two channels, the one with the lower address first: a select locks in that order, and loom needs
/// runs that repeat.
fn two_chans(capacity: usize) -> [Arc<Chan>; 2] {
    let mut chans = [Arc::new(Chan::new(capacity)), Arc::new(Chan::new(capacity))];
    chans.sort_unstable_by_key(Arc::as_ptr);
    chans
}

fn recv(chans: &[Arc<Chan>; 2]) -> [Case<Arc<Chan>, u32>; 2] {
    chans.each_ref().map(|chan| Case::Recv(chan.clone()))
}

/// Cases in the order they were written in.
fn in_order(_: u32) -> u32 {
    0
}

/// Blocks on `cases` when none is ready: gives where the select stands.
fn park(isolate: &MailOnly, cases: &mut [Case<Arc<Chan>, u32>]) -> Enqueued<Arc<Chan>, u32> {
    let (done, _, enqueued) = select_or_park(cases, || isolate.parked(TICKET), None, &mut in_order);
    assert!(matches!(done, Selected::NotReady));
    enqueued.expect("parked")
}

#[test]
fn two_partners_on_two_channels_complete_one_case() {
    for capacity in [0, 1] {
        loom::model(move || {
            let chans = two_chans(capacity);
            let isolate = MailOnly::new();
            let enqueued = park(&isolate, &mut recv(&chans));
            let second = chans[1].clone();
            let partner = thread::spawn(move || second.try_send(11));
            let first = chans[0].try_send(10);
            let sent = [first, partner.join().unwrap()];
            drop(enqueued);
            let mail = isolate.drain();
            let &[
                Event::Received {
                    ticket: TICKET,
                    case,
                    value,
                    ..
                },
            ] = &mail[..]
            else {
                panic!("one event for one select: {mail:?}");
            };
            assert_eq!(value, Some(10 + case));
            assert_eq!(sent[case as usize], Ok(()));
            // The loser's value went into the ring, or back if there is none.
            let loser = 1 - case as usize;
            let value = 10 + loser as u32;
            if capacity == 0 {
                assert_eq!(sent[loser], Err(TrySendError::Full(value)));
            } else {
                assert_eq!(chans[loser].try_recv(), Ok(value));
            }
            assert!(chans.iter().all(|chan| chan.waiters() == (0, 0)));
        });
    }
}

#[test]
fn a_close_and_a_value_complete_one_case() {
    loom::model(|| {
        let chans = two_chans(1);
        let isolate = MailOnly::new();
        let enqueued = park(&isolate, &mut recv(&chans));
        let second = chans[1].clone();
        let partner = thread::spawn(move || second.try_send(11).unwrap());
        chans[0].close().unwrap();
        partner.join().unwrap();
        drop(enqueued);
        let mail = isolate.drain();
        match &mail[..] {
            [
                Event::Received {
                    case: 0,
                    value: None,
                    ..
                },
            ] => {
                assert_eq!(chans[1].try_recv(), Ok(11));
            }
            [
                Event::Received {
                    case: 1,
                    value: Some(11),
                    ..
                },
            ] => assert!(chans[1].is_empty()),
            _ => panic!("one event for one select: {mail:?}"),
        }
    });
}

#[test]
fn a_parked_send_case_is_taken_or_fails_but_not_both() {
    loom::model(|| {
        let chans = two_chans(0);
        let isolate = MailOnly::new();
        let mut cases = [
            Case::Send(chans[0].clone(), Some(10)),
            Case::Send(chans[1].clone(), Some(11)),
        ];
        let enqueued = park(&isolate, &mut cases);
        let second = chans[1].clone();
        let closer = thread::spawn(move || second.close().unwrap());
        let got = chans[0].try_recv();
        closer.join().unwrap();
        drop(enqueued);
        let (ticket, mail) = (TICKET, isolate.drain());
        match got {
            Ok(value) => assert_eq!((value, mail), (10, vec![Event::Sent { ticket, case: 0 }])),
            Err(_) => assert_eq!(mail, [Event::SendOnClosed { ticket, case: 1 }]),
        }
    });
}

#[test]
fn a_select_that_parks_misses_no_value() {
    for capacity in [1, 3] {
        loom::model(move || {
            let chans = two_chans(capacity);
            let isolate = MailOnly::new();
            let second = chans[1].clone();
            let partner = thread::spawn(move || second.try_send(11).unwrap());
            let mut cases = recv(&chans);
            let (done, unpark, enqueued) =
                select_or_park(&mut cases, || isolate.parked(TICKET), None, &mut in_order);
            assert!(matches!(unpark, Unpark::None));
            partner.join().unwrap();
            let mail = isolate.drain();
            match enqueued {
                None => assert!(matches!(done, Selected::Received(1, Some(11)))),
                Some(enqueued) => {
                    drop(enqueued);
                    let (ticket, case, value) = (TICKET, 1, Some(11));
                    assert_eq!(
                        mail,
                        [Event::Received {
                            ticket,
                            case,
                            value,
                            turn: 1,
                        }]
                    );
                }
            }
        });
    }
}

#[test]
fn a_select_that_leaves_while_it_is_met_again_gives_the_value_to_the_ring() {
    loom::model(|| {
        let chans = two_chans(1);
        let isolate = MailOnly::new();
        let enqueued = park(&isolate, &mut recv(&chans));
        chans[0].try_send(10).unwrap();
        let second = chans[1].clone();
        let partner = thread::spawn(move || second.try_send(11).unwrap());
        drop(enqueued);
        partner.join().unwrap();
        assert_eq!(isolate.drain().len(), 1);
        assert_eq!(chans[1].try_recv(), Ok(11));
    });
}

#[test]
fn two_selects_meet_once_whatever_the_order_of_their_cases() {
    loom::model(|| {
        let chans = two_chans(0);
        let isolate = MailOnly::new();
        let enqueued = park(&isolate, &mut recv(&chans));
        let theirs = chans.clone();
        let partner = thread::spawn(move || {
            let [first, second] = theirs;
            let mut cases = [Case::Send(second, Some(11)), Case::Send(first, Some(10))];
            let (done, unpark) = select_or_not(&mut cases, None, &mut in_order);
            unpark.fire();
            matches!(done, Selected::Sent(_))
        });
        let direct = chans[0].try_send(10).is_ok();
        let theirs = partner.join().unwrap();
        drop(enqueued);
        assert!(direct != theirs, "one of the two met the select");
        assert_eq!(isolate.drain().len(), 1);
    });
}

/// While `meanwhile` runs, a select with a `default` looks at the cases, in both orders. At every
/// instant one of them is ready.
fn something_is_ready_throughout(
    before: fn(&[Arc<Chan>; 2]),
    meanwhile: fn(&[Arc<Chan>; 2]),
    case: fn(Arc<Chan>) -> Case<Arc<Chan>, u32>,
) {
    for backwards in [false, true] {
        loom::model(move || {
            let chans = two_chans(1);
            before(&chans);
            let theirs = chans.clone();
            let other = thread::spawn(move || meanwhile(&theirs));
            let mut cases = chans.map(case);
            if backwards {
                cases.reverse();
            }
            let (done, unpark) = select_or_not(&mut cases, None, &mut in_order);
            unpark.fire();
            assert_ne!(done, Selected::NotReady, "backwards: {backwards}");
            other.join().unwrap();
        });
    }
}

#[test]
fn a_value_that_moves_to_the_other_channel_is_ready_at_every_instant() {
    something_is_ready_throughout(
        |chans| chans[0].try_send(10).unwrap(),
        |chans| {
            chans[1].try_send(11).unwrap();
            let _ = chans[0].try_recv(); // the select may have it
        },
        Case::Recv,
    );
}

#[test]
fn a_channel_closed_before_the_other_is_drained_is_ready() {
    something_is_ready_throughout(
        |chans| chans[0].try_send(10).unwrap(),
        |chans| {
            chans[1].close().unwrap();
            let _ = chans[0].try_recv(); // as above
        },
        Case::Recv,
    );
}

#[test]
fn room_that_moves_to_the_other_channel_is_there_at_every_instant() {
    something_is_ready_throughout(
        |chans| chans[1].try_send(11).unwrap(),
        |chans| {
            chans[1].try_recv().unwrap();
            let _ = chans[0].try_send(10); // the select may have filled it
        },
        |chan| Case::Send(chan, Some(12)),
    );
}

#[test]
fn what_was_sent_before_is_ready() {
    for capacity in [1, 3] {
        loom::model(move || {
            let chans = two_chans(capacity);
            let theirs = chans[1].clone();
            thread::spawn(move || theirs.try_send(11).unwrap())
                .join()
                .unwrap();
            let (done, _) = select_or_not(&mut recv(&chans), None, &mut in_order);
            assert_eq!(done, Selected::Received(1, Some(11)));
        });
    }
}

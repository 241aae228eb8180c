//! An isolate that serves a waiter of its own is told so by the operation; all else goes by mail.

#![cfg(not(loom))]

mod counting_host;

use counting_host::MailOnly;
use gosched_runtime::chan::{Hchan, Own, Receiving, Sending, Served};
use gosched_runtime::mailbox::Event;
use gosched_runtime::select::{Case, Selected, select_or_park};
use std::sync::Arc;

type Chan = Arc<Hchan<u32>>;

/// An isolate that waits to receive under the ticket 1, in each kind of channel.
fn receiver_waits(test: impl Fn(&MailOnly, &Own<u32>, &Chan)) {
    for capacity in [0, 1, 2, 64] {
        let isolate = MailOnly::new();
        let own = Own::new(isolate.mailbox.clone());
        let chan = Arc::new(Hchan::new(capacity));
        park_receiver(&chan, &own, &isolate, 1);
        test(&isolate, &own, &chan);
    }
}

fn park_receiver(chan: &Chan, own: &Own<u32>, isolate: &MailOnly, ticket: u32) {
    let parked = chan.recv_or_park(Some(own), || isolate.parked(ticket));
    assert!(matches!(parked, Receiving::Parked));
}

fn send(chan: &Chan, value: u32, own: &Own<u32>) {
    chan.try_send_with(value, Some(own)).unwrap().fire();
}

fn received(ticket: u32, value: u32, turn: u64) -> Event<u32> {
    Event::Received {
        ticket,
        case: 0,
        value: Some(value),
        turn,
    }
}

#[test]
fn a_receiver_of_ones_own_is_told_without_mail() {
    receiver_waits(|isolate, own, chan| {
        send(chan, 7, own);
        let told = own.take();
        assert!(matches!(
            told,
            Some(Served {
                ticket: 1,
                case: 0,
                value: Some(7)
            })
        ));
        assert!(own.take().is_none());
        assert!(!isolate.mailbox.is_pending());
        assert_eq!((chan.len(), chan.waiters()), (0, (0, 0)));
    });
}

#[test]
fn a_sender_of_ones_own_is_told_without_mail() {
    for capacity in [0, 1, 2, 64] {
        let isolate = MailOnly::new();
        let own = Own::new(isolate.mailbox.clone());
        let chan: Chan = Arc::new(Hchan::new(capacity));
        for value in 0..capacity as u32 {
            chan.try_send(value).unwrap();
        }
        let sending = chan.send_or_park(capacity as u32, Some(&own), || isolate.parked(4));
        assert!(matches!(sending, Sending::Parked));
        let (value, unpark) = chan.try_recv_with(Some(&own)).unwrap();
        unpark.fire();
        assert_eq!(value, 0);
        let told = own.take();
        assert!(matches!(
            told,
            Some(Served {
                ticket: 4,
                case: 0,
                value: None
            })
        ));
        assert!(!isolate.mailbox.is_pending());
        assert_eq!(chan.len(), capacity);
    }
}

#[test]
fn a_receiver_of_another_isolate_is_told_by_mail() {
    receiver_waits(|isolate, _, chan| {
        let other = MailOnly::new();
        let own = Own::new(other.mailbox.clone());
        send(chan, 7, &own);
        assert!(own.take().is_none());
        assert_eq!(isolate.drain(), [received(1, 7, 1)]);
    });
}

#[test]
fn mail_that_came_first_is_not_overtaken() {
    receiver_waits(|isolate, own, chan| {
        park_receiver(chan, own, isolate, 2);
        chan.try_send(6).unwrap();
        send(chan, 7, own);
        assert!(own.take().is_none());
        assert_eq!(isolate.drain(), [received(1, 6, 1), received(2, 7, 2)]);
    });
}

#[test]
fn a_poke_counts_as_mail() {
    receiver_waits(|isolate, own, chan| {
        isolate.mailbox.poke();
        send(chan, 7, own);
        assert!(own.take().is_none());
        assert_eq!(isolate.drain(), [received(1, 7, 1)]);
    });
}

#[test]
fn what_is_not_taken_yet_is_not_overwritten() {
    receiver_waits(|isolate, own, chan| {
        park_receiver(chan, own, isolate, 2);
        send(chan, 6, own);
        send(chan, 7, own);
        assert!(matches!(own.take(), Some(Served { ticket: 1, .. })));
        assert_eq!(isolate.drain(), [received(2, 7, 2)]);
    });
}

#[test]
fn a_select_of_ones_own_is_told_which_case_won() {
    let isolate = MailOnly::new();
    let own = Own::new(isolate.mailbox.clone());
    let chans: [Chan; 2] = [Arc::new(Hchan::new(0)), Arc::new(Hchan::new(0))];
    let mut cases = chans.each_ref().map(|chan| Case::Recv(chan.clone()));
    let who = || isolate.parked(3);
    let (selected, unpark, enqueued) = select_or_park(&mut cases, who, Some(&own), &mut |_| 0);
    unpark.fire();
    assert_eq!(selected, Selected::NotReady);
    send(&chans[1], 7, &own);
    assert!(matches!(
        own.take(),
        Some(Served {
            ticket: 3,
            case: 1,
            value: Some(7)
        })
    ));
    assert!(!isolate.mailbox.is_pending());
    drop(enqueued);
    assert_eq!(chans[0].waiters(), (0, 0));
}

#[test]
fn a_select_serves_ones_own() {
    receiver_waits(|isolate, own, chan| {
        let mut cases = [Case::Send(chan.clone(), Some(7))];
        let who = || isolate.parked(2);
        let (selected, unpark, _) = select_or_park(&mut cases, who, Some(own), &mut |_| 0);
        unpark.fire();
        assert_eq!(selected, Selected::Sent(0));
        assert!(matches!(
            own.take(),
            Some(Served {
                ticket: 1,
                value: Some(7),
                ..
            })
        ));
        assert!(!isolate.mailbox.is_pending());
    });
}

#[test]
fn close_tells_by_mail() {
    receiver_waits(|isolate, own, chan| {
        chan.close().unwrap();
        assert!(own.take().is_none());
        assert_eq!(isolate.drain().len(), 1);
    });
}

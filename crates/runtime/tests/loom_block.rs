//! Blocks of values: order, parking in the middle of a block, closing, and giving back.
//!
//! Capacities 1 and 2 publish their counters at once; 3 does so late (`LATE_FROM` in
//! `chan/ring.rs`), so there a block meets what single operations hold back.
//!
//! Mutations, each checked by hand: a `meet` that does nothing fails
//! `a_block_meets_values_that_are_held_back`; a block that does not ask for `TX_SLOW` fails
//! `single_receives_meet_a_block`, and one that does not ask for `RX_SLOW` fails
//! `a_parked_sender_moves_up_when_a_block_leaves` (deadlocks); those of `loom_chan.rs` in the ring
//! fail nearly all.

#![cfg(loom)]

use gosched_runtime::chan::Hchan;
use gosched_runtime::error::SendBlockError;
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
    let mut into = [0; 8];
    let got = chan.try_recv_block(&mut into).unwrap_or(0);
    into[..got].to_vec()
}

#[test]
fn a_block_longer_than_the_ring_crosses_in_order() {
    at(&[0, 1, 2], |chan| {
        let sender = chan.clone();
        let sender = thread::spawn(move || block_on(sender.send_block(&[0, 1, 2])));
        let mut got: Vec<u32> = Vec::new();
        while got.len() < 3 {
            let mut into = [0; 2];
            let count = block_on(chan.recv_block(&mut into));
            assert!(count > 0);
            got.extend(&into[..count]);
        }
        assert_eq!(got, [0, 1, 2]);
        assert_eq!(sender.join().unwrap(), Ok(()));
        assert_eq!(chan.waiters(), (0, 0));
    });
}

#[test]
fn places_are_reused_in_order() {
    at(&[2, 3], |chan| {
        let full: Vec<u32> = (0..chan.capacity() as u32).collect();
        assert_eq!(chan.try_send_block(&full), Ok(full.len()));
        let next = full.len() as u32;
        let sender = chan.clone();
        let sender = thread::spawn(move || sender.try_send_block(&[next, next + 1]).unwrap());
        let mut into = [0; 2];
        let count = chan.try_recv_block(&mut into).unwrap();
        assert_eq!(count, 2, "there are two at any time");
        let mut got = into.to_vec();
        let sent = sender.join().unwrap() as u32;
        got.extend(rest(&chan));
        assert_eq!(got, (0..next + sent).collect::<Vec<_>>());
    });
}

#[test]
fn a_block_meets_values_that_are_held_back() {
    at(&[3], |chan| {
        let sender = chan.clone();
        let sender = thread::spawn(move || {
            let mut sent = 0;
            while sent < 3 && sender.try_send(sent).is_ok() {
                sent += 1;
            }
        });
        let mut into = [0; 3];
        let count = chan.try_recv_block(&mut into).unwrap_or(0);
        sender.join().unwrap();
        let mut got = into[..count].to_vec();
        got.extend(rest(&chan));
        assert_eq!(got, [0, 1, 2]);
    });
}

#[test]
fn single_receives_meet_a_block() {
    at(&[1, 3], |chan| {
        let receiver = chan.clone();
        let receiver = thread::spawn(move || block_on(receiver.recv()).unwrap());
        assert_eq!(block_on(chan.send_block(&[5, 6])), Ok(()));
        assert_eq!(receiver.join().unwrap(), 5);
        assert_eq!(rest(&chan), [6]);
    });
}

#[test]
fn a_parked_sender_moves_up_when_a_block_leaves() {
    at(&[1, 3], |chan| {
        let full: Vec<u32> = (0..chan.capacity() as u32).collect();
        chan.try_send_block(&full).unwrap();
        let next = full.len() as u32;
        let sender = chan.clone();
        let sender = thread::spawn(move || block_on(sender.send(next)).unwrap());
        let mut into = [0; 2];
        let count = block_on(chan.recv_block(&mut into));
        sender.join().unwrap();
        let mut got = into[..count].to_vec();
        got.extend(rest(&chan));
        assert_eq!(got, (0..=next).collect::<Vec<_>>());
    });
}

#[test]
fn what_fits_of_a_block_stays_together() {
    at(&[2, 3], |chan| {
        let other = chan.clone();
        let other = thread::spawn(move || other.try_send(9).is_ok());
        let sent = chan.try_send_block(&[1, 2]).unwrap();
        let nine = other.join().unwrap();
        let got = rest(&chan);
        assert_eq!(got.len(), sent + usize::from(nine));
        let ours: &[u32] = &[1, 2][..sent];
        let at = got.iter().position(|&value| value == 1).unwrap_or(0);
        assert_eq!(&got[at..at + sent], ours, "{got:?}");
    });
}

#[test]
fn a_close_tells_how_much_of_a_block_was_sent() {
    at(&[0, 1, 3], |chan| {
        let closer = chan.clone();
        let closer = thread::spawn(move || {
            let first = closer.try_recv().ok();
            closer.close().unwrap();
            first
        });
        let outcome = block_on(chan.send_block(&[0, 1, 2]));
        let mut got: Vec<u32> = closer.join().unwrap().into_iter().collect();
        got.extend(rest(&chan));
        let sent = match outcome {
            Ok(()) => 3,
            Err(SendBlockError { sent }) => sent as u32,
        };
        assert_eq!(got, (0..sent).collect::<Vec<_>>());
    });
}

#[test]
fn close_ends_a_parked_receive() {
    at(&[0, 1, 3], |chan| {
        let closer = chan.clone();
        let closer = thread::spawn(move || closer.close().unwrap());
        assert_eq!(block_on(chan.recv_block(&mut [0; 2])), 0);
        closer.join().unwrap();
    });
}

#[test]
fn a_served_receive_that_is_dropped_passes_its_value_on() {
    at(&[0, 1, 3], |chan| {
        let mut into = [0; 2];
        let mut given_up = Box::pin(chan.recv_block(&mut into));
        let mut context = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut given_up).poll(&mut context).is_pending());
        let sender = chan.clone();
        let sender = thread::spawn(move || block_on(sender.send_block(&[7, 8])).unwrap());
        drop(given_up);
        assert_eq!(block_on(chan.recv()), Some(7));
        assert_eq!(block_on(chan.recv()), Some(8));
        sender.join().unwrap();
    });
}

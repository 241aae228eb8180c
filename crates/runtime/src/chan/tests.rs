//! Stress tests of the two-lock ring across threads: every value once, in order.

use super::Hchan;
use crate::error::{TryRecvError, TrySendError};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};

/// The capacities at which something changes: unbuffered, one, two, a few, the first at which
/// counters are published late, a power of two, and one that is none.
const CAPACITIES: [usize; 8] = [0, 1, 2, 3, 32, 33, 64, 1000];

fn send_spinning(chan: &Hchan<u64>, mut value: u64) {
    while let Err(error) = chan.try_send(value) {
        match error {
            TrySendError::Full(back) => value = back,
            TrySendError::Closed(_) => panic!("closed too early"),
        }
        std::thread::yield_now();
    }
}

fn recv_spinning(chan: &Hchan<u64>) -> Option<u64> {
    loop {
        match chan.try_recv() {
            Ok(value) => return Some(value),
            Err(TryRecvError::Closed) => return None,
            Err(TryRecvError::Empty) => std::thread::yield_now(),
        }
    }
}

#[test]
fn one_sender_one_receiver_keep_order_at_every_buffered_capacity() {
    for capacity in CAPACITIES.into_iter().filter(|&c| c > 0) {
        let chan = Arc::new(Hchan::new(capacity));
        let sender = chan.clone();
        let thread = std::thread::spawn(move || {
            for i in 0..100_000 {
                send_spinning(&sender, i);
            }
            sender.close().unwrap();
        });
        let mut next = 0;
        while let Some(value) = recv_spinning(&chan) {
            assert_eq!(value, next, "capacity {capacity}");
            next += 1;
        }
        assert_eq!(next, 100_000);
        thread.join().unwrap();
    }
}

#[test]
fn many_senders_many_receivers_lose_and_double_nothing() {
    const SENDERS: u64 = 3;
    const EACH: u64 = 30_000;
    for capacity in CAPACITIES.into_iter().filter(|&c| c > 0) {
        let chan = Arc::new(Hchan::new(capacity));
        let (count, sum) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|s| {
            let senders: Vec<_> = (0..SENDERS)
                .map(|k| {
                    let chan = chan.clone();
                    s.spawn(move || (0..EACH).for_each(|i| send_spinning(&chan, k * EACH + i)))
                })
                .collect();
            for _ in 0..3 {
                s.spawn(|| {
                    while let Some(value) = recv_spinning(&chan) {
                        count.fetch_add(1, Ordering::Relaxed);
                        sum.fetch_add(value, Ordering::Relaxed);
                    }
                });
            }
            for sender in senders {
                sender.join().unwrap();
            }
            chan.close().unwrap();
        });
        let total = SENDERS * EACH;
        assert_eq!(count.into_inner(), total, "capacity {capacity}");
        assert_eq!(
            sum.into_inner(),
            total * (total - 1) / 2,
            "capacity {capacity}"
        );
    }
}

#[test]
fn len_and_capacity_are_exact_at_every_step() {
    for capacity in CAPACITIES {
        let chan = Hchan::new(capacity);
        assert_eq!((chan.len(), chan.capacity()), (0, capacity));
        for i in 0..capacity {
            chan.try_send(i as u64).unwrap();
            assert_eq!(chan.len(), i + 1);
        }
        assert_eq!(chan.try_send(7), Err(TrySendError::Full(7)));
        chan.close().unwrap();
        for i in 0..capacity {
            assert_eq!(chan.try_recv(), Ok(i as u64));
            assert_eq!(chan.len(), capacity - i - 1);
        }
        assert_eq!(chan.try_recv(), Err(TryRecvError::Closed));
    }
}

#[test]
fn values_still_buffered_are_dropped_with_the_channel() {
    let value = Arc::new(());
    let chan = Hchan::new(4);
    for _ in 0..3 {
        chan.try_send(value.clone()).unwrap();
    }
    chan.try_recv().unwrap();
    drop(chan);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_huge_capacity_is_refused_or_costs_nothing_until_used() {
    assert!(Hchan::<u64>::try_new(usize::MAX).is_none());
    if let Some(chan) = Hchan::<u64>::try_new(1 << 28) {
        chan.try_send(1).unwrap();
        assert_eq!(chan.try_recv(), Ok(1));
    }
}

/// What a receiver that went away gave back comes and goes without the ring: two looks that have all
/// of it between them must differ (`select/glance.rs`).
#[test]
fn a_look_sees_that_a_value_was_given_back_and_taken() {
    let chan = Hchan::new(1);
    let mut context = Context::from_waker(Waker::noop());
    let mut receive = Box::pin(chan.recv());
    assert!(receive.as_mut().poll(&mut context).is_pending());
    assert_eq!(chan.stuck(false), None, "somebody is parked");
    chan.try_send(1).unwrap();
    let before = chan.stuck(false).expect("it was handed over");
    drop(receive);
    assert_eq!(chan.stuck(false), None, "it was given back");
    assert_eq!(chan.try_recv(), Ok(1));
    let after = chan.stuck(false).expect("nothing is left");
    assert_ne!(before, after);
    // The ring is as it was.
    chan.try_send(2).unwrap();
    assert_eq!(chan.try_send(3), Err(TrySendError::Full(3)));
    assert!(chan.stuck(true).is_some());
    assert_eq!(chan.try_recv(), Ok(2));
    assert_eq!(chan.try_recv(), Err(TryRecvError::Empty));
}

//! A native receiver that goes away after it was handed a value gives it back: nothing is lost, and
//! the values keep the order in which they were sent.

#![cfg(not(loom))]

use gosched_runtime::chan::{Hchan, Recv};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// Receivers that were handed the values from 0 up, and do not know it yet.
fn served(chan: &Hchan<usize>, count: usize) -> Vec<Option<Recv<'_, usize>>> {
    let mut receivers: Vec<_> = (0..count).map(|_| chan.recv()).collect();
    for receiver in &mut receivers {
        assert!(poll(receiver).is_pending());
    }
    (0..count).for_each(|value| chan.try_send(value).unwrap());
    receivers.into_iter().map(Some).collect()
}

fn rest(chan: &Hchan<usize>) -> Vec<usize> {
    std::iter::from_fn(|| chan.try_recv().ok()).collect()
}

/// Every order in which the numbers below `n` can stand.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    let mut all = Vec::new();
    for shorter in permutations(n - 1) {
        for at in 0..n {
            let mut longer = shorter.clone();
            longer.insert(at, n - 1);
            all.push(longer);
        }
    }
    all
}

#[test]
fn the_order_is_kept_whoever_goes_first() {
    for capacity in [0, 1, 2, 64] {
        for order in permutations(4) {
            let chan = Hchan::new(capacity);
            let mut receivers = served(&chan, 4);
            let buffered = usize::from(capacity > 0);
            (0..buffered).for_each(|_| chan.try_send(4).unwrap());
            for &at in &order {
                drop(receivers[at].take());
            }
            let expected: Vec<_> = (0..4 + buffered).collect();
            assert_eq!(rest(&chan), expected, "capacity {capacity}, {order:?}");
        }
    }
}

#[test]
fn the_order_is_kept_among_those_left_when_one_is_received_in_between() {
    let chan = Hchan::new(2);
    let mut receivers = served(&chan, 3);
    drop(receivers[1].take());
    assert_eq!(chan.try_recv(), Ok(1));
    drop(receivers[2].take());
    drop(receivers[0].take());
    assert_eq!(rest(&chan), [0, 2]);
}

#[test]
fn a_value_given_back_twice_keeps_its_place() {
    let chan = Hchan::new(1);
    let mut receivers = served(&chan, 2);
    let mut next = chan.recv();
    assert!(poll(&mut next).is_pending());
    drop(receivers[0].take()); // 0 is handed to `next`
    drop(receivers[1].take());
    assert_eq!(chan.len(), 1);
    drop(next);
    assert_eq!(rest(&chan), [0, 1]);
}

#[test]
fn len_counts_what_was_given_back() {
    for capacity in [1, 2, 64] {
        let chan = Hchan::new(capacity);
        let mut receivers = served(&chan, 2);
        assert_eq!(chan.len(), 0);
        drop(receivers[0].take());
        assert_eq!((chan.len(), chan.is_empty()), (1, false));
        chan.try_send(2).unwrap();
        drop(receivers[1].take());
        assert_eq!(chan.len(), 3, "capacity {capacity}");
        for left in [2, 1, 0] {
            chan.try_recv().unwrap();
            assert_eq!(chan.len(), left);
        }
    }
}

#[test]
fn an_unbuffered_channel_has_no_length_even_then() {
    let chan = Hchan::new(0);
    drop(served(&chan, 1));
    assert_eq!((chan.len(), chan.capacity()), (0, 0));
    assert_eq!(chan.try_recv(), Ok(0));
}

#[test]
fn what_was_given_back_outlives_a_close() {
    for capacity in [0, 1] {
        let chan = Hchan::new(capacity);
        drop(served(&chan, 2));
        chan.close().unwrap();
        let mut got = Vec::new();
        while let Poll::Ready(Some(value)) = poll(&mut chan.recv()) {
            got.push(value);
        }
        assert_eq!(got, [0, 1], "capacity {capacity}");
    }
}

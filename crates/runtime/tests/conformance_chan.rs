//! Go's channels, case by case: first each operation in each state of a channel, then the cases of
//! the conformance catalogue that one goroutine can show, by number; the others are in
//! `conformance_chan_races.rs`. A nil channel is here a `Case::Never`, a panic of Go's an `Err`.

#![cfg(not(loom))]

mod by_hand;

use by_hand::start;
use gosched_runtime::chan::Hchan;
use gosched_runtime::error::{CloseError, SendError, TryRecvError, TrySendError};
use gosched_runtime::select::{Case, Selected, select, try_select};
use std::sync::Arc;

/// Unbuffered, small, a power of two, the first that publishes late, and one that is no power of
/// two.
const CAPACITIES: [usize; 7] = [0, 1, 2, 3, 32, 64, 100];

type Chan = Hchan<u64>;

/// A channel that holds so many values, from 0 up.
fn holding(capacity: usize, values: usize) -> Chan {
    let chan = Chan::new(capacity);
    (0..values as u64).for_each(|value| chan.try_send(value).unwrap());
    chan
}

fn full(capacity: usize) -> Chan {
    holding(capacity, capacity)
}

fn closed(chan: Chan) -> Chan {
    chan.close().unwrap();
    chan
}

/// Small channels, and in short runs fewer of them: what is done for each of Go's 200 capacities.
fn many_capacities() -> impl Iterator<Item = usize> {
    (0..40).chain([63, 64, 65, 127, 128, 199])
}

// The quick table, row by row.

#[test]
fn table_send() {
    for capacity in CAPACITIES {
        let chan = full(capacity);
        start(chan.send(7)).parked().still_parked(); // not ready
        if capacity > 0 {
            let chan = holding(capacity, capacity - 1);
            assert_eq!(start(chan.send(7)).done(), Ok(())); // ready
            let chan = closed(full(capacity));
            assert_eq!(start(chan.send(7)).done(), Err(SendError(7))); // closed, items left
        }
        let chan = closed(Chan::new(capacity));
        assert_eq!(start(chan.send(7)).done(), Err(SendError(7))); // closed, empty
    }
}

#[test]
fn table_try_send() {
    for capacity in CAPACITIES {
        assert_eq!(full(capacity).try_send(7), Err(TrySendError::Full(7)));
        if capacity > 0 {
            assert_eq!(holding(capacity, capacity - 1).try_send(7), Ok(()));
            let chan = closed(full(capacity));
            assert_eq!(chan.try_send(7), Err(TrySendError::Closed(7)));
        }
        let chan = closed(Chan::new(capacity));
        assert_eq!(chan.try_send(7), Err(TrySendError::Closed(7)));
    }
}

#[test]
fn table_recv() {
    for capacity in CAPACITIES {
        let chan = Chan::new(capacity);
        start(chan.recv()).parked().still_parked();
        if capacity > 0 {
            assert_eq!(start(holding(capacity, 1).recv()).done(), Some(0));
            assert_eq!(start(closed(holding(capacity, 1)).recv()).done(), Some(0));
        }
        let chan = closed(Chan::new(capacity));
        assert_eq!(start(chan.recv()).done(), None);
        assert_eq!(start(chan.recv()).done(), None);
    }
}

#[test]
fn table_try_recv() {
    for capacity in CAPACITIES {
        assert_eq!(Chan::new(capacity).try_recv(), Err(TryRecvError::Empty));
        if capacity > 0 {
            assert_eq!(holding(capacity, 1).try_recv(), Ok(0));
            assert_eq!(closed(holding(capacity, 1)).try_recv(), Ok(0));
        }
        let drained = closed(Chan::new(capacity)).try_recv();
        assert_eq!(drained, Err(TryRecvError::Closed), "never `Empty`");
    }
}

#[test]
fn table_close() {
    for capacity in CAPACITIES {
        let chan = Chan::new(capacity);
        let receivers: Vec<_> = (0..3).map(|_| start(chan.recv()).parked()).collect();
        assert_eq!(chan.close(), Ok(()));
        for receiver in receivers {
            assert_eq!(receiver.woken(), None);
        }
        assert_eq!(chan.close(), Err(CloseError));

        let chan = full(capacity);
        let senders: Vec<_> = (0..3).map(|i| start(chan.send(i)).parked()).collect();
        assert_eq!(chan.close(), Ok(()));
        for (i, sender) in senders.into_iter().enumerate() {
            assert_eq!(sender.woken(), Err(SendError(i as u64)));
        }
        assert_eq!(chan.close(), Err(CloseError));
    }
}

#[test]
fn table_len_and_capacity() {
    for capacity in CAPACITIES {
        for held in 0..=capacity {
            let chan = holding(capacity, held);
            assert_eq!((chan.len(), chan.capacity()), (held, capacity));
            let chan = closed(chan);
            assert_eq!((chan.len(), chan.capacity()), (held, capacity));
        }
    }
}

#[test]
fn table_range() {
    async fn range(chan: &Chan) -> Vec<u64> {
        let mut seen = Vec::new();
        while let Some(value) = chan.recv().await {
            seen.push(value);
        }
        seen
    }
    for capacity in CAPACITIES {
        let chan = full(capacity);
        start(range(&chan)).parked().still_parked(); // takes what is there, then parks
        assert!(chan.is_empty());
        let rest = start(range(&closed(full(capacity)))).done();
        assert_eq!(rest, (0..capacity as u64).collect::<Vec<_>>());
        assert_eq!(start(range(&closed(Chan::new(capacity)))).done(), []);
    }
}

#[test]
fn table_nil() {
    // Both directions are one case here: a nil channel is no channel.
    let mut cases: [Case<&Chan, u64>; 1] = [Case::Never];
    assert_eq!(try_select(&mut cases), Selected::NotReady);
    start(select(&mut cases)).parked().still_parked();
}

#[test]
fn table_a_select_case_behaves_as_the_operation_does() {
    let recv = |chan: &Chan| try_select(&mut [Case::Recv(chan)]);
    let send = |chan: &Chan| try_select(&mut [Case::Send(chan, Some(7))]);
    for capacity in CAPACITIES {
        assert_eq!(send(&full(capacity)), Selected::NotReady);
        assert_eq!(recv(&Chan::new(capacity)), Selected::NotReady);
        if capacity > 0 {
            let chan = holding(capacity, capacity - 1);
            assert_eq!(send(&chan), Selected::Sent(0));
            assert_eq!(chan.len(), capacity);
            assert_eq!(recv(&holding(capacity, 1)), Selected::Received(0, Some(0)));
            let chan = closed(full(capacity));
            assert_eq!(send(&chan), Selected::SendOnClosed(0));
            assert_eq!(recv(&chan), Selected::Received(0, Some(0)));
        }
        let chan = closed(Chan::new(capacity));
        assert_eq!(send(&chan), Selected::SendOnClosed(0));
        assert_eq!(recv(&chan), Selected::Received(0, None));
    }
}

// The catalogue.

#[test]
fn ch_001_receivers_of_an_empty_channel_stay_parked() {
    for capacity in many_capacities() {
        let chan = Chan::new(capacity);
        let mut first = start(chan.recv()).parked();
        let mut second = start(chan.recv()).parked();
        first.still_parked();
        second.still_parked();
        chan.try_send(1).unwrap();
        second.still_parked();
        assert_eq!(first.woken(), Some(1));
    }
}

#[test]
fn ch_002_and_ch_004_what_may_not_park_does_not() {
    for capacity in many_capacities() {
        let chan = Chan::new(capacity);
        assert_eq!(chan.try_recv(), Err(TryRecvError::Empty));
        let chan = full(capacity);
        assert_eq!(chan.try_send(9), Err(TrySendError::Full(9)));
        assert_eq!(chan.len(), capacity, "it is not queued");
        assert_eq!(chan.waiters(), (0, 0));
    }
}

#[test]
fn ch_003_a_sender_to_a_full_channel_stays_parked_until_one_receive() {
    for capacity in many_capacities() {
        let chan = full(capacity);
        let mut sender = start(chan.send(9)).parked();
        sender.still_parked();
        chan.try_recv().unwrap();
        assert_eq!(sender.woken(), Ok(()));
    }
}

#[test]
fn ch_005_to_ch_007_a_closed_channel_is_drained_in_order() {
    for capacity in many_capacities() {
        let chan = closed(full(capacity));
        for value in 0..capacity as u64 {
            assert_eq!(start(chan.recv()).done(), Some(value));
        }
        for _ in 0..2 {
            assert_eq!(start(chan.recv()).done(), None);
            assert_eq!(chan.try_recv(), Err(TryRecvError::Closed));
        }
    }
}

#[test]
fn ch_012_and_ch_013_len_and_capacity_of_new_and_full() {
    for capacity in many_capacities() {
        let chan = Chan::new(capacity);
        assert_eq!((chan.len(), chan.capacity()), (0, capacity));
        assert_eq!(full(capacity).len(), capacity);
    }
}

#[test]
fn ch_014_an_unbuffered_channel_has_length_0_even_with_parked_senders() {
    let chan = Chan::new(0);
    let _parked: Vec<_> = (0..3).map(|i| start(chan.send(i)).parked()).collect();
    assert_eq!(
        (chan.len(), chan.capacity(), chan.waiters()),
        (0, 0, (0, 3))
    );
}

#[test]
fn ch_016_len_of_a_closed_channel_falls_to_0() {
    let chan = closed(full(5));
    for left in (0..5).rev() {
        chan.try_recv().unwrap();
        assert_eq!(chan.len(), left);
    }
}

#[test]
fn ch_018_to_ch_020_nothing_happens_on_a_nil_channel() {
    let chan = Chan::new(0);
    let mut cases = [Case::Never, Case::Recv(&chan), Case::Never];
    assert_eq!(try_select(&mut cases), Selected::NotReady);
    let mut parked = start(select(&mut cases)).parked();
    parked.still_parked();
    chan.try_send(3).unwrap();
    assert_eq!(parked.woken(), Selected::Received(1, Some(3)));
}

#[test]
fn ch_021_a_send_that_finds_room_does_not_park() {
    let chan = Chan::new(2);
    assert_eq!(start(chan.send(1)).done(), Ok(()));
    assert_eq!(start(chan.send(2)).done(), Ok(()));
    assert_eq!(chan.waiters(), (0, 0));
}

#[test]
fn ch_023_and_ch_026_say_what_go_says() {
    let chan = closed(Chan::new(1));
    let sent = start(chan.send(5)).done().unwrap_err();
    assert_eq!(sent.to_string(), "send on closed channel");
    assert_eq!(sent.0, 5, "and the value comes back");
    let tried = chan.try_send(5).unwrap_err();
    assert_eq!(tried.to_string(), "send on closed channel");
    let again = chan.close().unwrap_err();
    assert_eq!(again.to_string(), "close of closed channel");
}

#[test]
#[should_panic(expected = "makechan: size out of range")]
fn ch_027_a_channel_that_no_memory_holds() {
    assert!(Chan::try_new(usize::MAX).is_none());
    let _ = Chan::new(usize::MAX / 4);
}

#[test]
fn ch_024_a_receive_nobody_answers_stays_parked() {
    let chan = Chan::new(0);
    start(chan.recv()).parked().still_parked();
    assert_eq!(chan.waiters(), (0, 0), "it has given up");
}

#[test]
fn ch_031_and_ch_032_close_fails_parked_senders_and_delivers_what_was_buffered() {
    for capacity in CAPACITIES {
        let chan = full(capacity);
        let senders: Vec<_> = (0..5).map(|i| start(chan.send(100 + i)).parked()).collect();
        chan.close().unwrap();
        for (i, sender) in senders.into_iter().enumerate() {
            assert_eq!(sender.woken(), Err(SendError(100 + i as u64)));
        }
        for value in 0..capacity as u64 {
            assert_eq!(chan.try_recv(), Ok(value));
        }
        assert_eq!(chan.try_recv(), Err(TryRecvError::Closed));
    }
}

#[test]
fn ch_034_a_value_for_a_parked_receiver_skips_the_buffer() {
    for capacity in CAPACITIES {
        let chan = Chan::new(capacity);
        let receiver = start(chan.recv()).parked();
        assert_eq!(start(chan.send(4)).done(), Ok(()));
        assert_eq!(chan.len(), 0);
        assert_eq!(chan.try_recv(), Err(TryRecvError::Empty), "it is promised");
        assert_eq!(receiver.woken(), Some(4));
    }
}

#[test]
fn ch_035_a_parked_value_takes_the_place_that_becomes_free() {
    for capacity in CAPACITIES.into_iter().filter(|&c| c > 0) {
        let chan = full(capacity);
        let sender = start(chan.send(capacity as u64)).parked();
        assert_eq!(chan.try_recv(), Ok(0));
        assert_eq!(chan.len(), capacity);
        assert_eq!(sender.woken(), Ok(()));
        for value in 1..=capacity as u64 {
            assert_eq!(chan.try_recv(), Ok(value));
        }
    }
}

#[test]
fn ch_036_first_parked_first_served() {
    for capacity in CAPACITIES {
        let chan = Chan::new(capacity);
        let receivers: Vec<_> = (0..5).map(|_| start(chan.recv()).parked()).collect();
        (0..5).for_each(|value| chan.try_send(value).unwrap());
        for (value, receiver) in receivers.into_iter().enumerate() {
            assert_eq!(receiver.woken(), Some(value as u64));
        }
        let chan = full(capacity);
        let senders: Vec<_> = (0..5).map(|i| start(chan.send(100 + i)).parked()).collect();
        for value in (0..capacity as u64).chain(100..105) {
            assert_eq!(chan.try_recv(), Ok(value));
        }
        for sender in senders {
            assert_eq!(sender.woken(), Ok(()));
        }
    }
}

#[test]
fn ch_038_a_buffer_is_first_in_first_out() {
    let chan = full(10);
    assert!((0..10).all(|value| chan.try_recv() == Ok(value)));
}

#[test]
fn ch_040_and_ch_041_who_waits_has_reason_to() {
    let seed = std::process::id() | 1;
    println!("seed {seed}");
    let mut random = gosched_runtime::sched::Rng::new(seed);
    for capacity in CAPACITIES {
        let chan = Chan::new(capacity);
        let mut parked = Vec::new();
        for step in 0..2_000 {
            match random.below(5) {
                0 | 1 => parked.extend(parked_only(start(wrap_send(&chan, step)))),
                2 | 3 => parked.extend(parked_only(start(wrap_recv(&chan)))),
                _ if parked.is_empty() => {}
                _ => drop(parked.swap_remove(random.below(parked.len() as u32) as usize)),
            }
            let (receivers, senders) = chan.waiters();
            assert!(receivers == 0 || senders == 0);
            assert!(receivers == 0 || chan.is_empty(), "items, and one waits");
            assert!(
                senders == 0 || chan.len() >= capacity,
                "room, and one waits"
            );
        }
    }
}

async fn wrap_send(chan: &Chan, value: u64) {
    chan.send(value).await.unwrap();
}

async fn wrap_recv(chan: &Chan) {
    chan.recv().await.unwrap();
}

fn parked_only<T>(started: by_hand::Started<'_, T>) -> Option<by_hand::Op<'_, T>> {
    match started {
        by_hand::Started::Done(_) => None,
        by_hand::Started::Parked(op) => Some(op),
    }
}

#[test]
fn ch_044_a_wake_up_for_nothing_is_not_seen() {
    let chan = Chan::new(0);
    let mut receiver = start(chan.recv()).parked();
    for _ in 0..3 {
        receiver.still_parked(); // looks again
    }
    assert_eq!(chan.waiters(), (1, 0));
    chan.try_send(1).unwrap();
    assert_eq!(receiver.woken(), Some(1));
}

#[test]
fn ch_045_a_channel_does_not_keep_what_was_received() {
    for capacity in [1, 2, 64] {
        let (chan, value) = (Hchan::new(capacity), Arc::new(()));
        chan.try_send(value.clone()).unwrap();
        drop(chan.try_recv().unwrap());
        assert_eq!(Arc::strong_count(&value), 1);
    }
}

#[test]
fn ch_046_the_value_of_a_parked_sender_lives_until_it_is_received() {
    let (chan, value) = (Hchan::new(0), Arc::new(5));
    let weak = Arc::downgrade(&value);
    let sender = start(chan.send(value)).parked();
    assert_eq!(weak.strong_count(), 1);
    let received = chan.try_recv().unwrap();
    assert_eq!(sender.woken(), Ok(()));
    assert_eq!((*received, weak.strong_count()), (5, 1));
}

#[test]
fn ch_052_values_of_different_types_behind_one_interface() {
    type Any = Box<dyn std::any::Any + Send>;
    let chan: Hchan<Any> = Hchan::new(1);
    let value = Arc::new(3);
    chan.try_send(Box::new(value.clone())).unwrap();
    for other in [Box::new(value) as Any, Box::new("text")] {
        assert!(matches!(
            try_select(&mut [Case::Send(&chan, Some(other))]),
            Selected::NotReady
        ));
    }
    let received = chan.try_recv().unwrap();
    assert_eq!(received.downcast_ref::<Arc<i32>>().map(|v| **v), Some(3));
}

#[test]
fn ch_053_and_ch_054_elements_of_no_size_count_like_others() {
    for capacity in CAPACITIES {
        let chan = Hchan::<()>::new(capacity);
        for held in 0..capacity {
            assert_eq!(chan.len(), held);
            chan.try_send(()).unwrap();
        }
        assert_eq!(chan.try_send(()), Err(TrySendError::Full(())));
        let sender = start(chan.send(())).parked();
        assert_eq!(chan.try_recv(), Ok(()));
        assert_eq!(sender.woken(), Ok(()));
        for _ in 0..capacity {
            assert_eq!(chan.try_recv(), Ok(()));
        }
        start(chan.recv()).parked().still_parked();
    }
}

#[test]
fn ch_055_and_ch_056_elements_of_every_size_arrive_whole() {
    fn goes_through<T: Clone + PartialEq + std::fmt::Debug + Send>(value: &T) {
        for capacity in [0, 8] {
            let chan = Hchan::new(capacity);
            let receiver = start(chan.recv()).parked();
            chan.try_send(value.clone()).unwrap();
            assert_eq!(receiver.woken().as_ref(), Some(value));
            if capacity > 0 {
                chan.try_send(value.clone()).unwrap();
                assert_eq!(chan.try_recv().as_ref(), Ok(value));
            }
        }
    }
    goes_through(&1_u8);
    goes_through(&-1_i64);
    goes_through(&"pointer");
    goes_through(&[7_u64; 4]);
    goes_through(&[7_u64; 5]);
    goes_through(&vec![3_u8; 70_000]);
    goes_through(&[9_u8; 16 * 1024]);
}

#[test]
fn ch_059_and_ch_060_what_may_not_park_meets_who_is_parked() {
    for capacity in [0, 1] {
        let chan = Chan::new(capacity);
        let receiver = start(chan.recv()).parked();
        assert_eq!(
            try_select(&mut [Case::Send(&chan, Some(5))]),
            Selected::Sent(0)
        );
        assert_eq!(receiver.woken(), Some(5));

        let chan = full(capacity);
        let sender = start(chan.send(capacity as u64)).parked();
        for value in 0..=capacity as u64 {
            assert_eq!(
                try_select(&mut [Case::Recv(&chan)]),
                Selected::Received(0, Some(value))
            );
        }
        assert_eq!(sender.woken(), Ok(()));
    }
}

#[test]
fn ch_066_a_channel_that_carries_channels() {
    let (outer, inner) = (Hchan::new(1), Arc::new(Chan::new(1)));
    outer.try_send(inner.clone()).unwrap();
    let Selected::Received(0, Some(got)) = try_select(&mut [Case::Recv(&outer)]) else {
        panic!("it is there");
    };
    got.try_send(8).unwrap();
    assert_eq!(inner.try_recv(), Ok(8));
}

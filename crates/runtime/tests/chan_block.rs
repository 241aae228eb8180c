//! Blocks of values: like that many single operations in order.

#![cfg(not(loom))]

use gosched_runtime::chan::{Hchan, Parked, Then, Unpark};
use gosched_runtime::error::{SendBlockError, TryRecvError};
use gosched_runtime::host::{Host, IsolateId};
use gosched_runtime::mailbox::{Event, Mailbox};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

/// Unbuffered, small, the first that publishes late, and one that is no power of two.
const CAPACITIES: [usize; 7] = [0, 1, 2, 3, 32, 64, 100];

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

struct Unparker(Thread);

impl Wake for Unparker {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread, which sleeps until it is woken.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unparker(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

fn numbers(from: u64, count: usize) -> Vec<u64> {
    (from..from + count as u64).collect()
}

fn recv_all(chan: &Hchan<u64>) -> Vec<u64> {
    let mut into = [0; 1000];
    let got = chan.try_recv_block(&mut into).unwrap_or(0);
    into[..got].to_vec()
}

#[test]
fn a_block_that_fits_is_there_at_once_wherever_the_ring_stands() {
    for capacity in CAPACITIES.into_iter().filter(|&c| c > 0) {
        for start in 0..capacity.min(40) {
            for length in 0..=capacity.min(40) {
                let chan = Hchan::new(capacity);
                for _ in 0..start {
                    chan.try_send(0).unwrap();
                    chan.try_recv().unwrap();
                }
                let block = numbers(1, length);
                assert_eq!(chan.try_send_block(&block), Ok(length));
                assert_eq!(chan.len(), length);
                assert_eq!(recv_all(&chan), block, "capacity {capacity}, at {start}");
                assert!(chan.is_empty());
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_not_sent_without_parking() {
    for capacity in CAPACITIES {
        let chan = Hchan::new(capacity);
        let block = numbers(0, capacity + 5);
        assert_eq!(chan.try_send_block(&block), Ok(capacity));
        assert_eq!(chan.try_send_block(&block), Ok(0));
        assert_eq!(recv_all(&chan), block[..capacity]);
    }
}

#[test]
fn values_sent_one_by_one_are_all_received_at_once() {
    for capacity in CAPACITIES.into_iter().filter(|&c| c > 0) {
        for count in 1..=capacity {
            let chan = Hchan::new(capacity);
            (0..count as u64).for_each(|value| chan.try_send(value).unwrap());
            let mut into = [0; 128];
            let got = poll(pin!(chan.recv_block(&mut into)));
            assert_eq!(got, Poll::Ready(count), "capacity {capacity}");
            assert_eq!(into[..count], numbers(0, count));
        }
    }
}

#[test]
fn a_short_receive_leaves_the_rest() {
    let chan = Hchan::new(8);
    chan.try_send_block(&numbers(0, 8)).unwrap();
    let mut into = [0; 3];
    assert_eq!(chan.try_recv_block(&mut into), Ok(3));
    assert_eq!(into, [0, 1, 2]);
    assert_eq!(chan.try_recv(), Ok(3));
    assert_eq!(recv_all(&chan), numbers(4, 4));
}

#[test]
fn nothing_to_send_or_nowhere_to_put_it_is_done_at_once() {
    for capacity in [0, 1] {
        let chan = Hchan::<u64>::new(capacity);
        assert_eq!(chan.try_send_block(&[]), Ok(0));
        assert_eq!(chan.try_recv_block(&mut []), Ok(0));
        assert_eq!(poll(pin!(chan.send_block(&[]))), Poll::Ready(Ok(())));
        assert_eq!(poll(pin!(chan.recv_block(&mut []))), Poll::Ready(0));
    }
}

#[test]
fn a_receive_waits_for_one_value_and_takes_what_is_there_then() {
    for capacity in CAPACITIES {
        let chan = Hchan::new(capacity);
        let mut into = [0; 256];
        let mut recv = Box::pin(chan.recv_block(&mut into));
        assert!(poll(recv.as_mut()).is_pending());
        assert_eq!(chan.try_send_block(&numbers(0, 200)), Ok(1 + capacity));
        assert_eq!(poll(recv.as_mut()), Poll::Ready(1 + capacity));
        drop(recv);
        assert_eq!(into[..=capacity], numbers(0, 1 + capacity));
        assert!(chan.is_empty());
    }
}

#[test]
fn a_send_waits_for_room_and_fills_it() {
    for capacity in CAPACITIES {
        let chan = Hchan::new(capacity);
        let block = numbers(0, 2 * capacity + 2);
        let mut send = pin!(chan.send_block(&block));
        assert!(poll(send.as_mut()).is_pending());
        assert_eq!((chan.len(), chan.waiters()), (capacity, (0, 1)));
        assert_eq!(
            recv_all(&chan),
            block[..=capacity],
            "the ring and what was offered"
        );
        assert!(poll(send.as_mut()).is_pending());
        assert_eq!(recv_all(&chan), block[capacity + 1..]);
        assert_eq!(poll(send.as_mut()), Poll::Ready(Ok(())));
    }
}

#[test]
fn parked_senders_move_up_when_a_block_leaves() {
    let chan = Hchan::new(2);
    chan.try_send_block(&[0, 1]).unwrap();
    let mut parked: Vec<_> = (2..6).map(|value| Box::pin(chan.send(value))).collect();
    for send in &mut parked {
        assert!(poll(send.as_mut()).is_pending());
    }
    let mut into = [0; 3];
    assert_eq!(chan.try_recv_block(&mut into), Ok(3));
    assert_eq!(into, [0, 1, 2]);
    assert_eq!((chan.len(), chan.waiters()), (2, (0, 1)));
    for send in &mut parked[..3] {
        assert_eq!(poll(send.as_mut()), Poll::Ready(Ok(())));
    }
    assert_eq!(recv_all(&chan), [3, 4, 5]);
}

#[test]
fn a_block_goes_to_parked_receivers_one_by_one() {
    for capacity in [0, 1, 8] {
        let chan = Hchan::new(capacity);
        let mut parked: Vec<_> = (0..3).map(|_| Box::pin(chan.recv())).collect();
        for recv in &mut parked {
            assert!(poll(recv.as_mut()).is_pending());
        }
        let sent = chan.try_send_block(&numbers(0, 5)).unwrap();
        assert_eq!(sent, 3 + capacity.min(2));
        for (value, recv) in parked.iter_mut().enumerate() {
            assert_eq!(poll(recv.as_mut()), Poll::Ready(Some(value as u64)));
        }
        assert_eq!(recv_all(&chan), numbers(3, sent - 3));
    }
}

#[test]
fn other_values_come_between_only_where_a_block_parked() {
    let chan = Hchan::new(4);
    let block = numbers(0, 6);
    let mut send = pin!(chan.send_block(&block));
    assert!(poll(send.as_mut()).is_pending());
    let mut other = pin!(chan.send(100));
    assert!(poll(other.as_mut()).is_pending());
    assert_eq!(recv_all(&chan), [0, 1, 2, 3, 4, 100]);
    assert_eq!(poll(send.as_mut()), Poll::Ready(Ok(())));
    assert_eq!(recv_all(&chan), [5]);
}

#[test]
fn a_closed_channel_is_drained_and_then_gives_0() {
    for capacity in CAPACITIES.into_iter().filter(|&c| c > 1) {
        let chan = Hchan::new(capacity);
        chan.try_send_block(&[1, 2]).unwrap();
        chan.close().unwrap();
        let failed = SendBlockError { sent: 0 };
        assert_eq!(chan.try_send_block(&[3]), Err(failed));
        assert_eq!(poll(pin!(chan.send_block(&[3]))), Poll::Ready(Err(failed)));
        let mut into = [0; 4];
        assert_eq!(poll(pin!(chan.recv_block(&mut into))), Poll::Ready(2));
        assert_eq!(poll(pin!(chan.recv_block(&mut into))), Poll::Ready(0));
        assert_eq!(chan.try_recv_block(&mut into), Err(TryRecvError::Closed));
    }
}

#[test]
fn close_tells_a_parked_send_how_much_was_sent() {
    for capacity in CAPACITIES {
        let chan = Hchan::new(capacity);
        let block = numbers(0, capacity + 3);
        let mut send = pin!(chan.send_block(&block));
        assert!(poll(send.as_mut()).is_pending());
        chan.close().unwrap();
        let failed = Err(SendBlockError { sent: capacity });
        assert_eq!(poll(send.as_mut()), Poll::Ready(failed));
        assert_eq!(recv_all(&chan), block[..capacity]);
    }
}

#[test]
fn close_ends_a_parked_receive() {
    for capacity in CAPACITIES {
        let chan = Hchan::<u64>::new(capacity);
        let mut into = [0; 4];
        let mut recv = pin!(chan.recv_block(&mut into));
        assert!(poll(recv.as_mut()).is_pending());
        chan.close().unwrap();
        assert_eq!(poll(recv.as_mut()), Poll::Ready(0));
    }
}

#[test]
fn a_block_that_gives_up_leaves_what_was_sent_and_no_more() {
    let chan = Hchan::new(2);
    let block = numbers(0, 5);
    {
        let mut send = pin!(chan.send_block(&block));
        assert!(poll(send.as_mut()).is_pending());
    }
    assert_eq!(chan.waiters(), (0, 0));
    assert_eq!(recv_all(&chan), [0, 1]);
}

#[test]
fn a_receive_that_gives_up_gives_its_value_back() {
    let chan = Hchan::new(2);
    {
        let mut into = [0; 2];
        let mut recv = pin!(chan.recv_block(&mut into));
        assert!(poll(recv.as_mut()).is_pending());
        chan.try_send_block(&[1, 2]).unwrap();
    }
    assert_eq!(recv_all(&chan), [1, 2]);
}

struct NoHost;

impl Host for NoHost {
    fn start_isolate(&self) {}
    fn end_isolate(&self, _: IsolateId) {}
    fn wake_isolate(&self, _: IsolateId) {}
}

#[test]
fn an_isolates_block_parks_with_one_value_and_is_told_by_mail() {
    let mailbox = Arc::new(Mailbox::new(0, Arc::new(NoHost)));
    let who = |ticket| {
        let mailbox = mailbox.clone();
        move || Parked::Isolate { mailbox, ticket }
    };
    let chan = Hchan::new(2);
    let mut into = [0; 4];
    let recv = chan.recv_block_or_park(&mut into, who(1));
    assert_eq!((recv.count, recv.then), (0, Then::Parked));
    recv.wake.fire();

    let block = numbers(0, 5);
    let send = chan.send_block_or_park(&block, who(2));
    assert_eq!((send.count, send.then), (3, Then::Parked));
    assert!(
        send.wake
            .into_iter()
            .all(|unpark| !matches!(unpark, Unpark::Task(_)))
    );
    let recv = chan.recv_block_or_park(&mut into, who(3));
    assert_eq!((recv.count, recv.then), (3, Then::Done));
    recv.wake.fire();
    assert_eq!(into[..3], [1, 2, 3]);

    let mut mail = Vec::new();
    mailbox.drain(&mut mail);
    let (case, value) = (0, Some(0));
    let received = Event::Received {
        ticket: 1,
        case,
        value,
        turn: 1,
    };
    assert_eq!(mail, [received, Event::Sent { ticket: 2, case }]);
    let rest = chan.send_block_or_park(&block[send.count + 1..], who(4));
    assert_eq!((rest.count, rest.then), (1, Then::Done));
    rest.wake.fire();
    chan.close().unwrap();
    let last = chan.recv_block_or_park(&mut into, who(5));
    assert_eq!((last.count, last.then, into[0]), (1, Then::Done, 4));
    last.wake.fire();
    let none = chan.recv_block_or_park(&mut into, who(6));
    assert_eq!((none.count, none.then), (0, Then::Closed));
    none.wake.fire();
    let failed = chan.send_block_or_park(&block, who(7));
    assert_eq!((failed.count, failed.then), (0, Then::Closed));
    failed.wake.fire();
}

#[test]
fn elements_of_no_size_are_counted() {
    let chan = Hchan::new(40);
    assert_eq!(chan.try_send_block(&[(); 50]), Ok(40));
    let mut into = [(); 30];
    assert_eq!(chan.try_recv_block(&mut into), Ok(30));
    assert_eq!(chan.try_recv_block(&mut into), Ok(10));
}

/// xorshift64*: tests that choose at random say what they chose from.
struct Random(u64);

impl Random {
    fn seeded() -> Self {
        let seed = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_nanos() as u64
            | 1;
        println!("seed {seed}");
        Self(seed)
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n
    }
}

#[test]
fn blocks_and_single_operations_mixed_at_random_are_a_queue() {
    let mut random = Random::seeded();
    for capacity in CAPACITIES.into_iter().filter(|&c| c > 0) {
        let chan = Hchan::new(capacity);
        let mut model = VecDeque::new();
        let mut next = 0;
        for _ in 0..20_000 {
            let length = random.below(2 * capacity.min(20) + 1);
            match random.below(4) {
                0 => {
                    let sent = chan.try_send_block(&numbers(next, length)).unwrap();
                    assert_eq!(sent, length.min(capacity - model.len()));
                    model.extend(numbers(next, sent));
                    next += sent as u64;
                }
                1 => {
                    let mut into = vec![0; length];
                    let got = chan.try_recv_block(&mut into).unwrap_or(0);
                    assert_eq!(got, length.min(model.len()));
                    assert!(model.drain(..got).eq(into[..got].iter().copied()));
                }
                2 => {
                    if chan.try_send(next).is_ok() {
                        model.push_back(next);
                        next += 1;
                    }
                }
                _ => assert_eq!(chan.try_recv().ok(), model.pop_front()),
            }
            assert_eq!(chan.len(), model.len());
        }
    }
}

#[test]
fn one_sender_one_receiver_keep_order_across_threads() {
    const TOTAL: u64 = 100_000;
    for capacity in CAPACITIES {
        let chan = Arc::new(Hchan::new(capacity));
        let sender = chan.clone();
        let thread = std::thread::spawn(move || {
            let mut next = 0;
            // Short blocks through small channels: there each value may cost a wake-up.
            let longest = (3 * capacity as u64 + 2) % 301;
            let total = if capacity < 3 { TOTAL / 10 } else { TOTAL };
            while next < total {
                let count = (next % longest + 1).min(total - next);
                block_on(sender.send_block(&numbers(next, count as usize))).unwrap();
                next += count;
            }
            sender.close().unwrap();
            total
        });
        let mut next = 0;
        let mut into = [0; 77];
        loop {
            let got = block_on(chan.recv_block(&mut into));
            if got == 0 {
                break;
            }
            assert_eq!(into[..got], numbers(next, got), "capacity {capacity}");
            next += got as u64;
        }
        assert_eq!(next, thread.join().unwrap());
    }
}

#[test]
fn many_senders_many_receivers_lose_and_double_nothing() {
    const EACH: u64 = 20_000;
    for capacity in [1, 3, 64] {
        let chan = Arc::new(Hchan::new(capacity));
        let mut all: Vec<u64> = std::thread::scope(|s| {
            let senders: Vec<_> = (0..2)
                .map(|k| {
                    let chan = chan.clone();
                    s.spawn(move || {
                        let all = numbers(k * EACH, EACH as usize);
                        for block in all.chunks(50) {
                            block_on(chan.send_block(block)).unwrap();
                        }
                    })
                })
                .collect();
            let receivers: Vec<_> = (0..2)
                .map(|_| {
                    s.spawn(|| {
                        let (mut got, mut into) = (Vec::new(), [0; 33]);
                        loop {
                            match block_on(chan.recv_block(&mut into)) {
                                0 => return got,
                                count => got.extend(&into[..count]),
                            }
                        }
                    })
                })
                .collect();
            for sender in senders {
                sender.join().unwrap();
            }
            chan.close().unwrap();
            receivers
                .into_iter()
                .flat_map(|receiver| receiver.join().unwrap())
                .collect()
        });
        all.sort_unstable();
        assert_eq!(all, numbers(0, 2 * EACH as usize), "capacity {capacity}");
    }
}

//! Channels allocate nothing in steady state: neither where an operation is done at once, nor where
//! it parks, once a queue has been as long before. Each test does all on its own thread, which
//! counts.

#![cfg(not(loom))]

use gosched_runtime::chan::Hchan;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting for each thread.
struct Counting;

// SAFETY: everything is the system allocator's, which keeps the contract; the count is a thread's
// own and needs no memory that would have to be allocated.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's duty.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's duty.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// A waker as a native goroutine's is: one more count of an `Arc`.
struct Goroutine;

impl Wake for Goroutine {
    fn wake(self: Arc<Self>) {}
}

fn poll<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// Does `step` until all memory it needs has been allocated, and then counts.
fn allocations(mut step: impl FnMut(u64)) -> usize {
    (0..3).for_each(&mut step);
    let before = ALLOCATIONS.get();
    (0..100).for_each(&mut step);
    ALLOCATIONS.get() - before
}

#[test]
fn the_count_counts() {
    let counted = allocations(|value| drop(std::hint::black_box(Box::new(value))));
    assert_eq!(counted, 100);
}

#[test]
fn an_operation_that_is_done_at_once_allocates_nothing() {
    for capacity in [1, 2, 64] {
        let (chan, waker) = (Hchan::new(capacity), Waker::from(Arc::new(Goroutine)));
        let counted = allocations(|value| {
            chan.try_send(value).unwrap();
            assert_eq!(chan.try_recv(), Ok(value));
            assert!(chan.try_recv().is_err());
            assert_eq!(poll(pin!(chan.send(value)), &waker), Poll::Ready(Ok(())));
            assert_eq!(poll(pin!(chan.recv()), &waker), Poll::Ready(Some(value)));
        });
        assert_eq!(counted, 0, "capacity {capacity}");
    }
}

#[test]
fn a_receiver_that_parks_allocates_nothing() {
    for capacity in [0, 1, 64] {
        let (chan, waker) = (Hchan::new(capacity), Waker::from(Arc::new(Goroutine)));
        let counted = allocations(|value| {
            let (mut first, mut second) = (pin!(chan.recv()), pin!(chan.recv()));
            assert!(poll(first.as_mut(), &waker).is_pending());
            assert!(poll(second.as_mut(), &waker).is_pending());
            assert_eq!(poll(pin!(chan.send(value)), &waker), Poll::Ready(Ok(())));
            chan.try_send(value + 1).unwrap();
            assert_eq!(poll(first, &waker), Poll::Ready(Some(value)));
            assert_eq!(poll(second, &waker), Poll::Ready(Some(value + 1)));
        });
        assert_eq!(counted, 0, "capacity {capacity}");
    }
}

#[test]
fn a_sender_that_parks_allocates_nothing() {
    for capacity in [0, 1, 64] {
        let (chan, waker) = (Hchan::new(capacity), Waker::from(Arc::new(Goroutine)));
        (0..capacity).for_each(|_| chan.try_send(0).unwrap());
        let counted = allocations(|value| {
            let mut send = pin!(chan.send(value));
            assert!(poll(send.as_mut(), &waker).is_pending());
            assert!(poll(pin!(chan.recv()), &waker).is_ready());
            assert_eq!(poll(send, &waker), Poll::Ready(Ok(())));
        });
        assert_eq!(counted, 0, "capacity {capacity}");
    }
}

#[test]
fn one_that_parks_and_gives_up_allocates_nothing() {
    let (chan, waker) = (Hchan::new(0), Waker::from(Arc::new(Goroutine)));
    let counted = allocations(|value| {
        {
            let mut recv = pin!(chan.recv());
            assert!(poll(recv.as_mut(), &waker).is_pending());
            chan.try_send(value).unwrap();
        }
        assert_eq!(chan.try_recv(), Ok(value));
        assert!(poll(pin!(chan.send(value)), &waker).is_pending());
    });
    assert_eq!(counted, 0);
}

#[test]
fn a_block_allocates_nothing() {
    let (chan, waker) = (Hchan::new(64), Waker::from(Arc::new(Goroutine)));
    let (block, mut into) = ([7_u64; 100], [0; 100]);
    let counted = allocations(|_| {
        let mut send = pin!(chan.send_block(&block));
        assert!(poll(send.as_mut(), &waker).is_pending());
        assert_eq!(chan.try_recv_block(&mut into), Ok(65));
        assert_eq!(poll(send, &waker), Poll::Ready(Ok(())));
        assert_eq!(chan.try_recv_block(&mut into), Ok(35));
        let mut recv = pin!(chan.recv_block(&mut into));
        assert!(poll(recv.as_mut(), &waker).is_pending());
        assert_eq!(chan.try_send_block(&block[..50]), Ok(50));
        assert_eq!(poll(recv, &waker), Poll::Ready(50));
    });
    assert_eq!(counted, 0);
}

//! `select` over channels of different elements: what is chosen, what is left alone, and that nothing is
//! lost between many threads. Of the passes themselves see `conformance_select.rs`; they are the same.

#![cfg(not(loom))]

use gosched_runtime::chan::Hchan;
use gosched_runtime::select::{MixedCase, MixedSelect, Selected};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

type Chan<T> = Arc<Hchan<T>>;

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn wait<F: Future + Unpin>(mut future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = Pin::new(&mut future).poll(&mut context) {
            return output;
        }
        thread::park();
    }
}

fn chans() -> (Chan<u8>, Chan<f64>) {
    (Arc::new(Hchan::new(1)), Arc::new(Hchan::new(1)))
}

fn both(bytes: &Chan<u8>, floats: &Chan<f64>) -> MixedSelect<f64> {
    MixedSelect::new(vec![
        MixedCase::recv(bytes.clone(), f64::from),
        MixedCase::recv(floats.clone(), |value| value),
        MixedCase::never(),
    ])
}

#[test]
fn it_receives_from_whichever_is_ready() {
    let (bytes, floats) = chans();
    assert_eq!(both(&bytes, &floats).or_not(), Selected::NotReady);
    bytes.try_send(7).unwrap();
    assert_eq!(
        both(&bytes, &floats).or_not(),
        Selected::Received(0, Some(7.0))
    );
    floats.try_send(0.5).unwrap();
    assert_eq!(
        wait(both(&bytes, &floats)),
        Selected::Received(1, Some(0.5))
    );
    floats.close().unwrap();
    assert_eq!(wait(both(&bytes, &floats)), Selected::Received(1, None));
}

#[test]
fn a_parked_one_is_served_once_and_leaves_the_other_queues() {
    let (bytes, floats) = chans();
    let mut select = both(&bytes, &floats);
    assert!(poll(&mut select).is_pending());
    assert_eq!((bytes.waiters().0, floats.waiters().0), (1, 1));
    floats.try_send(1.5).unwrap();
    bytes.try_send(3).unwrap();
    assert_eq!(
        poll(&mut select),
        Poll::Ready(Selected::Received(1, Some(1.5)))
    );
    assert_eq!((bytes.waiters().0, floats.waiters().0), (0, 0));
    assert_eq!((bytes.len(), floats.len()), (1, 0));
}

#[test]
fn one_that_is_dropped_after_it_was_served_gives_the_value_back() {
    let (bytes, floats) = chans();
    let mut select = both(&bytes, &floats);
    assert!(poll(&mut select).is_pending());
    floats.try_send(1.5).unwrap();
    floats.try_send(2.5).unwrap();
    drop(select);
    assert_eq!(
        (floats.try_recv().unwrap(), floats.try_recv().unwrap()),
        (1.5, 2.5)
    );
    assert_eq!((bytes.waiters().0, floats.waiters().0), (0, 0));
}

#[test]
fn offers_are_taken_or_come_to_nothing() {
    let (bytes, floats) = chans();
    bytes.try_send(0).unwrap();
    floats.try_send(0.0).unwrap();
    let offers = || {
        MixedSelect::<f64>::new(vec![
            MixedCase::send(bytes.clone(), 1, f64::from),
            MixedCase::send(floats.clone(), 1.0, |value| value),
            MixedCase::send(bytes.clone(), 2, f64::from),
        ])
    };
    assert_eq!(offers().or_not(), Selected::NotReady);
    let mut parked = offers();
    assert!(poll(&mut parked).is_pending());
    assert_eq!(floats.try_recv(), Ok(0.0));
    assert_eq!(poll(&mut parked), Poll::Ready(Selected::Sent(1)));
    assert_eq!((bytes.waiters().1, floats.try_recv()), (0, Ok(1.0)));
    let mut parked = {
        floats.try_send(0.0).unwrap();
        offers()
    };
    assert!(poll(&mut parked).is_pending());
    floats.close().unwrap();
    assert_eq!(poll(&mut parked), Poll::Ready(Selected::SendOnClosed(1)));
    assert_eq!(bytes.try_recv(), Ok(0));
    assert!(bytes.try_recv().is_err(), "what lost was not sent");
}

#[test]
fn nothing_is_lost_or_doubled_between_threads() {
    const EACH: u64 = 3_000;
    for capacity in [0, 1, 4] {
        let bytes: Chan<u32> = Arc::new(Hchan::new(capacity));
        let floats: Chan<f64> = Arc::new(Hchan::new(capacity));
        let (sum, count) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let gave_up = Arc::new(AtomicBool::new(false));
        thread::scope(|scope| {
            for number in 0..3 {
                let (bytes, floats) = (bytes.clone(), floats.clone());
                let (sum, count, gave_up) = (sum.clone(), count.clone(), gave_up.clone());
                scope.spawn(move || {
                    let into = |value: u32| f64::from(value);
                    let select = || {
                        MixedSelect::new(vec![
                            MixedCase::recv(bytes.clone(), into),
                            MixedCase::recv(floats.clone(), |value| value),
                        ])
                    };
                    loop {
                        // The first one parks and goes away: what it was handed goes to others.
                        let selected = if number == 0 {
                            match poll(&mut select()) {
                                Poll::Ready(selected) => selected,
                                Poll::Pending => {
                                    gave_up.store(true, Ordering::Relaxed);
                                    thread::yield_now();
                                    continue;
                                }
                            }
                        } else {
                            wait(select())
                        };
                        let Selected::Received(_, Some(value)) = selected else {
                            return;
                        };
                        sum.fetch_add(value as u64, Ordering::Relaxed);
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            // So that the first thread's turn has come, however late it was started.
            while !gave_up.load(Ordering::Relaxed) {
                thread::yield_now();
            }
            let senders = [
                scope.spawn(|| (0..EACH).for_each(|n| wait(bytes.send(n as u32)).unwrap())),
                scope.spawn(|| (0..EACH).for_each(|n| wait(floats.send(n as f64)).unwrap())),
                scope.spawn(|| {
                    let all: Vec<f64> = (0..EACH).map(|n| n as f64).collect();
                    all.chunks(7)
                        .for_each(|some| wait(floats.send_block(some)).unwrap());
                }),
            ];
            for sender in senders {
                sender.join().unwrap();
            }
            // A closed channel is always ready: not before all has been received.
            while count.load(Ordering::Relaxed) < 3 * EACH {
                thread::yield_now();
            }
            bytes.close().unwrap();
            floats.close().unwrap();
        });
        assert_eq!(
            sum.load(Ordering::Relaxed),
            3 * EACH * (EACH - 1) / 2,
            "capacity {capacity}"
        );
    }
}

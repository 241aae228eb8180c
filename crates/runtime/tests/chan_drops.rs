//! No user's code runs with a channel's lock held: values and wakers are dropped, and wakers
//! cloned, when a channel can be used again. Here their code uses the very channel. In debug builds
//! a lock that is still held fails the rank check; in release builds the test would hang.

#![cfg(not(loom))]

use gosched_runtime::chan::{Hchan, Parked, Receiving, Sending};
use gosched_runtime::error::{SendError, TryRecvError, TrySendError};
use gosched_runtime::host::{Host, IsolateId};
use gosched_runtime::mailbox::Mailbox;
use gosched_runtime::select::{Case, Selected, select};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};

type Chan = Hchan<Nosy>;

/// The channels that [`Nosy`] values and wakers look at, and how many of them were dropped.
#[derive(Default)]
struct Scene {
    chans: OnceLock<Vec<Weak<Chan>>>,
    dropped: AtomicUsize,
}

impl Scene {
    fn new(capacities: &[usize]) -> (Arc<Self>, Vec<Arc<Chan>>) {
        let scene = Arc::new(Self::default());
        let chans: Vec<_> = capacities
            .iter()
            .map(|&c| Arc::new(Hchan::new(c)))
            .collect();
        let weak = chans.iter().map(Arc::downgrade).collect();
        assert!(scene.chans.set(weak).is_ok());
        (scene, chans)
    }

    fn value(self: &Arc<Self>) -> Nosy {
        Nosy(self.clone())
    }

    fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::new(Nosy(self.clone())))
    }

    fn dropped(&self) -> usize {
        self.dropped.load(SeqCst)
    }

    fn look(&self) {
        for chan in self.chans.get().into_iter().flatten() {
            if let Some(chan) = chan.upgrade() {
                let _ = (chan.len(), chan.waiters());
            }
        }
    }
}

/// Uses the channels when it is dropped.
struct Nosy(Arc<Scene>);

impl Drop for Nosy {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, SeqCst);
        self.0.look();
    }
}

impl std::fmt::Debug for Nosy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nosy")
    }
}

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {}
}

fn poll<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// A waker that uses the channels when it is cloned, woken or dropped.
fn nosy_clone(scene: &Arc<Scene>) -> Waker {
    const VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, release);
    fn clone(data: *const ()) -> RawWaker {
        let data = data.cast::<Scene>();
        // SAFETY: from `Arc::into_raw` below, and the waker that is cloned holds a count.
        let scene = unsafe {
            Arc::increment_strong_count(data);
            &*data
        };
        scene.look();
        RawWaker::new(data.cast(), &VTABLE)
    }
    fn wake(data: *const ()) {
        release(data);
    }
    fn wake_by_ref(_: *const ()) {}
    fn release(data: *const ()) {
        // SAFETY: from `Arc::into_raw` below; this waker's count goes with it.
        let scene = unsafe { Arc::from_raw(data.cast::<Scene>()) };
        scene.look();
    }
    let data = Arc::into_raw(scene.clone()).cast();
    // SAFETY: the functions above keep the contract of `RawWaker`: each waker owns one count.
    unsafe { Waker::from_raw(RawWaker::new(data, &VTABLE)) }
}

#[test]
fn the_waker_of_an_earlier_poll_is_dropped_unlocked() {
    for capacity in [0, 1] {
        let (scene, chans) = Scene::new(&[capacity]);
        let mut recv = pin!(chans[0].recv());
        assert!(poll(recv.as_mut(), &scene.waker()).is_pending());
        assert!(poll(recv.as_mut(), Waker::noop()).is_pending());
        assert_eq!(scene.dropped(), 1, "of a receiver");

        let (scene, chans) = Scene::new(&[0]);
        let mut send = pin!(chans[0].send(scene.value()));
        assert!(poll(send.as_mut(), &scene.waker()).is_pending());
        assert!(poll(send.as_mut(), Waker::noop()).is_pending());
        assert_eq!(scene.dropped(), 1, "of a sender");
    }
}

#[test]
fn a_waker_is_cloned_unlocked() {
    for capacity in [0, 1] {
        let (scene, chans) = Scene::new(&[capacity]);
        let mut recv = pin!(chans[0].recv());
        assert!(poll(recv.as_mut(), &nosy_clone(&scene)).is_pending());
        assert!(poll(recv.as_mut(), &nosy_clone(&scene)).is_pending());
    }
    let (scene, chans) = Scene::new(&[0]);
    let mut send = pin!(chans[0].send(scene.value()));
    assert!(poll(send.as_mut(), &nosy_clone(&scene)).is_pending());
    assert!(poll(send.as_mut(), &nosy_clone(&scene)).is_pending());
}

/// A waker that counts how often it is cloned.
struct Counted(AtomicUsize);

fn counting(count: &'static Counted) -> Waker {
    const VTABLE: RawWakerVTable = RawWakerVTable::new(clone, |_| {}, |_| {}, |_| {});
    fn clone(data: *const ()) -> RawWaker {
        // SAFETY: a `&'static Counted`, below.
        unsafe { &*data.cast::<Counted>() }.0.fetch_add(1, SeqCst);
        RawWaker::new(data, &VTABLE)
    }
    // SAFETY: a waker that owns nothing and does nothing keeps the contract.
    unsafe { Waker::from_raw(RawWaker::new(std::ptr::from_ref(count).cast(), &VTABLE)) }
}

#[test]
fn a_waker_is_cloned_once_for_each_time_its_goroutine_parks() {
    static CLONES: Counted = Counted(AtomicUsize::new(0));
    let waker = counting(&CLONES);
    for capacity in [0, 1, 2] {
        let before = CLONES.0.load(SeqCst);
        let chan = Hchan::new(capacity);
        let mut recv = pin!(chan.recv());
        for _ in 0..3 {
            assert!(poll(recv.as_mut(), &waker).is_pending());
        }
        assert_eq!(CLONES.0.load(SeqCst) - before, 1, "a receiver parked once");
        assert!(poll(pin!(chan.send(1)), &waker).is_ready());
        assert_eq!(poll(recv, &waker), Poll::Ready(Some(1)));
        assert_eq!(CLONES.0.load(SeqCst) - before, 1, "nobody else parked");
    }
}

#[test]
fn a_parked_operation_that_is_dropped_takes_its_waker_along_unlocked() {
    for capacity in [0, 1] {
        let (scene, chans) = Scene::new(&[capacity]);
        let mut recv = Box::pin(chans[0].recv());
        assert!(poll(recv.as_mut(), &scene.waker()).is_pending());
        drop(recv);
        assert_eq!(scene.dropped(), 1);
    }
    let (scene, chans) = Scene::new(&[0]);
    let mut send = Box::pin(chans[0].send(scene.value()));
    assert!(poll(send.as_mut(), &scene.waker()).is_pending());
    drop(send);
    assert_eq!(scene.dropped(), 2, "the waker and the value");
}

#[test]
fn values_left_in_a_channel_are_dropped_unlocked() {
    let (scene, mut chans) = Scene::new(&[3, 3]);
    // The rank check lets a lock be taken while one of a lower address is held.
    chans.sort_unstable_by_key(|chan| std::cmp::Reverse(Arc::as_ptr(chan)));
    for _ in 0..3 {
        chans[0].try_send(scene.value()).unwrap();
    }
    drop(chans.remove(0));
    assert_eq!(scene.dropped(), 3);
}

#[test]
fn a_refused_value_comes_back() {
    let (scene, chans) = Scene::new(&[1]);
    chans[0].try_send(scene.value()).unwrap();
    assert!(matches!(
        chans[0].try_send(scene.value()),
        Err(TrySendError::Full(_))
    ));
    chans[0].close().unwrap();
    assert!(matches!(
        poll(pin!(chans[0].send(scene.value())), &scene.waker()),
        Poll::Ready(Err(SendError(_)))
    ));
    assert_eq!(
        scene.dropped(),
        3,
        "two values, and a waker that was not needed"
    );
}

#[test]
fn what_a_select_offered_to_the_cases_that_lost_is_dropped_unlocked() {
    let (scene, chans) = Scene::new(&[0, 0]);
    let mut cases = [
        Case::Send(&*chans[0], Some(scene.value())),
        Case::Send(&*chans[1], Some(scene.value())),
    ];
    let mut selecting = Box::pin(select(&mut cases));
    assert!(poll(selecting.as_mut(), &scene.waker()).is_pending());
    drop(chans[0].try_recv().unwrap());
    assert_eq!(scene.dropped(), 1);
    // Meets the waiter that lost.
    assert_eq!(chans[1].try_recv().unwrap_err(), TryRecvError::Empty);
    assert!(matches!(
        poll(selecting.as_mut(), &scene.waker()),
        Poll::Ready(Selected::Sent(0))
    ));
    drop(selecting);
    assert!(scene.dropped() >= 2);
}

struct NoHost;

impl Host for NoHost {
    fn start_isolate(&self) {}
    fn end_isolate(&self, _: IsolateId) {}
    fn wake_isolate(&self, _: IsolateId) {}
}

fn isolate() -> (Arc<Mailbox<Nosy>>, impl Fn() -> Parked<Nosy>) {
    let mailbox = Arc::new(Mailbox::new(0, Arc::new(NoHost)));
    let parks = mailbox.clone();
    (mailbox, move || Parked::Isolate {
        mailbox: parks.clone(),
        ticket: 1,
    })
}

#[test]
fn what_a_dead_isolate_offered_is_dropped_unlocked() {
    for capacity in [0, 1] {
        let (scene, chans) = Scene::new(&[capacity]);
        let (mailbox, who) = isolate();
        for _ in 0..capacity {
            chans[0].try_send(scene.value()).unwrap();
        }
        for _ in 0..2 {
            let sending = chans[0].send_or_park(scene.value(), None, &who);
            assert!(matches!(sending, Sending::Parked));
        }
        drop(mailbox.close());
        std::mem::forget(chans[0].try_recv()); // only what the channel drops counts
        assert_eq!(scene.dropped(), 2, "capacity {capacity}");
        assert_eq!(chans[0].waiters(), (0, 0));
    }
}

#[test]
fn what_isolates_offered_is_dropped_unlocked_by_close() {
    let (scene, chans) = Scene::new(&[0]);
    let (mailbox, who) = isolate();
    let sending = chans[0].send_or_park(scene.value(), None, &who);
    assert!(matches!(sending, Sending::Parked));
    chans[0].close().unwrap();
    assert_eq!(scene.dropped(), 1);
    assert_eq!(mailbox.close().len(), 1, "it is told");
}

#[test]
fn a_value_refused_by_a_dead_isolate_goes_to_the_ring() {
    let (scene, chans) = Scene::new(&[1]);
    let (mailbox, who) = isolate();
    assert!(matches!(
        chans[0].recv_or_park(None, &who),
        Receiving::Parked
    ));
    drop(mailbox.close());
    chans[0].try_send(scene.value()).unwrap();
    assert_eq!((chans[0].len(), scene.dropped()), (1, 0));
}

//! Go's rules for what goroutines wait for besides channels, by native goroutines. Tests begin with
//! the identifiers of the cases they are for.

mod by_hand;

use by_hand::{run, start};
use gosched_runtime::context::{Context, Reason};
use gosched_runtime::sync::{
    Barrier, Cond, Mutex, Once, RawMutex, RwMutex, Semaphore, SharedMap, WaitGroup, or_done,
};
use gosched_runtime::{go, yield_now};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::{Duration, Instant};

/// Looks at a wait, whether or not it was woken.
fn look<F: Future>(wait: Pin<&mut F>) -> Poll<F::Output> {
    wait.poll(&mut TaskContext::from_waker(Waker::noop()))
}

/// So long that a waiter that began before has waited for more than the millisecond after which it
/// starves others. Not a wait for anybody: the time itself is what the case is about.
fn starve() {
    let since = Instant::now();
    while since.elapsed() <= Duration::from_millis(1) {
        std::hint::spin_loop();
    }
}

#[test]
fn syn_001_try_lock_while_held_then_while_free() {
    let mutex = Mutex::new(());
    let held = start(mutex.lock()).done();
    assert!(mutex.try_lock().is_none());
    drop(held);
    assert!(mutex.try_lock().is_some());
}

/// Several threads lock and unlock at once. A goroutine that nobody wakes would never end; what
/// barriers do for that is modelled in `loom_mutex.rs`, since here others unlock a moment later.
#[test]
fn a_crowd_on_several_threads_counts_right_and_ends() {
    const ROUNDS: u64 = 20_000;
    for holds_over_a_park in [false, true] {
        run(4, async move {
            let counter = Arc::new(Mutex::new(0_u64));
            let all: Vec<_> = (0..6)
                .map(|_| {
                    let counter = counter.clone();
                    go(async move {
                        for round in 0..ROUNDS {
                            let mut count = counter.lock().await;
                            *count += 1;
                            if holds_over_a_park && round % 16 == 0 {
                                yield_now().await;
                            }
                        }
                    })
                })
                .collect();
            for one in all {
                one.await.unwrap();
            }
            assert_eq!(*counter.lock().await, 6 * ROUNDS);
        });
    }
}

#[test]
fn syn_003_unlock_of_unlocked_is_an_error() {
    let mutex = RawMutex::new();
    assert!(mutex.unlock().is_err());
    assert!(mutex.try_lock());
    mutex.unlock().unwrap();
    assert!(mutex.unlock().is_err());
}

#[test]
fn syn_008_syn_011_a_starving_mutex_goes_to_the_head_of_the_queue_and_newcomers_stand_behind() {
    let mutex = RawMutex::new();
    assert!(mutex.try_lock());
    let mut first = Box::pin(mutex.lock());
    assert!(look(first.as_mut()).is_pending());
    starve();
    mutex.unlock().unwrap(); // wakes the first, which does not come in time:
    assert!(mutex.try_lock(), "SYN-010: whoever runs may take it");
    assert!(look(first.as_mut()).is_pending()); // and now it starves others
    mutex.unlock().unwrap();
    assert!(!mutex.try_lock(), "SYN-011: it belongs to the waiter");
    let mut newcomer = Box::pin(mutex.lock());
    assert!(look(newcomer.as_mut()).is_pending());
    assert!(look(first.as_mut()).is_ready());
    mutex.unlock().unwrap();
    assert!(look(newcomer.as_mut()).is_ready());
}

#[test]
fn syn_009_the_last_waiter_ends_the_starving() {
    let mutex = RawMutex::new();
    assert!(mutex.try_lock());
    let mut last = Box::pin(mutex.lock());
    assert!(look(last.as_mut()).is_pending());
    starve();
    mutex.unlock().unwrap();
    assert!(mutex.try_lock());
    assert!(look(last.as_mut()).is_pending()); // woken in vain: starving
    mutex.unlock().unwrap();
    assert!(!mutex.try_lock());
    assert!(look(last.as_mut()).is_ready());
    mutex.unlock().unwrap();
    assert!(mutex.try_lock());
    let mut next = Box::pin(mutex.lock());
    assert!(look(next.as_mut()).is_pending());
    mutex.unlock().unwrap();
    assert!(mutex.try_lock(), "normal again: a newcomer takes it");
}

#[test]
fn syn_010_the_loser_is_at_the_front_again() {
    let mutex = RawMutex::new();
    assert!(mutex.try_lock());
    let (mut first, mut second) = (Box::pin(mutex.lock()), Box::pin(mutex.lock()));
    assert!(look(first.as_mut()).is_pending());
    assert!(look(second.as_mut()).is_pending());
    mutex.unlock().unwrap();
    assert!(mutex.try_lock());
    assert!(look(first.as_mut()).is_pending());
    mutex.unlock().unwrap();
    assert!(look(second.as_mut()).is_pending());
    assert!(look(first.as_mut()).is_ready());
}

#[test]
fn a_handed_over_mutex_is_passed_on_by_one_that_goes_away() {
    let mutex = RawMutex::new();
    assert!(mutex.try_lock());
    let (mut first, mut second) = (Box::pin(mutex.lock()), Box::pin(mutex.lock()));
    assert!(look(first.as_mut()).is_pending());
    assert!(look(second.as_mut()).is_pending());
    starve();
    mutex.unlock().unwrap();
    assert!(mutex.try_lock());
    assert!(look(first.as_mut()).is_pending()); // starving from now on
    mutex.unlock().unwrap();
    assert!(!mutex.try_lock(), "it is the first one's");
    drop(first);
    assert!(look(second.as_mut()).is_ready());
}

#[test]
fn syn_020_waiting_readers_go_before_the_next_writer() {
    let lock = RwMutex::new(0);
    let writing = start(lock.write()).done();
    let mut next = start(lock.write()).parked();
    let readers = [start(lock.read()).parked(), start(lock.read()).parked()];
    drop(writing);
    next.still_parked();
    let guards = readers.map(by_hand::Op::woken);
    assert!(lock.try_read().is_none(), "SYN-021: a writer waits");
    drop(guards);
    drop(next.woken());
    assert!(lock.try_write().is_some());
}

#[test]
fn syn_022_try_write_while_read_changes_nothing() {
    let lock = RwMutex::new(5);
    let reading = start(lock.read()).done();
    assert!(lock.try_write().is_none());
    assert_eq!(*lock.try_read().expect("readers share"), 5);
    drop(reading);
    *lock.try_write().expect("free") += 1;
    assert_eq!(*start(lock.read()).done(), 6);
}

#[test]
fn syn_031_every_waiter_is_released_once() {
    let group = WaitGroup::new();
    group.add(2).unwrap();
    let mut waiters: Vec<_> = (0..10).map(|_| start(group.wait()).parked()).collect();
    drop(waiters.pop()); // one goes away
    group.done().unwrap();
    for waiter in &mut waiters {
        waiter.still_parked();
    }
    group.done().unwrap();
    group.add(1).unwrap(); // reused at once: SYN-030
    for waiter in waiters {
        waiter.woken();
    }
}

#[test]
fn syn_036_a_panic_counts_as_done() {
    run(2, async {
        let once = Arc::new(Once::new());
        let theirs = once.clone();
        let failed = go(async move { theirs.run(|| async { panic!("as it should") }).await });
        assert!(failed.await.is_err());
        once.run(|| async { panic!("a second time") }).await;
        assert!(once.is_done());
    });
}

#[test]
fn syn_046_one_wakes_for_each_signal_in_order() {
    let (mutex, cond) = (Mutex::new(()), Cond::new());
    let waiter = || start(cond.wait(mutex.try_lock().expect("free"))).parked();
    let (first, mut second) = (waiter(), waiter());
    cond.signal();
    second.still_parked();
    drop(first.woken());
    cond.broadcast();
    drop(second.woken());
    cond.signal(); // SYN-047: nobody waits, and nobody will
    waiter().still_parked();
}

#[test]
fn xs_019_a_large_request_is_not_overtaken() {
    let semaphore = Semaphore::new(3);
    let held = start(semaphore.acquire(2)).done();
    let mut large = start(semaphore.acquire(3)).parked();
    let small = start(semaphore.acquire(1)).parked();
    assert!(semaphore.try_acquire(1).is_none());
    large.still_parked();
    drop(large); // XS-020
    let small = small.woken();
    drop((held, small));
    assert_eq!(semaphore.held(), 0);
}

#[test]
fn xs_024_granted_and_cancelled_gives_the_units_back() {
    let semaphore = Semaphore::new(1);
    let context = Context::<u32>::background().child(None);
    let held = start(semaphore.acquire(1)).done();
    let mut wait = pin!(or_done(&context, semaphore.acquire(1)));
    assert!(look(wait.as_mut()).is_pending());
    drop(held);
    assert_eq!(semaphore.held(), 1, "it was handed over");
    context.cancel(Reason::Canceled, Some(7));
    let Poll::Ready(Err(end)) = look(wait.as_mut()) else {
        panic!("the context wins");
    };
    assert_eq!(end.cause.as_deref(), Some(&7));
    assert_eq!(semaphore.held(), 0);
    assert_eq!(context.done().waiters(), (0, 0));
}

#[test]
fn a_wait_that_is_over_leaves_its_context() {
    let semaphore = Semaphore::new(1);
    let context = Context::<u32>::background().child(None);
    let permit = start(or_done(&context, semaphore.acquire(1))).done();
    assert!(permit.is_ok());
    let parked = start(or_done(&context, semaphore.acquire(1))).parked();
    assert_eq!(context.done().waiters(), (1, 0));
    drop(parked);
    assert_eq!(context.done().waiters(), (0, 0));
}

#[test]
fn a_barrier_lets_a_round_go_together() {
    run(3, async {
        let (barrier, entered) = (Arc::new(Barrier::new(8)), Arc::new(AtomicU32::new(0)));
        let goroutines: Vec<_> = (0..8)
            .map(|_| {
                let (barrier, entered) = (barrier.clone(), entered.clone());
                go(async move {
                    let mut led = 0;
                    for round in 1..=50 {
                        entered.fetch_add(1, SeqCst);
                        led += u32::from(barrier.wait().await);
                        assert_eq!(entered.load(SeqCst), 8 * round);
                        barrier.wait().await;
                    }
                    led
                })
            })
            .collect();
        let mut led = 0;
        for goroutine in goroutines {
            led += goroutine.await.unwrap();
        }
        assert_eq!(led, 50);
    });
}

#[test]
fn updates_of_a_shared_map_are_atomic() {
    run(3, async {
        let map = Arc::new(SharedMap::<u32, u32>::new());
        let goroutines: Vec<_> = (0..6)
            .map(|_| {
                let map = map.clone();
                go(async move {
                    for n in 0..600 {
                        map.update(&(n % 5), |value| Some(value.map_or(1, |value| value + 1)));
                        if n % 50 == 0 {
                            yield_now().await;
                        }
                    }
                })
            })
            .collect();
        for goroutine in goroutines {
            goroutine.await.unwrap();
        }
        let mut entries = map.entries();
        entries.sort_unstable();
        let expected: Vec<_> = (0..5).map(|key| (key, Arc::new(720))).collect();
        assert_eq!(entries, expected);
        assert_eq!(map.delete(3).as_deref(), Some(&720));
        assert_eq!(
            (map.len(), map.has(3), map.get(4).is_some()),
            (4, false, true)
        );
        map.clear();
        assert!(map.is_empty());
    });
}

//! Waiting in line (`sync/line.rs`) and the mutex: whoever waits gets its turn, once, whatever else
//! comes, leaves or unlocks at that moment.
//!
//! Mutations, checked by hand: a `Wait` that enters the line without asking `admit` again under the
//! same lock deadlocks `a_barrier_has_one_leader_a_round`; a `Wait::drop` that does not give back what
//! it was served fails `units_that_were_granted_to_one_that_leaves` and two more; a `RawLock` that does
//! not pass its wake-up on deadlocks `a_waiter_that_leaves_passes_its_turn_on`.

#![cfg(loom)]

use gosched_runtime::sync::{
    Barrier, Cond, Holder, Locker, Mutex, NotLocked, Once, RawMutex, RawRwMutex, Semaphore,
    WaitGroup,
};
use gosched_runtime::tickets::UNKNOWN_OWNER;
use loom::future::block_on;
use loom::thread;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

/// Looks at a wait once, as one that will not look again.
fn look<F: Future>(wait: Pin<&mut F>) -> Poll<F::Output> {
    wait.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_mutex_excludes_and_nobody_waits_for_a_free_one() {
    for make in [Mutex::new, Mutex::starving] {
        loom::model(move || {
            let mutex = Arc::new(make(0_u32));
            let others: Vec<_> = (0..2)
                .map(|_| {
                    let mutex = mutex.clone();
                    thread::spawn(move || *block_on(mutex.lock()) += 1)
                })
                .collect();
            *block_on(mutex.lock()) += 1;
            for other in others {
                other.join().unwrap();
            }
            assert!(mutex.is_at_rest());
            assert_eq!(*mutex.try_lock().expect("free"), 3);
        });
    }
}

#[test]
fn a_waiter_that_leaves_passes_its_turn_on() {
    for make in [RawMutex::new, RawMutex::starving] {
        loom::model(move || {
            let mutex = Arc::new(make());
            assert!(mutex.try_lock());
            let (leaves, waits) = (mutex.clone(), mutex.clone());
            let leaver = thread::spawn(move || {
                let mut lock = pin!(leaves.lock());
                // Twice: woken in vain it may make the mutex starve others, and be handed it.
                if look(lock.as_mut()).is_ready() || look(lock.as_mut()).is_ready() {
                    leaves.unlock().unwrap();
                }
            });
            let waiter = thread::spawn(move || {
                block_on(waits.lock());
                waits.unlock().unwrap();
            });
            mutex.unlock().unwrap();
            leaver.join().unwrap();
            waiter.join().unwrap();
            assert!(mutex.is_at_rest());
        });
    }
}

#[test]
fn of_two_unlocks_at_once_one_is_told() {
    loom::model(|| {
        let mutex = Arc::new(RawMutex::new());
        assert!(mutex.try_lock());
        let theirs = mutex.clone();
        let other = thread::spawn(move || theirs.unlock());
        let ours = mutex.unlock();
        let ends = [ours, other.join().unwrap()];
        assert_eq!(ends.iter().filter(|end| **end == Err(NotLocked)).count(), 1);
        assert!(mutex.try_lock());
    });
}

#[test]
fn a_dead_holders_mutex_is_released_once() {
    loom::model(|| {
        let mutex = Arc::new(RawMutex::new());
        let holder = Holder::isolate(7);
        assert!(mutex.try_lock_as(holder.into()));
        let theirs = mutex.clone();
        let other = thread::spawn(move || theirs.unlock_owned(UNKNOWN_OWNER));
        mutex.release_all_of(holder);
        let _ = other.join().unwrap();
        assert!(mutex.try_lock_as(holder.into()));
        assert_eq!(mutex.unlock_owned(UNKNOWN_OWNER), Ok(()));
        assert_eq!(mutex.unlock_owned(UNKNOWN_OWNER), Err(NotLocked));
    });
}

#[test]
fn the_last_done_lets_the_waiter_go_on() {
    loom::model(|| {
        let group = Arc::new(WaitGroup::new());
        group.add(2).unwrap();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let group = group.clone();
                thread::spawn(move || group.done().unwrap())
            })
            .collect();
        block_on(group.wait());
        assert_eq!(group.count(), 0);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn units_that_were_granted_to_one_that_leaves() {
    loom::model(|| {
        let semaphore = Arc::new(Semaphore::new(2));
        let all = semaphore.try_acquire(2).expect("free");
        let (leaves, waits) = (semaphore.clone(), semaphore.clone());
        let leaver = thread::spawn(move || {
            let mut wait = pin!(leaves.acquire(2));
            let _ = look(wait.as_mut());
        });
        let waiter = thread::spawn(move || drop(block_on(waits.acquire(1))));
        drop(all);
        leaver.join().unwrap();
        waiter.join().unwrap();
        assert_eq!(semaphore.held(), 0);
    });
}

#[test]
fn a_writer_is_alone_and_readers_are_let_in_again() {
    loom::model(|| {
        let lock = Arc::new(RawRwMutex::new());
        let inside = Arc::new(AtomicUsize::new(0));
        let (theirs, within) = (lock.clone(), inside.clone());
        let writer = thread::spawn(move || {
            block_on(theirs.lock(Locker::NATIVE));
            assert_eq!(within.fetch_add(10, SeqCst), 0, "somebody reads");
            within.fetch_sub(10, SeqCst);
            theirs.unlock(UNKNOWN_OWNER).unwrap();
        });
        let theirs = lock.clone();
        let leaver = thread::spawn(move || {
            let mut wait = pin!(theirs.lock(Locker::NATIVE));
            if look(wait.as_mut()).is_ready() {
                theirs.unlock(UNKNOWN_OWNER).unwrap();
            }
        });
        block_on(lock.rlock(Holder::NATIVE));
        assert!(inside.fetch_add(1, SeqCst) < 10, "somebody writes");
        inside.fetch_sub(1, SeqCst);
        lock.runlock(Holder::NATIVE).unwrap();
        writer.join().unwrap();
        leaver.join().unwrap();
        assert!(lock.try_lock(Locker::NATIVE));
    });
}

#[test]
fn a_signal_after_the_change_is_not_missed() {
    loom::model(|| {
        let shared = Arc::new((Mutex::new(false), Cond::new()));
        let theirs = shared.clone();
        let other = thread::spawn(move || {
            *block_on(theirs.0.lock()) = true;
            theirs.1.signal();
        });
        block_on(async {
            let mut ready = shared.0.lock().await;
            while !*ready {
                ready = shared.1.wait(ready).await;
            }
        });
        other.join().unwrap();
    });
}

#[test]
fn a_signal_for_one_that_leaves_goes_to_the_next() {
    loom::model(|| {
        let cond = Arc::new(Cond::new());
        let mut first = Box::pin(cond.signalled(|| ()));
        let mut second = pin!(cond.signalled(|| ()));
        assert!(look(first.as_mut()).is_pending());
        assert!(look(second.as_mut()).is_pending());
        let theirs = cond.clone();
        let other = thread::spawn(move || theirs.signal());
        drop(first);
        other.join().unwrap();
        assert!(look(second).is_ready());
    });
}

#[test]
fn once_runs_once_and_is_over_when_it_returns() {
    loom::model(|| {
        let once = Arc::new(Once::new());
        let runs = Arc::new(AtomicUsize::new(0));
        let run = |once: Arc<Once>, runs: Arc<AtomicUsize>| {
            block_on(once.run(|| async {
                runs.fetch_add(1, SeqCst);
            }));
            assert_eq!(runs.load(SeqCst), 1);
        };
        let (theirs, counts) = (once.clone(), runs.clone());
        let other = thread::spawn(move || run(theirs, counts));
        run(once, runs);
        other.join().unwrap();
    });
}

#[test]
fn a_barrier_has_one_leader_a_round() {
    loom::model(|| {
        let barrier = Arc::new(Barrier::new(2));
        let theirs = barrier.clone();
        let rounds = |barrier: &Barrier| [block_on(barrier.wait()), block_on(barrier.wait())];
        let other = thread::spawn(move || rounds(&theirs));
        let (ours, theirs) = (rounds(&barrier), other.join().unwrap());
        assert!(ours[0] != theirs[0] && ours[1] != theirs[1]);
        assert_eq!(barrier.waiting(), 0);
    });
}

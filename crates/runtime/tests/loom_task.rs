//! The life of a native goroutine: it is never run twice at once nor forgotten when it was woken, who
//! joins it gets its result, and its block goes back once, when nobody knows it any more.
//!
//! Loom watches everything a goroutine touches: two turns at once, a turn that does not see what was
//! done before it was woken, and a block that is reused too early are reported.
//!
//! Mutations, each checked by hand, fail: Relaxed (or only half of `AcqRel`) in `G::start`, `end`,
//! `is_dead`, `change_join_bits` and `release`, no Release in `park` or `ready`; a `ready` that reads
//! before it writes and spares itself the write, or that queues one that runs; a handle that changes
//! its waker without taking it back, or does not ask again whether the goroutine is dead; a waker's
//! clone that does not count, a `wake` that gives up its reference first. Without Acquire in `park`
//! or `ready` all pass: `start` comes after each and acquires.

#![cfg(loom)]

use gosched_runtime::model::Tasks;
use loom::cell::UnsafeCell;
use loom::future::block_on;
use loom::sync::atomic::{AtomicBool, Ordering::Relaxed};
use loom::thread::{self, JoinHandle};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

/// What one goroutine has: touched at each turn, and counted when it is dropped.
struct Own {
    turns: UnsafeCell<u32>,
    drops: Arc<AtomicU32>,
}

// SAFETY: one at a time has it; loom checks that this is so.
unsafe impl Send for Own {}

impl Own {
    /// One, and how often it was dropped so far.
    fn new() -> (Self, Arc<AtomicU32>) {
        let drops = Arc::new(AtomicU32::new(0));
        let own = Self {
            turns: UnsafeCell::new(0),
            drops: drops.clone(),
        };
        (own, drops)
    }

    fn turn(&mut self) -> u32 {
        // SAFETY: borrowed exclusively; loom checks that this is so.
        self.turns.with_mut(|turns| unsafe {
            *turns += 1;
            *turns
        })
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.turn();
        self.drops.fetch_add(1, SeqCst);
    }
}

/// All started goroutines have ended, and all their blocks are back.
fn all_gone(tasks: &Tasks, count: u32) {
    assert_eq!(tasks.counts(), [count; 3], "started, ended, given back");
}

/// Something that is to happen: who makes it happen wakes; Relaxed, so that only the wake-up orders it.
#[derive(Default)]
struct News(AtomicBool);

impl News {
    fn post(&self) {
        self.0.store(true, Relaxed); // ordered by the wake-up that follows
    }

    fn is_there(&self) -> bool {
        self.0.load(Relaxed) // as above
    }
}

/// A thread that posts news and wakes the goroutine whose waker it has; then it is one more M.
fn messenger(tasks: &'static Tasks, news: &Arc<News>, waker: Waker) -> JoinHandle<()> {
    let news = news.clone();
    thread::spawn(move || {
        news.post();
        waker.wake();
        tasks.run();
    })
}

/// A goroutine that starts `count` messengers in its first turn, and ends when all news are there.
fn waits_for(
    tasks: &'static Tasks,
    count: usize,
    mut own: Own,
    threads: &Arc<std::sync::Mutex<Vec<JoinHandle<()>>>>,
) -> impl Future<Output = Own> + Send + use<> {
    let threads = threads.clone();
    let news: Vec<Arc<News>> = (0..count).map(|_| Arc::default()).collect();
    let mut own = Some({
        own.turn();
        own
    });
    let mut started = false;
    poll_fn(move |context| {
        own.as_mut().expect("polled after its end").turn();
        if !std::mem::replace(&mut started, true) {
            for news in &news {
                let thread = messenger(tasks, news, context.waker().clone());
                threads.lock().unwrap().push(thread);
            }
        }
        if news.iter().all(|news| news.is_there()) {
            return Poll::Ready(own.take().expect("taken once"));
        }
        Poll::Pending
    })
}

/// A goroutine with `count` messengers is run by this thread and by them; its result is joined.
fn woken_while_it_runs(count: usize) {
    loom::model(move || {
        let tasks = Tasks::new();
        let (own, drops) = Own::new();
        let threads = Arc::default();
        let handle = tasks.go(waits_for(tasks, count, own, &threads));
        tasks.run();
        let threads = std::mem::take(&mut *threads.lock().unwrap());
        for thread in threads {
            thread.join().unwrap();
        }
        tasks.run();
        assert!(handle.is_done(), "a wake-up was lost");
        let mut own = block_on(handle).expect("it did not panic");
        assert!((3..=3 + count as u32).contains(&own.turn()));
        assert_eq!(drops.load(SeqCst), 0);
        drop(own);
        assert_eq!(drops.load(SeqCst), 1);
        all_gone(tasks, 1);
    });
}

#[test]
fn a_wake_up_during_a_turn_leads_to_another() {
    woken_while_it_runs(1);
}

#[test]
fn of_two_wake_ups_at_once_none_is_lost_and_it_runs_once_at_a_time() {
    woken_while_it_runs(2);
}

/// Starts a goroutine that gives its `Own` in its first turn, and an M that runs it.
fn ends_elsewhere(
    tasks: &'static Tasks,
) -> (
    gosched_runtime::JoinHandle<Own>,
    Arc<AtomicU32>,
    JoinHandle<()>,
) {
    let (mut own, drops) = Own::new();
    let handle = tasks.go(async move {
        own.turn();
        own
    });
    (handle, drops, thread::spawn(move || tasks.run()))
}

#[test]
fn the_end_meets_who_joins() {
    loom::model(|| {
        let tasks = Tasks::new();
        let (handle, drops, m) = ends_elsewhere(tasks);
        let mut own = block_on(handle).expect("it did not panic");
        assert_eq!(own.turn(), 2);
        drop(own);
        m.join().unwrap();
        assert_eq!(drops.load(SeqCst), 1);
        all_gone(tasks, 1);
    });
}

#[test]
fn the_end_meets_a_change_of_who_joins() {
    loom::model(|| {
        let tasks = Tasks::new();
        let (handle, drops, m) = ends_elsewhere(tasks);
        let mut handle = Box::pin(handle);
        let mut nobody = Context::from_waker(Waker::noop());
        let own = match handle.as_mut().poll(&mut nobody) {
            Poll::Ready(own) => own,
            Poll::Pending => block_on(handle.as_mut()),
        };
        drop(own);
        m.join().unwrap();
        drop(handle);
        assert_eq!(drops.load(SeqCst), 1);
        all_gone(tasks, 1);
    });
}

#[test]
fn the_end_meets_the_end_of_the_handle() {
    for joins_first in [false, true] {
        loom::model(move || {
            let tasks = Tasks::new();
            let (mut handle, drops, m) = ends_elsewhere(tasks);
            if joins_first {
                let mut nobody = Context::from_waker(Waker::noop());
                drop(pin!(&mut handle).poll(&mut nobody));
            }
            drop(handle);
            m.join().unwrap();
            assert_eq!(drops.load(SeqCst), 1, "the result is dropped once");
            all_gone(tasks, 1);
        });
    }
}

#[test]
fn a_waker_that_outlives_its_goroutine_keeps_the_block() {
    loom::model(|| {
        let tasks = Tasks::new();
        let waker = Arc::new(std::sync::Mutex::new(None));
        let leaves = waker.clone();
        let handle = tasks.go(poll_fn(move |context| {
            *leaves.lock().unwrap() = Some(context.waker().clone());
            Poll::Ready(())
        }));
        tasks.run();
        let waker: Waker = waker.lock().unwrap().take().expect("it ran");
        let other = thread::spawn(move || waker.wake());
        drop(handle);
        // The block may be this one's again.
        let (own, drops) = Own::new();
        drop(tasks.go(async move { drop(own) }));
        tasks.run();
        other.join().unwrap();
        tasks.run();
        assert_eq!(drops.load(SeqCst), 1);
        all_gone(tasks, 2);
    });
}

#[test]
fn the_end_of_everything_meets_a_wake_up() {
    loom::model(|| {
        let tasks = Tasks::new();
        let (own, drops) = Own::new();
        let waker = Arc::new(std::sync::Mutex::new(None));
        let leaves = waker.clone();
        let handle = tasks.go(poll_fn(move |context| {
            let _ = &own;
            *leaves.lock().unwrap() = Some(context.waker().clone());
            Poll::<()>::Pending
        }));
        tasks.run();
        let waker: Waker = waker.lock().unwrap().take().expect("it ran");
        let other = thread::spawn(move || waker.wake());
        let joins = thread::spawn(move || block_on(handle).is_err());
        tasks.shutdown();
        assert_eq!(drops.load(SeqCst), 1, "its future is gone");
        other.join().unwrap();
        assert!(joins.join().unwrap(), "who joins is told");
        all_gone(tasks, 1);
    });
}

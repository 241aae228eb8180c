//! The local run queue under theft: every goroutine is taken by exactly one thread, and what its
//! maker wrote is visible to that one. The ring has four places here.
//!
//! Mutations, each checked by hand: a Relaxed `tail` in `push` or `grab` fails three models, a
//! Relaxed swap of `runnext` one. A Relaxed load of `head` in `push` passes: what it prevents is a
//! thief that reads a place from the future, and loom does not let loads see stores not yet made.

#![cfg(loom)]

use gosched_runtime::runq::{CAPACITY, Pushed, Runq};
use loom::cell::UnsafeCell;
use loom::thread;
use std::sync::Arc;

/// A goroutine that loom watches: a taker writes to it, which must be ordered after its making.
struct Item {
    number: usize,
    taken: UnsafeCell<bool>,
}

type Queue = Runq<Box<Item>>;

#[expect(clippy::unnecessary_box_returns, reason = "the queue holds boxes")]
fn item(number: usize) -> Box<Item> {
    Box::new(Item {
        number,
        taken: UnsafeCell::new(false),
    })
}

#[expect(
    clippy::boxed_local,
    clippy::needless_pass_by_value,
    reason = "who takes it owns it"
)]
fn take(item: Box<Item>) -> usize {
    // SAFETY: the taker owns the box; loom fails the model if somebody else's access is not ordered.
    item.taken.with_mut(|taken| unsafe {
        assert!(!*taken);
        *taken = true;
    });
    item.number
}

fn pop_all(queue: &Queue) -> Vec<usize> {
    std::iter::from_fn(|| queue.pop()).map(take).collect()
}

/// A thief with a queue of its own, into which it steals once.
fn steal_once(victim: &Queue) -> Vec<usize> {
    let own = Queue::new();
    let stolen = victim.steal_into(&own).or_else(|| victim.steal_next());
    let mut taken: Vec<usize> = stolen.into_iter().map(take).collect();
    taken.extend(pop_all(&own));
    taken
}

fn each_once(mut taken: Vec<usize>, count: usize) {
    taken.sort_unstable();
    assert_eq!(taken, (0..count).collect::<Vec<_>>());
}

/// The owner does `before`, then `during` beside `thieves` thieves; all `count` items turn up once.
fn model(thieves: usize, count: usize, before: fn(&Queue), during: fn(&Queue) -> Vec<usize>) {
    loom::model(move || {
        let queue = Arc::new(Queue::new());
        before(&queue);
        let thieves: Vec<_> = (0..thieves)
            .map(|_| {
                let queue = queue.clone();
                thread::spawn(move || steal_once(&queue))
            })
            .collect();
        let mut taken = during(&queue);
        for thief in thieves {
            taken.extend(thief.join().unwrap());
        }
        taken.extend(pop_all(&queue));
        each_once(taken, count);
    });
}

#[test]
fn the_owner_pushes_and_pops_beside_a_thief() {
    model(
        1,
        3,
        |_| {},
        |queue| {
            assert!(queue.push(item(0)).is_none());
            assert!(queue.push(item(1)).is_none());
            let mut taken: Vec<_> = queue.pop().into_iter().map(take).collect();
            assert!(queue.push(item(2)).is_none());
            taken.extend(queue.pop().map(take));
            taken
        },
    );
}

#[test]
fn two_thieves_and_the_owner_share_what_is_there() {
    model(
        2,
        3,
        |queue| (0..3).for_each(|i| assert!(queue.push(item(i)).is_none())),
        |queue| queue.pop().into_iter().map(take).collect(),
    );
}

#[test]
fn the_next_goroutine_is_taken_once() {
    model(
        2,
        1,
        |queue| assert!(matches!(queue.push_next(item(0)), Pushed::Next)),
        |queue| queue.pop().into_iter().map(take).collect(),
    );
}

#[test]
fn a_displaced_next_goes_to_the_ring_or_to_a_thief() {
    model(
        1,
        3,
        |queue| assert!(matches!(queue.push_next(item(0)), Pushed::Next)),
        |queue| {
            assert!(!matches!(queue.push_next(item(1)), Pushed::Overflow(_)));
            assert!(!matches!(queue.push_next(item(2)), Pushed::Overflow(_)));
            queue.pop().into_iter().map(take).collect()
        },
    );
}

#[test]
fn places_are_reused_around_the_end_of_the_ring() {
    model(
        1,
        5,
        |queue| {
            // Moves head and tail to the last place but one.
            for _ in 0..CAPACITY - 1 {
                assert!(queue.push(item(99)).is_none());
                assert_eq!(queue.pop().map(take), Some(99));
            }
            (0..3).for_each(|i| assert!(queue.push(item(i)).is_none()));
        },
        |queue| {
            let mut taken: Vec<_> = queue.pop().into_iter().map(take).collect();
            for i in 3..5 {
                let overflow = queue.push(item(i));
                assert!(overflow.is_none(), "one of four places is free");
            }
            taken.extend(queue.pop().map(take));
            taken
        },
    );
}

#[test]
fn a_full_ring_overflows_or_was_robbed() {
    model(
        1,
        CAPACITY + 1,
        |queue| (0..CAPACITY).for_each(|i| assert!(queue.push(item(i)).is_none())),
        |queue| {
            let overflow = queue.push(item(CAPACITY));
            overflow.into_iter().flatten().map(take).collect()
        },
    );
}

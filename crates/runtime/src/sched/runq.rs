//! A P's local run queue: a ring of 256 places and a `runnext` slot, after Go's `runtime/proc.go`.
//!
//! ```text
//!   ring   [ . | . | x | x | x | . | . ]        runnext [ y ]
//!              head ^           ^ tail
//! ```
//! `tail` is written by the owner alone; `head` is moved by whoever takes, the owner or a thief,
//! with a compare-and-exchange. The ring's places are atomic pointers, so that a thief that reads a
//! place the owner is overwriting reads a stale pointer rather than racing: its exchange on `head`
//! then fails and it uses nothing of what it read.
//!
//! `runnext` holds what the running goroutine readied last. It runs next on this P, ahead of the
//! ring, so that two goroutines which hand values to each other stay on one P. Displaced, it goes
//! to the tail of the ring. Thieves take it when the ring is empty, and native ones only after it
//! has waited for a while (`native.rs`): mostly the P is about to run it. It lies on a cache line of
//! its own, because thieves look at the ring all the time.
//!
//! # Who may call
//!
//! `push`, `push_next`, `pop`, `pop_ring` and `steal_into`'s destination: only the M that holds the P.
//! `steal_into`'s source, `steal_next`, `is_empty` and `is_ring_empty`: anyone. Handing a P over goes through a lock, which orders the owners.
//!
//! # Orderings
//!
//! - `tail` Release in `push` pairs with Acquire in `grab`: the places below it are filled.
//! - `head` AcqRel exchange in `pop` and `grab` pairs with the Acquire load in `push`: a place is
//!   reused only after its taker has read it.
//! - `runnext` AcqRel swap and exchange: hands over the goroutine behind the pointer.
//!
//! Rejected: `crossbeam-deque` (LIFO or FIFO fixed at creation, no bounded ring, no `runnext`, and
//! a garbage-collected buffer whose benign race its own authors note).

use crate::loom::{Arc, AtomicPtr, AtomicU32};
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// Places in the ring. A power of two. Go's number; loom explores a smaller one.
#[cfg(not(loom))]
pub const CAPACITY: usize = 256;
/// Places in the ring. A power of two. Go's number; loom explores a smaller one.
#[cfg(loom)]
pub const CAPACITY: usize = 4;

const MASK: u32 = CAPACITY as u32 - 1;

/// Something owned through one thin pointer: `Box` and `Arc`.
///
/// # Safety
///
/// `from_raw(into_raw(h))` must give back `h`, and the pointer must not be null.
pub unsafe trait Handle: Sized {
    /// What is behind the pointer.
    type Target;
    /// Gives the pointer up to the caller.
    fn into_raw(self) -> *mut Self::Target;
    /// Takes it back.
    ///
    /// # Safety
    ///
    /// `raw` comes from `into_raw` and is taken back once.
    unsafe fn from_raw(raw: *mut Self::Target) -> Self;
}

// SAFETY: `Box::into_raw` gives a non-null pointer that `Box::from_raw` takes back.
unsafe impl<T> Handle for Box<T> {
    type Target = T;
    fn into_raw(self) -> *mut T {
        Box::into_raw(self)
    }
    unsafe fn from_raw(raw: *mut T) -> Self {
        // SAFETY: the caller's duty is `Box::from_raw`'s.
        unsafe { Box::from_raw(raw) }
    }
}

// SAFETY: `Arc::into_raw` gives a non-null pointer that `Arc::from_raw` takes back.
unsafe impl<T> Handle for Arc<T> {
    type Target = T;
    fn into_raw(self) -> *mut T {
        Arc::into_raw(self).cast_mut()
    }
    unsafe fn from_raw(raw: *mut T) -> Self {
        // SAFETY: the caller's duty is `Arc::from_raw`'s.
        unsafe { Arc::from_raw(raw) }
    }
}

/// A local run queue of goroutines, each held by one pointer.
#[repr(C, align(128))]
pub struct Runq<P: Handle> {
    head: AtomicU32,
    tail: AtomicU32,
    ring: Box<[AtomicPtr<P::Target>]>,
    runnext: Next<P::Target>,
    owns: PhantomData<P>,
}

#[repr(align(128))]
struct Next<T>(AtomicPtr<T>);

// SAFETY: the queue owns its goroutines and hands each to exactly one taker, on any thread; it gives
// out no reference into itself.
unsafe impl<P: Handle + Send> Send for Runq<P> {}
// SAFETY: as above; all shared state is atomic, and what is behind the pointers is only touched by
// the one taker that won the exchange.
unsafe impl<P: Handle + Send> Sync for Runq<P> {}

impl<P: Handle> Default for Runq<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Handle> Runq<P> {
    /// An empty queue.
    pub fn new() -> Self {
        Self {
            head: AtomicU32::new(0),
            tail: AtomicU32::new(0),
            runnext: Next(AtomicPtr::new(ptr::null_mut())),
            ring: (0..CAPACITY)
                .map(|_| AtomicPtr::new(ptr::null_mut()))
                .collect(),
            owns: PhantomData,
        }
    }

    /// Owner: makes `g` the next to run; what was next goes to the ring. When the ring is full,
    /// half of it and the displaced one come back, for the global queue.
    #[inline]
    pub fn push_next(&self, g: P) -> Pushed<P> {
        let old = self.runnext.0.swap(g.into_raw(), AcqRel);
        if old.is_null() {
            return Pushed::Next;
        }
        // SAFETY: `runnext` holds pointers from `Handle::into_raw`, and the swap made us its owner.
        match self.push(unsafe { P::from_raw(old) }) {
            None => Pushed::Displaced,
            Some(half) => Pushed::Overflow(half),
        }
    }

    /// Owner: appends to the ring. When it is full, half of it and `g` come back, oldest first.
    pub fn push(&self, g: P) -> Option<Vec<P>> {
        loop {
            // Acquire: pairs with takers' exchanges; the place at `tail` has been read.
            let head = self.head.load(Acquire);
            // Relaxed: only this thread writes `tail`.
            let tail = self.tail.load(Relaxed);
            if tail.wrapping_sub(head) < CAPACITY as u32 {
                // Relaxed: the Release store of `tail` publishes it.
                self.place(tail).store(g.into_raw(), Relaxed);
                self.tail.store(tail.wrapping_add(1), Release);
                return None;
            }
            let mut half = Vec::with_capacity(CAPACITY / 2 + 1);
            if self.take(head, CAPACITY as u32 / 2, &mut half) {
                half.push(g);
                return Some(half);
            }
            // A thief was faster, so there is room now.
        }
    }

    /// Owner: the next goroutine to run.
    pub fn pop(&self) -> Option<P> {
        // Relaxed look: only the owner fills `runnext`, and a thief can only empty it.
        self.steal_next().or_else(|| self.pop_ring())
    }

    /// Anyone: what is in `runnext`.
    #[inline]
    pub fn steal_next(&self) -> Option<P> {
        if self.runnext.0.load(Relaxed).is_null() {
            return None;
        }
        let next = self.runnext.0.swap(ptr::null_mut(), AcqRel);
        // SAFETY: from `Handle::into_raw`, and the swap made us its owner.
        (!next.is_null()).then(|| unsafe { P::from_raw(next) })
    }

    /// Owner: the oldest goroutine in the ring, whatever is in `runnext`.
    pub fn pop_ring(&self) -> Option<P> {
        loop {
            let head = self.head.load(Acquire);
            if head == self.tail.load(Relaxed) {
                return None;
            }
            let g = self.place(head).load(Relaxed);
            // AcqRel: Release pairs with `push`, which may now reuse the place.
            if self
                .head
                .compare_exchange(head, head.wrapping_add(1), AcqRel, Relaxed)
                .is_ok()
            {
                // SAFETY: the place was filled by `push` with `Handle::into_raw`, and the exchange on
                // `head` gave it to us alone.
                return Some(unsafe { P::from_raw(g) });
            }
        }
    }

    /// Thief: takes half of this ring, rounded up; gives one to run and leaves the rest in `into`,
    /// which the caller owns and which is empty.
    pub fn steal_into(&self, into: &Runq<P>) -> Option<P> {
        let mut taken = Taken::new();
        self.grab(&mut taken);
        let first = taken.pop();
        for g in taken {
            let overflow = into.push(g);
            debug_assert!(overflow.is_none(), "at most half a ring fits an empty ring");
        }
        first
    }

    fn grab(&self, taken: &mut impl Extend<P>) {
        loop {
            let head = self.head.load(Acquire);
            // Acquire: pairs with the Release in `push`; the places below `tail` are filled.
            let tail = self.tail.load(Acquire);
            let len = tail.wrapping_sub(head);
            let count = len - len / 2;
            if count == 0 {
                return;
            }
            // `head` and `tail` were not read at one instant: more than half a ring is impossible.
            if count <= CAPACITY as u32 / 2 && self.take(head, count, taken) {
                return;
            }
        }
    }

    /// Moves `count` goroutines from `head` on into `out`, if `head` has not moved.
    fn take(&self, head: u32, count: u32, out: &mut impl Extend<P>) -> bool {
        let places: smallvec::SmallVec<[*mut P::Target; CAPACITY / 2]> = (0..count)
            .map(|i| self.place(head.wrapping_add(i)).load(Relaxed))
            .collect();
        if self
            .head
            .compare_exchange(head, head.wrapping_add(count), AcqRel, Relaxed)
            .is_err()
        {
            return false;
        }
        // SAFETY: `head` did not move between the caller's load and the exchange, so the places
        // held what `push` put there, and the exchange gave all of them to us alone.
        out.extend(places.into_iter().map(|g| unsafe { P::from_raw(g) }));
        true
    }

    fn place(&self, at: u32) -> &AtomicPtr<P::Target> {
        &self.ring[(at & MASK) as usize]
    }

    /// Whether there is nothing to take. A snapshot.
    pub fn is_empty(&self) -> bool {
        self.is_ring_empty() && !self.has_next()
    }

    /// Whether there is nothing in the ring. A snapshot.
    #[inline]
    pub fn is_ring_empty(&self) -> bool {
        self.ring_len() == 0
    }

    /// How many are in the ring. A snapshot: too many, if the owner was busy in between.
    #[inline]
    pub fn ring_len(&self) -> u32 {
        let head = self.head.load(Acquire);
        self.tail.load(Acquire).wrapping_sub(head)
    }

    /// Whether there is something in `runnext`. A snapshot.
    pub fn has_next(&self) -> bool {
        // Relaxed: a reader that needs certainty re-checks behind a fence.
        !self.runnext.0.load(Relaxed).is_null()
    }
}

/// What a thief takes at a time, without an allocation.
type Taken<P> = smallvec::SmallVec<[P; CAPACITY / 2]>;

/// What [`Runq::push_next`] did.
pub enum Pushed<P> {
    /// It runs next; nothing was there before.
    Next,
    /// It runs next; what was there went to the ring.
    Displaced,
    /// Likewise, and these came out of the full ring.
    Overflow(Vec<P>),
}

impl<P: Handle> Drop for Runq<P> {
    fn drop(&mut self) {
        while self.pop().is_some() {}
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn numbers(queue: &Runq<Box<u32>>) -> Vec<u32> {
        std::iter::from_fn(|| queue.pop().map(|g| *g)).collect()
    }

    #[test]
    fn first_in_first_out() {
        let queue = Runq::new();
        for i in 0..10 {
            assert!(queue.push(Box::new(i)).is_none());
        }
        assert_eq!(numbers(&queue), (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn runnext_goes_first_and_displaces_to_the_tail() {
        let queue = Runq::new();
        queue.push(Box::new(1));
        queue.push_next(Box::new(2));
        queue.push_next(Box::new(3));
        assert_eq!(numbers(&queue), [3, 1, 2]);
    }

    #[test]
    fn the_oldest_of_the_ring_can_be_had_before_runnext() {
        let queue = Runq::new();
        queue.push(Box::new(1));
        queue.push_next(Box::new(2));
        assert_eq!(queue.pop_ring().map(|g| *g), Some(1));
        assert_eq!(queue.pop_ring(), None);
        assert_eq!(numbers(&queue), [2]);
    }

    #[test]
    fn a_full_ring_gives_half_back_oldest_first() {
        let queue = Runq::new();
        for i in 0..CAPACITY as u32 {
            assert!(queue.push(Box::new(i)).is_none());
        }
        let half = queue.push(Box::new(999)).expect("the ring is full");
        assert_eq!(half.len(), CAPACITY / 2 + 1);
        assert_eq!((*half[0], *half[1], *half[CAPACITY / 2]), (0, 1, 999));
        assert_eq!(numbers(&queue).len(), CAPACITY / 2);
    }

    #[test]
    fn a_thief_takes_half_rounded_up_and_runnext_apart() {
        let (victim, thief) = (Runq::new(), Runq::new());
        for i in 0..5 {
            victim.push(Box::new(i));
        }
        victim.push_next(Box::new(9));
        assert_eq!(*victim.steal_into(&thief).expect("work"), 2);
        assert_eq!(numbers(&thief), [0, 1]);
        assert_eq!(numbers(&victim), [9, 3, 4]);
        victim.push_next(Box::new(7));
        assert!(victim.steal_into(&thief).is_none());
        assert_eq!(victim.steal_next().map(|g| *g), Some(7));
        assert!(victim.steal_next().is_none());
    }

    #[test]
    fn nothing_is_lost_or_doubled_under_theft() {
        const N: u32 = 50_000;
        let queue = Runq::new();
        let seen: Vec<AtomicU32> = (0..N).map(|_| AtomicU32::new(0)).collect();
        let left = AtomicU32::new(N);
        let see = |g: Box<u32>| {
            seen[*g as usize].fetch_add(1, Relaxed);
            left.fetch_sub(1, Relaxed);
        };
        std::thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| {
                    let own = Runq::new();
                    while left.load(Relaxed) > 0 {
                        if let Some(g) = queue.steal_into(&own).or_else(|| queue.steal_next()) {
                            see(g);
                        }
                        while let Some(g) = own.pop() {
                            see(g);
                        }
                    }
                });
            }
            for i in 0..N {
                let overflow = if i % 3 == 0 {
                    match queue.push_next(Box::new(i)) {
                        Pushed::Overflow(half) => Some(half),
                        Pushed::Next | Pushed::Displaced => None,
                    }
                } else {
                    queue.push(Box::new(i))
                };
                overflow.into_iter().flatten().for_each(&see);
                if i % 7 == 0 {
                    queue.pop().into_iter().for_each(&see);
                }
            }
            while let Some(g) = queue.pop() {
                see(g);
            }
        });
        assert!(seen.iter().all(|n| n.load(Relaxed) == 1));
    }
}

//! The line in which goroutines wait for anything in this folder, and the wait itself.
//!
//! One mechanism for everybody who waits. A wait is a future and is known to others by its waker
//! alone: a native goroutine's readies it, an isolate's posts to its mailbox
//! (`crates/binding/src/wait.rs`), a blocked thread's ends its sleep. So what is said here about
//! futures that are dropped holds for native goroutines that go away, for contexts that end
//! ([`or_done`](super::or_done)) and for isolates that die.
//!
//! # Protocol
//!
//! What is waited for is a [`Rules`] under one lock, together with its [`Line`].
//!
//! 1. A wait asks [`Rules::admit`]; refused, it enters the line in the same section of the lock. So
//!    whoever changes something that might admit it either did so before, and `admit` saw that, or
//!    finds it in the line.
//! 2. It is *served* by whoever makes room for it: in one section of the lock it is given what it
//!    wants, leaves the line, and its waker is taken out. From then on it *has* what it asked for,
//!    though it may not know yet. Nobody can come in between.
//! 3. It is woken after the lock was released, and finds in its node what it was given.
//! 4. Dropped before it was served it leaves the line, and [`Rules::left`] serves those that only it
//!    had held up. Dropped after, [`Rules::give_back`] passes on what it was given.
//!
//! Invariant: whenever the lock is free, nobody in the line could be admitted as its first. Each
//! section that makes room, or shortens the line, serves until that holds again.
//!
//! No hand-off is lost: what was given to a wait is taken by its `poll`, or passed on by its `drop`,
//! and one of the two happens. Nobody is woken twice: the waker leaves the node when it is served.
//!
//! The lock orders everything: what happened before a release happens before the admission that it
//! made possible. There are no atomics here. Model: `tests/loom_sync.rs`.
//!
//! The line is the channels' [`WaitQueue`]: leaving it is O(1) wherever one stands, its memory stays
//! in proportion to the longest it has been, and no waker is cloned or dropped under the lock.
//! Rejected: a `VecDeque` of numbered waiters, which the mutex had (leaving its middle is O(n), and
//! ten thousand cancelled waits were quadratic).

use crate::chan::{Key, Outcome, Parked, Removed, Settled, Unpark, WaitQueue, Waiter};
use crate::g::Reason;
use crate::lock::Lock;
use crate::task::note_wait;
use smallvec::SmallVec;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Who was served and must be woken. Woken with no lock held, by [`wake`](Self::wake).
#[derive(Default)]
#[must_use = "whoever is in it has left its line, and sleeps until it is woken"]
pub(crate) struct Woken(SmallVec<[Waker; 2]>);

impl Woken {
    pub(crate) fn add(&mut self, waker: Option<Waker>) {
        self.0.extend(waker);
    }

    /// Wakes them. Call with no lock held.
    pub(crate) fn wake(self) {
        for waker in self.0 {
            waker.wake();
        }
    }
}

/// First come, first served. `D` is what each of them wants, or was given.
pub(crate) struct Line<D> {
    queue: WaitQueue<D>,
}

/// What one that leaves had come to.
pub(crate) enum Left<D> {
    /// It waited, for this.
    Waiting(D),
    /// It was served with this.
    Served(D),
}

impl<D: Copy> Line<D> {
    pub(crate) const fn new() -> Self {
        Self {
            queue: WaitQueue::new(),
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn enter(&mut self, waker: Waker, wants: D) -> Key {
        self.queue
            .enqueue(|| Waiter::alone(Parked::Task(waker), Some(wants)))
    }

    /// What the first wants.
    pub(crate) fn front(&self) -> Option<D> {
        self.queue.front().and_then(|waiter| waiter.value)
    }

    /// Whether this one is the first.
    pub(crate) fn is_front(&mut self, key: Key) -> bool {
        self.queue.is_front(key)
    }

    /// What one that is still in line wants.
    pub(crate) fn wants(&mut self, key: Key) -> Option<&mut D> {
        self.queue.waiter(key)?.value.as_mut()
    }

    /// As [`wants`](Self::wants), of the first.
    pub(crate) fn front_mut(&mut self) -> Option<&mut D> {
        self.queue.front_mut()?.value.as_mut()
    }

    /// The first shall look for itself: it stays where it is. Its waker is taken out of its node, and
    /// it brings another when it parks again.
    pub(crate) fn rouse_front(&mut self) -> Option<Waker> {
        match &mut self.queue.front_mut()?.who {
            // A no-op waker is two static pointers: cloning it runs nobody's code.
            Parked::Task(waker) => Some(std::mem::replace(waker, Waker::noop().clone())),
            Parked::Isolate { .. } => None,
        }
    }

    /// Gives the first `grant`, and its waker to whoever calls.
    pub(crate) fn serve(&mut self, grant: D) -> Option<Waker> {
        let first = self.queue.dequeue()?;
        match self.queue.serve(first, 0, Outcome::Received(grant)) {
            Unpark::Task(waker) => Some(waker),
            Unpark::None | Unpark::Isolate(_) => None,
        }
    }

    /// What it was given, if it was served. It waits on under `waker`; `fresh` is a clone of that if
    /// the caller has made one.
    fn settle(&mut self, key: Key, waker: &Waker, fresh: &mut Option<Waker>) -> Settled<D> {
        self.queue.settle(key, waker, fresh)
    }

    /// As [`settle`](Self::settle), for one that is known to wait. `false`: call again with a clone.
    pub(crate) fn wait_on(&mut self, key: Key, waker: &Waker, fresh: &mut Option<Waker>) -> bool {
        !matches!(self.settle(key, waker, fresh), Settled::Stale)
    }

    /// Leaves the line. Gives what it had come to, and its waker, to be dropped with no lock held.
    pub(crate) fn leave(&mut self, key: Key) -> Option<(Left<D>, Option<Waker>)> {
        match self.queue.remove(key)?.0 {
            Removed::Waiting(waiter) => {
                let waker = match waiter.who {
                    Parked::Task(waker) => Some(waker),
                    Parked::Isolate { .. } => None,
                };
                Some((Left::Waiting(waiter.value?), waker))
            }
            Removed::Served(Outcome::Received(grant)) => Some((Left::Served(grant), None)),
            Removed::Served(_) => None,
        }
    }
}

/// What is waited for, with its lines. All of it happens under the lock that it is in.
pub(crate) trait Rules {
    /// What one may ask for, and be given.
    type Wants: Copy;
    /// What its wait comes to.
    type Grant;

    /// What reports call the wait.
    fn reason(wants: Self::Wants) -> Reason;

    /// Whether one that comes may go on at once, and has what it wants then. It may let others go on
    /// too.
    fn admit(&mut self, wants: Self::Wants, woken: &mut Woken) -> Option<Self::Grant>;
    /// Where those wait that want this.
    fn line(&mut self, wants: Self::Wants) -> &mut Line<Self::Wants>;
    /// What the wait of one that was served comes to.
    fn grant(served: Self::Wants) -> Self::Grant;
    /// One that waited has left: those that only it held up go on.
    fn left(&mut self, wants: Self::Wants, woken: &mut Woken);
    /// One that was served went away before it knew.
    fn give_back(&mut self, served: Self::Wants, woken: &mut Woken);
}

/// A wait under way. Dropped, it leaves the line, or passes on what it was given.
#[must_use = "futures do nothing unless awaited"]
pub(crate) struct Wait<'a, R: Rules> {
    rules: &'a Lock<R>,
    wants: R::Wants,
    key: Option<Key>,
}

impl<'a, R: Rules> Wait<'a, R> {
    pub(crate) fn new(rules: &'a Lock<R>, wants: R::Wants) -> Self {
        let key = None;
        Self { rules, wants, key }
    }

    fn enter(&mut self, cx: &Context<'_>) -> Poll<R::Grant> {
        let mut woken = Woken::default();
        let mut granted = self.rules.lock().admit(self.wants, &mut woken);
        if granted.is_none() {
            // Cloned with no lock held: it is somebody else's code.
            let waker = cx.waker().clone();
            let mut rules = self.rules.lock();
            granted = rules.admit(self.wants, &mut woken);
            if granted.is_none() {
                self.key = Some(rules.line(self.wants).enter(waker, self.wants));
                note_wait(cx.waker(), R::reason(self.wants), self.rules);
                return Poll::Pending;
            }
            drop(rules);
        }
        woken.wake();
        granted.map_or(Poll::Pending, Poll::Ready)
    }
}

impl<R: Rules> Unpin for Wait<'_, R> {}

impl<R: Rules> Future for Wait<'_, R> {
    type Output = R::Grant;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R::Grant> {
        let Some(key) = self.key else {
            return self.enter(cx);
        };
        let mut fresh = None;
        loop {
            let mut rules = self.rules.lock();
            let settled = rules.line(self.wants).settle(key, cx.waker(), &mut fresh);
            drop(rules);
            match settled {
                Settled::Served(Outcome::Received(served)) => {
                    self.key = None;
                    return Poll::Ready(R::grant(served));
                }
                Settled::Stale => fresh = Some(cx.waker().clone()),
                Settled::Waiting | Settled::Served(_) => return Poll::Pending,
            }
        }
    }
}

impl<R: Rules> Drop for Wait<'_, R> {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut woken = Woken::default();
        let mut rules = self.rules.lock();
        let left = rules.line(self.wants).leave(key);
        match left {
            Some((Left::Waiting(wants), _)) => rules.left(wants, &mut woken),
            Some((Left::Served(served), _)) => rules.give_back(served, &mut woken),
            None => {}
        }
        drop(rules);
        drop(left); // its waker, with no lock held
        woken.wake();
    }
}

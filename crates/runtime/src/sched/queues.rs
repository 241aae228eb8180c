//! All runnable goroutines of one kind: a local queue for each P and one global queue.
//!
//! Native goroutines and JavaScript goroutines that have not started are kept apart, because a
//! native M can run only the first kind and an isolate only the second; each kind is found by the
//! same rules: local queue first, the global one every 61st turn so that it cannot starve, then the
//! global one in batches, then half of another P's queue in random order.

use super::runq::{Handle, Pushed, Runq};
use crate::lock::{Lock, Rank};
use crate::loom::AtomicUsize;
use std::collections::VecDeque;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// Every how many turns the global queue is asked first. Go's number: a prime, so that it does not
/// fall into step with periodic programs.
const GLOBAL_EVERY: u32 = 61;

pub(crate) struct Queues<P: Handle> {
    locals: Box<[Runq<P>]>,
    global: Lock<VecDeque<P>>,
    /// The highest GOMAXPROCS there ever was: the local queues from here on were never used. Looking
    /// for work is the hot path of an idle M, so it must not walk all of them.
    used: AtomicUsize,
    /// The global queue's length, readable without its lock. Written under the lock.
    global_len: AtomicUsize,
}

impl<P: Handle> Queues<P> {
    pub(crate) fn new(procs: usize, max: usize) -> Self {
        Self {
            used: AtomicUsize::new(procs),
            locals: (0..max).map(|_| Runq::new()).collect(),
            global: Lock::new(Rank::Sched, VecDeque::new()),
            global_len: AtomicUsize::new(0),
        }
    }

    /// GOMAXPROCS has become `procs`.
    pub(crate) fn grow(&self, procs: usize) {
        // Relaxed: a P beyond the old number is taken through the idle lists' lock after this.
        self.used.fetch_max(procs, Relaxed);
    }

    fn used(&self) -> &[Runq<P>] {
        &self.locals[..self.used.load(Relaxed)]
    }

    /// The holder of P `proc` readied `g`: it runs next there. `true`: nothing but `runnext` changed,
    /// and that was empty.
    #[inline]
    pub(crate) fn push_local(&self, proc: usize, g: P) -> bool {
        match self.locals[proc].push_next(g) {
            Pushed::Next => true,
            Pushed::Displaced => false,
            Pushed::Overflow(half) => {
                self.push_all_global(half);
                false
            }
        }
    }

    /// The holder of P `proc` gives it up: what it would have run next is to be had by all.
    pub(crate) fn share_next(&self, proc: usize) {
        if let Some(g) = self.locals[proc].steal_next() {
            self.push_local_last(proc, g);
        }
    }

    /// P `proc`'s `runnext`, for a thief that found it waiting.
    pub(crate) fn steal_next(&self, proc: usize) -> Option<P> {
        self.locals[proc].steal_next()
    }

    /// Whether P `proc` has something in `runnext`. A guess.
    pub(crate) fn has_next(&self, proc: usize) -> bool {
        self.locals[proc].has_next()
    }

    /// How many local queues were ever in use.
    pub(crate) fn used_count(&self) -> usize {
        self.used().len()
    }

    /// The holder of P `proc` ran `g`, which made itself ready again: after all others there.
    pub(crate) fn push_local_last(&self, proc: usize, g: P) {
        if let Some(overflow) = self.locals[proc].push(g) {
            self.push_all_global(overflow);
        }
    }

    /// Somebody without a P readied `g`.
    pub(crate) fn push_global(&self, g: P) {
        let mut global = self.global.lock();
        global.push_back(g);
        // Release: pairs with the Acquire load in `has_work`.
        self.global_len.store(global.len(), Release);
    }

    fn push_all_global(&self, gs: Vec<P>) {
        let mut global = self.global.lock();
        global.extend(gs);
        self.global_len.store(global.len(), Release);
    }

    /// P `proc` has retired: what it holds becomes everybody's. Callers hold no P of this number.
    pub(crate) fn drain_local(&self, proc: usize) {
        let nowhere = Runq::new();
        let mut all = Vec::new();
        all.extend(self.locals[proc].steal_next());
        while let Some(g) = self.locals[proc].steal_into(&nowhere) {
            all.push(g);
            all.extend(std::iter::from_fn(|| nowhere.pop()));
        }
        if !all.is_empty() {
            self.push_all_global(all);
        }
    }

    /// The next goroutine for the holder of P `proc`, on its `turn`th look; `procs` is GOMAXPROCS.
    ///
    /// `batch` is how many may be taken from the global queue at once. Native goroutines come by the
    /// half ring, to touch its lock seldom; JavaScript ones singly, because where they start they
    /// stay: what one isolate has moved to its own queue, another only gets by stealing.
    pub(crate) fn find(
        &self,
        proc: usize,
        procs: usize,
        batch: usize,
        turn: u32,
        random: u32,
    ) -> Option<P> {
        let local = &self.locals[proc];
        if turn.is_multiple_of(GLOBAL_EVERY)
            && let Some(g) = self
                .pop_global(local, procs, 1)
                .or_else(|| local.pop_ring())
        {
            return Some(g); // neither the global queue nor the ring starves behind `runnext`
        }
        local
            .pop()
            .or_else(|| self.pop_global(local, procs, batch))
            .or_else(|| self.steal(proc, random))
    }

    /// Takes a fair share of the global queue, at most `max`: one to run, the rest into `local`.
    fn pop_global(&self, local: &Runq<P>, procs: usize, max: usize) -> Option<P> {
        if self.global_len.load(Acquire) == 0 {
            return None;
        }
        let mut global = self.global.lock();
        let share = (global.len() / procs + 1).min(max);
        let first = global.pop_front();
        for _ in 1..share {
            let Some(g) = global.pop_front() else { break };
            let overflow = local.push(g);
            debug_assert!(
                overflow.is_none(),
                "a share is asked for when the ring is empty"
            );
        }
        self.global_len.store(global.len(), Release);
        first
    }

    fn steal(&self, proc: usize, random: u32) -> Option<P> {
        let count = self.used().len();
        let start = random as usize % count;
        (0..count)
            .map(|i| (start + i) % count)
            .filter(|&victim| victim != proc && !self.locals[victim].is_ring_empty())
            .find_map(|victim| self.locals[victim].steal_into(&self.locals[proc]))
    }

    /// Takes what another P would run next. For those that cannot wait and see whether it does.
    pub(crate) fn steal_any_next(&self, proc: usize) -> Option<P> {
        (0..self.used().len())
            .filter(|&victim| victim != proc)
            .find_map(|victim| self.locals[victim].steal_next())
    }

    /// Whether anything is queued anywhere. A snapshot: exact only behind the fences of the
    /// idle protocol (sched/README.md).
    pub(crate) fn has_work(&self) -> bool {
        // Acquire: pairs with the Release stores above.
        self.global_len.load(Acquire) > 0 || self.used().iter().any(|local| !local.is_empty())
    }

    /// As [`has_work`](Self::has_work), without what Ps are about to run next.
    #[inline]
    pub(crate) fn has_spare_work(&self) -> bool {
        // Acquire: as in `has_work`.
        self.global_len.load(Acquire) > 0 || self.used().iter().any(|local| !local.is_ring_empty())
    }

    /// Empties everything, for shutting down.
    pub(crate) fn take_all(&self) -> Vec<P> {
        for proc in 0..self.locals.len() {
            self.drain_local(proc);
        }
        let mut global = self.global.lock();
        self.global_len.store(0, Release);
        global.drain(..).collect()
    }
}

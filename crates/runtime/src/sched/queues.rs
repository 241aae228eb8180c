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

/// A look for something to run.
pub(crate) struct Search {
    /// Who looks holds this P.
    pub(crate) proc: usize,
    /// GOMAXPROCS.
    pub(crate) procs: usize,
    /// How many may be taken from the global queue at once. Native goroutines come by the half ring, to
    /// touch its lock seldom; JavaScript ones singly, because where they start they stay: what one
    /// isolate has moved to its own queue, another only gets by stealing.
    pub(crate) batch: usize,
    /// How many another P must have in its ring for half of them to be stolen.
    pub(crate) least: u32,
    /// Which look this is.
    pub(crate) turn: u32,
    /// Where to begin to steal.
    pub(crate) random: u32,
}

/// A ring with fewer is left to its P for a while, by native thieves: see `overdue.rs`.
#[cfg(not(loom))]
pub(crate) const FEW: u32 = 8;
/// Likewise, for the short rings of models.
#[cfg(loom)]
pub(crate) const FEW: u32 = 2;

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

    /// The holder of P `proc` readied `g`: it runs next there.
    #[inline]
    pub(crate) fn push_local(&self, proc: usize, g: P) {
        if let Pushed::Overflow(half) = self.locals[proc].push_next(g) {
            self.push_all_global(half);
        }
    }

    /// Whether P `proc` has so little queued that thieves leave it alone at first.
    #[inline]
    pub(crate) fn has_few(&self, proc: usize) -> bool {
        self.locals[proc].ring_len() < FEW
    }

    /// The holder of P `proc` gives it up: what it has queued is to be had by all. In the global queue,
    /// because the rings are looked at by those who find many there, or see that a turn takes long.
    pub(crate) fn share_all(&self, proc: usize) {
        let local = &self.locals[proc];
        let next = local.steal_next();
        let all: Vec<P> = next
            .into_iter()
            .chain(std::iter::from_fn(|| local.pop_ring()))
            .collect();
        if !all.is_empty() {
            self.push_all_global(all);
        }
    }

    /// Half of what P `victim` has queued, however little, for the holder of `proc`, who found that
    /// it waits.
    pub(crate) fn steal_few(&self, proc: usize, victim: usize) -> Option<P> {
        self.locals[victim]
            .steal_into(&self.locals[proc])
            .or_else(|| self.locals[victim].steal_next())
    }

    /// Whether P `proc` has something in its ring; and whether it has something at all. Guesses.
    pub(crate) fn waiting(&self, proc: usize) -> (bool, bool) {
        let ring = !self.locals[proc].is_ring_empty();
        (ring, ring || self.locals[proc].has_next())
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

    /// The next goroutine for the holder of a P.
    pub(crate) fn find(&self, search: &Search) -> Option<P> {
        let local = &self.locals[search.proc];
        if search.turn.is_multiple_of(GLOBAL_EVERY)
            && let Some(g) = self
                .pop_global(local, search.procs, 1)
                .or_else(|| local.pop_ring())
        {
            return Some(g); // neither the global queue nor the ring starves behind `runnext`
        }
        local
            .pop()
            .or_else(|| self.pop_global(local, search.procs, search.batch))
            .or_else(|| self.steal(search))
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

    fn steal(&self, search: &Search) -> Option<P> {
        let count = self.used().len();
        let start = search.random as usize % count;
        (0..count)
            .map(|i| (start + i) % count)
            .filter(|&victim| victim != search.proc)
            .filter(|&victim| self.locals[victim].ring_len() >= search.least)
            .find_map(|victim| self.locals[victim].steal_into(&self.locals[search.proc]))
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

    /// As [`has_work`](Self::has_work), without the few that a P will run soon by itself.
    #[inline]
    pub(crate) fn has_plenty(&self) -> bool {
        // Acquire: as in `has_work`.
        self.global_len.load(Acquire) > 0 || self.used().iter().any(|local| local.ring_len() >= FEW)
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

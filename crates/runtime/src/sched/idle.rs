//! Who is idle: Ps without an M, and Ms without work. One lock guards the lists.
//!
//! An isolate M that finds nothing gives its P back, enters the list, and *then* looks at the run
//! queues once more before it parks; whoever queues work looks at the list *after* it has queued.
//! The order on both sides is kept by a fence each (see sched/README.md, "Idle protocol").

use super::native::Worker;
use crate::lock::{Lock, Rank};
use crate::loom::{Arc, AtomicU32};
use crate::mailbox::Mailbox;
use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;

/// The right to run goroutines: the P of this number. Whoever has the value holds the P; it cannot
/// be copied, so it cannot be held twice.
#[derive(Debug, PartialEq, Eq)]
pub struct Proc(pub(super) usize);

impl Proc {
    /// The P's number, from 0.
    pub fn number(&self) -> usize {
        self.0
    }
}

pub(super) struct Lists<V> {
    /// Ps that may be taken.
    procs: Vec<Proc>,
    /// Ps beyond GOMAXPROCS. One that is held when GOMAXPROCS shrinks retires when it is released.
    retired: Vec<Proc>,
    /// GOMAXPROCS.
    active: usize,
    /// Isolates parked for want of work.
    isolates: Vec<Arc<Mailbox<V>>>,
    /// Isolates that have work but no P.
    starved: VecDeque<Arc<Mailbox<V>>>,
    /// Ps kept for isolates that were starved and have been poked. Without this whoever gave the P
    /// up takes it back long before the isolate's thread wakes: a native M with enough to do held
    /// the only P for seconds.
    promised: Vec<(Arc<Mailbox<V>>, Proc)>,
    /// Native Ms asleep.
    workers: Vec<Arc<Worker>>,
    /// Isolate Ms alive, and asked for but not yet there.
    pub(super) started: usize,
    pub(super) starting: usize,
    /// Isolates that were called to look for work and have not looked yet.
    pub(super) called: usize,
    /// Native Ms alive.
    pub(super) native: usize,
}

pub(super) struct Idle<V> {
    lists: Lock<Lists<V>>,
    /// Lengths readable without the lock; written under it.
    pub(super) free_procs: AtomicU32,
    parked_isolates: AtomicU32,
    /// Isolates asked for and not yet there.
    starting: AtomicU32,
    /// Isolates called to look for work, which have not looked yet.
    called: AtomicU32,
    starved: AtomicU32,
}

/// What [`Idle::release`] did with the P.
pub(super) enum Released<V> {
    /// It is idle.
    Idle,
    /// It is kept for this isolate, which waited for one and must be poked.
    ForIsolate(Arc<Mailbox<V>>),
    /// It is beyond GOMAXPROCS: what its local queues hold must move to the global ones.
    Retired(usize),
}

impl<V> Idle<V> {
    /// `procs` active Ps of `max`.
    pub(super) fn new(procs: usize, max: usize) -> Self {
        Self {
            lists: Lock::new(
                Rank::Sched,
                Lists {
                    procs: (0..procs).rev().map(Proc).collect(),
                    retired: (procs..max).rev().map(Proc).collect(),
                    active: procs,
                    isolates: Vec::new(),
                    starved: VecDeque::new(),
                    promised: Vec::new(),
                    workers: Vec::new(),
                    started: 0,
                    starting: 0,
                    called: 0,
                    native: 0,
                },
            ),
            free_procs: AtomicU32::new(procs as u32),
            parked_isolates: AtomicU32::new(0),
            starting: AtomicU32::new(0),
            called: AtomicU32::new(0),
            starved: AtomicU32::new(0),
        }
    }

    pub(super) fn with<R>(&self, f: impl FnOnce(&mut Lists<V>) -> R) -> R {
        let mut lists = self.lists.lock();
        let result = f(&mut lists);
        // Relaxed: readers that need certainty fence; others only guess.
        self.free_procs.store(lists.procs.len() as u32, Relaxed);
        self.parked_isolates
            .store(lists.isolates.len() as u32, Relaxed);
        self.starting.store(lists.starting as u32, Relaxed);
        self.called.store(lists.called as u32, Relaxed);
        self.starved.store(lists.starved.len() as u32, Relaxed);
        result
    }

    /// A guess at whether an isolate is parked for want of work. Exact behind the caller's fence.
    pub(super) fn has_isolate(&self) -> bool {
        self.parked_isolates.load(Relaxed) > 0
    }

    /// A guess at whether an isolate was called that has not looked yet.
    pub(super) fn has_called(&self) -> bool {
        self.called.load(Relaxed) > 0
    }

    /// A guess at whether an isolate is on its way.
    pub(super) fn is_starting(&self) -> bool {
        self.starting.load(Relaxed) > 0
    }

    /// A guess at whether an isolate has work but no P.
    pub(super) fn has_starved(&self) -> bool {
        self.starved.load(Relaxed) > 0
    }

    /// Takes the P that is kept for this isolate, or an idle one, or notes that it waits for one.
    pub(super) fn acquire(&self, isolate: &Arc<Mailbox<V>>) -> Option<Proc> {
        self.with(|lists| {
            let proc = lists.take_promised(isolate).or_else(|| lists.procs.pop());
            let place = lists
                .starved
                .iter()
                .position(|other| Arc::ptr_eq(other, isolate));
            match (&proc, place) {
                (None, None) => lists.starved.push_back(isolate.clone()),
                // It would swallow a poke that another one needs.
                (Some(_), Some(place)) => drop(lists.starved.remove(place)),
                _ => {}
            }
            proc
        })
    }

    /// Gives a P back.
    pub(super) fn release(&self, proc: Proc) -> Released<V> {
        self.with(|lists| {
            let number = proc.0;
            if number >= lists.active {
                lists.retired.push(proc);
                return Released::Retired(number);
            }
            let Some(isolate) = lists.starved.pop_front() else {
                lists.procs.push(proc);
                return Released::Idle;
            };
            lists.promised.push((isolate.clone(), proc));
            Released::ForIsolate(isolate)
        })
    }

    pub(super) fn enter(&self, isolate: &Arc<Mailbox<V>>) {
        self.with(|lists| {
            debug_assert!(!lists.isolates.iter().any(|i| Arc::ptr_eq(i, isolate)));
            lists.isolates.push(isolate.clone());
            // What it wanted a P for, others have done.
            lists.starved.retain(|i| !Arc::ptr_eq(i, isolate));
        });
    }

    /// Leaves the list of idle isolates, unless somebody took it out to call it.
    pub(super) fn leave(&self, isolate: &Arc<Mailbox<V>>) {
        self.with(|lists| {
            if let Some(at) = lists.isolates.iter().position(|i| Arc::ptr_eq(i, isolate)) {
                lists.isolates.swap_remove(at);
            }
        });
    }

    /// The isolate ends: out of every list. Gives the P that was kept for it.
    pub(super) fn purge(&self, isolate: &Arc<Mailbox<V>>) -> Option<Proc> {
        self.with(|lists| {
            lists.isolates.retain(|i| !Arc::ptr_eq(i, isolate));
            lists.starved.retain(|i| !Arc::ptr_eq(i, isolate));
            lists.take_promised(isolate)
        })
    }

    /// The idle isolate with the fewest residents; of equals the one that parked last, whose memory
    /// is the warmest. With `below`, only one with fewer residents than that.
    pub(super) fn pop_isolate(&self, below: u32) -> Option<Arc<Mailbox<V>>> {
        self.with(|lists| {
            let (at, least) = lists
                .isolates
                .iter()
                .enumerate()
                .rev()
                .min_by_key(|(_, isolate)| isolate.residents())?;
            (least.residents() < below).then(|| {
                let isolate = lists.isolates.swap_remove(at);
                isolate.set_called();
                lists.called += 1;
                isolate
            })
        })
    }
}

impl<V> Lists<V> {
    /// Changes GOMAXPROCS. Gives the numbers of the idle Ps that retire, and the isolates that now
    /// find a P.
    pub(super) fn set_active(&mut self, active: usize) -> (Vec<usize>, Vec<Arc<Mailbox<V>>>) {
        self.active = active;
        let (stay, go): (Vec<_>, Vec<_>) = self.procs.drain(..).partition(|p| p.0 < active);
        let (back, out): (Vec<_>, Vec<_>) = self.retired.drain(..).partition(|p| p.0 < active);
        let retiring = go.iter().map(|p| p.0).collect();
        self.procs = stay.into_iter().chain(back).collect();
        self.retired = out.into_iter().chain(go).collect();
        let count = self.procs.len().min(self.starved.len());
        let served: Vec<_> = self.starved.drain(..count).collect();
        let kept = self.procs.drain(self.procs.len() - count..);
        self.promised.extend(served.iter().cloned().zip(kept));
        (retiring, served)
    }

    fn take_promised(&mut self, isolate: &Arc<Mailbox<V>>) -> Option<Proc> {
        let at = self
            .promised
            .iter()
            .position(|(other, _)| Arc::ptr_eq(other, isolate))?;
        Some(self.promised.swap_remove(at).1)
    }

    pub(super) fn take_proc(&mut self) -> Option<Proc> {
        self.procs.pop()
    }

    pub(super) fn take_worker(&mut self) -> Option<Arc<Worker>> {
        self.workers.pop()
    }

    pub(super) fn sleep(&mut self, worker: Arc<Worker>) {
        self.workers.push(worker);
    }

    pub(super) fn take_workers(&mut self) -> Vec<Arc<Worker>> {
        std::mem::take(&mut self.workers)
    }
}

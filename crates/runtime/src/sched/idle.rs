//! Who is idle: Ps without an M, and Ms without work. One lock guards the lists.
//!
//! An isolate M that finds nothing gives its P back, enters the list, and *then* looks at the run
//! queues once more before it parks; whoever queues work looks at the list *after* it has queued.
//! The order on both sides is kept by a fence each (see sched/README.md, "Idle protocol").

use super::isolates::Record;
use super::native::Worker;
use crate::lock::{Lock, Rank};
use crate::loom::{Arc, AtomicU32};
use crate::mailbox::Mailbox;
use std::collections::VecDeque;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// How many more native Ms may sleep than there are Ps: those that took over for blocked ones, and
/// are needed again soon if the program goes on blocking.
const SPARE_WORKERS: usize = 4;

/// The right to run goroutines: the P of this number. Whoever has the value holds the P; it cannot
/// be copied, so it cannot be held twice.
#[derive(Debug, PartialEq, Eq)]
pub struct Proc(pub(super) usize);

impl Proc {
    /// Gives the P up, to be made again from its number.
    pub(super) fn into_number(self) -> usize {
        self.0
    }

    /// The P's number, from 0.
    pub fn number(&self) -> usize {
        self.0
    }
}

pub(super) struct Lists<V> {
    /// Ps that may be taken.
    procs: Vec<Proc>,
    /// Ps that are not in circulation.
    retired: Vec<Proc>,
    /// How many there are in all.
    max: usize,
    /// Native Ms in a turn that takes too long: each has another P in circulation for it.
    pub(super) stuck: usize,
    /// GOMAXPROCS.
    active: usize,
    /// Isolates parked for want of work, and since when.
    isolates: Vec<(Arc<Mailbox<V>>, Instant)>,
    /// Isolates that have work but no P.
    starved: VecDeque<Arc<Mailbox<V>>>,
    /// Native Ms in the middle of a goroutine that has blocked, without a P.
    starved_workers: VecDeque<Arc<Worker>>,
    /// Ps kept for isolates that were starved and have been poked. Without this whoever gave the P
    /// up takes it back long before the isolate's thread wakes: a native M with enough to do held
    /// the only P for seconds.
    promised: Vec<(Arc<Mailbox<V>>, Proc)>,
    /// Native Ms asleep.
    workers: Vec<Arc<Worker>>,
    /// Isolate Ms alive, and asked for but not yet there.
    pub(super) started: usize,
    pub(super) starting: usize,
    /// Isolates that block their thread in the middle of JavaScript: each may have another instead.
    pub(super) blocked: usize,
    /// Isolates that were called to look for work and have not looked yet.
    pub(super) called: usize,
    /// Native Ms alive.
    pub(super) native: usize,
    /// How the last isolates have fared: `isolates.rs`.
    pub(super) record: Record,
    /// How long an isolate may be idle: `dismiss.rs`.
    pub(super) idle_time: Option<Duration>,
    /// A timer is pending that looks for isolates that were idle for so long.
    pub(super) watching_idle: bool,
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
    /// Ps in circulation beyond those wanted: one retires when it is released.
    surplus: AtomicU32,
}

/// What [`Idle::release`] did with the P.
pub(super) enum Released<V> {
    /// It is idle.
    Idle,
    /// It is kept for this isolate, which waited for one and must be poked.
    ForIsolate(Arc<Mailbox<V>>),
    /// It is given to this native M, which waited for one.
    ForWorker(Arc<Worker>, Proc),
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
                    max,
                    stuck: 0,
                    active: procs,
                    isolates: Vec::new(),
                    starved: VecDeque::new(),
                    starved_workers: VecDeque::new(),
                    promised: Vec::new(),
                    workers: Vec::new(),
                    started: 0,
                    starting: 0,
                    blocked: 0,
                    called: 0,
                    native: 0,
                    record: Record::default(),
                    idle_time: None,
                    watching_idle: false,
                },
            ),
            free_procs: AtomicU32::new(procs as u32),
            parked_isolates: AtomicU32::new(0),
            starting: AtomicU32::new(0),
            called: AtomicU32::new(0),
            starved: AtomicU32::new(0),
            surplus: AtomicU32::new(0),
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
        let starved = lists.starved.len() + lists.starved_workers.len();
        self.starved.store(starved as u32, Relaxed);
        self.surplus.store(lists.surplus() as u32, Relaxed);
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

    /// A guess at whether more Ps are in circulation than wanted.
    pub(super) fn has_surplus(&self) -> bool {
        self.surplus.load(Relaxed) > 0
    }

    /// A guess at whether an isolate has work but no P, or a native M a goroutine.
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
            if lists.surplus() > 0 {
                lists.retired.push(proc);
                return Released::Retired(number);
            }
            if let Some(worker) = lists.starved_workers.pop_front() {
                return Released::ForWorker(worker, proc);
            }
            let Some(isolate) = lists.starved.pop_front() else {
                lists.procs.push(proc);
                return Released::Idle;
            };
            lists.promised.push((isolate.clone(), proc));
            Released::ForIsolate(isolate)
        })
    }

    /// An idle P for a native M in the middle of a goroutine; or it waits in the list for one.
    pub(super) fn acquire_for_worker(&self, worker: &Arc<Worker>) -> Option<Proc> {
        self.with(|lists| {
            let proc = lists.procs.pop();
            if proc.is_none() {
                lists.starved_workers.push_back(worker.clone());
            }
            proc
        })
    }

    /// An isolate has nothing to do. `true`: the caller calls `watch_idle`, for it may stay so.
    pub(super) fn enter(&self, isolate: &Arc<Mailbox<V>>) -> bool {
        let now = Instant::now();
        self.with(|lists| {
            debug_assert!(!lists.isolates.iter().any(|(i, _)| Arc::ptr_eq(i, isolate)));
            lists.isolates.push((isolate.clone(), now));
            // What it wanted a P for, others have done.
            lists.starved.retain(|i| !Arc::ptr_eq(i, isolate));
            lists.idle_time.is_some() && !lists.watching_idle && isolate.residents() == 0
        })
    }

    /// Leaves the list of idle isolates, unless somebody took it out to call it.
    pub(super) fn leave(&self, isolate: &Arc<Mailbox<V>>) {
        self.with(|lists| {
            if let Some(at) = lists
                .isolates
                .iter()
                .position(|(i, _)| Arc::ptr_eq(i, isolate))
            {
                lists.isolates.swap_remove(at);
            }
        });
    }

    /// The isolate ends: out of every list. Gives the P that was kept for it.
    pub(super) fn purge(&self, isolate: &Arc<Mailbox<V>>) -> Option<Proc> {
        self.with(|lists| {
            lists.isolates.retain(|(i, _)| !Arc::ptr_eq(i, isolate));
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
                .min_by_key(|(_, (isolate, _))| isolate.residents())?;
            (least.0.residents() < below).then(|| {
                let (isolate, _) = lists.isolates.swap_remove(at);
                isolate.set_called();
                lists.called += 1;
                isolate
            })
        })
    }
}

impl<V> Lists<V> {
    /// How many Ps are in circulation beyond those wanted.
    fn surplus(&self) -> usize {
        (self.max - self.retired.len()).saturating_sub(self.active + self.stuck)
    }

    /// Brings Ps into circulation, or takes idle ones out, after the number wanted has changed. Gives
    /// the numbers of those that went, and the highest in circulation.
    pub(super) fn circulate(&mut self) -> (Vec<usize>, usize) {
        let wanted = (self.active + self.stuck).min(self.max);
        while self.max - self.retired.len() < wanted
            && let Some(proc) = self.retired.pop()
        {
            self.procs.push(proc);
        }
        let mut gone = Vec::new();
        while self.surplus() > 0
            && let Some(proc) = self.procs.pop()
        {
            gone.push(proc.0);
            self.retired.push(proc);
        }
        (gone, wanted)
    }

    /// Changes GOMAXPROCS. The caller makes them [`circulate`](Self::circulate).
    pub(super) fn set_active(&mut self, active: usize) {
        self.active = active;
    }

    /// An idle P for one that waits, if there are both. As in `Idle::release`.
    pub(super) fn serve(&mut self) -> Option<Released<V>> {
        if self.procs.is_empty() {
            return None;
        }
        if let Some(worker) = self.starved_workers.pop_front() {
            let proc = self.procs.pop()?;
            return Some(Released::ForWorker(worker, proc));
        }
        let isolate = self.starved.pop_front()?;
        let proc = self.procs.pop()?;
        self.promised.push((isolate.clone(), proc));
        Some(Released::ForIsolate(isolate))
    }

    fn take_promised(&mut self, isolate: &Arc<Mailbox<V>>) -> Option<Proc> {
        let at = self
            .promised
            .iter()
            .position(|(other, _)| Arc::ptr_eq(other, isolate))?;
        Some(self.promised.swap_remove(at).1)
    }

    /// When the first of the idle isolates in which nobody lives will have been idle for long enough.
    pub(super) fn next_due(&self, now: Instant) -> Option<Instant> {
        let time = self.idle_time?;
        let empty = |(isolate, _): &&(Arc<Mailbox<V>>, Instant)| isolate.residents() == 0;
        let oldest = self.isolates.iter().filter(empty).map(|(_, since)| *since);
        oldest.min().map(|since| (since + time).max(now))
    }

    /// Takes out those that are due. They no longer count as started.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Arc<Mailbox<V>>> {
        let Some(time) = self.idle_time else {
            return Vec::new();
        };
        let (due, stay): (Vec<_>, Vec<_>) = std::mem::take(&mut self.isolates)
            .into_iter()
            .partition(|(isolate, since)| isolate.residents() == 0 && *since + time <= now);
        self.isolates = stay;
        self.started -= due.len();
        let dismissed = due.into_iter().map(|(isolate, _)| isolate);
        dismissed
            .inspect(|isolate| isolate.set_dismissed(true))
            .collect()
    }

    /// Whether one isolate more may be started: there shall be one for each P, besides those that
    /// block.
    pub(super) fn wants_isolate(&self, procs: usize) -> bool {
        self.started + self.starting < procs + self.blocked
    }

    pub(super) fn take_proc(&mut self) -> Option<Proc> {
        self.procs.pop()
    }

    pub(super) fn take_worker(&mut self) -> Option<Arc<Worker>> {
        self.workers.pop()
    }

    /// A native M has nothing to do. `false`: enough of them sleep already, and it ends.
    pub(super) fn sleep(&mut self, worker: Arc<Worker>) -> bool {
        let stays = self.workers.len() < self.active + SPARE_WORKERS;
        if stays {
            self.workers.push(worker);
        } else {
            self.native -= 1;
        }
        stays
    }

    pub(super) fn take_workers(&mut self) -> Vec<Arc<Worker>> {
        std::mem::take(&mut self.workers)
    }
}

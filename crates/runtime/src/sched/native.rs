//! Native Ms: threads that run native goroutines while they hold a P.

use super::here::{self, Here};
use super::idle::Proc;
use super::overdue::Overdue;
use super::queues::{FEW, Search};
use super::runq::CAPACITY;
use super::spin::{self, SpinBudget};
use super::{Sched, rng::Rng};
use crate::g::{Class, G, GoId, Kind};
use crate::task::{Schedule, Task};
use crate::timer::Timers;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Relaxed, SeqCst};

use crate::lock::{Monitor, Rank};
use crate::loom::{fence, thread};

/// How many goroutines a native M runs before it looks whether an isolate waits for its P. A guess:
/// with goroutines of a microsecond it delays the isolate by less than one park and wake-up.
const TURNS_BEFORE_YIELD: u32 = 61;

/// A native M's bed: where it sleeps without a P, and is woken with one.
pub(crate) struct Worker {
    /// The P it was given, or the order to end.
    given: Monitor<Option<Wakeup>>,
}

enum Wakeup {
    Run(Proc),
    End,
}

impl Worker {
    pub(super) fn new() -> Self {
        Self {
            given: Monitor::new(Rank::Task, None),
        }
    }

    /// Sleeps until it is given a P, in the middle of a goroutine: nobody orders it to end then.
    pub(super) fn wait_for_proc(&self) -> Proc {
        loop {
            if let Wakeup::Run(proc) = self.sleep() {
                return proc;
            }
        }
    }

    pub(super) fn give_proc(&self, proc: Proc) {
        self.give(Wakeup::Run(proc));
    }

    fn give(&self, wakeup: Wakeup) {
        *self.given.lock() = Some(wakeup);
        self.given.notify();
    }

    fn sleep(&self) -> Wakeup {
        let mut given = self.given.lock();
        loop {
            if let Some(wakeup) = given.take() {
                return wakeup;
            }
            given.wait();
        }
    }
}

impl<V: Send + 'static> Sched<V> {
    /// Makes sure that somebody looks for the native work just queued: a native M that is looking
    /// already, or a sleeping or new one for which a P is idle. If no P is idle, their holders look
    /// when they are done.
    pub(super) fn wake_native(&self) {
        // Partner: the fence after an M has stopped looking, in `find_native`. "Idle protocol".
        fence(SeqCst);
        if self.native_spinning.load(Relaxed) > 0 {
            return;
        }
        if self.idle.free_procs.load(Relaxed) == 0 {
            // Giving it back comes here again, and finds it idle.
            if self.slots.any_blocked() && !self.stopping() {
                self.take_from_blocked();
            }
            return;
        }
        if self.stopping() {
            return; // what is queued stays so; an M woken for it would find nothing, for ever
        }
        let found = self.idle.with(|lists| {
            let proc = lists.take_proc()?;
            let worker = lists.take_worker();
            if worker.is_none() {
                lists.native += 1;
            }
            Some((proc, worker))
        });
        match found {
            Some((proc, Some(worker))) => worker.give(Wakeup::Run(proc)),
            Some((proc, None)) => {
                if let Some(sched) = self.me.upgrade() {
                    sched.start_native(proc);
                }
            }
            None => {}
        }
    }

    fn start_native(self: &Arc<Self>, proc: Proc) {
        let sched = self.clone();
        // Started with the lock held: so shutdown, which has said that it stops before it takes the
        // lock, finds every M's thread in the list, or the M is not started.
        let mut threads = self.threads.lock();
        if self.stopping() {
            drop(threads);
            self.idle.with(|lists| lists.native -= 1);
            return self.release_proc(proc); // one that blocks may be waiting for it
        }
        let thread = thread::Builder::new()
            .name("gosched-native".into())
            .spawn(move || sched.native_main(proc));
        let thread = thread.expect("a native M's thread starts");
        #[cfg(not(loom))]
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread);
    }

    /// A native M's life.
    fn native_main(self: Arc<Self>, proc: Proc) {
        let here = Here::new(self.as_schedule());
        let mut me = Looker {
            overdue: Overdue::new(self.slots.len()),
            spin: SpinBudget::new(),
            random: Rng::from_address(std::ptr::from_ref(&here).addr()),
            turn: 0,
            alone: true,
        };
        here.enter(|| {
            let mut given = Some(proc);
            while let Some(proc) = given {
                self.change_live(1);
                self.slots.runs(&proc);
                here.hold(proc);
                self.watch_turns();
                self.run_native(&here, &mut me);
                given = self.sleep_native(&here);
            }
        });
        here.with_pool(|pool| self.table.close(pool));
    }

    /// Gives the P up and sleeps. `None`: the M ends.
    fn sleep_native(&self, here: &Here) -> Option<Proc> {
        // In the list first: whoever is served by the release may need an M.
        let stays = self.idle.with(|lists| lists.sleep(here.worker.clone()));
        if let Some(held) = here.let_go() {
            self.native.share_all(held.number());
            if self.slots.stops(&held) {
                self.unstick();
            }
            self.release_proc(held);
        }
        self.report(here);
        if self.stopping() {
            self.end_native();
        }
        if !stays {
            return None;
        }
        match here.worker.sleep() {
            Wakeup::Run(given) => Some(given),
            Wakeup::End => None,
        }
    }

    /// Runs goroutines until none is left, or the P is wanted elsewhere.
    fn run_native(&self, here: &Here, me: &mut Looker) {
        // Whoever queued several while we were on our way, or looking, woke nobody else.
        me.alone = true;
        while let Some(proc) = here.proc.get()
            && let Some(task) = self.find_native(proc, me)
        {
            if std::mem::take(&mut me.alone) && self.native.has_plenty() {
                self.wake_native();
            }
            // SAFETY: it comes out of our own queues.
            unsafe { task.run(here) };
            // It may have another P now, if it blocked.
            if here.proc.get().is_some_and(|proc| self.slots.turn(proc)) {
                break; // the turn took so long that another P runs instead of this one
            }
            // An isolate that waits for a P gets this one after a fair share of turns.
            if me.turn.is_multiple_of(TURNS_BEFORE_YIELD) && self.proc_is_wanted() {
                break;
            }
        }
    }

    /// What started and ended here becomes known to all; and the M does not count as alive any more.
    fn report(&self, here: &Here) {
        self.blocks.fetch_add(here.blocks.take(), AcqRel); // `OPEN` keeps it from 0
        self.change_live(here.live.take() - 1);
    }

    /// Whether a P should be given up although there is work for it.
    fn proc_is_wanted(&self) -> bool {
        self.idle.has_starved() || self.idle.has_surplus()
    }

    fn find_native(&self, proc: usize, me: &mut Looker) -> Option<Task> {
        loop {
            if self.stopping() {
                return None;
            }
            me.turn = me.turn.wrapping_add(1);
            if let Some(task) = self.native.find(&Search {
                proc,
                procs: self.procs(),
                batch: CAPACITY / 2,
                least: FEW,
                turn: me.turn,
                random: me.random.next(),
            }) {
                return Some(task);
            }
            let allowed = spin::allowed(self.procs(), &self.idle.free_procs);
            me.alone = true;
            let overdue = me.overdue.begin();
            let found = me.spin.look(&self.native_spinning, allowed, || {
                self.native.has_plenty()
                    || self.stopping()
                    || self.idle.has_starved()
                    || overdue.look(proc, &self.native, &self.slots)
            }) || overdue.look_at_all(proc, &self.native, &self.slots);
            // Partner: the fence in `wake_native`. Either the one who queued saw us looking, and we
            // see its work now; or it saw nobody looking, and wakes somebody.
            fence(SeqCst);
            if let Some(victim) = overdue.found()
                && let Some(task) = self.native.steal_few(proc, victim.proc)
            {
                me.overdue.robbed(victim);
                self.slots.note_theft(victim.proc);
                return Some(task);
            }
            if !found && !self.native.has_plenty() {
                return None;
            }
            if self.proc_is_wanted() {
                return None;
            }
        }
    }

    /// The turn of a native M takes too long: another P comes into circulation.
    pub(super) fn stick(&self) {
        let highest = self.idle.with(|lists| {
            lists.stuck += 1;
            lists.circulate().1
        });
        self.native.grow(highest);
        self.js.grow(highest);
        self.serve_starved();
        self.wake_native();
    }

    /// It is over: its P goes when it is released.
    pub(super) fn unstick(&self) {
        self.idle.with(|lists| lists.stuck -= 1);
    }

    /// Ends every sleeping native M; those awake end when they find nothing.
    pub(super) fn end_native(&self) {
        for worker in self.idle.with(super::idle::Lists::take_workers) {
            worker.give(Wakeup::End);
        }
    }
}

struct Looker {
    overdue: Overdue,
    spin: SpinBudget,
    random: Rng,
    turn: u32,
    /// It was woken or looked since it last found something, so that work queued meanwhile was left
    /// to it alone: if there is more than it takes, it wakes the next.
    alone: bool,
}

/// The scheduler as native goroutines see it.
impl<V: Send + 'static> Schedule for Sched<V> {
    #[inline]
    fn create(&self, class: Class, parent: GoId) -> NonNull<G> {
        here::of(self, |here| {
            let Some(here) = here.filter(|here| here.proc.get().is_some()) else {
                self.change_live(1);
                self.keep_on(self.blocks.fetch_add(1, Relaxed)); // a count: see `forget_blocks`
                return self.table.create(class, parent, Kind::Native, None);
            };
            here.live.set(here.live.get() + 1);
            here.blocks.set(here.blocks.get() + 1);
            here.with_pool(|pool| self.table.create(class, parent, Kind::Native, Some(pool)))
        })
    }

    #[inline]
    unsafe fn free(&self, block: NonNull<G>) {
        here::of(self, |here| {
            match here.filter(|here| here.proc.get().is_some()) {
                Some(here) => {
                    // SAFETY: the caller's duty.
                    here.with_pool(|pool| unsafe { self.table.free(block, Some(pool)) });
                    here.blocks.set(here.blocks.get() - 1);
                }
                None => {
                    // SAFETY: the caller's duty.
                    unsafe { self.table.free(block, None) };
                    self.forget_blocks(1);
                }
            }
        });
    }

    #[inline]
    fn schedule(&self, task: Task) {
        let wakes = here::of(self, |here| {
            let Some((here, proc)) = here.and_then(|here| Some((here, here.proc.get()?))) else {
                self.native.push_global(task);
                return true;
            };
            self.native.push_local(proc, task);
            self.wakes_for(here, proc)
        });
        if wakes {
            self.wake_native();
        }
    }

    fn schedule_last(&self, task: Task) {
        let wakes = here::of(self, |here| {
            let Some((here, proc)) = here.and_then(|here| Some((here, here.proc.get()?))) else {
                self.native.push_global(task);
                return true;
            };
            self.native.push_local_last(proc, task);
            self.wakes_for(here, proc)
        });
        if wakes {
            self.wake_native();
        }
    }

    fn start_blocking(&self, here: &Here) -> bool {
        Sched::start_blocking(self, here)
    }

    fn stop_blocking(&self, here: &Here) {
        Sched::stop_blocking(self, here);
    }

    fn timers(&self) -> &Arc<Timers> {
        Sched::timers(self)
    }

    #[inline]
    fn ended(&self) {
        here::of(self, |here| {
            match here.filter(|here| here.proc.get().is_some()) {
                Some(here) => here.live.set(here.live.get() - 1),
                None => self.change_live(-1),
            }
        });
    }
}

impl<V> Sched<V> {
    /// Whether somebody must be woken for what was put into this M's own queue.
    #[inline]
    fn wakes_for(&self, here: &Here, proc: usize) -> bool {
        // With one P no other could run it.
        self.procs() > 1
            && (!self.native.has_few(proc) || here.wakes_for_few(self.slots.thefts(proc)))
    }
}

impl<V> Sched<V> {
    pub(super) fn stopping(&self) -> bool {
        // Relaxed: shutting down re-checks under locks.
        self.stop.load(Relaxed)
    }

    pub(super) fn stop_now(&self) -> bool {
        // AcqRel: one caller wins.
        !self.stop.swap(true, AcqRel)
    }
}

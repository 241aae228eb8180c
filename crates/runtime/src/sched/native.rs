//! Native Ms: threads that run native goroutines while they hold a P.

use super::idle::Proc;
use super::runq::CAPACITY;
use super::spin::{self, SpinBudget};
use super::{Sched, rng::Rng};
use crate::task::{Schedule, Task};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Relaxed, SeqCst};

use crate::lock::{Monitor, Rank};
use crate::loom::fence;

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
    fn new() -> Self {
        Self {
            given: Monitor::new(Rank::Task, None),
        }
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

thread_local! {
    /// On a native M: its scheduler's address and the P it holds.
    static HERE: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

impl<V: Send + 'static> Sched<V> {
    /// The P of the native M that calls, if it is one of ours.
    fn native_proc_here(&self) -> Option<usize> {
        HERE.get()
            .filter(|&(sched, _)| sched == std::ptr::from_ref(self).addr())
            .map(|(_, proc)| proc)
    }

    /// Makes sure that somebody looks for the native work just queued: a native M that is looking
    /// already, or a sleeping or new one for which a P is idle. If no P is idle, their holders look
    /// when they are done.
    pub(super) fn wake_native(self: &Arc<Self>) {
        // Partner: the fence after an M has stopped looking, in `find_native`. "Idle protocol".
        fence(SeqCst);
        if self.native_spinning.load(Relaxed) > 0 || self.idle.free_procs.load(Relaxed) == 0 {
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
            Some((proc, None)) => self.start_native(proc),
            None => {}
        }
    }

    fn start_native(self: &Arc<Self>, proc: Proc) {
        let sched = self.clone();
        let thread = std::thread::Builder::new()
            .name("gosched-native".into())
            .spawn(move || sched.native_main(proc));
        let thread = thread.expect("a native M's thread starts");
        self.threads.lock().push(thread);
    }

    /// A native M's life.
    fn native_main(self: Arc<Self>, proc: Proc) {
        let worker = Arc::new(Worker::new());
        let mut me = Looker {
            spin: SpinBudget::new(),
            random: Rng::from_address(std::ptr::from_ref(&*worker).addr()),
            turn: 0,
            alone: true,
        };
        let mut proc = proc;
        loop {
            HERE.set(Some((std::ptr::from_ref(&*self).addr(), proc.number())));
            // Whoever queued several while we were on our way, or looking, woke nobody else.
            me.alone = true;
            while let Some(task) = self.find_native(&proc, &mut me) {
                if std::mem::take(&mut me.alone) && self.native.has_work() {
                    self.wake_native();
                }
                task.run();
                // An isolate that waits for a P gets this one after a fair share of turns.
                let unwanted = self.idle.has_starved() || proc.number() >= self.procs();
                if me.turn.is_multiple_of(TURNS_BEFORE_YIELD) && unwanted {
                    break;
                }
            }
            HERE.set(None);
            self.idle.with(|lists| lists.sleep(worker.clone()));
            self.release_proc(proc);
            if self.stopping() {
                self.end_native();
            }
            match worker.sleep() {
                Wakeup::Run(given) => proc = given,
                Wakeup::End => return,
            }
        }
    }

    fn find_native(&self, proc: &Proc, me: &mut Looker) -> Option<Arc<Task>> {
        loop {
            if self.stopping() {
                return None;
            }
            me.turn = me.turn.wrapping_add(1);
            if let Some(task) = self.native.find(
                proc.number(),
                self.procs(),
                CAPACITY / 2,
                me.turn,
                me.random.next(),
            ) {
                return Some(task);
            }
            let allowed = spin::allowed(self.procs(), &self.idle.free_procs);
            me.alone = true;
            let found = me.spin.look(&self.native_spinning, allowed, || {
                self.native.has_work() || self.stopping() || self.idle.has_starved()
            });
            // Partner: the fence in `wake_native`. Either the one who queued saw us looking, and we
            // see its work now; or it saw nobody looking, and wakes somebody.
            fence(SeqCst);
            if !found && !self.native.has_work() {
                return None;
            }
            if self.idle.has_starved() || proc.number() >= self.procs() {
                return None;
            }
        }
    }

    /// Ends every sleeping native M; those awake end when they find nothing.
    pub(super) fn end_native(&self) {
        for worker in self.idle.with(super::idle::Lists::take_workers) {
            worker.give(Wakeup::End);
        }
    }
}

struct Looker {
    spin: SpinBudget,
    random: Rng,
    turn: u32,
    /// It was woken or looked since it last found something, so that work queued meanwhile was left
    /// to it alone: if there is more than it takes, it wakes the next.
    alone: bool,
}

/// The scheduler as tasks see it.
impl<V: Send + 'static> Schedule for Handle<V> {
    fn schedule(&self, task: Arc<Task>) {
        match self.0.native_proc_here() {
            Some(proc) => self.0.native.push_local(proc, task),
            None => self.0.native.push_global(task),
        }
        self.0.wake_native();
    }

    fn schedule_last(&self, task: Arc<Task>) {
        match self.0.native_proc_here() {
            Some(proc) => self.0.native.push_local_last(proc, task),
            None => self.0.native.push_global(task),
        }
        self.0.wake_native();
    }

    fn ended(&self, g: &crate::g::G) {
        self.0.end_goroutine(g);
    }
}

/// Wraps the scheduler for [`Schedule`], which needs `self: &Arc<Sched>`.
pub(super) struct Handle<V>(pub(super) Arc<Sched<V>>);

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

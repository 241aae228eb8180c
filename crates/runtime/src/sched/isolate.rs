//! Isolate Ms: JavaScript threads. Each polls from its own event loop; nothing here blocks longer
//! than the spin budget.
//!
//! A *worker* isolate holds a P while it runs goroutines, and takes goroutines that have not
//! started, one at a time, when its microtasks have run dry. The *main* isolate (and any worker of
//! the user's own that uses the library) holds no P and starts none: it only gets what is posted to
//! it.

use super::idle::{Proc, Released};
use super::isolates::End;
use super::lost::{Fate, Lost};
use super::queues::Search;
use super::rng::Rng;
use super::slots::Lent;
use super::spin::{self, SpinBudget};
use super::{Goroutine, Sched};
use crate::g::GoId;
use crate::loom::{Arc, fence};
use crate::mailbox::{Event, Mailbox};
use std::sync::atomic::Ordering::{AcqRel, Relaxed, SeqCst};

/// One isolate's side of the scheduler. Used by its own thread only.
pub struct IsolateM<V> {
    pub(super) sched: Arc<Sched<V>>,
    mailbox: Arc<Mailbox<V>>,
    pub(super) proc: Option<Proc>,
    /// The P that it lent while it runs JavaScript.
    lent: Option<usize>,
    /// Its thread is blocked, or was told to be: `blocking_isolate.rs`.
    pub(super) blocked: bool,
    worker: bool,
    standing: Standing,
    spin: SpinBudget,
    random: Rng,
    turn: u32,
    /// Goroutines that started here and have not ended, by slot.
    running: Vec<Option<Box<Goroutine<V>>>>,
    free: Vec<u32>,
}

/// What others may expect of an isolate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Nothing: goroutines live here, or it waits for a P, or it starts none at all.
    Taken,
    /// It is awake and empty, and counted in `Sched::vacant`.
    Vacant,
    /// It has entered the idle list. Others may have taken it out since.
    Idle,
}

/// What an isolate is to do next.
pub enum Turn<V> {
    /// Deliver the events in the batch.
    Events,
    /// Start this goroutine; end it with [`IsolateM::end`] and the slot.
    Start {
        /// Names it in this isolate until it ends.
        slot: u32,
        /// Its number.
        id: GoId,
        /// Which function: what the spawner registered.
        program: u32,
        /// Its arguments.
        args: V,
    },
    /// Return to the event loop; the host will be asked to wake it.
    Parked,
}

impl<V: Send + 'static> IsolateM<V> {
    pub(super) fn new(sched: Arc<Sched<V>>, mailbox: Arc<Mailbox<V>>, worker: bool) -> Self {
        let random = Rng::from_address(std::ptr::from_ref(&*mailbox).addr());
        Self {
            sched,
            mailbox,
            proc: None,
            lent: None,
            blocked: false,
            worker,
            standing: Standing::Taken,
            spin: SpinBudget::new(),
            random,
            turn: 0,
            running: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Where others post to this isolate.
    pub fn mailbox(&self) -> &Arc<Mailbox<V>> {
        &self.mailbox
    }

    /// Whether it runs goroutines that others start.
    pub fn is_worker(&self) -> bool {
        self.worker
    }

    /// The scheduler it belongs to.
    pub fn sched(&self) -> &Arc<Sched<V>> {
        &self.sched
    }

    /// A random number below `n`.
    pub fn random(&mut self) -> &mut Rng {
        &mut self.random
    }

    /// Finds something to do, looking for a while if `waiting` (something here is parked, so news
    /// is likely); or parks. `batch` is empty and receives events.
    pub fn poll(&mut self, batch: &mut Vec<Event<V>>, waiting: bool) -> Turn<V> {
        self.mailbox.rounds().wake();
        self.mailbox.awake();
        self.leave_idle();
        self.note_vacant();
        self.take_back();
        let turn = self.next_turn(batch, waiting);
        if !matches!(turn, Turn::Parked) {
            self.lend();
        }
        turn
    }

    fn next_turn(&mut self, batch: &mut Vec<Event<V>>, waiting: bool) -> Turn<V> {
        loop {
            let takes = self.takes_work();
            let wanted = self.mailbox.is_pending() || takes;
            if wanted && !self.has_proc() && !self.wait_for_proc() {
                return Turn::Parked;
            }
            self.mailbox.drain(batch);
            if !batch.is_empty() {
                return Turn::Events;
            }
            if takes && let Some(turn) = self.start_one() {
                return turn;
            }
            if !self.look(waiting) && self.park() {
                return Turn::Parked;
            }
        }
    }

    /// It is about to run JavaScript, which may take long: sysmon may have its P then.
    pub(super) fn lend(&mut self) {
        if let Some(proc) = self.proc.take() {
            self.lent = Some(self.sched.slots.lend(proc, Lent::JavaScript));
            self.sched.watch_turns();
        }
    }

    /// It runs no JavaScript now. It has its P again, unless it took too long.
    pub(super) fn take_back(&mut self) {
        if let Some(number) = self.lent.take() {
            self.proc = self.sched.slots.take(number, Lent::JavaScript);
        }
    }

    /// It is awake: out of the idle list, and if it was called to look for work, it looks now.
    pub(super) fn leave_idle(&mut self) {
        if self.standing == Standing::Idle {
            self.standing = Standing::Taken;
            self.sched.idle.leave(&self.mailbox);
        }
        if self.mailbox.take_called() {
            self.sched.idle.with(|lists| lists.called -= 1);
        }
    }

    /// It is awake and nobody lives here: until it starts something or sleeps, others leave it their work.
    fn note_vacant(&mut self) {
        let may_start = self.worker && !self.mailbox.is_dismissed();
        if may_start && self.standing == Standing::Taken && self.residents() == 0 {
            self.standing = Standing::Vacant;
            // AcqRel: as in `SpinBudget::look`; what matters is the fence after the decrement.
            self.sched.vacant.fetch_add(1, AcqRel);
        }
    }

    /// It starts something, or sleeps; and looks once more, behind a fence, for what was left to it. Gives
    /// whether anything may have been.
    fn note_taken(&mut self) -> bool {
        let was_vacant = self.standing == Standing::Vacant;
        if was_vacant {
            self.standing = Standing::Taken;
            // AcqRel: as above; the callers' fences, of which `park`'s is the partner, order it.
            self.sched.vacant.fetch_sub(1, AcqRel);
        }
        was_vacant
    }

    /// Whether it may run goroutines now: it holds a P, got one, or needs none.
    fn has_proc(&mut self) -> bool {
        if !self.worker || self.proc.is_some() {
            return true;
        }
        self.proc = self.sched.idle.acquire(&self.mailbox);
        self.proc.is_some()
    }

    /// There is work but no P. Parks although the mailbox has news, until whoever gives a P back
    /// pokes us. `true`: a P came free in the meantime.
    ///
    /// We stand in the list of the starved before `PARKED` is set, and look for a P once more after:
    /// a release before that look is seen by it; a release after it finds us, and finds us parked.
    fn wait_for_proc(&mut self) -> bool {
        self.note_taken();
        self.mailbox.park_with_news();
        // A blocked goroutine's P is as good as an idle one. The fence is in `park_with_news`.
        self.sched.take_from_blocked();
        let got = self.has_proc();
        if got {
            self.mailbox.awake();
        }
        got
    }

    /// Whether there is work in the run queues that this isolate should take.
    ///
    /// A JavaScript goroutine lives where it starts, for good. So an isolate where goroutines live
    /// already leaves work to one that is awake and empty, to an idle one with fewer, which it wakes, or
    /// to one that is on its way: otherwise the first isolate to come up would take all of a pipeline's
    /// workers, each as soon as the one before waits, and they would share one core for ever. The price
    /// is a wake-up, some 50 us, for goroutines that would have been over sooner.
    fn takes_work(&self) -> bool {
        if !self.worker || self.mailbox.is_dismissed() || !self.sched.js.has_work() {
            return false;
        }
        let residents = self.residents() as u32;
        if residents == 0 {
            return true;
        }
        // Relaxed: the fence in `park` orders it before we sleep on it, and sysmon says the other again
        // every 5 ms.
        if self.sched.vacant.load(Relaxed) > 0 && !self.sched.js_waits_long.load(Relaxed) {
            return false;
        }
        if self.sched.idle.has_isolate()
            && let Some(other) = self.sched.idle.pop_isolate(residents)
        {
            if Arc::ptr_eq(&other, &self.mailbox) {
                return true; // parked, but running JavaScript all the same
            }
            if other.poke() {
                other.wake_host();
            }
            return false;
        }
        if self.sched.idle.has_called() {
            return false; // it will look in a moment, and leave the work to us if it has more
        }
        !(self.sched.idle.is_starting() && self.sched.start_is_recent())
    }

    fn start_one(&mut self) -> Option<Turn<V>> {
        self.turn = self.turn.wrapping_add(1);
        let proc = self.proc.as_ref()?.number();
        let js = &self.sched.js;
        let search = Search {
            proc,
            procs: self.sched.procs(),
            batch: 1,
            least: 1,
            turn: self.turn,
            random: self.random.next(),
        };
        let mut goroutine = js.find(&search).or_else(|| js.steal_any_next(proc))?;
        if self.note_taken() {
            // Partner: the fence in `park`. Whoever leaves us work, because we are empty, is in the list by
            // now and woken below, or looks once more and sees that we are not any more.
            fence(SeqCst);
        }
        if self.sched.js.has_work() {
            self.sched.wake_isolate();
        }
        self.sched.js_starts.fetch_add(1, Relaxed); // a number to compare
        goroutine.g.header().starts_in(self.mailbox.id());
        let args = goroutine.args.take()?;
        let (id, program) = (goroutine.g.id(), goroutine.program);
        let slot = self.free.pop().unwrap_or(self.running.len() as u32);
        match self.running.get_mut(slot as usize) {
            Some(place) => *place = Some(goroutine),
            None => self.running.push(Some(goroutine)),
        }
        self.mailbox.set_residents(self.residents());
        Some(Turn::Start {
            slot,
            id,
            program,
            args,
        })
    }

    /// Looks for news for a while. `true`: there is some.
    fn look(&mut self, waiting: bool) -> bool {
        let Self {
            sched,
            mailbox,
            worker,
            spin,
            ..
        } = self;
        if !*worker {
            return waiting && spin.look(&sched.guest_spinning, u32::MAX, || mailbox.is_pending());
        }
        let allowed = spin::allowed(sched.procs(), &sched.idle.free_procs);
        // Mail is what mostly comes; the run queues belong to others, and reading them costs them.
        let mut looks = 0_u32;
        let takes = mailbox.residents() == 0;
        // One that would leave work to others must not be counted among those that look for it.
        let spinning = if takes {
            &sched.js_spinning
        } else {
            &sched.mail_spinning
        };
        let found = spin.look(spinning, allowed, || {
            looks = looks.wrapping_add(1);
            mailbox.is_pending() || (takes && looks.is_multiple_of(8) && sched.js.has_work())
        });
        // Partner: the fence in `wake_isolate`. Either the one who queued saw us looking, and we see
        // its work in the next round; or it saw nobody looking, and wakes somebody.
        fence(SeqCst);
        found
    }

    /// Gives the P back and parks. `false`: something came; look again.
    fn park(&mut self) -> bool {
        if !self.worker {
            let parked = self.mailbox.park();
            if parked && self.mailbox.rounds().is_unasked() {
                self.sched.suspect();
            }
            return parked;
        }
        if let Some(proc) = self.proc.take() {
            self.sched.release_proc(proc);
        }
        self.note_taken();
        let watch = self.sched.idle.enter(&self.mailbox);
        self.standing = Standing::Idle;
        if watch {
            self.sched.watch_idle();
        }
        // Partner: the fence in `wake_isolate`. "Idle protocol" in README.md.
        fence(SeqCst);
        // The order matters: whoever queued work before the fence is seen by `takes_work`; whoever
        // queues it after finds us in the list.
        if !self.takes_work() && self.mailbox.park() {
            if self.mailbox.rounds().is_unasked() {
                self.sched.suspect();
            }
            return true;
        }
        // Left by us, or taken by somebody who pokes us: either way we look again.
        self.leave_idle();
        self.mailbox.awake();
        false
    }

    /// A JavaScript goroutine that ran here has ended: its result or error goes to who started it.
    /// `false`: there is no such goroutine.
    pub fn end(&mut self, slot: u32, outcome: Result<V, V>) -> bool {
        let Some(goroutine) = self.running.get_mut(slot as usize).and_then(Option::take) else {
            return false;
        };
        self.free.push(slot);
        self.mailbox.set_residents(self.residents());
        self.note_vacant(); // before anybody learns of the end, and starts another
        // Relaxed: a hint.
        if self.sched.crashed_lately.load(Relaxed) {
            self.sched.isolates_work();
        }
        goroutine.deliver(&self.sched, outcome);
        true
    }

    /// Starts a JavaScript goroutine. Its end is posted here, under `ticket`. `site` is where, for
    /// reports; 0: not known.
    pub fn go(&mut self, parent: GoId, ticket: u32, program: u32, args: V, site: u32) -> GoId {
        let home = Some((self.mailbox.clone(), ticket));
        let goroutine = Box::new(Goroutine::new(
            &self.sched,
            parent,
            program,
            args,
            home,
            site,
        ));
        let id = goroutine.g.id();
        // The P's own queue has one owner: so only while nobody can take the P.
        self.take_back();
        match &self.proc {
            Some(proc) => {
                self.sched.js.push_local(proc.number(), goroutine);
            }
            None => self.sched.js.push_global(goroutine),
        }
        self.lend();
        self.sched.wake_isolate();
        id
    }

    /// The only goroutine that lives here, if that is quickly found.
    pub fn only_resident(&self) -> Option<GoId> {
        /// Slots that are looked at: where more goroutines lived at once, it takes too long for a report.
        const SLOTS: usize = 64;
        let mut all = self.running.iter().take(SLOTS).flatten();
        let only = all.next().filter(|_| self.residents() == 1)?;
        Some(only.g.id())
    }

    /// How many goroutines live here.
    pub fn residents(&self) -> usize {
        self.running.len() - self.free.len()
    }

    /// The isolate ends: nothing is posted to it any more. Gives what was, and what nobody has looked at,
    /// in the order in which it came: values that were handed over go back to their channels
    /// ([`Hchan::take_back`](crate::chan::Hchan::take_back)).
    pub fn close_mail(&mut self) -> Vec<Event<V>> {
        self.mailbox.close()
    }

    /// The isolate has ended: its P goes back, whoever serves one of its parked operations from now on is
    /// refused and goes on to the next, and what waits in the queues finds another isolate. Gives the
    /// goroutines that ended with it.
    pub fn close(mut self, end: End) -> Lost<V> {
        drop(self.close_mail());
        self.sched.forget_isolate(&self.mailbox);
        self.stop_blocking();
        self.leave_idle();
        self.note_taken();
        self.take_back();
        let promised = self.sched.idle.purge(&self.mailbox);
        for proc in [promised, self.proc.take()].into_iter().flatten() {
            self.sched.release_proc(proc);
        }
        let mut lost = if self.worker {
            let started = !self.running.is_empty();
            self.sched.isolate_ended(&self.mailbox, end, started)
        } else {
            Lost::nobody(&self.sched)
        };
        lost.add(Fate::Died, self.running.into_iter().flatten());
        lost
    }
}

impl<V: Send + 'static> Sched<V> {
    /// Makes sure that some isolate looks for the work just queued: one that is looking already, a
    /// parked one, or a new one while there are fewer than Ps.
    pub(super) fn wake_isolate(&self) {
        // Partner: the fences after an isolate has stopped looking and after it has entered the
        // idle list. "Idle protocol" in README.md.
        fence(SeqCst);
        // Relaxed: the fence orders it.
        if self.js_spinning.load(Relaxed) > 0 {
            return;
        }
        let may_start = self.may_start.load(Relaxed);
        // One without residents; or, when no more can be started, any. See "Placement".
        let below = if may_start { 1 } else { u32::MAX };
        if self.idle.has_isolate()
            && let Some(mailbox) = self.idle.pop_isolate(below)
        {
            if mailbox.poke() {
                mailbox.wake_host();
            }
        } else if may_start && !self.start_isolate() {
            // The guess was old: there are as many as there may be, so one with residents it is.
            self.wake_any_isolate();
        }
    }

    /// The isolate that is idle with the fewest residents shall look for work.
    pub(super) fn wake_any_isolate(&self) {
        if let Some(mailbox) = self.idle.pop_isolate(u32::MAX)
            && mailbox.poke()
        {
            mailbox.wake_host();
        }
    }

    fn retire(&self, number: usize) {
        self.js.drain_local(number);
        self.native.drain_local(number);
    }

    /// Changes GOMAXPROCS while running, between 1 and [`MAX_PROCS`](super::MAX_PROCS). Isolates
    /// beyond it are not ended; they find no P and sleep. Gives the old number.
    pub fn set_procs(self: &Arc<Self>, procs: usize) -> usize {
        let procs = procs.clamp(1, super::MAX_PROCS);
        self.js.grow(procs);
        self.native.grow(procs);
        let (old, retiring) = self.idle.with(|lists| {
            // Under the lock, so that of two changes at once the same one is the last here and in
            // the lists. Relaxed: a number; the lists are what decides.
            let old = self.procs.swap(procs, Relaxed);
            self.may_start.store(lists.wants_isolate(procs), Relaxed);
            lists.set_active(procs);
            (old, lists.circulate().0)
        });
        for number in retiring {
            self.retire(number);
        }
        self.serve_starved();
        self.wake_isolate_again();
        if self.native.has_work() {
            self.wake_native();
        }
        old
    }

    /// Idle Ps go to those that wait for one.
    pub(super) fn serve_starved(&self) {
        while let Some(served) = self.idle.with(super::idle::Lists::serve) {
            self.finish_release(served);
        }
    }

    fn finish_release(&self, released: Released<V>) {
        match released {
            Released::Idle => {}
            Released::Retired(number) => self.retire(number),
            Released::ForWorker(worker, proc) => worker.give_proc(proc),
            Released::ForIsolate(mailbox) => {
                if mailbox.poke() {
                    mailbox.wake_host();
                }
            }
        }
    }

    pub(super) fn release_proc(&self, proc: Proc) {
        self.finish_release(self.idle.release(proc));
        // Partner: the fence in `wake_native`. Either the one who queued native work saw the P idle,
        // or its work is seen here: nobody else looks for it if the holder was an isolate.
        fence(SeqCst);
        if self.native.has_plenty() {
            self.wake_native();
        }
    }
}

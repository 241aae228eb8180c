//! Whether nothing can happen any more: every goroutine waits for another, and nobody is left to end
//! such a wait. Argument: "Quiescence" in README.md; model: `tests/loom_quiet.rs`.
//!
//! An isolate is *quiet* from when its event loop has run dry, which only its host can tell, until it
//! next polls. Isolates are asked in *rounds*: each that is asked lets its event loop run dry, and says so
//! ([`Rounds::quiet`]). When the last has, the rest is looked at ([`Sched::review`]). A round that
//! passes is followed by a second, and then the *lead* is told: the isolate whose end is the program's,
//! the main one. It is not asked before, because its event loop running dry is something that the
//! program sees (`beforeExit`); it looks once more when it has ([`Sched::is_stuck`]).
//!
//! An isolate whose thread blocks (`recvSync`) cannot be asked, and need not be: while it is *asleep*, with
//! nobody having woken it, nothing in it can begin anything, so it is as good as quiet.
//!
//! Nothing polls: a round begins a moment after an isolate parked, a native M stopped or the last
//! timer went ([`Sched::suspect`]), if everybody seems to be parked then. What is asked stays asked: an
//! isolate that goes on meanwhile answers when it has run dry again, and no new round is needed.

use super::{IsolateM, Sched};
use crate::g::{Kind, State};
use crate::host::IsolateId;
use crate::lock::{Lock, Rank};
use crate::loom::{Arc, AtomicBool, AtomicI64, AtomicU8, AtomicU64, fence};
use crate::mailbox::Mailbox;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::time::{Duration, Instant};

/// How long everybody must seem to be parked before it is worth asking. A guess: long enough that
/// isolates which pause for a moment are not bothered, short enough not to be noticed at an exit.
const SUSPECTS_AFTER: Duration = Duration::from_millis(50);

/// Rounds that must pass. The first may rest on an isolate that ran dry long ago and in which a callback
/// that holds no event loop (an unreferenced timer) has begun something since; the second is fresh.
const ROUNDS: u32 = 2;

/// What one isolate's mailbox knows of the rounds.
#[derive(Default)]
pub struct Rounds {
    /// The round in which it was asked last.
    asked: AtomicU64,
    /// The round in which it said that it is quiet, until it polls; 0: it is not.
    quiet: AtomicU64,
    /// Whether it may lead: `WORKER`, `GUEST` or `MAIN`.
    role: AtomicU8,
    /// To the lead: nobody else can do anything.
    told: AtomicBool,
    /// Whether its thread blocks: `AWAKE`, `ASLEEP` or `CALLED`.
    sleep: AtomicU8,
}

/// It runs, or its event loop does.
const AWAKE: u8 = 0;
/// It blocks, and nobody has woken it.
const ASLEEP: u8 = 1;
/// What it blocks for is to be looked at.
const CALLED: u8 = 2;

const WORKER: u8 = 0;
const GUEST: u8 = 1;
const MAIN: u8 = 2;

impl Rounds {
    /// Its own thread: whether it should let its event loop run dry and call
    /// [`IsolateM::quiet`](super::IsolateM::quiet) then.
    pub fn is_asked(&self) -> bool {
        // Relaxed: its own word, and the asker pokes the mailbox afterwards.
        self.asked.load(Acquire) != self.quiet.load(Relaxed)
    }

    /// Its own thread: whether nobody has asked or told it anything: then its coming to rest is news, and
    /// not an answer.
    pub(super) fn is_unasked(&self) -> bool {
        !self.is_asked() && !self.told.load(Relaxed)
    }

    /// Its own thread: whether it was told, since it last asked, that nobody else can do anything.
    pub fn take_told(&self) -> bool {
        // AcqRel: pairs with the Release in `review`.
        self.told.load(Relaxed) && self.told.swap(false, AcqRel)
    }

    /// Its own thread, before it looks for anything to do: it is not quiet.
    #[inline]
    pub fn wake(&self) {
        // Relaxed: only this thread sets it.
        if self.quiet.load(Relaxed) != 0 {
            self.quiet.store(0, Relaxed);
            // Whoever sees what it takes out of mailbox and queues from now on, sees that it is not
            // quiet: pairs with the Acquire fence in `are_quiet`. For mail the swap in `drain` would do.
            fence(Release);
        }
    }

    /// Its own thread: its event loop has run dry. Under the lock under which [`are_quiet`] looks.
    pub fn quiet(&self) {
        let round = self.asked.load(Acquire);
        // Release: all that it sent before is seen by whoever sees it quiet.
        self.quiet.store(round, Release);
    }

    /// It is asked whether it is quiet. The caller pokes it.
    pub fn ask(&self, round: u64) {
        self.asked.store(round, Release); // pairs with the Acquire loads above
    }

    /// Its own thread, before it looks at what it blocks for: what wakes it from now on calls it.
    pub fn stir(&self) {
        self.sleep.store(AWAKE, Relaxed);
        // As in `wake`: whoever sees what it does from now on, sees that it is not asleep.
        fence(Release);
    }

    /// Its own thread: what it blocks for is not there. `false`: it was called meanwhile; look again. Under
    /// the lock under which [`are_quiet`] looks.
    pub fn fall_asleep(&self) -> bool {
        // Release: as in `quiet`.
        self.sleep
            .compare_exchange(AWAKE, ASLEEP, Release, Relaxed)
            .is_ok()
    }

    /// Wakes it. The caller ends its sleep afterwards.
    pub fn call(&self) {
        // Release: pairs with the Acquire in `is_asleep`: it finds what it was called for.
        self.sleep.swap(CALLED, AcqRel);
    }

    /// Whether its thread blocks and nobody has called it.
    pub fn is_asleep(&self) -> bool {
        self.sleep.load(Acquire) == ASLEEP // pairs with the Release in `fall_asleep` and `call`
    }

    fn is_quiet_in(&self, round: u64) -> bool {
        // Acquire: pairs with the Release in `quiet`.
        self.quiet.load(Acquire) == round || self.is_asleep()
    }
}

/// Whether all of these were quiet in this round and nothing was under way to any of them, at one moment
/// during the call. `rest` looks at what else could reach them.
///
/// Argument. Isolates become quiet under the lock that the caller holds, so nobody does during the call;
/// who polls is not quiet any more. So those that the last look sees quiet were so throughout. What they
/// had sent was in its place before they said so, and is seen: the lock orders it. Unless it was taken
/// out since; and whoever took it out was not quiet first, which the last look sees behind its fence. The
/// first look only spares the others where there is no hope. Those that are asleep are like the quiet: they
/// fall asleep under that lock, are called before they do anything, and leave their mail where it is.
pub fn are_quiet<V>(isolates: &[Arc<Mailbox<V>>], round: u64, rest: impl FnOnce() -> bool) -> bool {
    let quiet = || isolates.iter().all(|it| it.rounds().is_quiet_in(round));
    let will_look = |it: &Arc<Mailbox<V>>| it.is_pending() && !it.rounds().is_asleep();
    if !quiet() || !rest() || isolates.iter().any(will_look) {
        return false;
    }
    // Pairs with the Release fences in `wake` and `stir`.
    fence(Acquire);
    quiet()
}

/// The scheduler's part.
pub(super) struct Quiet<V> {
    state: Lock<Round<V>>,
    /// A round is about to begin.
    suspected: AtomicBool,
    /// Native Ms that run goroutines, and how often one began to.
    native: AtomicI64,
    native_runs: AtomicU64,
    /// Timers that the process stays for.
    timers: AtomicI64,
}

struct Round<V> {
    /// All isolates.
    isolates: Vec<Arc<Mailbox<V>>>,
    number: u64,
    /// Rounds that have passed, this one included; 0: none is under way.
    passed: u32,
}

impl<V> Round<V> {
    /// The main isolate; where that does not use the library, a worker of the program's own.
    fn lead(&self) -> Option<&Arc<Mailbox<V>>> {
        let role = |it: &Arc<Mailbox<V>>| it.rounds().role.load(Relaxed); // set before it is entered
        let main = self.isolates.iter().find(|it| role(it) == MAIN);
        main.or_else(|| self.isolates.iter().find(|it| role(it) == GUEST))
    }

    /// Those who are asked: all but the lead.
    fn others(&self) -> Vec<Arc<Mailbox<V>>> {
        let lead = self.lead();
        let is_lead = |it: &Arc<Mailbox<V>>| lead.is_some_and(|lead| Arc::ptr_eq(lead, it));
        let others = self.isolates.iter().filter(|it| !is_lead(it));
        others.cloned().collect()
    }
}

impl<V> Quiet<V> {
    pub(super) fn new() -> Self {
        Self {
            state: Lock::new(
                Rank::Sched,
                Round {
                    isolates: Vec::new(),
                    number: 0,
                    passed: 0,
                },
            ),
            suspected: AtomicBool::new(false),
            native: AtomicI64::new(0),
            native_runs: AtomicU64::new(0),
            timers: AtomicI64::new(0),
        }
    }

    /// A native M begins to run goroutines.
    pub(super) fn native_runs(&self) {
        self.native.fetch_add(1, AcqRel);
        self.native_runs.fetch_add(1, AcqRel);
    }

    pub(super) fn enter(&self, isolate: &Arc<Mailbox<V>>, worker: bool, main: bool) {
        let role = match (worker, main) {
            (true, _) => WORKER,
            (false, true) => MAIN,
            (false, false) => GUEST,
        };
        isolate.rounds().role.store(role, Relaxed); // nobody else knows it yet
        self.state.lock().isolates.push(isolate.clone());
    }

    pub(super) fn isolates(&self) -> Vec<Arc<Mailbox<V>>> {
        self.state.lock().isolates.clone()
    }
}

impl<V: Send + 'static> Sched<V> {
    /// All isolates.
    pub fn isolates(&self) -> Vec<Arc<Mailbox<V>>> {
        self.quiet.isolates()
    }

    /// The isolate is no more.
    pub(super) fn forget_isolate(&self, isolate: &Arc<Mailbox<V>>) {
        self.quiet
            .state
            .lock()
            .isolates
            .retain(|it| !Arc::ptr_eq(it, isolate));
        self.suspect();
    }

    /// A native M has stopped running goroutines.
    pub(super) fn native_stops(&self) {
        // AcqRel: what it sent is seen by whoever sees that it has stopped.
        self.quiet.native.fetch_sub(1, AcqRel);
        self.suspect();
    }

    /// A timer that the process stays for was started, or is over: what it did was done before.
    pub(crate) fn shift_timers(&self, by: i64) {
        // AcqRel: as in `native_stops`.
        if self.quiet.timers.fetch_add(by, AcqRel) + by == 0 {
            self.suspect();
        }
    }

    /// Something has come to rest: perhaps everything has. Cheap.
    #[inline]
    pub(super) fn suspect(&self) {
        // Relaxed: a guess, which the round will check.
        if !self.quiet.suspected.load(Relaxed) && self.live() > 0 {
            self.begin_to_suspect();
        }
    }

    #[cold]
    fn begin_to_suspect(&self) {
        let Some(sched) = self.me.upgrade() else {
            return;
        };
        if self.stopping() || self.quiet.suspected.swap(true, AcqRel) {
            return;
        }
        self.start_idle_timer(
            Instant::now() + SUSPECTS_AFTER,
            Box::new(move || {
                // First this, then the look: what comes to rest after the look suspects anew.
                sched.quiet.suspected.swap(false, AcqRel);
                if sched.is_settled() {
                    sched.begin_round();
                }
            }),
        );
    }

    /// Whether everybody seems to rest.
    fn is_settled(&self) -> bool {
        let rests =
            |it: &Arc<Mailbox<V>>| it.rounds().is_asleep() || (it.is_parked() && !it.is_pending());
        self.live() > 0
            && self.nothing_else()
            && self.quiet.isolates().iter().all(rests)
            && self.goroutines_wait()
    }

    fn begin_round(&self) {
        let asked = {
            let mut round = self.quiet.state.lock();
            round.passed = 0;
            ask(&mut round)
        };
        poke_all(&asked);
        // Perhaps there is none to answer.
        self.review(|| true);
    }

    /// An isolate has come to rest, as `rests` notes, or there is none to say so: has the round passed?
    /// `rests` may find that it has not.
    fn review(&self, rests: impl FnOnce() -> bool) {
        let mut round = self.quiet.state.lock();
        if !rests() || round.number == 0 {
            return;
        }
        let others = round.others();
        let mut told = Vec::new();
        while are_quiet(&others, round.number, || self.nothing_else()) && self.goroutines_wait() {
            round.passed = ROUNDS.min(round.passed + 1);
            if round.passed == ROUNDS {
                if let Some(lead) = round.lead() {
                    lead.rounds().told.store(true, Release); // pairs with the AcqRel in `take_told`
                    told.push(lead.clone());
                }
                break;
            }
            told.extend(ask(&mut round));
            // Those that are asleep have answered.
            if told.iter().any(|it| !it.rounds().is_asleep()) {
                break;
            }
        }
        drop(round);
        poke_all(&told);
    }

    /// Which of these isolates are quiet, but for the lead, which is not asked. With `ask` all are asked anew.
    pub(super) fn are_quiet_now(&self, ids: &[IsolateId], ask: bool) -> bool {
        if ask {
            self.begin_round();
        }
        let round = self.quiet.state.lock();
        let others = round.others();
        let of_these = others.iter().filter(|it| ids.contains(&it.id()));
        let mut of_these = of_these.map(|it| it.rounds());
        round.number > 0 && of_these.all(|it| it.is_quiet_in(round.number))
    }

    /// The isolate whose end is the program's.
    pub(super) fn lead(&self) -> Option<Arc<Mailbox<V>>> {
        self.quiet.state.lock().lead().cloned()
    }

    /// The lead, whose event loop has run dry too, asks: whether nothing can happen any more.
    pub fn is_stuck(&self) -> bool {
        let round = self.quiet.state.lock();
        let others = round.others();
        if self.live() == 0
            && others
                .iter()
                .all(|it| it.rounds().role.load(Relaxed) == WORKER)
        {
            return true; // no goroutine is left, nor anybody who could start one
        }
        round.passed == ROUNDS
            && are_quiet(&others, round.number, || self.nothing_else())
            && self.goroutines_wait()
    }

    /// Nothing but isolates could do anything: no native M runs, no timer will fire, nothing is queued.
    fn nothing_else(&self) -> bool {
        let quiet = &self.quiet;
        // Acquire, all of them: pair with the AcqRel of what stops. In this order: a native M that
        // begins after the first look is seen by the last.
        let runs = quiet.native_runs.load(Acquire);
        quiet.native.load(Acquire) == 0
            && quiet.timers.load(Acquire) == 0
            && !self.js.has_work()
            && !self.native.has_work()
            && quiet.native_runs.load(Acquire) == runs
    }

    /// Whether no goroutine can run, or be woken from outside. Those in isolates are the isolates'
    /// affair: what they await of their own keeps their event loop alive.
    fn goroutines_wait(&self) -> bool {
        self.table.all().iter().all(|row| match row.kind {
            Kind::JavaScript => row.state == State::Running,
            Kind::Native => row.state == State::Waiting && row.wait.0.needs_a_goroutine(),
        })
    }
}

impl<V: Send + 'static> IsolateM<V> {
    /// The event loop has run dry, as it was asked to let it. `false`: there is mail; poll first.
    pub fn quiet(&mut self) -> bool {
        if self.mailbox().is_pending() {
            return false;
        }
        let rounds = self.mailbox().rounds();
        self.sched().review(|| {
            rounds.quiet();
            true
        });
        true
    }

    /// Its thread has looked at what it blocks for in vain, since [`Rounds::stir`]. `false`: it was called
    /// since; look again.
    pub fn fall_asleep(&mut self) -> bool {
        let rounds = self.mailbox().rounds();
        let mut asleep = false;
        self.sched().review(|| {
            asleep = rounds.fall_asleep();
            asleep
        });
        if asleep && rounds.is_unasked() {
            self.sched().suspect();
        }
        asleep
    }

    /// Whether nothing can happen any more, asked by the isolate whose end is the program's when its event
    /// loop has run dry.
    pub fn is_stuck(&self) -> bool {
        !self.mailbox().is_pending() && self.sched().is_stuck()
    }
}

/// The next round begins: everybody but the lead is asked, and must be poked.
fn ask<V>(round: &mut Round<V>) -> Vec<Arc<Mailbox<V>>> {
    round.number += 1;
    let others = round.others();
    for isolate in &others {
        isolate.rounds().ask(round.number);
    }
    others
}

fn poke_all<V>(isolates: &[Arc<Mailbox<V>>]) {
    for isolate in isolates {
        if isolate.poke() {
            isolate.wake_host();
        }
    }
}

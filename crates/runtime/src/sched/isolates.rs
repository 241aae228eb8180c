//! Which worker isolates there are: asked for, up, ended, and started anew.
//!
//! One is wanted for each P that has had work. One that ends is replaced when work needs another.
//!
//! # Crash loops
//!
//! A goroutine that ends its isolate (`process.exit`, an error in a callback, too little memory) must
//! not be able to keep a core busy with starting isolates. So the first crash is followed by a start at
//! once, each further one by a pause that doubles, up to [`MAX_PAUSE`]; a goroutine that ends by itself,
//! whether it returns or throws, shows that isolates work, and begins again from nothing. Isolates that
//! were dismissed (killed on purpose, idle, shut down) do not count.
//!
//! An isolate that ends before any goroutine has started in it is *barren*: nobody was told of its end.
//! [`MAX_BARREN`] of these in a row, with none left, and what waits in the queues is told that it cannot
//! start. Whatever is started later makes one more attempt, after the pause, and is told likewise.
//!
//! Rejected: counting crashes by time (a server's rare crashes would add up, a slow loop would not);
//! giving up for good (the cause may be an `--import` hook that waits for a file).
//!
//! The lists' lock guards all of it. While a pause lasts a timer is pending that looks for work again, so
//! no goroutine waits for a start that nobody makes.

use super::Sched;
use super::idle::Lists;
use super::isolate::IsolateM;
use super::lost::Lost;
use crate::loom::{Arc, fence};
use crate::mailbox::Mailbox;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::{Duration, Instant};

/// How long a goroutine may wait for an isolate that is on its way rather than join others in one
/// that is there. Isolates take 20 to 60 ms to come up; a guess, with room for a busy machine.
const START_GRACE: Duration = Duration::from_millis(150);

/// The pause after a second crash in a row; it doubles. An isolate takes longer to come up.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The longest pause. A crash loop then costs some 5 % of a core, and whoever mends what was wrong waits
/// a second at most.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// How many isolates in a row may end before a goroutine has started in them.
const MAX_BARREN: u32 = 3;

/// How the last isolates have fared.
#[derive(Default)]
pub(super) struct Record {
    /// Crashes since a goroutine last ended by itself.
    crashes: u32,
    /// Of those, isolates in which no goroutine had started, in a row.
    barren: u32,
    /// None is started before.
    not_before: Option<Instant>,
    /// A timer is pending that looks for work when the pause is over.
    waiting: bool,
}

impl Record {
    fn note_crash(&mut self, barren: bool, now: Instant) {
        self.barren = if barren { self.barren + 1 } else { 0 };
        self.crashes += 1;
        let doublings = self.crashes.saturating_sub(2).min(16);
        let pause = (FIRST_PAUSE * (1 << doublings)).min(MAX_PAUSE);
        self.not_before = (self.crashes > 1).then(|| now + pause);
    }

    fn is_hopeless(&self) -> bool {
        self.barren >= MAX_BARREN
    }

    /// The end of the pause, if it is not over.
    fn pause(&self, now: Instant) -> Option<Instant> {
        self.not_before.filter(|&at| at > now)
    }
}

/// How an isolate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, or by what its goroutines did.
    Crashed,
    /// It was told to: killed, idle, or the process ends.
    Dismissed,
}

impl<V: Send + 'static> Sched<V> {
    /// `false`: there are as many already, or on their way, as there are Ps; or the last ones crashed, and
    /// the next is started later.
    pub(super) fn start_isolate(&self) -> bool {
        let procs = self.procs();
        let now = Instant::now();
        let (start, retry) = self.idle.with(|lists| {
            let start = lists.wants_isolate(procs);
            if start && let Some(at) = lists.record.pause(now) {
                let first = !std::mem::replace(&mut lists.record.waiting, true);
                return (false, first.then_some(at));
            }
            lists.starting += usize::from(start);
            self.may_start.store(lists.wants_isolate(procs), Relaxed);
            (start, None)
        });
        if start {
            self.note_start();
            self.host.start_isolate();
        }
        if let Some(at) = retry {
            self.start_after(at);
        }
        start
    }

    /// When the pause is over, what waits needs an isolate still.
    fn start_after(&self, at: Instant) {
        let Some(sched) = self.me.upgrade() else {
            return;
        };
        self.start_idle_timer(
            at,
            Box::new(move || {
                // Whoever finds a pause after this makes a timer of its own; whoever found one before
                // had queued its work, which is seen below: both hold the lists' lock in between.
                sched.idle.with(|lists| lists.record.waiting = false);
                sched.wake_isolate_again();
            }),
        );
    }

    /// Every isolate is stuck in a long turn, and goroutines wait to start: one more than there are
    /// Ps, and no more, since an isolate costs megabytes and the stuck ones compute on.
    pub(super) fn start_one_more(&self) {
        let procs = self.procs();
        let now = Instant::now();
        let start = self.idle.with(|lists| {
            let start = lists.starting == 0
                && lists.started <= procs + lists.blocked
                && lists.record.pause(now).is_none();
            lists.starting += usize::from(start);
            start
        });
        if start {
            self.note_start();
            self.host.start_isolate();
        }
    }

    /// Before there is any work: how many isolates the caller should start now, so that `count` are
    /// there or on their way. The embedder calls it when it sees work coming and has something slow
    /// to do first.
    pub fn reserve_isolates(&self, count: usize) -> usize {
        let count = count.min(self.procs());
        let reserved = self.idle.with(|lists| {
            let reserved = count.saturating_sub(lists.started + lists.starting);
            lists.starting += reserved;
            self.may_start
                .store(lists.wants_isolate(self.procs()), Relaxed);
            reserved
        });
        if reserved > 0 {
            self.note_start();
        }
        reserved
    }

    /// Work may wait for an isolate that was asked for, but not for long: the main thread, which
    /// starts it, may be busy. After the grace period the isolates there are take it.
    fn note_start(&self) {
        let now = self.epoch.elapsed().as_millis() as u64;
        self.last_start.store(now, Relaxed); // a time
        let Some(sched) = self.me.upgrade() else {
            return;
        };
        self.start_idle_timer(
            Instant::now() + START_GRACE,
            Box::new(move || {
                if sched.js.has_work() {
                    sched.wake_any_isolate();
                }
            }),
        );
    }

    pub(super) fn start_is_recent(&self) -> bool {
        let since =
            (self.epoch.elapsed().as_millis() as u64).saturating_sub(self.last_start.load(Relaxed));
        since < START_GRACE.as_millis() as u64
    }

    /// A worker isolate has come up. `IsolateM` is its side.
    pub fn isolate_started(self: &Arc<Self>, mailbox: Arc<Mailbox<V>>) -> IsolateM<V> {
        self.idle.with(|lists| {
            lists.starting = lists.starting.saturating_sub(1);
            lists.started += 1;
            // It loads its modules before it first looks: others leave it its share until then.
            mailbox.set_called();
            lists.called += 1;
        });
        IsolateM::new(self.clone(), mailbox, true)
    }

    /// The main isolate, or a worker of the user's own: gets events, runs no goroutines.
    pub fn guest_started(self: &Arc<Self>, mailbox: Arc<Mailbox<V>>) -> IsolateM<V> {
        IsolateM::new(self.clone(), mailbox, false)
    }

    /// An isolate that was asked for ended before it reported in.
    pub fn isolate_failed(&self) -> Lost<V> {
        self.replace(|lists, now| {
            lists.starting = lists.starting.saturating_sub(1);
            lists.record.note_crash(true, now);
        })
    }

    /// A worker isolate has ended. `started`: some goroutine had started there.
    pub(super) fn isolate_ended(&self, mailbox: &Mailbox<V>, end: End, started: bool) -> Lost<V> {
        self.replace(|lists, now| {
            // One that was dismissed while idle is no longer counted.
            lists.started -= usize::from(!mailbox.is_dismissed());
            if end == End::Crashed {
                lists.record.note_crash(!started, now);
            }
        })
    }

    /// After `change` there may be one fewer: what waits needs another, or is told that there is none.
    fn replace(&self, change: impl FnOnce(&mut Lists<V>, Instant)) -> Lost<V> {
        let now = Instant::now();
        let hopeless = self.idle.with(|lists| {
            change(lists, now);
            self.may_start.store(true, Relaxed); // a guess; `start_isolate` counts
            lists.record.is_hopeless() && lists.started + lists.starting == 0
        });
        // Relaxed: who reads it only has to learn of it some time.
        self.crashed_lately.store(true, Relaxed);
        if hopeless {
            return Lost::never_started(self, self.js.take_all());
        }
        self.wake_isolate_again();
        Lost::nobody(self)
    }

    /// A goroutine has ended by itself, after crashes: isolates work.
    #[cold]
    pub(super) fn isolates_work(&self) {
        self.crashed_lately.store(false, Relaxed); // as in `replace`; a crash after this sets it anew
        self.idle.with(|lists| {
            let waiting = lists.record.waiting;
            lists.record = Record {
                waiting,
                ..Record::default()
            };
        });
    }

    /// Work may wait that nobody could be woken for when it was queued, and now somebody can.
    pub(super) fn wake_isolate_again(&self) {
        // Partner: the fence in `wake_isolate`. Whoever queued work either saw the change that the
        // caller has just made, or its work is seen here.
        fence(SeqCst);
        if self.js.has_work() {
            self.wake_isolate();
        }
    }
}

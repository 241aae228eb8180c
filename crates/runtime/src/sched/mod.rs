//! The scheduler: Ps, the two kinds of M, the run queues, and who wakes whom.
//!
//! The protocol, its invariants and the argument for it are in `README.md` beside this file.
//!
//! - [`runq`], [`queues`](self::queues): where runnable goroutines wait;
//! - [`idle`](self::idle): Ps without an M, Ms without work; [`slots`](self::slots): Ps that are lent;
//! - [`sysmon`](self::sysmon): turns that take too long; [`blocking`](self::blocking): threads that block;
//! - [`isolate`](self::isolate): JavaScript threads; [`isolates`](self::isolates): how many there are;
//!   [`dismiss`](self::dismiss): those told to end; [`lost`](self::lost): what ends with them;
//! - [`native`](self::native): native ones;
//! - [`spin`](self::spin): how long to look before parking;
//! - [`quiet`](self::quiet): whether anything can happen any more; [`lock_cycles`](self::lock_cycles): whether
//!   some wait for each other while others go on.

mod blocking;
mod blocking_isolate;
mod dismiss;
pub(crate) mod here;
mod idle;
mod isolate;
mod isolates;
mod lock_cycles;
mod lost;
mod native;
mod overdue;
mod queues;
mod quiet;
mod rng;
#[doc(hidden)]
pub mod runq;
mod slots;
mod spin;
mod sysmon;

pub use dismiss::Found;
pub use idle::Proc;
pub use isolate::{IsolateM, Turn};
pub use isolates::End;
pub use lock_cycles::{Cycle, Link};
pub use lost::{Fate, Lost};
pub use quiet::{Rounds, are_quiet};
pub use rng::Rng;

use crate::g::{Class, G, GoId, Kind, Loan, NO_PROGRAM, Table};
use crate::host::Host;
use crate::lock::{Lock, Rank};
use crate::loom::{Arc, AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize, fence, thread};
use crate::mailbox::{Event, Mailbox};
use crate::task::{JoinHandle, Schedule, Task, spawn};
use crate::timer::{Action, TimerKey, Timers};
use idle::Idle;
use lock_cycles::LockCycles;
use queues::Queues;
use quiet::Quiet;
use slots::Slots;
use std::future::Future;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use std::sync::{Arc as StdArc, Weak}; // `dyn Host`; loom's Arc cannot hold it
use std::time::Instant;
use sysmon::Sysmon;

/// The largest GOMAXPROCS. A local queue is 2 KB, so this is a quarter of a megabyte for both kinds.
#[cfg(not(loom))]
pub const MAX_PROCS: usize = 64;
/// The largest GOMAXPROCS, in models.
#[cfg(loom)]
pub const MAX_PROCS: usize = 2;

/// The scheduler. `V` is a JavaScript value as the host carries it between isolates.
pub struct Sched<V> {
    /// GOMAXPROCS.
    procs: AtomicUsize,
    host: StdArc<dyn Host>,
    /// JavaScript goroutines that have not started.
    js: Queues<Box<Goroutine<V>>>,
    /// Native goroutines ready to run.
    native: Queues<Task>,
    /// How many JavaScript goroutines have started, for sysmon.
    js_starts: AtomicU32,
    idle: Idle<V>,
    slots: Slots,
    sysmon: Sysmon,
    /// Ms that look for work before parking, by kind. See "Idle protocol".
    js_spinning: AtomicU32,
    native_spinning: AtomicU32,
    /// Worker isolates that are awake and in which nobody lives. See "Placement".
    vacant: AtomicU32,
    /// Sysmon has seen none start for a while although some wait: whoever can shall take them.
    js_waits_long: AtomicBool,
    /// Worker isolates that look for mail only.
    mail_spinning: AtomicU32,
    /// The main isolate and guests: their looking must not keep workers from it.
    guest_spinning: AtomicU32,
    /// Whether fewer isolates than Ps were started. A guess that saves the lock on every `go`.
    may_start: AtomicBool,
    /// An isolate has crashed since a goroutine last ended by itself. A hint: `isolates.rs`.
    crashed_lately: AtomicBool,
    /// When an isolate was last asked for, in milliseconds since `epoch`.
    last_start: AtomicU64,
    epoch: Instant,
    me: Weak<Self>,
    stop: AtomicBool,
    /// Every native M has ended, for good.
    over: AtomicBool,
    threads: Lock<Vec<thread::JoinHandle<()>>>,
    table: Table,
    /// Shared with what was started, which may outlive the scheduler.
    timers: StdArc<Timers>,
    /// Goroutines alive plus timers pending: why the process must stay.
    live: AtomicI64,
    /// Blocks of native goroutines in use, on top of what each M has not reported yet; plus `OPEN`
    /// until shutdown. At 0 nobody can reach this scheduler through a goroutine any more.
    blocks: AtomicI64,
    /// Itself, for as long as `blocks` is not 0: goroutines point to it without counting.
    keep: Lock<Option<Arc<Self>>>,
    /// Who is told when `live` becomes or ceases to be 0.
    watchers: Lock<Vec<Arc<Mailbox<V>>>>,
    quiet: Quiet<V>,
    lock_cycles: LockCycles,
}

/// More than there can be blocks.
const OPEN: i64 = 1 << 60;

/// A JavaScript goroutine on its way: not started, or running in its isolate.
pub(crate) struct Goroutine<V> {
    g: Header,
    program: u32,
    /// Taken when it starts.
    args: Option<V>,
    /// Where its end is posted.
    home: Option<(Arc<Mailbox<V>>, u32)>,
}

impl<V> Goroutine<V> {
    fn new(
        sched: &Sched<V>,
        parent: GoId,
        program: u32,
        args: V,
        home: Option<(Arc<Mailbox<V>>, u32)>,
        site: u32,
    ) -> Self {
        let g = Header::new(sched, parent);
        g.header().comes_from(program, site);
        sched.add_live();
        Self {
            g,
            program,
            args: Some(args),
            home,
        }
    }

    /// Ends it: its row goes, and who started it is told (unless that isolate has ended itself).
    fn deliver(self, sched: &Sched<V>, outcome: Result<V, V>) {
        self.g.free(sched);
        if let Some((mailbox, ticket)) = self.home
            && let Ok(true) = mailbox.push(Event::Ended { ticket, outcome })
        {
            mailbox.wake_host();
        }
        // After the post: whoever sees 0 finds the event in its mailbox first.
        sched.drop_live();
    }
}

impl<V> Sched<V> {
    /// A scheduler with `procs` Ps (at least one). It starts no thread until there is work.
    pub fn new(procs: usize, host: StdArc<dyn Host>) -> Arc<Self> {
        let procs = procs.clamp(1, MAX_PROCS);
        Arc::new_cyclic(|me| Self {
            procs: AtomicUsize::new(procs),
            host,
            js: Queues::new(procs, MAX_PROCS),
            native: Queues::new(procs, MAX_PROCS),
            js_starts: AtomicU32::new(0),
            idle: Idle::new(procs, MAX_PROCS),
            slots: Slots::new(MAX_PROCS),
            sysmon: Sysmon::new(),
            js_spinning: AtomicU32::new(0),
            native_spinning: AtomicU32::new(0),
            vacant: AtomicU32::new(0),
            js_waits_long: AtomicBool::new(false),
            mail_spinning: AtomicU32::new(0),
            guest_spinning: AtomicU32::new(0),
            may_start: AtomicBool::new(true),
            crashed_lately: AtomicBool::new(false),
            last_start: AtomicU64::new(0),
            epoch: Instant::now(),
            me: me.clone(),
            stop: AtomicBool::new(false),
            over: AtomicBool::new(false),
            threads: Lock::new(Rank::Sched, Vec::new()),
            table: Table::new(),
            timers: StdArc::new(Timers::new()),
            live: AtomicI64::new(0),
            blocks: AtomicI64::new(OPEN),
            keep: Lock::new(Rank::Sched, None),
            watchers: Lock::new(Rank::Sched, Vec::new()),
            quiet: Quiet::new(),
            lock_cycles: LockCycles::new(),
        })
    }

    /// GOMAXPROCS.
    pub fn procs(&self) -> usize {
        self.procs.load(Relaxed) // a number that changes seldom; the idle lists decide
    }

    /// Every goroutine alive.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Goroutines alive plus timers pending.
    ///
    /// A native M that runs goroutines counts as one more, and reports those that started and ended
    /// on it when it is done: so this is exact while none runs, and never 0 while anything lives.
    pub fn live(&self) -> usize {
        // Acquire: pairs with `change_live`; what the ended goroutine posted is visible.
        self.live.load(Acquire).max(0) as usize
    }

    /// From now on this isolate is told, by [`Event::Liveness`], when [`live`](Self::live) becomes 0
    /// or ceases to be 0: the main isolate, and workers of the program's own.
    pub fn watch(&self, mailbox: Arc<Mailbox<V>>) {
        self.watchers.lock().push(mailbox);
    }

    /// It has ended.
    pub fn unwatch(&self, mailbox: &Arc<Mailbox<V>>) {
        self.watchers
            .lock()
            .retain(|other| !Arc::ptr_eq(other, mailbox));
    }

    /// A goroutine that is not in any queue: `go.local`, which its isolate runs by itself. It ends
    /// when what this gives is dropped.
    pub fn add_local(self: &Arc<Self>, parent: GoId, isolate: u32, site: u32) -> LocalGo<V> {
        let g = Header::new(self, parent);
        g.header().comes_from(NO_PROGRAM, site);
        g.header().starts_in(isolate);
        self.add_live();
        LocalGo {
            sched: self.clone(),
            g,
        }
    }

    fn add_live(&self) {
        self.change_live(1);
    }

    fn drop_live(&self) {
        self.change_live(-1);
    }

    fn change_live(&self, by: i64) {
        if self.shift_live(by) {
            self.tell_watchers();
        }
    }

    /// Changes the count of what is alive. `true`: it came to or from 0, and
    /// [`tell_watchers`](Self::tell_watchers) must be called, once no lock is held.
    #[must_use]
    pub(crate) fn shift_live(&self, by: i64) -> bool {
        // AcqRel: a plain counter but for the edge to and from 0, which `tell_watchers` reports.
        let before = self.live.fetch_add(by, AcqRel);
        (before == 0) != (before + by == 0)
    }

    #[cold]
    pub(crate) fn tell_watchers(&self) {
        let watchers = self.watchers.lock().clone();
        for watcher in watchers {
            if let Ok(true) = watcher.push(Event::Liveness) {
                watcher.wake_host();
            }
        }
    }
}

impl<V: Send + 'static> Sched<V> {
    /// Runs `action` once `at` has come. The process stays until then.
    pub fn start_timer(self: &Arc<Self>, at: Instant, action: impl Into<Action>) -> TimerKey {
        self.add_live();
        self.shift_timers(1);
        let sched = self.clone();
        let action = action.into();
        self.timers.start(
            at,
            Box::new(move || {
                action.run();
                sched.drop_live();
                sched.shift_timers(-1);
            }),
        )
    }

    /// As [`start_timer`](Self::start_timer), but nothing that the process stays for.
    pub fn start_idle_timer(&self, at: Instant, action: impl Into<Action>) -> TimerKey {
        self.timers.start(at, action)
    }

    /// Stops a timer made by [`start_timer`](Self::start_timer). `true`: it had not fired and never will.
    pub fn stop_timer(&self, key: TimerKey) -> bool {
        let stopped = self.timers.stop(key);
        if stopped {
            self.drop_live();
            self.shift_timers(-1);
        }
        stopped
    }

    /// Starts a native goroutine. After [`shutdown`](Self::shutdown) it ends without having run.
    pub fn go<F>(self: &Arc<Self>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // SAFETY: `keep` holds the scheduler until every block was given back.
        let handle = unsafe { spawn(self.as_schedule(), 0, future) };
        // Partner: the fence in `cancel_all`. Either that one sees the goroutine, or we see that all
        // is over; if both, one of us claims it.
        fence(SeqCst);
        if self.over.load(Acquire) {
            // SAFETY: the native Ms have ended, and the handle keeps the block.
            unsafe { handle.task().cancel() };
        }
        handle
    }

    /// The scheduler as native goroutines know it. It stays until every block was given back.
    pub(crate) fn as_schedule(self: &Arc<Self>) -> NonNull<dyn Schedule> {
        if self.blocks.load(Relaxed) == OPEN {
            self.keep.lock().get_or_insert_with(|| self.clone());
        }
        let sched: &dyn Schedule = &**self;
        NonNull::from(sched)
    }

    /// Ends every native M once it has finished the goroutine it runs, and waits for the threads.
    /// Goroutines that are still queued or parked do not run any more.
    pub fn shutdown(self: &Arc<Self>) {
        if !self.stop_now() {
            return;
        }
        self.sysmon.stop();
        self.end_native();
        loop {
            let Some(thread) = self.threads.lock().pop() else {
                break;
            };
            self.end_native();
            // A native M never panics: goroutines' panics are caught at their edge.
            let _ = thread.join();
        }
        drop(self.native.take_all());
        self.timers.close();
        self.cancel_all();
        self.forget_blocks(OPEN);
    }

    /// Native goroutines that have not ended do so now: their futures are dropped, and who joins them
    /// is told.
    fn cancel_all(&self) {
        // Release: pairs with the Acquire in `go`: the Ms' threads were joined before. Partner of the
        // fence: the one there.
        self.over.store(true, Release);
        fence(SeqCst);
        for block in self.table.blocks() {
            // SAFETY: blocks stay as long as the table.
            if unsafe { block.as_ref() }.is_live_native() {
                // SAFETY: the native Ms have ended, and it was alive just now. What has become of the
                // block since is another native goroutine's, if any's: JavaScript ones have a class
                // of their own, which is too small for a native one.
                unsafe { Task::of(block).cancel() };
            }
        }
    }

    /// Blocks were given back. The last one, after shutdown, lets go of the scheduler.
    fn forget_blocks(&self, count: i64) {
        // AcqRel: whoever comes to 0 sees all that was done with the blocks.
        if self.blocks.fetch_sub(count, AcqRel) == count {
            let mut keep = self.keep.lock();
            // Again, under the lock: `keep_on` may have been faster. Relaxed: it adds before it locks.
            let gone = if self.blocks.load(Relaxed) == 0 {
                keep.take()
            } else {
                None
            };
            drop(keep);
            drop(gone);
        }
    }

    /// A block was taken from outside the Ms, when there were `before`. After shutdown it may be the
    /// first again, and must hold the scheduler like those before it.
    fn keep_on(&self, before: i64) {
        if before < OPEN / 2 {
            // The caller has the scheduler, so there is one to hold.
            let me = self.me.upgrade();
            let mut keep = self.keep.lock();
            if keep.is_none() {
                *keep = me;
            }
        }
    }

    /// The timers that the process does not stay for.
    pub(crate) fn timers(&self) -> &StdArc<Timers> {
        &self.timers
    }

    /// Whether any M is looking for work right now, for tests of idleness.
    pub fn spinning(&self) -> u32 {
        self.js_spinning.load(Relaxed) + self.native_spinning.load(Relaxed)
    }
}

/// The header of a JavaScript goroutine. It must be given back with [`free`](Header::free).
struct Header(NonNull<G>);

// SAFETY: a header is made of atomics, and stays as long as the scheduler's table.
unsafe impl Send for Header {}

impl Header {
    fn new<V>(sched: &Sched<V>, parent: GoId) -> Self {
        Self(
            sched
                .table
                .create(Class::HEADER, parent, Kind::JavaScript, None),
        )
    }

    fn header(&self) -> &G {
        // SAFETY: whoever has a header has its scheduler, too, or is in one of its queues.
        unsafe { self.0.as_ref() }
    }

    fn id(&self) -> GoId {
        self.header().id()
    }

    fn free<V>(self, sched: &Sched<V>) {
        self.header().end(Loan::NONE);
        // SAFETY: it was made from this table in `new`, and nobody else has it.
        unsafe { sched.table.free(self.0, None) };
    }
}

/// A `go.local` goroutine. Dropped when it ends.
pub struct LocalGo<V> {
    sched: Arc<Sched<V>>,
    g: Header,
}

impl<V> LocalGo<V> {
    /// Its number.
    pub fn id(&self) -> GoId {
        self.g.id()
    }
}

impl<V> Drop for LocalGo<V> {
    fn drop(&mut self) {
        Header(self.g.0).free(&self.sched);
        self.sched.drop_live();
    }
}

//! The scheduler: Ps, the two kinds of M, the run queues, and who wakes whom.
//!
//! The protocol, its invariants and the argument for it are in `README.md` beside this file.
//!
//! - [`runq`], [`queues`](self::queues): where runnable goroutines wait;
//! - [`idle`](self::idle): Ps without an M, Ms without work;
//! - [`isolate`](self::isolate): JavaScript threads; [`native`](self::native): native ones;
//! - [`spin`](self::spin): how long to look before parking.

mod idle;
mod isolate;
mod native;
mod queues;
mod rng;
#[doc(hidden)]
pub mod runq;
mod spin;

pub use idle::Proc;
pub use isolate::{IsolateM, Turn};
pub use rng::Rng;

use crate::g::{G, GoId, Kind, Table};
use crate::host::Host;
use crate::lock::{Lock, Rank};
use crate::loom::{Arc, AtomicBool, AtomicU32, AtomicU64, AtomicUsize};
use crate::mailbox::{Event, Mailbox};
use crate::task::{JoinHandle, Task, joinable};
use crate::timer::{Action, TimerKey, Timers};
use idle::Idle;
use native::Handle;
use queues::Queues;
use std::future::Future;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::{Arc as StdArc, Weak}; // `dyn Host`; loom's Arc cannot hold it
use std::time::Instant;

/// The largest GOMAXPROCS. A local queue is 2 KB, so this is a quarter of a megabyte for both kinds.
pub const MAX_PROCS: usize = 64;

/// The scheduler. `V` is a JavaScript value as the host carries it between isolates.
pub struct Sched<V> {
    /// GOMAXPROCS.
    procs: AtomicUsize,
    host: StdArc<dyn Host>,
    /// JavaScript goroutines that have not started.
    js: Queues<Box<Goroutine<V>>>,
    /// Native goroutines ready to run.
    native: Queues<StdArc<Task>>,
    idle: Idle<V>,
    /// Ms that look for work before parking, by kind. See "Idle protocol".
    js_spinning: AtomicU32,
    native_spinning: AtomicU32,
    /// Worker isolates that look for mail only.
    mail_spinning: AtomicU32,
    /// The main isolate and guests: their looking must not keep workers from it.
    guest_spinning: AtomicU32,
    /// Whether fewer isolates than Ps were started. A guess that saves the lock on every `go`.
    may_start: AtomicBool,
    /// When an isolate was last asked for, in milliseconds since `epoch`.
    last_start: AtomicU64,
    epoch: Instant,
    me: Weak<Self>,
    stop: AtomicBool,
    threads: Lock<Vec<std::thread::JoinHandle<()>>>,
    table: Table,
    timers: Timers,
    /// Goroutines alive plus timers pending: why the process must stay.
    live: AtomicUsize,
    /// Who is told when `live` becomes or ceases to be 0.
    watchers: Lock<Vec<Arc<Mailbox<V>>>>,
}

/// A JavaScript goroutine on its way: not started, or running in its isolate.
pub(crate) struct Goroutine<V> {
    g: Arc<G>,
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
    ) -> Self {
        let g = sched.table.add(parent, Kind::JavaScript);
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
        sched.table.remove(&self.g);
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
            idle: Idle::new(procs, MAX_PROCS),
            js_spinning: AtomicU32::new(0),
            native_spinning: AtomicU32::new(0),
            mail_spinning: AtomicU32::new(0),
            guest_spinning: AtomicU32::new(0),
            may_start: AtomicBool::new(true),
            last_start: AtomicU64::new(0),
            epoch: Instant::now(),
            me: me.clone(),
            stop: AtomicBool::new(false),
            threads: Lock::new(Rank::Sched, Vec::new()),
            table: Table::new(),
            timers: Timers::new(),
            live: AtomicUsize::new(0),
            watchers: Lock::new(Rank::Sched, Vec::new()),
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
    pub fn live(&self) -> usize {
        // Acquire: pairs with `drop_live`; what the ended goroutine posted is visible.
        self.live.load(Acquire)
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

    /// A goroutine that is not in any queue: `go.local`, which its isolate runs by itself.
    pub fn add_local(&self, parent: GoId, isolate: u32) -> Arc<G> {
        let g = self.table.add(parent, Kind::JavaScript);
        g.starts_in(isolate);
        self.add_live();
        g
    }

    /// Ends a goroutine made by [`add_local`](Self::add_local).
    pub fn end_goroutine(&self, g: &G) {
        self.table.remove(g);
        self.drop_live();
    }

    fn add_live(&self) {
        // AcqRel: a plain counter but for the edge to and from 0, which `tell_watchers` reports.
        if self.live.fetch_add(1, AcqRel) == 0 {
            self.tell_watchers();
        }
    }

    fn drop_live(&self) {
        if self.live.fetch_sub(1, AcqRel) == 1 {
            self.tell_watchers();
        }
    }

    #[cold]
    fn tell_watchers(&self) {
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
    pub fn start_timer(self: &Arc<Self>, at: Instant, action: Action) -> TimerKey {
        self.add_live();
        let sched = self.clone();
        self.timers.start(
            at,
            Box::new(move || {
                action();
                sched.drop_live();
            }),
        )
    }

    /// As [`start_timer`](Self::start_timer), but nothing that the process stays for: `after`
    /// channels, which hold it only while somebody waits on them.
    pub fn start_idle_timer(&self, at: Instant, action: Action) -> TimerKey {
        self.timers.start(at, action)
    }

    /// Stops a timer made by [`start_timer`](Self::start_timer). `true`: it had not fired and never will.
    pub fn stop_timer(&self, key: TimerKey) -> bool {
        let stopped = self.timers.stop(key);
        if stopped {
            self.drop_live();
        }
        stopped
    }

    /// Starts a native goroutine.
    pub fn go<F>(self: &Arc<Self>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let g = self.table.add(0, Kind::Native);
        self.add_live();
        let (joined, run) = joinable(g.id(), future);
        let handle: StdArc<dyn crate::task::Schedule> = StdArc::new(Handle(self.clone()));
        let task = Task::new(g, handle.clone(), run);
        handle.schedule(task);
        joined
    }

    /// Ends every native M once it has finished the goroutine it runs, and waits for the threads.
    /// Goroutines that are still queued or parked do not run any more.
    pub fn shutdown(self: &Arc<Self>) {
        if !self.stop_now() {
            return;
        }
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
    }

    /// Whether any M is looking for work right now, for tests of idleness.
    pub fn spinning(&self) -> u32 {
        self.js_spinning.load(Relaxed) + self.native_spinning.load(Relaxed)
    }
}

//! Sysmon: a thread that looks after turns that take too long. After Go's `sysmon`.
//!
//! JavaScript cannot be interrupted, nor can a Rust future. So when a turn has lasted 10 ms and there
//! is work that no P is idle for, sysmon lets somebody else run: it takes the P that an isolate lent
//! while it runs JavaScript, or puts one more P into circulation for a native M, which gives its own
//! up when the turn ends. When JavaScript goroutines wait to start and none has started for 100 ms,
//! because every isolate is in a long turn, it has one more isolate started than there are Ps.
//!
//! It looks every 5 ms while some M runs, and sleeps when none does: an idle program has no
//! wake-ups. Whoever starts to run looks whether it sleeps, behind a fence on each side, as in the
//! idle protocol.

use super::Sched;
use super::slots::{Lent, Long};
use crate::lock::{Monitor, Rank};
use crate::loom::{AtomicBool, fence, thread};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::Duration;

/// Between two looks.
const TICK: Duration = Duration::from_millis(5);
/// Looks for which the same turn must be seen: 10 to 15 ms. Go's 10 ms.
const LONG: u32 = 2;
/// Looks for which no JavaScript goroutine started, while some wait, before another isolate is.
const VERY_LONG: u32 = 20;
/// Looks without anything that runs, after which it sleeps: waking it costs the one who does.
const QUIET: u32 = 20;

/// The thread's bed.
pub(super) struct Sysmon {
    asleep: AtomicBool,
    orders: Monitor<Orders>,
}

#[derive(Default)]
struct Orders {
    started: bool,
    wake: bool,
    stop: bool,
}

/// What sysmon remembers from look to look.
struct Watch {
    procs: Vec<Seen>,
    /// Instead of turns: how many JavaScript goroutines have started.
    starts: Seen,
}

/// What was seen on one P.
#[derive(Clone, Copy, Default)]
struct Seen {
    turn: u32,
    /// For how many looks.
    looks: u32,
}

impl Seen {
    /// Another look. Gives for how many it has been the same.
    fn again(&mut self, turn: u32) -> u32 {
        let looks = if self.turn == turn { self.looks + 1 } else { 0 };
        *self = Self { turn, looks };
        looks
    }
}

impl Sysmon {
    pub(super) fn new() -> Self {
        Self {
            asleep: AtomicBool::new(true),
            orders: Monitor::new(Rank::Task, Orders::default()),
        }
    }

    pub(super) fn stop(&self) {
        self.orders.lock().stop = true;
        self.orders.notify();
    }
}

impl<V: Send + 'static> Sched<V> {
    /// Something runs that may take long.
    #[inline]
    pub(super) fn watch_turns(&self) {
        // Partner: the fence in `watch_until_quiet`. The slot was written before.
        fence(SeqCst);
        if self.sysmon.asleep.load(Relaxed) {
            self.wake_sysmon();
        }
    }

    #[cold]
    fn wake_sysmon(&self) {
        let mut orders = self.sysmon.orders.lock();
        self.sysmon.asleep.store(false, Relaxed); // written with the lock held
        orders.wake = true;
        // Models do what it does by hand: it goes by the clock.
        if cfg!(not(loom)) && !orders.started && !orders.stop {
            orders.started = true;
            if let Some(sched) = self.me.upgrade() {
                let thread = thread::Builder::new()
                    .name("gosched-sysmon".into())
                    .spawn(move || sched.sysmon_main())
                    .expect("the sysmon thread starts");
                drop(orders);
                self.threads.lock().push(thread);
                return;
            }
        }
        drop(orders);
        self.sysmon.orders.notify();
    }

    fn sysmon_main(self: Arc<Self>) {
        let mut watch = Watch {
            procs: vec![Seen::default(); self.slots.len()],
            starts: Seen::default(),
        };
        loop {
            let mut orders = self.sysmon.orders.lock();
            while !orders.wake && !orders.stop {
                orders.wait();
            }
            if orders.stop {
                return;
            }
            orders.wake = false;
            drop(orders);
            if self.watch_until_quiet(&mut watch) {
                return;
            }
        }
    }

    /// `true`: the scheduler stops.
    fn watch_until_quiet(&self, watch: &mut Watch) -> bool {
        let mut quiet = 0;
        while quiet < QUIET {
            if self.sysmon_pause() {
                return true;
            }
            quiet = if self.look_at_turns(watch) {
                0
            } else {
                quiet + 1
            };
        }
        self.sysmon.asleep.store(true, Relaxed);
        // Partner: the fence in `watch_turns`. Whoever fenced before is seen by the look that follows;
        // whoever fences after finds us asleep.
        fence(SeqCst);
        if self.look_at_turns(watch) {
            self.wake_sysmon();
        }
        false
    }

    /// One tick. `true`: the scheduler stops.
    fn sysmon_pause(&self) -> bool {
        let until = std::time::Instant::now() + TICK;
        let mut orders = self.sysmon.orders.lock();
        while !orders.stop && std::time::Instant::now() < until {
            orders.wait_until(until);
        }
        orders.stop
    }

    /// Looks at every P once. `true`: something runs, or waits to.
    fn look_at_turns(&self, watch: &mut Watch) -> bool {
        let mut running = false;
        for (number, seen) in watch.procs.iter_mut().enumerate() {
            let Some((what, turn)) = self.slots.running(number) else {
                seen.looks = 0;
                continue;
            };
            running = true;
            let looks = seen.again(turn);
            if looks > 0 {
                self.relieve_if_needed(number, what, looks);
            }
        }
        let waiting = self.js.has_work();
        self.look_at_starts(&mut watch.starts, waiting);
        running || waiting
    }

    /// `waiting`: JavaScript goroutines wait to be started.
    fn look_at_starts(&self, starts: &mut Seen, waiting: bool) {
        let looks = if waiting {
            starts.again(self.js_starts.load(Relaxed))
        } else {
            starts.looks = 0;
            0
        };
        // Relaxed: a heuristic. They may have been left to an isolate that is empty, and whose own
        // callbacks take long.
        self.js_waits_long.store(looks >= LONG, Relaxed);
        if looks >= VERY_LONG {
            self.start_one_more();
        } else if looks >= LONG {
            self.wake_any_isolate();
        }
    }

    /// What sysmon does for turns that have lasted long. Models, which have no clock, say when.
    #[cfg(loom)]
    pub fn relieve_all(&self) {
        for number in 0..self.slots.len() {
            if let Some((what, _)) = self.slots.running(number) {
                self.relieve_if_needed(number, what, LONG);
            }
        }
    }

    /// Lets others run instead of the M with this P, if there are any.
    fn relieve_if_needed(&self, number: usize, what: Long, looks: u32) {
        let native = self.native.has_work();
        if !native && !self.idle.has_starved() {
            return;
        }
        // Relaxed: a heuristic, asked again in 5 ms.
        if self.idle.free_procs.load(Relaxed) > 0 {
            if native {
                self.wake_native(); // a `runnext` that nobody was woken for
            }
            return;
        }
        if looks < LONG {
            return;
        }
        match what {
            Long::JavaScript => {
                if let Some(proc) = self.slots.take(number, Lent::JavaScript) {
                    self.release_proc(proc);
                }
            }
            Long::Native => {
                if self.slots.replace(number) {
                    self.stick();
                }
            }
            Long::Replaced => {} // one more P for it is enough
        }
    }
}

//! Timers: one heap, one thread that sleeps until the earliest deadline.
//!
//! A 4-ary heap of deadlines with each timer's place in it recorded, so that stopping is O(log n)
//! and frees the timer at once: a `select` with a timeout in a loop leaves nothing behind. The
//! thread starts with the first timer, sleeps on a condition variable (no busy wake-ups), and runs
//! what is due with no lock held.
//!
//! # Protocol
//!
//! The lock guards the heap and the table of timers. A timer fires or is stopped, never both:
//! whoever takes its action out of the table under the lock has it. `stop` returns `true` only if
//! it took the action, so after `true` the action does not run, ever; after `false` it ran, runs
//! now, or was stopped before. (Go's `Timer.Stop` says the same.)
//!
//! The thread waits with the lock given up atomically, and every change of the earliest deadline
//! notifies it under the lock, so no wake-up is lost.
//!
//! Rejected for now: one heap for each P (nothing here starts a million timers a second yet; the
//! scheduler issue measures it), a hashed wheel (coarser than the heap, or as many levels).

use crate::lock::{Monitor, Rank};
use crate::loom::Arc;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;
use std::time::{Duration, Instant};

/// What a timer does when it fires. With no lock held, on the timer thread: so it must be short.
pub enum Action {
    /// Wakes a goroutine. What `sleep` needs, without an allocation.
    Wake(Waker),
    /// Anything else. If it panics, the panic is reported and goes no further.
    Call(Box<dyn FnOnce() + Send>),
}

impl Action {
    /// Does it.
    pub fn run(self) {
        // What it leaves behind when it panics is its own affair.
        let _ = catch_unwind(AssertUnwindSafe(|| match self {
            Self::Wake(waker) => waker.wake(),
            Self::Call(call) => call(),
        }));
    }
}

impl<F: FnOnce() + Send + 'static> From<Box<F>> for Action {
    fn from(call: Box<F>) -> Self {
        Self::Call(call)
    }
}

/// Names a timer. Harmless after it fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerKey {
    slot: u32,
    generation: u32,
}

/// Four of them fill a cache line: the children of a node lie in one or two.
#[derive(Clone, Copy)]
struct Due {
    /// Nanoseconds since the heap's epoch.
    at: u64,
    /// Order of starting, so that equal deadlines fire in that order. Wraps: of two timers with the
    /// same deadline fewer than 2^31 others were started in between.
    seq: u32,
    slot: u32,
}

impl Due {
    #[inline]
    fn before(&self, other: &Due) -> bool {
        self.at < other.at || (self.at == other.at && (self.seq.wrapping_sub(other.seq) as i32) < 0)
    }
}

struct Timer {
    generation: u32,
    /// Its place in the heap.
    at: u32,
    action: Option<Action>,
}

struct Heap {
    epoch: Instant,
    due: Vec<Due>,
    timers: Vec<Timer>,
    free: Vec<u32>,
    seq: u32,
    running: bool,
    stopping: bool,
}

/// All timers of a scheduler.
pub struct Timers {
    shared: Arc<Shared>,
}

struct Shared {
    heap: Monitor<Heap>,
}

impl Default for Timers {
    fn default() -> Self {
        Self::new()
    }
}

impl Timers {
    /// No timers, no thread.
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                heap: Monitor::new(Rank::Timer, Heap::new()),
            }),
        }
    }

    /// Runs `action` on the timer thread once `at` has come.
    pub fn start(&self, at: Instant, action: impl Into<Action>) -> TimerKey {
        let action = action.into();
        let mut heap = self.shared.heap.lock();
        let key = heap.insert(at, action);
        let first = heap.due[0].slot == key.slot;
        self.run_or_notify(&mut heap, first);
        key
    }

    /// Runs `action` on the timer thread after `delay`.
    pub fn after(&self, delay: Duration, action: impl Into<Action>) -> TimerKey {
        self.start(from_now(delay), action)
    }

    /// Stops a timer. `true`: it had not fired and never will.
    pub fn stop(&self, key: TimerKey) -> bool {
        let action = self.shared.heap.lock().remove(key);
        action.is_some()
    }

    /// How many are pending.
    pub fn len(&self) -> usize {
        self.shared.heap.lock().due.len()
    }

    /// Whether none is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[cfg(not(loom))]
    fn run_or_notify(&self, heap: &mut Heap, first: bool) {
        if !heap.running {
            heap.running = true;
            let shared = self.shared.clone();
            std::thread::Builder::new()
                .name("gosched-timers".into())
                .spawn(move || shared.run())
                .expect("the timer thread starts");
        } else if first {
            self.shared.heap.notify();
        }
    }

    #[cfg(loom)]
    fn run_or_notify(&self, heap: &mut Heap, _first: bool) {
        heap.running = true; // models fire due timers by hand
    }

    /// Takes out everything due at `now`, in order. Models and tests call it by hand.
    #[doc(hidden)]
    pub fn take_due(&self, now: Instant) -> Vec<Action> {
        let mut heap = self.shared.heap.lock();
        std::iter::from_fn(|| heap.pop_due(now)).collect()
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        let mut heap = self.shared.heap.lock();
        heap.stopping = true;
        let dropped = std::mem::take(&mut heap.timers);
        heap.due.clear();
        #[cfg(not(loom))]
        self.shared.heap.notify();
        drop(heap);
        drop(dropped); // users' values, with no lock held
    }
}

#[cfg(not(loom))]
impl Shared {
    /// The timer thread.
    fn run(&self) {
        let mut heap = self.heap.lock();
        let mut batch = Vec::with_capacity(BATCH);
        while !heap.stopping {
            let now = Instant::now();
            batch.extend(std::iter::from_fn(|| heap.pop_due(now)).take(BATCH));
            if !batch.is_empty() {
                drop(heap);
                batch.drain(..).for_each(Action::run);
                heap = self.heap.lock();
                continue;
            }
            match heap.due.first().map(|due| heap.instant(due.at)) {
                Some(at) => heap.wait_until(at),
                None => heap.wait(),
            }
        }
    }
}

/// The instant `delay` from now.
pub fn from_now(delay: Duration) -> Instant {
    // About 30 years stands for ever: an Instant cannot hold every Duration.
    const FOREVER: Duration = Duration::from_secs(1_000_000_000);
    Instant::now() + delay.min(FOREVER)
}

const ARITY: usize = 4;
/// How many due timers the thread takes out at a time: those may fire although they are stopped
/// meanwhile, like one that fires already.
#[cfg(not(loom))]
const BATCH: usize = 32;

impl Heap {
    fn new() -> Self {
        Self {
            epoch: Instant::now(),
            due: Vec::new(),
            timers: Vec::new(),
            free: Vec::new(),
            seq: 0,
            running: false,
            stopping: false,
        }
    }

    /// 0 for what was due before the heap was made.
    fn nanos(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.epoch);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX) // in 584 years
    }

    fn instant(&self, nanos: u64) -> Instant {
        self.epoch + Duration::from_nanos(nanos)
    }

    fn insert(&mut self, at: Instant, action: Action) -> TimerKey {
        let at = self.nanos(at);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.timers.push(Timer {
                generation: 0,
                at: 0,
                action: None,
            });
            self.timers.len() as u32 - 1
        });
        let timer = &mut self.timers[slot as usize];
        timer.action = Some(action);
        let generation = timer.generation;
        self.seq = self.seq.wrapping_add(1);
        let place = self.due.len();
        self.due.push(Due {
            at,
            seq: self.seq,
            slot,
        });
        self.sift_up(place);
        TimerKey { slot, generation }
    }

    fn remove(&mut self, key: TimerKey) -> Option<Action> {
        let timer = self.timers.get(key.slot as usize)?;
        if timer.generation != key.generation || timer.action.is_none() {
            return None;
        }
        Some(self.take(timer.at as usize))
    }

    fn pop_due(&mut self, now: Instant) -> Option<Action> {
        let now = self.nanos(now);
        let first = self.due.first()?;
        (first.at <= now).then(|| self.take(0))
    }

    /// Takes the timer at heap place `place` out.
    fn take(&mut self, place: usize) -> Action {
        let slot = self.due[place].slot;
        self.due.swap_remove(place);
        if place < self.due.len() {
            self.sift_down(place);
            self.sift_up(place);
        }
        self.free.push(slot);
        let timer = &mut self.timers[slot as usize];
        timer.generation = timer.generation.wrapping_add(1);
        timer
            .action
            .take()
            .expect("a timer in the heap has its action")
    }

    fn sift_up(&mut self, mut place: usize) {
        let due = self.due[place];
        while place > 0 {
            let parent = (place - 1) / ARITY;
            if !due.before(&self.due[parent]) {
                break;
            }
            self.put(place, self.due[parent]);
            place = parent;
        }
        self.put(place, due);
    }

    fn sift_down(&mut self, mut place: usize) {
        let moved = self.due[place];
        loop {
            let first = place * ARITY + 1;
            let end = (first + ARITY).min(self.due.len());
            let Some(least) = (first..end).reduce(|a, b| {
                if self.due[b].before(&self.due[a]) {
                    b
                } else {
                    a
                }
            }) else {
                break;
            };
            if !self.due[least].before(&moved) {
                break;
            }
            self.put(place, self.due[least]);
            place = least;
        }
        self.put(place, moved);
    }

    fn put(&mut self, place: usize, due: Due) {
        self.due[place] = due;
        self.timers[due.slot as usize].at = place as u32;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn fire_in_order_of_deadline_then_of_start() {
        let timers = Timers::new();
        let (send, recv) = mpsc::channel();
        // So late that the timers' own thread takes none of them.
        let base = Instant::now() + Duration::from_secs(3600);
        for (name, ms) in [(0, 3), (1, 1), (2, 2), (3, 1)] {
            let send = send.clone();
            let at = base + Duration::from_millis(ms);
            timers.start(at, Box::new(move || send.send(name).unwrap()));
        }
        let due = timers.take_due(base + Duration::from_millis(3));
        due.into_iter().for_each(Action::run);
        drop(send);
        assert_eq!(recv.iter().collect::<Vec<i32>>(), [1, 3, 2, 0]);
        assert!(timers.is_empty());
    }

    #[test]
    fn a_stopped_timer_never_fires_and_stops_once() {
        let timers = Timers::new();
        let (send, recv) = mpsc::channel();
        let late = send.clone();
        let key = timers.after(
            Duration::from_millis(5),
            Box::new(move || late.send(1).unwrap()),
        );
        assert!(timers.stop(key));
        assert!(!timers.stop(key));
        timers.after(
            Duration::from_millis(10),
            Box::new(move || send.send(2).unwrap()),
        );
        assert_eq!(recv.recv(), Ok(2));
        assert!(!timers.stop(key));
    }

    #[test]
    fn the_heap_stays_ordered_under_random_insertion_and_removal() {
        let mut heap = Heap::new();
        let base = Instant::now();
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut keys = Vec::new();
        for _ in 0..2_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = base + Duration::from_nanos(seed >> 34);
            keys.push(heap.insert(at, Box::new(|| {}).into()));
            if seed.is_multiple_of(3) {
                let key = keys.swap_remove((seed >> 20) as usize % keys.len());
                assert!(heap.remove(key).is_some());
            }
        }
        let mut last = 0;
        let mut left = keys.len();
        while let Some(first) = heap.due.first().copied() {
            assert!(first.at >= last);
            last = first.at;
            drop(heap.take(0));
            left -= 1;
        }
        assert_eq!(left, 0);
    }
}

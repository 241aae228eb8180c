//! What a program's goroutines share while it really runs, and what is written down about them.
//!
//! Each goroutine writes a log of its own, behind a lock that nobody else takes until it rests, so
//! that recording adds no ordering between goroutines which could hide a race.

use crate::history::{Event, Outcome};
use crate::program::{Delay, Gid, Program, Value};
use gosched_runtime::JoinHandle;
use gosched_runtime::chan::Hchan;
use gosched_runtime::sched::Sched;
use gosched_runtime::sync::{Mutex, WaitGroup};
use gosched_runtime::time::{Ticker, Timer};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering::SeqCst, fence};
use std::sync::{Arc, Mutex as StdMutex, Weak};
use std::task::Waker;
use std::time::Instant;

/// Nanoseconds since the program began.
pub type Time = u64;

/// An outcome, and when its operation began and ended.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    pub event: Event,
    pub begin: Time,
    pub end: Time,
}

/// What a timer's function did.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub timer: usize,
    pub outcome: Outcome,
    pub begin: Time,
    pub end: Time,
}

/// Where a goroutine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    NotStarted,
    /// Between two lines, or about to start.
    Running,
    /// Somewhere within this line.
    In(usize),
    Returned,
    Panicked,
}

/// A goroutine's phase, with the number of its changes, so that two equal readings mean that
/// nothing happened between them.
#[derive(Default)]
pub struct Progress(AtomicU64);

const PHASE_BITS: u32 = 20;

impl Progress {
    pub fn set(&self, phase: Phase) {
        let code = match phase {
            Phase::NotStarted => 0,
            Phase::Running => 1,
            Phase::Returned => 2,
            Phase::Panicked => 3,
            Phase::In(line) => 4 + line as u64,
        };
        // One writer at a time: who starts it, then itself.
        let changes = (self.0.load(SeqCst) >> PHASE_BITS) + 1;
        self.0.store(changes << PHASE_BITS | code, SeqCst);
    }

    /// To compare with a later reading.
    pub fn stamp(&self) -> u64 {
        self.0.load(SeqCst)
    }

    pub fn phase(stamp: u64) -> Phase {
        match stamp & ((1 << PHASE_BITS) - 1) {
            0 => Phase::NotStarted,
            1 => Phase::Running,
            2 => Phase::Returned,
            3 => Phase::Panicked,
            code => Phase::In(code as usize - 4),
        }
    }
}

#[derive(Default)]
pub struct Routine {
    pub progress: Progress,
    pub records: StdMutex<Vec<Record>>,
    /// When its present line began.
    pub began: AtomicU64,
    pub handle: StdMutex<Option<JoinHandle<usize>>>,
    /// To end it when the program rests.
    pub waker: StdMutex<Option<Waker>>,
}

/// A timer as its owner knows it.
pub enum Clock {
    Once(Timer),
    Again(Ticker),
}

#[derive(Default)]
pub struct TimerSlot {
    pub clock: StdMutex<Option<Clock>>,
    /// What it was last set to, until it was stopped or its time was received.
    pub armed: StdMutex<Option<Delay>>,
}

/// Nobody holds the mutex.
pub const NOBODY: usize = usize::MAX;

pub struct World {
    pub program: Arc<Program>,
    pub sched: Arc<Sched<()>>,
    pub chans: Vec<Arc<Hchan<Value>>>,
    pub mutexes: Vec<Mutex<u64>>,
    pub holders: Vec<AtomicUsize>,
    pub groups: Vec<WaitGroup>,
    pub routines: Vec<Routine>,
    pub timers: Vec<TimerSlot>,
    /// Functions of timers that will run soon, or run now.
    pub due: AtomicI64,
    pub calls: StdMutex<Vec<Call>>,
    /// Everybody ends at its next step.
    pub over: AtomicBool,
    /// Chooses the pauses between lines; another one for each run of the same program.
    pub jitter: u64,
    start: Instant,
    me: Weak<Self>,
}

impl World {
    pub fn new(program: &Arc<Program>, sched: &Arc<Sched<()>>, jitter: u64) -> Arc<Self> {
        let group = |&count: &i64| {
            let group = WaitGroup::new();
            group.add(count).expect("a positive count");
            group
        };
        Arc::new_cyclic(|me| Self {
            program: program.clone(),
            sched: sched.clone(),
            chans: program
                .chans
                .iter()
                .map(|&capacity| Arc::new(Hchan::new(capacity)))
                .collect(),
            mutexes: (0..program.mutexes).map(|_| Mutex::new(0)).collect(),
            holders: (0..program.mutexes)
                .map(|_| AtomicUsize::new(NOBODY))
                .collect(),
            groups: program.groups.iter().map(group).collect(),
            routines: program
                .goroutines
                .iter()
                .map(|_| Routine::default())
                .collect(),
            timers: (0..program.timers).map(|_| TimerSlot::default()).collect(),
            due: AtomicI64::new(0),
            calls: StdMutex::default(),
            over: AtomicBool::new(false),
            jitter,
            start: Instant::now(),
            me: me.clone(),
        })
    }

    pub fn now(&self) -> Time {
        self.start.elapsed().as_nanos() as Time
    }

    /// When what this thread has just done is there for all others. Clocks go faster than stores: the
    /// last one may still be under way when the clock is read, and others, reading theirs later, see what
    /// was before it. Channels promise an order to those who communicate, not to those who compare clocks.
    pub fn now_that_it_is_done(&self) -> Time {
        fence(SeqCst);
        self.now()
    }

    pub fn shared(&self) -> Arc<Self> {
        self.me.upgrade().expect("whoever asks holds it")
    }

    pub fn is_over(&self) -> bool {
        self.over.load(SeqCst)
    }

    pub fn record(&self, g: Gid, line: usize, outcome: Outcome, begin: Time) {
        let event = Event { line, outcome };
        let end = self.now_that_it_is_done();
        self.routines[g]
            .records
            .lock()
            .unwrap()
            .push(Record { event, begin, end });
    }
}

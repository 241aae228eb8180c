//! One program on a real scheduler, from its start until nothing of it is left.

use crate::checker::check;
use crate::explorer::explore;
use crate::history::Final;
use crate::interpreter::interpret;
use crate::program::{Kind, Program};
use crate::rest::{Rest, look};
use crate::runner::goroutine;
use crate::world::{Clock, Progress, Routine, World};
use gosched_runtime::Runtime;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

/// How many programs share a scheduler, so that they also meet what others left behind.
const PROGRAMS_PER_RUNTIME: u32 = 50;

/// What the model says about a program.
pub enum Expected {
    /// The one ending, whatever the schedule.
    One(Box<Final>),
    /// All endings there are.
    OneOf(HashSet<Final>),
    /// Only what the checker knows.
    Lawful,
}

impl Expected {
    /// `None`: a tiny program with too many states.
    ///
    /// # Panics
    /// If a network has two endings: the generator's mistake.
    pub fn of(program: &Program) -> Option<Self> {
        Some(match program.kind {
            Kind::Network => {
                let one = interpret(program, 1).without_schedule();
                let other = interpret(program, 2).without_schedule();
                assert!(
                    one == other,
                    "the generator made a network with two endings:\n{program}\n{}",
                    one.difference(&other, program)
                );
                Self::One(Box::new(one))
            }
            Kind::Tiny => Self::OneOf(explore(program)?),
            Kind::Races => Self::Lawful,
        })
    }

    fn compare(&self, real: &Final, program: &Program) -> Result<(), String> {
        match self {
            Self::One(one) => {
                let real = real.clone().without_schedule();
                if **one == real {
                    return Ok(());
                }
                Err(one.difference(&real, program))
            }
            Self::OneOf(all) if all.contains(real) => Ok(()),
            Self::OneOf(all) => {
                let some: Vec<String> = all.iter().take(8).map(Final::to_string).collect();
                Err(format!(
                    "the model reaches {} endings, and not the real one:\n{real}Of those are:\n{}",
                    all.len(),
                    some.join("\n")
                ))
            }
            Self::Lawful => Ok(()),
        }
    }
}

/// Runs programs one after the other.
pub struct Driver {
    runtime: Option<Runtime>,
    used: u32,
    /// How long a program may take to come to rest, or to end, before it counts as stuck. Far more
    /// than any of them takes: they stop a few milliseconds after they began.
    patience: Duration,
    /// Different pauses for each run.
    runs: u64,
}

impl Driver {
    pub fn new(patience: Duration) -> Self {
        Self {
            runtime: None,
            used: 0,
            patience,
            runs: 0,
        }
    }

    /// Runs so many copies of `program` at the same time and judges each. `Err`: what is wrong.
    pub fn run(
        &mut self,
        program: &Arc<Program>,
        expected: &Expected,
        copies: usize,
    ) -> Result<Vec<Final>, String> {
        if self.used == PROGRAMS_PER_RUNTIME {
            self.runtime = None;
        }
        if self.runtime.is_none() {
            self.runtime = Some(Runtime::new(program.procs));
            self.used = 0;
        }
        self.used += 1;
        self.runs += 1;
        let result = self.run_and_end(program, expected, copies);
        if result.is_err() {
            // It may never end: its threads stay behind.
            std::mem::forget(self.runtime.take());
        }
        result
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("made by run")
    }

    fn run_and_end(
        &self,
        program: &Arc<Program>,
        expected: &Expected,
        copies: usize,
    ) -> Result<Vec<Final>, String> {
        let sched = self.runtime().sched();
        sched.set_procs(program.procs);
        let worlds: Vec<Arc<World>> = (0..copies)
            .map(|copy| World::new(program, sched, self.runs << 16 | copy as u64))
            .collect();
        for world in &worlds {
            let main = self.runtime().go(goroutine(world.clone(), 0));
            *world.routines[0].handle.lock().unwrap() = Some(main);
        }
        let mut blocked = 0;
        let mut outcomes = Vec::new();
        for world in &worlds {
            let rest = self.rest(world)?;
            let mut wrong = check(world, &rest);
            wrong.extend(expected.compare(&rest.outcome, program).err());
            if !wrong.is_empty() {
                return Err(format!("{}\nthe run:\n{}", wrong.join("\n"), rest.outcome));
            }
            blocked += rest.blocked.iter().flatten().count();
            outcomes.push(rest.outcome);
        }
        self.agree(blocked)?;
        self.end(&worlds)?;
        Ok(outcomes)
    }

    /// Waits until `done` says so; its error is why it does not.
    fn wait<T>(&self, mut done: impl FnMut() -> Result<T, String>) -> Result<T, String> {
        let start = Instant::now();
        let mut looks = 0_u32;
        loop {
            match done() {
                Ok(result) => return Ok(result),
                Err(reason) if start.elapsed() > self.patience => return Err(reason),
                Err(_) => {}
            }
            // Only how often it looks: what it looks at decides.
            looks += 1;
            if looks < 20 {
                std::thread::yield_now();
            } else {
                std::thread::park_timeout(Duration::from_micros(u64::from(looks.min(200))));
            }
        }
    }

    fn rest(&self, world: &World) -> Result<Rest, String> {
        self.wait(|| look(world)).map_err(|reason| {
            let routines: Vec<String> = world.routines.iter().map(describe).collect();
            let sched = self.runtime().sched();
            let table = sched.table().all();
            let states: Vec<_> = table.iter().map(|g| (g.id, g.state)).collect();
            let (spinning, live) = (sched.spinning(), sched.live());
            format!(
                "a hang: {reason}\n{}\nscheduler: {states:?}, {spinning} look for work, live {live}",
                routines.join("\n")
            )
        })
    }

    /// The scheduler's books: alive are those who are blocked, and nobody else.
    fn agree(&self, blocked: usize) -> Result<(), String> {
        let table = self.runtime().sched().table();
        self.wait(|| match table.len() {
            alive if alive == blocked => Ok(()),
            alive => Err(format!("{blocked} are blocked, {alive} are in the table")),
        })
    }

    /// Ends those who are blocked: by closing what they wait on, every other time, and by dropping
    /// what they wait with. Afterwards nothing may be left.
    fn end(&self, worlds: &[Arc<World>]) -> Result<(), String> {
        for world in worlds {
            end(world, self.runs.is_multiple_of(2));
        }
        let sched = self.runtime().sched();
        self.wait(|| {
            let (alive, live) = (sched.table().len(), sched.live());
            let chans = worlds.iter().flat_map(|world| &world.chans);
            let parked = chans.map(|chan| chan.waiters());
            let parked: Vec<_> = parked.filter(|&waiters| waiters != (0, 0)).collect();
            if alive == 0 && live == 0 && parked.is_empty() {
                return Ok(());
            }
            Err(format!(
                "a leak: all were ended, {alive} are in the table, live is {live}, parked {parked:?}"
            ))
        })
    }
}

fn describe(routine: &Routine) -> String {
    let phase = Progress::phase(routine.progress.stamp());
    let recorded = routine.records.lock().unwrap().len();
    format!("  {phase:?}, {recorded} outcomes")
}

fn end(world: &World, by_closing: bool) {
    world.over.store(true, SeqCst);
    if by_closing {
        for chan in &world.chans {
            let _ = chan.close(); // or the program did
        }
    }
    for routine in &world.routines {
        let waker = routine.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
    for slot in &world.timers {
        match slot.clock.lock().unwrap().take() {
            Some(Clock::Once(timer)) => {
                timer.stop();
            }
            Some(Clock::Again(ticker)) => ticker.stop(),
            None => {}
        }
    }
}

//! Runs a program on the real runtime: one goroutine for each of its goroutines.

use crate::clocks;
use crate::dice::Dice;
use crate::history::Outcome;
use crate::program::{Arm, Gid, Op, Program, value};
use crate::world::{NOBODY, Phase, World};
use gosched_runtime::chan::Hchan;
use gosched_runtime::error::{TryRecvError, TrySendError};
use gosched_runtime::select::{Case, Selected, select, try_select};
use gosched_runtime::sync::MutexGuard;
use gosched_runtime::{block_in_place, go, yield_now};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// The future of goroutine `g`. Its output is how much it has recorded.
pub fn goroutine(world: Arc<World>, g: Gid) -> Endable {
    world.routines[g].progress.set(Phase::Running);
    let body = Box::pin(run(world.clone(), g));
    Endable {
        world,
        g,
        body: Some(body),
    }
}

/// A goroutine that can be ended where it is blocked: by dropping what it waits with.
pub struct Endable {
    world: Arc<World>,
    g: Gid,
    body: Option<Pin<Box<dyn Future<Output = usize> + Send>>>,
}

impl Future for Endable {
    type Output = usize;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
        let this = &mut *self;
        let mut waker = this.world.routines[this.g].waker.lock().unwrap();
        waker.get_or_insert_with(|| cx.waker().clone());
        drop(waker);
        match &mut this.body {
            Some(body) if !this.world.is_over() => body.as_mut().poll(cx),
            _ => {
                this.body = None;
                Poll::Ready(0)
            }
        }
    }
}

async fn run(world: Arc<World>, g: Gid) -> usize {
    let world = &*world;
    let routine = &world.routines[g];
    let mut runner = Runner {
        world,
        g,
        recorded: 0,
        turns: 0,
        guards: world.mutexes.iter().map(|_| None).collect(),
        jitter: Dice::new(world.jitter ^ (g as u64) << 48),
        temper: Dice::new(world.jitter).below(4),
    };
    let mut line = 0;
    while let Some(op) = world.program.op(g, line) {
        runner.pause().await;
        if world.is_over() {
            break;
        }
        let begin = world.now();
        routine.began.store(begin, SeqCst);
        routine.progress.set(Phase::In(line));
        let outcome = runner.perform(op).await;
        if let Some(outcome) = outcome {
            world.record(g, line, outcome, begin);
            runner.recorded += 1;
        }
        line = runner.next(line, op, outcome);
        routine.progress.set(Phase::Running);
        clocks::note(world, op, outcome);
    }
    routine.progress.set(Phase::Returned);
    runner.recorded
}

struct Runner<'a> {
    world: &'a World,
    g: Gid,
    recorded: usize,
    turns: u32,
    guards: Vec<Option<MutexGuard<'a, u64>>>,
    jitter: Dice,
    /// How this run of the program goes about pauses.
    temper: usize,
}

impl<'a> Runner<'a> {
    /// Now and then a moment passes between two lines, so that runs differ: in half of the runs
    /// others on this P go first, in half the thread is busy or loses its CPU.
    async fn pause(&mut self) {
        if self.temper & 1 != 0 && self.jitter.one_in(4) {
            yield_now().await;
        }
        if self.temper & 2 == 0 {
            return;
        }
        match self.jitter.below(64) {
            0 => std::thread::yield_now(),
            1..12 => {
                for _ in 0..self.jitter.below(200) {
                    std::hint::spin_loop();
                }
            }
            _ => {}
        }
    }

    fn next(&mut self, line: usize, op: &Op, outcome: Option<Outcome>) -> usize {
        match (op, outcome) {
            (&Op::Range { done, .. }, Some(Outcome::Drained(_))) => done,
            (&Op::Goto(to), _) => to,
            (&Op::Repeat { to, times }, _) => {
                self.turns += 1;
                if self.turns < times {
                    return to;
                }
                self.turns = 0;
                line + 1
            }
            _ => line + 1,
        }
    }

    /// Does one line. `None`: it can only come to one thing.
    async fn perform(&mut self, op: &Op) -> Option<Outcome> {
        let world = self.world;
        match *op {
            Op::Send(chan) => {
                let sent = world.chans[chan].send(self.value(0)).await;
                Some(sent.map_or(Outcome::SendOnClosed(0), |()| Outcome::Sent(0)))
            }
            Op::Recv(chan) | Op::Range { chan, .. } => {
                Some(received(world.chans[chan].recv().await))
            }
            Op::TrySend(chan) => Some(match world.chans[chan].try_send(self.value(0)) {
                Ok(()) => Outcome::Sent(0),
                Err(TrySendError::Full(_)) => Outcome::NotReady,
                Err(TrySendError::Closed(_)) => Outcome::SendOnClosed(0),
            }),
            Op::TryRecv(chan) => Some(match world.chans[chan].try_recv() {
                Ok(value) => Outcome::Received(0, value),
                Err(TryRecvError::Empty) => Outcome::NotReady,
                Err(TryRecvError::Closed) => Outcome::Drained(0),
            }),
            Op::Close(chan) => {
                let closed = world.chans[chan].close();
                Some(closed.map_or(Outcome::CloseOfClosed, |()| Outcome::Closed))
            }
            Op::Len(chan) => Some(Outcome::Len(world.chans[chan].len())),
            Op::Parked { chan, count } => Some(self.parked(chan, count).await),
            Op::Select { ref arms, default } => Some(self.select(arms, default).await),
            Op::Spawn(child) => {
                self.spawn(child);
                None
            }
            Op::Join(child) => Some(self.join(child).await),
            Op::Lock(mutex) => {
                let guard = world.mutexes[mutex].lock().await;
                Some(self.locked(mutex, guard))
            }
            Op::TryLock(mutex) => Some(match world.mutexes[mutex].try_lock() {
                Some(guard) => self.locked(mutex, guard),
                None => Outcome::NotLocked,
            }),
            Op::Unlock(mutex) => {
                self.unlock(mutex);
                None
            }
            Op::Done(group) => {
                let done = world.groups[group].done();
                Some(done.map_or(Outcome::NegativeCounter, |()| Outcome::Done))
            }
            Op::Wait(group) => {
                world.groups[group].wait().await;
                Some(Outcome::Waited)
            }
            _ => self.pass_time(op).await,
        }
    }

    async fn pass_time(&mut self, op: &Op) -> Option<Outcome> {
        match *op {
            Op::Yield => yield_now().await,
            Op::Block(us) => {
                let until = Instant::now() + Duration::from_micros(u64::from(us));
                block_in_place(|| while Instant::now() < until {});
            }
            Op::Procs(procs) => {
                self.world.sched.set_procs(procs);
            }
            Op::Panic => {
                self.world.routines[self.g].progress.set(Phase::Panicked);
                // Without the report on stderr.
                std::panic::resume_unwind(Box::new("the program says so"));
            }
            Op::Repeat { .. } | Op::Goto(_) => {}
            _ => return clocks::perform(self.world, op).await,
        }
        None
    }

    async fn parked(&self, chan: usize, count: usize) -> Outcome {
        /// Enough for those who were started before to come that far.
        const LOOKS: usize = 50;
        for _ in 0..LOOKS {
            let (receivers, senders) = self.world.chans[chan].waiters();
            if receivers + senders >= count {
                return Outcome::Parked(true);
            }
            yield_now().await;
        }
        Outcome::Parked(false)
    }

    fn value(&self, case: usize) -> u64 {
        value(self.g, self.recorded, case)
    }

    fn spawn(&self, child: Gid) {
        let handle = go(goroutine(self.world.shared(), child));
        *self.world.routines[child].handle.lock().unwrap() = Some(handle);
    }

    async fn join(&self, child: Gid) -> Outcome {
        let handle = self.world.routines[child].handle.lock().unwrap().take();
        match handle
            .expect("its parent joins it once, after it started")
            .await
        {
            Ok(recorded) => {
                let records = self.world.routines[child].records.lock().unwrap().len();
                let itself = recorded == records || self.world.is_over();
                assert!(
                    itself,
                    "g{child} returned {recorded} and recorded {records}"
                );
                Outcome::Returned
            }
            Err(_) => Outcome::Panicked,
        }
    }

    fn locked(&mut self, mutex: usize, guard: MutexGuard<'a, u64>) -> Outcome {
        let number = *guard;
        let before = self.world.holders[mutex].swap(self.g, SeqCst);
        assert_eq!(
            before, NOBODY,
            "m{mutex} is held by g{before} and g{}",
            self.g
        );
        self.guards[mutex] = Some(guard);
        Outcome::Locked(number)
    }

    fn unlock(&mut self, mutex: usize) {
        if let Some(mut guard) = self.guards[mutex].take() {
            *guard += 1;
            self.world.holders[mutex].store(NOBODY, SeqCst);
        }
    }

    async fn select(&mut self, arms: &[Arm], default: bool) -> Outcome {
        let chans: &[Arc<Hchan<u64>>] = &self.world.chans;
        let mut cases: Vec<Case<&Hchan<u64>, u64>> = arms
            .iter()
            .enumerate()
            .map(|(case, &arm)| match arm {
                Arm::Recv(chan) => Case::Recv(&*chans[chan]),
                Arm::Send(chan) => Case::Send(&*chans[chan], Some(self.value(case))),
                Arm::Never => Case::Never,
            })
            .collect();
        let selected = if default {
            try_select(&mut cases)
        } else {
            select(&mut cases).await
        };
        match selected {
            Selected::Received(case, Some(value)) => Outcome::Received(case as usize, value),
            Selected::Received(case, None) => Outcome::Drained(case as usize),
            Selected::Sent(case) => Outcome::Sent(case as usize),
            Selected::SendOnClosed(case) => Outcome::SendOnClosed(case as usize),
            Selected::NotReady => Outcome::NotReady,
        }
    }
}

impl Drop for Runner<'_> {
    /// When it ends inside a section, the guard goes with it.
    fn drop(&mut self) {
        for (mutex, guard) in self.guards.iter().enumerate() {
            if guard.is_some() {
                self.world.holders[mutex].store(NOBODY, SeqCst);
            }
        }
    }
}

fn received(value: Option<u64>) -> Outcome {
    value.map_or(Outcome::Drained(0), |value| Outcome::Received(0, value))
}

/// Whether a line can block.
pub fn can_block(op: &Op) -> bool {
    match op {
        Op::TrySend(_) | Op::TryRecv(_) | Op::Select { default: true, .. } => false,
        Op::Select { .. }
        | Op::Lock(_)
        | Op::Join(_)
        | Op::Wait(_)
        | Op::Sleep(_)
        | Op::RecvTimer(_) => true,
        op => !Program::arms(op).is_empty(),
    }
}

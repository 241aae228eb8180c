//! The reference: Go's semantics on one thread, one step at a time.
//!
//! A [`State`] knows which [`Move`]s are possible; making one is atomic, as each operation is under
//! a channel's lock. Everything that a schedule or chance decides is a choice of the caller: which
//! move comes next, and within a move which of several ready cases is done (`choose(n)` gives a
//! number below `n`). So one schedule is one run ([`crate::interpreter`]), and all choices together
//! are all that a correct runtime may do ([`crate::explorer`]).
//!
//! Time is a choice too: a timer that has been started may fire at any moment, except one of
//! [`Delay::Never`]. Lines that neither wait nor are seen by others (`go`, `Gosched`, jumps, short
//! sleeps) are done together with the line before them, which loses no outcome: another goroutine
//! could have run later just as well.

use crate::history::{End, Event, Final, Outcome};
use crate::program::{Arm, Delay, Effect, Gid, Op, Program, Value, timer_value, value};
use std::collections::VecDeque;

/// One atomic step.
#[derive(Clone, Copy, Debug)]
pub enum Move {
    /// The goroutine does its line, or blocks on it.
    Run(Gid),
    /// The timer fires. A time is there at once; a function is yet to run.
    Fire(usize),
    /// The function of a timer that has fired runs.
    Call(usize),
}

pub type Choose<'a> = &'a mut dyn FnMut(usize) -> usize;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Status {
    NotStarted,
    Ready,
    /// In the queues of its line's channels, or waiting for a wait group or a timer.
    Blocked,
    Returned,
    Panicked,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Routine {
    status: Status,
    line: usize,
    /// How often the loop that it is in has been run. Loops do not nest.
    turns: u32,
    history: Vec<Event>,
}

#[derive(Clone, PartialEq, Eq, Hash, Default)]
struct Chan {
    buffer: VecDeque<Value>,
    closed: bool,
    /// Each goroutine once, however many of its cases wait here.
    recvq: VecDeque<Gid>,
    sendq: VecDeque<Gid>,
}

#[derive(Clone, PartialEq, Eq, Hash, Default)]
struct Mutex {
    holder: Option<Gid>,
    number: u64,
}

#[derive(Clone, PartialEq, Eq, Hash, Default)]
struct Timer {
    effect: Option<Effect>,
    armed: Option<Delay>,
    /// A time is in its channel.
    full: bool,
    /// How often its function is yet to run. `Stop` comes too late for these.
    called: u8,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct State {
    routines: Vec<Routine>,
    chans: Vec<Chan>,
    mutexes: Vec<Mutex>,
    groups: Vec<i64>,
    timers: Vec<Timer>,
}

impl State {
    pub fn new(program: &Program) -> Self {
        let routine = |_| Routine {
            status: Status::NotStarted,
            line: 0,
            turns: 0,
            history: Vec::new(),
        };
        let mut state = Self {
            routines: (0..program.goroutines.len()).map(routine).collect(),
            chans: vec![Chan::default(); program.chans.len()],
            mutexes: vec![Mutex::default(); program.mutexes],
            groups: program.groups.clone(),
            timers: vec![Timer::default(); program.timers],
        };
        state.start(program, 0);
        state
    }

    /// What can happen next. Nothing: the program has come to rest.
    pub fn moves(&self, program: &Program) -> Vec<Move> {
        let runs = (0..self.routines.len()).filter(|&g| self.can_run(program, g));
        let timers = 0..self.timers.len();
        let fires = timers.clone().filter(|&timer| self.can_fire(timer));
        let calls = timers.filter(|&timer| self.timers[timer].called > 0);
        runs.map(Move::Run)
            .chain(fires.map(Move::Fire))
            .chain(calls.map(Move::Call))
            .collect()
    }

    pub fn make(&mut self, program: &Program, next: Move, choose: Choose) {
        match next {
            Move::Run(g) => self.run(program, g, choose),
            Move::Fire(timer) => self.fire(program, timer),
            Move::Call(timer) => self.call(program, timer, choose),
        }
    }

    pub fn finish(self) -> Final {
        let end = |routine: &Routine| match routine.status {
            Status::NotStarted => End::NotStarted,
            Status::Ready | Status::Blocked => End::Blocked(routine.line),
            Status::Returned => End::Returned,
            Status::Panicked => End::Panicked,
        };
        Final {
            ends: self.routines.iter().map(end).collect(),
            chans: self
                .chans
                .iter()
                .map(|chan| (chan.buffer.len(), chan.closed))
                .collect(),
            groups: self.groups,
            numbers: self.mutexes.iter().map(|mutex| mutex.number).collect(),
            histories: self.routines.into_iter().map(|r| r.history).collect(),
        }
    }

    fn can_run(&self, program: &Program, g: Gid) -> bool {
        if self.routines[g].status != Status::Ready {
            return false;
        }
        match program.op(g, self.routines[g].line) {
            // No queue: whoever comes first when it is free. A mutex may prefer those that wait.
            Some(&Op::Lock(mutex)) => self.mutexes[mutex].holder.is_none(),
            Some(&Op::Join(other)) => matches!(
                self.routines[other].status,
                Status::Returned | Status::Panicked
            ),
            _ => true,
        }
    }

    fn can_fire(&self, timer: usize) -> bool {
        let timer = &self.timers[timer];
        matches!(timer.armed, Some(Delay::Micros(_))) && !timer.full
    }

    fn start(&mut self, program: &Program, g: Gid) {
        self.routines[g].status = Status::Ready;
        self.run_unseen(program, g);
    }

    /// `g` has done its line: the next one, and those that nobody sees.
    fn go_on(&mut self, program: &Program, g: Gid, line: usize) {
        let routine = &mut self.routines[g];
        routine.status = Status::Ready;
        routine.line = line;
        self.run_unseen(program, g);
    }

    fn run_unseen(&mut self, program: &Program, g: Gid) {
        loop {
            let routine = &mut self.routines[g];
            let Some(op) = program.op(g, routine.line) else {
                return self.end(g, Status::Returned);
            };
            routine.line += 1;
            match *op {
                Op::Yield | Op::Block(_) | Op::Procs(_) | Op::Sleep(Delay::Micros(_)) => {}
                Op::Goto(to) => routine.line = to,
                Op::Repeat { to, times } => {
                    routine.turns += 1;
                    if routine.turns < times {
                        routine.line = to;
                    } else {
                        routine.turns = 0;
                    }
                }
                Op::Spawn(child) => self.start(program, child),
                _ => {
                    routine.line -= 1;
                    return;
                }
            }
        }
    }

    fn end(&mut self, g: Gid, status: Status) {
        self.routines[g].status = status;
        for mutex in &mut self.mutexes {
            if mutex.holder == Some(g) {
                mutex.holder = None;
            }
        }
    }

    fn record(&mut self, g: Gid, outcome: Outcome) {
        let routine = &mut self.routines[g];
        let line = routine.line;
        routine.history.push(Event { line, outcome });
    }

    /// The line of `g` has come to `outcome`, by itself or by somebody else's.
    fn complete(&mut self, program: &Program, g: Gid, outcome: Outcome) {
        self.record(g, outcome);
        let line = self.routines[g].line;
        let next = match (program.op(g, line), outcome) {
            (Some(&Op::Range { done, .. }), Outcome::Drained(_)) => done,
            _ => line + 1,
        };
        self.go_on(program, g, next);
    }

    fn run(&mut self, program: &Program, g: Gid, choose: Choose) {
        let line = self.routines[g].line;
        let op = program
            .op(g, line)
            .expect("one that has ended does not run");
        let arms = Program::arms(op);
        if !arms.is_empty() || matches!(op, Op::Select { .. }) {
            return self.run_arms(program, g, &arms, op, choose);
        }
        let outcome = match *op {
            Op::Close(chan) if self.chans[chan].closed => Some(Outcome::CloseOfClosed),
            Op::Close(chan) => {
                self.close(program, chan, choose);
                Some(Outcome::Closed)
            }
            Op::Len(chan) => Some(Outcome::Len(self.chans[chan].buffer.len())),
            Op::Parked { chan, count } => {
                let Chan { recvq, sendq, .. } = &self.chans[chan];
                let seen = recvq.len() + sendq.len() >= count && choose(2) == 1;
                Some(Outcome::Parked(seen))
            }
            Op::Join(other) if self.routines[other].status == Status::Panicked => {
                Some(Outcome::Panicked)
            }
            Op::Join(_) => Some(Outcome::Returned),
            Op::Lock(mutex) | Op::TryLock(mutex) => Some(self.lock(g, mutex)),
            Op::Unlock(mutex) => {
                let mutex = &mut self.mutexes[mutex];
                if mutex.holder == Some(g) {
                    mutex.holder = None;
                    mutex.number += 1;
                }
                None
            }
            Op::Done(group) => Some(self.done(program, group)),
            Op::Wait(group) if self.groups[group] == 0 => Some(Outcome::Waited),
            Op::Panic => return self.end(g, Status::Panicked),
            Op::Wait(_) | Op::Sleep(_) => {
                self.routines[g].status = Status::Blocked;
                return;
            }
            _ => return self.run_timer(program, g, op),
        };
        match outcome {
            Some(outcome) => self.complete(program, g, outcome),
            None => self.go_on(program, g, line + 1),
        }
    }

    fn lock(&mut self, g: Gid, mutex: usize) -> Outcome {
        let mutex = &mut self.mutexes[mutex];
        if mutex.holder.is_some() {
            return Outcome::NotLocked;
        }
        mutex.holder = Some(g);
        Outcome::Locked(mutex.number)
    }

    fn done(&mut self, program: &Program, group: usize) -> Outcome {
        if self.groups[group] == 0 {
            return Outcome::NegativeCounter;
        }
        self.groups[group] -= 1;
        if self.groups[group] == 0 {
            for g in self.blocked_on(program, &Op::Wait(group)) {
                self.complete(program, g, Outcome::Waited);
            }
        }
        Outcome::Done
    }

    fn blocked_on(&self, program: &Program, op: &Op) -> Vec<Gid> {
        (0..self.routines.len())
            .filter(|&g| {
                let routine = &self.routines[g];
                routine.status == Status::Blocked && program.op(g, routine.line) == Some(op)
            })
            .collect()
    }
}

/// Channels and select.
impl State {
    fn is_ready(&self, program: &Program, arm: Arm) -> bool {
        match arm {
            Arm::Never => false,
            Arm::Recv(chan) => {
                let chan = &self.chans[chan];
                chan.closed || !chan.buffer.is_empty() || !chan.sendq.is_empty()
            }
            Arm::Send(number) => {
                let chan = &self.chans[number];
                chan.closed || !chan.recvq.is_empty() || chan.buffer.len() < program.chans[number]
            }
        }
    }

    fn run_arms(&mut self, program: &Program, g: Gid, arms: &[Arm], op: &Op, choose: Choose) {
        let ready: Vec<usize> = (0..arms.len())
            .filter(|&case| self.is_ready(program, arms[case]))
            .collect();
        if !ready.is_empty() {
            let case = ready[choose(ready.len())];
            let outcome = match arms[case] {
                Arm::Recv(chan) => self.receive(program, chan, case, choose),
                Arm::Send(chan) => {
                    let value = value(g, self.routines[g].history.len(), case);
                    self.send(program, chan, value, case, choose)
                }
                Arm::Never => unreachable!("never ready"),
            };
            return self.complete(program, g, outcome);
        }
        match op {
            Op::TrySend(_) | Op::TryRecv(_) | Op::Select { default: true, .. } => {
                self.complete(program, g, Outcome::NotReady);
            }
            _ => self.park(g, arms),
        }
    }

    fn park(&mut self, g: Gid, arms: &[Arm]) {
        self.routines[g].status = Status::Blocked;
        for &arm in arms {
            let queue = match arm {
                Arm::Recv(chan) => &mut self.chans[chan].recvq,
                Arm::Send(chan) => &mut self.chans[chan].sendq,
                Arm::Never => continue,
            };
            if !queue.contains(&g) {
                queue.push_back(g);
            }
        }
    }

    /// Takes `g`, which waits for `arm`, out of all queues. Of several such cases any one is it.
    fn unpark(&mut self, program: &Program, g: Gid, arm: Arm, choose: Choose) -> usize {
        for chan in &mut self.chans {
            chan.recvq.retain(|&other| other != g);
            chan.sendq.retain(|&other| other != g);
        }
        let op = program.op(g, self.routines[g].line).expect("it is blocked");
        let cases: Vec<usize> = Program::arms(op)
            .iter()
            .enumerate()
            .filter_map(|(case, &other)| (other == arm).then_some(case))
            .collect();
        cases[choose(cases.len())]
    }

    fn send(
        &mut self,
        program: &Program,
        chan: usize,
        value: Value,
        case: usize,
        choose: Choose,
    ) -> Outcome {
        if self.chans[chan].closed {
            return Outcome::SendOnClosed(case);
        }
        match self.chans[chan].recvq.front() {
            Some(&receiver) => {
                let case = self.unpark(program, receiver, Arm::Recv(chan), choose);
                self.complete(program, receiver, Outcome::Received(case, value));
            }
            None => self.chans[chan].buffer.push_back(value),
        }
        Outcome::Sent(case)
    }

    fn receive(&mut self, program: &Program, chan: usize, case: usize, choose: Choose) -> Outcome {
        if let Some(&sender) = self.chans[chan].sendq.front() {
            let recorded = self.routines[sender].history.len();
            let sent = self.unpark(program, sender, Arm::Send(chan), choose);
            self.chans[chan]
                .buffer
                .push_back(value(sender, recorded, sent));
            self.complete(program, sender, Outcome::Sent(sent));
        }
        match self.chans[chan].buffer.pop_front() {
            Some(value) => Outcome::Received(case, value),
            None => Outcome::Drained(case),
        }
    }

    fn close(&mut self, program: &Program, chan: usize, choose: Choose) {
        self.chans[chan].closed = true;
        while let Some(&g) = self.chans[chan].recvq.front() {
            let case = self.unpark(program, g, Arm::Recv(chan), choose);
            self.complete(program, g, Outcome::Drained(case));
        }
        while let Some(&g) = self.chans[chan].sendq.front() {
            let case = self.unpark(program, g, Arm::Send(chan), choose);
            self.complete(program, g, Outcome::SendOnClosed(case));
        }
    }
}

/// Timers, as since Go 1.23: after `Stop` and `Reset` no time of before is received.
impl State {
    fn run_timer(&mut self, program: &Program, g: Gid, op: &Op) {
        let next = self.routines[g].line + 1;
        let outcome = match *op {
            Op::Start {
                timer,
                delay,
                effect,
            } => {
                self.timers[timer] = Timer {
                    effect: Some(effect),
                    armed: Some(delay),
                    ..Timer::default()
                };
                return self.go_on(program, g, next);
            }
            Op::Stop(timer) => self.disarm(timer, None),
            Op::Reset(timer, delay) => self.disarm(timer, Some(delay)),
            Op::RecvTimer(timer) | Op::TryRecvTimer(timer) if self.timers[timer].full => {
                self.timers[timer].full = false;
                Some(Outcome::Time)
            }
            Op::TryRecvTimer(_) => Some(Outcome::NotReady),
            Op::RecvTimer(_) => {
                self.routines[g].status = Status::Blocked;
                return;
            }
            _ => unreachable!("{op:?} is done elsewhere"),
        };
        match outcome {
            Some(outcome) => self.complete(program, g, outcome),
            None => self.go_on(program, g, next),
        }
    }

    /// A ticker does not say whether it was active.
    fn disarm(&mut self, number: usize, delay: Option<Delay>) -> Option<Outcome> {
        let timer = &mut self.timers[number];
        let active = timer.armed.is_some() || timer.full;
        timer.armed = delay;
        timer.full = false;
        (timer.effect != Some(Effect::Ticks)).then_some(Outcome::WasActive(active))
    }

    fn fire(&mut self, program: &Program, number: usize) {
        let timer = &mut self.timers[number];
        if timer.effect != Some(Effect::Ticks) {
            timer.armed = None;
        }
        if !matches!(timer.effect, Some(Effect::Tick | Effect::Ticks)) {
            timer.called += 1;
            return;
        }
        match self.blocked_on(program, &Op::RecvTimer(number)).first() {
            Some(&g) => self.complete(program, g, Outcome::Time),
            None => self.timers[number].full = true,
        }
    }

    fn call(&mut self, program: &Program, number: usize, choose: Choose) {
        self.timers[number].called -= 1;
        match self.timers[number].effect {
            Some(Effect::Send(chan)) if self.is_ready(program, Arm::Send(chan)) => {
                self.send(program, chan, timer_value(number), 0, choose);
            }
            Some(Effect::Close(chan)) if !self.chans[chan].closed => {
                self.close(program, chan, choose);
            }
            Some(Effect::Done(group)) => {
                self.done(program, group);
            }
            _ => {}
        }
    }
}

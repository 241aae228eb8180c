//! A program: what goroutines do, line by line, with jumps.
//!
//! Values carry no data. A send makes up its value from who sends and how much that goroutine has
//! recorded before ([`value`]), so that the model and the real run agree on it without talking, and
//! every value of a program is different.

use std::fmt;
use std::time::Duration;

pub type Gid = usize;
pub type Value = u64;

/// A value: the sender, the length of its history, and the case of its select.
pub fn value(sender: Gid, recorded: usize, case: usize) -> Value {
    (sender as u64) << 40 | (recorded as u64) << 8 | case as u64
}

/// Who sent it; a timer's own values have a sender beyond every goroutine.
pub fn sender(value: Value) -> Gid {
    (value >> 40) as Gid
}

/// The value that the function of timer `timer` sends.
pub fn timer_value(timer: usize) -> Value {
    value(TIMERS + timer, 0, 0)
}

const TIMERS: Gid = 1 << 16;

/// How long a sleep or a timer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delay {
    /// Microseconds: comes about while the program runs.
    Micros(u32),
    /// An hour: stands for never.
    Never,
}

impl Delay {
    pub fn duration(self) -> Duration {
        match self {
            Self::Micros(us) => Duration::from_micros(u64::from(us)),
            Self::Never => Duration::from_secs(3600),
        }
    }
}

/// What a timer does when it fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Sends the time on its own channel, as `NewTimer` does.
    Tick,
    /// The same again and again, as `NewTicker` does.
    Ticks,
    /// `AfterFunc`: a non-blocking send on this channel.
    Send(usize),
    /// `AfterFunc`: closes this channel.
    Close(usize),
    /// `AfterFunc`: `Done` of this wait group.
    Done(usize),
}

/// One case of a select.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arm {
    Recv(usize),
    Send(usize),
    /// A nil channel.
    Never,
}

/// One line. Channels, mutexes, wait groups and timers are named by their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    Send(usize),
    Recv(usize),
    TrySend(usize),
    TryRecv(usize),
    Close(usize),
    Len(usize),
    /// Looks for a while whether so many are parked on the channel. Only this shows in which order
    /// they came.
    Parked {
        chan: usize,
        count: usize,
    },
    /// Receives; goes to line `done` if the channel is closed and drained.
    Range {
        chan: usize,
        done: usize,
    },
    Select {
        arms: Vec<Arm>,
        default: bool,
    },
    /// Starts a goroutine. Every goroutine but 0 is started by one line of one other.
    Spawn(Gid),
    /// Waits for the end of a goroutine that the same one started.
    Join(Gid),
    /// Takes the mutex and reads the number that it guards.
    Lock(usize),
    TryLock(usize),
    /// Adds one to the number, and releases. Does nothing if a `TryLock` before it failed.
    Unlock(usize),
    Done(usize),
    Wait(usize),
    Sleep(Delay),
    /// Makes timer `timer`. A timer belongs to one goroutine.
    Start {
        timer: usize,
        delay: Delay,
        effect: Effect,
    },
    Stop(usize),
    Reset(usize, Delay),
    /// Receives from the timer's own channel.
    RecvTimer(usize),
    TryRecvTimer(usize),
    Yield,
    /// Blocks the thread for so many microseconds, in `block_in_place`.
    Block(u32),
    /// Changes GOMAXPROCS.
    Procs(usize),
    Panic,
    /// Goes back to line `to`, so that the lines between run `times` times in all.
    Repeat {
        to: usize,
        times: u32,
    },
    Goto(usize),
}

/// Which comparison a program is made for. See the head of `random_programs.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Network,
    Races,
    Tiny,
}

#[derive(Clone, Debug)]
pub struct Program {
    pub kind: Kind,
    /// GOMAXPROCS at the start.
    pub procs: usize,
    /// Capacities.
    pub chans: Vec<usize>,
    pub mutexes: usize,
    /// What each wait group counts from.
    pub groups: Vec<i64>,
    pub timers: usize,
    /// Goroutine 0 is the first.
    pub goroutines: Vec<Vec<Op>>,
}

impl Program {
    pub fn op(&self, g: Gid, line: usize) -> Option<&Op> {
        self.goroutines[g].get(line)
    }

    pub fn lines(&self) -> usize {
        self.goroutines.iter().map(Vec::len).sum()
    }

    /// What timer `timer` does. Every line that makes it says the same.
    pub fn effect(&self, timer: usize) -> Effect {
        let starts = |op: &Op| match *op {
            Op::Start {
                timer: other,
                effect,
                ..
            } if other == timer => Some(effect),
            _ => None,
        };
        let mut effects = self.goroutines.iter().flatten().filter_map(starts);
        effects.next().expect("a line makes it")
    }

    /// Whether the line can be left out, or another one put in its place: nothing refers to it. In
    /// a network, lines of timers are not: only as they stand do they leave nothing to chance.
    pub fn is_free(&self, g: Gid, line: usize) -> bool {
        let timers = matches!(
            self.op(g, line),
            Some(Op::Stop(_) | Op::Reset(..) | Op::RecvTimer(_) | Op::TryRecvTimer(_))
        );
        timers && self.kind != Kind::Network || self.is_free_in_network(g, line)
    }

    fn is_free_in_network(&self, g: Gid, line: usize) -> bool {
        matches!(
            self.op(g, line),
            Some(
                Op::Send(_)
                    | Op::Recv(_)
                    | Op::TrySend(_)
                    | Op::TryRecv(_)
                    | Op::Close(_)
                    | Op::Len(_)
                    | Op::Parked { .. }
                    | Op::Select { .. }
                    | Op::Join(_)
                    | Op::Done(_)
                    | Op::Wait(_)
                    | Op::Sleep(_)
                    | Op::Yield
                    | Op::Block(_)
                    | Op::Procs(_)
                    | Op::Panic
            )
        )
    }

    /// Leaves a free line out; `false` if it is not one.
    pub fn remove(&mut self, g: Gid, line: usize) -> bool {
        if !self.is_free(g, line) {
            return false;
        }
        let ops = &mut self.goroutines[g];
        ops.remove(line);
        for op in ops {
            if let Op::Range { done: to, .. } | Op::Repeat { to, .. } | Op::Goto(to) = op
                && *to > line
            {
                *to -= 1;
            }
        }
        true
    }

    /// The cases that a line waits on: a plain send or receive is a select of one.
    pub fn arms(op: &Op) -> Vec<Arm> {
        match *op {
            Op::Send(chan) | Op::TrySend(chan) => vec![Arm::Send(chan)],
            Op::Recv(chan) | Op::TryRecv(chan) | Op::Range { chan, .. } => vec![Arm::Recv(chan)],
            Op::Select { ref arms, .. } => arms.clone(),
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?} program, GOMAXPROCS {}", self.kind, self.procs)?;
        for (number, capacity) in self.chans.iter().enumerate() {
            writeln!(f, "  c{number} := make(chan, {capacity})")?;
        }
        for (number, count) in self.groups.iter().enumerate() {
            writeln!(f, "  wg{number}.Add({count})")?;
        }
        for (number, ops) in self.goroutines.iter().enumerate() {
            writeln!(f, "  g{number}:")?;
            for (line, op) in ops.iter().enumerate() {
                writeln!(f, "    {line:3} {op}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(chan) => write!(f, "c{chan} <- v"),
            Self::Recv(chan) => write!(f, "<-c{chan}"),
            Self::TrySend(chan) => write!(f, "try c{chan} <- v"),
            Self::TryRecv(chan) => write!(f, "try <-c{chan}"),
            Self::Close(chan) => write!(f, "close(c{chan})"),
            Self::Len(chan) => write!(f, "len(c{chan})"),
            Self::Parked { chan, count } => write!(f, "are {count} parked on c{chan}?"),
            Self::Range { chan, done } => write!(f, "<-c{chan}, at its end goto {done}"),
            Self::Select { arms, default } => {
                let arms: Vec<String> = arms.iter().map(ToString::to_string).collect();
                let default = if *default { " | default" } else { "" };
                write!(f, "select {{ {}{default} }}", arms.join(" | "))
            }
            Self::Spawn(g) => write!(f, "go g{g}"),
            Self::Join(g) => write!(f, "join g{g}"),
            Self::Lock(mutex) => write!(f, "m{mutex}.Lock()"),
            Self::TryLock(mutex) => write!(f, "m{mutex}.TryLock()"),
            Self::Unlock(mutex) => write!(f, "n{mutex}++; m{mutex}.Unlock()"),
            Self::Done(group) => write!(f, "wg{group}.Done()"),
            Self::Wait(group) => write!(f, "wg{group}.Wait()"),
            Self::Sleep(delay) => write!(f, "sleep({delay})"),
            Self::Start {
                timer,
                delay,
                effect,
            } => write!(f, "t{timer} := after({delay}) {effect:?}"),
            Self::Stop(timer) => write!(f, "t{timer}.Stop()"),
            Self::Reset(timer, delay) => write!(f, "t{timer}.Reset({delay})"),
            Self::RecvTimer(timer) => write!(f, "<-t{timer}.C"),
            Self::TryRecvTimer(timer) => write!(f, "try <-t{timer}.C"),
            Self::Yield => write!(f, "Gosched()"),
            Self::Block(us) => write!(f, "block the thread for {us}us"),
            Self::Procs(procs) => write!(f, "GOMAXPROCS({procs})"),
            Self::Panic => write!(f, "panic"),
            Self::Repeat { to, times } => write!(f, "{times} times from {to}"),
            Self::Goto(to) => write!(f, "goto {to}"),
        }
    }
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recv(chan) => write!(f, "<-c{chan}"),
            Self::Send(chan) => write!(f, "c{chan} <- v"),
            Self::Never => write!(f, "<-nil"),
        }
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Micros(us) => write!(f, "{us}us"),
            Self::Never => write!(f, "1h"),
        }
    }
}

//! What happens: the outcome of each line, as the model and the real run both record it.

use crate::program::{Gid, Op, Program, Value};
use std::fmt;

/// How much of a history is printed: its end.
const SHOWN: usize = 12;

/// What one line came to. Lines that can only come to one thing record nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Case `.0` sent its value.
    Sent(usize),
    SendOnClosed(usize),
    /// Case `.0` received.
    Received(usize, Value),
    /// Case `.0` found its channel closed and drained.
    Drained(usize),
    NotReady,
    Closed,
    CloseOfClosed,
    Len(usize),
    /// So many were seen to be parked; `false` says nothing.
    Parked(bool),
    /// Joined one that returned.
    Returned,
    /// Joined one that panicked.
    Panicked,
    /// The number that the mutex guards.
    Locked(u64),
    /// A `TryLock` that failed.
    NotLocked,
    Done,
    NegativeCounter,
    Waited,
    /// `Stop` or `Reset`: whether the timer was active.
    WasActive(bool),
    /// A timer's time.
    Time,
}

/// An outcome and its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    pub line: usize,
    pub outcome: Outcome,
}

/// Where a goroutine is at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    NotStarted,
    Returned,
    Panicked,
    /// Blocked for ever on this line.
    Blocked(usize),
}

/// All there is to say of a program that has come to rest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Final {
    pub ends: Vec<End>,
    pub histories: Vec<Vec<Event>>,
    /// For each channel, how many values are buffered and whether it is closed.
    pub chans: Vec<(usize, bool)>,
    pub groups: Vec<i64>,
    /// The numbers that mutexes guard.
    pub numbers: Vec<u64>,
}

impl Final {
    /// Without what depends on the schedule even in a network: which of two cases on one channel
    /// received, and the order in which a mutex was taken.
    pub fn without_schedule(mut self) -> Self {
        for event in self.histories.iter_mut().flatten() {
            event.outcome = match event.outcome {
                Outcome::Received(_, value) => Outcome::Received(0, value),
                Outcome::Drained(_) => Outcome::Drained(0),
                Outcome::Locked(_) => Outcome::Locked(0),
                other => other,
            };
        }
        self
    }

    /// Where `self`, which the model says, and `real` differ, for people.
    pub fn difference(&self, real: &Self, program: &Program) -> String {
        let mut lines = Vec::new();
        for g in 0..self.ends.len() {
            let (model, real_history) = (&self.histories[g], &real.histories[g]);
            let same = model
                .iter()
                .zip(real_history)
                .take_while(|(a, b)| a == b)
                .count();
            if same < model.len() || same < real_history.len() {
                let show = |event: Option<&Event>| {
                    event.map_or("nothing more".to_owned(), |event| show(program, g, *event))
                };
                lines.push(format!(
                    "g{g}, after {same} equal outcomes: model {}; real {}",
                    show(model.get(same)),
                    show(real_history.get(same))
                ));
            }
            if self.ends[g] != real.ends[g] {
                lines.push(format!(
                    "g{g}: model {:?}, real {:?}",
                    self.ends[g], real.ends[g]
                ));
            }
        }
        if self.chans != real.chans {
            lines.push(format!(
                "(len, closed): model {:?}, real {:?}",
                self.chans, real.chans
            ));
        }
        if self.groups != real.groups {
            lines.push(format!(
                "wait groups: model {:?}, real {:?}",
                self.groups, real.groups
            ));
        }
        if self.numbers != real.numbers {
            lines.push(format!(
                "mutexes' numbers: model {:?}, real {:?}",
                self.numbers, real.numbers
            ));
        }
        lines.join("\n")
    }
}

/// One outcome with its line's text.
pub fn show(program: &Program, g: Gid, event: Event) -> String {
    let op = program.op(g, event.line).map(Op::to_string);
    format!(
        "{} {}: {}",
        event.line,
        op.unwrap_or_default(),
        event.outcome
    )
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Received(case, value) => write!(f, "received {value:#x} (case {case})"),
            other => write!(f, "{other:?}"),
        }
    }
}

impl fmt::Display for Final {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (g, (end, history)) in self.ends.iter().zip(&self.histories).enumerate() {
            write!(f, "  g{g} {end:?}:")?;
            let left_out = history.len().saturating_sub(SHOWN);
            if left_out > 0 {
                write!(f, " {left_out} more;")?;
            }
            for event in &history[left_out..] {
                write!(f, " {}:{};", event.line, event.outcome)?;
            }
            writeln!(f)?;
        }
        writeln!(
            f,
            "  (len, closed) {:?}, groups {:?}, numbers {:?}",
            self.chans, self.groups, self.numbers
        )
    }
}

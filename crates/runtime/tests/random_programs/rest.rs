//! When a program has come to rest, and whether it may.
//!
//! Nobody sleeps and hopes. A program rests if
//!
//! 1. every goroutine has ended or is within a line that can block;
//! 2. each of those is really parked: as many wait in the queues of every channel as lines say;
//! 3. nothing would let any of them go on: no value, no room, no partner, no end, no timer;
//! 4. between two readings of all goroutines' progress, with 2 and 3 read in between, nothing
//!    changed.
//!
//! That does not ask the scheduler. So a lost wake-up, a goroutine that is parked although it could
//! go on, is a program that never comes to rest by this definition, however idle the runtime is;
//! and the reason why not, which [`unrest`] gives, says what was lost. Afterwards the scheduler's own
//! books must agree ([`crate::driver`]).

use crate::history::{End, Final, Outcome};
use crate::program::{Arm, Delay, Gid, Op, Program};
use crate::runner::can_block;
use crate::world::{NOBODY, Phase, Progress, Time, World};
use gosched_runtime::chan::Hchan;
use gosched_runtime::sync::WaitGroup;
use std::sync::atomic::Ordering::SeqCst;

/// A program at rest.
pub struct Rest {
    pub outcome: Final,
    /// What is buffered in each channel, the oldest first.
    pub buffered: Vec<Vec<u64>>,
    /// The line that each blocked goroutine is in, and since when.
    pub blocked: Vec<Option<(usize, Time)>>,
}

/// Looks once. `Err`: why it does not rest.
pub fn look(world: &World) -> Result<Rest, String> {
    let before = stamps(world);
    let lines = blocked_lines(world, &before)?;
    if let Some(reason) = unrest(world, &before, &lines) {
        return Err(reason);
    }
    let rest = read(world, &before, &lines);
    if world.due.load(SeqCst) != 0 || stamps(world) != before {
        return Err("it moves".to_owned());
    }
    Ok(rest)
}

fn stamps(world: &World) -> Vec<u64> {
    world.routines.iter().map(|r| r.progress.stamp()).collect()
}

/// The line of every goroutine that may be blocked.
fn blocked_lines(world: &World, stamps: &[u64]) -> Result<Vec<Option<usize>>, String> {
    let mut lines = Vec::new();
    for (g, &stamp) in stamps.iter().enumerate() {
        lines.push(match Progress::phase(stamp) {
            Phase::Running => return Err(format!("g{g} is ready, or between two lines")),
            Phase::In(line) if !world.program.op(g, line).is_some_and(can_block) => {
                return Err(format!("g{g} is in line {line}, which never blocks"));
            }
            Phase::In(line) => Some(line),
            Phase::NotStarted | Phase::Returned | Phase::Panicked => None,
        });
    }
    Ok(lines)
}

/// Every case that somebody waits on, with who.
fn waiting(world: &World, lines: &[Option<usize>]) -> Vec<(Gid, Arm)> {
    let arms = |(g, line): (Gid, &Option<usize>)| {
        let op = line.and_then(|line| world.program.op(g, line));
        let arms = op.map(Program::arms).unwrap_or_default();
        arms.into_iter().map(move |arm| (g, arm))
    };
    lines.iter().enumerate().flat_map(arms).collect()
}

/// Why the program may not rest as it is.
fn unrest(world: &World, stamps: &[u64], lines: &[Option<usize>]) -> Option<String> {
    if world.due.load(SeqCst) != 0 {
        return Some("a timer's function has yet to run".to_owned());
    }
    let waiting = waiting(world, lines);
    (0..world.chans.len())
        .find_map(|chan| unrest_of_chan(world, chan, &waiting))
        .or_else(|| {
            let blocked = lines
                .iter()
                .enumerate()
                .filter_map(|(g, line)| line.map(|line| (g, line)));
            blocked
                .into_iter()
                .find_map(|(g, line)| unrest_of(world, stamps, g, line))
        })
}

fn unrest_of_chan(world: &World, number: usize, waiting: &[(Gid, Arm)]) -> Option<String> {
    let chan = &world.chans[number];
    let who = |arm: Arm| -> Vec<Gid> {
        let same = waiting.iter().filter(|(_, other)| *other == arm);
        same.map(|&(g, _)| g).collect()
    };
    let (receivers, senders) = (who(Arm::Recv(number)), who(Arm::Send(number)));
    let parked = chan.waiters();
    let said = (receivers.len(), senders.len());
    let (len, closed) = (chan.len(), chan.is_closed());
    let state = format!(
        "c{number}: len {len} of {}, closed {closed}, receiving {receivers:?}, sending {senders:?}",
        chan.capacity()
    );
    if parked != said {
        return Some(format!(
            "{state}: {said:?} (receivers, senders) are in such lines, {parked:?} are parked"
        ));
    }
    let partners = receivers
        .iter()
        .any(|g| senders.iter().any(|other| other != g));
    let lost = (!receivers.is_empty() && (len > 0 || closed))
        || (!senders.is_empty() && (len < chan.capacity() || closed))
        || partners;
    lost.then(|| format!("{state}: somebody is parked who could go on"))
}

/// What channels do not decide.
fn unrest_of(world: &World, stamps: &[u64], g: Gid, line: usize) -> Option<String> {
    let op = world.program.op(g, line)?;
    let lost = match *op {
        Op::Join(other) => !matches!(
            Progress::phase(stamps[other]),
            Phase::NotStarted | Phase::Running | Phase::In(_)
        ),
        // It may have it already, and be on its way.
        Op::Lock(mutex) => [NOBODY, g].contains(&world.holders[mutex].load(SeqCst)),
        Op::Wait(group) => world.groups[group].count() == 0,
        Op::Sleep(delay) => delay != Delay::Never,
        // Armed: it will come. Its time was received, or it was stopped: it will not.
        Op::RecvTimer(timer) => matches!(
            *world.timers[timer].armed.lock().unwrap(),
            Some(Delay::Micros(_))
        ),
        _ => false,
    };
    lost.then(|| format!("g{g} is in line {line}, {op}, and could go on"))
}

fn read(world: &World, stamps: &[u64], lines: &[Option<usize>]) -> Rest {
    let end = |&stamp: &u64| match Progress::phase(stamp) {
        Phase::NotStarted => End::NotStarted,
        Phase::Returned => End::Returned,
        Phase::Panicked => End::Panicked,
        Phase::In(line) => End::Blocked(line),
        Phase::Running => unreachable!("nobody runs"),
    };
    let history = |g: usize| {
        let records = world.routines[g].records.lock().unwrap();
        records.iter().map(|record| record.event).collect()
    };
    let goroutines = 0..world.routines.len();
    let outcome = Final {
        ends: stamps.iter().map(end).collect(),
        histories: goroutines.clone().map(history).collect(),
        chans: world
            .chans
            .iter()
            .map(|chan| (chan.len(), chan.is_closed()))
            .collect(),
        groups: world.groups.iter().map(WaitGroup::count).collect(),
        numbers: numbers(world),
    };
    Rest {
        buffered: world.chans.iter().map(|chan| buffered(chan)).collect(),
        blocked: goroutines
            .map(|g| lines[g].map(|line| (line, world.routines[g].began.load(SeqCst))))
            .collect(),
        outcome,
    }
}

/// What mutexes guard. That of one which is held when the program rests is not known: it is what
/// its holder found, for it adds one only when it releases.
fn numbers(world: &World) -> Vec<u64> {
    let number = |mutex: usize| match world.mutexes[mutex].try_lock() {
        Some(number) => *number,
        None => found_by(world, mutex),
    };
    (0..world.mutexes.len()).map(number).collect()
}

fn found_by(world: &World, mutex: usize) -> u64 {
    let holder = world.holders[mutex].load(SeqCst);
    if holder == NOBODY {
        return u64::MAX; // it moves, or the mutex has lost its holder: the comparison tells
    }
    let records = world.routines[holder].records.lock().unwrap();
    let found = records.iter().rev().find_map(|record| {
        match (
            world.program.op(holder, record.event.line),
            record.event.outcome,
        ) {
            (Some(&(Op::Lock(other) | Op::TryLock(other))), Outcome::Locked(number))
                if other == mutex =>
            {
                Some(number)
            }
            _ => None,
        }
    });
    found.unwrap_or(u64::MAX)
}

fn buffered(chan: &Hchan<u64>) -> Vec<u64> {
    let mut left = chan.len();
    let mut values = Vec::new();
    // The buffer first, then what parked senders offer.
    chan.for_each_value(|value| {
        if left > 0 {
            left -= 1;
            values.push(*value);
        }
    });
    values
}

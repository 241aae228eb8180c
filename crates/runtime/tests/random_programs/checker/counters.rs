//! Mutexes and wait groups.

use crate::history::Outcome;
use crate::program::{Effect, Op};
use crate::rest::Rest;
use crate::world::{Record, World};

/// The records of lines that `of` chooses, from all goroutines.
fn records(world: &World, of: impl Fn(&Op) -> bool) -> Vec<Record> {
    let mut all = Vec::new();
    for (g, routine) in world.routines.iter().enumerate() {
        let records = routine.records.lock().unwrap();
        let chosen = records
            .iter()
            .filter(|record| world.program.op(g, record.event.line).is_some_and(&of));
        all.extend(chosen);
    }
    all
}

/// Each section found the number that the one before it left, so no two were inside at once; and
/// what ended before another began found less.
pub fn mutex(world: &World, rest: &Rest, mutex: usize, wrong: &mut Vec<String>) {
    let taken = |op: &Op| matches!(*op, Op::Lock(m) | Op::TryLock(m) if m == mutex);
    let mut locked: Vec<(u64, Record)> = records(world, taken)
        .into_iter()
        .filter_map(|record| match record.event.outcome {
            Outcome::Locked(number) => Some((number, record)),
            _ => None,
        })
        .collect();
    locked.sort_unstable_by_key(|&(number, _)| number);
    let found: Vec<u64> = locked.iter().map(|&(number, _)| number).collect();
    let count = found.len() as u64;
    if found != (0..count).collect::<Vec<u64>>() {
        wrong.push(format!("m{mutex}: its number was found as {found:?}"));
    }
    for pair in locked.windows(2) {
        if pair[1].1.end < pair[0].1.begin {
            wrong.push(format!(
                "m{mutex}: {} was found after {}",
                pair[0].0, pair[1].0
            ));
        }
    }
    // One who is still inside has not added one yet.
    let number = rest.outcome.numbers[mutex];
    if number != count && number + 1 != count {
        wrong.push(format!(
            "m{mutex}: {count} sections left its number at {number}"
        ));
    }
}

/// Nobody went on before so many had begun to be done as it counts.
pub fn group(world: &World, rest: &Rest, group: usize, wrong: &mut Vec<String>) {
    let count = world.program.groups[group];
    let mut done: Vec<u64> = records(world, |op| *op == Op::Done(group))
        .iter()
        .filter(|record| record.event.outcome == Outcome::Done)
        .map(|record| record.begin)
        .collect();
    let calls = world.calls.lock().unwrap();
    done.extend(
        calls
            .iter()
            .filter(|call| world.program.effect(call.timer) == Effect::Done(group))
            .filter(|call| call.outcome == Outcome::Done)
            .map(|call| call.begin),
    );
    let left = rest.outcome.groups[group];
    if left != count - done.len() as i64 {
        wrong.push(format!(
            "wg{group}: {left} are left of {count}, after {} were done",
            done.len()
        ));
    }
    let at_zero = |op: &Op| *op == Op::Wait(group) || *op == Op::Done(group);
    for record in records(world, at_zero) {
        if record.event.outcome == Outcome::Done {
            continue;
        }
        let begun = done.iter().filter(|&&begin| begin <= record.end).count();
        if (begun as i64) < count {
            wrong.push(format!(
                "wg{group}: {} when only {begun} of {count} were done",
                record.event.outcome
            ));
        }
    }
}

//! Random programs on the real scheduler, compared with a reference model on one thread.
//!
//! # Design
//!
//! A program ([`program`]) is a few goroutines, each a list of lines: channel operations at
//! capacities 0, 1, 2, 3 and 64, selects (several cases on a channel, nil channels, `default`),
//! closes, `go` and join, mutexes, wait groups, timers, sleeps, `Gosched`, blocked threads, changes
//! of GOMAXPROCS, panics. A seed makes one of three kinds ([`generator`]):
//!
//! - **Networks** have one sender and one receiver for each channel and never ask whether something
//!   is ready, so that their outcome does not depend on the schedule (Kahn). The model runs each to
//!   its end with two schedules ([`interpreter`]; differing would be the generator's mistake), and
//!   the real run must record exactly the same: each goroutine's values in order, who ends, who
//!   panics, who is blocked for ever and where, what is left in each channel.
//! - **Races** let anybody do anything with any channel. Their histories, with times, are judged by
//!   laws that every run obeys ([`checker`]): each value once, first in first out, nothing after the
//!   end of a closed channel, one at a time in a mutex.
//! - **Tiny programs** are races of at most four goroutines, run many times. The model follows every
//!   schedule and every choice ([`explorer`]), and the real run must be one of the endings found:
//!   everything that was recorded, at once. The laws follow from that; but programs so small do not
//!   fill rings, steal or starve, which is what the races are for.
//!
//! The model ([`model`]) is Go's semantics with atomic operations, first-come queues and timers that
//! fire whenever they like. It is independent of the runtime: they share nothing but the program.
//!
//! All three come to rest ([`rest`]): every goroutine has ended or is parked, and the channels'
//! states must justify each that is parked. This is how lost wake-ups show: as a goroutine that
//! could go on and does not. Then the scheduler's books must agree, everybody who is blocked is
//! ended (by closing channels, or by dropping what they wait with), and nothing may be left.
//!
//! # What it cannot see
//!
//! A fence that is missing where the processor keeps the order anyway (loom's models can), a value
//! that is handed to a receiver which has given up (`chan_give_back.rs`), blocks of numbers
//! (`chan_block.rs`), goroutines in isolates (`stress.rs`), and data that is right by luck
//! (`npm run tsan` runs this under a sanitizer). In which order goroutines came to a channel shows
//! only where a line asks how many are parked; a quarter of the tiny programs do.
//!
//! # Running
//!
//! `GOSCHED_STRESS_SECONDS` says how long (2), `GOSCHED_STRESS_SEED` which program to run, again and
//! again, instead of others, and `GOSCHED_STRESS_SIZE` (1 to 8) how large to make it. A failure
//! prints the seed, the program, what is wrong, and then the same for the smallest program that it
//! could be reduced to. `npm run stress` runs it in release mode, for long, with a progress display;
//! `GOSCHED_STRESS_PROGRESS` makes the lines for that.

#![cfg(not(loom))]

#[path = "random_programs/checker/mod.rs"]
mod checker;
#[path = "random_programs/clocks.rs"]
mod clocks;
#[path = "random_programs/dice.rs"]
mod dice;
#[path = "random_programs/driver.rs"]
mod driver;
#[path = "random_programs/explorer.rs"]
mod explorer;
#[path = "random_programs/generator/mod.rs"]
mod generator;
#[path = "random_programs/history.rs"]
mod history;
#[path = "random_programs/interpreter.rs"]
mod interpreter;
#[path = "random_programs/model.rs"]
mod model;
#[path = "random_programs/program.rs"]
mod program;
#[path = "random_programs/rest.rs"]
mod rest;
#[path = "random_programs/runner.rs"]
mod runner;
#[path = "random_programs/shrink.rs"]
mod shrink;
#[path = "random_programs/tally.rs"]
mod tally;
#[path = "random_programs/world.rs"]
mod world;

use driver::{Driver, Expected};
use generator::{MOST, generate};
use program::Kind;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tally::Tally;

/// A program that is not at rest after so long is stuck. They take milliseconds; the rest is for a
/// machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many copies of each program run at a time: alone, where every goroutine meets an idle
/// scheduler, and in company, where it meets a busy one.
fn rounds(kind: Kind) -> &'static [usize] {
    match kind {
        Kind::Network | Kind::Races => &[1, 4],
        // Over in microseconds; how many of their endings are met depends on the number.
        Kind::Tiny => &[1, 1, 16, 32],
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs the program of this seed some times.
fn run_seed(driver: &mut Driver, tally: &mut Tally, seed: u64, size: usize) {
    let program = Arc::new(generate(seed, size));
    let Some(expected) = Expected::of(&program) else {
        tally.too_large += 1;
        return;
    };
    let mut met = HashSet::new();
    for &copies in rounds(program.kind) {
        let began = Instant::now();
        match driver.run(&program, &expected, copies) {
            Ok(endings) => {
                tally.took(program.kind, began.elapsed(), &endings);
                met.extend(endings.into_iter().filter(|_| program.kind == Kind::Tiny));
            }
            Err(wrong) => fail(seed, size, &program, &wrong),
        }
    }
    tally.programs += 1;
    if let Expected::OneOf(all) = &expected {
        tally.endings += all.len();
        tally.endings_met += met.len();
    }
}

fn fail(seed: u64, size: usize, program: &program::Program, wrong: &str) -> ! {
    println!("\nGOSCHED_STRESS_SEED={seed} GOSCHED_STRESS_SIZE={size} fails.\n{program}\n{wrong}");
    println!("\nTrying to make it smaller, which takes up to a minute.");
    match shrink::shrink(seed, size, program) {
        Some((smaller, wrong)) => {
            println!(
                "{} of {} lines:\n{smaller}\n{wrong}",
                smaller.lines(),
                program.lines()
            );
        }
        None => println!("It did not fail again."),
    }
    panic!("GOSCHED_STRESS_SEED={seed} GOSCHED_STRESS_SIZE={size}: see above");
}

#[test]
fn random_programs_do_what_the_model_allows() {
    let seconds = number("GOSCHED_STRESS_SECONDS").unwrap_or(2);
    let only = number("GOSCHED_STRESS_SEED");
    let first = only.unwrap_or_else(|| {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(1, |time| time.as_micros() as u64)
    });
    println!("the first seed is {first}");
    let mut driver = Driver::new(PATIENCE);
    let mut tally = Tally::new(first);
    let start = Instant::now();
    let mut seed = first;
    while seed == first || start.elapsed() < Duration::from_secs(seconds) {
        let size = number("GOSCHED_STRESS_SIZE").map_or_else(
            || 1 + dice::Dice::new(!seed).below(MOST),
            |size| (size as usize).clamp(1, MOST),
        );
        run_seed(&mut driver, &mut tally, seed, size);
        if only.is_none() {
            seed += 1;
        } else if start.elapsed() >= Duration::from_secs(seconds) {
            break;
        }
        tally.show(seed);
    }
    println!("{tally}");
}

/// The test's own tests: what it takes for granted about its programs.
#[test]
fn networks_end_in_one_way_under_every_schedule() {
    for seed in (0..900).step_by(3) {
        let program = generate(seed, 1 + seed as usize % MOST);
        let one = interpreter::interpret(&program, 0).without_schedule();
        for schedule in 1..4 {
            let other = interpreter::interpret(&program, schedule).without_schedule();
            assert!(
                one == other,
                "{program}\n{}",
                one.difference(&other, &program)
            );
        }
    }
}

#[test]
fn tiny_programs_have_few_endings_or_many() {
    let tiny = (2..600).step_by(3).map(|seed| generate(seed, MOST));
    let endings: Vec<usize> = tiny
        .filter_map(|program| Some(explorer::explore(&program)?.len()))
        .collect();
    assert!(endings.contains(&1));
    assert!(endings.iter().any(|&endings| endings > 50));
}

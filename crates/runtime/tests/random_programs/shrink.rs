//! Makes a failing program smaller: smaller sizes of its seed, then line by line.
//!
//! A race fails now and then, so each candidate is tried for a while; what does not fail in that
//! time is taken for sound, and the last one that failed is the answer.

use crate::driver::{Driver, Expected};
use crate::generator::generate;
use crate::program::Program;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// For each candidate.
const TRY_FOR: Duration = Duration::from_millis(1500);
/// In all.
const BUDGET: Duration = Duration::from_secs(60);
/// Shorter than in the search: these programs are small, and a hang costs this each time.
const PATIENCE: Duration = Duration::from_secs(1);

/// A smaller program that fails, with what is wrong; or `None` if it did not fail again.
pub fn shrink(seed: u64, size: usize, program: &Program) -> Option<(Program, String)> {
    let deadline = Instant::now() + BUDGET;
    let mut best = (1..size)
        .map(|size| generate(seed, size))
        .chain([program.clone()])
        .find_map(|program| Some((fails(&program)?, program)));
    loop {
        let (_, program) = best.as_ref()?;
        let smaller = candidates(program)
            .take_while(|_| Instant::now() < deadline)
            .find_map(|program| Some((fails(&program)?, program)));
        match smaller {
            Some(found) => best = Some(found),
            None => break,
        }
    }
    best.map(|(wrong, program)| (program, wrong))
}

/// `program` without one of its lines, each in turn.
fn candidates(program: &Program) -> impl Iterator<Item = Program> {
    let places = (0..program.goroutines.len()).flat_map(|g| {
        (0..program.goroutines[g].len())
            .rev()
            .map(move |line| (g, line))
    });
    places.filter_map(|(g, line)| {
        let mut smaller = program.clone();
        smaller.remove(g, line).then_some(smaller)
    })
}

fn fails(program: &Program) -> Option<String> {
    let expected = Expected::of(program)?;
    let program = Arc::new(program.clone());
    let mut driver = Driver::new(PATIENCE);
    let start = Instant::now();
    for run in 0.. {
        if start.elapsed() > TRY_FOR {
            break;
        }
        // Alone and in company, as in the search.
        if let Err(wrong) = driver.run(&program, &expected, [1, 8][run % 2]) {
            return Some(wrong);
        }
    }
    None
}

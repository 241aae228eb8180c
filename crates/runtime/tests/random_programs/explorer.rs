//! All runs of a tiny program on the model: the set of endings that a correct runtime can reach.
//!
//! Depth first through every move and every choice within a move, each state once. Histories are
//! part of a state, so two ways to the same channels stay apart if anybody could tell them apart.

use crate::history::Final;
use crate::model::{Move, State};
use crate::program::Program;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// Beyond so many states a program is not tiny: 50 to 200 ms in a debug build.
const MOST_STATES: usize = 20_000;

/// Every ending, or `None` if there are too many states to look at.
pub fn explore(program: &Program) -> Option<HashSet<Final>> {
    let hasher = RandomState::new();
    let mut seen = HashSet::new();
    let mut endings = HashSet::new();
    let mut left = vec![State::new(program)];
    while let Some(state) = left.pop() {
        // 64 bits of hash stand for a state: two of 20,000 coincide once in 10^11 programs.
        if !seen.insert(hasher.hash_one(&state)) {
            continue;
        }
        if seen.len() > MOST_STATES {
            return None;
        }
        let moves = state.moves(program);
        if moves.is_empty() {
            endings.insert(state.finish());
            continue;
        }
        for next in moves {
            after(program, &state, next, &mut left);
        }
    }
    Some(endings)
}

/// Every state that `next` leads to.
fn after(program: &Program, state: &State, next: Move, into: &mut Vec<State>) {
    let mut choices = Choices::default();
    loop {
        let mut state = state.clone();
        choices.at = 0;
        state.make(program, next, &mut |n| choices.choose(n));
        into.push(state);
        if !choices.advance() {
            return;
        }
    }
}

/// Counts through all sequences of choices, as an odometer whose wheels are found on the way.
#[derive(Default)]
struct Choices {
    /// What was chosen, and of how many.
    made: Vec<(usize, usize)>,
    at: usize,
}

impl Choices {
    fn choose(&mut self, of: usize) -> usize {
        if self.at == self.made.len() {
            self.made.push((0, of));
        }
        self.at += 1;
        self.made[self.at - 1].0
    }

    /// `false`: that was the last.
    fn advance(&mut self) -> bool {
        while let Some((chosen, of)) = self.made.pop() {
            if chosen + 1 < of {
                self.made.push((chosen + 1, of));
                return true;
            }
        }
        false
    }
}

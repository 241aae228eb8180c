//! One run of a program on the model, with one schedule out of all.

use crate::dice::Dice;
use crate::history::Final;
use crate::model::State;
use crate::program::Program;

/// Runs `program` to rest, choosing at random. For a network every schedule ends in the same
/// ([`Final::without_schedule`]), which is what makes it one.
pub fn interpret(program: &Program, schedule: u64) -> Final {
    let mut dice = Dice::new(schedule);
    let mut state = State::new(program);
    loop {
        let moves = state.moves(program);
        if moves.is_empty() {
            return state.finish();
        }
        let next = moves[dice.below(moves.len())];
        state.make(program, next, &mut |n| dice.below(n));
    }
}

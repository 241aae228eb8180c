//! What every run must hold, whatever the schedule: judges the goroutines' histories, with the times
//! at which operations began and ended, and what the channels hold at rest.
//!
//! Times order two operations only if one ended before the other began; then every witness saw them
//! in that order, and so must the channel.

mod channels;
mod counters;

use crate::rest::Rest;
use crate::world::World;

/// Everything that is wrong, for people. Empty: nothing is.
pub fn check(world: &World, rest: &Rest) -> Vec<String> {
    let mut wrong = Vec::new();
    for chan in 0..world.chans.len() {
        channels::Traffic::gather(world, rest, chan).check(&mut wrong);
    }
    for mutex in 0..world.mutexes.len() {
        counters::mutex(world, rest, mutex, &mut wrong);
    }
    for group in 0..world.groups.len() {
        counters::group(world, rest, group, &mut wrong);
    }
    wrong
}

use super::{Ask, Runtime};
use crate::outside::spawned_outside;
use crate::round::{Measured, measure_blocking};

pub fn run(runtime: &Runtime, ask: Ask<'_>) -> Measured {
    let spawn = |future| drop(runtime.handle().spawn(future));
    measure_blocking(
        |round| spawned_outside(round, spawn),
        ask.round,
        ask.warm_up,
    )
}

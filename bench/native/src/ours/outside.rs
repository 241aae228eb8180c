use crate::outside::spawned_outside;
use crate::round::{Measured, Round, measure_blocking};
use gosched_runtime::Runtime;

pub fn run(runtime: &Runtime, round: Round, warm_up: u64) -> Measured {
    let spawn = |goroutine| drop(runtime.go(goroutine));
    measure_blocking(|round| spawned_outside(round, spawn), round, warm_up)
}

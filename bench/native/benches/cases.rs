//! Our cases alone, against their own last run: did a change make something slower?
//!
//! `cargo bench --manifest-path bench/native/Cargo.toml -- ring`

use criterion::{Criterion, criterion_group, criterion_main};
use gosched_bench::ours;
use gosched_bench::round::Round;
use std::time::Duration;

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Name, Ps, size, and what the number of operations is a multiple of.
const CASES: [(&str, usize, usize, u64); 26] = [
    ("spawn-join", 1, 1, 1),
    ("spawn-join", 2, 1, 1),
    ("spawn-flood", 2, 1000, 1000),
    ("yield", 1, 2, 2),
    ("yield", 1, 1000, 1000),
    ("ping-pong", 1, 0, 1),
    ("ping-pong", 2, 0, 1),
    ("spsc", 2, 0, 1),
    ("spsc", 2, 64, 1),
    ("mpsc", 2, 0, 4),
    ("mpsc", 2, 64, 4),
    ("mpmc", 2, 0, 4),
    ("mpmc", 2, 64, 4),
    ("pair", 1, 64, 1),
    ("select-2", 2, 0, 2),
    ("select-8", 2, 0, 1),
    ("select-8", 2, 64, 1),
    ("select-default", 1, 1, 1),
    ("select-ready", 1, 1, 1),
    ("mutex", 1, 1, 1),
    ("mutex-contended", 2, 4, 4),
    ("skynet", 2, 1000, 1000),
    ("timers-stop", 1, 1000, 1000),
    ("ring", 1, 64, 64),
    ("outside", 2, 2, 2),
    ("steal", 2, 128, 128),
];

fn cases(criterion: &mut Criterion) {
    for (name, procs, size, step) in CASES {
        let id = format!("{name}, {procs} P, size {size}");
        criterion.bench_function(&id, |bencher| {
            bencher.iter_custom(|iterations| {
                let n = iterations.next_multiple_of(step);
                let warm_up = (n / 10).next_multiple_of(step);
                let measured = ours::run(name, procs, Round { n, size }, warm_up);
                let total = measured.expect("we have this case").total;
                // As long as `iterations` take, since a few more may have been done.
                Duration::from_nanos(
                    (u128::from(total) * u128::from(iterations) / u128::from(n)) as u64,
                )
            });
        });
    }
}

criterion_group!(benches, cases);
criterion_main!(benches);

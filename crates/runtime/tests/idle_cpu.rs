//! A runtime without work uses no CPU. Alone in its file: it measures the whole process.

#![cfg(all(target_os = "linux", not(loom)))]

mod fake_isolates;

use fake_isolates::{Runtime, eventually};
use gosched_runtime::chan::Hchan;
use std::sync::{Arc, Barrier};
use std::time::Duration;

/// CPU time of all threads alive, from the scheduler's own count of nanoseconds.
fn cpu_time() -> Duration {
    let spent = |task: std::fs::DirEntry| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    };
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    Duration::from_nanos(tasks.filter_map(|task| spent(task.ok()?)).sum())
}

#[test]
fn a_quiet_runtime_uses_no_cpu() {
    const PROCS: usize = 3;
    let gate: Arc<Hchan<u64>> = Arc::new(Hchan::new(0));
    let (meet, parks) = (Arc::new(Barrier::new(PROCS)), gate.clone());
    let mut runtime = Runtime::new(PROCS, move |isolate, started| {
        meet.wait();
        isolate.recv(&parks, move |isolate, _| isolate.end(started, Ok(0)));
    });
    // Isolates with parked goroutines, a parked native one, and a timer far away.
    (0..PROCS as u64).for_each(|i| runtime.main.go(i));
    let parks = gate.clone();
    let native = runtime.sched.go(async move { parks.recv().await });
    eventually("all have parked", || gate.waiters().0 == PROCS + 1);
    runtime.wait_until_quiet();
    eventually("nobody looks for work", || runtime.sched.spinning() == 0);
    std::thread::sleep(Duration::from_millis(200)); // past the timer of a starting isolate

    let before = cpu_time();
    std::thread::sleep(Duration::from_millis(300));
    let used = cpu_time().saturating_sub(before);
    assert!(
        used < Duration::from_millis(20),
        "{used:?} of CPU time in a quiet 300 ms"
    );

    gate.close().unwrap();
    runtime.wait_for_ends(PROCS);
    eventually("the native goroutine ends", || native.is_done());
    runtime.end();
}

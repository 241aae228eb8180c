//! Shutting down leaves no thread. Alone in its file: it looks at all of the process's threads.

#![cfg(all(target_os = "linux", not(loom)))]

mod fake_isolates;

use fake_isolates::{Runtime, Started, eventually};
use gosched_runtime::JoinHandle;
use std::time::{Duration, Instant};

/// Threads of this process that the runtime started.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| name.starts_with("gosched-"))
        .count()
}

#[test]
fn no_thread_is_left() {
    for _ in 0..20 {
        let mut runtime = Runtime::new(3, |isolate, started: Started| {
            isolate.end(started, Ok(started.args));
        });
        let soon = Instant::now() + Duration::from_millis(1);
        runtime.sched.start_timer(soon, Box::new(|| {}));
        let handles: Vec<_> = (0..50).map(|_| runtime.sched.go(async {})).collect();
        (0..50).for_each(|i| runtime.main.go(i));
        runtime.wait_for_ends(50);
        eventually("native goroutines end", || {
            handles.iter().all(JoinHandle::is_done)
        });
        assert!(threads() >= 2, "a native M and the timers");
        runtime.end();
    }
    // The timers' thread ends by itself once nobody holds its scheduler.
    eventually("every thread has ended", || threads() == 0);
}

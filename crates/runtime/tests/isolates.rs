//! JavaScript goroutines on isolates: each runs once, somewhere, and its end arrives at home.

#![cfg(not(loom))]

mod fake_isolates;

use fake_isolates::{ISOLATE_DIED, Isolate, Runtime, Started, eventually};
use gosched_runtime::JoinHandle;
use gosched_runtime::chan::Hchan;
use gosched_runtime::sched::{Fate, Found};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

#[test]
fn each_of_a_hundred_thousand_goroutines_runs_once_and_its_end_arrives() {
    const N: u64 = 100_000;
    let runs: Arc<Vec<AtomicU32>> = Arc::new((0..N).map(|_| AtomicU32::new(0)).collect());
    let counted = runs.clone();
    let mut runtime = Runtime::new(4, move |isolate, started| {
        counted[started.args as usize].fetch_add(1, SeqCst);
        isolate.end(started, Ok(started.args));
    });
    for i in 0..N {
        runtime.main.go(i);
    }
    let ends: HashSet<u64> = runtime
        .wait_for_ends(N as usize)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(ends.len(), N as usize);
    assert!(runs.iter().all(|runs| runs.load(SeqCst) == 1));
    assert!(runtime.asked() <= 4);
    runtime.end();
}

#[test]
fn goroutines_that_start_goroutines_all_end() {
    const DEPTH: u64 = 10;
    let runs = Arc::new(AtomicU64::new(0));
    let counted = runs.clone();
    let mut runtime = Runtime::new(3, move |isolate, started: Started| {
        counted.fetch_add(1, SeqCst);
        if started.args > 0 {
            isolate.go(started.args - 1);
            isolate.go(started.args - 1);
        }
        isolate.end(started, Ok(0));
    });
    runtime.main.go(DEPTH);
    eventually("the whole tree has run", || {
        runs.load(SeqCst) == (2 << DEPTH) - 1
    });
    runtime.wait_for_ends(1);
    runtime.end();
}

#[test]
fn isolates_are_asked_for_when_there_is_work_and_at_most_gomaxprocs() {
    let meet = Arc::new(Barrier::new(3));
    let mut runtime = Runtime::new(3, move |isolate, started| {
        if started.args == 1 {
            meet.wait(); // holds its isolate, as a loop in JavaScript would
        }
        isolate.end(started, Ok(0));
    });
    assert_eq!(runtime.asked(), 0);
    runtime.main.go(0);
    runtime.wait_for_ends(1);
    assert_eq!(runtime.asked(), 1);
    for _ in 0..3 {
        runtime.main.go(1);
    }
    runtime.wait_for_ends(3);
    assert_eq!(runtime.asked(), 3);
    for _ in 0..300 {
        runtime.main.go(0);
    }
    runtime.wait_for_ends(300);
    assert_eq!(runtime.asked(), 3);
    runtime.end();
}

#[test]
fn an_isolate_with_residents_leaves_work_to_an_idle_one() {
    const ISOLATES: u64 = 3;
    let meet = Arc::new(Barrier::new(ISOLATES as usize));
    let gate = Arc::new(Hchan::new(0));
    let homes = Arc::new(Mutex::new(Vec::new()));
    let (parks, seen) = (gate.clone(), homes.clone());
    let mut runtime = Runtime::new(ISOLATES as usize, move |isolate, started| {
        if started.args == 0 {
            meet.wait();
            isolate.end(started, Ok(0));
            return;
        }
        seen.lock().unwrap().push(isolate.id());
        isolate.recv(&parks, move |isolate, _| isolate.end(started, Ok(0)));
    });
    for _ in 0..ISOLATES {
        runtime.main.go(0);
    }
    runtime.wait_for_ends(ISOLATES as usize);
    // Now all are up. Two rounds of residents, one at a time.
    for i in 0..2 * ISOLATES {
        runtime.wait_until_quiet();
        runtime.main.go(1);
        eventually("it has parked", || gate.waiters().0 as u64 == i + 1);
    }
    let homes = homes.lock().unwrap().clone();
    for round in homes.chunks(ISOLATES as usize) {
        assert_eq!(
            round.iter().collect::<HashSet<_>>().len(),
            ISOLATES as usize,
            "{homes:?}"
        );
    }
    gate.close().unwrap();
    runtime.wait_for_ends(2 * ISOLATES as usize);
    runtime.end();
}

/// Two isolates, each in a turn that lasts until told. In one a goroutine lives; in the other one has just
/// ended.
struct InTheirTurns {
    runtime: Runtime,
    gate: Arc<Hchan<u64>>,
    /// Where goroutines have started, by their arguments: `RESIDENT`, `ENDS`, `NEXT`.
    homes: Arc<Mutex<HashMap<u64, u32>>>,
    resident_goes_on: Sender<()>,
    empty_goes_on: Sender<()>,
}

const RESIDENT: u64 = 1;
const ENDS: u64 = 2;
const NEXT: u64 = 3;

impl InTheirTurns {
    fn new() -> Self {
        let gate = Arc::new(Hchan::new(0));
        let homes = Arc::new(Mutex::new(HashMap::new()));
        let (resident_goes_on, resident) = channel();
        let (empty_goes_on, empty) = channel();
        let (resident, empty) = (Mutex::new(resident), Mutex::new(empty));
        let (parks, seen) = (gate.clone(), homes.clone());
        let runtime = Runtime::new(2, move |isolate, started| {
            let which = started.args;
            let id = isolate.id();
            let note = || seen.lock().unwrap().insert(which, id);
            match which {
                RESIDENT => {
                    note();
                    isolate.recv(&parks, move |isolate, _| isolate.end(started, Ok(which)));
                    resident.lock().unwrap().recv().unwrap();
                }
                ENDS => {
                    isolate.end(started, Ok(which));
                    note();
                    empty.lock().unwrap().recv().unwrap();
                }
                _ => {
                    note();
                    isolate.end(started, Ok(which));
                }
            }
        });
        let mut all = Self {
            runtime,
            gate,
            homes,
            resident_goes_on,
            empty_goes_on,
        };
        all.runtime.start_early(2);
        eventually("both are up", || all.runtime.isolates().len() == 2);
        all.runtime.wait_until_quiet();
        for which in [RESIDENT, ENDS] {
            all.runtime.main.go(which);
            eventually("it has started", || all.home_of(which).is_some());
        }
        all
    }

    fn home_of(&self, which: u64) -> Option<u32> {
        self.homes.lock().unwrap().get(&which).copied()
    }

    fn stop(mut self) {
        self.gate.close().unwrap();
        self.runtime.wait_for_ends(1);
        self.runtime.end();
    }
}

/// Two workers of a pipeline that follows another at once came to live in one isolate in one of 15 runs.
#[test]
fn an_isolate_with_residents_leaves_work_to_one_in_which_the_last_has_just_ended() {
    // Sysmon lets nothing wait for longer than 10 ms: a round that took as long shows nothing.
    const SOON: Duration = Duration::from_millis(8);
    let was_quick = (0..200).any(|_| {
        let mut all = InTheirTurns::new();
        let begin = Instant::now();
        all.runtime.main.go(NEXT);
        all.resident_goes_on.send(()).unwrap();
        let resident = all.home_of(RESIDENT).unwrap();
        eventually("it has looked", || {
            all.runtime.is_asleep(resident) || all.home_of(NEXT).is_some()
        });
        let quick = begin.elapsed() < SOON;
        all.empty_goes_on.send(()).unwrap();
        all.runtime.wait_for_ends(2);
        if quick {
            assert_eq!(all.home_of(NEXT), all.home_of(ENDS));
        }
        all.stop();
        quick
    });
    assert!(was_quick, "each round took longer than {SOON:?}");
}

#[test]
fn work_that_was_left_to_an_empty_isolate_is_taken_from_it_when_that_is_in_a_long_turn() {
    let mut all = InTheirTurns::new();
    all.runtime.main.go(NEXT);
    all.resident_goes_on.send(()).unwrap();
    all.runtime.wait_for_ends(2); // ENDS and NEXT
    assert_eq!(all.home_of(NEXT), all.home_of(RESIDENT));
    all.empty_goes_on.send(()).unwrap();
    all.stop();
}

#[test]
fn an_isolate_that_ends_rejects_its_residents_and_its_waiters_are_skipped() {
    let gate = Arc::new(Hchan::new(0));
    let homes = Arc::new(Mutex::new(Vec::new()));
    let meet = Arc::new(Barrier::new(2));
    let (parks, seen) = (gate.clone(), homes.clone());
    let mut runtime = Runtime::new(2, move |isolate, started| {
        if started.args == 1 {
            meet.wait();
            isolate.end(started, Ok(0));
            return;
        }
        seen.lock().unwrap().push(isolate.id());
        isolate.recv(&parks, move |isolate, value| {
            let outcome = value.ok_or(0);
            isolate.end(started, outcome);
        });
    });
    runtime.main.go(1);
    runtime.main.go(1);
    runtime.wait_for_ends(2); // both isolates are up
    for parked in 1..=2 {
        runtime.wait_until_quiet();
        runtime.main.go(0);
        eventually("it has parked", || gate.waiters().0 == parked);
    }
    let homes = homes.lock().unwrap().clone();
    assert_ne!(homes[0], homes[1]);
    runtime.close_isolate(homes[0]);
    assert_eq!(runtime.wait_for_ends(1), [Err(ISOLATE_DIED)]);
    assert_eq!(
        gate.waiters().0,
        2,
        "nobody has met the dead one's waiter yet"
    );
    gate.try_send(42).unwrap();
    assert_eq!(runtime.wait_for_ends(1), [Ok(42)]);
    assert_eq!(gate.waiters().0, 0);
    runtime.end();
}

#[test]
fn another_isolate_is_started_for_one_that_ended() {
    let gate = Arc::new(Hchan::new(0));
    let parks = gate.clone();
    let mut runtime = Runtime::new(1, move |isolate, started| {
        if started.args == 0 {
            isolate.recv(&parks, move |isolate, _| isolate.end(started, Ok(0)));
        } else {
            isolate.end(started, Ok(started.args));
        }
    });
    runtime.main.go(0);
    eventually("it has parked", || gate.waiters().0 == 1);
    runtime.close_isolate(runtime.isolates()[0]);
    assert_eq!(runtime.wait_for_ends(1), [Err(ISOLATE_DIED)]);
    runtime.main.go(7);
    assert_eq!(runtime.wait_for_ends(1), [Ok(7)]);
    runtime.end();
}

#[test]
fn work_left_in_the_queue_of_an_isolate_that_ends_is_done_by_another() {
    let mut runtime = Runtime::new(2, |isolate, started: Started| {
        if started.args > 0 {
            (0..started.args).for_each(|_| isolate.go(0));
        }
        isolate.end(started, Ok(started.args));
    });
    let before = runtime.sched.live();
    for _ in 0..20 {
        runtime.main.go(500);
        runtime.wait_for_ends(1);
        if let Some(&id) = runtime.isolates().first() {
            runtime.close_isolate(id);
        }
    }
    eventually("every goroutine has run", || runtime.sched.live() == before);
    runtime.end();
}

#[test]
fn goroutines_are_told_when_no_isolate_comes_up() {
    let mut runtime = Runtime::new(2, |isolate, started| isolate.end(started, Ok(started.args)));
    runtime.fail_next_starts(3);
    runtime.main.go(1);
    assert_eq!(runtime.wait_for_ends(1), [Err(ISOLATE_DIED)]);
    runtime.main.go(2);
    assert_eq!(runtime.wait_for_ends(1), [Ok(2)]);
    runtime.end();
}

#[test]
fn goroutines_wait_for_another_start_if_a_failure_is_not_final() {
    let mut runtime = Runtime::new(2, |isolate, started| isolate.end(started, Ok(started.args)));
    runtime.fail_next_starts(2);
    for i in 0..10 {
        runtime.main.go(i);
    }
    assert!(runtime.wait_for_ends(10).iter().all(Result::is_ok));
    runtime.end();
}

#[test]
fn gomaxprocs_changes_while_goroutines_run_and_no_p_is_lost() {
    const PROCS: usize = 4;
    const N: u64 = 20_000;
    let meet = Arc::new(Barrier::new(PROCS));
    let mut runtime = Runtime::new(PROCS, move |isolate, started| {
        if started.args == u64::MAX {
            meet.wait();
        }
        isolate.end(started, Ok(0));
    });
    let (sched, over) = (runtime.sched.clone(), Arc::new(AtomicBool::new(false)));
    let stop = over.clone();
    let changer = std::thread::spawn(move || {
        let mut procs = 1;
        while !stop.load(SeqCst) {
            sched.set_procs(procs);
            procs = procs % (PROCS + 2) + 1;
            std::thread::sleep(Duration::from_micros(100));
        }
        sched.set_procs(PROCS);
    });
    let mut native = Vec::new();
    for i in 0..N {
        runtime.main.go(i);
        if i % 10 == 0 {
            native.push(runtime.sched.go(async move { i }));
        }
    }
    runtime.wait_for_ends(N as usize);
    eventually("native goroutines end", || {
        native.iter().all(JoinHandle::is_done)
    });
    over.store(true, SeqCst);
    changer.join().unwrap();
    // Each of these holds an isolate with its P until all of them run.
    for _ in 0..PROCS {
        runtime.main.go(u64::MAX);
    }
    runtime.wait_for_ends(PROCS);
    assert_eq!(runtime.sched.procs(), PROCS);
    runtime.end();
}

/// A prime sieve hung in one of thirty runs: with as many isolates as Ps, all idle and none without
/// residents, the queued goroutine was left to an isolate that was then not started.
#[test]
fn work_is_taken_when_every_isolate_is_idle_but_has_residents() {
    for round in 0..3 {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let keep = kept.clone();
        let mut runtime = Runtime::new(2, move |isolate, started| {
            if started.args == 0 {
                isolate.end(started, Ok(round));
            } else {
                keep.lock().unwrap().push((isolate.id(), started));
            }
        });
        runtime.start_early(2);
        eventually("both are up", || runtime.isolates().len() == 2);
        runtime.wait_until_quiet();
        for resident in 1..=2 {
            runtime.main.go(resident);
            eventually("the resident has started", || {
                kept.lock().unwrap().len() as u64 == resident
            });
        }
        runtime.wait_until_quiet();
        // Past the 150 ms for which work may wait for an isolate to start, at whose end a timer looks
        // once more: it would hide that nobody was woken.
        let begin = Instant::now();
        eventually("the grace period is over", || {
            begin.elapsed() > Duration::from_millis(250)
        });
        runtime.main.go(0);
        assert_eq!(runtime.wait_for_ends(1), [Ok(round)]);
        assert_eq!(runtime.asked(), 2);
        runtime.stop();
    }
}

#[test]
fn a_crash_loop_is_slowed_down_until_a_goroutine_ends_by_itself() {
    // The first pause is 10 ms, and each is twice as long as the one before.
    const CRASHES: u64 = 7;
    const PAUSES: Duration = Duration::from_millis(10 + 20 + 40 + 80 + 160);
    let mut runtime = Runtime::new(1, |isolate, started| {
        if started.args == 0 {
            isolate.crash();
        } else {
            isolate.end(started, Ok(started.args));
        }
    });
    let start = Instant::now();
    for _ in 0..CRASHES {
        runtime.main.go(0);
        assert_eq!(runtime.wait_for_ends(1), [Err(ISOLATE_DIED)]);
    }
    assert!(start.elapsed() >= PAUSES, "{:?}", start.elapsed());
    runtime.main.go(1);
    assert_eq!(runtime.wait_for_ends(1), [Ok(1)]);
    // From here it begins anew; what was pending has passed.
    for _ in 0..2 {
        runtime.main.go(0);
        assert_eq!(runtime.wait_for_ends(1), [Err(ISOLATE_DIED)]);
    }
    runtime.main.go(2);
    assert_eq!(runtime.wait_for_ends(1), [Ok(2)]);
    runtime.end();
}

#[test]
fn what_waits_is_told_when_isolates_end_before_they_run_anything_and_later_tries_again() {
    let mut runtime = Runtime::new(1, |isolate, started| isolate.end(started, Ok(started.args)));
    runtime.fail_next_starts(4);
    for i in 0..10 {
        runtime.main.go(i);
    }
    assert_eq!(runtime.wait_for_ends(10), [Err(ISOLATE_DIED); 10]);
    assert_eq!(runtime.asked(), 3);
    runtime.main.go(10);
    assert_eq!(runtime.wait_for_ends(1), [Err(ISOLATE_DIED)]);
    runtime.main.go(11);
    assert_eq!(runtime.wait_for_ends(1), [Ok(11)]);
    runtime.end();
}

#[test]
fn isolates_that_are_idle_are_ended_and_started_again_for_work() {
    let mut runtime = Runtime::new(2, |isolate, started| isolate.end(started, Ok(started.args)));
    for round in 1..=5 {
        runtime.sched.set_idle_time(Some(Duration::from_millis(1)));
        for i in 0..20 {
            runtime.main.go(i);
        }
        assert!(runtime.wait_for_ends(20).iter().all(Result::is_ok));
        eventually("the idle ones end", || runtime.isolates().is_empty());
        assert!(runtime.asked() >= round);
    }
    runtime.sched.set_idle_time(None);
    runtime.main.go(1);
    assert_eq!(runtime.wait_for_ends(1), [Ok(1)]);
    runtime.end();
}

#[test]
fn isolates_with_residents_are_not_ended() {
    let gate = Arc::new(Hchan::new(0));
    let parks = gate.clone();
    let mut runtime = Runtime::new(1, move |isolate, started: Started| {
        let then = move |isolate: &mut Isolate, value: Option<u64>| {
            isolate.end(started, Ok(value.unwrap()));
        };
        isolate.recv(&parks, then);
    });
    runtime.sched.set_idle_time(Some(Duration::from_millis(1)));
    runtime.main.go(0);
    eventually("it has parked", || gate.waiters().0 == 1);
    runtime.wait_until_quiet();
    // It was looked at: an isolate whose goroutine ends is idle from then on, and goes.
    runtime.sched.set_idle_time(Some(Duration::from_millis(1)));
    gate.try_send(3).unwrap();
    assert_eq!(runtime.wait_for_ends(1), [Ok(3)]);
    eventually("then it ends", || runtime.isolates().is_empty());
    runtime.end();
}

#[test]
fn a_goroutine_that_has_not_started_is_taken_out_and_the_others_stay() {
    let mut runtime = Runtime::new(1, |isolate, started| isolate.end(started, Ok(started.args)));
    runtime.hold_starts();
    let ids: Vec<_> = (0..3).map(|i| runtime.main.start(i)).collect();
    let Found::Unstarted(lost) = runtime.sched.find(ids[1]) else {
        panic!("nothing can have started");
    };
    lost.tell(|id, fate| {
        assert_eq!((id, fate), (ids[1], Fate::KilledUnstarted));
        99
    });
    assert_eq!(runtime.wait_for_ends(1), [Err(99)]);
    assert!(matches!(runtime.sched.find(ids[1]), Found::Nowhere));
    runtime.start_held();
    let mut rest = runtime.wait_for_ends(2);
    rest.sort_unstable();
    assert_eq!(rest, [Ok(0), Ok(2)]);
    runtime.end();
}

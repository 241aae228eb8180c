//! A cycle of locks, for people: who waits for whom, and those goroutines as dumps show them.

use super::text::one;
use super::{Dump, Names};
use crate::sched::Cycle;
use std::fmt::Write;

/// The whole text.
pub fn cycle_text(cycle: &Cycle, dump: &Dump, names: &dyn Names) -> String {
    // That nobody else will unlock cannot be known: see `sched/lock_cycles.rs`.
    let mut out = String::from(match cycle.len() {
        1 => {
            "a goroutine waits for a lock that it holds itself, for ever if nobody else unlocks it:"
        }
        _ => "goroutines wait for each other's locks, for ever if nobody else unlocks one:",
    });
    out.push_str("\n\n");
    for (n, link) in cycle.iter().enumerate() {
        let holder = cycle[(n + 1) % cycle.len()].goroutine;
        let _ = writeln!(
            out,
            "goroutine {} waits for {} {:#x}, which goroutine {holder} has locked",
            link.goroutine,
            link.reason.object(),
            link.lock
        );
    }
    for link in cycle {
        let goroutine = dump.goroutines.iter().find(|it| it.id == link.goroutine);
        if let Some(goroutine) = goroutine {
            out.push('\n');
            one(&mut out, goroutine, dump, names);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

//! How long an M that ran dry looks for work before it parks.
//!
//! Parking and waking an isolate costs 30 to 80 microseconds, so looking for up to 50 is worth it
//! when something comes, and wasted otherwise. The budget adapts: it doubles when looking paid and
//! halves when it did not, down to a short glance that always happens (the peer of a ping-pong
//! answers within a microsecond or two). At most half of the busy Ps may look beyond the glance.

use crate::loom::{AtomicU32, spin_loop};
use std::sync::atomic::Ordering::{AcqRel, Relaxed};
use std::time::{Duration, Instant};

/// Always spent: about the time in which a running peer answers.
const GLANCE: Duration = Duration::from_micros(3);
/// Never exceeded: the design's limit for the main thread, and past it a park is cheaper.
const LONGEST: Duration = Duration::from_micros(50);
/// Looks between two readings of the clock, which costs as much as a few of them.
const LOOKS_PER_READING: u32 = 16;

/// One M's adaptive budget.
pub(crate) struct SpinBudget {
    budget: Duration,
}

impl SpinBudget {
    pub(crate) const fn new() -> Self {
        Self { budget: LONGEST }
    }

    /// Looks until `found` or until the budget is spent. `spinning` counts the Ms that look;
    /// `allowed` is how many may look beyond a glance.
    pub(crate) fn look(
        &mut self,
        spinning: &AtomicU32,
        allowed: u32,
        mut found: impl FnMut() -> bool,
    ) -> bool {
        // AcqRel: the decrement below is followed by the caller's fence and re-check; see the idle
        // protocol in sched/README.md.
        let others = spinning.fetch_add(1, AcqRel);
        let budget = if others < allowed { self.budget } else { GLANCE };
        let paid = look_for(budget, &mut found);
        spinning.fetch_sub(1, AcqRel);
        self.budget = if paid {
            (self.budget * 2).min(LONGEST)
        } else {
            (self.budget / 2).max(GLANCE)
        };
        paid
    }
}

fn look_for(budget: Duration, found: &mut impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        for _ in 0..LOOKS_PER_READING {
            if found() {
                return true;
            }
            spin_loop();
        }
        if start.elapsed() >= budget {
            return false;
        }
    }
}

/// Half of the Ps that are not idle, at least one.
pub(crate) fn allowed(procs: usize, idle: &AtomicU32) -> u32 {
    // Relaxed: a heuristic.
    let busy = (procs as u32).saturating_sub(idle.load(Relaxed));
    (busy / 2).max(1)
}

//! How long an M that ran dry looks for work before it parks.
//!
//! Parking and waking an isolate costs 30 to 80 microseconds, so looking for up to 50 is worth it
//! when something comes, and wasted otherwise. The budget adapts: it doubles when looking paid and
//! halves when it did not, down to a short glance that always happens (the peer of a ping-pong
//! answers within a microsecond or two). At most half of the busy Ps may look beyond the glance.
//!
//! Halving alone would get stuck: when both sides of a conversation park, each answer takes two
//! wake-ups, no short look ever pays, and none is ever lengthened again. So every
//! [`PROBE_EVERY`]th unpaid look is followed by one of full length.

use crate::loom::{AtomicU32, spin_loop};
use std::sync::atomic::Ordering::{AcqRel, Relaxed};
use std::time::{Duration, Instant};

/// Always spent: about the time in which a running peer answers.
const GLANCE: Duration = Duration::from_micros(3);
/// Never exceeded: the design's limit for the main thread, and past it a park is cheaper.
const LONGEST: Duration = Duration::from_micros(50);
/// Looks between two readings of the clock, which costs as much as a few of them.
const LOOKS_PER_READING: u32 = 16;

/// Unpaid looks before one of full length: an M that is woken for good reason but rarely spends
/// about 6 us a park on hope. A guess; the ping-pong benchmark needs some such number below 100.
const PROBE_EVERY: u32 = 8;

/// One M's adaptive budget.
pub(crate) struct SpinBudget {
    budget: Duration,
    unpaid: u32,
}

impl SpinBudget {
    pub(crate) const fn new() -> Self {
        Self {
            budget: LONGEST,
            unpaid: 0,
        }
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
        let budget = if others < allowed {
            self.budget
        } else {
            GLANCE
        };
        let paid = look_for(budget, &mut found);
        spinning.fetch_sub(1, AcqRel);
        self.learn(paid);
        paid
    }
}

impl SpinBudget {
    fn learn(&mut self, paid: bool) {
        if paid {
            self.unpaid = 0;
            self.budget = (self.budget * 2).min(LONGEST);
            return;
        }
        self.unpaid += 1;
        self.budget = if self.unpaid.is_multiple_of(PROBE_EVERY) {
            LONGEST
        } else {
            (self.budget / 2).max(GLANCE)
        };
    }
}

fn look_for(budget: Duration, found: &mut impl FnMut() -> bool) -> bool {
    if cfg!(loom) {
        return found(); // models have no time
    }
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

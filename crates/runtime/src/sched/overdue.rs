//! Finding a `runnext` that waits: its P is in a long turn, so that a thief should have it.
//!
//! A P that hands values from goroutine to goroutine has something in `runnext` most of the time, and
//! runs it within a fraction of a microsecond; a thief that took it would only make the two talk over
//! two cores. So a thief looks twice, a microsecond or two apart, and takes what is there if the P is
//! still in the same turn. Go's thief sleeps for 3 us first.

use super::queues::Queues;
use super::runq::Handle;
use super::slots::Slots;

/// Looks of the spinning M between two of these: at some 20 to 50 ns each, 1 to 2 us. Each one takes
/// a cache line from the P that is looked at.
const LOOKS_APART: u32 = 32;

/// What one M remembers of the others' turns.
pub(super) struct Overdue {
    /// For each P the turn in which something was in `runnext`, the last time.
    turns: Box<[Option<u32>]>,
    looks: u32,
    victim: Option<usize>,
}

impl Overdue {
    pub(super) fn new(procs: usize) -> Self {
        Self {
            turns: vec![None; procs].into(),
            looks: 0,
            victim: None,
        }
    }

    /// A new search: what was seen before does not count.
    pub(super) fn begin(&mut self) -> &mut Self {
        self.turns.fill(None);
        self.victim = None;
        self
    }

    /// Whether something waits by now.
    #[inline]
    pub(super) fn look<P: Handle>(&mut self, queues: &Queues<P>, slots: &Slots) -> bool {
        self.looks = self.looks.wrapping_add(1);
        self.looks.is_multiple_of(LOOKS_APART) && self.look_at_all(queues, slots)
    }

    fn look_at_all<P: Handle>(&mut self, queues: &Queues<P>, slots: &Slots) -> bool {
        for proc in 0..queues.used_count() {
            let turn = queues.has_next(proc).then(|| slots.turn_of(proc));
            let before = std::mem::replace(&mut self.turns[proc], turn);
            if turn.is_some() && turn == before {
                self.victim = Some(proc);
                return true;
            }
        }
        false
    }

    /// Whose `runnext` it is.
    pub(super) fn found(&self) -> Option<usize> {
        self.victim
    }
}

//! Finding goroutines that wait: their P has few, and yet does not get to them.
//!
//! Goroutines that hand values to each other have each other in their P's queue most of the time, and
//! run within a fraction of a microsecond. A thief that took one would only make them talk over two
//! cores, at several times the cost. So thieves take from a queue of few only
//! - if the P has been in the same turn for a microsecond or two: the goroutine there goes on for long
//!   (Go's thief sleeps for 3 us before it takes `runnext`);
//! - or if the ring was never found empty for about ten: there is more than the P can do. Then the
//!   goroutines that talk to each other end up together, since who readies one has it in its own queue.
//!
//! The second can be wrong: several that share one channel keep a ring filled and are done soonest on
//! one P. Then they gather again on one of the two, and the other runs dry. So a thief that ran dry
//! soon after such a theft stays away from filled rings for a while, each time twice as long ([`Bar`]).
//!
//! A queue of more than a few is robbed at once (`queues.rs`).
//!
//! How long an M looks goes by the clock, and on a slow machine that may be too short for two looks at
//! the same P. So each search ends with one, and turns are remembered from search to search: they are
//! numbered, so the same number is the same turn, however long ago it was seen. Who waits behind an
//! endless turn is found by the second search at the latest, and sysmon sees to it that there is one.

use super::queues::Queues;
use super::runq::Handle;
use super::slots::Slots;
use std::time::{Duration, Instant};

/// Looks of the spinning M between two of these: at some 20 to 50 ns each, 1 to 2 us. Each one takes
/// a cache line from the P that is looked at.
const LOOKS_APART: u32 = 32;
/// For how many of these in a row a ring must not have been empty.
const TOO_MUCH: u32 = 8;

/// How long the thief must have had something to do for the theft to have paid. Those that share a
/// channel gather within tens of microseconds; two pairs stay apart for good.
const PAYS_FROM: Duration = Duration::from_micros(500);
/// How long it stays away after the first theft in vain, and at most. A guess: a theft in vain costs
/// some microseconds of talk over two cores, so at worst a thousandth; and two pairs wait no longer.
const FIRST_BAR: Duration = Duration::from_micros(50);
const LONGEST_BAR: Duration = Duration::from_millis(10);

/// What one M remembers of the other Ps.
pub(super) struct Overdue {
    seen: Box<[Seen]>,
    looks: u32,
    victim: Option<Victim>,
    bar: Bar,
}

/// Whom to rob.
#[derive(Clone, Copy)]
pub(super) struct Victim {
    pub(super) proc: usize,
    /// Because its ring is never empty.
    filled: bool,
}

/// Keeps a thief from filled rings after thefts in vain.
#[derive(Default)]
struct Bar {
    /// When it last took from a filled ring, if it has had something to do since.
    robbed: Option<Instant>,
    length: Duration,
    until: Option<Instant>,
}

impl Bar {
    fn is_up(&self, now: impl FnOnce() -> Instant) -> bool {
        self.until.is_some_and(|until| now() < until)
    }

    /// The thief has nothing to do any more.
    fn ran_dry(&mut self, now: impl FnOnce() -> Instant) {
        let Some(robbed) = self.robbed.take() else {
            return;
        };
        let now = now();
        if now - robbed < PAYS_FROM {
            self.length = (self.length * 2).clamp(FIRST_BAR, LONGEST_BAR);
            self.until = Some(now + self.length);
        } else {
            *self = Self::default();
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Seen {
    /// The turn in which something was queued, the last time.
    turn: Option<u32>,
    /// How many times in a row something was in the ring.
    ring: u32,
}

impl Overdue {
    pub(super) fn new(procs: usize) -> Self {
        Self {
            seen: vec![Seen::default(); procs].into(),
            looks: 0,
            victim: None,
            bar: Bar::default(),
        }
    }

    /// A new search: whether the rings were empty in between is not known.
    pub(super) fn begin(&mut self) -> &mut Self {
        for seen in &mut self.seen {
            seen.ring = 0;
        }
        self.victim = None;
        self.bar.ran_dry(Instant::now);
        self
    }

    /// Whether something waits by now, for the holder of P `proc`.
    #[inline]
    pub(super) fn look<P: Handle>(
        &mut self,
        proc: usize,
        queues: &Queues<P>,
        slots: &Slots,
    ) -> bool {
        self.looks = self.looks.wrapping_add(1);
        self.looks.is_multiple_of(LOOKS_APART) && self.look_at_all(proc, queues, slots)
    }

    /// As `look`, at the end of a search, however short it was.
    pub(super) fn look_at_all<P: Handle>(
        &mut self,
        proc: usize,
        queues: &Queues<P>,
        slots: &Slots,
    ) -> bool {
        for victim in (0..queues.used_count()).filter(|&victim| victim != proc) {
            let (ring, any) = queues.waiting(victim);
            let turn = any.then(|| slots.turn_of(victim));
            let seen = &mut self.seen[victim];
            let same_turn = turn.is_some() && turn == seen.turn;
            seen.turn = turn;
            seen.ring = if ring { seen.ring + 1 } else { 0 };
            let filled = !same_turn && seen.ring >= TOO_MUCH;
            if same_turn || (filled && !self.bar.is_up(Instant::now)) {
                let proc = victim;
                self.victim = Some(Victim { proc, filled });
                return true;
            }
        }
        false
    }

    /// Whose queue it is.
    pub(super) fn found(&self) -> Option<Victim> {
        self.victim
    }

    /// It was robbed.
    pub(super) fn robbed(&mut self, victim: Victim) {
        self.bar.robbed = victim.filled.then(Instant::now);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// A theft from a filled ring, after which the thief had something to do for so long. Gives when
    /// it ran dry.
    fn theft(bar: &mut Bar, at: Instant, lasts: Duration) -> Instant {
        bar.robbed = Some(at);
        let dry = at + lasts;
        bar.ran_dry(|| dry);
        dry
    }

    #[test]
    fn thefts_in_vain_bar_the_next_ever_longer_and_one_that_pays_lifts_it() {
        let mut bar = Bar::default();
        let mut now = Instant::now();
        assert!(!bar.is_up(|| now));
        let mut length = FIRST_BAR;
        for _ in 0..20 {
            now = theft(&mut bar, now, PAYS_FROM / 2);
            assert!(bar.is_up(|| now + length / 2));
            assert!(!bar.is_up(|| now + length), "{length:?}");
            length = (length * 2).min(LONGEST_BAR);
        }
        // Running dry again without a theft says nothing.
        bar.ran_dry(|| now);
        assert!(bar.is_up(|| now));
        now = theft(&mut bar, now, PAYS_FROM);
        assert!(!bar.is_up(|| now));
        now = theft(&mut bar, now, PAYS_FROM / 2);
        assert!(!bar.is_up(|| now + FIRST_BAR), "it begins anew");
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::sched::idle::Proc;

    /// A handle that is only a number.
    #[derive(Clone, Copy)]
    struct Number(u32);

    // SAFETY: the pointer is never followed.
    unsafe impl Handle for Number {
        type Target = u32;
        fn into_raw(self) -> *mut u32 {
            std::ptr::without_provenance_mut(self.0 as usize * 8)
        }
        unsafe fn from_raw(raw: *mut u32) -> Self {
            Self((raw.addr() / 8) as u32)
        }
    }

    #[test]
    fn an_endless_turn_is_found_by_searches_of_one_look_each() {
        let (queues, slots) = (Queues::new(2, 2), Slots::new(2));
        slots.runs(&Proc(1));
        slots.turn(1);
        queues.push_local(1, Number(1));
        let mut overdue = Overdue::new(2);
        assert!(!overdue.begin().look_at_all(0, &queues, &slots));
        slots.turn(1); // it got on: not this time
        assert!(!overdue.begin().look_at_all(0, &queues, &slots));
        assert!(overdue.begin().look_at_all(0, &queues, &slots));
        assert_eq!(overdue.found(), Some(1));
    }

    #[test]
    fn an_empty_queue_is_never_overdue() {
        let (queues, slots) = (Queues::<Number>::new(2, 2), Slots::new(2));
        let mut overdue = Overdue::new(2);
        for _ in 0..3 {
            assert!(!overdue.begin().look_at_all(0, &queues, &slots));
        }
    }
}

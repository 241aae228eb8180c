//! What others can see, and take, of a P while an M has it.
//!
//! An M that is about to do something it cannot be interrupted in *lends* its P: it puts the P into
//! its slot and takes it out again afterwards, with one exchange each, if nobody else did meanwhile.
//! A native goroutine that blocks its thread lends its P to whoever wants it (`blocking.rs`), an
//! isolate that runs JavaScript lends it to sysmon (`sysmon.rs`), which takes it after 10 ms. This is
//! Go's `_Psyscall`.
//!
//! A native M that runs a goroutine keeps its P, since what the goroutine readies goes into the P's
//! own queue, which has one owner. If it runs too long sysmon marks the slot and puts another P into
//! circulation in its place.
//!
//! Invariant: a P is in one place: with an M, in a list of `idle.rs`, or in its slot (`BLOCKED`,
//! `RUNNING_JS`). Whoever moves the slot's state away from these two has it.

use super::idle::Proc;
use crate::loom::AtomicU32;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// Nothing to see: idle, or held for a moment.
const NONE: u32 = 0;
/// In the slot: a native goroutine blocks its thread.
const BLOCKED: u32 = 1;
/// In the slot: an isolate runs JavaScript.
const RUNNING_JS: u32 = 2;
/// With a native M that runs goroutines.
const NATIVE: u32 = 3;
/// Likewise, and sysmon has put another P into circulation instead.
const REPLACED: u32 = 4;

/// A line of its own: the owner writes it at every turn.
#[repr(align(128))]
struct Slot {
    state: AtomicU32,
    /// Counts turns, so that sysmon can tell a long one from many.
    turns: AtomicU32,
    /// Counts what others took although there were few. On a line that the owner reads anyway.
    thefts: AtomicU32,
}

impl Slot {
    #[inline]
    fn next_turn(&self) {
        // Relaxed, and no exchange: only the owner counts; sysmon compares.
        let turns = self.turns.load(Relaxed);
        self.turns.store(turns.wrapping_add(1), Relaxed);
    }
}

/// Why a P is in its slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lent {
    Blocked = BLOCKED as isize,
    JavaScript = RUNNING_JS as isize,
}

pub(super) struct Slots {
    slots: Box<[Slot]>,
    /// How many are `BLOCKED`: who queues work looks here.
    blocked: AtomicU32,
}

impl Slots {
    pub(super) fn new(count: usize) -> Self {
        let slot = || Slot {
            state: AtomicU32::new(NONE),
            turns: AtomicU32::new(0),
            thefts: AtomicU32::new(0),
        };
        Self {
            slots: (0..count).map(|_| slot()).collect(),
            blocked: AtomicU32::new(0),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether any P can be had from a blocked M. Exact behind the fences of "Blocking".
    #[inline]
    pub(super) fn any_blocked(&self) -> bool {
        self.blocked.load(Relaxed) > 0
    }

    /// The owner puts its P into the slot. Gives the number under which to ask for it again.
    pub(super) fn lend(&self, proc: Proc, why: Lent) -> usize {
        let number = proc.into_number(); // it is in the slot from here on
        if why == Lent::Blocked {
            self.blocked.fetch_add(1, Relaxed); // `lend`'s caller fences
        }
        let slot = &self.slots[number];
        slot.next_turn();
        // Release: pairs with the Acquire in `take`: what the owner did with the P's queue.
        slot.state.store(why as u32, Release);
        number
    }

    /// Takes a P out of its slot: the owner who comes back, or somebody else.
    pub(super) fn take(&self, number: usize, why: Lent) -> Option<Proc> {
        // AcqRel: see `lend`; and one of several takers wins.
        self.slots[number]
            .state
            .compare_exchange(why as u32, NONE, AcqRel, Relaxed)
            .ok()?;
        if why == Lent::Blocked {
            self.blocked.fetch_sub(1, Relaxed);
        }
        Some(Proc(number))
    }

    /// Takes a P from any blocked M.
    pub(super) fn take_blocked(&self) -> Option<Proc> {
        if !self.any_blocked() {
            return None;
        }
        (0..self.len()).find_map(|number| self.take(number, Lent::Blocked))
    }

    /// A native M begins to run goroutines with this P.
    pub(super) fn runs(&self, proc: &Proc) {
        self.slots[proc.number()].state.store(NATIVE, Release);
    }

    /// It does not any more. `true`: another P is in circulation instead.
    pub(super) fn stops(&self, proc: &Proc) -> bool {
        // AcqRel: sysmon either replaced it before, or finds it gone.
        self.slots[proc.number()].state.swap(NONE, AcqRel) == REPLACED
    }

    /// At the end of each turn. `true`: another P is in circulation, and this one must be given up.
    #[inline]
    pub(super) fn turn(&self, number: usize) -> bool {
        let slot = &self.slots[number];
        slot.next_turn();
        slot.state.load(Relaxed) == REPLACED // seen at the next turn at the latest
    }

    /// Which turn this P is in. A number to compare.
    pub(super) fn turn_of(&self, number: usize) -> u32 {
        self.slots[number].turns.load(Relaxed)
    }

    /// Somebody took of the few that this P had queued.
    pub(super) fn note_theft(&self, number: usize) {
        self.slots[number].thefts.fetch_add(1, Relaxed); // a number to compare
    }

    /// How often somebody did.
    #[inline]
    pub(super) fn thefts(&self, number: usize) -> u32 {
        self.slots[number].thefts.load(Relaxed)
    }

    /// Sysmon: which turn runs on this P, if one does that may take long.
    pub(super) fn running(&self, number: usize) -> Option<(Long, u32)> {
        let slot = &self.slots[number];
        // Acquire: the turn read next is not older than this.
        let long = match slot.state.load(Acquire) {
            RUNNING_JS => Long::JavaScript,
            NATIVE => Long::Native,
            REPLACED => Long::Replaced,
            _ => return None,
        };
        Some((long, slot.turns.load(Relaxed)))
    }

    /// Sysmon: the native M with this P runs too long. `false`: it has just stopped.
    pub(super) fn replace(&self, number: usize) -> bool {
        self.slots[number]
            .state
            .compare_exchange(NATIVE, REPLACED, AcqRel, Relaxed)
            .is_ok()
    }
}

/// What may take long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Long {
    Native,
    JavaScript,
    /// Native, and another P is in circulation already. What it readies goes into its own queue all
    /// the same, so somebody must be woken for that.
    Replaced,
}

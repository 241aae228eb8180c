//! A goroutine's header: what every goroutine has, native or JavaScript, from start to end.
//!
//! ```text
//!   go()                    run                        poll: Ready, or its end
//!   ----> RUNNABLE ----------------------> RUNNING ----------------------> DEAD
//!            ^  ^                          |     |  ^                       |
//!            |  |  ready   WAITING <-------+     |  | ready                 | recycled
//!            |  +------------  |   park          |  v                       v
//!            |                                   | NOTIFIED              (free block)
//!            +-----------------------------------+-----+ park: it was readied meanwhile
//! ```
//! The word `life` holds the state in three bits, chosen so that each transition is one atomic
//! instruction that cannot fail ([`ready`](G::ready) sets a bit, [`park`](G::park) subtracts 2), two
//! bits for whoever joins it (`task/join.rs`), and the number of references to the block.
//!
//! Who hands a value over wakes the other side and then parks with a waker of its own in a queue: a
//! reference given up and one made, each hand-over. Counting them apart would take two more atomic
//! instructions, so they travel with the transitions:
//! - a turn begins with [`LENT`] references in hand. A waker made during the turn, on its thread, is
//!   one of these, which only a plain counter notes; [`park`](G::park) and [`end`](G::end) give back
//!   the rest. The count may be too high for a turn, never too low.
//! - a waker that readies the goroutine from one of its scheduler's Ms leaves its reference there,
//!   with the bit `GIVEN` set by the same instruction. The next turn finds the bit when it starts,
//!   and gives the reference up when it ends. Only one fits: with `GIVEN` set, or on a dead
//!   goroutine, the waker gives its reference up by itself.
//!
//! Elsewhere a waker keeps its reference until the goroutine is queued, because the scheduler may
//! shut down meanwhile, end the goroutine where it is, and free the block. It waits for its Ms first.
//!
//! A native goroutine's future lies in the same block of memory, behind the header (`task/cell.rs`).
//! Blocks are recycled, never given back while the scheduler lives (`pool.rs`), as in Go: so reports
//! can read the headers from any thread, at any time, without a lock.

mod pool;
mod wait;

pub(crate) use pool::Class;
pub(crate) use pool::LocalPool;
pub use pool::{Row, Table};
pub use wait::Reason;

use crate::loom::{AtomicU8, AtomicU32, AtomicU64};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// A goroutine's number, from 1 up, never reused. 0 stands for the main program.
pub type GoId = u64;

/// What a goroutine is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A Rust future: may resume on any native M.
    Native = 0,
    /// A JavaScript function: may start on any isolate, and lives there from then on.
    JavaScript = 1,
}

/// Where a goroutine is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In a run queue, not started or ready to go on.
    Runnable,
    /// Started. A JavaScript goroutine counts as running while it awaits something of its own.
    Running,
    /// Parked.
    Waiting,
    /// Ended.
    Dead,
}

/// It was readied, and is in a run queue or on its way there; with `RUNNING`: it goes back into one
/// when its turn ends.
const READIED: u64 = 0b0_0001;
/// An M runs it.
const RUNNING: u64 = 0b0_0010;
/// It has ended.
const DEAD: u64 = 0b0_0100;
/// Somebody may ask for its result.
pub(crate) const JOINABLE: u64 = 0b00_1000;
/// That one's waker is there: the goroutine wakes it when it ends.
pub(crate) const JOINER: u64 = 0b01_0000;
/// Who readied it has left its reference here.
const GIVEN: u64 = 0b10_0000;
const STATE: u64 = READIED | RUNNING | DEAD;
/// One who may touch the block: one for being alive, one for the join handle, one a waker.
const REF: u64 = 1 << 8;
/// The references in hand of a turn: more than it makes wakers. Those beyond are counted one by one.
const LENT: u64 = REF * MAX_UNCOUNTED as u64;
/// How many wakers of its own goroutine a turn makes without counting them one by one.
pub(crate) const MAX_UNCOUNTED: u32 = 1 << 20;

const NO_ISOLATE: u32 = u32::MAX;
/// The program of a goroutine that its isolate runs by itself.
pub(crate) const NO_PROGRAM: u32 = u32::MAX;

/// See the module's documentation. The head of its block.
#[repr(C)]
pub(crate) struct G {
    /// 0: a free block.
    id: AtomicU64,
    parent: AtomicU64,
    life: AtomicU64,
    /// Of a native one: what it waits for, while it waits (`wait.rs`). Of a JavaScript one: its program
    /// (low half) and where it was created (high half; 0: not known), as the embedder numbers them. One
    /// word for both, so that a native goroutine's header, table and scheduler are one cache line.
    about: AtomicU64,
    /// The isolate it lives in, or `NO_ISOLATE`.
    isolate: AtomicU32,
    kind: AtomicU8,
    class: Class,
}

/// What became of a goroutine whose turn ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parked {
    /// It waits to be readied.
    Waiting,
    /// It was readied during the turn: the caller queues it again.
    Readied,
}

/// What a turn has in hand, as `life` counts it: references, and the bit of the one that was given.
/// Used up by the end of the turn.
#[must_use = "the references stay counted for ever"]
pub(crate) struct Loan(u64);

impl Loan {
    /// Of a goroutine that ends without a turn.
    pub(crate) const NONE: Self = Self(0);

    /// So many wakers were made of it, and stay.
    #[inline]
    pub(crate) fn less(self, wakers: u32) -> Self {
        Self(self.0 - u64::from(wakers) * REF)
    }
}

impl G {
    fn free(class: Class) -> Self {
        Self {
            id: AtomicU64::new(0),
            parent: AtomicU64::new(0),
            life: AtomicU64::new(DEAD),
            about: AtomicU64::new(0),
            isolate: AtomicU32::new(NO_ISOLATE),
            kind: AtomicU8::new(0),
            class,
        }
    }

    /// A free block becomes a goroutine, the caller's alone until it is queued. A native one stays
    /// dead until its future is there ([`begin`](Self::begin)): reports and shutdown, which walk all
    /// blocks, pass over it.
    fn create(&self, id: GoId, parent: GoId, kind: Kind) {
        let life = match kind {
            Kind::Native => DEAD,
            Kind::JavaScript => READIED,
        };
        self.parent.store(parent, Relaxed);
        self.kind.store(kind as u8, Relaxed);
        self.isolate.store(NO_ISOLATE, Relaxed);
        self.life.store(life, Relaxed);
        // Release: pairs with the Acquire load in `row`, which then reads what belongs to this id.
        self.id.store(id, Release);
    }

    /// A native goroutine is complete, and runnable.
    #[inline]
    pub(crate) fn begin(&self) {
        // Release: pairs with the Acquire in `is_live_native`; the future is there.
        self.life.store(READIED | JOINABLE | (2 * REF), Release);
    }

    /// Runnable or waiting to running, for one caller: to be cancelled, when no M runs any more.
    pub(crate) fn claim(&self) -> bool {
        // AcqRel: Acquire takes the future over from the M that ran it last, or from `begin`.
        self.life.fetch_or(RUNNING, AcqRel) & (RUNNING | DEAD) == 0
    }

    /// Its number.
    pub(crate) fn id(&self) -> GoId {
        self.id.load(Relaxed) // constant from `create` to the end
    }

    /// Runnable to running: an M took it out of a queue.
    #[inline]
    pub(crate) fn start(&self) -> Loan {
        // READIED becomes RUNNING. AcqRel: Acquire pairs with the Release of who readied it and of
        // the M that ran it before; the future and what it waits for are visible.
        let before = self.life.fetch_add(RUNNING - READIED + LENT, AcqRel);
        debug_assert_eq!(
            before & STATE,
            READIED,
            "only runnable goroutines are in queues"
        );
        // It may wait for something else next. After the exchange, which waits for stores before it.
        self.about.store(0, Relaxed);
        // A reference that was given is given up with the rest of the loan.
        Loan(LENT + (before & GIVEN) * (1 + REF / GIVEN))
    }

    /// Running to waiting; or back to runnable, if it was readied meanwhile.
    #[inline]
    #[expect(clippy::needless_pass_by_value, reason = "a loan is used up")]
    pub(crate) fn park(&self, loan: Loan) -> Parked {
        // AcqRel: Release publishes the future to the next M; Acquire sees what was done by whoever
        // readied it meanwhile.
        if self.life.fetch_sub(RUNNING + loan.0, AcqRel) & READIED == 0 {
            Parked::Waiting
        } else {
            Parked::Readied
        }
    }

    /// Waiting to runnable: `true` for the one caller that must queue it. Others change nothing: it
    /// is queued already, or will be when its turn ends, or is dead.
    #[inline]
    pub(crate) fn ready(&self) -> bool {
        // AcqRel, and a write even where it changes nothing: what the caller did before is visible
        // to the turn that is to come. Pairs with `start` and `park`.
        self.life.fetch_or(READIED, AcqRel) & STATE == 0
    }

    /// As [`ready`](Self::ready), by a waker on one of the scheduler's Ms, which leaves its reference
    /// here if it can. `true` in the second place: it could not, and the caller gives it up itself.
    #[inline]
    pub(crate) fn ready_and_give(&self) -> (bool, bool) {
        // AcqRel: as in `ready`.
        let before = self.life.fetch_or(READIED | GIVEN, AcqRel);
        (before & STATE == 0, before & (GIVEN | DEAD) != 0)
    }

    /// Running to dead. Gives the join bits of that instant, and whether a reference was given that
    /// no turn will take.
    #[inline]
    #[expect(clippy::needless_pass_by_value, reason = "a loan is used up")]
    pub(crate) fn end(&self, loan: Loan) -> (u64, bool) {
        // AcqRel: Release publishes the result to who joins; Acquire takes over its waker. An
        // addition, for DEAD was not set: it ends once.
        let before = self.life.fetch_add(DEAD.wrapping_sub(loan.0), AcqRel);
        let given = before.wrapping_sub(loan.0) & GIVEN != 0;
        (before & (JOINABLE | JOINER), given)
    }

    /// Whether it has ended. Its result can then be read.
    #[inline]
    pub(crate) fn is_dead(&self) -> bool {
        // Acquire: pairs with `end`.
        self.life.load(Acquire) & DEAD != 0
    }

    /// Sets and clears join bits, unless it has ended (`false`).
    pub(crate) fn change_join_bits(&self, set: u64, clear: u64) -> bool {
        let mut life = self.life.load(Acquire);
        while life & DEAD == 0 {
            // AcqRel: Release publishes the waker before JOINER is set; Acquire as in `is_dead`.
            let next = (life | set) & !clear;
            match self.life.compare_exchange_weak(life, next, AcqRel, Acquire) {
                Ok(_) => return true,
                Err(seen) => life = seen,
            }
        }
        false
    }

    /// Which join bits are set. Meant for the one who joins: nobody else sets or clears them.
    pub(crate) fn has_joiner(&self) -> bool {
        self.life.load(Relaxed) & JOINER != 0
    }

    /// Whether anybody may touch the block.
    #[cfg(loom)]
    pub(crate) fn is_held(&self) -> bool {
        self.life.load(Acquire) / REF > 0
    }

    /// One more may touch the block.
    #[inline]
    pub(crate) fn retain(&self) {
        // Relaxed: made from a reference that exists, as in `Arc::clone`.
        self.life.fetch_add(REF, Relaxed);
    }

    /// One fewer. `true`: nobody is left, and the caller frees the block.
    #[inline]
    pub(crate) fn release(&self) -> bool {
        // AcqRel: what others did with the block before they let go happened before it is reused.
        self.life.fetch_sub(REF, AcqRel) / REF == 1
    }

    /// What a JavaScript goroutine runs, and where it was created; before it is queued.
    pub(crate) fn comes_from(&self, program: u32, site: u32) {
        let origin = u64::from(program) | u64::from(site) << 32;
        self.about.store(origin, Relaxed); // describes only
    }

    /// What a JavaScript goroutine runs, and where it was created.
    fn origin(&self) -> (u32, u32) {
        let origin = self.about.load(Relaxed); // as above
        (origin as u32, (origin >> 32) as u32)
    }

    /// A JavaScript goroutine starts in this isolate.
    pub(crate) fn starts_in(&self, isolate: u32) {
        self.isolate.store(isolate, Relaxed);
        self.life.store(RUNNING, Relaxed); // describes only: nothing goes by it
    }

    /// Whether it is a native goroutine that has not ended.
    pub(crate) fn is_live_native(&self) -> bool {
        // First what acquires: the rest belongs to the goroutine that is alive. Free blocks are dead.
        !self.is_dead() && self.kind.load(Relaxed) == Kind::Native as u8
    }

    fn state(&self) -> State {
        match self.life.load(Relaxed) & STATE {
            0 => State::Waiting,
            READIED => State::Runnable,
            life if life & DEAD != 0 => State::Dead,
            _ => State::Running,
        }
    }
}

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
//! instruction that cannot fail ([`ready`](G::ready) sets a bit, [`park`](G::park) subtracts 2), and
//! two bits for whoever joins it (`task/join.rs`).
//!
//! A native goroutine's future lies in the same block of memory, behind the header (`task/cell.rs`).
//! Blocks are recycled, never given back while the scheduler lives (`pool.rs`), as in Go: so reports
//! can read the headers from any thread, at any time, without a lock.

mod pool;

pub(crate) use pool::Class;
pub(crate) use pool::LocalPool;
pub use pool::{Row, Table};

use crate::loom::cell::UnsafeCell;
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
const READIED: u32 = 0b0_0001;
/// An M runs it.
const RUNNING: u32 = 0b0_0010;
/// It has ended.
const DEAD: u32 = 0b0_0100;
/// Somebody may ask for its result.
pub(crate) const JOINABLE: u32 = 0b0_1000;
/// That one's waker is there: the goroutine wakes it when it ends.
pub(crate) const JOINER: u32 = 0b1_0000;
const STATE: u32 = READIED | RUNNING | DEAD;

const NO_ISOLATE: u32 = u32::MAX;

/// See the module's documentation. The head of its block.
#[repr(C)]
pub(crate) struct G {
    /// 0: a free block.
    id: AtomicU64,
    parent: AtomicU64,
    life: AtomicU32,
    /// Who may still touch the block: one for being alive, one for the join handle, one a waker.
    refs: AtomicU32,
    /// The isolate it lives in, or `NO_ISOLATE`.
    isolate: AtomicU32,
    kind: AtomicU8,
    class: Class,
    /// The next free block, while this one is free. Guarded by whoever owns the free list.
    next: UnsafeCell<*mut G>,
}

/// What became of a goroutine whose turn ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parked {
    /// It waits to be readied.
    Waiting,
    /// It was readied during the turn: the caller queues it again.
    Readied,
}

impl G {
    fn free(class: Class) -> Self {
        Self {
            id: AtomicU64::new(0),
            parent: AtomicU64::new(0),
            life: AtomicU32::new(DEAD),
            refs: AtomicU32::new(0),
            isolate: AtomicU32::new(NO_ISOLATE),
            kind: AtomicU8::new(0),
            class,
            next: UnsafeCell::new(std::ptr::null_mut()),
        }
    }

    /// A free block becomes a goroutine, the caller's alone until it is queued. A native one stays
    /// dead until its future is there ([`begin`](Self::begin)): reports and shutdown, which walk all
    /// blocks, pass over it.
    fn create(&self, id: GoId, parent: GoId, kind: Kind) {
        let (life, refs) = match kind {
            Kind::Native => (DEAD, 2),
            Kind::JavaScript => (READIED, 1),
        };
        self.parent.store(parent, Relaxed);
        self.kind.store(kind as u8, Relaxed);
        self.isolate.store(NO_ISOLATE, Relaxed);
        self.refs.store(refs, Relaxed);
        self.life.store(life, Relaxed);
        // Release: pairs with the Acquire load in `row`, which then reads what belongs to this id.
        self.id.store(id, Release);
    }

    /// A native goroutine is complete, and runnable.
    #[inline]
    pub(crate) fn begin(&self) {
        // Release: pairs with the Acquire in `is_live_native`; the future is there.
        self.life.store(READIED | JOINABLE, Release);
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
    pub(crate) fn start(&self) {
        // READIED becomes RUNNING. AcqRel: Acquire pairs with the Release of who readied it and of
        // the M that ran it before; the future and what it waits for are visible.
        let before = self.life.fetch_add(RUNNING - READIED, AcqRel);
        debug_assert_eq!(
            before & STATE,
            READIED,
            "only runnable goroutines are in queues"
        );
    }

    /// Running to waiting; or back to runnable, if it was readied meanwhile.
    #[inline]
    pub(crate) fn park(&self) -> Parked {
        // AcqRel: Release publishes the future to the next M; Acquire sees what was done by whoever
        // readied it meanwhile.
        if self.life.fetch_sub(RUNNING, AcqRel) & READIED == 0 {
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

    /// Running to dead. Gives the join bits of that instant.
    #[inline]
    pub(crate) fn end(&self) -> u32 {
        // AcqRel: Release publishes the result to who joins; Acquire takes over its waker.
        self.life.fetch_or(DEAD, AcqRel) & (JOINABLE | JOINER)
    }

    /// Whether it has ended. Its result can then be read.
    #[inline]
    pub(crate) fn is_dead(&self) -> bool {
        // Acquire: pairs with `end`.
        self.life.load(Acquire) & DEAD != 0
    }

    /// Sets and clears join bits, unless it has ended (`false`).
    pub(crate) fn change_join_bits(&self, set: u32, clear: u32) -> bool {
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

    /// One more may touch the block.
    #[inline]
    pub(crate) fn retain(&self) {
        // Relaxed: made from a reference that exists, as in `Arc::clone`.
        self.refs.fetch_add(1, Relaxed);
    }

    /// One fewer. `true`: nobody is left, and the caller frees the block.
    #[inline]
    pub(crate) fn release(&self) -> bool {
        // AcqRel: what others did with the block before they let go happened before it is reused.
        self.refs.fetch_sub(1, AcqRel) == 1
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

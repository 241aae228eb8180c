//! The goroutine table: one row for every goroutine, native or JavaScript, from start to end.
//!
//! Reports (deadlock, leaks, profiles) read it from any thread. It is split into shards so that
//! starting goroutines on several threads does not meet at one lock.

use crate::lock::{Lock, Rank};
use crate::loom::{Arc, AtomicU8, AtomicU32, AtomicU64};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// A goroutine's number, from 1 up, never reused. 0 stands for the main program.
pub type GoId = u64;

/// What a goroutine is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A Rust future: may resume on any native M.
    Native,
    /// A JavaScript function: may start on any isolate, and lives there from then on.
    JavaScript,
}

/// Where a goroutine is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// In a run queue, not started or ready to go on.
    Runnable = 0,
    /// Started. A JavaScript goroutine counts as running while it awaits something of its own.
    Running = 1,
    /// Parked.
    Waiting = 2,
    /// Ended.
    Dead = 3,
}

/// A goroutine's row.
pub struct G {
    id: GoId,
    parent: GoId,
    kind: Kind,
    created: Instant,
    /// A `State`. Written by whoever moves the goroutine; reports may see it a moment late.
    state: AtomicU8,
    /// The isolate it lives in, or `NO_ISOLATE`.
    isolate: AtomicU32,
    /// Where its row is, so that ending it costs no search. Written once, before it is shared.
    slot: AtomicU32,
}

const NO_ISOLATE: u32 = u32::MAX;

impl G {
    /// Its number.
    pub fn id(&self) -> GoId {
        self.id
    }

    /// Who started it.
    pub fn parent(&self) -> GoId {
        self.parent
    }

    /// Native or JavaScript.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// When it was made.
    pub fn created(&self) -> Instant {
        self.created
    }

    /// Where it is in its life.
    pub fn state(&self) -> State {
        // Relaxed throughout: the row describes, it does not synchronise.
        match self.state.load(Relaxed) {
            0 => State::Runnable,
            1 => State::Running,
            2 => State::Waiting,
            _ => State::Dead,
        }
    }

    /// The isolate it lives in, once it has started in one.
    pub fn isolate(&self) -> Option<u32> {
        Some(self.isolate.load(Relaxed)).filter(|&isolate| isolate != NO_ISOLATE)
    }

    pub(crate) fn set_state(&self, state: State) {
        self.state.store(state as u8, Relaxed);
    }

    pub(crate) fn starts_in(&self, isolate: u32) {
        self.isolate.store(isolate, Relaxed);
        self.set_state(State::Running);
    }
}

/// More shards than this machine class has cores; a power of two.
const SHARDS: usize = 16;

struct Shard {
    rows: Vec<Option<Arc<G>>>,
    free: Vec<u32>,
}

/// All live goroutines.
pub struct Table {
    next_id: AtomicU64,
    shards: Box<[Lock<Shard>]>,
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    /// An empty table.
    pub fn new() -> Self {
        let shard = || Shard {
            rows: Vec::new(),
            free: Vec::new(),
        };
        Self {
            next_id: AtomicU64::new(1),
            shards: (0..SHARDS)
                .map(|_| Lock::new(Rank::Table, shard()))
                .collect(),
        }
    }

    /// Makes a goroutine's row.
    pub fn add(&self, parent: GoId, kind: Kind) -> Arc<G> {
        let id = self.next_id.fetch_add(1, Relaxed); // a counter
        let g = Arc::new(G {
            id,
            parent,
            kind,
            created: Instant::now(),
            state: AtomicU8::new(State::Runnable as u8),
            isolate: AtomicU32::new(NO_ISOLATE),
            slot: AtomicU32::new(0),
        });
        let mut shard = self.shard(id).lock();
        let slot = shard.free.pop().unwrap_or(shard.rows.len() as u32);
        g.slot.store(slot, Relaxed); // not shared yet; the shard's lock publishes it
        match shard.rows.get_mut(slot as usize) {
            Some(row) => *row = Some(g.clone()),
            None => shard.rows.push(Some(g.clone())),
        }
        g
    }

    /// Ends a goroutine and takes its row out.
    pub fn remove(&self, g: &G) {
        g.set_state(State::Dead);
        let slot = g.slot.load(Relaxed);
        let row = {
            let mut shard = self.shard(g.id).lock();
            shard.free.push(slot);
            shard.rows[slot as usize].take()
        };
        debug_assert!(
            row.is_some_and(|row| row.id == g.id),
            "a goroutine ends once"
        );
    }

    /// How many are alive.
    pub fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| {
                let shard = shard.lock();
                shard.rows.len() - shard.free.len()
            })
            .sum()
    }

    /// Whether none is alive.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All that are alive, by number.
    pub fn all(&self) -> Vec<Arc<G>> {
        let mut all: Vec<Arc<G>> = self
            .shards
            .iter()
            .flat_map(|shard| {
                shard
                    .lock()
                    .rows
                    .iter()
                    .flatten()
                    .cloned()
                    .collect::<Vec<_>>()
            })
            .collect();
        all.sort_unstable_by_key(|g| g.id);
        all
    }

    fn shard(&self, id: GoId) -> &Lock<Shard> {
        &self.shards[id as usize % SHARDS]
    }
}

//! Goroutines that ended with their isolate, or that no isolate can be started for: whoever started them
//! has yet to be told.
//!
//! The embedder tells, because it makes the errors, and because it may learn only later what happened:
//! Node reports that a thread ran out of memory after the thread is gone. Until then they count as
//! alive, so that the process stays.

use super::{Goroutine, Sched};
use crate::g::GoId;
use crate::loom::Arc;

/// What a goroutine's owner is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It lived in the isolate that ended.
    Died,
    /// It waited in a queue, and isolates do not come up.
    NeverStarted,
    /// It waited in a queue, and was killed there.
    KilledUnstarted,
}

/// See the module's documentation.
#[must_use = "those who wait for these goroutines wait for ever"]
pub struct Lost<V> {
    sched: Option<Arc<Sched<V>>>,
    goroutines: Vec<(Fate, Box<Goroutine<V>>)>,
}

impl<V> Lost<V> {
    pub(super) fn nobody(sched: &Sched<V>) -> Self {
        Self {
            sched: sched.me.upgrade(),
            goroutines: Vec::new(),
        }
    }

    pub(super) fn never_started(sched: &Sched<V>, all: Vec<Box<Goroutine<V>>>) -> Self {
        let mut lost = Self::nobody(sched);
        lost.add(Fate::NeverStarted, all);
        lost
    }

    pub(super) fn add(&mut self, fate: Fate, all: impl IntoIterator<Item = Box<Goroutine<V>>>) {
        self.goroutines.extend(all.into_iter().map(|it| (fate, it)));
    }

    /// Whether there is nobody to tell.
    pub fn is_empty(&self) -> bool {
        self.goroutines.is_empty()
    }

    /// Ends them all, each with the error that `why` makes.
    pub fn tell(self, mut why: impl FnMut(GoId, Fate) -> V) {
        let Some(sched) = self.sched else { return };
        for (fate, goroutine) in self.goroutines {
            let error = why(goroutine.g.id(), fate);
            goroutine.deliver(&sched, Err(error));
        }
    }
}

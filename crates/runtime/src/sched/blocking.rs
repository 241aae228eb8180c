//! A native goroutine that blocks its thread: `block_in_place`. Go's `entersyscall`, `exitsyscall`.
//!
//! See "Blocking" in README.md.

use super::Sched;
use super::here::Here;
use super::idle::Proc;
use super::slots::Lent;
use crate::loom::fence;
use std::sync::atomic::Ordering::SeqCst;

impl<V: Send + 'static> Sched<V> {
    /// The goroutine that runs here is about to block its thread: others may have the P.
    /// `false`: it holds none, because it blocks already.
    pub(super) fn start_blocking(&self, here: &Here) -> bool {
        let Some(proc) = here.let_go() else {
            return false;
        };
        self.native.share_all(proc.number());
        if self.slots.stops(&proc) {
            self.unstick();
        }
        here.lent.set(Some(self.slots.lend(proc, Lent::Blocked)));
        // Partner: the fence in `wake_native`. Either the one who queued work saw the P in its slot,
        // or its work is seen here.
        fence(SeqCst);
        if self.native.has_plenty() || self.idle.has_starved() {
            self.take_from_blocked();
        }
        true
    }

    /// It does not block any more: it gets its P back, or another, or waits for one.
    pub(super) fn stop_blocking(&self, here: &Here) {
        let Some(number) = here.lent.take() else {
            return;
        };
        let proc = self
            .slots
            .take(number, Lent::Blocked)
            .or_else(|| self.idle.acquire_for_worker(&here.worker))
            .unwrap_or_else(|| self.wait_for_proc(here));
        self.slots.runs(&proc);
        here.hold(proc);
    }

    /// No P is idle, and we stand in the list of the starved.
    fn wait_for_proc(&self, here: &Here) -> Proc {
        // Partner: the fence in `start_blocking`. Either who lent its P saw us in the list, or the P
        // is seen here. It goes to whoever has waited longest.
        fence(SeqCst);
        self.take_from_blocked();
        here.worker.wait_for_proc()
    }

    /// Gives one P of a blocked M to whoever needs one.
    pub(super) fn take_from_blocked(&self) -> bool {
        let Some(proc) = self.slots.take_blocked() else {
            return false;
        };
        self.release_proc(proc);
        true
    }
}

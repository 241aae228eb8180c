//! An isolate that blocks its thread in the middle of JavaScript: `recvSync` and the like.
//!
//! Its P goes to others at once, and one isolate more may be started for it, since the goroutine that
//! it waits for may not have started yet. Those that live in it wait with it, and so does its mail.
//!
//! Coming back it takes an idle P if there is one. If not it goes on without: its turn is then one
//! from which sysmon has taken the P ("Long turns" in README.md), and it starves when that is over.
//! Waiting for a P here would hold up JavaScript that has already got what it waited for.

use super::Sched;
use super::isolate::IsolateM;
use std::sync::atomic::Ordering::Relaxed;

/// How many isolates may block at the same time: each costs a thread and 7 to 11 MB, and one that
/// blocks while none may be started in its place could wait for ever. A guess: more than programs
/// that mean it have, less than a small machine's memory.
const MAX_BLOCKED: usize = 64;

impl<V: Send + 'static> IsolateM<V> {
    /// The thread is about to block. The caller sees to it that [`poll`](Self::poll) is called when
    /// the turn is over: mail that comes meanwhile calls nobody. `false`: too many isolates block.
    pub fn start_blocking(&mut self) -> bool {
        let sched = self.sched.clone();
        let allowed = sched.idle.with(|lists| {
            let allowed = lists.blocked < MAX_BLOCKED;
            lists.blocked += usize::from(allowed);
            sched.note_room(lists);
            allowed
        });
        if !allowed {
            return false;
        }
        self.blocked = true;
        self.mailbox().rounds().wake();
        // Nobody shall call it to look for work; if somebody has, others are called below.
        self.leave_idle();
        self.take_back();
        if let Some(proc) = self.proc.take() {
            sched.release_proc(proc);
        }
        sched.wake_isolate_again();
        true
    }

    /// The thread runs again.
    pub fn stop_blocking(&mut self) {
        if !std::mem::take(&mut self.blocked) {
            return;
        }
        let sched = self.sched.clone();
        self.proc = sched.idle.with(|lists| {
            lists.blocked -= 1;
            sched.note_room(lists);
            lists.take_proc()
        });
        self.lend();
    }
}

impl<V> Sched<V> {
    /// `may_start` follows the lists, under their lock.
    fn note_room(&self, lists: &super::idle::Lists<V>) {
        let procs = self.procs.load(Relaxed); // a number; the lists are what decides
        self.may_start.store(lists.wants_isolate(procs), Relaxed); // a guess; `start_isolate` counts
    }
}

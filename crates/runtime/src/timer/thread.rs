//! The timer thread: runs what is due, sleeps until the next is.
//!
//! # Protocol
//!
//! The thread looks at one shard after the other, and then goes to bed until the earliest deadline it
//! saw. The bed's lock guards `until`, which says until when it sleeps: at the time of a look, for
//! ever, so that every deadline is earlier.
//!
//! Who inserts the first timer of a shard takes the bed's lock *after* the shard's, and wakes the
//! thread if the deadline is before `until`. No deadline is slept over:
//!
//! - a timer inserted before the thread looked at its shard was seen there;
//! - one inserted after, and first there: its owner finds the thread looking, and sets `woken`, which
//!   the thread sees before it sleeps; or asleep, and wakes it if it sleeps too long;
//! - one inserted after, and not first: the thread wakes up for the first one, at the latest.
//!
//! A timer that was stopped may leave the thread a deadline to wake up for, once: it drops what it
//! finds stopped at the top, and sleeps until the first that is not.

use super::Action;
use super::shard::Shard;
use crate::lock::{Monitor, Rank};
use std::time::Instant;

/// More would make the thread's look at them longer than what it waits for them.
const MOST_SHARDS: usize = 16;
/// How many due timers the thread takes out of a shard at a time: those may fire although they are
/// stopped meanwhile, like one that fires already.
const BATCH: usize = 32;

pub(super) struct Shared {
    shards: Box<[Shard]>,
    epoch: Instant,
    bed: Monitor<Bed>,
}

struct Bed {
    running: bool,
    stopping: bool,
    /// Something was inserted that the last look may not have seen.
    woken: bool,
    /// Until when the thread sleeps. `None`: for ever, or it is up.
    until: Option<Instant>,
}

impl Shared {
    pub(super) fn new() -> Self {
        let epoch = Instant::now();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        // Twice as many, because threads come and go, and with their numbers two may meet.
        let count = if cfg!(loom) {
            1
        } else {
            (threads * 2).min(MOST_SHARDS)
        };
        Self {
            shards: (0..count).map(|_| Shard::new(epoch)).collect(),
            epoch,
            bed: Monitor::new(
                Rank::Timer,
                Bed {
                    running: false,
                    stopping: false,
                    woken: false,
                    until: None,
                },
            ),
        }
    }

    #[inline]
    pub(super) fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// Makes sure that the thread is up at `at`.
    pub(super) fn expect(self: &crate::loom::Arc<Self>, at: Instant) {
        let mut bed = self.bed.lock();
        if !bed.running {
            self.start();
            bed.running = true; // not if it panicked: then the next one tries again
        }
        if bed.until.is_none_or(|until| at < until) {
            bed.woken = true;
            drop(bed);
            self.bed.notify();
        }
    }

    #[cfg(not(loom))]
    fn start(self: &crate::loom::Arc<Self>) {
        let shared = self.clone();
        std::thread::Builder::new()
            .name("gosched-timers".into())
            .spawn(move || shared.run())
            .expect("the timer thread starts");
    }

    /// Models run it by hand, or take what is due themselves.
    #[cfg(loom)]
    fn start(self: &crate::loom::Arc<Self>) {}

    pub(super) fn run(&self) {
        let mut due = Vec::with_capacity(BATCH);
        while self.get_up() {
            let next = self.take_due(Instant::now(), BATCH, &mut due);
            if due.is_empty() {
                self.sleep(next);
            } else {
                due.drain(..).for_each(|(_, action)| action.run());
            }
        }
    }

    /// Begins a look. `false`: no more.
    fn get_up(&self) -> bool {
        let mut bed = self.bed.lock();
        bed.woken = false;
        bed.until = None;
        !bed.stopping
    }

    fn sleep(&self, until: Option<Instant>) {
        let mut bed = self.bed.lock();
        bed.until = until;
        while !bed.woken && !bed.stopping {
            match until {
                Some(at) if at <= Instant::now() => return,
                Some(at) => bed.wait_until(at),
                None => bed.wait(),
            }
        }
    }

    /// Takes out what is due at `now`, in order, at most `most` of each shard. Gives when the next is
    /// due of what is not.
    pub(super) fn take_due(
        &self,
        now: Instant,
        most: usize,
        into: &mut Vec<(u64, Action)>,
    ) -> Option<Instant> {
        let next = (self.shards.iter())
            .filter_map(|shard| shard.take_due(now, most, into))
            .min();
        // Stable: what one thread started for the same instant stays in order.
        into.sort_by_key(|&(at, _)| at);
        next
    }

    pub(super) fn close(&self) {
        let mut bed = self.bed.lock();
        bed.stopping = true;
        drop(bed);
        self.bed.notify();
        for shard in &self.shards {
            drop(shard.close(self.epoch)); // users' values, with no lock held
        }
    }
}

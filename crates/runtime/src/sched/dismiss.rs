//! Isolates that are told to end: idle ones, and the home of a goroutine that must be killed.
//!
//! # Idle isolates
//!
//! An isolate costs 7 to 12 MB. One in which no goroutine lives, and that has been parked for the idle
//! time, is taken out of the idle list and dismissed, under the lists' lock: nobody can call it any more,
//! and it takes no work ([`Mailbox::is_dismissed`]), so ending it harms nobody. It no longer counts as
//! started; work that comes meanwhile starts another. The isolate itself may know better: a server that a
//! goroutine has left there, say. Then it asks to stay ([`IsolateM::stay`]).
//!
//! One timer serves all: set when an isolate parks and none is pending, and again while any that may
//! become due is parked.
//!
//! # Killing
//!
//! JavaScript that never yields ends only with its thread. [`Sched::find`] tells where a goroutine lives,
//! and takes one that has not started out of the queues.

use super::Sched;
use super::isolate::IsolateM;
use super::lost::{Fate, Lost};
use crate::g::{GoId, Kind};
use crate::loom::{Arc, thread};
use crate::mailbox::Mailbox;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// Where a goroutine is that is to be killed.
pub enum Found<V> {
    /// It has ended, or never was.
    Nowhere,
    /// It lives in this isolate.
    In(u32),
    /// It is a Rust future, which has no isolate to be replaced.
    Native,
    /// It had not started. It is out of the queues: tell its owner.
    Unstarted(Lost<V>),
}

impl<V: Send + 'static> Sched<V> {
    /// How long an isolate may be idle before it is dismissed; `None`: for ever.
    pub fn set_idle_time(&self, time: Option<Duration>) {
        self.idle.with(|lists| lists.idle_time = time);
        self.watch_idle();
    }

    /// An isolate without residents has parked: it may become due.
    pub(super) fn watch_idle(&self) {
        let now = Instant::now();
        let due = self.idle.with(|lists| {
            let due = lists.next_due(now)?;
            (!std::mem::replace(&mut lists.watching_idle, true)).then_some(due)
        });
        let (Some(at), Some(sched)) = (due, self.me.upgrade()) else {
            return;
        };
        self.start_idle_timer(at, Box::new(move || sched.dismiss_idle()));
    }

    fn dismiss_idle(&self) {
        let now = Instant::now();
        let due = self.idle.with(|lists| {
            lists.watching_idle = false;
            lists.take_due(now)
        });
        if !due.is_empty() {
            // Relaxed: a guess; `start_isolate` counts.
            self.may_start.store(true, Relaxed);
        }
        for mailbox in due {
            self.host.end_isolate(mailbox.id());
        }
        // Whoever queued work while they were in the list was answered by one of those that were left,
        // or found the list empty and started another, or finds room for another here.
        self.wake_isolate_again();
        self.watch_idle();
    }

    /// Looks for a goroutine that is to be killed.
    pub fn find(&self, id: GoId) -> Found<V> {
        loop {
            let Some(row) = self.table.all().into_iter().find(|row| row.id == id) else {
                return Found::Nowhere;
            };
            match (row.kind, row.isolate) {
                (Kind::Native, _) => return Found::Native,
                (Kind::JavaScript, Some(isolate)) => return Found::In(isolate),
                (Kind::JavaScript, None) => {}
            }
            let mut lost = Lost::nobody(self);
            for goroutine in self.js.take_all() {
                if goroutine.g.id() == id {
                    lost.add(Fate::KilledUnstarted, [goroutine]);
                } else {
                    self.js.push_global(goroutine);
                }
            }
            self.wake_isolate_again();
            if !lost.is_empty() {
                return Found::Unstarted(lost);
            }
            // Between two queues, or between a queue and its start: for some instructions.
            thread::yield_now();
        }
    }

    /// Takes everything that has not started out of the queues: the program wants no more of it.
    pub fn take_unstarted(&self) -> Lost<V> {
        let mut lost = Lost::nobody(self);
        lost.add(Fate::KilledUnstarted, self.js.take_all());
        lost
    }
}

impl<V: Send + 'static> IsolateM<V> {
    /// It was told to end for being idle, and has reasons not to. Afterwards it is as if it had just
    /// come up.
    pub fn stay(&mut self) {
        let mailbox: &Arc<Mailbox<V>> = self.mailbox();
        self.sched.idle.with(|lists| {
            if mailbox.is_dismissed() {
                mailbox.set_dismissed(false);
                lists.started += 1;
            }
        });
    }
}

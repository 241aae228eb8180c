//! Serving a waiter of one's own isolate: the answer to the operation says so, and no mail is needed.
//!
//! When both ends of a channel live in one isolate, whoever serves a waiter is the very thread that the
//! waiter's mail would be for. So the news stays here, and the caller tells JavaScript of it when the
//! operation is over: that is what the isolate's next poll would have done, without the pump, its
//! microtask and its tick, and without the mailbox's lock and fence.
//!
//! # Protocol
//!
//! 1. An isolate that calls a channel lends its `Own`. What is for the same mailbox is kept there, if that
//!    mailbox is empty and nothing is kept yet ([`Own::may_keep`]). All else is posted.
//! 2. The caller takes it out ([`Own::take`]) after the operation, with no lock held, and delivers it
//!    before it calls a channel again. An isolate that has drained mail and not delivered all of it
//!    lends nothing.
//!
//! # Argument
//!
//! *Order.* What is kept is delivered before what is posted from now on; so nothing may be posted already
//! that must come first. Events of one channel are posted with its locks held, and `may_keep` is asked
//! with the same locks held: it sees the mail of whoever was served before on this channel (the locks order
//! it), and posts behind it. What another channel's partner posts at the same moment is concurrent, and
//! either may come first.
//!
//! *Other isolates are not starved.* Two goroutines that serve each other never let their microtasks run
//! dry, so the pump would never run. But as soon as there is mail, the next hand-over goes by mail too:
//! then both wait, the microtasks run dry, and the pump delivers all. Work that nobody has taken pokes
//! the mailbox, which counts as mail. (The event loop has its turn by `overdue` in `ts/internal/pump.ts`:
//! one of two operations that meet is done at once, and counted there.)
//!
//! *Nothing is lost.* An isolate that is ended by force between the operation and the delivery dies with
//! both goroutines: the one that sent and the one that was served. Its mailbox is not closed while it
//! calls, so what is kept would not have been refused.
//!
//! *Nobody is taken for quiet* who has something kept: JavaScript is running in that isolate, and
//! schedules the pump with what it delivers, as it does when it parks (`sched/quiet.rs`).
//!
//! `close` lends nothing: it may serve many, and they are told in the order in which they stood.
//!
//! Rejected: draining the mailbox in the same call. It is the same order by construction, but the two
//! locks, the fence and the exchange cost as much as the rest of the hand-over.

use super::parked::Parked;
use crate::loom::Arc;
use crate::mailbox::Mailbox;
use std::cell::Cell;

/// One that was parked in the isolate that served it.
#[derive(Debug)]
pub struct Served<V> {
    /// The parked operation.
    pub ticket: u32,
    /// Which case of a `select`; 0 otherwise.
    pub case: u32,
    /// What it received. `None`: it sent.
    pub value: Option<V>,
}

/// What an isolate lends to the channels that it calls. Used by its own thread only.
pub struct Own<V> {
    mailbox: Arc<Mailbox<V>>,
    kept: Cell<Option<Served<V>>>,
    full: Cell<bool>,
}

impl<V> Own<V> {
    /// For the isolate of this mailbox.
    pub fn new(mailbox: Arc<Mailbox<V>>) -> Self {
        Self {
            mailbox,
            kept: Cell::new(None),
            full: Cell::new(false),
        }
    }

    /// A goroutine of the isolate, as the channel knows it on which it parks.
    #[inline]
    pub fn parked(&self, ticket: u32) -> Parked<V> {
        Parked::Isolate {
            mailbox: self.mailbox.clone(),
            ticket,
        }
    }

    /// Whether what is for `mailbox` is the isolate's own, and comes before all mail. With the channel's
    /// locks held.
    #[inline]
    pub(super) fn may_keep(&self, mailbox: &Arc<Mailbox<V>>) -> bool {
        Arc::ptr_eq(mailbox, &self.mailbox) && !self.full.get() && !self.mailbox.is_pending()
    }

    /// Keeps it for the caller.
    #[inline]
    pub(super) fn keep(&self, served: Served<V>) {
        self.full.set(true);
        self.kept.set(Some(served));
    }

    /// Whom the operation that is over has served in the isolate itself.
    #[inline]
    #[must_use = "who is not told waits for ever"]
    pub fn take(&self) -> Option<Served<V>> {
        if !self.full.replace(false) {
            return None;
        }
        self.kept.take()
    }
}

//! Rust futures that an isolate's goroutines wait for.
//!
//! A waker posts [`Event::Ready`] to the isolate's mailbox, and the isolate polls the future when it
//! takes the event out. Futures have numbers of their own, with the highest bit set, because a waker
//! may be called when its future is long done, and its ticket may be another operation's by then; a
//! number is used again after 2^31 futures. An isolate that ends drops its futures, and whatever they
//! wait for hears of it as from any future that is dropped.

use crate::isolate::Isolate;
use crate::numbers::{Moved, Moving};
use crate::value::Value;
use gosched_runtime::mailbox::{Event, Mailbox};
use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

/// Set in the numbers of futures, never in tickets, which are indices of a small table.
const FUTURE: u32 = 1 << 31;

/// The futures of one isolate.
#[derive(Default)]
pub struct Futures {
    waiting: HashMap<u32, Waiting>,
    next: u32,
}

struct Waiting {
    ticket: u32,
    moving: Moving,
    waker: Waker,
}

struct Ready {
    mailbox: Arc<Mailbox<Value>>,
    number: u32,
}

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let ticket = self.number;
        if let Ok(true) = self.mailbox.push(Event::Ready { ticket }) {
            self.mailbox.wake_host();
        }
    }
}

impl Futures {
    /// Whether an event's ticket is the number of a future.
    pub fn is_number(ticket: u32) -> bool {
        ticket & FUTURE != 0
    }

    fn poll(&mut self, number: u32, mut waiting: Waiting) -> Option<(u32, Moved)> {
        let mut context = Context::from_waker(&waiting.waker);
        match waiting.moving.as_mut().poll(&mut context) {
            Poll::Ready(moved) => Some((waiting.ticket, moved)),
            Poll::Pending => {
                self.waiting.insert(number, waiting);
                None
            }
        }
    }

    /// The operation of this ticket is given up.
    pub fn withdraw(&mut self, ticket: u32) {
        self.waiting.retain(|_, waiting| waiting.ticket != ticket);
    }

    /// Polls the future that is ready, if it is still there. Gives the ticket and the result.
    pub fn resume(&mut self, number: u32) -> Option<(u32, Moved)> {
        let waiting = self.waiting.remove(&number)?;
        self.poll(number, waiting)
    }
}

impl Isolate {
    /// Has the goroutine of `ticket` wait for `moving`. The result, if it is there at once.
    pub fn wait_for(&mut self, ticket: u32, moving: Moving) -> Option<Moved> {
        let number = self.futures.next | FUTURE;
        self.futures.next = self.futures.next.wrapping_add(1);
        let mailbox = self.mailbox();
        let waiting = Waiting {
            ticket,
            moving,
            waker: Arc::new(Ready { mailbox, number }).into(),
        };
        let (_, moved) = self.futures.poll(number, waiting)?;
        Some(moved)
    }
}

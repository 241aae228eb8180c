//! Who waits: a native goroutine's waker, or a ticket of a JavaScript isolate.

use super::waitq::Turn;
use crate::loom::Arc;
use crate::mailbox::{Event, Mailbox};
use std::task::Waker;

/// A parked party, as channels know it.
pub enum Parked<V> {
    /// A native goroutine (or any other future).
    Task(Waker),
    /// A JavaScript goroutine: TypeScript keeps `ticket -> resolver` in that isolate.
    Isolate {
        /// Where its wake-up is posted.
        mailbox: Arc<Mailbox<V>>,
        /// What it is called there.
        ticket: u32,
    },
}

impl<V> Clone for Parked<V> {
    fn clone(&self) -> Self {
        match self {
            Self::Task(waker) => Self::Task(waker.clone()),
            Self::Isolate { mailbox, ticket } => Self::Isolate {
                mailbox: mailbox.clone(),
                ticket: *ticket,
            },
        }
    }
}

/// Evidence that somebody was made ready and must still be woken, after the locks are released.
#[must_use = "dropping an Unpark leaves the counterpart parked for ever"]
pub enum Unpark<V> {
    /// Nobody needs waking: nobody waited, or the isolate is awake and polls its mailbox.
    None,
    /// Wake a native goroutine.
    Task(Waker),
    /// Wake an isolate that is parked in its event loop.
    Isolate(Arc<Mailbox<V>>),
}

impl<V> Unpark<V> {
    /// Wakes it. Call with no lock held.
    #[inline]
    pub fn fire(self) {
        match self {
            Self::None => {}
            Self::Task(waker) => waker.wake(),
            Self::Isolate(mailbox) => mailbox.wake_host(),
        }
    }
}

/// Posts `event` to an isolate, as the last step of serving one of its waiters. `Err` gives the
/// event back: that isolate has ended, and the caller serves the next in line instead.
fn post<V>(mailbox: Arc<Mailbox<V>>, event: Event<V>) -> Result<Unpark<V>, Event<V>> {
    Ok(if mailbox.push(event)? {
        Unpark::Isolate(mailbox)
    } else {
        Unpark::None
    })
}

/// An isolate's waiter that has left its queue: whom to tell, and what it had offered.
pub(crate) struct Letter<V> {
    mailbox: Arc<Mailbox<V>>,
    ticket: u32,
    case: u32,
    offer: Option<V>,
}

impl<V> Letter<V> {
    pub(super) fn new(mailbox: Arc<Mailbox<V>>, ticket: u32, case: u32, offer: Option<V>) -> Self {
        Self {
            mailbox,
            ticket,
            case,
            offer,
        }
    }

    /// Gives a receiver its value, or `None` for closed and drained. `Err` gives that back: the
    /// isolate has ended.
    pub(super) fn received(self, turn: Turn, value: Option<V>) -> Result<Unpark<V>, Option<V>> {
        let event = Event::Received {
            ticket: self.ticket,
            case: self.case,
            value,
            turn,
        };
        post(self.mailbox, event).map_err(|event| match event {
            Event::Received { value, .. } => value,
            _ => unreachable!("a refused event comes back as it was"),
        })
    }

    /// Tells a sender that its value is taken, and takes it. `Err`: its isolate has ended, so it
    /// never sent; what it offered is to be dropped with no lock held.
    pub(super) fn sent(self) -> Result<(V, Unpark<V>), Option<V>> {
        let event = Event::Sent {
            ticket: self.ticket,
            case: self.case,
        };
        match (post(self.mailbox, event), self.offer) {
            (Ok(unpark), Some(value)) => Ok((value, unpark)),
            (_, offer) => Err(offer),
        }
    }

    /// Tells a sender that the channel is closed. What it offered is to be dropped with no lock
    /// held.
    pub(super) fn send_on_closed(self) -> (Unpark<V>, Option<V>) {
        let event = Event::SendOnClosed {
            ticket: self.ticket,
            case: self.case,
        };
        (
            post(self.mailbox, event).unwrap_or(Unpark::None),
            self.offer,
        )
    }
}

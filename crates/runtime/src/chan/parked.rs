//! Who waits: a native goroutine's waker, or a ticket of a JavaScript isolate.

use super::own::{Own, Served};
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

    /// Gives a receiver its value. `Err` gives that back: the isolate has ended.
    #[inline]
    pub(super) fn received(
        self,
        turn: Turn,
        value: V,
        own: Option<&Own<V>>,
    ) -> Result<Unpark<V>, V> {
        let (ticket, case) = (self.ticket, self.case);
        if let Some(own) = own
            && own.may_keep(&self.mailbox)
        {
            let value = Some(value);
            own.keep(Served {
                ticket,
                case,
                value,
            });
            return Ok(Unpark::None);
        }
        let event = Event::Received {
            ticket,
            case,
            value: Some(value),
            turn,
        };
        post(self.mailbox, event).map_err(|event| match event {
            Event::Received {
                value: Some(value), ..
            } => value,
            _ => unreachable!("a refused event comes back as it was"),
        })
    }

    /// Tells a receiver that the channel is closed and drained.
    pub(super) fn drained(self) -> Unpark<V> {
        let event = Event::Received {
            ticket: self.ticket,
            case: self.case,
            value: None,
            turn: 0,
        };
        post(self.mailbox, event).unwrap_or(Unpark::None)
    }

    /// Tells a sender that its value is taken, and takes it. `Err`: its isolate has ended, so it
    /// never sent; what it offered is to be dropped with no lock held.
    #[inline]
    pub(super) fn sent(self, own: Option<&Own<V>>) -> Result<(V, Unpark<V>), Option<V>> {
        let (ticket, case) = (self.ticket, self.case);
        let told = match own {
            Some(own) if own.may_keep(&self.mailbox) => {
                own.keep(Served {
                    ticket,
                    case,
                    value: None,
                });
                Ok(Unpark::None)
            }
            _ => post(self.mailbox, Event::Sent { ticket, case }),
        };
        match (told, self.offer) {
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

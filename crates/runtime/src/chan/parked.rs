//! Who waits: a native goroutine's waker, or a ticket of a JavaScript isolate.

use crate::loom::Arc;
use crate::mailbox::{Event, Mailbox};
use std::task::Waker;

/// A parked party, as channels and wait groups know it.
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
pub(crate) fn post<V>(mailbox: Arc<Mailbox<V>>, event: Event<V>) -> Result<Unpark<V>, Event<V>> {
    Ok(if mailbox.push(event)? {
        Unpark::Isolate(mailbox)
    } else {
        Unpark::None
    })
}

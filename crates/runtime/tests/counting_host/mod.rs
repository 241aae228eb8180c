//! A host that starts nothing and counts its wake-ups, and an isolate that is only a mailbox.

use gosched_runtime::chan::Parked;
use gosched_runtime::host::{Host, IsolateId};
use gosched_runtime::mailbox::{Event, Mailbox};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// Counts with the standard atomics, which no model explores: the count is read after all threads
/// have been joined.
#[derive(Default)]
pub struct CountingHost {
    wakes: AtomicU32,
}

#[allow(dead_code, reason = "each model uses some of it")]
impl CountingHost {
    pub fn wakes(&self) -> u32 {
        self.wakes.load(SeqCst)
    }
}

impl Host for CountingHost {
    fn start_isolate(&self) {
        panic!("a model starts no isolate");
    }

    fn end_isolate(&self, _id: IsolateId) {
        panic!("a model starts no isolate");
    }

    fn wake_isolate(&self, _id: IsolateId) {
        self.wakes.fetch_add(1, SeqCst);
    }
}

/// An isolate in a model: its thread is the one that calls `drain` and `park`.
#[allow(dead_code, reason = "each model uses some of it")]
pub struct MailOnly {
    pub mailbox: Arc<Mailbox<u32>>,
    pub host: Arc<CountingHost>,
}

#[allow(dead_code, reason = "each model uses some of it")]
impl MailOnly {
    pub fn new() -> Self {
        let host = Arc::new(CountingHost::default());
        Self {
            mailbox: Arc::new(Mailbox::new(0, host.clone())),
            host,
        }
    }

    /// How a channel knows the goroutine `ticket` of this isolate.
    pub fn parked(&self, ticket: u32) -> Parked<u32> {
        Parked::Isolate {
            mailbox: self.mailbox.clone(),
            ticket,
        }
    }

    pub fn drain(&self) -> Vec<Event<u32>> {
        let mut batch = Vec::new();
        self.mailbox.drain(&mut batch);
        batch
    }
}

//! An isolate's mailbox: how other threads reach JavaScript goroutines that live there.
//!
//! Many producers, one consumer (the isolate's own thread). The consumer takes the whole batch with
//! one swap, so that one crossing into JavaScript resumes everything that became ready.
//!
//! # Spin, then park
//!
//! Waking a thread from its event loop costs tens of microseconds, an atomic load a nanosecond. An
//! isolate that runs dry therefore looks at `pending` for a short while (`sched::spin` decides how
//! long) and only then parks; a producer calls the host only when the isolate is parked.
//!
//! `state` is one of `RUNNING`, `PARKED`, `NOTIFIED`:
//! - `RUNNING -> PARKED`   by the consumer, in [`Mailbox::park`];
//! - `PARKED -> NOTIFIED`  by one producer, which then owes exactly one `wake_host`;
//! - `any -> RUNNING`      by the consumer, when it comes to or decides not to sleep.
//!
//! Invariant: if `pending` is set and the consumer sleeps, then `state` is `NOTIFIED` and a host
//! wake-up is under way.
//!
//! Argument. The producer sets `pending`, fences, reads `state`. The consumer sets `state =
//! PARKED`, fences, reads `pending`. Both fences are `SeqCst`, so one of them is first:
//! - producer's first: the consumer's read of `pending` sees it, and it does not sleep;
//! - consumer's first: the producer's read of `state` sees `PARKED`, and it (or another producer
//!   that beat it to the exchange) wakes the host.
//!
//! It is the store-buffering shape, for which acquire and release alone are not enough. The model
//! is `tests/loom_mailbox.rs`; removing either fence makes it fail there.
//!
//! Rejected: a lock-free stack of boxed events (an allocation per event, and the lock is held for a
//! few nanoseconds by threads that must touch the line anyway); calling the host on every post (the
//! thread-safe function costs 0.7 us even when the isolate is awake).

use crate::host::{Host, IsolateId};
use crate::lock::{Lock, Rank};
use crate::loom::{AtomicBool, AtomicU8, AtomicU32, fence};
use crate::sched::Rounds;
use crate::sync::LockWaits;
use crate::tickets::Tickets;
use std::sync::Arc as StdArc; // what is no part of any protocol; loom's cannot hold a `dyn Host`
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};

/// Something that happened to a goroutine of this isolate.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<V> {
    /// A parked receive (or receive case) is done: a value, or `None` for closed and drained.
    Received {
        /// The parked operation.
        ticket: u32,
        /// Which case of a `select`; 0 otherwise.
        case: u32,
        /// The value.
        value: Option<V>,
        /// When it was handed over, among all that the channel handed out: a value that an isolate
        /// was given and never saw goes back by it. See [`Hchan::take_back`](crate::chan::Hchan::take_back).
        turn: u64,
    },
    /// A parked send (or send case) is done.
    Sent {
        /// The parked operation.
        ticket: u32,
        /// Which case of a `select`; 0 otherwise.
        case: u32,
    },
    /// A parked send met a close: Go panics there.
    SendOnClosed {
        /// The parked operation.
        ticket: u32,
        /// Which case of a `select`; 0 otherwise.
        case: u32,
    },
    /// What the ticket waited for has come: a timer.
    Ready {
        /// The parked operation.
        ticket: u32,
    },
    /// A future that the isolate polls was woken. Unlike a ticket its number is never used again, for
    /// a waker may call late, or twice.
    Woken {
        /// The isolate's number for it.
        wait: u64,
    },
    /// A goroutine that this isolate started has ended, with its result or its error.
    Ended {
        /// The ticket of the `go` call.
        ticket: u32,
        /// `Ok` for a result, `Err` for what it threw.
        outcome: Result<V, V>,
    },
    /// Whether anything is left to wait for has changed. Only those that `watch` get this.
    Liveness,
}

const RUNNING: u8 = 0;
const PARKED: u8 = 1;
const NOTIFIED: u8 = 2;

struct Queue<V> {
    events: Vec<Event<V>>,
    closed: bool,
}

/// See the module's documentation.
pub struct Mailbox<V> {
    id: IsolateId,
    host: StdArc<dyn Host>,
    queue: Lock<Queue<V>>,
    /// Set when the consumer has a reason to look: an event, or work in the run queues.
    pending: AtomicBool,
    state: AtomicU8,
    /// It was taken from the list of idle isolates to look for work, and has not looked yet.
    called: AtomicBool,
    /// It was told to end for being idle, and takes no work.
    dismissed: AtomicBool,
    /// Goroutines that live in the isolate: written by it, read by others that place goroutines.
    residents: AtomicU32,
    /// Whether it is quiet: `sched/quiet.rs`.
    rounds: Rounds,
    /// What its goroutines wait for, for reports.
    tickets: Tickets,
    /// Those of them that wait for locks.
    lock_waits: StdArc<LockWaits>,
}

impl<V> Mailbox<V> {
    /// A mailbox for the isolate `id`, awake and empty.
    pub fn new(id: IsolateId, host: StdArc<dyn Host>) -> Self {
        Self {
            id,
            host,
            queue: Lock::new(
                Rank::Mailbox,
                Queue {
                    events: Vec::new(),
                    closed: false,
                },
            ),
            pending: AtomicBool::new(false),
            state: AtomicU8::new(RUNNING),
            called: AtomicBool::new(false),
            dismissed: AtomicBool::new(false),
            residents: AtomicU32::new(0),
            rounds: Rounds::default(),
            tickets: Tickets::default(),
            lock_waits: StdArc::default(),
        }
    }

    /// The isolate this belongs to.
    pub fn id(&self) -> IsolateId {
        self.id
    }

    /// What is known of whether it is quiet.
    pub fn rounds(&self) -> &Rounds {
        &self.rounds
    }

    /// What its goroutines wait for.
    pub fn tickets(&self) -> &Tickets {
        &self.tickets
    }

    /// Those of them that wait for locks.
    pub fn lock_waits(&self) -> &StdArc<LockWaits> {
        &self.lock_waits
    }

    /// Whether it is parked in its event loop, or was a moment ago.
    pub fn is_parked(&self) -> bool {
        self.state.load(Relaxed) == PARKED // a guess to its readers
    }

    /// Somebody took it from the idle list to look for work.
    pub(crate) fn set_called(&self) {
        self.called.store(true, Relaxed); // written and read around the idle list's lock
    }

    /// Consumer: whether it was called since it last asked.
    pub(crate) fn take_called(&self) -> bool {
        self.called.load(Relaxed) && self.called.swap(false, AcqRel)
    }

    /// It is told to end, or may stay after all. With the idle lists' lock held.
    pub(crate) fn set_dismissed(&self, dismissed: bool) {
        self.dismissed.store(dismissed, Relaxed); // ordered by that lock, which its isolate takes, too
    }

    /// Whether it was told to end.
    pub(crate) fn is_dismissed(&self) -> bool {
        self.dismissed.load(Relaxed) // as above
    }

    /// How many goroutines live in the isolate. A number to compare, nothing more.
    pub(crate) fn residents(&self) -> u32 {
        self.residents.load(Relaxed) // placing a goroutine is a guess anyway
    }

    /// Consumer: a goroutine started here, or ended.
    pub(crate) fn set_residents(&self, residents: usize) {
        self.residents.store(residents as u32, Relaxed); // as above
    }

    /// Producer: adds an event. `Ok(true)`: the caller owes one [`wake_host`](Self::wake_host),
    /// after it has released its locks. `Err`: the isolate has ended; the event comes back.
    pub fn push(&self, event: Event<V>) -> Result<bool, Event<V>> {
        let mut queue = self.queue.lock();
        if queue.closed {
            return Err(event);
        }
        queue.events.push(event);
        // Release: pairs with the Acquire load in `is_pending`; the events themselves are ordered
        // by the lock. Set under the lock, so that `drain` cannot clear it behind our back.
        self.pending.store(true, Release);
        drop(queue);
        Ok(self.must_wake())
    }

    /// Producer: makes the isolate look at the run queues. `true`: the caller owes one
    /// [`wake_host`](Self::wake_host).
    pub fn poke(&self) -> bool {
        // Release: pairs with the swap in `drain`, so that work queued before the poke is seen by
        // whoever clears the flag.
        self.pending.store(true, Release);
        self.must_wake()
    }

    fn must_wake(&self) -> bool {
        // Partner: the fence in `park`. See the module's argument.
        fence(SeqCst);
        // Relaxed: the fences order it. The exchange elects the one producer that calls the host;
        // it publishes nothing that the queue's lock does not.
        self.state.load(Relaxed) == PARKED
            && self
                .state
                .compare_exchange(PARKED, NOTIFIED, AcqRel, Relaxed)
                .is_ok()
    }

    /// Calls the host for a producer that was told to. With no lock held.
    #[cold]
    pub fn wake_host(&self) {
        self.host.wake_isolate(self.id);
    }

    /// Consumer: whether there is a reason to call [`drain`](Self::drain).
    #[inline]
    pub fn is_pending(&self) -> bool {
        // Acquire: pairs with the Release stores in `push` and `poke`.
        self.pending.load(Acquire)
    }

    /// Consumer: swaps the waiting events into `batch`, which must be empty and lends its memory.
    pub fn drain(&self, batch: &mut Vec<Event<V>>) {
        debug_assert!(batch.is_empty(), "drain into a used batch");
        if !self.is_pending() {
            return;
        }
        let mut queue = self.queue.lock();
        // AcqRel swap: acquires what a `poke` released, so its work is visible to the look at the
        // run queues that follows.
        self.pending.swap(false, AcqRel);
        std::mem::swap(&mut queue.events, batch);
    }

    /// Consumer: about to return to the event loop. `false`: something came in the meantime, so
    /// poll again instead.
    pub fn park(&self) -> bool {
        // Relaxed: the fence below orders it.
        self.state.store(PARKED, Relaxed);
        // Partner: the fence in `must_wake`.
        fence(SeqCst);
        if !self.pending.load(Relaxed) {
            return true;
        }
        // A producer may have won the exchange; then its wake-up comes late and finds us awake,
        // which costs one empty turn and nothing else.
        self.awake();
        false
    }

    /// Consumer: returns to the event loop although there may be news it cannot act on yet. It
    /// promises to look, after this call, for whatever it waits for.
    pub(crate) fn park_with_news(&self) {
        // Relaxed: the fence orders it. Partner: the fence in `must_wake`.
        self.state.store(PARKED, Relaxed);
        fence(SeqCst);
    }

    /// Consumer: it runs JavaScript, whatever woke it. Producers need not call the host now; the
    /// caller sees to it that the mailbox is looked at before the thread sleeps.
    #[inline]
    pub fn awake(&self) {
        // Relaxed: a producer that still reads PARKED wakes the host once too often.
        self.state.store(RUNNING, Relaxed);
    }

    /// Consumer, at the isolate's end: refuses further events and returns those never looked at.
    pub fn close(&self) -> Vec<Event<V>> {
        let mut queue = self.queue.lock();
        queue.closed = true;
        std::mem::take(&mut queue.events)
    }

    /// Whether the isolate has ended.
    pub fn is_closed(&self) -> bool {
        self.queue.lock().closed
    }
}

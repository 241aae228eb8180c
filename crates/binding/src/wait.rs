//! Waits of this isolate that are futures of the runtime: for a lock, a counter, a semaphore.
//!
//! A wait is started by [`Isolate::wait`], which looks once and is mostly done. Else it is kept here,
//! and its waker posts [`Event::Woken`] to the isolate's mailbox; the pump's next `poll` looks again
//! ([`Isolate::resume`]), on the isolate's own thread, and tells JavaScript when it is over. So
//! JavaScript waits by the very futures that native goroutines wait by. When the isolate ends they
//! are dropped: each leaves its queue, and passes on what it was handed and nobody will use.
//!
//! A wait has a number that is never used again, beside the ticket under which JavaScript knows it:
//! a waker may call late, when the ticket is somebody else's.
//!
//! In the *blocking* mode the thread itself sleeps ([`Block`]), in slices, because Node must be able
//! to end a worker, which it can only between two calls.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::{self, call};
use crate::value::Value;
use gosched_runtime::context::Context as Ctx;
use gosched_runtime::g::Reason;
use gosched_runtime::mailbox::{Event, Mailbox};
use gosched_runtime::sync::or_done;
use std::cell::Cell;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// How long a blocked thread sleeps before JavaScript has a moment, in which the worker can be ended.
/// It costs some 20 wake-ups a second and delays an exit by as much.
const SLICE: Duration = Duration::from_millis(50);

/// The outcome of a wait whose context ended first. Others are the operation's own, from 0 up.
const CANCELED: i32 = -1;

/// What a wait came to: a code, and a value if it was for one.
pub type Outcome = (i32, Value);

/// The context has ended; all that belongs to the wait is undone.
pub const GIVEN_UP: Outcome = (CANCELED, Value::Undefined);

/// It is over, and that is all there is to say.
pub const OVER: Outcome = (0, Value::Undefined);

type Future = Pin<Box<dyn std::future::Future<Output = Outcome>>>;

struct Pending {
    ticket: u32,
    future: Future,
    waker: Waker,
}

/// The waits of one isolate.
#[derive(Default)]
pub struct Waits {
    next: u64,
    pending: HashMap<u64, Pending>,
    /// The one that the thread sleeps for.
    blocking: Option<(Future, Waker)>,
}

thread_local! {
    /// The mailbox of the isolate in whose call the thread is, and whether it got anything there.
    static CALLER: Cell<*const Mailbox<Value>> = const { Cell::new(std::ptr::null()) };
    static OWN_MAIL: Cell<bool> = const { Cell::new(false) };
}

struct PostWoken {
    mailbox: Arc<Mailbox<Value>>,
    wait: u64,
}

impl Wake for PostWoken {
    fn wake(self: Arc<Self>) {
        // An isolate that has ended waits for nothing.
        if let Ok(true) = self.mailbox.push(Event::Woken { wait: self.wait }) {
            if CALLER.get() == Arc::as_ptr(&self.mailbox) {
                OWN_MAIL.set(true);
            } else {
                self.mailbox.wake_host();
            }
        }
    }
}

struct WakeThread(Thread);

impl Wake for WakeThread {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Isolate {
    /// Runs what may wake others. If one of them is our own, JavaScript schedules the pump, which is
    /// far cheaper than a call through the event loop.
    #[inline]
    pub fn waking<R>(&self, f: impl FnOnce() -> R) -> R {
        let Some(m) = &self.m else {
            raw::fatal("a call before attach");
        };
        CALLER.set(Arc::as_ptr(m.mailbox()));
        let result = f();
        CALLER.set(std::ptr::null());
        if OWN_MAIL.take() {
            m.mailbox().awake();
            self.page.set_word(page::PUMP, page::MAIL);
        }
        result
    }

    /// The context in the register, if there is one. `Err`: there is no such handle.
    pub fn wait_context(&self) -> Result<Option<Arc<Ctx<Value>>>, ()> {
        match self.page.word(page::CONTEXT) {
            page::NO_CONTEXT => Ok(None),
            index => match self.handles.get(index as u32) {
                Some(Handle::Context(context)) => Ok(Some(context.clone())),
                _ => Err(()),
            },
        }
    }

    /// Whether the context in the register has ended: then nothing is granted, free or not.
    #[inline]
    pub fn is_canceled(&self) -> bool {
        self.page.word(page::CONTEXT) != page::NO_CONTEXT
            && matches!(self.wait_context(), Ok(Some(context)) if context.ended().is_some())
    }

    /// Waits for `future`, which reports call `what`: a reason and the object's address; or for the end of
    /// the context in `CONTEXT`. In: `TICKET`; `BLOCKS` 1 to
    /// block the thread. Out: `STATUS`: `DONE` (`KIND` is the outcome, `TAG`, `NUMBER` its value),
    /// `CANCELED`, `PARKED` (under the ticket; or call `block`), `TOO_MANY` threads block,
    /// `BAD_HANDLE`.
    pub fn wait(
        &mut self,
        what: (Reason, usize),
        future: impl std::future::Future<Output = Outcome> + 'static,
    ) {
        let mut future: Future = match self.wait_context() {
            Ok(None) => Box::pin(future),
            Ok(Some(context)) => {
                Box::pin(async move { or_done(&context, future).await.unwrap_or(GIVEN_UP) })
            }
            Err(()) => return self.done(status::BAD_HANDLE),
        };
        if self.page.word(page::BLOCKS) == 1 {
            let waker = Waker::from(Arc::new(WakeThread(std::thread::current())));
            if let Poll::Ready(outcome) = self.look(&mut future, &waker) {
                return self.tell_outcome(outcome);
            }
            if !self.m().start_blocking() {
                return self.done(status::TOO_MANY);
            }
            self.waits.blocking = Some((future, waker));
            let owner = self.owner();
            self.m().mailbox().tickets().block(owner, what.0, what.1);
            return self.done(status::PARKED);
        }
        let (wait, mailbox) = (self.waits.next, self.mailbox());
        self.waits.next += 1;
        let waker = Waker::from(Arc::new(PostWoken { mailbox, wait }));
        if let Poll::Ready(outcome) = self.look(&mut future, &waker) {
            return self.tell_outcome(outcome);
        }
        let ticket = self.page.word(page::TICKET) as u32;
        let pending = Pending {
            ticket,
            future,
            waker,
        };
        self.waits.pending.insert(wait, pending);
        self.parks(what.0, what.1, 0);
        self.done(status::PARKED);
    }

    fn look(&self, future: &mut Future, waker: &Waker) -> Poll<Outcome> {
        self.waking(|| future.as_mut().poll(&mut Context::from_waker(waker)))
    }

    /// A wait is over: as [`wait`](Self::wait) tells it.
    pub fn tell_outcome(&mut self, (code, value): Outcome) {
        if code == CANCELED {
            return self.done(status::CANCELED);
        }
        self.result(value);
        self.page.set_word(page::KIND, code);
        self.done(status::DONE);
    }

    /// A wait was woken. Its ticket and outcome if it is over.
    pub fn resume(&mut self, wait: u64) -> Option<(u32, Outcome)> {
        let pending = self.waits.pending.get_mut(&wait)?; // over already, and woken twice
        let mut context = Context::from_waker(&pending.waker);
        let Poll::Ready(outcome) = pending.future.as_mut().poll(&mut context) else {
            return None;
        };
        let ticket = pending.ticket;
        drop(self.waits.pending.remove(&wait));
        Some((ticket, outcome))
    }
}

call!(Withdraw = withdraw);
/// The operation that is parked under `TICKET` is given up, whatever it waits for.
fn withdraw(isolate: &mut Isolate) {
    let ticket = isolate.page.word(page::TICKET) as u32;
    let mailbox = isolate.mailbox();
    drop(isolate.selects.remove(&ticket));
    isolate.futures.withdraw(ticket);
    let pending = &mut isolate.waits.pending;
    pending.retain(|_, pending| pending.ticket != ticket);
    let object = mailbox.tickets().object(ticket);
    if let Some(chan) = isolate.handles.chan_at(object) {
        chan.withdraw(&mailbox, ticket);
    }
    isolate.waits_no_more(ticket);
    mailbox.tickets().unpark(ticket);
}

call!(Block = block);
/// Sleeps until the wait that blocks is over, or for a slice. Out: as [`Isolate::wait`]; `PARKED`
/// asks to be called again.
fn block(isolate: &mut Isolate) {
    let Some((mut future, waker)) = isolate.waits.blocking.take() else {
        raw::fatal("block without a wait");
    };
    let until = Instant::now() + SLICE;
    loop {
        if let Poll::Ready(outcome) = isolate.look(&mut future, &waker) {
            isolate.m().stop_blocking();
            isolate.m().mailbox().tickets().unblock();
            return isolate.tell_outcome(outcome);
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            isolate.waits.blocking = Some((future, waker));
            return isolate.done(status::PARKED);
        }
        std::thread::park_timeout(left);
    }
}

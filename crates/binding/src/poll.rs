//! The pump's call: what should this isolate do next?

use crate::futures::Futures;
use crate::isolate::{Isolate, PROCESS};
use crate::numbers::Moved;
use crate::page;
use crate::raw::call;
use crate::value::{Heavy, Value, tag};
use gosched_runtime::chan::Served;
use gosched_runtime::mailbox::Event;
use gosched_runtime::sched::Turn;
use gosched_runtime::tickets::UNKNOWN_OWNER;

/// Values of `STATUS` after `poll`. `ts/internal/page.ts` has the same.
mod turn {
    /// `COUNT` events to deliver.
    pub const EVENTS: i32 = 0;
    /// Start a goroutine: `PROGRAM`, `SLOT`, `NUMBER2` its id, `COUNT` arguments as items.
    pub const START: i32 = 1;
    /// Return to the event loop.
    pub const PARKED: i32 = 2;
}

/// Kinds of event. `ts/internal/page.ts` has the same.
mod kind {
    pub const RECEIVED: i32 = 0;
    pub const DRAINED: i32 = 1;
    pub const SENT: i32 = 2;
    pub const SEND_ON_CLOSED: i32 = 3;
    pub const READY: i32 = 4;
    pub const RESULT: i32 = 5;
    pub const ERROR: i32 = 6;
}

call!(Poll = poll);
/// In: `KIND` 1 if something here is parked, so that looking for a moment is worth it.
/// Out: `STATUS`, and `WANTED` on the isolate that starts others.
fn poll(isolate: &mut Isolate) {
    let id = isolate.m().mailbox().id();
    let mut wanted = PROCESS.host.take_wanted(id) as i32;
    if PROCESS.vault.is_waiting(isolate.m().mailbox()) {
        wanted |= page::VAULT_WAITS;
    }
    isolate.page.set_word(page::WANTED, wanted);
    if isolate.backlog.is_empty() {
        let waiting = isolate.page.word(page::KIND) == 1;
        let mut batch = std::mem::take(&mut isolate.batch);
        let turn = isolate.m().poll(&mut batch, waiting);
        isolate.backlog.extend(batch.drain(..));
        isolate.batch = batch;
        match turn {
            Turn::Events => {}
            Turn::Start {
                slot,
                id,
                program,
                args,
            } => return start(isolate, slot, id, program, args),
            Turn::Parked => return parked(isolate),
        }
    }
    deliver(isolate);
}

/// Values of `COUNT` with `PARKED`: what this isolate is asked for, added up. `ts/internal/page.ts` has the
/// same.
mod asked {
    /// To let its event loop run dry, and call `quiet` then.
    pub const QUIET: i32 = 1;
    /// To see, when its event loop has run dry, whether it is `stuck`: nobody else can do anything.
    pub const STUCK: i32 = 2;
}

fn parked(isolate: &mut Isolate) {
    isolate.forget_owner();
    let rounds = isolate.m().mailbox().rounds();
    let mut asked = 0;
    if rounds.is_asked() {
        asked += asked::QUIET;
    }
    if rounds.take_told() {
        asked += asked::STUCK;
    }
    isolate.page.set_word(page::COUNT, asked);
    isolate.done(turn::PARKED);
}

impl Isolate {
    /// The event loop goes on: what it calls is the main program's, if there is nobody else here.
    pub fn forget_owner(&mut self) {
        let worker = self.m().is_worker();
        let nobody = if worker || !self.locals.is_empty() {
            -1.0
        } else {
            0.0
        };
        self.page.set_double(page::NOBODY, nobody);
        self.page.set_double(page::OWNER, nobody);
    }
}

fn start(isolate: &mut Isolate, slot: u32, id: u64, program: u32, args: Value) {
    isolate.page.set_word(page::SLOT, slot as i32);
    isolate.page.set_word(page::PROGRAM, program as i32);
    isolate.page.set_double(page::NUMBER2, id as f64);
    isolate.page.set_double(page::OWNER, id as f64);
    let Value::Heavy(heavy) = args else {
        isolate.page.set_word(page::COUNT, 0);
        return isolate.done(turn::START);
    };
    if let Heavy::Tuple(args) = *heavy {
        isolate.page.set_word(page::COUNT, args.len() as i32);
        for (n, arg) in args.into_iter().enumerate() {
            let (tag, payload) = isolate.value_out(arg);
            isolate.page.set_item(n, tag, 0, payload);
        }
    }
    isolate.done(turn::START);
}

fn deliver(isolate: &mut Isolate) {
    let mut count = 0;
    let mut owner = None;
    while count < page::MAX_EVENTS {
        let Some(event) = isolate.backlog.pop_front() else {
            break;
        };
        let Some((words, value)) = unpack(isolate, event) else {
            continue;
        };
        let (tag, payload) = isolate.value_out(value);
        let [kind, ticket, case] = words;
        let its = isolate.m().mailbox().tickets().unpark(ticket as u32);
        // What follows from several goroutines' events is nobody's in particular.
        owner = match owner {
            Some(other) if other != its => Some(UNKNOWN_OWNER),
            _ => Some(its),
        };
        isolate
            .page
            .set_event(count, [kind, ticket, case, tag], payload);
        count += 1;
    }
    if let Some(owner) = owner {
        let owner = if owner == UNKNOWN_OWNER {
            -1.0
        } else {
            owner as f64
        };
        isolate.page.set_double(page::OWNER, owner);
    }
    isolate.page.set_word(page::COUNT, count as i32);
    isolate.done(turn::EVENTS);
}

impl Isolate {
    /// Tells JavaScript of one that an operation has served here, besides what the operation came to.
    pub fn serve(&mut self, served: Served<Value>) {
        let Served {
            ticket,
            case,
            value,
        } = served;
        self.leaves(ticket);
        let (kind, (tag, payload)) = match value {
            Some(value) => (kind::RECEIVED, self.value_out(value)),
            None => (kind::SENT, (tag::UNDEFINED, 0.0)),
        };
        let its = self.m().mailbox().tickets().unpark(ticket);
        // Both go on from here, in turn.
        if its != self.owner() {
            self.page.set_double(page::OWNER, -1.0);
        }
        let words = [kind, ticket as i32, case as i32, tag];
        self.page.set_served(words, payload);
    }

    /// A channel's operation that was parked here is over: a select leaves its other queues.
    #[inline]
    fn leaves(&mut self, ticket: u32) {
        self.waits_no_more(ticket);
        if !self.selects.is_empty()
            && let Some(enqueued) = self.selects.remove(&ticket)
        {
            drop(enqueued);
        }
    }
}

/// Kind, ticket and case of an event, and its value. A select that woke leaves its other queues.
fn unpack(isolate: &mut Isolate, event: Event<Value>) -> Option<([i32; 3], Value)> {
    let (kind, ticket, case, value) = match event {
        Event::Received {
            ticket,
            case,
            value: Some(value),
            ..
        } => (kind::RECEIVED, ticket, case, value),
        Event::Received {
            ticket,
            case,
            value: None,
            ..
        } => (kind::DRAINED, ticket, case, Value::Undefined),
        Event::Sent { ticket, case } => (kind::SENT, ticket, case, Value::Undefined),
        Event::SendOnClosed { ticket, case } => {
            (kind::SEND_ON_CLOSED, ticket, case, Value::Undefined)
        }
        Event::Ready { ticket } if Futures::is_number(ticket) => {
            return isolate.futures.resume(ticket).map(moved);
        }
        Event::Ready { ticket } => (kind::READY, ticket, 0, Value::Undefined),
        Event::Ended {
            ticket,
            outcome: Ok(value),
        } => (kind::RESULT, ticket, 0, value),
        Event::Ended {
            ticket,
            outcome: Err(value),
        } => (kind::ERROR, ticket, 0, value),
        // The value is for `deliver`: the code stands where a select's case would.
        Event::Woken { wait } => {
            let (ticket, (code, value)) = isolate.resume(wait)?;
            isolate.waits_no_more(ticket);
            return Some(([kind::READY, ticket as i32, code], value));
        }
        // The pump looks at `live` before it parks; being woken is all there is to it.
        Event::Liveness => return None,
    };
    match kind {
        kind::READY => {
            isolate.waits_no_more(ticket);
            isolate.sleeps.remove(&ticket);
        }
        kind::RESULT | kind::ERROR => isolate.waits_no_more(ticket),
        _ => isolate.leaves(ticket),
    }
    Some(([kind, ticket as i32, case as i32], value))
}

/// What is told of a future that is done: how many were sent, or what was received.
fn moved((ticket, moved): (u32, Moved)) -> ([i32; 3], Value) {
    let (kind, value) = match moved {
        Moved::Sent => (kind::SENT, Value::Undefined),
        Moved::SendOnClosed(sent) => (kind::SEND_ON_CLOSED, Value::number(sent as f64)),
        Moved::Drained => (kind::DRAINED, Value::Undefined),
        Moved::Received(code, data) => {
            let handles = Box::default();
            let bytes = Heavy::Bytes {
                code,
                data: data.into(),
                handles,
            };
            (kind::RECEIVED, Value::heavy(bytes))
        }
    };
    ([kind, ticket as i32, 0], value)
}

call!(Live = live);
/// Out: `NUMBER`, goroutines alive plus timers pending in the whole process; `KIND` 1 if there is
/// mail. Read in this order: what ends posts its mail first, so whoever sees 0 sees the mail.
fn live(isolate: &mut Isolate) {
    let live = isolate.m().sched().live();
    let mail = isolate.m().mailbox().is_pending();
    isolate.page.set_double(page::NUMBER, live as f64);
    isolate.page.set_word(page::KIND, i32::from(mail));
}

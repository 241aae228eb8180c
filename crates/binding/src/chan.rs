//! Channels, as TypeScript's `Chan` calls them.

use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::call;
use crate::value::Value;
use gosched_runtime::chan::{Hchan, Own, Parked, Receiving, Sending, Unpark};
use gosched_runtime::error::{TryRecvError, TrySendError};
use gosched_runtime::g::Reason;
use std::sync::Arc;

/// Values of `STATUS` after channel operations and selects. `ts/internal/page.ts` has the same.
pub mod status {
    /// It happened at once.
    pub const DONE: i32 = 0;
    /// Parked under the ticket; or, for the `try` forms, it would have parked.
    pub const PARKED: i32 = 1;
    /// Receive: closed and drained. Send and close: the channel is closed.
    pub const CLOSED: i32 = 2;
    /// No such handle: it was not made in this isolate, or released.
    pub const BAD_HANDLE: i32 = 3;
    /// The context given with a wait has ended.
    pub const CANCELED: i32 = 4;
    /// So many threads are blocked that this one may not be.
    pub const TOO_MANY: i32 = 5;

    /// `DONE`, or `CLOSED`: there was nothing to do it to.
    pub fn of(done: bool) -> i32 {
        if done { DONE } else { CLOSED }
    }
}

impl Isolate {
    pub fn done(&self, status: i32) {
        self.page.set_word(page::STATUS, status);
    }

    /// Wakes whom an operation made ready. One that is parked here is told with the answer; if mail came
    /// first, JavaScript is asked to schedule the pump, which is far cheaper than a call through the
    /// event loop.
    #[inline]
    pub fn wake(&mut self, unpark: Unpark<Value>) {
        if let Some(served) = self.own.as_ref().and_then(Own::take) {
            return self.serve(served);
        }
        if let Unpark::Isolate(mailbox) = &unpark
            && Arc::ptr_eq(mailbox, self.m().mailbox())
        {
            mailbox.awake();
            self.page.set_word(page::PUMP, page::MAIL);
            return;
        }
        unpark.fire();
    }

    /// The channel in the registers, and who would park on it. Borrowed, not cloned: the count of
    /// a shared `Arc` is one more cache line for two threads to fight over, twice an operation.
    #[inline]
    fn chan(&mut self) -> Option<(&Hchan<Value>, Me<'_>)> {
        let index = self.page.word(page::HANDLE) as u32;
        let Self {
            handles,
            page,
            own,
            backlog,
            ..
        } = self;
        let (Some(chan), Some(own)) = (handles.chan(index), own) else {
            page.set_word(page::STATUS, status::BAD_HANDLE);
            return None;
        };
        let me = Me {
            ticket: page.word(page::TICKET) as u32,
            lent: backlog.is_empty().then_some(own),
            own,
        };
        Some((chan, me))
    }
}

/// The party that would park: made only when it does.
struct Me<'a> {
    ticket: u32,
    own: &'a Own<Value>,
    /// What it lends to the channel.
    lent: Option<&'a Own<Value>>,
}

impl Me<'_> {
    fn parked(&self) -> Parked<Value> {
        self.own.parked(self.ticket)
    }
}

call!(Make = make);
/// In: `NUMBER` is the capacity, checked by TypeScript. Out: `HANDLE`; `STATUS` 1 if the system has
/// no room for it.
fn make(isolate: &mut Isolate) {
    let capacity = isolate.page.double(page::NUMBER) as usize;
    let Some(chan) = Hchan::try_new(capacity) else {
        return isolate.page.set_word(page::STATUS, 1);
    };
    let index = isolate.handles.intern(Handle::Chan(Arc::new(chan)));
    isolate.page.set_word(page::HANDLE, index as i32);
    isolate.page.set_word(page::STATUS, 0);
}

call!(Send = send);
/// In: `HANDLE`, `TAG`, `NUMBER`, `TICKET`. Out: `STATUS`, `PUMP`.
fn send(isolate: &mut Isolate) {
    let value = isolate.operand();
    let Some((chan, me)) = isolate.chan() else {
        return;
    };
    let status = match chan.send_or_park(value, me.lent, || me.parked()) {
        Sending::Done(unpark) => {
            isolate.wake(unpark);
            status::DONE
        }
        Sending::Parked => {
            let (object, capacity) = (std::ptr::from_ref(chan).addr(), chan.capacity());
            isolate.parks(Reason::ChanSend, object, capacity);
            status::PARKED
        }
        Sending::Closed(_) => status::CLOSED,
    };
    isolate.done(status);
}

/// Outcomes of a wait to send or receive, besides 0 for a value. `ts/chan.ts` has the same.
const WAS_CLOSED: i32 = 1;

call!(SendWait = send_wait);
/// Blocks the thread until the value is sent. In: `HANDLE`, `TAG`, `NUMBER`, and as
/// `Isolate::wait`. Out: as that; outcome 1: the channel is closed.
fn send_wait(isolate: &mut Isolate) {
    let value = isolate.operand();
    let Some(chan) = isolate.handles.chan(isolate.operand_handle()).cloned() else {
        return isolate.done(status::BAD_HANDLE);
    };
    let what = (Reason::ChanSend, Arc::as_ptr(&chan).addr());
    isolate.wait(what, async move {
        let closed = chan.send(value).await.is_err();
        (i32::from(closed) * WAS_CLOSED, Value::Undefined)
    });
}

call!(RecvWait = recv_wait);
/// Blocks the thread until there is a value. In: `HANDLE`, and as `Isolate::wait`. Out: as that;
/// outcome 1: the channel is closed and drained.
fn recv_wait(isolate: &mut Isolate) {
    let Some(chan) = isolate.handles.chan(isolate.operand_handle()).cloned() else {
        return isolate.done(status::BAD_HANDLE);
    };
    let what = (Reason::ChanReceive, Arc::as_ptr(&chan).addr());
    isolate.wait(what, async move {
        match chan.recv().await {
            Some(value) => (0, value),
            None => (WAS_CLOSED, Value::Undefined),
        }
    });
}

call!(TrySend = try_send);
/// In: `HANDLE`, `TAG`, `NUMBER`. Out: `STATUS`, `PUMP`.
fn try_send(isolate: &mut Isolate) {
    let value = isolate.operand();
    let Some((chan, me)) = isolate.chan() else {
        return;
    };
    let status = match chan.try_send_with(value, me.lent) {
        Ok(unpark) => {
            isolate.wake(unpark);
            status::DONE
        }
        Err(TrySendError::Full(_)) => status::PARKED,
        Err(TrySendError::Closed(_)) => status::CLOSED,
    };
    isolate.done(status);
}

call!(Recv = recv);
/// In: `HANDLE`, `TICKET`. Out: `STATUS`, `TAG`, `NUMBER`, `PUMP`.
fn recv(isolate: &mut Isolate) {
    let Some((chan, me)) = isolate.chan() else {
        return;
    };
    let status = match chan.recv_or_park(me.lent, || me.parked()) {
        Receiving::Done(value, unpark) => {
            isolate.result(value);
            isolate.wake(unpark);
            status::DONE
        }
        Receiving::Parked => {
            let (object, capacity) = (std::ptr::from_ref(chan).addr(), chan.capacity());
            isolate.parks(Reason::ChanReceive, object, capacity);
            let handle = isolate.page.word(page::HANDLE) as u32;
            let ticket = isolate.page.word(page::TICKET) as u32;
            isolate.receives_from(ticket, handle);
            isolate.waits_for(ticket, std::iter::once(handle));
            status::PARKED
        }
        Receiving::Closed => status::CLOSED,
    };
    isolate.done(status);
}

call!(TryRecv = try_recv);
/// In: `HANDLE`. Out: `STATUS`, `TAG`, `NUMBER`, `PUMP`.
fn try_recv(isolate: &mut Isolate) {
    let Some((chan, me)) = isolate.chan() else {
        return;
    };
    let status = match chan.try_recv_with(me.lent) {
        Ok((value, unpark)) => {
            isolate.result(value);
            isolate.wake(unpark);
            status::DONE
        }
        Err(TryRecvError::Empty) => status::PARKED,
        Err(TryRecvError::Closed) => status::CLOSED,
    };
    isolate.done(status);
}

call!(Close = close);
/// In: `HANDLE`. Out: `STATUS`.
fn close(isolate: &mut Isolate) {
    let Some((chan, _)) = isolate.chan() else {
        return;
    };
    let status = match chan.close() {
        Ok(()) => status::DONE,
        Err(_) => status::CLOSED,
    };
    isolate.done(status);
}

call!(State = state);
/// In: `HANDLE`. Out: `NUMBER` is the length, `NUMBER2` the capacity, `KIND` 1 if closed.
///
/// A timer's channel is unbuffered to its users: its one place is emptied by `stop` and `reset`.
fn state(isolate: &mut Isolate) {
    let is_timer = isolate
        .handles
        .alarm(isolate.page.word(page::HANDLE) as u32)
        .is_some();
    let Some((chan, _)) = isolate.chan() else {
        return;
    };
    let (len, capacity) = if is_timer {
        (0, 0)
    } else {
        (chan.len(), chan.capacity())
    };
    let closed = chan.is_closed();
    isolate.page.set_double(page::NUMBER, len as f64);
    isolate.page.set_double(page::NUMBER2, capacity as f64);
    isolate.page.set_word(page::KIND, i32::from(closed));
    isolate.done(status::DONE);
}

call!(Locals = locals);
/// Lists the values of a channel that are slots of this isolate's table: buffered, or offered by
/// parked senders. In: `HANDLE`, `SLOT` how many to skip. Out: `COUNT`, and the slots in the handle
/// area: the items may be the arguments of a call, this channel among them. As many as fit: ask again.
///
/// The channel has not left this isolate, so nobody else can add or take values meanwhile.
fn locals(isolate: &mut Isolate) {
    let skip = isolate.page.word(page::SLOT) as usize;
    let Some((chan, _)) = isolate.chan() else {
        return;
    };
    let mut slots = Vec::new();
    chan.for_each_value(|value| {
        if let Value::Local(slot) = value {
            slots.push(*slot as u32);
        }
    });
    let mut count = 0;
    for slot in slots.into_iter().skip(skip).take(page::MAX_HANDLES) {
        isolate.page.set_handle(count, slot, 0);
        count += 1;
    }
    isolate.page.set_word(page::COUNT, count as i32);
    isolate.done(status::DONE);
}

call!(ReplaceLocal = replace_local);
/// Puts an encoded value in place of a slot. In: `HANDLE`, `SLOT`, `TAG`, `NUMBER`. What else is staged
/// stays so: it belongs to the call that gives the channel away.
fn replace_local(isolate: &mut Isolate) {
    let mut encoded = Some(isolate.operand_of_many());
    let slot = isolate.page.word(page::SLOT) as u32;
    let Some((chan, _)) = isolate.chan() else {
        return;
    };
    chan.for_each_value(|value| {
        if matches!(value, Value::Local(at) if *at == u64::from(slot))
            && let Some(encoded) = encoded.take()
        {
            *value = encoded;
        }
    });
    isolate.done(status::DONE);
}

//! `select` and `trySelect`; the mixed ones if channels of numbers are among the cases.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::{self, call};
use crate::value::Value;
use crate::wait::Outcome;
use gosched_runtime::chan::{Hchan, Unpark};
use gosched_runtime::g::Reason;
use gosched_runtime::select::{
    Case, MixedCase, MixedSelect, Selected, select_or_not, select_or_park,
};
use gosched_runtime::tickets::Object;
use smallvec::SmallVec;
use std::sync::Arc;

/// An item's aux word: the channel's handle, or one of these. Receive cases have tag `RECEIVE`.
const NEVER: i32 = -1;
/// The tag of a receive case; a send case has its value's tag.
const RECEIVE: i32 = -1;

type Cases = SmallVec<[Case<Arc<Hchan<Value>>, Value>; 8]>;

impl Isolate {
    fn cases(&mut self) -> Option<Cases> {
        let count = self.page.word(page::COUNT) as usize;
        let mut cases = Cases::with_capacity(count);
        for n in 0..count.min(page::MAX_ITEMS) {
            let (tag, aux, payload) = self.page.item(n);
            if aux == NEVER {
                cases.push(Case::Never);
                continue;
            }
            let chan = self.handles.chan(aux as u32)?.clone();
            cases.push(if tag == RECEIVE {
                Case::Recv(chan)
            } else {
                Case::Send(chan, Some(self.value_in(tag, payload)))
            });
        }
        self.staged.clear();
        Some(cases)
    }

    /// The handles of the channels that the cases on the page receive from.
    fn received_from(&self) -> SmallVec<[u32; 8]> {
        let count = (self.page.word(page::COUNT) as usize).min(page::MAX_ITEMS);
        (0..count)
            .map(|n| self.page.item(n))
            .filter(|&(tag, aux, _)| tag == RECEIVE && aux != NEVER)
            .map(|(_, aux, _)| aux as u32)
            .collect()
    }

    /// Notes what a select waits for.
    fn park_select(&mut self, ticket: u32, cases: &Cases) {
        let objects = cases.iter().filter_map(|case| match case {
            Case::Recv(chan) => Some((chan, false)),
            Case::Send(chan, _) => Some((chan, true)),
            Case::Never => None,
        });
        let objects: SmallVec<[Object; 8]> = objects
            .map(|(chan, sends)| Object {
                address: Arc::as_ptr(chan).addr(),
                sends,
            })
            .collect();
        let owner = self.owner();
        let tickets = self.m().mailbox().tickets();
        tickets.park_select(ticket, owner, objects.into_iter());
    }

    /// Out: `STATUS`, `SLOT` is the case, `KIND` 1 if a receive case was closed and drained.
    fn tell(&mut self, selected: Selected<Value>, unpark: Unpark<Value>) {
        let (status, case) = match selected {
            Selected::NotReady => (status::PARKED, 0),
            Selected::Sent(case) => (status::DONE, case),
            Selected::SendOnClosed(case) => (status::CLOSED, case),
            Selected::Received(case, value) => {
                self.page.set_word(page::KIND, i32::from(value.is_none()));
                self.result(value.unwrap_or(Value::Undefined));
                (status::DONE, case)
            }
        };
        self.page.set_word(page::SLOT, case as i32);
        self.done(status);
        self.wake(unpark);
    }
}

call!(TrySelect = try_select);
/// In: `COUNT` and items. Out: as `tell`; `STATUS` `PARKED` means that no case is ready.
fn try_select(isolate: &mut Isolate) {
    let Some(mut cases) = isolate.cases() else {
        return isolate.done(status::BAD_HANDLE);
    };
    let rng = isolate.m().random();
    let (selected, unpark) = select_or_not(&mut cases, &mut |n| rng.below(n));
    isolate.tell(selected, unpark);
}

call!(Select = select);
/// In: `COUNT`, items, `TICKET`. Out: as `tell`.
fn select(isolate: &mut Isolate) {
    let Some(mut cases) = isolate.cases() else {
        return isolate.done(status::BAD_HANDLE);
    };
    let who = isolate.parked();
    let ticket = isolate.page.word(page::TICKET) as u32;
    let rng = isolate.m().random();
    let (selected, unpark, enqueued) = select_or_park(&mut cases, &who, &mut |n| rng.below(n));
    if let Some(enqueued) = enqueued {
        isolate.park_select(ticket, &cases);
        isolate.selects.insert(ticket, enqueued);
        let received = isolate.received_from();
        isolate.waits_for(ticket, received.into_iter());
    }
    isolate.tell(selected, unpark);
}

/// How a mixed select ended: two bits of its outcome, the others are the case.
mod ended {
    pub const RECEIVED: i32 = 0;
    pub const DRAINED: i32 = 1;
    pub const SENT: i32 = 2;
    pub const SEND_ON_CLOSED: i32 = 3;
}

/// The outcome as a wait tells it.
fn outcome(selected: Selected<Value>) -> Outcome {
    let (case, ended, value) = match selected {
        Selected::Received(case, Some(value)) => (case, ended::RECEIVED, value),
        Selected::Received(case, None) => (case, ended::DRAINED, Value::Undefined),
        Selected::Sent(case) => (case, ended::SENT, Value::Undefined),
        Selected::SendOnClosed(case) => (case, ended::SEND_ON_CLOSED, Value::Undefined),
        Selected::NotReady => raw::fatal("a select that was over without a case"),
    };
    ((case as i32) << 2 | ended, value)
}

impl Isolate {
    fn mixed_cases(&mut self) -> Option<Vec<MixedCase<Value>>> {
        let count = (self.page.word(page::COUNT) as usize).min(page::MAX_ITEMS);
        let mut cases = Vec::with_capacity(count);
        for n in 0..count {
            let (tag, aux, payload) = self.page.item(n);
            if aux == NEVER {
                cases.push(MixedCase::never());
                continue;
            }
            let numbers = match self.handles.get(aux as u32) {
                Some(Handle::Numbers(numbers)) => Some(numbers.clone()),
                _ => None,
            };
            cases.push(match (numbers, tag) {
                (Some(numbers), RECEIVE) => numbers.recv_case(),
                (Some(numbers), _) => numbers.send_case(payload),
                (None, RECEIVE) => {
                    MixedCase::recv(self.handles.chan(aux as u32)?.clone(), |value| value)
                }
                (None, _) => {
                    let chan = self.handles.chan(aux as u32)?.clone();
                    MixedCase::send(chan, self.value_in(tag, payload), |value| value)
                }
            });
        }
        self.staged.clear();
        Some(cases)
    }
}

call!(TryMixed = try_mixed);
/// In: `COUNT` and items. Out: as `Isolate::wait`; `PARKED`: no case is ready.
fn try_mixed(isolate: &mut Isolate) {
    let Some(cases) = isolate.mixed_cases() else {
        return isolate.done(status::BAD_HANDLE);
    };
    match isolate.waking(|| MixedSelect::new(cases).or_not()) {
        Selected::NotReady => isolate.done(status::PARKED),
        selected => isolate.tell_outcome(outcome(selected)),
    }
}

/// The channel of a case, as reports name it.
fn object_of(case: &MixedCase<Value>) -> Option<Object> {
    let (address, sends) = case.chan()?;
    Some(Object { address, sends })
}

call!(Mixed = mixed);
/// In: `COUNT`, items, and as `Isolate::wait`. Out: as that; the outcome is a case and an end.
fn mixed(isolate: &mut Isolate) {
    let Some(cases) = isolate.mixed_cases() else {
        return isolate.done(status::BAD_HANDLE);
    };
    let received = isolate.received_from();
    let objects: SmallVec<[Object; 8]> = cases.iter().filter_map(object_of).collect();
    isolate.wait((Reason::Select, 0), async move {
        outcome(MixedSelect::new(cases).await)
    });
    if isolate.page.word(page::STATUS) == status::PARKED {
        let ticket = isolate.page.word(page::TICKET) as u32;
        let owner = isolate.owner();
        let tickets = isolate.m().mailbox().tickets();
        tickets.park_select(ticket, owner, objects.into_iter());
        isolate.waits_for(ticket, received.into_iter());
    }
}

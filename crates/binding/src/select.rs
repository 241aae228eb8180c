//! `select` and `trySelect`; the mixed ones if channels of numbers are among the cases.

use crate::chan::status;
use crate::handle::{Handle, Handles};
use crate::isolate::{Isolate, Standing};
use crate::page::{self, Page};
use crate::raw::{self, call};
use crate::value::Value;
use crate::wait::Outcome;
use gosched_runtime::chan::{Hchan, Own, Unpark};
use gosched_runtime::g::Reason;
use gosched_runtime::sched::IsolateM;
use gosched_runtime::select::{
    Case, MixedCase, MixedSelect, Selected, select_or_not, select_or_park,
};
use gosched_runtime::tickets::Object;
use smallvec::SmallVec;
use std::ops::Deref;
use std::sync::Arc;

/// An item's aux word: the channel's handle, or one of these. Receive cases have tag `RECEIVE`.
const NEVER: i32 = -1;
/// The tag of a receive case; a send case has its value's tag.
const RECEIVE: i32 = -1;

/// A channel of the isolate's table. Whoever parks takes a share of it; the others need none, whose counts
/// would be two more lines for threads to fight over, for each case.
#[derive(Clone, Copy)]
struct Listed<'a>(&'a Arc<Hchan<Value>>);

impl Deref for Listed<'_> {
    type Target = Hchan<Value>;

    fn deref(&self) -> &Hchan<Value> {
        self.0
    }
}

type Cases<'a> = SmallVec<[Case<Listed<'a>, Value>; 8]>;
/// What the cases offer.
type Offers = SmallVec<[Option<Value>; 8]>;

/// The cases on the page. `None`: there is no such handle.
fn cases<'a>(page: &Page, handles: &'a Handles, offers: Offers) -> Option<Cases<'a>> {
    let mut cases = Cases::with_capacity(offers.len());
    for (n, offer) in offers.into_iter().enumerate() {
        let (tag, aux, _) = page.item(n);
        cases.push(if aux == NEVER {
            Case::Never
        } else {
            let chan = Listed(handles.chan(aux as u32)?);
            match tag {
                RECEIVE => Case::Recv(chan),
                _ => Case::Send(chan, offer),
            }
        });
    }
    Some(cases)
}

/// What a select waits for.
fn objects(cases: &Cases<'_>) -> SmallVec<[Object; 8]> {
    let object = |chan: &Listed<'_>, sends| Object {
        address: Arc::as_ptr(chan.0).addr(),
        sends,
    };
    let objects = cases.iter().filter_map(|case| match case {
        Case::Recv(chan) => Some(object(chan, false)),
        Case::Send(chan, _) => Some(object(chan, true)),
        Case::Never => None,
    });
    objects.collect()
}

/// What a call of a select works on, apart from its values.
struct Parts<'a> {
    page: &'a Page,
    handles: &'a Handles,
    me: &'a Own<Value>,
    own: Option<&'a Own<Value>>,
    m: &'a mut IsolateM<Value>,
}

impl Isolate {
    fn offers(&mut self) -> Offers {
        let count = (self.page.word(page::COUNT) as usize).min(page::MAX_ITEMS);
        let mut offers = Offers::with_capacity(count);
        for n in 0..count {
            let (tag, aux, payload) = self.page.item(n);
            let offers_one = aux != NEVER && tag != RECEIVE;
            offers.push(offers_one.then(|| self.value_in(tag, payload)));
        }
        self.staged.clear();
        offers
    }

    fn parts(&mut self) -> Parts<'_> {
        let (Some(m), Some(me)) = (&mut self.m, &self.own) else {
            raw::fatal("a call before attach");
        };
        Parts {
            page: &self.page,
            handles: &self.handles,
            me,
            own: self.backlog.is_empty().then_some(me),
            m,
        }
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

    /// A select has parked, and waits for `objects`.
    fn park_select(&mut self, enqueued: Standing, objects: SmallVec<[Object; 8]>) {
        let (ticket, owner) = (self.page.word(page::TICKET) as u32, self.owner());
        let tickets = self.m().mailbox().tickets();
        tickets.park_select(ticket, owner, objects.into_iter());
        self.selects.insert(ticket, enqueued);
        let received = self.received_from();
        self.waits_for(ticket, received.into_iter());
    }

    /// Out: `STATUS`, `PUMP`, `SLOT` is the case, `KIND` 1 if a receive case was closed and drained.
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
    let offers = isolate.offers();
    let Parts {
        page,
        handles,
        own,
        m,
        ..
    } = isolate.parts();
    let Some(mut cases) = cases(page, handles, offers) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let rng = m.random();
    let (selected, unpark) = select_or_not(&mut cases, own, &mut |n| rng.below(n));
    drop(cases);
    isolate.tell(selected, unpark);
}

call!(Select = select);
/// In: `COUNT`, items, `TICKET`. Out: as `tell`.
fn select(isolate: &mut Isolate) {
    let offers = isolate.offers();
    let Parts {
        page,
        handles,
        me,
        own,
        m,
    } = isolate.parts();
    let Some(mut cases) = cases(page, handles, offers) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let who = || me.parked(page.word(page::TICKET) as u32);
    let rng = m.random();
    let (selected, unpark, enqueued) = select_or_park(&mut cases, who, own, &mut |n| rng.below(n));
    let parked = enqueued.map(|it| (it.with(|chan| chan.0.clone()), objects(&cases)));
    drop(cases);
    if let Some((enqueued, objects)) = parked {
        isolate.park_select(enqueued, objects);
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

call!(Mixed = mixed);
/// In: `COUNT`, items, and as `Isolate::wait`. Out: as that; the outcome is a case and an end.
fn mixed(isolate: &mut Isolate) {
    let Some(cases) = isolate.mixed_cases() else {
        return isolate.done(status::BAD_HANDLE);
    };
    let received = isolate.received_from();
    let first = isolate.page.item(0).1 as usize;
    isolate.wait((Reason::Select, first), async move {
        outcome(MixedSelect::new(cases).await)
    });
    if isolate.page.word(page::STATUS) == status::PARKED {
        let ticket = isolate.page.word(page::TICKET) as u32;
        isolate.waits_for(ticket, received.into_iter());
    }
}

//! `select` and `trySelect`.

use crate::chan::status;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::call;
use crate::value::Value;
use gosched_runtime::chan::{Hchan, Unpark};
use gosched_runtime::select::{Case, Selected, select_or_not, select_or_park};
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
        let count = (isolate.page.word(page::COUNT) as usize).min(page::MAX_ITEMS);
        let received: SmallVec<[u32; 8]> = (0..count)
            .map(|n| isolate.page.item(n))
            .filter(|&(tag, aux, _)| tag == RECEIVE && aux != NEVER)
            .map(|(_, aux, _)| aux as u32)
            .collect();
        isolate.waits_for(ticket, received.into_iter());
    }
    isolate.tell(selected, unpark);
}

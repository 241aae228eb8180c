//! What every goroutine does, for people: the two text forms of Go's goroutine profile.
//!
//! Any thread may ask at any time: nothing here waits for an isolate or stops one. So it is no picture of
//! one instant: a goroutine that goes on meanwhile shows as it was a moment before.
//!
//! # Whose an operation is
//!
//! An isolate knows its parked operations ([`Tickets`](crate::tickets::Tickets)), and of each whose it is
//! as far as its embedder can tell. What cannot be told is shown as the isolate's. Of several operations
//! of one goroutine (it may park some in parallel) all are shown, and the first gives its state.

mod cycle;
mod text;

pub use cycle::cycle_text;
pub use text::{Names, text};

use crate::g::{GoId, Kind, Reason, State};
use crate::sched::Sched;
use crate::tickets::{Object, Parked, UNKNOWN_OWNER};
use std::collections::HashMap;

/// One goroutine, or the main program under the number 0.
#[derive(Clone, Debug)]
pub struct Goroutine {
    /// Its number.
    pub id: GoId,
    /// Who started it.
    pub parent: GoId,
    /// Native or JavaScript.
    pub kind: Kind,
    /// What it does when it is not parked.
    pub state: &'static str,
    /// Where it lives.
    pub isolate: Option<u32>,
    /// What it runs, and where it was created, by the embedder's numbers.
    pub program: Option<u32>,
    /// 0 if not known.
    pub created: u32,
    /// What it waits for.
    pub waits: Vec<Parked>,
}

/// All goroutines, and what could not be told apart.
#[derive(Clone, Debug, Default)]
pub struct Dump {
    /// By number, the main program first.
    pub goroutines: Vec<Goroutine>,
    /// Operations of unknown owners, by isolate.
    pub strays: Vec<(u32, Vec<Parked>)>,
    /// How many wait to receive and to send, by the channel's address; a select counts for each case.
    pub waiters: HashMap<usize, (usize, usize)>,
}

/// What a goroutine does that has started and has parked no operation here.
const AWAITS: &str = "await";
const RUNS: &str = "running";

impl Goroutine {
    /// What it does, in brackets in the text.
    pub fn reason(&self) -> &'static str {
        self.waits
            .first()
            .map_or(self.state, |wait| wait.reason.text())
    }
}

impl<V: Send + 'static> Sched<V> {
    /// What every goroutine does now.
    pub fn dump(&self) -> Dump {
        let mut dump = Dump::default();
        let mut parked: HashMap<GoId, Vec<Parked>> = HashMap::new();
        let mut asleep = HashMap::new();
        let (mut mains, mut strays) = (Vec::new(), HashMap::new());
        for mailbox in self.isolates() {
            asleep.insert(mailbox.id(), mailbox.is_parked());
            for wait in mailbox.tickets().all() {
                dump.count(&wait.objects);
                match wait.owner {
                    0 => mains.push(wait),
                    UNKNOWN_OWNER => strays
                        .entry(mailbox.id())
                        .or_insert_with(Vec::new)
                        .push(wait),
                    owner => parked.entry(owner).or_default().push(wait),
                }
            }
        }
        dump.goroutines.push(Goroutine {
            id: 0,
            parent: 0,
            kind: Kind::JavaScript,
            state: AWAITS,
            isolate: None,
            program: None,
            created: 0,
            waits: mains,
        });
        for row in self.table().all() {
            let sleeps = row.isolate.is_some_and(|it| asleep.get(&it) == Some(&true));
            let mut waits = parked.remove(&row.id).unwrap_or_default();
            if row.kind == Kind::Native && row.state == State::Waiting {
                let wait = native_wait(row.id, row.wait);
                dump.count(&wait.objects);
                waits.push(wait);
            }
            dump.goroutines.push(Goroutine {
                id: row.id,
                parent: row.parent,
                kind: row.kind,
                state: match row.state {
                    State::Runnable => "runnable",
                    State::Running if row.kind == Kind::JavaScript && sleeps => AWAITS,
                    _ => RUNS,
                },
                isolate: row.isolate,
                program: row.program,
                created: row.created,
                waits,
            });
        }
        dump.settle_strays(strays);
        dump
    }
}

fn native_wait(id: GoId, (reason, address): (Reason, usize)) -> Parked {
    let sends = reason == Reason::ChanSend;
    let objects = match reason {
        Reason::ChanSend | Reason::ChanReceive => vec![Object { address, sends }],
        _ => Vec::new(),
    };
    Parked {
        reason,
        owner: id,
        since: std::time::Duration::ZERO,
        site: 0,
        capacity: None,
        cases: 1,
        objects,
    }
}

impl Dump {
    fn count(&mut self, objects: &[Object]) {
        for object in objects {
            let (receivers, senders) = self.waiters.entry(object.address).or_default();
            *(if object.sends { senders } else { receivers }) += 1;
        }
    }

    /// Operations of which it is not known whose they are: those of an isolate with one goroutine are its.
    fn settle_strays(&mut self, strays: HashMap<u32, Vec<Parked>>) {
        for (isolate, waits) in strays {
            let mut residents = self
                .goroutines
                .iter_mut()
                .filter(|it| it.isolate == Some(isolate));
            match (residents.next(), residents.next()) {
                (Some(only), None) if only.waits.is_empty() => only.waits = waits,
                _ => self.strays.push((isolate, waits)),
            }
        }
        self.strays.sort_by_key(|&(isolate, _)| isolate);
    }
}

//! How isolates end, and what their goroutines' owners are told.
//!
//! What is known where: an isolate that runs `process.exit`, or dies of an uncaught error, says so itself
//! before it ends (its *epitaph*, `ts/internal/epitaph.ts`). One that is killed was condemned before, with
//! the errors to be told. One that runs out of memory, or is terminated by the program, ends without a
//! word: Node tells the thread that started it, afterwards, so its goroutines are kept until that one
//! *explains* it ([`Explain`]); or, if it is too busy for that, for [`EXPLAINED_WITHIN`].

use crate::args;
use crate::chan::status;
use crate::host::{Order, Role};
use crate::isolate::{Isolate, PROCESS};
use crate::page;
use crate::raw::call;
use crate::value::{Heavy, Value};
use gosched_runtime::chan::Hchan;
use gosched_runtime::g::{Kind, Row};
use gosched_runtime::mailbox::Event;
use gosched_runtime::sched::{End, Fate, Found, Lost};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long goroutines wait to be told why their isolate ended. The thread that knows is at it within a
/// millisecond, unless it computes.
const EXPLAINED_WITHIN: Duration = Duration::from_secs(1);

/// What the goroutines of an isolate are told that knows how it ends.
pub struct Epitaph {
    error: Value,
    end: End,
}

/// Isolates that will end, and that have ended.
#[derive(Default)]
pub struct Ends(Mutex<Known>);

#[derive(Default)]
struct Known {
    condemned: HashMap<u32, Sentence>,
    unexplained: HashMap<u32, Lost<Value>>,
}

/// Why an isolate is killed.
enum Sentence {
    /// Because of this goroutine, whose owner is told this.
    For(u64, Value),
    /// The runtime is shut down.
    Shutdown,
}

impl Sentence {
    fn error_for(&self, isolate: u32, goroutine: u64) -> Value {
        match self {
            Self::For(whom, error) if *whom == goroutine => error.clone(),
            Self::For(whom, _) => died(Some(isolate), "killed", Some(*whom)),
            Self::Shutdown => died(Some(isolate), "shutdown", None),
        }
    }
}

impl Ends {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what ended without a word.
    fn keep(&self, isolate: u32, lost: Lost<Value>) {
        self.lock().unexplained.insert(isolate, lost);
        PROCESS.sched.start_idle_timer(
            Instant::now() + EXPLAINED_WITHIN,
            Box::new(move || {
                let error = died(Some(isolate), "unknown", None);
                PROCESS.ends.explain(isolate, &error);
            }),
        );
    }

    fn explain(&self, isolate: u32, error: &Value) {
        let lost = self.lock().unexplained.remove(&isolate);
        if let Some(lost) = lost {
            tell(lost, |_| error.clone());
        }
    }
}

/// An error that TypeScript makes where it arrives.
fn error_of(code: i32, data: Box<[u8]>) -> Value {
    let handles = Box::default();
    Value::heavy(Heavy::Bytes {
        code,
        data: data.into(),
        handles,
    })
}

/// The error of who lost a goroutine with an isolate; without one, before the goroutine had any.
fn died(isolate: Option<u32>, reason: &str, because_of: Option<u64>) -> Value {
    let goroutine = because_of.map_or(String::new(), |id| format!(r#","becauseOf":{id}"#));
    let isolate = isolate.map_or(String::new(), |id| format!(r#","isolate":{id}"#));
    let text = format!(r#"{{"reason":"{reason}"{isolate}{goroutine}}}"#);
    error_of(args::ISOLATE_DIED, text.into_bytes().into())
}

fn tell(lost: Lost<Value>, mut died: impl FnMut(u64) -> Value) {
    lost.tell(|goroutine, fate| match fate {
        Fate::Died | Fate::KilledUnstarted => died(goroutine),
        Fate::NeverStarted => error_of(args::NO_ISOLATE, Box::default()),
    });
}

impl Isolate {
    /// A receive is parked: if its value comes too late for us, it goes back.
    pub fn receives_from(&mut self, ticket: u32, handle: u32) {
        let at = ticket as usize;
        if self.receiving.len() <= at {
            self.receiving.resize(at + 1, u32::MAX);
        }
        self.receiving[at] = handle;
    }

    /// The environment has ended. In this order: nothing comes any more; what came and was not seen goes
    /// back; all that waited leaves; what was held is released; goroutines' owners are told.
    pub fn end(mut self: Box<Self>) {
        let Some(mut m) = self.m.take() else { return };
        let mailbox = m.mailbox().clone();
        let id = mailbox.id();
        let worker = PROCESS
            .host
            .role(id)
            .is_none_or(|role| role == Role::Worker);
        PROCESS.host.remove(id);
        PROCESS.vault.close(&mailbox);
        PROCESS.sched.unwatch(&mailbox);
        let mut unseen = std::mem::take(&mut self.backlog);
        unseen.extend(m.close_mail());
        self.give_back(unseen);
        for timer in std::mem::take(&mut self.sleeps).into_values() {
            PROCESS.sched.stop_timer(timer);
        }
        for alarm in std::mem::take(&mut self.timer_waits)
            .into_values()
            .flatten()
        {
            alarm.drop_waiter();
        }
        drop(std::mem::take(&mut self.selects));
        drop(std::mem::take(&mut self.futures));
        drop(std::mem::take(&mut self.locals));
        // First those that wait, which might be handed what is released next.
        drop(std::mem::take(&mut self.waits));
        for handle in std::mem::take(&mut self.handles).into_all() {
            handle.forget(&mailbox);
            handle.release_all_of(self.holder);
        }
        let sentence = PROCESS.ends.lock().condemned.remove(&id);
        let end = match (&sentence, &self.epitaph) {
            (Some(_), _) => End::Dismissed,
            (None, Some(epitaph)) => epitaph.end,
            (None, None) => End::Crashed,
        };
        let lost = m.close(end);
        match (sentence, self.epitaph) {
            (Some(sentence), _) => tell(lost, |goroutine| sentence.error_for(id, goroutine)),
            (None, Some(epitaph)) => tell(lost, |_| epitaph.error.clone()),
            (None, None) if worker && !lost.is_empty() => PROCESS.ends.keep(id, lost),
            (None, None) => tell(lost, |_| died(Some(id), "unknown", None)),
        }
    }

    /// Values that were handed over by mail, and that JavaScript was not told of.
    fn give_back(&self, unseen: impl IntoIterator<Item = Event<Value>>) {
        for event in unseen {
            let Event::Received {
                ticket,
                case,
                value: Some(value),
                turn,
            } = event
            else {
                continue;
            };
            if !matches!(value, Value::Local(_))
                && let Some(chan) = self.source(ticket, case)
            {
                chan.take_back(turn, value);
            }
        }
    }

    /// The channel from which a parked operation received; none for a timer's, which is of use to nobody
    /// later.
    fn source(&self, ticket: u32, case: u32) -> Option<&Arc<Hchan<Value>>> {
        let chan = match self.selects.get(&ticket) {
            Some(enqueued) => enqueued.chan(case),
            None => self.handles.chan(*self.receiving.get(ticket as usize)?),
        }?;
        let alarms = self.timer_waits.get(&ticket);
        let is_timer = alarms
            .into_iter()
            .flatten()
            .any(|alarm| Arc::ptr_eq(alarm.chan(), chan));
        (!is_timer).then_some(chan)
    }
}

call!(SetEpitaph = set_epitaph);
/// What goroutines here are told should the isolate end now. In: `TAG`, `NUMBER` the error, `KIND` 1 if
/// the end is wanted; `KIND` -1 takes it back.
fn set_epitaph(isolate: &mut Isolate) {
    let error = isolate.operand();
    isolate.epitaph = match isolate.page.word(page::KIND) {
        -1 => None,
        1 => Some((error, End::Dismissed)),
        _ => Some((error, End::Crashed)),
    }
    .map(|(error, end)| Epitaph { error, end });
}

call!(Explain = explain);
/// The starter knows why an isolate ended. In: `SLOT` which; `TAG`, `NUMBER` the error.
fn explain(isolate: &mut Isolate) {
    let error = isolate.operand();
    let which = isolate.page.word(page::SLOT) as u32;
    PROCESS.ends.explain(which, &error);
}

call!(IsolateFailed = isolate_failed);
/// A worker that was asked for ended before it reported in. In: `TAG`, `NUMBER` what goroutines are told
/// if that happens too often.
fn isolate_failed(isolate: &mut Isolate) {
    let error = isolate.operand();
    PROCESS.sched.isolate_failed().tell(|_, _| error.clone());
}

/// Values of `STATUS` after `kill`. `ts/internal/kill.ts` has the same.
mod killed {
    /// Its owner is told now, or as soon as its thread has ended.
    pub const CONDEMNED: i32 = 0;
    /// It has ended, or never was.
    pub const NOWHERE: i32 = 1;
    /// It lives where nothing may be killed: the main thread, a worker of the program's own, Rust.
    pub const SPARED: i32 = 2;
}

call!(Kill = kill);
/// Ends a goroutine with its isolate. In: `NUMBER2` its number; `TAG`, `NUMBER` what its owner is told.
/// Out: `STATUS`.
fn kill(isolate: &mut Isolate) {
    let error = isolate.operand();
    let goroutine = isolate.page.double(page::NUMBER2) as u64;
    let status = match PROCESS.sched.find(goroutine) {
        Found::Nowhere => killed::NOWHERE,
        Found::Native => killed::SPARED,
        Found::Unstarted(lost) => {
            tell(lost, |_| error.clone());
            killed::CONDEMNED
        }
        Found::In(home) => condemn(home, Sentence::For(goroutine, error)),
    };
    isolate.done(status);
}

/// Has an isolate terminated.
fn condemn(isolate: u32, sentence: Sentence) -> i32 {
    match PROCESS.host.role(isolate) {
        None => killed::NOWHERE,
        Some(Role::Main | Role::Guest) => killed::SPARED,
        Some(Role::Worker) => {
            // Two sentences at once: the first holds, and the second goroutine is one of the others.
            PROCESS
                .ends
                .lock()
                .condemned
                .entry(isolate)
                .or_insert(sentence);
            PROCESS.host.order(isolate, Order::Kill);
            killed::CONDEMNED
        }
    }
}

call!(KillAll = kill_all);
/// The runtime is shut down: what has not started does not start, and every worker isolate is condemned.
fn kill_all(_: &mut Isolate) {
    let unstarted = PROCESS.sched.take_unstarted();
    tell(unstarted, |_| died(None, "shutdown", None));
    for worker in PROCESS.host.workers() {
        condemn(worker, Sentence::Shutdown);
    }
}

call!(NextOrder = next_order);
/// What the starter is to do. Out: `STATUS` `PARKED` if there is nothing; `SLOT` the isolate, `KIND` the
/// order.
fn next_order(isolate: &mut Isolate) {
    let id = isolate.m().mailbox().id();
    let Some((which, order)) = PROCESS.host.take_order(id) else {
        return isolate.done(status::PARKED);
    };
    isolate.page.set_word(page::SLOT, which as i32);
    isolate.page.set_word(page::KIND, order as i32);
    isolate.done(status::DONE);
}

call!(Stay = stay);
/// It was asked to end for being idle, and does not.
fn stay(isolate: &mut Isolate) {
    isolate.m().stay();
}

call!(SetIdleTime = set_idle_time);
/// In: `NUMBER2` how long an isolate may be idle, in milliseconds; negative: for ever.
fn set_idle_time(isolate: &mut Isolate) {
    let millis = isolate.page.double(page::NUMBER2);
    // Beyond what a duration holds is for ever, too.
    PROCESS
        .sched
        .set_idle_time(Duration::try_from_secs_f64(millis / 1000.0).ok());
}

call!(Elsewhere = elsewhere);
/// Out: `COUNT`, goroutines that live in worker isolates, or wait for one.
fn elsewhere(isolate: &mut Isolate) {
    let workers = PROCESS.host.workers();
    let all = isolate.m().sched().table().all();
    let here = |row: &Row| row.isolate.is_none_or(|home| workers.contains(&home));
    let count = all
        .iter()
        .filter(|row| row.kind == Kind::JavaScript && here(row))
        .count();
    isolate.page.set_word(page::COUNT, count as i32);
}

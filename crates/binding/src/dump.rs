//! What every goroutine does, as text: for JavaScript, and, on a signal, for a thread of its own that
//! answers whatever the event loops do.

use crate::go;
use crate::isolate::{Isolate, PROCESS};
use crate::page;
use crate::raw::{self, call};
use gosched_runtime::dump::{self, Names};
use gosched_runtime::g::{GoId, Reason};
use gosched_runtime::tickets::UNKNOWN_OWNER;
use napi::sys;
use std::collections::HashMap;
use std::ptr;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// Places in the program, numbered from 1: the frames of a stack, a line each. Kept for good: there are
/// as many as there are places where goroutines are created and park, and only if they are asked for.
#[derive(Default)]
struct Sites {
    texts: Vec<Arc<str>>,
    known: HashMap<Arc<str>, u32>,
}

static SITES: LazyLock<RwLock<Sites>> = LazyLock::new(RwLock::default);

call!(Site = with site);
/// Argument: the frames of a place, a line each. Out: `COUNT`, its number, the same for the same place.
fn site(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    let text: Arc<str> = raw::utf8(env, arg).unwrap_or_default().into();
    let mut sites = SITES.write().unwrap_or_else(PoisonError::into_inner);
    let next = sites.texts.len() as u32 + 1;
    let number = *sites.known.entry(text.clone()).or_insert(next);
    if number == next {
        sites.texts.push(text);
    }
    isolate.page.set_word(page::COUNT, number as i32);
    ptr::null_mut()
}

/// The process's own names.
struct Known;

impl Names for Known {
    fn program(&self, number: u32) -> Option<(String, String)> {
        let title = go::title(number)?;
        let (name, place) = title.split_once('\n')?;
        Some((name.to_owned(), place.to_owned()))
    }

    fn site(&self, number: u32) -> Option<String> {
        let sites = SITES.read().unwrap_or_else(PoisonError::into_inner);
        let text = sites.texts.get((number as usize).checked_sub(1)?)?;
        Some(text.to_string())
    }
}

fn text(level: u32) -> String {
    dump::text(&PROCESS.sched.dump(), level, &Known)
}

call!(Dump = with dump);
/// In: `KIND` 1 or 2, the form. Result: the text.
fn dump(isolate: &mut Isolate, env: sys::napi_env, _: sys::napi_value) -> sys::napi_value {
    let text = text(isolate.page.word(page::KIND) as u32);
    raw::string(env, &text)
}

call!(LockCycle = with lock_cycle);
/// In: `KIND` 1 if something is open in this event loop that is not ours. Result: the text of the next cycle
/// of locks that nobody was told of, empty if there is none.
fn lock_cycle(isolate: &mut Isolate, env: sys::napi_env, _: sys::napi_value) -> sys::napi_value {
    let busy = isolate.page.word(page::KIND) == 1;
    let cycle = PROCESS.sched.take_lock_cycle(busy);
    let text = cycle.map(|it| dump::cycle_text(&it, &PROCESS.sched.dump(), &Known));
    raw::string(env, &text.unwrap_or_default())
}

impl Isolate {
    /// Whose turn it is, as far as is known.
    pub fn owner(&self) -> GoId {
        let owner = self.page.double(page::OWNER);
        if owner < 0.0 {
            UNKNOWN_OWNER
        } else {
            owner as GoId
        }
    }

    /// The operation of the ticket on the page has parked: for this, on this object.
    pub fn parks(&mut self, reason: Reason, object: usize, capacity: usize) {
        let (ticket, owner) = (self.page.word(page::TICKET) as u32, self.owner());
        let tickets = self.m().mailbox().tickets();
        tickets.park(ticket, owner, reason, object, capacity);
    }
}

call!(NotePark = note_park);
/// Whose the operation is that parks under `TICKET`, and where: `OWNER`, `COUNT` the place.
fn note_park(isolate: &mut Isolate) {
    let (ticket, owner) = (isolate.page.word(page::TICKET) as u32, isolate.owner());
    let site = isolate.page.word(page::COUNT) as u32;
    isolate.m().mailbox().tickets().note(ticket, owner, site);
}

call!(DumpOn = with dump_on);
/// Argument: a signal's name. From now on it makes the process write what every goroutine does to stderr.
/// Out: `STATUS` 0, or 1: there is no such signal here.
fn dump_on(isolate: &mut Isolate, env: sys::napi_env, arg: sys::napi_value) -> sys::napi_value {
    let name = raw::utf8(env, arg).unwrap_or_default();
    let done = on_signal(&name);
    isolate.page.set_word(page::STATUS, i32::from(!done));
    ptr::null_mut()
}

/// The handler itself only writes to a pipe; the thread that reads it does the rest, and may allocate,
/// lock and print. It stays for as long as the process.
#[cfg(unix)]
fn on_signal(name: &str) -> bool {
    use signal_hook::consts::{SIGHUP, SIGQUIT, SIGUSR2};
    use std::io::Write;
    let number = match name {
        "SIGUSR2" => SIGUSR2,
        "SIGQUIT" => SIGQUIT,
        "SIGHUP" => SIGHUP,
        _ => return false, // Node takes SIGUSR1 for its debugger
    };
    let Ok(mut signals) = signal_hook::iterator::Signals::new([number]) else {
        return false;
    };
    let thread = std::thread::Builder::new().name("gosched-dump".into());
    let started = thread.spawn(move || {
        for _ in signals.forever() {
            // Nobody is there to hear that stderr is closed.
            let _ = std::io::stderr().write_all(text(2).as_bytes());
        }
    });
    started.is_ok()
}

#[cfg(not(unix))]
fn on_signal(_: &str) -> bool {
    false
}

call!(Quiet = quiet);
/// The event loop has run dry, as it was asked to let it (`COUNT` bit 0 after `poll`). Out: `KIND` 1 if
/// there is mail, so that it is not.
fn quiet(isolate: &mut Isolate) {
    let quiet = isolate.m().quiet();
    isolate.page.set_word(page::KIND, i32::from(!quiet));
}

call!(Stuck = stuck);
/// This isolate's event loop has run dry, and it was told that nobody else can do anything (`COUNT` bit 1
/// after `poll`). Out: `KIND` 1 if that is still so: nothing will ever happen again.
fn stuck(isolate: &mut Isolate) {
    let stuck = isolate.m().is_stuck();
    isolate.page.set_word(page::KIND, i32::from(stuck));
}

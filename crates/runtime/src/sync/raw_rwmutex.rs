//! `RawRwMutex`: many readers or one writer. After Go's `sync.RWMutex`.
//!
//! # Who goes on
//!
//! - A reader that comes goes on at once if nobody writes *and no writer waits*: a stream of readers
//!   does not keep a writer out.
//! - When a writer unlocks, all readers that wait by then go on, before the next writer: writers do
//!   not keep readers out either.
//! - When the last reader unlocks, the writer that has waited longest goes on.
//! - When the last writer that waits gives up, the readers behind it go on.
//!
//! Two lines, under one lock; see `line.rs`. Its invariant means here: if readers wait, somebody
//! writes or a writer waits; if a writer waits, somebody reads or writes.

use super::holder::{Holder, Holders};
use super::line::{Line, Rules, Wait, Woken};
use super::locker::{Held, Locker};
use super::raw_mutex::NotLocked;
use crate::g::{GoId, Reason};
use crate::lock::{Lock, Rank};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

#[derive(Clone, Copy)]
struct Wants {
    access: Access,
    locker: Locker,
}

struct State {
    readers: u64,
    reading: Holders,
    writer: Option<Locker>,
    /// Whether anybody ever stopped another's writing; for reports.
    handed: bool,
    read_line: Line<Wants>,
    write_line: Line<Wants>,
}

impl State {
    fn enter(&mut self, wants: Wants) {
        match wants.access {
            Access::Read => {
                self.readers += 1;
                self.reading.add(wants.locker.holder, 1);
            }
            Access::Write => self.writer = Some(wants.locker),
        }
    }

    fn is_written_by(&self, holder: Holder) -> bool {
        self.writer.is_some_and(|writer| writer.holder == holder)
    }

    fn serve_readers(&mut self, woken: &mut Woken) {
        while let Some(first) = self.read_line.front() {
            self.enter(first);
            woken.add(self.read_line.serve(first));
        }
    }

    fn serve_writer(&mut self, woken: &mut Woken) {
        if self.readers == 0
            && self.writer.is_none()
            && let Some(first) = self.write_line.front()
        {
            self.enter(first);
            woken.add(self.write_line.serve(first));
        }
    }

    fn stop_reading(&mut self, holder: Holder, count: u64, woken: &mut Woken) {
        self.readers -= count;
        self.reading.remove(holder, count);
        self.serve_writer(woken);
    }

    fn stop_writing(&mut self, woken: &mut Woken) {
        self.writer = None;
        self.serve_readers(woken);
        self.serve_writer(woken);
    }
}

impl Rules for State {
    type Wants = Wants;
    type Grant = ();

    fn reason(wants: Wants) -> Reason {
        match wants.access {
            Access::Read => Reason::RwMutexRead,
            Access::Write => Reason::RwMutex,
        }
    }

    fn admit(&mut self, wants: Wants, _: &mut Woken) -> Option<()> {
        let free = self.writer.is_none()
            && match wants.access {
                Access::Read => self.write_line.is_empty(),
                Access::Write => self.readers == 0,
            };
        free.then(|| self.enter(wants))
    }

    fn line(&mut self, wants: Wants) -> &mut Line<Wants> {
        match wants.access {
            Access::Read => &mut self.read_line,
            Access::Write => &mut self.write_line,
        }
    }

    fn grant(_: Wants) {}

    fn left(&mut self, _: Wants, woken: &mut Woken) {
        if self.writer.is_none() && self.write_line.is_empty() {
            self.serve_readers(woken);
        }
    }

    fn give_back(&mut self, served: Wants, woken: &mut Woken) {
        match served.access {
            Access::Read => self.stop_reading(served.locker.holder, 1, woken),
            Access::Write => self.stop_writing(woken),
        }
    }
}

/// The lock without a value: for those who keep what it guards elsewhere, as JavaScript does.
pub struct RawRwMutex {
    state: Lock<State>,
}

impl Default for RawRwMutex {
    fn default() -> Self {
        Self::new()
    }
}

impl RawRwMutex {
    /// Nobody reads or writes.
    pub fn new() -> Self {
        Self {
            state: Lock::new(
                Rank::Sync,
                State {
                    readers: 0,
                    reading: Holders::default(),
                    writer: None,
                    handed: false,
                    read_line: Line::new(),
                    write_line: Line::new(),
                },
            ),
        }
    }

    /// Waits to write.
    pub fn lock(&self, locker: Locker) -> impl Future<Output = ()> + Send + '_ {
        let access = Access::Write;
        Wait::new(&self.state, Wants { access, locker })
    }

    /// Waits to read.
    pub fn rlock(&self, holder: Holder) -> impl Future<Output = ()> + Send + '_ {
        let access = Access::Read;
        let locker = holder.into();
        Wait::new(&self.state, Wants { access, locker })
    }

    /// Whether it could be locked at once for writing; then it is.
    pub fn try_lock(&self, locker: Locker) -> bool {
        self.try_enter(Access::Write, locker)
    }

    /// Whether it could be locked at once for reading; then it is. Not if a writer waits.
    pub fn try_rlock(&self, holder: Holder) -> bool {
        self.try_enter(Access::Read, holder.into())
    }

    fn try_enter(&self, access: Access, locker: Locker) -> bool {
        let mut woken = Woken::default();
        let entered = self
            .state
            .lock()
            .admit(Wants { access, locker }, &mut woken)
            .is_some();
        woken.wake();
        entered
    }

    /// The writer has finished, whoever says so: `goroutine`.
    pub fn unlock(&self, goroutine: GoId) -> Result<(), NotLocked> {
        let mut woken = Woken::default();
        {
            let mut state = self.state.lock();
            let Some(writer) = state.writer else {
                return Err(NotLocked);
            };
            state.handed |= writer.mark.is_not_of(goroutine);
            state.stop_writing(&mut woken);
        }
        woken.wake();
        Ok(())
    }

    /// A reader has finished; `holder` says so.
    pub fn runlock(&self, holder: Holder) -> Result<(), NotLocked> {
        let mut woken = Woken::default();
        {
            let mut state = self.state.lock();
            if state.readers == 0 {
                return Err(NotLocked);
            }
            state.stop_reading(holder, 1, &mut woken);
        }
        woken.wake();
        Ok(())
    }

    /// Who writes: not known of native goroutines, nor of a lock that one unlocks for another. Of readers
    /// nothing is known.
    pub fn held_by(&self) -> Option<Held> {
        let state = self.state.lock();
        let writer = state.writer.filter(|_| !state.handed)?;
        let isolate = writer.holder.isolate_number()?;
        let mark = writer.mark;
        Some(Held { isolate, mark })
    }

    /// Whether this holder reads or writes.
    pub fn is_held_by(&self, holder: Holder) -> bool {
        let state = self.state.lock();
        state.is_written_by(holder) || state.reading.held_by(holder) > 0
    }

    /// The holder is no more: it neither reads nor writes.
    pub fn release_all_of(&self, holder: Holder) {
        let mut woken = Woken::default();
        {
            let mut state = self.state.lock();
            if state.is_written_by(holder) {
                state.stop_writing(&mut woken);
            }
            let readers = state.reading.held_by(holder);
            if readers > 0 {
                state.stop_reading(holder, readers, &mut woken);
            }
        }
        woken.wake();
    }
}

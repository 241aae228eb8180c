//! Handles: how JavaScript names a channel, a context, a wait group or a timer.
//!
//! Each isolate has a table of its own, so looking one up costs an index and no lock. A handle that
//! arrives from elsewhere is *interned*: the same object always gets the same index here, however
//! often it comes. Entries are counted, one for each TypeScript wrapper, because a wrapper may be
//! collected and a new one made for the same object before the old one's finalizer runs.

use crate::isolate::Isolate;
use crate::numbers::Numbers;
use crate::page;
use crate::raw::call;
use crate::value::Value;
use gosched_runtime::alarm::Alarm;
use gosched_runtime::chan::Hchan;
use gosched_runtime::context::Context;
use gosched_runtime::sync::WaitGroup;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// An object that isolates share.
#[derive(Clone)]
pub enum Handle {
    Chan(Arc<Hchan<Value>>),
    Context(Arc<Context<Value>>),
    WaitGroup(Arc<WaitGroup<Value>>),
    Timer(Arc<Alarm<Value>>),
    Ticker(Arc<Alarm<Value>>),
    /// The channel of a timer or ticker. It keeps the timer, which keeps the process while it is waited for.
    TimerChan(Arc<Alarm<Value>>),
    Numbers(Arc<dyn Numbers>),
}

impl Handle {
    /// What TypeScript makes of it. `ts/internal/page.ts` has the same numbers.
    pub fn kind(&self) -> i32 {
        match self {
            Self::Chan(_) | Self::TimerChan(_) => 0,
            Self::Context(_) => 1,
            Self::WaitGroup(_) => 2,
            Self::Timer(_) => 3,
            Self::Ticker(_) => 4,
            Self::Numbers(_) => 5,
        }
    }

    /// Its identity: objects of different kinds never share an address while alive.
    fn address(&self) -> usize {
        match self {
            Self::Chan(object) => Arc::as_ptr(object).addr(),
            Self::Context(object) => Arc::as_ptr(object).addr(),
            Self::WaitGroup(object) => Arc::as_ptr(object).addr(),
            Self::Timer(object) | Self::Ticker(object) => Arc::as_ptr(object).addr(),
            Self::TimerChan(object) => Arc::as_ptr(object.chan()).addr(),
            Self::Numbers(object) => Arc::as_ptr(object).cast::<()>().addr(),
        }
    }
}

struct Row {
    handle: Handle,
    wrappers: u32,
}

/// One isolate's handles.
#[derive(Default)]
pub struct Handles {
    rows: Vec<Option<Row>>,
    free: Vec<u32>,
    known: HashMap<usize, u32>,
}

impl Handles {
    /// The index of `handle`; its row counts one more wrapper.
    pub fn intern(&mut self, handle: Handle) -> u32 {
        match self.known.entry(handle.address()) {
            Entry::Occupied(known) => {
                let index = *known.get();
                if let Some(row) = &mut self.rows[index as usize] {
                    row.wrappers += 1;
                }
                index
            }
            Entry::Vacant(place) => {
                let index = self.free.pop().unwrap_or(self.rows.len() as u32);
                place.insert(index);
                let row = Some(Row {
                    handle,
                    wrappers: 1,
                });
                match self.rows.get_mut(index as usize) {
                    Some(old) => *old = row,
                    None => self.rows.push(row),
                }
                index
            }
        }
    }

    #[inline]
    pub fn get(&self, index: u32) -> Option<&Handle> {
        self.rows
            .get(index as usize)?
            .as_ref()
            .map(|row| &row.handle)
    }

    #[inline]
    pub fn chan(&self, index: u32) -> Option<&Arc<Hchan<Value>>> {
        match self.get(index) {
            Some(Handle::Chan(chan)) => Some(chan),
            Some(Handle::TimerChan(alarm)) => Some(alarm.chan()),
            _ => None,
        }
    }

    /// The timer that feeds a channel.
    pub fn alarm(&self, index: u32) -> Option<Arc<Alarm<Value>>> {
        match self.get(index) {
            Some(Handle::TimerChan(alarm)) => Some(alarm.clone()),
            _ => None,
        }
    }

    fn release(&mut self, index: u32) -> Option<Handle> {
        let row = self.rows.get_mut(index as usize)?;
        let wrappers = &mut row.as_mut()?.wrappers;
        *wrappers -= 1;
        if *wrappers > 0 {
            return None;
        }
        let handle = row.take()?.handle;
        self.known.remove(&handle.address());
        self.free.push(index);
        Some(handle)
    }

    pub fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }
}

call!(Release = release);
/// A wrapper was collected. In: `HANDLE`.
fn release(isolate: &mut Isolate) {
    let index = isolate.page.word(page::HANDLE) as u32;
    drop(isolate.handles.release(index));
}

call!(Count = count);
/// Out: `COUNT`, the handles this isolate knows, for leak tests.
fn count(isolate: &mut Isolate) {
    isolate
        .page
        .set_word(page::COUNT, isolate.handles.len() as i32);
}

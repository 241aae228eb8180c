//! Handles: how JavaScript names a channel, a context, a mutex and whatever else isolates share.
//!
//! Each isolate has a table of its own, so looking one up costs an index and no lock. A handle that
//! arrives from elsewhere is *interned*: the same object always gets the same index here, however
//! often it comes. Entries are counted, one for each TypeScript wrapper, because a wrapper may be
//! collected and a new one made for the same object before the old one's finalizer runs.

use crate::atomic::Atomic;
use crate::block::Block;
use crate::cond::CondWithMutex;
use crate::isolate::Isolate;
use crate::map::Map;
use crate::numbers::Numbers;
use crate::page;
use crate::ported::Ported;
use crate::raw::call;
use crate::source::Source;
use crate::value::Value;
use gosched_runtime::alarm::Alarm;
use gosched_runtime::chan::Hchan;
use gosched_runtime::context::Context;
use gosched_runtime::mailbox::Mailbox;
use gosched_runtime::sync::{Barrier, Holder, Once, RawMutex, RawRwMutex, Semaphore, WaitGroup};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// An object that isolates share.
#[derive(Clone)]
pub enum Handle {
    Chan(Arc<Hchan<Value>>),
    Context(Arc<Context<Value>>),
    WaitGroup(Arc<WaitGroup>),
    Timer(Arc<Alarm<Value>>),
    Ticker(Arc<Alarm<Value>>),
    /// The channel of a timer or ticker. It keeps the timer, which keeps the process while it is waited for.
    TimerChan(Arc<Alarm<Value>>),
    Numbers(Arc<dyn Numbers>),
    Mutex(Arc<RawMutex>),
    RwMutex(Arc<RawRwMutex>),
    Once(Arc<Once>),
    Cond(Arc<CondWithMutex>),
    Semaphore(Arc<Semaphore>),
    Barrier(Arc<Barrier>),
    Atomic(Arc<Atomic>),
    Map(Arc<Map>),
    /// What only a message port can carry.
    Ported(Arc<Ported>),
    /// The memory of a buffer that changes its owner.
    Block(Arc<Block>),
    /// A channel that may end by an error.
    Source(Arc<Source>),
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
            Self::Mutex(_) => 6,
            Self::RwMutex(_) => 7,
            Self::Once(_) => 8,
            Self::Cond(_) => 9,
            Self::Semaphore(_) => 10,
            Self::Barrier(_) => 11,
            Self::Atomic(object) => object.meaning as i32, // 12 to 16
            Self::Map(_) => 17,
            Self::Ported(_) => 18,
            Self::Block(_) => 19,
            Self::Source(_) => 20,
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
            Self::Mutex(object) => Arc::as_ptr(object).addr(),
            Self::RwMutex(object) => Arc::as_ptr(object).addr(),
            Self::Once(object) => Arc::as_ptr(object).addr(),
            Self::Cond(object) => Arc::as_ptr(object).addr(),
            Self::Semaphore(object) => Arc::as_ptr(object).addr(),
            Self::Barrier(object) => Arc::as_ptr(object).addr(),
            Self::Atomic(object) => Arc::as_ptr(object).addr(),
            Self::Map(object) => Arc::as_ptr(object).addr(),
            Self::Ported(object) => Arc::as_ptr(object).addr(),
            Self::Block(object) => Arc::as_ptr(object).addr(),
            Self::Source(object) => Arc::as_ptr(object.chan()).addr(),
        }
    }

    /// Whether it is a lock that this isolate has taken and nobody has released.
    fn is_held_by(&self, holder: Holder) -> bool {
        match self {
            Self::Mutex(object) => object.is_held_by(holder),
            Self::RwMutex(object) => object.is_held_by(holder),
            Self::Once(object) => object.is_held_by(holder),
            Self::Semaphore(object) => object.is_held_by(holder),
            _ => false,
        }
    }

    /// The isolate has ended: it waits here no more.
    pub fn forget(&self, mailbox: &Arc<Mailbox<Value>>) {
        match self {
            Self::Chan(chan) => chan.forget(mailbox),
            Self::TimerChan(alarm) => alarm.chan().forget(mailbox),
            _ => {}
        }
    }

    /// The isolate has ended: what it held is released. See the runtime's `sync/holder.rs`.
    pub fn release_all_of(&self, holder: Holder) {
        match self {
            Self::Mutex(object) => object.release_all_of(holder),
            Self::RwMutex(object) => object.release_all_of(holder),
            Self::Once(object) => object.release_all_of(holder),
            Self::Semaphore(object) => object.release_all_of(holder),
            _ => {}
        }
    }
}

struct Row {
    handle: Handle,
    wrappers: u32,
}

/// Finds the object of a kind that an index names.
macro_rules! finders {
    ($($name:ident: $kind:ident($object:ty)),* $(,)?) => {
        impl Handles {
            $(
                #[inline]
                pub fn $name(&self, index: u32) -> Option<&Arc<$object>> {
                    match self.get(index) {
                        Some(Handle::$kind(object)) => Some(object),
                        _ => None,
                    }
                }
            )*
        }
    };
}

finders! {
    wait_group: WaitGroup(WaitGroup),
    mutex: Mutex(RawMutex),
    rw_mutex: RwMutex(RawRwMutex),
    once: Once(Once),
    cond: Cond(CondWithMutex),
    semaphore: Semaphore(Semaphore),
    barrier: Barrier(Barrier),
    atomic: Atomic(Atomic),
    map: Map(Map),
}

/// One isolate's handles.
#[derive(Default)]
pub struct Handles {
    rows: Vec<Option<Row>>,
    free: Vec<u32>,
    known: HashMap<usize, u32>,
    /// Locks whose wrappers were collected while they were held.
    unnamed: Vec<Handle>,
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
            Some(Handle::Source(source)) => Some(source.chan()),
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

    /// The wrapper is gone, but what it named is held here: it must be released if we end.
    fn keep_if_held(&mut self, handle: Handle, holder: Holder) {
        if handle.is_held_by(holder) {
            self.unnamed.retain(|other| other.is_held_by(holder));
            self.unnamed.push(handle);
        }
    }

    /// Everything that is named here, or still held.
    pub fn into_all(self) -> impl Iterator<Item = Handle> {
        let rows = self.rows.into_iter().flatten().map(|row| row.handle);
        rows.chain(self.unnamed)
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
    if let Some(handle) = isolate.handles.release(index) {
        isolate.handles.keep_if_held(handle, isolate.holder);
    }
}

call!(Count = count);
/// Out: `COUNT`, the handles this isolate knows, for leak tests.
fn count(isolate: &mut Isolate) {
    isolate
        .page
        .set_word(page::COUNT, isolate.handles.len() as i32);
}

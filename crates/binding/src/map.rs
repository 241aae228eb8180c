//! `SharedMap`, as TypeScript's calls it.
//!
//! Operands are items on the page: the key is item 0, a value item 1. A key that is a bigint comes
//! as its decimal text, marked in the item's aux word.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::call;
use crate::value::{Heavy, Value};
use gosched_runtime::sync::SharedMap;
use std::sync::Arc;

/// The aux word of an item that is a bigint's text.
const BIGINT: i32 = 1;

/// A key. Texts are shared, so that listing entries copies none under a shard's lock.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// A number's bits: one zero, one NaN, as in JavaScript's `Map`.
    Number(u64),
    Bool(bool),
    BigInt(Arc<[u8]>),
    Latin1(Arc<[u8]>),
    Utf16(Arc<[u16]>),
}

pub type Map = SharedMap<Key, Value>;
/// What an update has read.
pub type Read = Option<Arc<Value>>;
type Entry = (Key, Arc<Value>);

impl Key {
    fn of(value: Value, aux: i32) -> Option<Self> {
        Some(match value {
            Value::Number(number) => Self::Number(match number.get() {
                0.0 => 0, // and -0
                number if number.is_nan() => f64::NAN.to_bits(),
                number => number.to_bits(),
            }),
            Value::False => Self::Bool(false),
            Value::True => Self::Bool(true),
            Value::Heavy(heavy) => match *heavy {
                Heavy::Latin1(digits) if aux == BIGINT => Self::BigInt(digits.into()),
                Heavy::Latin1(units) => Self::Latin1(units.into()),
                Heavy::Utf16(units) => Self::Utf16(units.into()),
                _ => return None,
            },
            _ => return None,
        })
    }

    fn to_value(&self) -> (Value, i32) {
        match self {
            Self::Number(bits) => (Value::number(f64::from_bits(*bits)), 0),
            Self::Bool(false) => (Value::False, 0),
            Self::Bool(true) => (Value::True, 0),
            Self::BigInt(digits) => (Value::heavy(Heavy::Latin1(digits[..].into())), BIGINT),
            Self::Latin1(units) => (Value::heavy(Heavy::Latin1(units[..].into())), 0),
            Self::Utf16(units) => (Value::heavy(Heavy::Utf16(units[..].into())), 0),
        }
    }
}

impl Isolate {
    /// The map, the key and the value in the registers. Staged values are used up.
    fn map_operands(&mut self) -> Option<(Arc<Map>, Key, Value)> {
        let (tag, aux, payload) = self.page.item(0);
        let key = Key::of(self.value_in(tag, payload), aux);
        let (tag, _, payload) = self.page.item(1);
        let value = self.value_in(tag, payload);
        self.staged.clear();
        let map = self.handles.map(self.operand_handle()).cloned();
        let (Some(map), Some(key)) = (map, key) else {
            self.done(status::BAD_HANDLE);
            return None;
        };
        Some((map, key, value))
    }

    /// Out: `TAG`, `NUMBER`; `STATUS` `CLOSED` if there is nothing.
    fn tell_entry(&mut self, entry: Option<&Arc<Value>>) {
        self.done(status::of(entry.is_some()));
        if let Some(value) = entry {
            self.result((**value).clone());
        }
    }
}

call!(Make = make);
/// Out: `HANDLE`.
fn make(isolate: &mut Isolate) {
    isolate.give(Handle::Map(Arc::new(Map::new())));
}

call!(Get = get);
/// In: `HANDLE`, key; `KIND` 1 to note what was read, for `replace`. Out: as `tell_entry`.
fn get(isolate: &mut Isolate) {
    let Some((map, key, _)) = isolate.map_operands() else {
        return;
    };
    let value = map.get(key);
    isolate.tell_entry(value.as_ref());
    if isolate.page.word(page::KIND) == 1 {
        isolate.reads.push(value);
    }
}

call!(Has = has);
/// In: `HANDLE`, key. Out: `STATUS` `CLOSED` if there is nothing.
fn has(isolate: &mut Isolate) {
    let Some((map, key, _)) = isolate.map_operands() else {
        return;
    };
    isolate.done(status::of(map.has(key)));
}

call!(Set = set);
/// In: `HANDLE`, key, value. Out: as `tell_entry`, what was there before, if `KIND` is 1.
fn set(isolate: &mut Isolate) {
    let Some((map, key, value)) = isolate.map_operands() else {
        return;
    };
    let before = map.set(key, value);
    if isolate.page.word(page::KIND) == 1 {
        isolate.tell_entry(before.as_ref());
    } else {
        isolate.done(status::DONE);
    }
}

call!(GetOrSet = get_or_set);
/// In: `HANDLE`, key, value. Out: `STATUS` `DONE` and what was there in `TAG`, `NUMBER`; `CLOSED` if
/// there was nothing: the value is there now.
fn get_or_set(isolate: &mut Isolate) {
    let Some((map, key, value)) = isolate.map_operands() else {
        return;
    };
    let (value, was_there) = map.get_or_set(key, value);
    isolate.tell_entry(was_there.then_some(&value));
}

call!(Delete = delete);
/// In: `HANDLE`, key. Out: `STATUS` `CLOSED` if nothing was there; if `KIND` is 1 as `tell_entry`.
fn delete(isolate: &mut Isolate) {
    let Some((map, key, _)) = isolate.map_operands() else {
        return;
    };
    let gone = map.delete(key);
    if isolate.page.word(page::KIND) == 1 {
        isolate.tell_entry(gone.as_ref());
    } else {
        isolate.done(status::of(gone.is_some()));
    }
}

call!(Replace = replace);
/// Ends what `get` with `KIND` 1 began, the last first. In: `HANDLE`, key, value; `KIND` 0 leaves the
/// entry as it is, 1 puts the value there, 2 takes the entry away. Out: `STATUS` `PARKED` if the entry
/// has changed since it was read.
fn replace(isolate: &mut Isolate) {
    let kind = isolate.page.word(page::KIND);
    let read = isolate.reads.pop().flatten();
    if kind == 0 {
        isolate.staged.clear();
        return isolate.done(status::DONE);
    }
    let Some((map, key, value)) = isolate.map_operands() else {
        return;
    };
    let new = (kind == 1).then(|| Arc::new(value));
    isolate.done(if map.replace(key, read.as_ref(), new) {
        status::DONE
    } else {
        status::PARKED
    });
}

call!(Clear = clear);
/// In: `HANDLE`.
fn clear(isolate: &mut Isolate) {
    let Some(map) = isolate.handles.map(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    map.clear();
    isolate.done(status::DONE);
}

call!(Size = size);
/// In: `HANDLE`. Out: `NUMBER`.
fn size(isolate: &mut Isolate) {
    let Some(map) = isolate.handles.map(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    isolate.page.set_double(page::NUMBER, map.len() as f64);
    isolate.done(status::DONE);
}

call!(Entries = entries);
/// Takes a snapshot, which [`Next`] tells of. In: `HANDLE`.
fn entries(isolate: &mut Isolate) {
    let Some(map) = isolate.handles.map(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    isolate.snapshot = map.entries();
    isolate.done(status::DONE);
}

call!(Next = next);
/// Out: `COUNT` entries of the snapshot as pairs of items, 0 when there are no more.
fn next(isolate: &mut Isolate) {
    let count = isolate.snapshot.len().min(page::MAX_ITEMS / 2);
    let from = isolate.snapshot.len() - count;
    let batch: Vec<Entry> = isolate.snapshot.drain(from..).collect();
    for (n, (key, value)) in batch.into_iter().enumerate() {
        let (key, aux) = key.to_value();
        let (tag, payload) = isolate.value_out(key);
        isolate.page.set_item(2 * n, tag, aux, payload);
        let (tag, payload) = isolate.value_out((*value).clone());
        isolate.page.set_item(2 * n + 1, tag, 0, payload);
    }
    isolate.page.set_word(page::COUNT, count as i32);
}

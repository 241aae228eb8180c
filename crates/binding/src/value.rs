//! A JavaScript value on its way between isolates.
//!
//! Numbers, booleans, `null`, `undefined`, dates and small bigints travel inline; the rest sits behind
//! one pointer, so a value is 16 bytes and moves in and out of a channel's ring with two loads and two
//! stores.

use crate::bytes::Bytes;
use crate::handle::Handle;

/// See the module's documentation.
///
/// What every kind holds is one word, an integer or a pointer: so the compiler passes values in registers.
/// An operation moves its value half a dozen times, and each time through memory waits for the stores
/// before it.
#[derive(Clone)]
pub enum Value {
    Undefined,
    Null,
    False,
    True,
    Number(Number),
    /// Its time.
    Date(Number),
    /// One that a number holds exactly.
    BigInt(Number),
    /// A slot in the table of the isolate that made it. Only in channels that never left it.
    Local(u64),
    Heavy(Box<Heavy>),
}

/// A double, as its bits.
#[derive(Clone, Copy)]
pub struct Number(u64);

impl From<f64> for Number {
    #[inline]
    fn from(number: f64) -> Self {
        Self(number.to_bits())
    }
}

impl Number {
    #[inline]
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// The larger values.
#[derive(Clone)]
pub enum Heavy {
    /// A string whose units all fit in one byte.
    Latin1(Box<[u8]>),
    /// Any other string.
    Utf16(Box<[u16]>),
    /// A string that TypeScript decodes again (JSON).
    Text(Box<Heavy>),
    /// Bytes that TypeScript decodes: a typed array or buffer (`code` says which), or the output of
    /// a codec, with the handles that the value contains.
    Bytes {
        code: i32,
        data: Bytes,
        handles: Box<[Handle]>,
    },
    /// A channel, a context, a wait group.
    Handle(Handle),
    /// The arguments of a `go` call.
    Tuple(Box<[Value]>),
}

/// Tags on the register page. `ts/internal/page.ts` has the same list.
pub mod tag {
    pub const UNDEFINED: i32 = 0;
    pub const NULL: i32 = 1;
    pub const FALSE: i32 = 2;
    pub const TRUE: i32 = 3;
    pub const NUMBER: i32 = 4;
    /// Payload: a slot of the isolate's own table.
    pub const LOCAL: i32 = 5;
    /// In: payload is a place among the staged values.
    pub const STAGED: i32 = 6;
    /// In and out: payload is a handle's index. Out: the handle's kind is in bits 8 and up.
    pub const HANDLE: i32 = 7;
    /// Out: payload is a place among the taken values; `take` gives a string.
    pub const STRING: i32 = 8;
    /// Out: as `STRING`, but to be decoded.
    pub const TEXT: i32 = 9;
    /// Out: as `STRING`, but `take` gives an `ArrayBuffer`.
    pub const BYTES: i32 = 10;
    /// Payload: its time.
    pub const DATE: i32 = 11;
    /// Payload: its value.
    pub const BIGINT: i32 = 12;
}

impl Value {
    #[inline]
    pub fn number(number: f64) -> Self {
        Self::Number(number.into())
    }

    pub fn heavy(heavy: Heavy) -> Self {
        Self::Heavy(Box::new(heavy))
    }

    /// A string, one byte a unit if it can be.
    pub fn string(units: &[u16]) -> Heavy {
        if units.iter().fold(0, |all, unit| all | unit) < 256 {
            Heavy::Latin1(units.iter().map(|&unit| unit as u8).collect())
        } else {
            Heavy::Utf16(units.into())
        }
    }
}

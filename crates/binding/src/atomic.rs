//! `atomic.Int32` and the others, as TypeScript's call them: one word of memory each.
//!
//! In the addon's memory rather than in a `SharedArrayBuffer`. Measured, Node 20.20 on 2-core x86-64
//! Linux, uncontended: `Atomics.add` from a class 12 to 15 ns, a call through the page 37 ns. But a
//! `SharedArrayBuffer` does not travel: Node-API cannot make one of memory that is there, and a worker
//! of the program's own that was started before it existed has no way to learn of it without turns
//! of two event loops. A handle arrives with the value that contains it, and its word is freed with
//! the last handle. Between cores the line that moves costs more than either.
//!
//! Every access is sequentially consistent, as Go's are and JavaScript's `Atomics`: programs may rely
//! on one order of all of them. Nothing of ours does.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::Isolate;
use crate::page;
use crate::raw::call;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// What the word means. `ts/internal/page.ts` has the same numbers, as kinds of handle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Int32 = 12,
    Int64 = 13,
    Uint32 = 14,
    Bool = 15,
    Float64 = 16,
}

/// One atomic word. 32-bit values use the lower half, and leave the upper one 0.
pub struct Atomic {
    pub meaning: Meaning,
    bits: AtomicU64,
}

/// Operations. `ts/internal/page.ts` has the same numbers.
mod op {
    // 0 loads.
    pub const STORE: i32 = 1;
    pub const ADD: i32 = 2;
    pub const SUB: i32 = 3;
    pub const AND: i32 = 4;
    pub const OR: i32 = 5;
    pub const SWAP: i32 = 6;
    pub const COMPARE_AND_SWAP: i32 = 7;
}

impl Meaning {
    fn of(number: i32) -> Self {
        match number {
            12 => Self::Int32,
            13 => Self::Int64,
            14 => Self::Uint32,
            15 => Self::Bool,
            _ => Self::Float64,
        }
    }

    /// What is in a register (doubles hold every 32-bit number), as the word has it.
    fn bits_in(self, isolate: &Isolate, register: usize) -> u64 {
        match self {
            Self::Int64 | Self::Float64 => isolate.page.double(register).to_bits(),
            Self::Int32 => u64::from(isolate.page.double(register) as i32 as u32),
            Self::Uint32 | Self::Bool => u64::from(isolate.page.double(register) as u32),
        }
    }

    fn bits_out(self, isolate: &Isolate, bits: u64) {
        let number = match self {
            Self::Int64 | Self::Float64 => f64::from_bits(bits),
            Self::Int32 => f64::from(bits as u32 as i32),
            Self::Uint32 | Self::Bool => f64::from(bits as u32),
        };
        isolate.page.set_double(page::NUMBER, number);
    }

    fn sum(self, a: u64, b: u64) -> u64 {
        match self {
            Self::Float64 => (f64::from_bits(a) + f64::from_bits(b)).to_bits(),
            Self::Int64 => a.wrapping_add(b),
            Self::Int32 | Self::Uint32 | Self::Bool => u64::from((a as u32).wrapping_add(b as u32)),
        }
    }

    fn difference(self, a: u64, b: u64) -> u64 {
        match self {
            Self::Float64 => (f64::from_bits(a) - f64::from_bits(b)).to_bits(),
            Self::Int64 => a.wrapping_sub(b),
            Self::Int32 | Self::Uint32 | Self::Bool => u64::from((a as u32).wrapping_sub(b as u32)),
        }
    }
}

impl Atomic {
    /// Puts `f` of what is there there. Gives what was there, and what is.
    fn change(&self, f: impl Fn(u64) -> u64) -> (u64, u64) {
        let mut old = self.bits.load(SeqCst);
        loop {
            let new = f(old);
            match self.bits.compare_exchange_weak(old, new, SeqCst, SeqCst) {
                Ok(_) => return (old, new),
                Err(seen) => old = seen,
            }
        }
    }
}

call!(Make = make);
/// In: `KIND` the meaning, `NUMBER` the first value. Out: `HANDLE`.
fn make(isolate: &mut Isolate) {
    let meaning = Meaning::of(isolate.page.word(page::KIND));
    let bits = AtomicU64::new(meaning.bits_in(isolate, page::NUMBER));
    isolate.give(Handle::Atomic(Arc::new(Atomic { meaning, bits })));
}

call!(Operate = operate);
/// In: `HANDLE`, `KIND` the operation, `NUMBER` its operand; for `COMPARE_AND_SWAP` the new value,
/// and `NUMBER2` the old one. Out: `NUMBER`: for `ADD` and `SUB` what is there now, otherwise what was
/// there; `STATUS` `PARKED` for a comparison that failed.
fn operate(isolate: &mut Isolate) {
    let Some(atomic) = isolate.handles.atomic(isolate.operand_handle()) else {
        return isolate.done(status::BAD_HANDLE);
    };
    let (bits, meaning) = (&atomic.bits, atomic.meaning);
    let operand = || meaning.bits_in(isolate, page::NUMBER);
    let mut done = status::DONE;
    let result = match isolate.page.word(page::KIND) {
        op::STORE => {
            bits.store(operand(), SeqCst);
            operand()
        }
        op::ADD if meaning == Meaning::Int64 => {
            let operand = operand();
            bits.fetch_add(operand, SeqCst).wrapping_add(operand)
        }
        op::ADD => atomic.change(|old| meaning.sum(old, operand())).1,
        op::SUB => atomic.change(|old| meaning.difference(old, operand())).1,
        op::AND => bits.fetch_and(operand(), SeqCst),
        op::OR => bits.fetch_or(operand(), SeqCst),
        op::SWAP => bits.swap(operand(), SeqCst),
        op::COMPARE_AND_SWAP => {
            let old = meaning.bits_in(isolate, page::NUMBER2);
            match bits.compare_exchange(old, operand(), SeqCst, SeqCst) {
                Ok(was) => was,
                Err(was) => {
                    done = status::PARKED;
                    was
                }
            }
        }
        _ => bits.load(SeqCst),
    };
    meaning.bits_out(isolate, result);
    isolate.done(done);
}

//! Which goroutine took a lock, for reports: locks have no owner, and nothing goes by this.
//!
//! The last locking is noted by one plain store in whoever has just locked. A goroutine of an isolate
//! knows its own name only as far as the embedder does; native ones do not tell theirs, because it would
//! cost them a store for each lock, of a few nanoseconds that it takes.

use super::holder::Holder;
use crate::g::GoId;
use crate::tickets::UNKNOWN_OWNER;

/// One locking, or one wait for a lock, of an isolate:
/// - bits 0-23: its place among those of the isolate, wrapping;
/// - bits 24-63: the goroutine; all set: not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark(u64);

const TURN_BITS: u32 = 24;
const TURN_MASK: u64 = (1 << TURN_BITS) - 1;
const UNKNOWN: u64 = u64::MAX >> TURN_BITS;

impl Mark {
    /// Nobody is known to have locked.
    pub const NONE: Self = Self(u64::MAX);

    /// The next one of an isolate, which counts them in `turn`.
    pub fn next(turn: &mut u32, goroutine: GoId) -> Self {
        *turn = turn.wrapping_add(1);
        // One that is not known stays so: all its bits are set.
        Self(goroutine << TURN_BITS | (u64::from(*turn) & TURN_MASK))
    }

    /// Whose it is.
    pub fn goroutine(self) -> Option<GoId> {
        let goroutine = self.0 >> TURN_BITS;
        (goroutine != UNKNOWN).then_some(goroutine)
    }

    /// Whether it came before that one of the same isolate; right unless they are 2^23 apart.
    pub fn is_before(self, later: Self) -> bool {
        let apart = later.0.wrapping_sub(self.0) & TURN_MASK;
        (1..=TURN_MASK / 2).contains(&apart)
    }

    /// Whether both are known, and another goroutine's than this.
    pub(super) fn is_not_of(self, goroutine: GoId) -> bool {
        goroutine != UNKNOWN_OWNER && self.goroutine().is_some_and(|its| its != goroutine)
    }

    pub(super) fn to_bits(self) -> u64 {
        self.0
    }

    pub(super) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// In whose name a lock is taken.
#[derive(Clone, Copy, Debug)]
pub struct Locker {
    /// Who is to be released of it, dying.
    pub holder: Holder,
    /// Who is said to have it.
    pub mark: Mark,
}

impl Locker {
    /// A native goroutine.
    pub const NATIVE: Self = Self {
        holder: Holder::NATIVE,
        mark: Mark::NONE,
    };
}

impl From<Holder> for Locker {
    fn from(holder: Holder) -> Self {
        let mark = Mark::NONE;
        Self { holder, mark }
    }
}

/// Who has a lock, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The isolate's number.
    pub isolate: u32,
    /// Which locking it was.
    pub mark: Mark,
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_goroutine_and_order() {
        let mut turn = TURN_MASK as u32 - 1;
        let (first, second) = (Mark::next(&mut turn, 7), Mark::next(&mut turn, 8));
        assert_eq!((first.goroutine(), second.goroutine()), (Some(7), Some(8)));
        assert!(first.is_before(second), "over the end of the numbers");
        assert!(!second.is_before(first) && !first.is_before(first));
    }

    #[test]
    fn who_is_not_known_is_nobody() {
        let mut turn = 5;
        let unknown = Mark::next(&mut turn, UNKNOWN_OWNER);
        assert_eq!((unknown.goroutine(), Mark::NONE.goroutine()), (None, None));
        let known = Mark::next(&mut turn, 3);
        assert!(known.is_not_of(4) && !known.is_not_of(3));
        assert!(!known.is_not_of(UNKNOWN_OWNER) && !unknown.is_not_of(3));
    }
}

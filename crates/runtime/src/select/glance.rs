//! Nothing ready, without a lock.
//!
//! A `default` may be taken only if at one instant no case was ready (conformance SEL-015). With all
//! locks held that is plain, but four locked instructions for two channels are most of what such a
//! select costs, and they take the lines from those who use the channels. So each channel is looked
//! at twice, every first look before every second one, and if no two looks differ, then between them
//! is an instant at which all was as they saw it:
//!
//! - A look ([`Hchan::stuck`](crate::chan::Hchan)) reads `ways`, which must be 0, and then both
//!   counts, which only grow. Equal twice, they did not change in between.
//! - *Receive*: the counts are equal, so at that instant the ring was empty. A sender parks only at a
//!   full ring, so none was parked. Closed it was not: `ways` says so for ever. Had a value been
//!   given back by then, and been taken before the second look read `ways` as 0, the taker counted it
//!   on both sides *before* it stored that 0, and the second look reads the counts after it.
//! - *Send*: the counts differ by the capacity, so at that instant the ring was full. A receiver
//!   parks only at an empty one, so none was parked. Closed it was not, as above.
//!
//! "Instant" without a clock: the looks read with Acquire what is stored with Release. If what one
//! look saw came after something on another channel (a value sent there, and only then the last one
//! taken here), then the second look there sees that, and differs from the first. So what was seen is
//! a state through which the channels went, in an order that nobody can tell from theirs. (Nobody who
//! communicates. By clocks read on two CPUs it may be the state of some 100 ns ago: a store takes that
//! long to arrive, and no lock's exchange waits for it here.)
//!
//! Not for unbuffered channels, where a sender comes and goes without a count, nor where counts are
//! published late. They are locked. So is everything that was not found still: no looking again.
//!
//! Models: those by `something_is_ready_throughout` in `tests/loom_select.rs`.

use super::{Case, ChanRef};

/// The most cases that are looked at. More are rare, and more likely to change meanwhile.
const MOST: usize = 8;

/// Whether at some instant of this call no case was ready. `false` means nothing.
#[inline]
pub(super) fn none_ready<V, C: ChanRef<V>>(cases: &[Case<C, V>]) -> bool {
    let mut first = [None; MOST];
    let Some(first) = first.get_mut(..cases.len()) else {
        return false;
    };
    for (case, seen) in cases.iter().zip(&mut *first) {
        *seen = look(case);
        if seen.is_none() {
            return false;
        }
    }
    cases
        .iter()
        .zip(first)
        .all(|(case, seen)| look(case) == *seen)
}

#[inline]
fn look<V, C: ChanRef<V>>(case: &Case<C, V>) -> Option<u64> {
    match case {
        Case::Recv(chan) => chan.stuck(false),
        Case::Send(chan, _) => chan.stuck(true),
        Case::Never => Some(0),
    }
}

//! What the parked operations of one isolate wait for, by ticket: for reports, which any thread may ask
//! for at any time, whatever the isolate does.
//!
//! The isolate's thread alone writes, with plain stores to a line that is its own: parking costs some
//! nanoseconds more. Readers take no lock and stop nobody. A row whose `what` is the same before and
//! after is taken for whole; a ticket that was used anew in between, for the same kind of wait, may show
//! as a mixture of the two, which is the only thing a report can get wrong.
//!
//! Rows are in buckets of doubling size that are never moved or given back, so that a reader can go
//! through them while the owner adds more.

use crate::g::{GoId, Reason};
use crate::loom::{AtomicU64, fence};
use std::sync::OnceLock;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::Duration;

/// Rows in the first bucket; each has twice as many as the one before.
const FIRST: u32 = 64;
/// Enough for any ticket, which is an index in a JavaScript array.
const BUCKETS: usize = 26;
/// Channels of a select that a row names.
const OBJECTS: usize = 4;

/// The owner of an operation of which it is not known whose it is.
pub const UNKNOWN_OWNER: GoId = u64::MAX;

/// One line of the cache.
#[repr(C, align(64))]
struct Row {
    /// 0: not parked. Else reason (bits 0-7), cases (8-31), capacity (32-63).
    what: AtomicU64,
    /// Milliseconds of [`now`].
    since: AtomicU64,
    owner: AtomicU64,
    /// Where the program waits, as the embedder numbers places. 0: not known.
    site: AtomicU64,
    /// Addresses; the lowest bit is set for a send.
    objects: [AtomicU64; OBJECTS],
}

impl Row {
    fn new() -> Self {
        Self {
            what: AtomicU64::new(0),
            since: AtomicU64::new(0),
            owner: AtomicU64::new(0),
            site: AtomicU64::new(0),
            objects: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

/// See the module's documentation.
#[derive(Default)]
pub struct Tickets {
    buckets: [OnceLock<Box<[Row]>>; BUCKETS],
    /// The wait for which the isolate's thread is blocked, which has no ticket.
    blocked: OnceLock<Box<Row>>,
}

/// An object that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Object {
    /// Tells it from others, while it exists.
    pub address: usize,
    /// Whether a value is offered to it.
    pub sends: bool,
}

/// What a parked operation waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// Why it waits.
    pub reason: Reason,
    /// Whose it is: 0 for the main program, or [`UNKNOWN_OWNER`].
    pub owner: GoId,
    /// How long it has waited, to some milliseconds.
    pub since: Duration,
    /// The embedder's number of the place in the program; 0 if not known.
    pub site: u32,
    /// The capacity, of a single channel.
    pub capacity: Option<u32>,
    /// How many cases a select has.
    pub cases: u32,
    /// What it waits for; of a select's channels the first four.
    pub objects: Vec<Object>,
}

/// Milliseconds since some moment, by a clock that costs 5 ns and is some milliseconds coarse. From 1 up.
fn now() -> u64 {
    // Without the cache that the crate offers, which is one line for all threads.
    let now = coarsetime::Instant::now_without_cache_update();
    coarsetime::Duration::from_ticks(now.as_ticks())
        .as_millis()
        .max(1)
}

fn is_chan(reason: Reason) -> bool {
    matches!(reason, Reason::ChanReceive | Reason::ChanSend)
}

impl Tickets {
    fn row(&self, ticket: u32) -> &Row {
        let bucket = (ticket / FIRST + 1).ilog2();
        let first = FIRST * ((1 << bucket) - 1);
        let rows = self.buckets[bucket as usize]
            .get_or_init(|| (0..FIRST << bucket).map(|_| Row::new()).collect());
        &rows[(ticket - first) as usize]
    }

    /// The operation of this ticket has parked. By the isolate's own thread, as all that changes rows.
    #[inline]
    pub fn park(&self, ticket: u32, owner: GoId, reason: Reason, object: usize, capacity: usize) {
        let object = Object {
            address: object,
            sends: reason == Reason::ChanSend,
        };
        Self::fill(self.row(ticket), owner, reason, capacity, 1, [object]);
    }

    /// A select has parked, on these of its cases.
    pub fn park_select(
        &self,
        ticket: u32,
        owner: GoId,
        objects: impl ExactSizeIterator<Item = Object>,
    ) {
        let cases = objects.len();
        let reason = if cases == 0 {
            Reason::SelectNoCases
        } else {
            Reason::Select
        };
        Self::fill(self.row(ticket), owner, reason, 0, cases, objects);
    }

    /// The isolate's thread blocks.
    pub fn block(&self, owner: GoId, reason: Reason, object: usize) {
        let object = Object {
            address: object,
            sends: reason == Reason::ChanSend,
        };
        let row = self.blocked.get_or_init(|| Box::new(Row::new()));
        Self::fill(row, owner, reason, 0, 1, [object]);
    }

    /// It does not any more.
    pub fn unblock(&self) {
        if let Some(row) = self.blocked.get() {
            row.what.store(0, Relaxed);
        }
    }

    fn fill(
        row: &Row,
        owner: GoId,
        reason: Reason,
        capacity: usize,
        cases: usize,
        objects: impl IntoIterator<Item = Object>,
    ) {
        row.since.store(now(), Relaxed);
        row.owner.store(owner, Relaxed);
        row.site.store(0, Relaxed);
        let mut objects = objects.into_iter();
        for place in &row.objects {
            let object = objects.next();
            let word = object.map_or(0, |it| it.address as u64 | u64::from(it.sends));
            place.store(word, Relaxed);
        }
        let cases = cases.min(0x00FF_FFFF) as u64;
        let capacity = capacity.min(u32::MAX as usize) as u64;
        // Release: pairs with the Acquire in `read`.
        row.what.store(
            u64::from(reason as u8) | cases << 8 | capacity << 32,
            Release,
        );
    }

    /// Whose the operation is, and where, found out after it had parked.
    pub fn note(&self, ticket: u32, owner: GoId, site: u32) {
        let row = self.row(ticket);
        row.owner.store(owner, Relaxed);
        row.site.store(u64::from(site), Relaxed);
    }

    /// It is over. Gives whose it was.
    #[inline]
    pub fn unpark(&self, ticket: u32) -> GoId {
        let row = self.row(ticket);
        row.what.store(0, Relaxed); // a reader may see it for a moment longer
        row.owner.load(Relaxed)
    }

    /// What the operation of this ticket waits for, the first of several.
    pub fn object(&self, ticket: u32) -> usize {
        (self.row(ticket).objects[0].load(Relaxed) & !1) as usize
    }

    /// All that is parked. From any thread.
    pub fn all(&self) -> Vec<Parked> {
        let now = now();
        let buckets = self.buckets.iter().filter_map(OnceLock::get).flatten();
        buckets
            .chain(self.blocked.get().map(|row| &**row))
            .filter_map(|row| Self::read(row, now))
            .collect()
    }

    /// What the operation of this ticket waits for; without a ticket, what the thread blocks for.
    pub fn parked(&self, ticket: Option<u32>) -> Option<Parked> {
        let row = match ticket {
            Some(ticket) => self.row(ticket),
            None => self.blocked.get()?,
        };
        Self::read(row, now())
    }

    fn read(row: &Row, now: u64) -> Option<Parked> {
        let what = row.what.load(Acquire); // pairs with the Release in `fill`
        if what == 0 {
            return None;
        }
        let since = now.saturating_sub(row.since.load(Relaxed));
        let owner = row.owner.load(Relaxed);
        let site = row.site.load(Relaxed) as u32;
        let words = row.objects.iter().map(|object| object.load(Relaxed));
        let objects = words.filter(|&word| word != 0).map(|word| Object {
            address: (word & !1) as usize,
            sends: word & 1 == 1,
        });
        let objects = objects.collect();
        // What was read before is not newer than what is read now.
        fence(Acquire);
        let reason = Reason::of(what as u8);
        (row.what.load(Relaxed) == what).then_some(Parked {
            reason,
            owner,
            since: Duration::from_millis(since),
            site,
            capacity: is_chan(reason).then_some((what >> 32) as u32),
            cases: (what >> 8) as u32 & 0x00FF_FFFF,
            objects,
        })
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn rows_of_all_tickets_are_apart() {
        let tickets = Tickets::default();
        let count = 10 * FIRST;
        for ticket in 0..count {
            tickets.park(ticket, u64::from(ticket), Reason::ChanSend, 16, 3);
        }
        assert_eq!(tickets.unpark(7), 7);
        let owners: Vec<_> = tickets.all().iter().map(|row| row.owner).collect();
        let expected: Vec<_> = (0..u64::from(count)).filter(|&owner| owner != 7).collect();
        assert_eq!(owners, expected);
    }

    #[test]
    fn a_row_says_what_was_parked() {
        let tickets = Tickets::default();
        tickets.park(1, 5, Reason::ChanSend, 0x1000, 8);
        tickets.note(1, 6, 9);
        let cases = (1..=5).map(|n| Object {
            address: n << 4,
            sends: n == 2,
        });
        tickets.park_select(70, UNKNOWN_OWNER, cases.collect::<Vec<_>>().into_iter());
        tickets.park_select(71, 0, [].into_iter());
        let [send, select, never] = &tickets.all()[..] else {
            panic!("three rows")
        };
        assert_eq!((send.owner, send.site, send.capacity), (6, 9, Some(8)));
        assert_eq!(
            (send.objects[0].address, send.objects[0].sends),
            (0x1000, true)
        );
        assert_eq!((select.reason, select.cases), (Reason::Select, 5));
        let sends: Vec<_> = select.objects.iter().map(|object| object.sends).collect();
        assert_eq!(sends, [false, true, false, false]);
        assert_eq!((never.reason, never.owner), (Reason::SelectNoCases, 0));
    }
}

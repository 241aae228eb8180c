//! Locking all channels of a select, and the order in which its cases are looked at.

use super::{ChanRef, Chans};
use crate::chan::{Locked, Own};
use smallvec::SmallVec;
use std::cmp::Ordering;

/// The channels of a select, each locked once.
pub(super) struct Locks<'a, V> {
    guards: SmallVec<[Locked<'a, V>; 8]>,
    /// For every case the index of its lock.
    of_case: SmallVec<[u32; 8]>,
}

/// Of a nil channel.
const NO_LOCK: u32 = u32::MAX;

impl<'a, V> Locks<'a, V> {
    /// None. Filled in place by [`lock_all`]: it is large to move.
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            guards: SmallVec::new(),
            of_case: SmallVec::new(),
        }
    }

    /// The channel of a case. `None`: a nil channel.
    #[inline]
    pub(super) fn of_case(&mut self, number: u32) -> Option<&mut Locked<'a, V>> {
        self.guards.get_mut(self.of_case[number as usize] as usize)
    }
}

/// Locks every channel once, in address order: two selects cannot wait for each other. `own` is of the
/// isolate that selects, if it is one.
#[inline]
pub(super) fn lock_all<'a, V, C: ChanRef<V>>(
    chans: &'a Chans<C>,
    own: Option<&'a Own<V>>,
    locks: &mut Locks<'a, V>,
) {
    if let [Some(a), Some(b)] = chans.as_slice() {
        return lock_two(a, b, own, locks);
    }
    locks.of_case.resize(chans.len(), NO_LOCK);
    let mut order: SmallVec<[(usize, u32); 8]> = SmallVec::new();
    for (number, chan) in chans.iter().enumerate() {
        if let Some(chan) = chan {
            order.push((chan.address(), number as u32));
        }
    }
    if order.len() > 1 {
        order.sort_unstable();
    }
    let mut last = usize::MAX;
    for (address, number) in order {
        if address != last
            && let Some(chan) = &chans[number as usize]
        {
            locks.guards.push(chan.lock_with(own));
            last = address;
        }
        locks.of_case[number as usize] = locks.guards.len() as u32 - 1;
    }
}

/// The most common select, without a sort.
#[inline]
fn lock_two<'a, V, C: ChanRef<V>>(
    a: &'a C,
    b: &'a C,
    own: Option<&'a Own<V>>,
    locks: &mut Locks<'a, V>,
) {
    let (lower, upper) = match a.address().cmp(&b.address()) {
        Ordering::Less => (0, 1),
        Ordering::Equal => (0, 0),
        Ordering::Greater => (1, 0),
    };
    locks.of_case.extend_from_slice(&[lower, upper]);
    let (first, second) = if lower == 0 { (a, b) } else { (b, a) };
    locks.guards.push(first.lock_with(own));
    if lower != upper {
        locks.guards.push(second.lock_with(own));
    }
}

/// The numbers of the cases, shuffled: the order in which they are looked at, and, since two cases
/// may be on one channel, the order in which they are enqueued (Go: `pollorder`).
pub(super) type Order = SmallVec<[u32; 8]>;

/// `random(n)` gives a number below `n`.
#[inline]
pub(super) fn shuffled(count: usize, random: &mut dyn FnMut(u32) -> u32) -> Order {
    const FIRST: [u32; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
    let mut order = match FIRST.get(..count) {
        Some(numbers) => Order::from_slice(numbers),
        None => (0..count as u32).collect(),
    };
    for left in (2..=count).rev() {
        let other = random(left as u32) as usize;
        order.swap(left - 1, other);
    }
    order
}

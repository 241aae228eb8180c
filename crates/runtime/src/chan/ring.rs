//! The channel's buffer: a fixed ring that two sides use at the same time.
//!
//! ```text
//!   slots  [ c | d | . | . | a | b ]      capacity 6, 4 values
//!                    ^tail    ^head       next to leave: a; next free: after d
//! ```
//! The sending side owns `tail`, the receiving side `head`, each behind a lock of its own
//! ([`Side`]). They meet only in the slots and in two published counters:
//!
//! - `tail` is stored (Release) after slots were filled; the receiving side loads it (Acquire)
//!   before it reads the slot;
//! - `head` is stored (Release) after slots were emptied; the sending side loads it (Acquire)
//!   before it fills the slot again.
//!
//! Each side remembers what it last saw of the other and looks again only when the ring seems full
//! or empty to it, and each publishes its counter only every few values, unless the other may be
//! waiting for it. So in a stream the two threads fight over a cache line every few values instead
//! of over two or three for each. After Rigtorp's `SPSCQueue`, with a lock on each side for many.
//!
//! What is published may therefore lag: a side may take the ring for full or empty when it is not.
//! That is harmless because nobody acts on it alone: before it parks, or says that it would, it
//! takes both locks, and the sides [`meet`](Side::meet): each sees the other's exact count. Nothing
//! has to be published for that, and nothing is.
//!
//! A block of values is published as soon as it is in, or out: that is one store for many values.
//!
//! A side that finds the ring empty (or full) while the other is at work gives it a fraction of a
//! microsecond ([`Side::look_or_linger`]) before it does that: parking and being woken costs more,
//! and what gathers meanwhile is then taken in one go. A side for which that did not pay stops
//! doing it for a while.
//!
//! Counters run up for ever (2^64 values); indices wrap at the capacity.

use crate::loom::AtomicU64;
use crate::loom::cell::UnsafeCell;
use crate::loom::spin_loop;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::{Acquire, Release};

/// One side's place in the ring. Behind that side's lock.
pub(crate) struct Side {
    /// How many values this side has put in or taken out.
    count: u64,
    /// The slot of the next one.
    index: usize,
    /// What it last saw of the other side's count.
    seen: u64,
    /// How often lingering may still fail before it is given up; below 0, how long it is.
    patience: i8,
}

/// A counter is published every so many values: two cache lines of them. A power of two.
#[cfg(not(loom))]
const PUBLISH_EVERY: u64 = 8;
/// The smallest capacity whose counters are published late: well above `PUBLISH_EVERY`, so that
/// what is held back is a small part of the ring.
#[cfg(not(loom))]
const LATE_FROM: usize = 4 * PUBLISH_EVERY as usize;
/// Models explore late publication with rings they can fill: capacities 1 and 2 publish at once, 3
/// late.
#[cfg(loom)]
const PUBLISH_EVERY: u64 = 2;
#[cfg(loom)]
const LATE_FROM: usize = 3;
/// Looks at the other side's counter while lingering. Few, because each one takes the line from it.
const LOOKS: u32 = 4;
/// Pauses between two looks; 4 times 12 pauses are about 0.7 us.
const PAUSES: u32 = 12;
/// Patience after lingering has paid, and when it runs out: how many turns to do without it.
const PATIENCE: i8 = 4;
const GIVEN_UP: i8 = -64;
/// What a new side begins with: most channels are not streams.
const AT_FIRST: i8 = -16;

impl Default for Side {
    fn default() -> Self {
        Self {
            count: 0,
            index: 0,
            seen: 0,
            patience: AT_FIRST,
        }
    }
}

impl Side {
    /// For the sending side: how many values more go in, by what it has seen.
    #[inline]
    pub(crate) fn room(&self, capacity: usize) -> usize {
        capacity - (self.count - self.seen) as usize
    }

    /// For the receiving side: how many values there are, by what it has seen.
    #[inline]
    pub(crate) fn filled(&self) -> usize {
        (self.seen - self.count) as usize
    }

    /// Looks at what the other side has published. That may lag behind what was seen with both
    /// locks held, so it never takes `seen` back.
    #[inline]
    pub(crate) fn look(&mut self, other: &AtomicU64) {
        // Acquire: pairs with the Release in `publish_now`; the slots below were filled, or
        // emptied.
        self.seen = self.seen.max(other.load(Acquire));
    }

    /// Both locks are held: each side sees the other's exact count, and need not go by what was
    /// published. The other side's lock orders what it did to the slots.
    #[inline]
    pub(crate) fn meet(rx: &mut Side, tx: &mut Side) {
        rx.seen = tx.count;
        tx.seen = rx.count;
    }

    /// For a side that sees nothing to do: looks, and if that does not help and `patient`, gives
    /// the other side a moment.
    #[inline(never)]
    pub(crate) fn look_or_linger(&mut self, other: &AtomicU64, patient: bool) {
        let before = self.seen;
        self.look(other);
        if self.seen == before && patient {
            self.linger(other);
        }
    }

    #[cold]
    fn linger(&mut self, other: &AtomicU64) {
        if self.patience < 0 {
            self.patience += 1;
            return;
        }
        let before = self.seen;
        for _ in 0..LOOKS {
            for _ in 0..PAUSES {
                spin_loop();
            }
            self.look(other);
            if self.seen != before {
                self.patience = PATIENCE;
                return;
            }
        }
        self.patience = if self.patience == 0 {
            GIVEN_UP
        } else {
            self.patience - 1
        };
    }

    /// Tells the other side, if it is time to. `ahead`: how many steps the other side can make by
    /// what it knows, as far as we know. If few, it may be waiting for this one.
    #[inline]
    fn publish(&self, capacity: usize, count: &AtomicU64, ahead: u64) {
        let soon = capacity < LATE_FROM || ahead <= PUBLISH_EVERY;
        if soon || self.count.is_multiple_of(PUBLISH_EVERY) {
            self.publish_now(count);
        }
    }

    #[inline]
    fn publish_now(&self, count: &AtomicU64) {
        // Release: pairs with the Acquire load in `look`.
        count.store(self.count, Release);
    }

    /// Past `count` slots at once; at most `capacity`.
    #[inline]
    fn skip(&mut self, count: usize, capacity: usize) {
        self.count += count as u64;
        self.index += count;
        if self.index >= capacity {
            self.index -= capacity;
        }
    }

    #[inline]
    fn step(&mut self, capacity: usize) {
        self.count += 1;
        self.index += 1;
        if self.index == capacity {
            self.index = 0;
        }
    }
}

/// The slots. Zeroed memory that the system commits when it is first touched, so a large capacity
/// costs address space only.
pub(crate) struct Slots<T> {
    base: NonNull<UnsafeCell<MaybeUninit<T>>>,
    capacity: usize,
}

// SAFETY: slots are handed between threads by the protocol above; a slot is touched by one side at
// a time.
unsafe impl<T: Send> Send for Slots<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Slots<T> {}

impl<T> Slots<T> {
    /// `None` if the system has no room for so many.
    pub(crate) fn new(capacity: usize) -> Option<Self> {
        let layout = Layout::array::<UnsafeCell<MaybeUninit<T>>>(capacity).ok()?;
        if layout.size() == 0 {
            return Some(Self {
                base: NonNull::dangling(),
                capacity,
            });
        }
        // SAFETY: the layout's size is not 0.
        let base = unsafe { alloc_zeroed(layout) };
        let base = NonNull::new(base.cast::<UnsafeCell<MaybeUninit<T>>>())?;
        #[cfg(loom)]
        for i in 0..capacity {
            // SAFETY: within the allocation. Loom's cell tracks accesses and must be made.
            unsafe { base.add(i).write(UnsafeCell::new(MaybeUninit::uninit())) };
        }
        Some(Self { base, capacity })
    }

    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    fn slot(&self, index: usize) -> &UnsafeCell<MaybeUninit<T>> {
        debug_assert!(index < self.capacity);
        // SAFETY: within the allocation; a zeroed `UnsafeCell<MaybeUninit>` is a valid one.
        unsafe { self.base.add(index).as_ref() }
    }

    /// # Safety
    /// The slot is empty, and the caller's alone.
    #[inline]
    unsafe fn write(&self, index: usize, value: T) {
        self.slot(index).with_mut(|slot| {
            // SAFETY: the caller's duty.
            unsafe { (*slot).write(value) };
        });
    }

    /// # Safety
    /// The slot is filled, and the caller's alone. It is empty afterwards.
    #[inline]
    unsafe fn read(&self, index: usize) -> T {
        self.slot(index)
            // SAFETY: the caller's duty.
            .with_mut(|slot| unsafe { (*slot).assume_init_read() })
    }
}

impl<T: Copy> Slots<T> {
    /// Fills the slots from `index` on, going round at the end: at most two pieces.
    ///
    /// # Safety
    /// There are so many slots; they are empty, and the caller's alone.
    unsafe fn write_block(&self, index: usize, values: &[T]) {
        let (one, two) = values.split_at(values.len().min(self.capacity - index));
        // SAFETY: the caller's duty.
        unsafe {
            self.copy_in(index, one);
            self.copy_in(0, two);
        }
    }

    /// Empties the slots from `index` on, going round at the end: at most two pieces.
    ///
    /// # Safety
    /// There are so many slots; they are filled, and the caller's alone.
    unsafe fn read_block(&self, index: usize, into: &mut [T]) {
        let (one, two) = into.split_at_mut(into.len().min(self.capacity - index));
        // SAFETY: the caller's duty.
        unsafe {
            self.copy_out(index, one);
            self.copy_out(0, two);
        }
    }

    /// # Safety
    /// As [`write_block`](Self::write_block), and the slots do not go round.
    #[cfg(not(loom))]
    unsafe fn copy_in(&self, index: usize, values: &[T]) {
        // SAFETY: within the allocation, and not `values`' memory, which is no slot. A slot is
        // transparent down to its `T`. The caller has the slots to itself.
        unsafe {
            let to = self.base.as_ptr().add(index).cast::<T>();
            to.copy_from_nonoverlapping(values.as_ptr(), values.len());
        }
    }

    /// # Safety
    /// As [`read_block`](Self::read_block), and the slots do not go round.
    #[cfg(not(loom))]
    unsafe fn copy_out(&self, index: usize, into: &mut [T]) {
        // SAFETY: as in `copy_in`; the slots are filled, and a copy of a `Copy` value leaves
        // nothing behind that would be dropped twice.
        unsafe {
            let from = self.base.as_ptr().add(index).cast::<T>();
            into.as_mut_ptr().copy_from_nonoverlapping(from, into.len());
        }
    }

    /// # Safety
    /// As [`write_block`](Self::write_block), and the slots do not go round.
    #[cfg(loom)]
    unsafe fn copy_in(&self, index: usize, values: &[T]) {
        for (at, value) in values.iter().enumerate() {
            // SAFETY: the caller's duty.
            unsafe { self.write(index + at, *value) };
        }
    }

    /// # Safety
    /// As [`read_block`](Self::read_block), and the slots do not go round.
    #[cfg(loom)]
    unsafe fn copy_out(&self, index: usize, into: &mut [T]) {
        for (at, value) in into.iter_mut().enumerate() {
            // SAFETY: the caller's duty.
            *value = unsafe { self.read(index + at) };
        }
    }
}

impl<T> Drop for Slots<T> {
    fn drop(&mut self) {
        if let Ok(layout) = Layout::array::<UnsafeCell<MaybeUninit<T>>>(self.capacity)
            && layout.size() > 0
        {
            #[cfg(loom)]
            for i in 0..self.capacity {
                // SAFETY: each cell was made in `new`.
                unsafe { self.base.add(i).drop_in_place() };
            }
            // SAFETY: allocated in `new` with this layout. The values were dropped by the channel.
            unsafe { dealloc(self.base.as_ptr().cast(), layout) };
        }
    }
}

/// Puts a value in, if the ring is not full as far as `side` has seen. The caller holds the sending
/// side's lock.
#[inline]
pub(crate) fn push<T>(
    slots: &Slots<T>,
    side: &mut Side,
    tail: &AtomicU64,
    value: T,
) -> Result<(), T> {
    if side.room(slots.capacity) == 0 {
        return Err(value);
    }
    // SAFETY: fewer than `capacity` values are in the ring, so this slot was emptied, and only the
    // holder of the sending side's lock fills slots.
    unsafe { slots.write(side.index, value) };
    side.step(slots.capacity);
    side.publish(slots.capacity, tail, side.count - side.seen);
    Ok(())
}

/// Takes the oldest value out, if the ring is not empty as far as `side` has seen. The caller holds
/// the receiving side's lock.
#[inline]
pub(crate) fn pop<T>(slots: &Slots<T>, side: &mut Side, head: &AtomicU64) -> Option<T> {
    if side.filled() == 0 {
        return None;
    }
    // SAFETY: at least one value is in the ring and this is its oldest; only the holder of the
    // receiving side's lock empties slots.
    let value = unsafe { slots.read(side.index) };
    side.step(slots.capacity);
    let ahead = (slots.capacity - side.filled()) as u64;
    side.publish(slots.capacity, head, ahead);
    Some(value)
}

/// Puts in as many of `values` as there is room for, as far as `side` has seen. Gives how many. The
/// caller holds the sending side's lock.
pub(crate) fn push_block<T: Copy>(
    slots: &Slots<T>,
    side: &mut Side,
    tail: &AtomicU64,
    values: &[T],
) -> usize {
    let count = side.room(slots.capacity).min(values.len());
    if count == 0 {
        return 0;
    }
    // SAFETY: so many slots were emptied, and only the holder of the sending side's lock fills
    // slots.
    unsafe { slots.write_block(side.index, &values[..count]) };
    side.skip(count, slots.capacity);
    side.publish_now(tail);
    count
}

/// Takes out the oldest values, as many as fit in `into` and as `side` has seen. Gives how many.
/// The caller holds the receiving side's lock.
pub(crate) fn pop_block<T: Copy>(
    slots: &Slots<T>,
    side: &mut Side,
    head: &AtomicU64,
    into: &mut [T],
) -> usize {
    let count = side.filled().min(into.len());
    if count == 0 {
        return 0;
    }
    // SAFETY: so many values are in the ring and these are its oldest; only the holder of the
    // receiving side's lock empties slots.
    unsafe { slots.read_block(side.index, &mut into[..count]) };
    side.skip(count, slots.capacity);
    side.publish_now(head);
    count
}

/// Whether counters of a ring of this capacity lag only while a side is at work: whoever looks sees
/// all that happened before.
pub(crate) fn publishes_at_once(capacity: usize) -> bool {
    capacity < LATE_FROM
}

/// A value came and went without touching a slot: both sides count it. Both sides' locks are held.
pub(crate) fn pass_by(rx: &mut Side, tx: &mut Side, head: &AtomicU64, tail: &AtomicU64) {
    rx.count += 1;
    tx.count += 1;
    Side::meet(rx, tx);
    rx.publish_now(head);
    tx.publish_now(tail);
}

/// How many values are in the ring. Both sides' locks are held.
pub(crate) fn len(rx: &Side, tx: &Side) -> usize {
    (tx.count - rx.count) as usize
}

/// Calls `f` for every value in the ring. The caller holds both sides' locks.
pub(crate) fn for_each<T>(slots: &Slots<T>, head: &Side, tail: &Side, mut f: impl FnMut(&mut T)) {
    let mut index = head.index;
    for _ in head.count..tail.count {
        slots.slot(index).with_mut(|slot| {
            // SAFETY: filled, and with both locks held nobody else touches it.
            f(unsafe { (*slot).assume_init_mut() });
        });
        index = if index + 1 == slots.capacity {
            0
        } else {
            index + 1
        };
    }
}

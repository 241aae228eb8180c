//! The channel's buffer: a fixed ring that hands values out in the order they came.
//!
//! ```text
//!   slots  [ c | d | . | . | a | b ]      capacity 6, len 4
//!                      ^head             next to leave: a; next free: after d
//! ```
//! Slots are made when first used, so an empty channel of a large capacity costs nothing.

use std::collections::VecDeque;

/// A bounded first-in first-out buffer. Not thread-safe: the channel's lock guards it.
pub(crate) struct Ring<T> {
    slots: VecDeque<T>,
    capacity: usize,
}

impl<T> Ring<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            slots: VecDeque::new(),
            capacity,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.slots.len() >= self.capacity
    }

    /// Appends `value`. The caller has checked that the ring is not full.
    #[inline]
    pub(crate) fn push(&mut self, value: T) {
        debug_assert!(!self.is_full(), "push on a full ring");
        self.slots.push_back(value);
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.slots.pop_front()
    }

    /// Puts a value back at the front, in the one case where a receiver that was already served
    /// turns out to be gone. May exceed the capacity by that value for a moment.
    pub(crate) fn unpop(&mut self, value: T) {
        self.slots.push_front(value);
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut()
    }
}

//! The queue of goroutines parked on one channel in one direction.
//!
//! A doubly linked list threaded through a slab, first come first served. The slab makes parking
//! free of allocation once the queue has been as long before, and a generation in each [`Key`]
//! makes leaving the queue O(1) and safe to attempt twice: a key whose node was reused is ignored.
//!
//! Who may call: only a holder of the channel's lock, which guards everything here.
//!
//! A waiter whose `claim` is set belongs to a `select` and stands in several queues. Whoever takes
//! it out must win the claim first ([`WaitQueue::dequeue`] does); losers are simply dropped, and
//! what remains in other queues is unlinked by the select itself in its third pass.
//!
//! A *native* waiter that has been served leaves its outcome in its node (`Slot::Served`) until it
//! collects it by key, so that a direct hand-off needs no cell of its own. An *isolate's* waiter is
//! served through its mailbox and its node is free at once.
//!
//! Rejected: intrusive nodes inside pinned futures (less memory, but the list would hold raw
//! pointers into caller memory and JavaScript waiters have no such memory); a `VecDeque` of waiters
//! (removing from the middle is O(n): a `select` in a loop over a crowded channel is quadratic).

use super::parked::Parked;
use crate::loom::Arc;
use crate::select::Claim;

const NIL: u32 = u32::MAX;

/// One parked operation.
pub(crate) struct Waiter<T> {
    /// Whom to wake.
    pub(crate) who: Parked<T>,
    /// Set when this is one case of a `select`.
    pub(crate) claim: Option<Arc<Claim>>,
    /// The case's number in its `select`; 0 otherwise.
    pub(crate) case: u32,
    /// What a parked sender offers; `None` for receivers.
    pub(crate) value: Option<T>,
}

/// How a native waiter was served.
pub(crate) enum Outcome<T> {
    /// A receiver got a value.
    Received(T),
    /// A receiver learned that the channel is closed and drained.
    Drained,
    /// A sender's value was taken.
    Sent,
    /// A sender met a close; here is its value back.
    Closed(T),
}

enum Slot<T> {
    Free,
    Queued(Waiter<T>),
    Served(Outcome<T>),
}

struct Node<T> {
    generation: u32,
    prev: u32,
    next: u32,
    slot: Slot<T>,
}

/// Names a waiter's node. Stays valid, and harmless, after the node was reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    index: u32,
    generation: u32,
}

/// `head` comes first: whether anybody waits is all that most operations ask.
#[repr(C)]
pub(crate) struct WaitQueue<T> {
    head: u32,
    tail: u32,
    free: u32,
    len: u32,
    nodes: Vec<Node<T>>,
}

impl<T> WaitQueue<T> {
    pub(crate) const fn new() -> Self {
        Self {
            nodes: Vec::new(),
            free: NIL,
            head: NIL,
            tail: NIL,
            len: 0,
        }
    }

    /// How many wait here, including `select` losers that have not been unlinked yet.
    pub(crate) fn len(&self) -> usize {
        self.len as usize
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.head == NIL
    }

    /// Puts `waiter` at the end.
    pub(crate) fn enqueue(&mut self, waiter: Waiter<T>) -> Key {
        let index = self.allocate();
        let tail = self.tail;
        let node = &mut self.nodes[index as usize];
        node.prev = tail;
        node.next = NIL;
        node.slot = Slot::Queued(waiter);
        let generation = node.generation;
        if tail == NIL {
            self.head = index;
        } else {
            self.nodes[tail as usize].next = index;
        }
        self.tail = index;
        self.len += 1;
        Key { index, generation }
    }

    /// Takes the first waiter that is still to be had: one whose claim, if any, is won here.
    /// Claims lost to another channel's partner are dropped on the way.
    pub(crate) fn dequeue(&mut self) -> Option<(Key, Waiter<T>)> {
        while self.head != NIL {
            let index = self.head;
            let (key, waiter) = self.unlink(index)?;
            if waiter.claim.as_ref().is_none_or(|claim| claim.take()) {
                return Some((key, waiter));
            }
            self.release(index);
        }
        None
    }

    /// Leaves `outcome` in the node of a native waiter taken with [`dequeue`](Self::dequeue).
    pub(crate) fn serve(&mut self, key: Key, outcome: Outcome<T>) {
        self.nodes[key.index as usize].slot = Slot::Served(outcome);
    }

    /// Frees the node of a waiter taken with [`dequeue`](Self::dequeue) and served elsewhere.
    pub(crate) fn forget(&mut self, key: Key) {
        self.release(key.index);
    }

    /// The owner comes back: takes its outcome if it was served, else `None` and it waits on.
    pub(crate) fn collect(&mut self, key: Key) -> Option<Outcome<T>> {
        let node = self.node(key)?;
        if !matches!(node.slot, Slot::Served(_)) {
            return None;
        }
        let slot = std::mem::replace(&mut node.slot, Slot::Free);
        self.release(key.index);
        match slot {
            Slot::Served(outcome) => Some(outcome),
            Slot::Free | Slot::Queued(_) => None,
        }
    }

    /// The owner's waker changed while it waits.
    pub(crate) fn update(&mut self, key: Key, who: Parked<T>) {
        if let Some(Node {
            slot: Slot::Queued(waiter),
            ..
        }) = self.node(key)
        {
            waiter.who = who;
        }
    }

    /// The owner leaves: whatever is in its node, if it is still its own.
    pub(crate) fn remove(&mut self, key: Key) -> Option<Removed<T>> {
        let node = self.node(key)?;
        if matches!(node.slot, Slot::Served(_)) {
            return self.collect(key).map(Removed::Served);
        }
        let (_, waiter) = self.unlink(key.index)?;
        self.release(key.index);
        Some(Removed::Waiting(waiter))
    }

    /// Every value that parked senders offer here.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.nodes
            .iter_mut()
            .filter_map(|node| match &mut node.slot {
                Slot::Queued(waiter) => waiter.value.as_mut(),
                Slot::Free | Slot::Served(_) => None,
            })
    }

    fn node(&mut self, key: Key) -> Option<&mut Node<T>> {
        let node = self.nodes.get_mut(key.index as usize)?;
        (node.generation == key.generation && !matches!(node.slot, Slot::Free)).then_some(node)
    }

    fn allocate(&mut self) -> u32 {
        if self.free != NIL {
            let index = self.free;
            self.free = self.nodes[index as usize].next;
            return index;
        }
        let index = self.nodes.len() as u32;
        assert!(
            index != NIL,
            "more than 2^32 - 1 goroutines parked on one channel"
        );
        self.nodes.push(Node {
            generation: 0,
            prev: NIL,
            next: NIL,
            slot: Slot::Free,
        });
        index
    }

    fn unlink(&mut self, index: u32) -> Option<(Key, Waiter<T>)> {
        let node = &mut self.nodes[index as usize];
        let (prev, next, generation) = (node.prev, node.next, node.generation);
        let Slot::Queued(waiter) = std::mem::replace(&mut node.slot, Slot::Free) else {
            return None;
        };
        if prev == NIL {
            self.head = next;
        } else {
            self.nodes[prev as usize].next = next;
        }
        if next == NIL {
            self.tail = prev;
        } else {
            self.nodes[next as usize].prev = prev;
        }
        self.len -= 1;
        Some((Key { index, generation }, waiter))
    }

    fn release(&mut self, index: u32) {
        let free = self.free;
        let node = &mut self.nodes[index as usize];
        node.slot = Slot::Free;
        node.generation = node.generation.wrapping_add(1);
        node.next = free;
        self.free = index;
    }
}

/// What [`WaitQueue::remove`] found.
pub(crate) enum Removed<T> {
    /// Still waiting: it has left the queue. Its value, if it was a sender's, comes back.
    Waiting(Waiter<T>),
    /// Already served: the outcome must not be lost.
    Served(Outcome<T>),
}

//! The queue of goroutines parked on one channel in one direction; and, in `sync/line.rs`, of those
//! that wait for anything else.
//!
//! A doubly linked list threaded through a slab, first come first served. The slab makes parking
//! free of allocation once the queue has been as long before, and a generation in each [`Key`]
//! makes leaving the queue O(1) and safe to attempt twice: a key whose node was reused is ignored.
//!
//! Who may call: only a holder of the lock that guards the queue (see the channel's module).
//!
//! # A node's life
//!
//! ```text
//!   free --enqueue--> in line --serve--> served --settle or remove--> free     a native goroutine
//!                     in line --discharge---------------------------> free     an isolate's
//!                     in line --dequeue--> passed over --remove-----> free     a select that lost
//!                     in line --remove------------------------------> free     any that gives up
//! ```
//! A *native* waiter that has been served leaves its outcome in its node until it collects it by
//! key, so that a direct hand-off needs no cell of its own. An *isolate's* waiter is served through
//! its mailbox and its node is free at once.
//!
//! A waiter whose `claim` is set belongs to a `select` and stands in several queues. Whoever takes
//! it out must win the claim first ([`WaitQueue::dequeue`] does). One that lost is passed over: it
//! leaves the line and keeps its node, with what it offered and its waker, until the select itself
//! comes for it in its third pass. So nothing of a waiter is ever dropped here, under a lock.
//!
//! Rejected: intrusive nodes inside pinned futures (less memory, but the list would hold raw
//! pointers into caller memory and JavaScript waiters have no such memory); a `VecDeque` of waiters
//! (removing from the middle is O(n): a `select` in a loop over a crowded channel is quadratic).

use super::parked::{Letter, Parked, Unpark};
use crate::loom::Arc;
use crate::mailbox::Mailbox;
use crate::select::Claim;
use std::task::Waker;

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

impl<T> Waiter<T> {
    /// A plain operation, no case of a `select`.
    #[inline]
    pub(crate) fn alone(who: Parked<T>, value: Option<T>) -> Self {
        Self {
            who,
            claim: None,
            case: 0,
            value,
        }
    }
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
    /// In line, or passed over.
    Queued(Waiter<T>),
    Served(Outcome<T>),
}

struct Node<T> {
    generation: u32,
    prev: u32,
    next: u32,
    in_line: bool,
    /// When it was served, among all that were: see [`Turn`].
    turn: Turn,
    slot: Slot<T>,
}

/// The order in which receivers were handed values, from 1 up. 2^64 hand-overs are never reached.
pub(crate) type Turn = u64;

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

/// Who was first in line. It has left the line, and its claim, if any, is won.
#[must_use = "it has left the line: serve it or discharge it"]
pub(crate) struct First(u32);

/// What [`WaitQueue::settle`] found.
pub(crate) enum Settled<T> {
    /// It was served; its node is free.
    Served(Outcome<T>),
    /// It waits on, and the waker is the one it has now.
    Waiting,
    /// It waits on with a waker of another task: call again with a clone of the new one.
    Stale,
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

    /// How many wait here, including `select` losers that nobody has met yet.
    pub(crate) fn len(&self) -> usize {
        self.len as usize
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.head == NIL
    }

    /// The first in line, whether or not it is still to be had.
    pub(crate) fn front(&self) -> Option<&Waiter<T>> {
        match &self.nodes.get(self.head as usize)?.slot {
            Slot::Queued(waiter) => Some(waiter),
            Slot::Free | Slot::Served(_) => None,
        }
    }

    /// As [`front`](Self::front).
    pub(crate) fn front_mut(&mut self) -> Option<&mut Waiter<T>> {
        match &mut self.nodes.get_mut(self.head as usize)?.slot {
            Slot::Queued(waiter) => Some(waiter),
            Slot::Free | Slot::Served(_) => None,
        }
    }

    /// Whether this one is the first in line.
    pub(crate) fn is_front(&mut self, key: Key) -> bool {
        self.head == key.index && self.node(key).is_some()
    }

    /// One that has not been served.
    pub(crate) fn waiter(&mut self, key: Key) -> Option<&mut Waiter<T>> {
        match &mut self.node(key)?.slot {
            Slot::Queued(waiter) => Some(waiter),
            Slot::Free | Slot::Served(_) => None,
        }
    }

    /// Puts a waiter at the end. It is made in its node: made before, where a panic might still come
    /// between, it would be written to the stack in words and read from there in vectors, for which the
    /// processor waits until the words have reached its cache (2 ns of a hand-over's 100).
    #[inline]
    pub(crate) fn enqueue(&mut self, waiter: impl FnOnce() -> Waiter<T>) -> Key {
        let (key, slot) = self.line_up();
        let before = std::mem::replace(slot, Slot::Queued(waiter()));
        debug_assert!(matches!(before, Slot::Free));
        std::mem::forget(before); // nothing in it, and no code to find that out
        key
    }

    /// A node at the end of the line, to be filled.
    #[inline]
    fn line_up(&mut self) -> (Key, &mut Slot<T>) {
        let tail = self.tail;
        let index = if self.free == NIL {
            self.grow()
        } else {
            self.free
        };
        if tail == NIL {
            self.head = index;
        } else {
            self.nodes[tail as usize].next = index;
        }
        self.tail = index;
        self.len += 1;
        let node = &mut self.nodes[index as usize];
        self.free = node.next;
        node.prev = tail;
        node.next = NIL;
        node.in_line = true;
        let generation = node.generation;
        (Key { index, generation }, &mut node.slot)
    }

    /// Takes the first waiter that is still to be had: one whose claim, if any, is won here. Those
    /// whose claim was lost to another channel's partner are passed over.
    #[inline]
    pub(crate) fn dequeue(&mut self) -> Option<First> {
        loop {
            let index = self.head;
            if index == NIL {
                return None;
            }
            self.unlink(index);
            if let Slot::Queued(waiter) = &self.nodes[index as usize].slot
                && waiter.claim.as_ref().is_none_or(|claim| claim.take())
            {
                return Some(First(index));
            }
        }
    }

    /// Whether `first` is a native goroutine, to be served in its node.
    #[inline]
    pub(crate) fn is_native(&self, first: &First) -> bool {
        let Slot::Queued(waiter) = &self.nodes[first.0 as usize].slot else {
            return false;
        };
        matches!(waiter.who, Parked::Task(_))
    }

    /// What a sender offers.
    #[inline]
    pub(crate) fn take_offer(&mut self, first: &First) -> Option<T> {
        match &mut self.nodes[first.0 as usize].slot {
            Slot::Queued(waiter) => waiter.value.take(),
            Slot::Free | Slot::Served(_) => None,
        }
    }

    /// Leaves `outcome` for a native goroutine to collect. Gives its waker.
    #[inline]
    pub(crate) fn serve(
        &mut self,
        First(index): First,
        turn: Turn,
        outcome: Outcome<T>,
    ) -> Unpark<T> {
        let node = &mut self.nodes[index as usize];
        node.turn = turn;
        match std::mem::replace(&mut node.slot, Slot::Served(outcome)) {
            Slot::Queued(Waiter {
                who: Parked::Task(waker),
                ..
            }) => Unpark::Task(waker),
            _ => Unpark::None,
        }
    }

    /// Frees the node of one that is not native: it is told by mail.
    pub(crate) fn discharge(&mut self, First(index): First) -> Letter<T> {
        match self.release(index) {
            Slot::Queued(Waiter {
                who: Parked::Isolate { mailbox, ticket },
                case,
                value,
                ..
            }) => Letter::new(mailbox, ticket, case, value),
            _ => unreachable!("who is first waits"),
        }
    }

    /// A native waiter comes back: takes its outcome if it was served. If it waits on, it must be
    /// known by `waker`; `fresh` is a clone of that if the caller has made one, and takes what was
    /// replaced. So wakers are neither cloned nor dropped here.
    #[inline]
    pub(crate) fn settle(
        &mut self,
        key: Key,
        waker: &Waker,
        fresh: &mut Option<Waker>,
    ) -> Settled<T> {
        let Some(node) = self.node(key) else {
            return Settled::Waiting;
        };
        match &mut node.slot {
            Slot::Served(_) => match self.release(key.index) {
                Slot::Served(outcome) => Settled::Served(outcome),
                Slot::Free | Slot::Queued(_) => Settled::Waiting,
            },
            Slot::Queued(Waiter {
                who: Parked::Task(known),
                ..
            }) if !known.will_wake(waker) => match fresh {
                Some(fresh) => {
                    std::mem::swap(known, fresh);
                    Settled::Waiting
                }
                None => Settled::Stale,
            },
            Slot::Free | Slot::Queued(_) => Settled::Waiting,
        }
    }

    /// Puts `waker` in place of a native waiter's. Gives what is left over.
    pub(crate) fn change_waker(&mut self, key: Key, mut waker: Waker) -> Waker {
        if let Some(Node {
            slot:
                Slot::Queued(Waiter {
                    who: Parked::Task(known),
                    ..
                }),
            ..
        }) = self.node(key)
        {
            std::mem::swap(known, &mut waker);
        }
        waker
    }

    /// The owner leaves: whatever is in its node, if it is still its own, and when it was served,
    /// if it was.
    pub(crate) fn remove(&mut self, key: Key) -> Option<(Removed<T>, Turn)> {
        let node = self.node(key)?;
        let turn = node.turn;
        if node.in_line {
            self.unlink(key.index);
        }
        let removed = match self.release(key.index) {
            Slot::Queued(waiter) => Removed::Waiting(waiter),
            Slot::Served(outcome) => Removed::Served(outcome),
            Slot::Free => return None,
        };
        Some((removed, turn))
    }

    /// Takes out those of an isolate that has ended, but for cases of a select, which leave by
    /// themselves.
    pub(crate) fn remove_all_of(&mut self, of: &Arc<Mailbox<T>>) -> Vec<Waiter<T>> {
        let mut removed = Vec::new();
        let mut index = self.head;
        while index != NIL {
            let node = &self.nodes[index as usize];
            let next = node.next;
            if let Slot::Queued(waiter) = &node.slot
                && waiter.claim.is_none()
                && matches!(&waiter.who, Parked::Isolate { mailbox, .. } if Arc::ptr_eq(mailbox, of))
            {
                self.unlink(index);
                if let Slot::Queued(waiter) = self.release(index) {
                    removed.push(waiter);
                }
            }
            index = next;
        }
        removed
    }

    /// Takes the first that `is` out of the line, whoever owns it.
    pub(crate) fn withdraw(&mut self, is: impl Fn(&Parked<T>) -> bool) -> Option<Waiter<T>> {
        let mut index = self.head;
        while index != NIL {
            let node = &self.nodes[index as usize];
            if matches!(&node.slot, Slot::Queued(waiter) if is(&waiter.who)) {
                self.unlink(index);
                return match self.release(index) {
                    Slot::Queued(waiter) => Some(waiter),
                    Slot::Free | Slot::Served(_) => None,
                };
            }
            index = node.next;
        }
        None
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

    #[inline]
    fn node(&mut self, key: Key) -> Option<&mut Node<T>> {
        let node = self.nodes.get_mut(key.index as usize)?;
        (node.generation == key.generation && !matches!(node.slot, Slot::Free)).then_some(node)
    }

    /// A new node, as if it were the only one free.
    #[cold]
    fn grow(&mut self) -> u32 {
        let index = self.nodes.len() as u32;
        assert!(
            index != NIL,
            "more than 2^32 - 1 goroutines parked on one channel"
        );
        self.nodes.push(Node {
            generation: 0,
            prev: NIL,
            next: NIL,
            in_line: false,
            turn: 0,
            slot: Slot::Free,
        });
        index
    }

    /// Out of line. The node stays as it is.
    #[inline]
    fn unlink(&mut self, index: u32) {
        let node = &mut self.nodes[index as usize];
        debug_assert!(node.in_line, "a node leaves the line once");
        node.in_line = false;
        let (prev, next) = (node.prev, node.next);
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
    }

    /// Frees a node that is out of line. Gives what was in it.
    #[inline]
    fn release(&mut self, index: u32) -> Slot<T> {
        let free = self.free;
        let node = &mut self.nodes[index as usize];
        node.generation = node.generation.wrapping_add(1);
        node.next = free;
        self.free = index;
        std::mem::replace(&mut node.slot, Slot::Free)
    }
}

/// What [`WaitQueue::remove`] found.
pub(crate) enum Removed<T> {
    /// Still waiting, or passed over: it has left the queue. Its value, if it was a sender's, comes
    /// back.
    Waiting(Waiter<T>),
    /// Already served: the outcome must not be lost.
    Served(Outcome<T>),
}

//! Contexts: a tree along which cancellation runs from parent to child, on every thread at once.
//!
//! Each node has a `done` channel that is closed when it ends. Cancelling walks down: a node's lock
//! is held only while its own end is recorded and its children are taken, so no two locks of the
//! tree are ever held together and no order between them is needed.
//!
//! Invariants:
//! 1. `end` is written once; the first one wins, and with it the cause.
//! 2. A child that is linked under a parent's lock while the parent has no end is found by the
//!    parent's end; one that comes later sees the end and takes it over. No child is missed.
//! 3. When `cancel` returns, every descendant has ended (propagation is synchronous).

use crate::chan::Hchan;
use crate::lock::{Lock, Rank};
use crate::loom::{Arc, AtomicU32};
use std::collections::HashMap;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// Why a context ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Somebody cancelled it or an ancestor. Go: `context canceled`.
    Canceled,
    /// Its deadline, or an ancestor's, has come. Go: `context deadline exceeded`.
    DeadlineExceeded,
}

/// How a context ended: the reason, and the cause somebody gave, if any.
pub struct End<V> {
    /// What `err()` says.
    pub reason: Reason,
    /// What `cause()` says; `None` means the reason itself.
    pub cause: Option<Arc<V>>,
}

impl<V> Clone for End<V> {
    fn clone(&self) -> Self {
        Self {
            reason: self.reason,
            cause: self.cause.clone(),
        }
    }
}

struct State<V> {
    end: Option<End<V>>,
    children: HashMap<u32, Arc<Context<V>>>,
    /// Run once, when the context ends: stops its timer, runs `afterFunc`s.
    hooks: Vec<Hook>,
}

/// Something to do when a context ends. Called with no lock held, on the thread that ends it.
pub type Hook = Box<dyn FnOnce() + Send>;

/// One context. Shared by `Arc`; a parent holds its children until either ends.
pub struct Context<V> {
    parent: Option<Arc<Context<V>>>,
    done: Arc<Hchan<V>>,
    deadline: Option<Instant>,
    state: Lock<State<V>>,
    /// Its key among the parent's children.
    key: u32,
    next_key: AtomicU32,
}

impl<V> Context<V> {
    /// A root: never ends.
    pub fn background() -> Arc<Self> {
        Arc::new(Self::new(None, None, 0))
    }

    fn new(parent: Option<Arc<Self>>, deadline: Option<Instant>, key: u32) -> Self {
        Self {
            parent,
            done: Arc::new(Hchan::new(0)),
            deadline,
            state: Lock::new(
                Rank::Context,
                State {
                    end: None,
                    children: HashMap::new(),
                    hooks: Vec::new(),
                },
            ),
            key,
            next_key: AtomicU32::new(0),
        }
    }

    /// A child, ended already if the parent is. Its deadline is never later than the parent's.
    pub fn child(self: &Arc<Self>, deadline: Option<Instant>) -> Arc<Self> {
        let deadline = match (deadline, self.deadline) {
            (Some(mine), Some(parents)) => Some(mine.min(parents)),
            (mine, parents) => mine.or(parents),
        };
        let key = self.next_key.fetch_add(1, Relaxed); // a counter
        let child = Arc::new(Self::new(Some(self.clone()), deadline, key));
        let ended = {
            let mut state = self.state.lock();
            if state.end.is_none() && self.can_end() {
                state.children.insert(key, child.clone());
            }
            state.end.clone()
        };
        if let Some(end) = ended {
            child.end(&end);
        }
        child
    }

    /// A root never ends, so it need not know its children.
    fn can_end(&self) -> bool {
        self.parent.is_some()
    }

    /// Ends it and all its descendants. `false`: it had ended before; nothing changes.
    pub fn cancel(&self, reason: Reason, cause: Option<V>) -> bool {
        let ended = self.end(&End {
            reason,
            cause: cause.map(Arc::new),
        });
        if let Some(parent) = &self.parent {
            let unlinked = parent.state.lock().children.remove(&self.key);
            drop(unlinked);
        }
        ended
    }

    fn end(&self, end: &End<V>) -> bool {
        let Some(children) = self.record(end) else {
            return false;
        };
        // A stack instead of recursion: a chain of a million contexts must not overflow.
        let mut open: Vec<Arc<Self>> = children;
        while let Some(node) = open.pop() {
            if let Some(children) = node.record(end) {
                open.extend(children);
            }
        }
        true
    }

    /// Records the end of this node alone and tells who waits for it. Gives its children.
    fn record(&self, end: &End<V>) -> Option<Vec<Arc<Self>>> {
        let (children, hooks) = {
            let mut state = self.state.lock();
            if state.end.is_some() {
                return None;
            }
            state.end = Some(end.clone());
            (
                std::mem::take(&mut state.children),
                std::mem::take(&mut state.hooks),
            )
        };
        let closed = self.done.close();
        debug_assert!(closed.is_ok(), "only the one recorded end closes `done`");
        for hook in hooks {
            hook();
        }
        Some(children.into_values().collect())
    }

    /// Runs `hook` when the context ends, or now if it has ended.
    pub fn on_end(&self, hook: Hook) {
        let mut state = self.state.lock();
        if state.end.is_none() {
            state.hooks.push(hook);
            return;
        }
        drop(state);
        hook();
    }

    /// The channel that is closed when the context ends.
    pub fn done(&self) -> &Arc<Hchan<V>> {
        &self.done
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<End<V>> {
        self.state.lock().end.clone()
    }

    /// Its deadline, or an ancestor's.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// How many live children it knows.
    pub fn children(&self) -> usize {
        self.state.lock().children.len()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::time::Duration;

    type Ctx = Context<u32>;

    #[test]
    fn cancelling_a_parent_ends_every_descendant_before_it_returns() {
        let root = Ctx::background();
        let parent = root.child(None);
        let child = parent.child(None);
        let grandchild = child.child(None);
        assert!(parent.cancel(Reason::Canceled, Some(7)));
        for context in [&parent, &child, &grandchild] {
            let end = context.ended().expect("ended");
            assert_eq!(end.reason, Reason::Canceled);
            assert_eq!(end.cause.as_deref(), Some(&7));
            assert!(context.done().is_closed());
        }
        assert_eq!(parent.children(), 0);
        assert!(root.ended().is_none());
    }

    #[test]
    fn a_child_that_ends_first_is_forgotten_and_keeps_its_cause() {
        let root = Ctx::background();
        let parent = root.child(None);
        let child = parent.child(None);
        child.cancel(Reason::Canceled, Some(1));
        assert_eq!(parent.children(), 0);
        assert!(parent.ended().is_none());
        parent.cancel(Reason::Canceled, Some(2));
        assert_eq!(child.ended().unwrap().cause.as_deref(), Some(&1));
    }

    #[test]
    fn a_child_of_an_ended_parent_is_born_ended() {
        let parent = Ctx::background().child(None);
        parent.cancel(Reason::DeadlineExceeded, None);
        let child = parent.child(None);
        assert_eq!(child.ended().unwrap().reason, Reason::DeadlineExceeded);
    }

    #[test]
    fn a_deadline_is_never_later_than_the_parents() {
        let soon = Instant::now() + Duration::from_secs(1);
        let parent = Ctx::background().child(Some(soon));
        assert_eq!(
            parent.child(Some(soon + Duration::from_secs(9))).deadline(),
            Some(soon)
        );
        let sooner = soon.checked_sub(Duration::from_millis(1)).unwrap();
        assert_eq!(parent.child(Some(sooner)).deadline(), Some(sooner));
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_is_cancelled_without_recursion() {
        let root = Ctx::background();
        let first = root.child(None);
        let mut chain = vec![first.clone()];
        for _ in 0..100_000 {
            let next = chain.last().unwrap().child(None);
            chain.push(next);
        }
        first.cancel(Reason::Canceled, None);
        assert!(chain.iter().all(|context| context.ended().is_some()));
        while chain.pop().is_some() {} // from the leaf up: dropping must not recurse either
    }
}

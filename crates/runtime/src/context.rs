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
//! 4. A context that only adds a value is a *view* of the nearest one that can end: it is in nobody's
//!    set of children, so one that is made for each request leaves nothing behind in a parent that
//!    lives as long as the program.

use crate::chan::Hchan;
use crate::context_values::Values;
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
    /// Whether it ended by itself, rather than with an ancestor.
    pub own: bool,
}

impl<V> Clone for End<V> {
    fn clone(&self) -> Self {
        Self {
            reason: self.reason,
            cause: self.cause.clone(),
            own: self.own,
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
    /// For one that only adds a value: the context that ends, of which it is a view.
    view_of: Option<Arc<Context<V>>>,
    values: Option<Arc<Values<V>>>,
}

impl<V> Context<V> {
    /// A root: never ends.
    pub fn background() -> Arc<Self> {
        Arc::new(Self::new(None, None, 0, Arc::new(Hchan::new(0))))
    }

    fn new(
        parent: Option<Arc<Self>>,
        deadline: Option<Instant>,
        key: u32,
        done: Arc<Hchan<V>>,
    ) -> Self {
        Self {
            parent,
            done,
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
            view_of: None,
            values: None,
        }
    }

    /// Itself, or the one of which it is a view.
    fn node(self: &Arc<Self>) -> &Arc<Self> {
        self.view_of.as_ref().unwrap_or(self)
    }

    /// One that ends with this one and knows one value more, under a key that the caller encodes.
    pub fn with_value(self: &Arc<Self>, key: &str) -> Arc<Self> {
        let node = self.node();
        Arc::new(Self {
            view_of: Some(node.clone()),
            values: Some(Values::on(self.values.clone(), key)),
            ..Self::new(None, node.deadline, 0, node.done.clone())
        })
    }

    /// One with the same values that never ends.
    pub fn without_cancel(self: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self {
            values: self.values.clone(),
            ..Self::new(None, None, 0, Arc::new(Hchan::new(0)))
        })
    }

    /// The values that it knows, its own first.
    pub fn values(&self) -> Option<&Arc<Values<V>>> {
        self.values.as_ref()
    }

    /// A child, ended already if the parent is. Its deadline is never later than the parent's.
    pub fn child(self: &Arc<Self>, deadline: Option<Instant>) -> Arc<Self> {
        let values = self.values.clone();
        self.node().child_with(deadline, values)
    }

    fn child_with(
        self: &Arc<Self>,
        deadline: Option<Instant>,
        values: Option<Arc<Values<V>>>,
    ) -> Arc<Self> {
        let deadline = match (deadline, self.deadline) {
            (Some(mine), Some(parents)) => Some(mine.min(parents)),
            (mine, parents) => mine.or(parents),
        };
        let key = self.next_key.fetch_add(1, Relaxed); // a counter
        let child = Arc::new(Self {
            values,
            ..Self::new(Some(self.clone()), deadline, key, Arc::new(Hchan::new(0)))
        });
        let ended = {
            let mut state = self.state.lock();
            if state.end.is_none() && self.can_end() {
                state.children.insert(key, child.clone());
            }
            state.end.clone()
        };
        if let Some(end) = ended {
            child.end(&end, false);
        }
        child
    }

    /// A root never ends, so it need not know its children.
    fn can_end(&self) -> bool {
        self.parent.is_some()
    }

    /// Ends it and all its descendants. `false`: it had ended before; nothing changes.
    pub fn cancel(&self, reason: Reason, cause: Option<V>) -> bool {
        let end = End {
            reason,
            cause: cause.map(Arc::new),
            own: true,
        };
        let ended = self.end(&end, true);
        if let Some(parent) = &self.parent {
            let unlinked = parent.state.lock().children.remove(&self.key);
            drop(unlinked);
        }
        ended
    }

    fn end(&self, end: &End<V>, own: bool) -> bool {
        let Some(children) = self.record(end, own) else {
            return false;
        };
        // A stack instead of recursion: a chain of a million contexts must not overflow.
        let mut open: Vec<Arc<Self>> = children;
        while let Some(node) = open.pop() {
            if let Some(children) = node.record(end, false) {
                open.extend(children);
            }
        }
        true
    }

    /// Records the end of this node alone and tells who waits for it. Gives its children.
    fn record(&self, end: &End<V>, own: bool) -> Option<Vec<Arc<Self>>> {
        let (children, hooks) = {
            let mut state = self.state.lock();
            if state.end.is_some() {
                return None;
            }
            state.end = Some(End { own, ..end.clone() });
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
        if let Some(node) = &self.view_of {
            return node.on_end(hook);
        }
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
        if let Some(node) = &self.view_of {
            return node.ended();
        }
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
    fn a_value_context_ends_with_its_parent_and_is_no_child_of_it() {
        let parent = Ctx::background().child(None);
        let named = parent.with_value("name").with_value("other");
        let child = named.child(None);
        assert_eq!(parent.children(), 1); // the child of the view
        assert!(Arc::ptr_eq(named.done(), parent.done()));
        assert!(
            child
                .values()
                .is_some_and(|values| values.find("name").is_some())
        );
        assert!(parent.cancel(Reason::Canceled, Some(7)));
        assert_eq!(named.ended().unwrap().cause.as_deref(), Some(&7));
        assert!(!child.ended().unwrap().own && parent.ended().unwrap().own);
    }

    #[test]
    fn without_cancel_keeps_the_values_and_nothing_else() {
        let parent = Ctx::background().child(Some(Instant::now()));
        let free = parent.with_value("name").without_cancel();
        parent.cancel(Reason::Canceled, None);
        assert!(free.ended().is_none() && free.deadline().is_none());
        assert!(
            free.values()
                .is_some_and(|values| values.find("name").is_some())
        );
        assert!(free.child(None).ended().is_none());
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

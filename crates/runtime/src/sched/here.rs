//! What a native M keeps for itself while it runs goroutines: found through the thread, so that what
//! happens there takes neither a lock nor a shared counter.
//!
//! Its counts are reported when it gives up its P. Until then the scheduler counts the M itself as
//! alive, so that `live` is never 0 too early.

use super::idle::Proc;
use super::native::Worker;
use crate::g::{GoId, LocalPool};
use crate::task::Schedule;
use std::cell::{Cell, UnsafeCell};
use std::ptr::NonNull;
use std::sync::Arc;

/// One native M's own.
pub(crate) struct Here {
    /// The scheduler.
    pub(super) sched: NonNull<dyn Schedule>,
    /// The P it holds, and its number for quick reading. `None`: it blocks, or looks for no work.
    token: Cell<Option<Proc>>,
    pub(super) proc: Cell<Option<usize>>,
    /// The P that it lent while it blocks.
    pub(super) lent: Cell<Option<usize>>,
    /// Where it sleeps.
    pub(super) worker: Arc<Worker>,
    pub(super) current: Cell<GoId>,
    /// Goroutines started here less those that ended here.
    pub(super) live: Cell<i64>,
    /// Blocks taken here less those given back here.
    pub(super) blocks: Cell<i64>,
    pool: UnsafeCell<LocalPool>,
    few: FewWakes,
}

/// When to wake another M for the few goroutines in this one's own queue.
///
/// Mostly this M runs them itself, a moment later: goroutines that hand values to each other. Then
/// waking somebody costs them more than the hand-over. Sometimes the goroutine here goes on for long,
/// and the others should run elsewhere. Whether anybody steals them tells: each wake-up after which
/// nobody did doubles the number of chances that go by before the next, and each theft ends that.
#[derive(Default)]
struct FewWakes {
    /// Thefts seen.
    thefts: Cell<u32>,
    /// Chances to let go by, and how many that was at first.
    left: Cell<u32>,
    penalty: Cell<u32>,
}

/// The most chances that go by. What waits meanwhile waits for the end of a turn, or for sysmon.
const LONGEST_PENALTY: u32 = 1024;

#[cfg(not(loom))]
thread_local! {
    static HERE: Cell<Option<NonNull<Here>>> = const { Cell::new(None) };
}
#[cfg(loom)]
loom::thread_local! {
    static HERE: Cell<Option<NonNull<Here>>> = Cell::new(None);
}

impl Here {
    pub(super) fn new(sched: NonNull<dyn Schedule>) -> Self {
        Self {
            sched,
            token: Cell::new(None),
            proc: Cell::new(None),
            lent: Cell::new(None),
            worker: Arc::new(Worker::new()),
            current: Cell::new(0),
            live: Cell::new(0),
            blocks: Cell::new(0),
            pool: UnsafeCell::new(LocalPool::new()),
            few: FewWakes::default(),
        }
    }

    /// Something was put into this P's queue, where there are few; `thefts` were counted on this P so
    /// far. Whether to wake somebody for it.
    #[inline]
    pub(super) fn wakes_for_few(&self, thefts: u32) -> bool {
        let few = &self.few;
        if few.thefts.replace(thefts) != thefts {
            few.left.set(0);
            few.penalty.set(0);
        }
        let left = few.left.get();
        if left > 0 {
            few.left.set(left - 1);
            return false;
        }
        let penalty = (few.penalty.get() * 2).clamp(1, LONGEST_PENALTY);
        few.penalty.set(penalty);
        few.left.set(penalty);
        true
    }

    /// From now on it runs goroutines with this P.
    pub(super) fn hold(&self, proc: Proc) {
        self.proc.set(Some(proc.number()));
        self.token.set(Some(proc));
    }

    /// It gives its P up.
    pub(super) fn let_go(&self) -> Option<Proc> {
        self.proc.set(None);
        self.token.take()
    }

    #[inline]
    pub(crate) fn sched(&self) -> NonNull<dyn Schedule> {
        self.sched
    }

    /// Who runs here, 0 between two goroutines.
    #[inline]
    pub(crate) fn current(&self) -> GoId {
        self.current.get()
    }

    /// Runs `f`, a native M's life, with this as the thread's own.
    pub(super) fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        let before = HERE.with(|here| here.replace(Some(NonNull::from(self))));
        let result = f();
        HERE.with(|here| here.set(before));
        result
    }

    /// The pool. `f` calls nobody.
    pub(super) fn with_pool<R>(&self, f: impl FnOnce(&mut LocalPool) -> R) -> R {
        // SAFETY: this is one thread's own, and `f` does not come back here.
        f(unsafe { &mut *self.pool.get() })
    }

    /// Whether it belongs to the scheduler at this address.
    #[inline]
    fn is_of<T>(&self, sched: *const T) -> bool {
        self.sched.as_ptr().cast::<()>().addr() == sched.addr()
    }
}

/// The calling thread's, if it is a native M of any scheduler.
#[inline]
pub(crate) fn any<R>(f: impl FnOnce(Option<&Here>) -> R) -> R {
    // SAFETY: `enter` takes the pointer back before what it points to goes.
    f(HERE.with(Cell::get).map(|here| unsafe { &*here.as_ptr() }))
}

/// The calling thread's, if it is a native M of this scheduler.
#[inline]
pub(super) fn of<T, R>(sched: *const T, f: impl FnOnce(Option<&Here>) -> R) -> R {
    any(|here| f(here.filter(|here| here.is_of(sched))))
}

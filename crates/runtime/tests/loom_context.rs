//! Cancellation against the making of children: no child is missed, and each ends once.
//!
//! One child per node throughout: the order in which a hash map gives more of them differs from run
//! to run, and loom needs runs that repeat.

#![cfg(loom)]

use gosched_runtime::context::{Context, Reason};
use loom::thread;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

type Ctx = Context<u32>;

#[test]
fn a_child_made_while_its_parent_is_cancelled_ends() {
    loom::model(|| {
        let parent = Ctx::background().child(None);
        let theirs = parent.clone();
        let thread = thread::spawn(move || assert!(theirs.cancel(Reason::Canceled, Some(7))));
        let child = parent.child(None);
        thread.join().unwrap();
        let end = child.ended().expect("the child was missed");
        assert_eq!(end.cause.as_deref(), Some(&7));
        assert!(child.done().is_closed());
        assert_eq!(parent.children(), 0);
    });
}

#[test]
fn a_grandchild_made_while_the_parent_is_cancelled_ends() {
    loom::model(|| {
        let parent = Ctx::background().child(None);
        let child = parent.child(None);
        let theirs = parent.clone();
        let thread = thread::spawn(move || theirs.cancel(Reason::Canceled, None));
        let grandchild = child.child(None);
        thread.join().unwrap();
        assert!(grandchild.ended().is_some());
        assert!(grandchild.done().is_closed());
    });
}

#[test]
fn a_context_that_is_cancelled_from_two_sides_keeps_one_cause() {
    loom::model(|| {
        let parent = Ctx::background().child(None);
        let child = parent.child(None);
        let theirs = parent.clone();
        let thread = thread::spawn(move || theirs.cancel(Reason::DeadlineExceeded, Some(1)));
        let mine = child.cancel(Reason::Canceled, Some(2));
        assert!(thread.join().unwrap());
        let end = child.ended().expect("ended");
        let expected = if mine { 2 } else { 1 };
        assert_eq!(end.cause.as_deref(), Some(&expected));
        assert_eq!(parent.children(), 0);
    });
}

#[test]
fn a_hook_set_while_the_context_ends_runs_once() {
    loom::model(|| {
        let context = Ctx::background().child(None);
        let runs = Arc::new(AtomicU32::new(0));
        let theirs = context.clone();
        let thread = thread::spawn(move || theirs.cancel(Reason::Canceled, None));
        let counted = runs.clone();
        context.on_end(Box::new(move || {
            counted.fetch_add(1, SeqCst);
        }));
        thread.join().unwrap();
        assert_eq!(runs.load(SeqCst), 1);
    });
}

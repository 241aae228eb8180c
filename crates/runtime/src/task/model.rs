//! For models only: goroutines without a scheduler. What is ready stands in one queue, and threads of
//! the model run it by hand.

use super::{Schedule, Task, spawn};
use crate::g::{Class, G, GoId, Kind, Table};
use crate::lock::{Lock, Rank};
use crate::sched::here::Here;
use crate::task::JoinHandle;
use crate::timer::Timers;
use std::collections::VecDeque;
use std::future::Future;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// See the module's documentation. The counters are the standard library's, which no model explores:
/// they are read when all threads have been joined.
pub struct Tasks {
    queue: Lock<VecDeque<Task>>,
    table: Table,
    created: AtomicU32,
    ended: AtomicU32,
    freed: AtomicU32,
    timers: Arc<Timers>,
}

impl Tasks {
    /// No goroutines. It is leaked, because blocks point to it without counting.
    pub fn new() -> &'static Self {
        Box::leak(Box::new(Self {
            queue: Lock::new(Rank::Sched, VecDeque::new()),
            table: Table::new(),
            created: AtomicU32::new(0),
            ended: AtomicU32::new(0),
            freed: AtomicU32::new(0),
            timers: Arc::new(Timers::new()),
        }))
    }

    /// Starts a goroutine.
    pub fn go<F>(&'static self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let sched: &'static dyn Schedule = self;
        // SAFETY: it stays for ever.
        unsafe { spawn(NonNull::from(sched), 0, future) }
    }

    /// An M: runs what is ready, until nothing is.
    pub fn run(&self) {
        loop {
            let Some(task) = self.queue.lock().pop_front() else {
                return;
            };
            // SAFETY: it comes out of the queue.
            unsafe { task.run() };
        }
    }

    /// What `Sched::shutdown` does once the Ms have ended: nothing is run any more.
    pub fn shutdown(&self) {
        self.queue.lock().clear();
        for block in self.table.blocks() {
            // SAFETY: blocks stay as long as the table.
            if unsafe { block.as_ref() }.is_live_native() {
                // SAFETY: the model's Ms have ended, and it was alive just now.
                unsafe { Task::of(block).cancel() };
            }
        }
    }

    /// How many were started, have ended, and were given back.
    pub fn counts(&self) -> [u32; 3] {
        [&self.created, &self.ended, &self.freed].map(|count| count.load(SeqCst))
    }
}

impl Schedule for Tasks {
    fn create(&self, class: Class, parent: GoId) -> NonNull<G> {
        self.created.fetch_add(1, SeqCst);
        self.table.create(class, parent, Kind::Native, None)
    }

    unsafe fn free(&self, block: NonNull<G>) {
        self.freed.fetch_add(1, SeqCst);
        // SAFETY: the caller's duty.
        unsafe { self.table.free(block, None) };
    }

    fn schedule(&self, task: Task) {
        self.queue.lock().push_back(task);
    }

    fn schedule_last(&self, task: Task) {
        self.queue.lock().push_back(task);
    }

    fn ended(&self) {
        self.ended.fetch_add(1, SeqCst);
    }

    fn start_blocking(&self, _here: &Here) -> bool {
        false
    }

    fn stop_blocking(&self, _here: &Here) {}

    fn timers(&self) -> &Arc<Timers> {
        &self.timers
    }
}

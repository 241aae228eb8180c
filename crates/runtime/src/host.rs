//! The only way from the core to JavaScript: start an isolate, wake an isolate.
//!
//! Tests and benchmarks implement it with plain threads or with counters, so everything in this
//! crate runs without Node.

/// Names an isolate for as long as the process lives. Never reused.
pub type IsolateId = u32;

/// What the core asks of whoever embeds it.
pub trait Host: Send + Sync + 'static {
    /// Start one more worker isolate. Called from any thread, with no lock held. The isolate
    /// reports in with [`Sched::isolate_started`](crate::sched::Sched::isolate_started), or its
    /// failure with [`Sched::isolate_failed`](crate::sched::Sched::isolate_failed).
    fn start_isolate(&self);

    /// End this isolate, in which no goroutine lives, if nothing else lives there: it may ask to
    /// [`stay`](crate::sched::IsolateM::stay). Called from any thread, with no lock held.
    fn end_isolate(&self, id: IsolateId);

    /// Make the isolate's event loop call its pump. Called from any thread, with no lock held, and
    /// only after the isolate has parked. A call for an isolate that has ended is a no-op.
    fn wake_isolate(&self, id: IsolateId);
}

//! What timers and tickers are made of: something that fires once or again and again, can be stopped
//! and started anew, and sends the time on a channel or calls a function. After Go 1.23: once `stop`
//! or `start` has returned, no value of before is received.
//!
//! # Invariants
//!
//! - `pending` is changed with its lock held, so a firing timer and a `stop` happen one after the
//!   other. Each start has a number; what fires late, after a stop or another start, finds that its
//!   number is not the current one and does nothing.
//! - The channel has room for one: who is late gets the first time, and no more than that. It is
//!   emptied under the lock by whoever stops or starts.
//! - Of a scheduler of isolates, `held` says that this alarm counts as alive there: somebody waits for
//!   it, and it can fire. It changes under the lock, the scheduler's count with it; who watches the
//!   count is told after the lock was released.
//!
//! # Who keeps it
//!
//! Native timers are kept by the timer thread while they are pending: who has the channel need not
//! have the timer. JavaScript's channels keep their alarm themselves, so one that nobody refers to any
//! more can be collected long before it would fire; dropping it stops it.

use crate::chan::Hchan;
use crate::lock::{Lock, Rank};
use crate::sched::Sched;
use crate::timer::{Action, Fires, TimerKey, Timers, from_now};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// See the module's documentation. Any thread may call.
pub struct Alarm<T> {
    /// Outlives its scheduler with us, but is closed then.
    timers: Arc<Timers>,
    pending: Lock<Pending>,
    does: Does<T>,
    owner: Owner<T>,
}

/// What happens when it fires.
pub(crate) enum Does<T> {
    /// What `stamp` makes of now is sent here.
    Send {
        chan: Arc<Hchan<T>>,
        stamp: fn() -> T,
    },
    Call(Box<dyn Fn() + Send + Sync>),
}

/// Who keeps it, and whom it keeps.
enum Owner<T> {
    /// The timer thread, while it is pending.
    Timers,
    /// Whoever refers to it; it counts as alive in this scheduler while it is waited for.
    References(Arc<Sched<T>>),
}

#[derive(Default)]
struct Pending {
    /// Of the timer, while it is pending, and when that is due.
    key: Option<TimerKey>,
    due: Option<Instant>,
    /// How often it was started or stopped. Wraps: what fires late is not 2^32 starts late.
    start: u32,
    period: Option<Duration>,
    waiters: usize,
    held: bool,
}

/// Evidence that the scheduler's count came to or from 0.
#[must_use = "watchers must be told, with no lock held"]
struct Edge(bool);

impl<T: Send + 'static> Alarm<T> {
    pub(crate) fn native(timers: Arc<Timers>, does: Does<T>) -> Arc<Self> {
        Arc::new(Self {
            timers,
            pending: Lock::new(Rank::Sync, Pending::default()),
            does,
            owner: Owner::Timers,
        })
    }

    /// One that JavaScript refers to. Not started.
    ///
    /// While it can fire and somebody [waits](Self::add_waiter) for it, the process stays.
    pub fn collectable(sched: Arc<Sched<T>>, stamp: fn() -> T) -> Arc<Self> {
        Arc::new(Self {
            timers: sched.timers().clone(),
            pending: Lock::new(Rank::Sync, Pending::default()),
            does: Does::Send {
                chan: Arc::new(Hchan::new(1)),
                stamp,
            },
            owner: Owner::References(sched),
        })
    }

    /// Where the time arrives.
    ///
    /// # Panics
    ///
    /// If it calls a function instead.
    pub fn chan(&self) -> &Arc<Hchan<T>> {
        match &self.does {
            Does::Send { chan, .. } => chan,
            Does::Call(_) => panic!("this timer calls a function: it has no channel"),
        }
    }

    /// Starts it, or starts it anew. `true`: it was pending, or its value was not received.
    pub fn start(self: &Arc<Self>, first: Duration, period: Option<Duration>) -> bool {
        let mut pending = self.pending.lock();
        let was_pending = self.cancel(&mut pending);
        pending.period = period;
        self.schedule(&mut pending, from_now(first));
        let edge = self.hold_or_not(&mut pending);
        drop(pending);
        self.tell(edge);
        was_pending
    }

    /// Stops it. `true`: it was pending, or its value was not received, and never will be.
    pub fn stop(&self) -> bool {
        let mut pending = self.pending.lock();
        let was_pending = self.cancel(&mut pending);
        let edge = self.hold_or_not(&mut pending);
        drop(pending);
        self.tell(edge);
        was_pending
    }

    /// A goroutine of an isolate has parked on its channel.
    pub fn add_waiter(&self) {
        self.change_waiters(|waiters| waiters + 1);
    }

    /// And is parked there no more.
    pub fn drop_waiter(&self) {
        self.change_waiters(|waiters| waiters - 1);
    }

    fn change_waiters(&self, change: fn(usize) -> usize) {
        let mut pending = self.pending.lock();
        pending.waiters = change(pending.waiters);
        let edge = self.hold_or_not(&mut pending);
        drop(pending);
        self.tell(edge);
    }

    fn hold_or_not(&self, pending: &mut Pending) -> Edge {
        let hold = pending.waiters > 0 && pending.key.is_some();
        let Owner::References(sched) = &self.owner else {
            return Edge(false);
        };
        if hold == pending.held {
            return Edge(false);
        }
        pending.held = hold;
        Edge(sched.shift_live(if hold { 1 } else { -1 }))
    }

    fn tell(&self, edge: Edge) {
        if let (Edge(true), Owner::References(sched)) = (edge, &self.owner) {
            sched.tell_watchers();
        }
    }

    /// Whatever was started has no effect from now on.
    fn cancel(&self, pending: &mut Pending) -> bool {
        let fresh = pending.start == 0 && pending.due.is_none();
        pending.start = pending.start.wrapping_add(1);
        let key = pending.key.take();
        // It is pending as long as its key is here: if the timers have let go of it already, it will
        // find that this is not its start any more.
        let stopped = key.is_some();
        if let Some(key) = key {
            self.timers.stop(key);
        }
        // Not `try_recv`, which lingers for a value that may come: here none can. What it drops is a
        // time, not a user's value.
        let unread = !fresh
            && matches!(&self.does, Does::Send { chan, .. } if chan.lock().try_recv().is_ok());
        stopped || unread
    }

    fn schedule(self: &Arc<Self>, pending: &mut Pending, at: Instant) {
        let start = pending.start;
        let fires = match &self.owner {
            Owner::Timers => Action::Fire(self.clone(), start),
            Owner::References(_) => {
                let alarm: Weak<Self> = Arc::downgrade(self);
                Action::FireIfKept(alarm, start)
            }
        };
        pending.due = Some(at);
        pending.key = Some(self.timers.start(at, fires));
    }
}

impl<T: Send + 'static> Fires for Alarm<T> {
    fn fire(self: Arc<Self>, start: u32) {
        let mut pending = self.pending.lock();
        if pending.start != start {
            return;
        }
        pending.key = None;
        if let (Some(due), Some(period)) = (pending.due, pending.period) {
            self.schedule(&mut pending, next_tick(due, period));
        }
        match &self.does {
            Does::Send { chan, stamp } => {
                // Full: the one before was not received yet.
                let sent = chan.lock().try_send(stamp());
                let edge = self.hold_or_not(&mut pending);
                drop(pending);
                // First the mail, then the count: who sees 0 sees the mail.
                if let Ok(unpark) = sent {
                    unpark.fire();
                }
                self.tell(edge);
            }
            Does::Call(call) => {
                drop(pending);
                call();
            }
        }
    }
}

/// Ticks keep their rhythm; those that were missed are left out.
fn next_tick(due: Instant, period: Duration) -> Instant {
    let late = Instant::now().saturating_duration_since(due);
    let missed = late.as_nanos() / period.as_nanos();
    due + period * u32::try_from(missed + 1).unwrap_or(u32::MAX)
}

impl<T> Drop for Alarm<T> {
    fn drop(&mut self) {
        let key = self.pending.get_mut().key.take();
        if let Some(key) = key {
            self.timers.stop(key);
        }
    }
}

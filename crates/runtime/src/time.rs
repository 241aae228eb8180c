//! `sleep`, `after`, timers and tickers for native goroutines. After Go's `time` package, as of 1.23:
//! once `stop` or `reset` has returned, no value of before is received.
//!
//! All of it is made inside native goroutines: timers belong to a scheduler.

use crate::chan::Hchan;
use crate::lock::{Lock, Rank};
use crate::sched::here;
use crate::timer::{Action, TimerKey, Timers, from_now};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// The timers of the scheduler whose goroutine calls.
#[track_caller]
fn timers() -> Arc<Timers> {
    here::any(|here| {
        let here = here.expect("timers are for native goroutines: call this inside one");
        // SAFETY: an M's scheduler stays while the M runs.
        unsafe { here.sched().as_ref() }.timers().clone()
    })
}

/// Parks the goroutine for at least `duration`.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep {
        until: from_now(duration),
        timer: None,
    }
}

/// A sleep under way. Dropped, its timer is stopped.
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep {
    until: Instant,
    timer: Option<(Arc<Timers>, TimerKey, Waker)>,
}

impl Future for Sleep {
    type Output = ();

    /// # Panics
    ///
    /// Outside a native goroutine.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.until {
            return Poll::Ready(());
        }
        match &self.timer {
            Some((_, _, waker)) if waker.will_wake(context.waker()) => return Poll::Pending,
            _ => self.stop(), // another task polls it now
        }
        let (timers, waker) = (timers(), context.waker().clone());
        let key = timers.start(self.until, Action::Wake(waker.clone()));
        self.timer = Some((timers, key, waker));
        Poll::Pending
    }
}

impl Sleep {
    fn stop(&mut self) {
        if let Some((timers, key, _)) = self.timer.take() {
            timers.stop(key);
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A channel that gets the time once, after `duration`.
///
/// # Panics
///
/// Outside a native goroutine.
#[track_caller]
pub fn after(duration: Duration) -> Arc<Hchan<Instant>> {
    Timer::new(duration).chan().clone()
}

/// Something that happens once, later. Dropping it does not stop it.
pub struct Timer {
    inner: Arc<Inner>,
}

/// Something that happens again and again. Stops when it is dropped.
pub struct Ticker {
    inner: Arc<Inner>,
}

/// What timers and tickers share with what they have set going.
struct Inner {
    /// Outlives its scheduler with us, but is closed then.
    timers: Arc<Timers>,
    pending: Lock<Pending>,
    does: Does,
}

/// What happens when it fires.
enum Does {
    /// The time is sent here. Room for one: who is late gets the first time, and no more than that.
    Send(Arc<Hchan<Instant>>),
    Call(Box<dyn Fn() + Send + Sync>),
}

/// Changes with the lock held, so that a firing timer and a `stop` happen one after the other.
#[derive(Default)]
struct Pending {
    key: Option<TimerKey>,
    /// Which start this is. One that fires late, after a stop or a reset, does nothing.
    start: u64,
    period: Option<Duration>,
}

impl Timer {
    /// Sends the time on its channel after `duration`.
    ///
    /// # Panics
    ///
    /// Outside a native goroutine.
    #[track_caller]
    pub fn new(duration: Duration) -> Self {
        let inner = Inner::new(Does::Send(Arc::new(Hchan::new(1))));
        inner.start(duration, None);
        Self { inner }
    }

    /// Calls `f` after `duration`, on the timer thread: it must be short, or start a goroutine.
    ///
    /// # Panics
    ///
    /// Outside a native goroutine.
    #[track_caller]
    pub fn after_func(duration: Duration, f: impl Fn() + Send + Sync + 'static) -> Self {
        let inner = Inner::new(Does::Call(Box::new(f)));
        inner.start(duration, None);
        Self { inner }
    }

    /// Where the time arrives.
    ///
    /// # Panics
    ///
    /// If it calls a function instead.
    pub fn chan(&self) -> &Arc<Hchan<Instant>> {
        self.inner.chan()
    }

    /// Stops it. `true`: it had not fired, and will not.
    pub fn stop(&self) -> bool {
        self.inner.stop()
    }

    /// Starts it anew. `true`: it had not fired.
    pub fn reset(&self, duration: Duration) -> bool {
        self.inner.start(duration, None)
    }
}

impl Ticker {
    /// Sends the time on its channel every `period`; leaves out what nobody received in time.
    ///
    /// # Panics
    ///
    /// For a `period` of 0, and outside a native goroutine.
    #[track_caller]
    pub fn new(period: Duration) -> Self {
        let inner = Inner::new(Does::Send(Arc::new(Hchan::new(1))));
        inner.start(period, Some(checked(period)));
        Self { inner }
    }

    /// Where the times arrive. Stopping does not close it.
    pub fn chan(&self) -> &Arc<Hchan<Instant>> {
        self.inner.chan()
    }

    /// No more ticks.
    pub fn stop(&self) {
        self.inner.stop();
    }

    /// The next tick comes after `period`, and so on.
    ///
    /// # Panics
    ///
    /// For a `period` of 0.
    pub fn reset(&self, period: Duration) {
        self.inner.start(period, Some(checked(period)));
    }
}

fn checked(period: Duration) -> Duration {
    assert!(!period.is_zero(), "non-positive interval for Ticker");
    period
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.inner.stop();
    }
}

impl Inner {
    #[track_caller]
    fn new(does: Does) -> Arc<Self> {
        Arc::new(Self {
            timers: timers(),
            pending: Lock::new(Rank::Sync, Pending::default()),
            does,
        })
    }

    fn chan(&self) -> &Arc<Hchan<Instant>> {
        match &self.does {
            Does::Send(chan) => chan,
            Does::Call(_) => panic!("this timer calls a function: it has no channel"),
        }
    }

    /// Starts it, or starts it anew. `true`: it was pending.
    fn start(self: &Arc<Self>, first: Duration, period: Option<Duration>) -> bool {
        let mut pending = self.pending.lock();
        let was_pending = self.cancel(&mut pending);
        pending.period = period;
        self.schedule(&mut pending, from_now(first));
        was_pending
    }

    fn stop(&self) -> bool {
        self.cancel(&mut self.pending.lock())
    }

    /// Whatever was started has no effect from now on.
    fn cancel(&self, pending: &mut Pending) -> bool {
        pending.start += 1;
        let key = pending.key.take();
        // It is pending as long as its key is here: if the timers have let go of it already, it will
        // find that this is not its start any more.
        let stopped = key.is_some();
        if let Some(key) = key {
            self.timers.stop(key);
        }
        // Not `try_recv`, which lingers for a value that may come: here none can.
        let unread = matches!(&self.does, Does::Send(chan) if chan.lock().try_recv().is_ok());
        stopped || unread
    }

    fn schedule(self: &Arc<Self>, pending: &mut Pending, at: Instant) {
        let (inner, start) = (self.clone(), pending.start);
        pending.key = Some(
            self.timers
                .start(at, Box::new(move || inner.fire(start, at))),
        );
    }

    fn fire(self: &Arc<Self>, start: u64, due: Instant) {
        let mut pending = self.pending.lock();
        if pending.start != start {
            return;
        }
        pending.key = None;
        if let Some(period) = pending.period {
            // Ticks keep their rhythm; those that were missed are left out.
            let now = Instant::now();
            let missed = now.saturating_duration_since(due).as_nanos() / period.as_nanos();
            let next = due + period * u32::try_from(missed + 1).unwrap_or(u32::MAX);
            self.schedule(&mut pending, next);
        }
        match &self.does {
            Does::Send(chan) => {
                // Full: the one before was not received yet.
                let sent = chan.lock().try_send(Instant::now());
                drop(pending);
                if let Ok(unpark) = sent {
                    unpark.fire();
                }
            }
            Does::Call(call) => {
                drop(pending);
                call();
            }
        }
    }
}

//! `sleep`, `after`, timers and tickers for native goroutines. After Go's `time` package, as of 1.23:
//! once `stop` or `reset` has returned, no value of before is received.
//!
//! All of it is made inside native goroutines: timers belong to a scheduler.

use crate::alarm::{Alarm, Does};
use crate::chan::Hchan;
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
    timer: Option<(Arc<Timers>, TimerKey, Sleeper)>,
}

/// Which task's waker the timer has: the address of its data and of its functions. The timer keeps
/// the waker, so while it is pending no other task is at that address.
#[derive(PartialEq, Eq)]
struct Sleeper(usize, usize);

impl Sleeper {
    fn of(waker: &Waker) -> Self {
        Self(
            waker.data().addr(),
            std::ptr::from_ref(waker.vtable()).addr(),
        )
    }
}

impl Future for Sleep {
    type Output = ();

    /// # Panics
    ///
    /// Outside a native goroutine.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.until {
            // The timer has fired, which is what woke us, or is about to: then it wakes this task once
            // more, for nothing. Stopping it costs each sleep a lock, and would seldom spare that.
            self.timer = None;
            return Poll::Ready(());
        }
        let sleeper = Sleeper::of(context.waker());
        match &self.timer {
            Some((_, _, known)) if *known == sleeper => return Poll::Pending,
            _ => self.stop(), // another task polls it now
        }
        let timers = timers();
        let key = timers.start(self.until, Action::Wake(context.waker().clone()));
        self.timer = Some((timers, key, sleeper));
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
    inner: Arc<Alarm<Instant>>,
}

/// Something that happens again and again. Stops when it is dropped.
pub struct Ticker {
    inner: Arc<Alarm<Instant>>,
}

impl Timer {
    /// Sends the time on its channel after `duration`.
    ///
    /// # Panics
    ///
    /// Outside a native goroutine.
    #[track_caller]
    pub fn new(duration: Duration) -> Self {
        let inner = sends_the_time();
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
        let inner = Alarm::native(timers(), Does::Call(Box::new(f)));
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
        let inner = sends_the_time();
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

#[track_caller]
fn sends_the_time() -> Arc<Alarm<Instant>> {
    let chan = Arc::new(Hchan::new(1));
    let stamp = Instant::now;
    Alarm::native(timers(), Does::Send { chan, stamp })
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

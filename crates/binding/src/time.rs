//! `sleep`, timers and tickers.

use crate::chan::status;
use crate::handle::Handle;
use crate::isolate::{Isolate, PROCESS};
use crate::page;
use crate::raw::call;
use crate::value::Value;
use gosched_runtime::alarm::Alarm;
use gosched_runtime::g::Reason;
use gosched_runtime::mailbox::Event;
use smallvec::SmallVec;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn deadline(isolate: &Isolate) -> Instant {
    Instant::now() + duration(isolate.page.double(page::NUMBER2))
}

call!(Sleep = sleep);
/// In: `NUMBER2` milliseconds, `TICKET`.
fn sleep(isolate: &mut Isolate) {
    let ticket = isolate.page.word(page::TICKET) as u32;
    let mailbox = isolate.mailbox();
    let timer = PROCESS.sched.start_timer(
        deadline(isolate),
        Box::new(move || {
            if let Ok(true) = mailbox.push(Event::Ready { ticket }) {
                mailbox.wake_host();
            }
        }),
    );
    isolate.sleeps.insert(ticket, timer);
    isolate.parks(Reason::Sleep, 0, 0);
}

/// Milliseconds since 1970: what timers send.
fn now() -> Value {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Value::number((since.as_secs_f64() * 1000.0).floor())
}

/// A duration in milliseconds from the page. TypeScript has checked that it is no NaN. 30 years stand
/// for ever.
fn duration(ms: f64) -> Duration {
    Duration::from_secs_f64(ms.clamp(0.0, 1e12) / 1000.0)
}

/// Of a ticker. The timer thread would do nothing else for a shorter one.
const SHORTEST_PERIOD: Duration = Duration::from_micros(1);

call!(MakeTimer = make_timer);
/// In: `NUMBER2` milliseconds, `KIND` 1 for a ticker. Out: `HANDLE` of the timer.
fn make_timer(isolate: &mut Isolate) {
    let alarm = Alarm::collectable(PROCESS.sched.clone(), now);
    let first = duration(isolate.page.double(page::NUMBER2));
    let index = if isolate.page.word(page::KIND) == 1 {
        alarm.start(first, Some(first.max(SHORTEST_PERIOD)));
        isolate.handles.intern(Handle::Ticker(alarm))
    } else {
        alarm.start(first, None);
        isolate.handles.intern(Handle::Timer(alarm))
    };
    isolate.page.set_word(page::HANDLE, index as i32);
}

call!(After = after);
/// In: `NUMBER2` milliseconds. Out: `HANDLE` of a channel that gets the time once.
fn after(isolate: &mut Isolate) {
    let alarm = Alarm::collectable(PROCESS.sched.clone(), now);
    alarm.start(duration(isolate.page.double(page::NUMBER2)), None);
    let index = isolate.handles.intern(Handle::TimerChan(alarm));
    isolate.page.set_word(page::HANDLE, index as i32);
}

call!(TimerChan = timer_chan);
/// In: `HANDLE` of a timer or ticker. Out: `HANDLE` of its channel.
fn timer_chan(isolate: &mut Isolate) {
    let Some((alarm, _)) = timer(isolate) else {
        return;
    };
    let index = isolate.handles.intern(Handle::TimerChan(alarm));
    isolate.page.set_word(page::HANDLE, index as i32);
    isolate.done(status::DONE);
}

call!(StopTimer = stop_timer);
/// In: `HANDLE`. Out: `STATUS`; `COUNT` 1 if it was pending.
fn stop_timer(isolate: &mut Isolate) {
    let Some((alarm, _)) = timer(isolate) else {
        return;
    };
    let was_pending = alarm.stop();
    isolate.page.set_word(page::COUNT, i32::from(was_pending));
    isolate.done(status::DONE);
}

call!(ResetTimer = reset_timer);
/// In: `HANDLE`, `NUMBER2` milliseconds. Out: as `stop_timer`.
fn reset_timer(isolate: &mut Isolate) {
    let Some((alarm, ticks)) = timer(isolate) else {
        return;
    };
    let first = duration(isolate.page.double(page::NUMBER2));
    let was_pending = alarm.start(first, ticks.then(|| first.max(SHORTEST_PERIOD)));
    isolate.page.set_word(page::COUNT, i32::from(was_pending));
    isolate.done(status::DONE);
}

/// The timer in the registers, and whether it is a ticker.
fn timer(isolate: &mut Isolate) -> Option<(Arc<Alarm<Value>>, bool)> {
    let index = isolate.page.word(page::HANDLE) as u32;
    match isolate.handles.get(index) {
        Some(Handle::Timer(alarm)) => Some((alarm.clone(), false)),
        Some(Handle::Ticker(alarm)) => Some((alarm.clone(), true)),
        _ => {
            isolate.done(status::BAD_HANDLE);
            None
        }
    }
}

impl Isolate {
    /// The goroutine of `ticket` has parked on the channels of these handles: those that are fed by
    /// timers keep the process while they can fire.
    pub fn waits_for(&mut self, ticket: u32, channels: impl Iterator<Item = u32>) {
        let handles = &self.handles;
        let alarms: SmallVec<[_; 2]> = channels.filter_map(|at| handles.alarm(at)).collect();
        if alarms.is_empty() {
            return;
        }
        alarms.iter().for_each(|alarm| alarm.add_waiter());
        self.timer_waits.insert(ticket, alarms);
    }

    /// It has been resumed.
    pub fn waits_no_more(&mut self, ticket: u32) {
        if !self.timer_waits.is_empty()
            && let Some(alarms) = self.timer_waits.remove(&ticket)
        {
            alarms.iter().for_each(|alarm| alarm.drop_waiter());
        }
    }
}

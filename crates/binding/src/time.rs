//! `sleep` and `after`.

use crate::handle::Handle;
use crate::isolate::{Isolate, PROCESS};
use crate::page;
use crate::raw::call;
use crate::value::Value;
use gosched_runtime::chan::Hchan;
use gosched_runtime::mailbox::Event;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn deadline(isolate: &Isolate) -> Instant {
    // TypeScript has checked that it is a number and not NaN. 30 years stand for ever.
    let ms = isolate.page.double(page::NUMBER2).clamp(0.0, 1e12);
    Instant::now() + Duration::from_secs_f64(ms / 1000.0)
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
}

call!(After = after);
/// In: `NUMBER2` milliseconds. Out: `HANDLE` of a channel that gets the time once, in milliseconds
/// since 1970.
fn after(isolate: &mut Isolate) {
    let chan = Arc::new(Hchan::new(1));
    let ours = chan.clone();
    PROCESS.sched.start_idle_timer(
        deadline(isolate),
        Box::new(move || {
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            let ms = (now.as_secs_f64() * 1000.0).floor();
            // There is room: this is the only send it ever sees, unless somebody closed it.
            let _ = ours.try_send(Value::Number(ms));
        }),
    );
    let index = isolate.handles.intern(Handle::Chan(chan));
    isolate.page.set_word(page::HANDLE, index as i32);
}

//! tokio has no timer that calls a function. What is nearest is a `Sleep`, which is registered when
//! it is first polled and removed when it is dropped.

use crate::round::{Case, Outcome, Round};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Sleep, sleep};

pub fn case(name: &str) -> Option<Case> {
    Some(match name {
        "timers-stop" => |round| Box::pin(stop(round)),
        _ => return None,
    })
}

/// Creates `size` timers that are far from due, then stops them; `n / size` times.
async fn stop(round: Round) -> Outcome {
    let mut timers: Vec<Pin<Box<Sleep>>> = Vec::with_capacity(round.size);
    let mut stopped = 0;
    for _ in 0..round.n / round.size as u64 {
        for i in 0..round.size as u64 {
            let mut timer = Box::pin(sleep(Duration::from_millis(3_600_000 + i % 1000)));
            let pending = poll_fn(|cx| Poll::Ready(timer.as_mut().poll(cx).is_pending())).await;
            stopped += u64::from(pending);
            timers.push(timer);
        }
        timers.clear();
    }
    stopped.into()
}

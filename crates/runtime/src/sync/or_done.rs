//! A wait that ends early when a context does.

use crate::context::{Context, End};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// Waits for `wait`, or for the end of `context`, which wins if both have come: the wait is dropped
/// then, and passes on what it was given. So a lock that is granted at the moment of the end is not
/// lost, and a context that has ended grants nothing, even what is free.
///
/// Both waits leave their queues when this is dropped: a context that lives long does not collect
/// waiters that are gone.
pub async fn or_done<V, F: Future>(context: &Context<V>, wait: F) -> Result<F::Output, End<V>> {
    let mut done = pin!(context.done().recv());
    let mut wait = pin!(wait);
    let ended = poll_fn(|cx| {
        // Closed is all that this channel ever is.
        if done.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        wait.as_mut().poll(cx).map(Some)
    })
    .await;
    match (ended, context.ended()) {
        (Some(output), _) => Ok(output),
        (None, Some(end)) => Err(end),
        (None, None) => unreachable!("`done` is closed after the end is recorded"),
    }
}

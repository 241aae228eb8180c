//! What an asynchronous runtime and its channels must offer for the cases to run on them. The cases
//! are written once, over these traits: then they cannot differ. Each call is inlined into the case.

use std::future::Future;
use std::ops::DerefMut;
use std::time::Duration;

/// A runtime that starts goroutines, called from one of them.
pub trait Tasks: 'static {
    /// Starts a goroutine now. What it gives is for joining it; dropped, the goroutine goes on.
    fn go<F>(future: F) -> impl Future<Output = F::Output> + Send + 'static
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static;

    /// Lets the others run.
    fn yield_now() -> impl Future<Output = ()> + Send;

    fn sleep(duration: Duration) -> impl Future<Output = ()> + Send;
}

/// A bounded channel of numbers.
pub trait Channel: 'static {
    type Tx: Clone + Send + Sync + 'static;
    type Rx: Send + 'static;

    fn new(capacity: usize) -> (Self::Tx, Self::Rx);

    fn send(tx: &Self::Tx, value: u64) -> impl Future<Output = ()> + Send;

    /// `None`: closed and drained.
    fn recv(rx: &mut Self::Rx) -> impl Future<Output = Option<u64>> + Send;

    /// Nobody will send any more: this is the last of the senders.
    fn close(tx: Self::Tx);
}

/// A channel that several may receive from.
pub trait SharedChannel: Channel {
    fn share(rx: &Self::Rx) -> Self::Rx;
}

/// A counter behind the runtime's mutex.
pub trait Counter: Send + Sync + 'static {
    fn new() -> Self;

    /// Waits for the mutex; unlocked when what it gives is dropped.
    fn lock(&self) -> impl Future<Output: DerefMut<Target = u64> + Send> + Send;
}

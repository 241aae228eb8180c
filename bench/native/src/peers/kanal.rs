//! kanal: one channel with a blocking and an asynchronous face.

use super::Ask;
use crate::round::Measured;
use crate::tasks::{Channel, SharedChannel};
use crate::threads::{self, BlockingChannel};
use kanal::{AsyncReceiver, AsyncSender, Receiver, Sender, bounded, bounded_async};

pub fn run_threads(ask: Ask<'_>) -> Option<Measured> {
    threads::run::<Blocking>(ask)
}

pub struct Async;

impl Channel for Async {
    type Tx = AsyncSender<u64>;
    type Rx = AsyncReceiver<u64>;

    fn new(capacity: usize) -> (Self::Tx, Self::Rx) {
        bounded_async(capacity)
    }

    async fn send(tx: &Self::Tx, value: u64) {
        tx.send(value).await.expect("the receiver lives");
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv().await.ok()
    }

    fn close(tx: Self::Tx) {
        drop(tx);
    }
}

impl SharedChannel for Async {
    fn share(rx: &Self::Rx) -> Self::Rx {
        rx.clone()
    }
}

struct Blocking;

impl BlockingChannel for Blocking {
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn new(capacity: usize) -> (Self::Tx, Self::Rx) {
        bounded(capacity)
    }

    fn send(tx: &Self::Tx, value: u64) {
        tx.send(value).expect("the receiver lives");
    }

    fn recv(rx: &Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }
}

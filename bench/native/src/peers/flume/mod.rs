//! flume: one channel with a blocking and an asynchronous face, and a selector that blocks.

mod select;

use super::Ask;
use crate::round::{Measured, measure_blocking};
use crate::tasks::{Channel, SharedChannel};
use crate::threads::{self, BlockingChannel};
use flume::{Receiver, Sender, bounded};

pub fn run_threads(ask: Ask<'_>) -> Option<Measured> {
    if let Some(case) = select::case(ask.case) {
        return Some(measure_blocking(case, ask.round, ask.warm_up));
    }
    threads::run::<Blocking>(ask)
}

pub struct Async;

impl Channel for Async {
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn new(capacity: usize) -> (Self::Tx, Self::Rx) {
        bounded(capacity)
    }

    async fn send(tx: &Self::Tx, value: u64) {
        tx.send_async(value).await.expect("the receiver lives");
    }

    async fn recv(rx: &mut Self::Rx) -> Option<u64> {
        rx.recv_async().await.ok()
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

//! crossbeam-channel: threads, and the one other true `select!`.

use super::Ask;
use crate::round::{Measured, Outcome, Round, measure_blocking};
use crate::threads::{self, BlockingChannel};
use crossbeam_channel::{Receiver, Sender, bounded, select};
use std::thread;

pub fn run(ask: Ask<'_>) -> Option<Measured> {
    let case: fn(Round) -> Outcome = match ask.case {
        "select-2" => select_2,
        "select-8" => select_8,
        "select-default" => select_default,
        "select-ready" => select_ready,
        _ => return threads::run::<Blocking>(ask),
    };
    Some(measure_blocking(case, ask.round, ask.warm_up))
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

/// Receives from two channels of capacity `size`, with a producer for each.
fn select_2(round: Round) -> Outcome {
    let (tx_a, a) = bounded(round.size);
    let (tx_b, b) = bounded(round.size);
    let producers = [tx_a, tx_b].map(|tx| {
        thread::spawn(move || {
            for i in 0..round.n / 2 {
                tx.send(i).expect("the receiver lives");
            }
            tx // open until all were received
        })
    });
    let mut sum: u64 = 0;
    for _ in 0..round.n {
        sum += select! {
            recv(a) -> v => v,
            recv(b) -> v => v,
        }
        .expect("there is more to come");
    }
    drop(producers);
    sum.into()
}

/// Receives from eight channels of capacity `size`; one producer serves them in turn.
fn select_8(round: Round) -> Outcome {
    let (txs, rxs): (Vec<_>, Vec<_>) = (0..8).map(|_| bounded(round.size)).unzip();
    let producer = thread::spawn(move || {
        for (i, tx) in (0..round.n).zip(txs.iter().cycle()) {
            tx.send(i).expect("the receiver lives");
        }
        txs // open until all were received
    });
    let mut sum: u64 = 0;
    for _ in 0..round.n {
        sum += select! {
            recv(rxs[0]) -> v => v,
            recv(rxs[1]) -> v => v,
            recv(rxs[2]) -> v => v,
            recv(rxs[3]) -> v => v,
            recv(rxs[4]) -> v => v,
            recv(rxs[5]) -> v => v,
            recv(rxs[6]) -> v => v,
            recv(rxs[7]) -> v => v,
        }
        .expect("there is more to come");
    }
    drop(producer);
    sum.into()
}

/// Looks `n` times at two channels that have nothing.
fn select_default(round: Round) -> Outcome {
    let (_tx_a, a) = bounded::<u64>(1);
    let (_tx_b, b) = bounded::<u64>(1);
    let mut defaults = 0;
    for _ in 0..round.n {
        select! {
            recv(a) -> _ => {}
            recv(b) -> _ => {}
            default => defaults += 1,
        }
    }
    defaults.into()
}

/// Puts a number into one of two channels and selects without blocking; `n` times.
fn select_ready(round: Round) -> Outcome {
    let (tx_a, a) = bounded(1);
    let (tx_b, b) = bounded(1);
    let mut sum: u64 = 0;
    for i in 0..round.n {
        let tx = if i % 2 == 0 { &tx_a } else { &tx_b };
        tx.send(i).expect("the receiver lives");
        select! {
            recv(a) -> v => sum += v.expect("the sender lives"),
            recv(b) -> v => sum += v.expect("the sender lives"),
            default => {}
        }
    }
    sum.into()
}

use crate::round::{Outcome, Round};
use flume::{Selector, bounded};
use std::thread;

pub fn case(name: &str) -> Option<fn(Round) -> Outcome> {
    Some(match name {
        "select-2" => select_2,
        "select-8" => select_8,
        _ => return None,
    })
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
    let mut sum = 0;
    for _ in 0..round.n {
        let selector = Selector::new()
            .recv(&a, |v: Result<u64, _>| v)
            .recv(&b, |v| v);
        sum += selector.wait().expect("there is more to come");
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
    let mut sum = 0;
    for _ in 0..round.n {
        let selector = rxs.iter().fold(Selector::new(), |selector, rx| {
            selector.recv(rx, |v: Result<u64, _>| v)
        });
        sum += selector.wait().expect("there is more to come");
    }
    drop(producer);
    sum.into()
}

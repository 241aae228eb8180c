//! `tokio::select!` polls one channel after the other: unlike Go's, it looks at no instant at all of
//! them. It has no form without blocking, and no channel without a buffer.

use crate::round::{Case, Outcome, Round};
use tokio::sync::mpsc::channel;

pub fn case(name: &str) -> Option<Case> {
    Some(match name {
        "select-2" => |round| Box::pin(select_2(round)),
        "select-8" => |round| Box::pin(select_8(round)),
        _ => return None,
    })
}

/// Receives from two channels of capacity `size`, with a producer for each.
async fn select_2(round: Round) -> Outcome {
    let (tx_a, mut a) = channel(round.size);
    let (tx_b, mut b) = channel(round.size);
    for tx in [tx_a, tx_b] {
        tokio::spawn(async move {
            for i in 0..round.n / 2 {
                tx.send(i).await.expect("the receiver lives");
            }
        });
    }
    let mut sum = 0;
    for _ in 0..round.n {
        sum += tokio::select! {
            Some(v) = a.recv() => v,
            Some(v) = b.recv() => v,
            else => unreachable!("there is more to come"),
        };
    }
    sum.into()
}

/// Receives from eight channels of capacity `size`; one producer serves them in turn.
async fn select_8(round: Round) -> Outcome {
    let (txs, rxs): (Vec<_>, Vec<_>) = (0..8).map(|_| channel(round.size)).unzip();
    let producer = tokio::spawn(async move {
        for (i, tx) in (0..round.n).zip(txs.iter().cycle()) {
            tx.send(i).await.expect("the receiver lives");
        }
        txs // open until all were received
    });
    let Ok(
        [
            mut c0,
            mut c1,
            mut c2,
            mut c3,
            mut c4,
            mut c5,
            mut c6,
            mut c7,
        ],
    ) = <[_; 8]>::try_from(rxs)
    else {
        unreachable!("there are eight")
    };
    let mut sum = 0;
    for _ in 0..round.n {
        sum += tokio::select! {
            Some(v) = c0.recv() => v,
            Some(v) = c1.recv() => v,
            Some(v) = c2.recv() => v,
            Some(v) = c3.recv() => v,
            Some(v) = c4.recv() => v,
            Some(v) = c5.recv() => v,
            Some(v) = c6.recv() => v,
            Some(v) = c7.recv() => v,
            else => unreachable!("there is more to come"),
        };
    }
    drop(producer);
    sum.into()
}

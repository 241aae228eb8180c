//! The channel programs for libraries whose channels block threads: a thread for each goroutine.

use crate::peers::Ask;
use crate::round::{Measured, Outcome, Round, measure_blocking};
use std::thread;

/// A bounded channel of numbers whose operations block.
pub trait BlockingChannel {
    type Tx: Clone + Send + 'static;
    type Rx: Clone + Send + 'static;

    fn new(capacity: usize) -> (Self::Tx, Self::Rx);

    fn send(tx: &Self::Tx, value: u64);

    /// `None`: all senders are gone, and what they sent has been received.
    fn recv(rx: &Self::Rx) -> Option<u64>;
}

/// Measures the channel case of this name; `None`: there is none.
pub fn run<C: BlockingChannel>(ask: Ask<'_>) -> Option<Measured> {
    let case: fn(Round) -> Outcome = match ask.case {
        "ping-pong" => ping_pong::<C>,
        "spsc" => |round| stream::<C>(round, 1, 1),
        "mpsc" => |round| stream::<C>(round, 4, 1),
        "mpmc" => |round| stream::<C>(round, 4, 4),
        "pair" => pair::<C>,
        _ => return None,
    };
    Some(measure_blocking(case, ask.round, ask.warm_up))
}

fn ping_pong<C: BlockingChannel>(round: Round) -> Outcome {
    let (there, from_there) = C::new(round.size);
    let (back, from_back) = C::new(round.size);
    let echo = thread::spawn(move || {
        while let Some(v) = C::recv(&from_there) {
            C::send(&back, v);
        }
    });
    let mut sum = 0;
    for i in 0..round.n {
        C::send(&there, i);
        sum += C::recv(&from_back).expect("the echo answers");
    }
    drop(there);
    echo.join().expect("the echo ends");
    sum.into()
}

/// Sends `n` numbers through one channel of capacity `size`.
fn stream<C: BlockingChannel>(round: Round, producers: u64, consumers: u64) -> Outcome {
    let (tx, rx) = C::new(round.size);
    let sums: Vec<_> = (0..consumers)
        .map(|_| {
            let rx = rx.clone();
            thread::spawn(move || std::iter::from_fn(|| C::recv(&rx)).sum::<u64>())
        })
        .collect();
    let share = round.n / producers;
    for p in 0..producers {
        let tx = tx.clone();
        thread::spawn(move || (p * share..(p + 1) * share).for_each(|i| C::send(&tx, i)));
    }
    drop(tx);
    let sums = sums
        .into_iter()
        .map(|sum| sum.join().expect("a consumer ends"));
    sums.sum::<u64>().into()
}

fn pair<C: BlockingChannel>(round: Round) -> Outcome {
    let (tx, rx) = C::new(round.size);
    let mut sum = 0;
    for i in 0..round.n {
        C::send(&tx, i);
        sum += C::recv(&rx).expect("it was just sent");
    }
    sum.into()
}

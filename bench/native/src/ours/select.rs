use crate::round::{Case as BenchCase, Outcome, Round};
use gosched_runtime::chan::Hchan;
use gosched_runtime::go;
use gosched_runtime::select::{Case, Selected, select, try_select};
use std::sync::Arc;

pub fn case(name: &str) -> Option<BenchCase> {
    Some(match name {
        "select-2" => |round| Box::pin(select_2(round)),
        "select-8" => |round| Box::pin(select_8(round)),
        "select-default" => |round| Box::pin(async move { select_default(round) }),
        "select-ready" => |round| Box::pin(select_ready(round)),
        _ => return None,
    })
}

/// Receives from two channels of capacity `size`, with a producer for each.
async fn select_2(round: Round) -> Outcome {
    let channels = [0; 2].map(|_| Arc::new(Hchan::new(round.size)));
    for channel in channels.clone() {
        drop(go(async move {
            for i in 0..round.n / 2 {
                channel.send(i).await.expect("nobody closes it");
            }
        }));
    }
    receive(round.n, &channels).await
}

/// Receives from eight channels of capacity `size`; one producer serves them in turn.
async fn select_8(round: Round) -> Outcome {
    let channels = [0; 8].map(|_| Arc::new(Hchan::new(round.size)));
    let to = channels.clone();
    drop(go(async move {
        for (i, channel) in (0..round.n).zip(to.iter().cycle()) {
            channel.send(i).await.expect("nobody closes it");
        }
    }));
    receive(round.n, &channels).await
}

async fn receive<const N: usize>(n: u64, channels: &[Arc<Hchan<u64>>; N]) -> Outcome {
    let mut sum = 0;
    for _ in 0..n {
        // Made anew each time, as a `select` statement is.
        let mut cases = channels.each_ref().map(|channel| Case::Recv(&**channel));
        let Selected::Received(_, Some(v)) = select(&mut cases).await else {
            unreachable!("nobody closes them");
        };
        sum += v;
    }
    sum.into()
}

/// Looks `n` times at two channels that have nothing.
fn select_default(round: Round) -> Outcome {
    let (a, b) = (Hchan::<u64>::new(1), Hchan::new(1));
    let mut defaults = 0;
    for _ in 0..round.n {
        let mut cases = [Case::Recv(&a), Case::Recv(&b)];
        defaults += u64::from(matches!(try_select(&mut cases), Selected::NotReady));
    }
    defaults.into()
}

/// Puts a number into one of two channels and selects without blocking; `n` times.
async fn select_ready(round: Round) -> Outcome {
    let (a, b) = (Hchan::new(1), Hchan::new(1));
    let mut sum = 0;
    for i in 0..round.n {
        let channel = if i % 2 == 0 { &a } else { &b };
        channel.send(i).await.expect("nobody closes it");
        let mut cases = [Case::Recv(&a), Case::Recv(&b)];
        if let Selected::Received(_, Some(v)) = try_select(&mut cases) {
            sum += v;
        }
    }
    sum.into()
}

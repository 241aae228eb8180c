use crate::round::{Outcome, Round};
use crate::tasks::{Channel, SharedChannel, Tasks};

/// Sends `n` numbers there and back over two channels of capacity `size`.
pub async fn ping_pong<T: Tasks, C: Channel>(round: Round) -> Outcome {
    let (there, mut from_there) = C::new(round.size);
    let (back, mut from_back) = C::new(round.size);
    let echo = T::go(async move {
        while let Some(v) = C::recv(&mut from_there).await {
            C::send(&back, v).await;
        }
    });
    let mut sum = 0;
    for i in 0..round.n {
        C::send(&there, i).await;
        sum += C::recv(&mut from_back).await.expect("the echo answers");
    }
    C::close(there);
    echo.await;
    sum.into()
}

/// Sends `n` numbers through one channel of capacity `size`, to one receiver.
pub async fn single_consumer<T: Tasks, C: Channel>(round: Round, producers: u64) -> Outcome {
    let (tx, rx) = C::new(round.size);
    let sum = T::go(consume::<C>(rx));
    produce::<T, C>(tx, round.n, producers).await;
    sum.await.into()
}

/// As `single_consumer`, to several.
pub async fn shared_consumers<T: Tasks, C: SharedChannel>(
    round: Round,
    producers: u64,
    consumers: u64,
) -> Outcome {
    let (tx, rx) = C::new(round.size);
    let sums: Vec<_> = (0..consumers)
        .map(|_| T::go(consume::<C>(C::share(&rx))))
        .collect();
    produce::<T, C>(tx, round.n, producers).await;
    let mut sum = 0;
    for goroutine in sums {
        sum += goroutine.await;
    }
    sum.into()
}

/// Has the producers send the numbers below `n`, an equal range each, waits for them and closes.
async fn produce<T: Tasks, C: Channel>(tx: C::Tx, n: u64, producers: u64) {
    let share = n / producers;
    let producers: Vec<_> = (0..producers)
        .map(|p| {
            let tx = tx.clone();
            T::go(async move {
                for i in p * share..(p + 1) * share {
                    C::send(&tx, i).await;
                }
            })
        })
        .collect();
    for producer in producers {
        producer.await;
    }
    C::close(tx);
}

async fn consume<C: Channel>(mut rx: C::Rx) -> u64 {
    let mut sum = 0;
    while let Some(v) = C::recv(&mut rx).await {
        sum += v;
    }
    sum
}

/// Sends and receives in one goroutine: the channel without anybody to wait for.
pub async fn pair<C: Channel>(round: Round) -> Outcome {
    let (tx, mut rx) = C::new(round.size);
    let mut sum = 0;
    for i in 0..round.n {
        C::send(&tx, i).await;
        sum += C::recv(&mut rx).await.expect("it was just sent");
    }
    sum.into()
}

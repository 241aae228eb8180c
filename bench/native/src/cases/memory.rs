use crate::round::{Outcome, Round};
use crate::tasks::{Channel, Tasks};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Parks `n` goroutines in a send on one channel of capacity `size`, and measures by how many bytes
/// the process has grown.
pub async fn parked<T: Tasks, C: Channel>(round: Round) -> Outcome {
    let (tx, mut rx) = C::new(round.size);
    let started = Arc::new(AtomicU64::new(0));
    let before = resident_bytes();
    for i in 0..round.n {
        let tx = tx.clone();
        let started = started.clone();
        drop(T::go(async move {
            started.fetch_add(1, Relaxed);
            C::send(&tx, i).await;
        }));
    }
    // The last few may not have parked yet; of a million that is nothing.
    while started.load(Relaxed) < round.n {
        T::yield_now().await;
    }
    let total = resident_bytes() - before;
    let mut checksum = 0;
    for _ in 0..round.n {
        checksum += C::recv(&mut rx).await.expect("each sends its number");
    }
    Outcome {
        checksum,
        total: Some(total),
    }
}

/// `VmRSS`, which Linux alone has.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|kib| kib.parse::<u64>().ok());
    kib.expect("VmRSS is a number of KiB") * 1024
}

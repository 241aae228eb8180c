use crate::round::{Outcome, Round};
use crate::tasks::Tasks;
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;

/// How many numbers are sorted without starting another goroutine.
const LEAF_LENGTH: usize = 64;

/// Sorts `size` numbers, half of each part in a goroutine of its own; `n / size` times.
pub async fn merge_sort<T: Tasks>(round: Round) -> Outcome {
    let numbers = Arc::new(pseudo_random(round.size));
    let mut sum = 0_u64;
    for _ in 0..round.n / round.size as u64 {
        let sorted = sorted::<T>(numbers.clone(), 0..round.size).await;
        for (i, v) in (1..).zip(sorted) {
            sum = sum.wrapping_add(u64::from(v).wrapping_mul(i));
        }
    }
    sum.into()
}

/// Knuth's linear congruential generator: all sides sort the same numbers.
fn pseudo_random(length: usize) -> Vec<u32> {
    let mut state = 1_u64;
    let next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[expect(
    clippy::manual_async_fn,
    reason = "it starts itself, so whether it is `Send` must be said: it cannot be inferred"
)]
fn sorted<T: Tasks>(
    numbers: Arc<Vec<u32>>,
    part: Range<usize>,
) -> impl Future<Output = Vec<u32>> + Send {
    async move {
        if part.len() <= LEAF_LENGTH {
            return sorted_leaf(&numbers[part]);
        }
        let middle = part.start + part.len() / 2;
        let left = T::go(sorted::<T>(numbers.clone(), part.start..middle));
        // In Go this is a plain call. Here a future that holds itself needs a box.
        let right = Box::pin(sorted::<T>(numbers, middle..part.end)).await;
        merged(&left.await, &right)
    }
}

/// Sorts by insertion. By hand, as in Go: the libraries' sorts are not what is compared.
fn sorted_leaf(numbers: &[u32]) -> Vec<u32> {
    let mut leaf = numbers.to_vec();
    for i in 1..leaf.len() {
        let v = leaf[i];
        let mut at = i;
        while at > 0 && leaf[at - 1] > v {
            leaf[at] = leaf[at - 1];
            at -= 1;
        }
        leaf[at] = v;
    }
    leaf
}

fn merged(left: &[u32], right: &[u32]) -> Vec<u32> {
    let mut all = Vec::with_capacity(left.len() + right.len());
    let (mut l, mut r) = (0, 0);
    while l < left.len() && r < right.len() {
        if left[l] <= right[r] {
            all.push(left[l]);
            l += 1;
        } else {
            all.push(right[r]);
            r += 1;
        }
    }
    all.extend_from_slice(&left[l..]);
    all.extend_from_slice(&right[r..]);
    all
}

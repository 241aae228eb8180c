//! Goroutines started by threads that are no Ms: the global queue, with several at its lock. Go has
//! no such threads, so this has no twin there.

use crate::round::{Outcome, Round};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;

/// `size` threads start `n` goroutines together; over when the last goroutine has run.
pub fn spawned_outside<S>(round: Round, spawn: S) -> Outcome
where
    S: Fn(CountOne) + Sync,
{
    let (done, is_done) = mpsc::channel();
    let counted = Arc::new(Counted {
        ran: AtomicU64::new(0),
        of: round.n,
        done,
    });
    thread::scope(|scope| {
        for _ in 0..round.size {
            scope.spawn(|| {
                for _ in 0..round.n / round.size as u64 {
                    spawn(CountOne(counted.clone()));
                }
            });
        }
    });
    is_done.recv().expect("the last one says so");
    counted.ran.load(Relaxed).into()
}

struct Counted {
    ran: AtomicU64,
    of: u64,
    done: mpsc::Sender<()>,
}

/// A goroutine that counts itself. The last one reports.
pub struct CountOne(Arc<Counted>);

impl Future for CountOne {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        let counted = &self.0;
        // Relaxed: the total order of one counter is all that is needed.
        if counted.ran.fetch_add(1, Relaxed) + 1 == counted.of {
            // Fails if the waiter gave up, which it does not.
            let _ = counted.done.send(());
        }
        std::task::Poll::Ready(())
    }
}

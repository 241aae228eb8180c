//! The programs, each written once for all that run goroutines or tasks. Their twins are the files
//! of the same names in bench/go.

pub mod channel;
pub mod memory;
pub mod mergesort;
pub mod mutex;
pub mod programs;
pub mod scheduler;
pub mod spawn;
pub mod timers;

use crate::round::Case;
use crate::tasks::{Channel, Counter, SharedChannel, Tasks};

/// The case of this name, of those that need nothing but goroutines.
pub fn of_tasks<T: Tasks>(name: &str) -> Option<Case> {
    Some(match name {
        "spawn-join" => |round| Box::pin(spawn::join::<T>(round)),
        "spawn-flood" => |round| Box::pin(spawn::flood::<T>(round)),
        "yield" => |round| Box::pin(spawn::yields::<T>(round)),
        "merge-sort" => |round| Box::pin(mergesort::merge_sort::<T>(round)),
        "sleepers" => |round| Box::pin(timers::sleepers::<T>(round)),
        "steal" => |round| Box::pin(scheduler::steal::<T>(round)),
        _ => return None,
    })
}

/// The case of this name, of those that need a channel with one receiver.
pub fn of_channel<T: Tasks, C: Channel>(name: &str) -> Option<Case> {
    Some(match name {
        "ping-pong" => |round| Box::pin(channel::ping_pong::<T, C>(round)),
        "spsc" => |round| Box::pin(channel::single_consumer::<T, C>(round, 1)),
        "mpsc" => |round| Box::pin(channel::single_consumer::<T, C>(round, 4)),
        "pair" => |round| Box::pin(channel::pair::<C>(round)),
        "skynet" => |round| Box::pin(programs::skynet::<T, C>(round)),
        "sieve" => |round| Box::pin(programs::sieve::<T, C>(round)),
        "parked-memory" => |round| Box::pin(memory::parked::<T, C>(round)),
        "ring" => |round| Box::pin(scheduler::ring::<T, C>(round)),
        _ => return None,
    })
}

/// The case of this name, of those that need a channel with several receivers.
pub fn of_shared_channel<T: Tasks, C: SharedChannel>(name: &str) -> Option<Case> {
    Some(match name {
        "mpmc" => |round| Box::pin(channel::shared_consumers::<T, C>(round, 4, 4)),
        _ => return None,
    })
}

/// The case of this name, of those that need a mutex.
pub fn of_counter<T: Tasks, M: Counter>(name: &str) -> Option<Case> {
    Some(match name {
        "mutex" => |round| Box::pin(mutex::uncontended::<M>(round)),
        "mutex-contended" => |round| Box::pin(mutex::contended::<T, M>(round)),
        _ => return None,
    })
}

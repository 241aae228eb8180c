//! What gosched is held against, each used in the way that suits it.

mod crossbeam;
mod flume;
mod kanal;
mod tokio;

use crate::cases;
use crate::round::{Measured, Round};

/// How a peer is run. Where it has a choice, the suite tries each and takes the fastest.
#[derive(Clone, Copy)]
pub enum Mode {
    /// Tasks on tokio's current-thread scheduler.
    Current,
    /// Tasks on as many of tokio's worker threads as there are Ps.
    Multi,
    /// Threads, one for each goroutine.
    Threads,
}

impl Mode {
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "current" => Self::Current,
            "multi" => Self::Multi,
            "threads" => Self::Threads,
            _ => return None,
        })
    }
}

/// What is asked of a peer.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    pub case: &'a str,
    pub mode: Mode,
    pub procs: usize,
    pub round: Round,
    pub warm_up: u64,
}

/// Measures a peer; `None`: it does not have this case in this mode.
pub fn run(peer: &str, ask: Ask<'_>) -> Option<Measured> {
    match (peer, ask.mode) {
        ("tokio", Mode::Current | Mode::Multi) => tokio::run(ask),
        ("crossbeam", Mode::Threads) => crossbeam::run(ask),
        ("kanal", Mode::Threads) => kanal::run_threads(ask),
        ("flume", Mode::Threads) => flume::run_threads(ask),
        ("kanal", _) => on_tokio::<kanal::Async>(ask),
        ("flume", _) => on_tokio::<flume::Async>(ask),
        _ => None,
    }
}

/// A channel library that brings no runtime: its futures run as tokio's tasks.
fn on_tokio<C: crate::tasks::SharedChannel>(ask: Ask<'_>) -> Option<Measured> {
    let case = cases::of_channel::<tokio::Tokio, C>(ask.case)
        .or_else(|| cases::of_shared_channel::<tokio::Tokio, C>(ask.case))?;
    Some(tokio::measure_in_task(case, ask))
}

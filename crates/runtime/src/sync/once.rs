//! `Once`: something happens once. After Go's `sync.Once`.
//!
//! Whoever comes first runs it; who comes meanwhile waits until that has ended; who comes later goes
//! on at once. A panic counts as an end, and so does the end of the isolate that runs it: it is not
//! tried again. See `line.rs`.

use super::holder::Holder;
use super::line::{Line, Rules, Wait, Woken};
use crate::g::Reason;
use crate::lock::{Lock, Rank};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    New,
    Running(Holder),
    Done,
}

struct State {
    phase: Phase,
    line: Line<Holder>,
}

impl Rules for State {
    type Wants = Holder;
    type Grant = bool;

    fn reason(_: Holder) -> Reason {
        Reason::Once
    }

    fn admit(&mut self, holder: Holder, _: &mut Woken) -> Option<bool> {
        match self.phase {
            Phase::New => {
                self.phase = Phase::Running(holder);
                Some(true)
            }
            Phase::Running(_) => None,
            Phase::Done => Some(false),
        }
    }

    fn line(&mut self, _: Holder) -> &mut Line<Holder> {
        &mut self.line
    }

    fn grant(_: Holder) -> bool {
        false
    }

    fn left(&mut self, _: Holder, _: &mut Woken) {}

    fn give_back(&mut self, _: Holder, _: &mut Woken) {}
}

/// See the module's documentation.
pub struct Once {
    state: Lock<State>,
}

impl Default for Once {
    fn default() -> Self {
        Self::new()
    }
}

impl Once {
    /// Nothing has happened.
    pub fn new() -> Self {
        let (phase, line) = (Phase::New, Line::new());
        Self {
            state: Lock::new(Rank::Sync, State { phase, line }),
        }
    }

    /// Runs `f` if nothing has run here before. When this returns something has, to its end.
    pub async fn run<F: Future<Output = ()>>(&self, f: impl FnOnce() -> F) {
        if self.enter_as(Holder::NATIVE).await {
            let _end = End(self);
            f().await;
        }
    }

    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        self.state.lock().phase == Phase::Done
    }

    /// `true`: the caller is the first and owes one [`finish`](Self::finish). `false`: it has
    /// happened, and ended.
    pub fn enter_as(&self, holder: Holder) -> impl Future<Output = bool> + Send + '_ {
        Wait::new(&self.state, holder)
    }

    /// It has ended, one way or the other.
    pub fn finish(&self) {
        let mut woken = Woken::default();
        {
            let mut state = self.state.lock();
            state.phase = Phase::Done;
            while let Some(holder) = state.line.front() {
                woken.add(state.line.serve(holder));
            }
        }
        woken.wake();
    }

    /// Whether this holder runs it.
    pub fn is_held_by(&self, holder: Holder) -> bool {
        self.state.lock().phase == Phase::Running(holder)
    }

    /// The holder is no more: if it ran it, that was it.
    pub fn release_all_of(&self, holder: Holder) {
        if self.is_held_by(holder) {
            self.finish(); // nobody but the holder ends it, and that is no more
        }
    }
}

/// Also a panic is an end, and so is being dropped half way.
struct End<'a>(&'a Once);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.finish();
    }
}

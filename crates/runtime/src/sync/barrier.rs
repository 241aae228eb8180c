//! `Barrier`: so many goroutines wait for each other, again and again.
//!
//! Whoever comes last does not wait: it lets the others of its round go on and goes on itself, the
//! *leader*. The next round begins at once, since those who were let go have left the line. One that
//! goes away while it waits has not arrived: the round needs another. See `line.rs`.

use super::line::{Line, Rules, Wait, Woken};
use crate::g::Reason;
use crate::lock::{Lock, Rank};

struct Round {
    parties: usize,
    line: Line<()>,
}

impl Rules for Round {
    type Wants = ();
    type Grant = bool;

    fn reason((): ()) -> Reason {
        Reason::Barrier
    }

    fn admit(&mut self, (): (), woken: &mut Woken) -> Option<bool> {
        if self.line.len() + 1 < self.parties {
            return None;
        }
        while !self.line.is_empty() {
            woken.add(self.line.serve(()));
        }
        Some(true)
    }

    fn line(&mut self, (): ()) -> &mut Line<()> {
        &mut self.line
    }

    fn grant((): ()) -> bool {
        false
    }

    fn left(&mut self, (): (), _: &mut Woken) {}

    fn give_back(&mut self, (): (), _: &mut Woken) {}
}

/// See the module's documentation.
pub struct Barrier {
    round: Lock<Round>,
}

impl Barrier {
    /// A barrier for `parties` goroutines; 0 counts as 1.
    pub fn new(parties: usize) -> Self {
        let line = Line::new();
        Self {
            round: Lock::new(Rank::Sync, Round { parties, line }),
        }
    }

    /// Waits until all parties wait. `true` for the one that came last.
    pub fn wait(&self) -> impl Future<Output = bool> + Send + '_ {
        Wait::new(&self.round, ())
    }

    /// How many wait now.
    pub fn waiting(&self) -> usize {
        self.round.lock().line.len()
    }
}

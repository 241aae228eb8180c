//! Makes programs. The same seed, size and kind make the same program.

mod networks;
mod races;
mod tiny;

use crate::dice::Dice;
use crate::program::{Gid, Kind, Op, Program};

/// The largest size; a failure is tried again from size 1 up.
pub const MOST: usize = 8;

/// Capacities with different paths: no ring, the smallest rings, one that publishes its counters
/// late (`chan/ring.rs`).
const CAPACITIES: [usize; 6] = [0, 0, 1, 2, 3, 64];
/// `GOMAXPROCS`: one thread, as many as small machines have, and more.
const PROCS: [usize; 4] = [1, 2, 2, 4];

pub fn kind_of(seed: u64) -> Kind {
    match seed % 3 {
        0 => Kind::Network,
        1 => Kind::Races,
        _ => Kind::Tiny,
    }
}

/// The program of this seed, `size` from 1 to [`MOST`].
pub fn generate(seed: u64, size: usize) -> Program {
    let mut dice = Dice::new(seed);
    match kind_of(seed) {
        Kind::Network => networks::generate(&mut dice, size),
        Kind::Races => races::generate(&mut dice, size),
        Kind::Tiny => tiny::generate(&mut dice, size),
    }
}

/// A program being written.
struct Draft {
    program: Program,
    /// Whether a line that starts it has been written.
    started: Vec<bool>,
    /// Who starts it.
    parent: Vec<Gid>,
}

impl Draft {
    fn new(kind: Kind, dice: &mut Dice, goroutines: usize, chans: Vec<usize>) -> Self {
        Self {
            program: Program {
                kind,
                procs: dice.pick(&PROCS),
                chans,
                mutexes: 0,
                groups: Vec::new(),
                timers: 0,
                goroutines: vec![Vec::new(); goroutines],
            },
            started: (0..goroutines).map(|g| g == 0).collect(),
            parent: (0..goroutines)
                .map(|g| if g < 2 { 0 } else { dice.below(g) })
                .collect(),
        }
    }

    fn goroutines(&self) -> usize {
        self.program.goroutines.len()
    }

    /// Writes the next line of `g`, and before its first one the line that starts it.
    fn write(&mut self, g: Gid, op: Op) {
        self.start(g);
        self.program.goroutines[g].push(op);
    }

    fn start(&mut self, g: Gid) {
        if !std::mem::replace(&mut self.started[g], true) {
            self.write(self.parent[g], Op::Spawn(g));
        }
    }

    /// The line that `g` will write next.
    fn here(&self, g: Gid) -> usize {
        self.program.goroutines[g].len()
    }

    /// Writes `lines` as a loop.
    fn repeat(&mut self, g: Gid, times: usize, lines: &[Op]) {
        self.start(g);
        let to = self.here(g);
        for line in lines {
            self.write(g, line.clone());
        }
        let times = times as u32;
        self.write(g, Op::Repeat { to, times });
    }

    /// Writes `lines` once for each value until the channel is closed.
    fn range(&mut self, g: Gid, chan: usize, lines: &[Op]) {
        self.start(g);
        let to = self.here(g);
        let done = to + lines.len() + 2;
        self.write(g, Op::Range { chan, done });
        for line in lines {
            self.write(g, line.clone());
        }
        self.write(g, Op::Goto(to));
    }

    fn timer(&mut self) -> usize {
        self.program.timers += 1;
        self.program.timers - 1
    }
}

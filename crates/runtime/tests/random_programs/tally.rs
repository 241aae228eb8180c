//! Counts what was run, for the progress display and the last line.

use crate::history::{End, Final};
use crate::program::Kind;
use std::fmt;
use std::time::{Duration, Instant};

pub struct Tally {
    first: u64,
    start: Instant,
    shown: Instant,
    pub programs: u64,
    pub runs: u64,
    /// Tiny programs with too many states.
    pub too_large: u64,
    /// Of tiny programs: what the model reaches, and what was met.
    pub endings: usize,
    pub endings_met: usize,
    /// By kind.
    time: [Duration; 3],
    kinds: [u64; 3],
    outcomes: u64,
    /// Runs that ended with somebody blocked.
    blocked: u64,
    memory: Option<u64>,
}

impl Tally {
    pub fn new(first: u64) -> Self {
        let now = Instant::now();
        Self {
            first,
            start: now,
            shown: now,
            programs: 0,
            runs: 0,
            too_large: 0,
            endings: 0,
            endings_met: 0,
            time: [Duration::ZERO; 3],
            kinds: [0; 3],
            outcomes: 0,
            blocked: 0,
            memory: None,
        }
    }

    /// Copies of a program of this kind ended so.
    pub fn took(&mut self, kind: Kind, time: Duration, endings: &[Final]) {
        self.time[kind as usize] += time;
        self.kinds[kind as usize] += endings.len() as u64;
        self.runs += endings.len() as u64;
        for ending in endings {
            let outcomes: usize = ending.histories.iter().map(Vec::len).sum();
            self.outcomes += outcomes as u64;
            let blocked = |end: &End| matches!(end, End::Blocked(_));
            self.blocked += u64::from(ending.ends.iter().any(blocked));
        }
    }

    /// For `npm run stress`, one line a second: JSON, to be shown by `scripts/stress.mjs`.
    pub fn show(&mut self, seed: u64) {
        if self.shown.elapsed() < Duration::from_secs(1) {
            return;
        }
        self.shown = Instant::now();
        let memory = resident_kilobytes();
        // After the first second: by then everything has been loaded and started once.
        self.memory = self.memory.or(memory);
        if std::env::var_os("GOSCHED_STRESS_PROGRESS").is_some() {
            println!(
                "progress {{\"seconds\":{:.1},\"seed\":{seed},\"programs\":{},\"runs\":{},\
                 \"endings\":{},\"met\":{},\"kilobytes\":{},\"first\":{}}}",
                self.start.elapsed().as_secs_f64(),
                self.programs,
                self.runs,
                self.endings,
                self.endings_met,
                memory.unwrap_or(0),
                self.memory.unwrap_or(0),
            );
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.start.elapsed().as_secs_f64();
        write!(
            f,
            "{} programs from seed {}, {} runs ({:.0}/s), {} outcomes, {} runs end blocked, {} of {} \
             endings met, {} too large to explore",
            self.programs,
            self.first,
            self.runs,
            self.runs as f64 / seconds,
            self.outcomes,
            self.blocked,
            self.endings_met,
            self.endings,
            self.too_large
        )?;
        for (kind, name) in ["network", "races", "tiny"].iter().enumerate() {
            let runs = self.kinds[kind].max(1) as f64;
            let each = self.time[kind].as_secs_f64() * 1e6 / runs;
            write!(f, ", {name} {} x {each:.0} us", self.kinds[kind])?;
        }
        if let (Some(before), Some(now)) = (self.memory, resident_kilobytes()) {
            write!(f, ", resident {before} kB then, {now} kB now")?;
        }
        Ok(())
    }
}

/// Linux only.
fn resident_kilobytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

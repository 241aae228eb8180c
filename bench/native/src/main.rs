//! One case, measured once:
//!
//! `gosched-bench <case> --procs N --n COUNT [--size SIZE] [--warm-up COUNT] [--peer NAME --mode
//! current|multi|threads]`
//!
//! Prints one JSON line, as its twin in bench/go does.

use gosched_bench::ours;
use gosched_bench::peers::{self, Ask, Mode};
use gosched_bench::round::{Measured, Round};
use std::collections::HashMap;
use std::process::ExitCode;

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run() {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, String> {
    let mut args = std::env::args().skip(1);
    let case = args.next().ok_or("which case?")?;
    let options = Options::parse(args)?;
    let procs = options.number("procs", 1)?;
    let round = Round {
        n: options.number("n", 1)?,
        size: options.number("size", 1)?,
    };
    let warm_up = options.number("warm-up", 0)?;
    let measured = match options.0.get("peer") {
        None => ours::run(&case, procs, round, warm_up),
        Some(peer) => {
            let mode = options.0.get("mode").map_or("multi", String::as_str);
            let ask = Ask {
                case: &case,
                mode: Mode::of(mode).ok_or_else(|| format!("no such mode: {mode}"))?,
                procs,
                round,
                warm_up,
            };
            peers::run(peer, ask)
        }
    };
    let measured = measured.ok_or_else(|| format!("no such case: {case}"))?;
    Ok(json(round.n, &measured))
}

/// `--name value`, each at most once.
struct Options(HashMap<String, String>);

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = HashMap::new();
        while let Some(arg) = args.next() {
            let name = arg
                .strip_prefix("--")
                .ok_or(format!("not an option: {arg}"))?;
            let value = args.next().ok_or(format!("--{name} needs a value"))?;
            options.insert(name.to_owned(), value);
        }
        Ok(Self(options))
    }

    fn number<N: std::str::FromStr>(&self, name: &str, default: N) -> Result<N, String> {
        self.0.get(name).map_or(Ok(default), |text| {
            text.parse()
                .map_err(|_| format!("--{name} is not a number: {text}"))
        })
    }
}

/// The checksum is a string: it has 64 bits.
fn json(n: u64, measured: &Measured) -> String {
    let Measured { checksum, total } = measured;
    let per_op = *total as f64 / n as f64;
    format!(r#"{{"n":{n},"total":{total},"perOp":{per_op},"checksum":"{checksum}"}}"#)
}

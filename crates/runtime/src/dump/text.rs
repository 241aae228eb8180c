//! The text forms: `debug=1` groups goroutines that do the same, `debug=2` has each for itself.

use super::{Dump, Goroutine};
use crate::tickets::{Object, Parked};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The embedder's names for its numbers.
pub trait Names {
    /// A program: the function's name, and where it is written.
    fn program(&self, number: u32) -> Option<(String, String)>;
    /// A place in the program: a line for each frame, innermost first.
    fn site(&self, number: u32) -> Option<String>;
}

/// The whole text. `level` is Go's `debug`: 1 or 2.
pub fn text(dump: &Dump, level: u32, names: &dyn Names) -> String {
    if level == 1 {
        grouped(dump, names)
    } else {
        one_by_one(dump, names)
    }
}

fn one_by_one(dump: &Dump, names: &dyn Names) -> String {
    let mut out = String::new();
    for goroutine in &dump.goroutines {
        one(&mut out, goroutine, dump, names);
        out.push('\n');
    }
    for (isolate, waits) in &dump.strays {
        let _ = writeln!(out, "isolate {isolate}, of {}:", owners(dump, *isolate));
        for wait in waits {
            let _ = writeln!(out, "\t[{}{}]", wait.reason.text(), minutes(wait));
            describe(&mut out, wait, dump, names);
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// One goroutine.
pub(super) fn one(out: &mut String, goroutine: &Goroutine, dump: &Dump, names: &dyn Names) {
    let _ = write!(out, "goroutine {} [{}", goroutine.id, goroutine.reason());
    if let Some(wait) = goroutine.waits.first() {
        out.push_str(&minutes(wait));
    }
    out.push_str("]:\n");
    frames(out, "", goroutine, names);
    for wait in &goroutine.waits {
        describe(out, wait, dump, names);
    }
    created(out, "", goroutine, names);
}

/// As Go writes it, from one minute up.
fn minutes(wait: &Parked) -> String {
    match wait.since.as_secs() / 60 {
        0 => String::new(),
        1 => ", 1 minute".into(),
        minutes => format!(", {minutes} minutes"),
    }
}

/// Of whom operations may be that cannot be told apart.
fn owners(dump: &Dump, isolate: u32) -> String {
    let residents = dump
        .goroutines
        .iter()
        .filter(|it| it.isolate == Some(isolate));
    let ids: Vec<_> = residents.map(|it| it.id.to_string()).collect();
    match &ids[..] {
        [] => "callbacks".into(),
        [only] => format!("goroutine {only}"),
        [all @ .., last] => format!("goroutines {} and {last}", all.join(", ")),
    }
}

/// The function that it runs.
fn frames(out: &mut String, mark: &str, goroutine: &Goroutine, names: &dyn Names) {
    if goroutine.id == 0 {
        let _ = writeln!(out, "{mark}main program");
    }
    if let Some((name, place)) = goroutine.program.and_then(|number| names.program(number)) {
        let _ = writeln!(out, "{mark}{name}()\n{mark}\t{place}");
    }
}

fn created(out: &mut String, mark: &str, goroutine: &Goroutine, names: &dyn Names) {
    if goroutine.id == 0 {
        return;
    }
    let site = names.site(goroutine.created);
    if goroutine.parent == 0 && site.is_none() {
        return; // by the main program, or by whom is not known
    }
    let _ = writeln!(out, "{mark}created by goroutine {}", goroutine.parent);
    lines(out, mark, site.as_deref());
}

fn lines(out: &mut String, mark: &str, site: Option<&str>) {
    for line in site.iter().flat_map(|site| site.lines()) {
        let _ = writeln!(out, "{mark}\t{line}");
    }
}

/// What an operation waits for, and where.
fn describe(out: &mut String, wait: &Parked, dump: &Dump, names: &dyn Names) {
    let kind = wait.reason.object();
    for object in &wait.objects {
        let _ = write!(out, "\ton {kind} {:#x}", object.address);
        if let Some(capacity) = wait.capacity {
            // Who is parked tells: receivers only on an empty channel, senders only on a full one.
            let length = if object.sends { capacity } else { 0 };
            let _ = write!(out, ", capacity {capacity}, length {length}");
        }
        if kind == "chan" {
            out.push_str(&waiters(object, dump));
        }
        out.push('\n');
    }
    let more = wait.cases as usize - wait.objects.len().min(wait.cases as usize);
    if kind == "chan" && more > 0 {
        let _ = writeln!(out, "\tand {more} more");
    }
    let seconds = wait.since.as_secs_f64();
    if seconds >= 1.0 {
        let _ = writeln!(out, "\tfor {seconds:.0} s");
    }
    lines(out, "", names.site(wait.site).as_deref());
}

fn waiters(object: &Object, dump: &Dump) -> String {
    let (receivers, senders) = dump
        .waiters
        .get(&object.address)
        .copied()
        .unwrap_or_default();
    format!(", waiting: {receivers} to receive, {senders} to send")
}

/// What goroutines that do the same have in common.
fn sketch(goroutine: &Goroutine, names: &dyn Names) -> String {
    let mut out = format!("{}\n", goroutine.reason());
    frames(&mut out, "#\t", goroutine, names);
    if let Some(wait) = goroutine.waits.first() {
        lines(&mut out, "#", names.site(wait.site).as_deref());
    }
    if let Some(site) = names.site(goroutine.created) {
        let _ = writeln!(out, "#\tcreated at");
        lines(&mut out, "#", Some(&site));
    }
    out
}

fn grouped(dump: &Dump, names: &dyn Names) -> String {
    let mut groups: BTreeMap<String, usize> = BTreeMap::new();
    for goroutine in &dump.goroutines {
        *groups.entry(sketch(goroutine, names)).or_default() += 1;
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|&(_, count)| std::cmp::Reverse(count)); // stable: equals stay by text
    let mut out = format!("goroutine profile: total {}\n", dump.goroutines.len());
    for (sketch, count) in groups {
        let _ = writeln!(out, "{count} @ {sketch}");
    }
    for (isolate, waits) in &dump.strays {
        let _ = writeln!(out, "# isolate {isolate}, of {}:", owners(dump, *isolate));
        for wait in waits {
            let _ = writeln!(out, "#\t[{}]", wait.reason.text());
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

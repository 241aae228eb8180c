//! One channel's traffic.
//!
//! - What was received, or is buffered, was sent, on this channel, by a send that did not fail and is
//!   not still blocked; and once. What was sent was received or is buffered.
//! - Nothing is received before its send began.
//! - First in, first out: if one send ended before another began, then the first value was not
//!   received after the second. For one sender and one receiver that is their order in the program.
//! - Before a close began nobody finds the channel closed; after it ended no send succeeds, nothing is
//!   "not ready", and once somebody found the channel drained nothing is received any more. It is
//!   closed once.
//! - "Not ready" is not said to a receiver while a value is surely buffered.
//! - A length is at most the capacity.

use crate::history::Outcome;
use crate::program::{Arm, Effect, Gid, Op, Program, Value, sender, timer_value, value};
use crate::rest::Rest;
use crate::world::{Call, Record, Time, World};
use std::collections::HashMap;

/// Later than everything.
const END: Time = Time::MAX;

#[derive(Clone, Copy)]
struct Span {
    begin: Time,
    end: Time,
}

impl Span {
    fn before(self, other: Span) -> bool {
        self.end < other.begin
    }
}

struct Send {
    value: Value,
    span: Span,
}

struct Receive {
    value: Value,
    by: Gid,
    span: Span,
}

/// All that happened on one channel.
pub struct Traffic {
    name: String,
    capacity: usize,
    closed: bool,
    sends: Vec<Send>,
    /// In the order of each receiver's history.
    receives: Vec<Receive>,
    buffered: Vec<Value>,
    closes: Vec<Span>,
    /// Somebody found it closed (a send, a close), or drained.
    found_closed: Vec<Span>,
    found_drained: Vec<Span>,
    not_ready_to_send: Vec<Span>,
    not_ready_to_receive: Vec<Span>,
    too_long: bool,
}

impl Traffic {
    pub fn gather(world: &World, rest: &Rest, chan: usize) -> Self {
        let mut traffic = Self {
            name: format!("c{chan}"),
            capacity: world.program.chans[chan],
            closed: rest.outcome.chans[chan].1,
            sends: Vec::new(),
            receives: Vec::new(),
            buffered: rest.buffered[chan].clone(),
            closes: Vec::new(),
            found_closed: Vec::new(),
            found_drained: Vec::new(),
            not_ready_to_send: Vec::new(),
            not_ready_to_receive: Vec::new(),
            too_long: rest.outcome.chans[chan].0 > world.program.chans[chan],
        };
        for g in 0..world.routines.len() {
            let records = world.routines[g].records.lock().unwrap();
            for (recorded, record) in records.iter().enumerate() {
                traffic.add(world, g, recorded, record, chan);
            }
        }
        for call in world.calls.lock().unwrap().iter() {
            traffic.add_call(world, call, chan);
        }
        traffic
    }

    fn add(&mut self, world: &World, g: Gid, recorded: usize, record: &Record, chan: usize) {
        let Some(op) = world.program.op(g, record.event.line) else {
            return;
        };
        let span = Span {
            begin: record.begin,
            end: record.end,
        };
        match (op, record.event.outcome) {
            (&Op::Close(other), outcome) if other == chan => match outcome {
                Outcome::Closed => self.closes.push(span),
                _ => self.found_closed.push(span),
            },
            (&Op::Len(other), Outcome::Len(len)) if other == chan => {
                self.too_long |= len > self.capacity;
            }
            (op, outcome) => {
                let arms = Program::arms(op);
                self.add_arms(&arms, outcome, g, recorded, span, chan);
            }
        }
    }

    fn add_arms(
        &mut self,
        arms: &[Arm],
        outcome: Outcome,
        g: Gid,
        recorded: usize,
        span: Span,
        chan: usize,
    ) {
        let here = |case: usize| matches!(arms[case], Arm::Send(c) | Arm::Recv(c) if c == chan);
        match outcome {
            Outcome::Sent(case) if here(case) => self.sends.push(Send {
                value: value(g, recorded, case),
                span,
            }),
            Outcome::Received(case, value) if here(case) => {
                self.receives.push(Receive { value, by: g, span });
            }
            Outcome::SendOnClosed(case) if here(case) => self.found_closed.push(span),
            Outcome::Drained(case) if here(case) => self.found_drained.push(span),
            Outcome::NotReady => {
                for &arm in arms {
                    match arm {
                        Arm::Send(c) if c == chan => self.not_ready_to_send.push(span),
                        Arm::Recv(c) if c == chan => self.not_ready_to_receive.push(span),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn add_call(&mut self, world: &World, call: &Call, chan: usize) {
        let span = Span {
            begin: call.begin,
            end: call.end,
        };
        match (world.program.effect(call.timer), call.outcome) {
            (Effect::Send(c), Outcome::Sent(_)) if c == chan => self.sends.push(Send {
                value: timer_value(call.timer),
                span,
            }),
            (Effect::Send(c), Outcome::SendOnClosed(_))
            | (Effect::Close(c), Outcome::CloseOfClosed)
                if c == chan =>
            {
                self.found_closed.push(span);
            }
            (Effect::Close(c), Outcome::Closed) if c == chan => self.closes.push(span),
            _ => {}
        }
    }

    pub fn check(&self, wrong: &mut Vec<String>) {
        let mut say = |what: String| wrong.push(format!("{}: {what}", self.name));
        if self.too_long || self.buffered.len() > self.capacity {
            say("is longer than its capacity".to_owned());
        }
        self.check_once(&mut say);
        self.check_order(&mut say);
        self.check_pairs(&mut say);
        self.check_closed(&mut say);
        self.check_not_ready(&mut say);
    }

    /// Sent once, received or buffered once. A timer's function may send its value several times.
    fn check_once(&self, say: &mut impl FnMut(String)) {
        let mut balance: HashMap<Value, i64> = HashMap::new();
        for send in &self.sends {
            *balance.entry(send.value).or_default() += 1;
        }
        let taken = self.receives.iter().map(|receive| &receive.value);
        for value in taken.chain(&self.buffered) {
            *balance.entry(*value).or_default() -= 1;
        }
        for (value, left) in balance {
            match left {
                0 => {}
                1.. => say(format!("{value:#x} was sent and is lost ({left} times)")),
                _ => say(format!(
                    "{value:#x} was received more often than sent ({} times)",
                    -left
                )),
            }
        }
    }

    /// Each value with its send and its receive; `END` for what is still buffered.
    fn passages(&self) -> Vec<(Value, Span, Span)> {
        let mut receives: HashMap<Value, Span> = self
            .receives
            .iter()
            .map(|receive| (receive.value, receive.span))
            .collect();
        let buffered = Span {
            begin: END,
            end: END,
        };
        receives.extend(self.buffered.iter().map(|&value| (value, buffered)));
        self.sends
            .iter()
            .filter(|send| sender(send.value) < sender(timer_value(0)))
            .filter_map(|send| Some((send.value, send.span, *receives.get(&send.value)?)))
            .collect()
    }

    fn check_order(&self, say: &mut impl FnMut(String)) {
        let mut passages = self.passages();
        for (value, send, receive) in &passages {
            if receive.before(*send) {
                say(format!("{value:#x} was received before it was sent"));
            }
        }
        // By the time the send began; `ended` holds those whose send ended, by that time.
        passages.sort_unstable_by_key(|(_, send, _)| send.begin);
        let mut ended = passages.clone();
        ended.sort_unstable_by_key(|(_, send, _)| send.end);
        let mut ended = ended.into_iter().peekable();
        let mut latest: Option<(Value, Span)> = None;
        for (value, send, receive) in passages {
            while let Some((earlier, _, taken)) = ended.next_if(|(_, other, _)| other.before(send))
            {
                if latest.is_none_or(|(_, span)| span.begin < taken.begin) {
                    latest = Some((earlier, taken));
                }
            }
            if let Some((earlier, taken)) = latest
                && receive.before(taken)
            {
                say(format!(
                    "{earlier:#x} was sent before {value:#x}, and received after it"
                ));
            }
        }
    }

    /// One sender's values come to one receiver in order; so do those still buffered.
    fn check_pairs(&self, say: &mut impl FnMut(String)) {
        let mut last: HashMap<(Gid, Gid), Value> = HashMap::new();
        let buffer = usize::MAX;
        let received = self.receives.iter().map(|r| (r.by, r.value));
        let buffered = self.buffered.iter().map(|&value| (buffer, value));
        for (by, value) in received.chain(buffered) {
            if sender(value) >= sender(timer_value(0)) {
                continue;
            }
            if let Some(before) = last.insert((sender(value), by), value)
                && before > value
            {
                say(format!(
                    "{before:#x} came before {value:#x}, which was sent first"
                ));
            }
        }
    }

    fn check_closed(&self, say: &mut impl FnMut(String)) {
        if self.closes.len() > 1 {
            say(format!("was closed {} times", self.closes.len()));
        }
        if self.closed == self.closes.is_empty() {
            say(format!(
                "closed is {}, and there were {} closes",
                self.closed,
                self.closes.len()
            ));
        }
        for span in self.found_closed.iter().chain(&self.found_drained) {
            if !self.closes.iter().any(|close| close.begin <= span.end) {
                say("was found closed before it was closed".to_owned());
            }
        }
        for close in &self.closes {
            if self.sends.iter().any(|send| close.before(send.span)) {
                say("a send succeeded after it was closed".to_owned());
            }
            let not_ready = self.not_ready_to_send.iter();
            if not_ready
                .chain(&self.not_ready_to_receive)
                .any(|&span| close.before(span))
            {
                say("was not ready after it was closed".to_owned());
            }
        }
        let drained = self.found_drained.iter().min_by_key(|span| span.end);
        if let Some(drained) = drained {
            let later = self.receives.iter().any(|r| drained.before(r.span));
            if later || !self.buffered.is_empty() {
                say("was found drained, and had values afterwards".to_owned());
            }
        }
    }

    fn check_not_ready(&self, say: &mut impl FnMut(String)) {
        if self.not_ready_to_receive.is_empty() || self.capacity == 0 {
            return;
        }
        let passages = self.passages();
        for &span in &self.not_ready_to_receive {
            let surely = |(_, send, receive): &&(Value, Span, Span)| {
                send.before(span) && span.before(*receive)
            };
            if let Some((value, ..)) = passages.iter().find(surely) {
                say(format!("had {value:#x} when it was not ready to receive"));
            }
        }
    }
}

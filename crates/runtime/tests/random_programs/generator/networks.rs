//! Deterministic networks (Kahn's): every channel has one sender and one receiver, every timer one
//! owner, and nobody asks whether something is ready.
//!
//! A program is written as the story of one run: "a value goes through c1", "these three form a
//! pipeline for 40 values", "g2 takes the mutex". Each part adds lines to those who take part, so
//! that the lines in the order of the story are a run to the end. Then some lines are dropped or
//! swapped, and the program may get stuck, in the same way under every schedule.

use super::{CAPACITIES, Draft, PROCS};
use crate::dice::Dice;
use crate::program::{Arm, Delay, Effect, Gid, Kind, Op, Program};

pub fn generate(dice: &mut Dice, size: usize) -> Program {
    let goroutines = 1 + dice.between(1, size);
    let chans = dice.between(1, 2 * size);
    // The last channel is used by nobody, except that selects wait on it too.
    let capacities = (0..=chans)
        .map(|chan| {
            if chan == chans {
                0
            } else {
                dice.pick(&CAPACITIES)
            }
        })
        .collect();
    let draft = Draft::new(Kind::Network, dice, goroutines, capacities);
    let ends = (0..chans)
        .map(|_| (dice.below(goroutines), dice.below(goroutines)))
        .collect();
    let mut story = Story {
        draft,
        ends,
        unused: chans,
        dice,
    };
    story.draft.program.mutexes = 1;
    for _ in 0..story.dice.between(1, 3 * size) {
        story.part();
    }
    story.finish();
    let mut program = story.draft.program;
    if dice.one_in(4) {
        disturb(&mut program, dice);
    }
    program
}

struct Story<'a> {
    draft: Draft,
    /// Sender and receiver of each channel.
    ends: Vec<(Gid, Gid)>,
    unused: usize,
    dice: &'a mut Dice,
}

impl Story<'_> {
    fn part(&mut self) {
        let chan = self.dice.below(self.ends.len());
        let g = self.dice.below(self.draft.goroutines());
        match self.dice.below(16) {
            0..4 => self.transfer(chan),
            4..7 => self.stream(chan),
            7..9 => self.pipeline(),
            9 => self.drain(chan),
            10 => self.section(g),
            11 => self.timers(g),
            12 => self.ticker(g),
            13 => self.group(),
            14 => self.default(g),
            _ => self.pause(g),
        }
    }

    /// One value. Sometimes its two ends, or one, stand in a select with cases that never come.
    fn transfer(&mut self, chan: usize) {
        let (sender, receiver) = self.ends[chan];
        if sender == receiver && self.draft.program.chans[chan] == 0 {
            return;
        }
        let send = self.send(chan);
        let receive = self.receive(chan);
        self.draft.write(sender, send);
        self.draft.write(receiver, receive);
    }

    fn send(&mut self, chan: usize) -> Op {
        if self.dice.below(3) > 0 {
            return Op::Send(chan);
        }
        self.among_dead(Arm::Send(chan))
    }

    fn receive(&mut self, chan: usize) -> Op {
        if self.dice.below(3) > 0 {
            return Op::Recv(chan);
        }
        let mut op = self.among_dead(Arm::Recv(chan));
        if let Op::Select { arms, .. } = &mut op
            && self.dice.one_in(3)
        {
            arms.push(Arm::Recv(chan));
        }
        op
    }

    fn among_dead(&mut self, arm: Arm) -> Op {
        let mut arms = vec![arm];
        for _ in 0..self.dice.below(4) {
            let at = self.dice.below(arms.len() + 1);
            let dead = self.dice.pick(&[Arm::Never, Arm::Recv(self.unused)]);
            arms.insert(at, dead);
        }
        Op::Select {
            arms,
            default: false,
        }
    }

    fn stream(&mut self, chan: usize) {
        let (sender, receiver) = self.ends[chan];
        if sender == receiver {
            return;
        }
        let values = self.dice.between(2, 150);
        let (send, receive) = (self.send(chan), self.receive(chan));
        self.draft.repeat(sender, values, &[send]);
        self.draft.repeat(receiver, values, &[receive]);
    }

    /// Channels whose ends fit together: each stage receives from one and sends to the next.
    fn pipeline(&mut self) {
        let mut path = vec![self.dice.below(self.ends.len())];
        let mut stages = vec![self.ends[path[0]].0, self.ends[path[0]].1];
        for chan in 0..self.ends.len() {
            let (sender, receiver) = self.ends[chan];
            if stages.last() == Some(&sender) && !stages.contains(&receiver) {
                path.push(chan);
                stages.push(receiver);
            }
        }
        if stages[0] == stages[1] {
            return;
        }
        let values = self.dice.between(2, 60);
        for (at, &stage) in stages.iter().enumerate() {
            let mut lines = Vec::new();
            if at > 0 {
                let receive = self.receive(path[at - 1]);
                lines.push(receive);
            }
            if at < path.len() {
                let send = self.send(path[at]);
                lines.push(send);
            }
            self.draft.repeat(stage, values, &lines);
        }
    }

    /// A stream that its sender closes. What is sent on the channel later fails, what is received
    /// from it later is its end.
    fn drain(&mut self, chan: usize) {
        let (sender, receiver) = self.ends[chan];
        if sender == receiver {
            return;
        }
        let values = self.dice.between(1, 80);
        self.draft.repeat(sender, values, &[Op::Send(chan)]);
        self.draft.write(sender, Op::Close(chan));
        self.draft.range(receiver, chan, &[]);
    }

    /// Nobody waits for anything else while it holds the mutex.
    fn section(&mut self, g: Gid) {
        let mut lines = vec![Op::Lock(0)];
        if self.dice.one_in(2) {
            lines.push(Op::Yield);
        }
        lines.push(Op::Unlock(0));
        let times = self.dice.between(1, 20);
        self.draft.repeat(g, times, &lines);
    }

    fn short(&mut self) -> Delay {
        Delay::Micros(self.dice.below(200) as u32)
    }

    /// A timer that surely fires, one that surely does not, or one that is set anew.
    fn timers(&mut self, g: Gid) {
        let timer = self.draft.timer();
        let short = self.short();
        let effect = Effect::Tick;
        let start = |delay| Op::Start {
            timer,
            delay,
            effect,
        };
        let (stop, receive) = (Op::Stop(timer), Op::RecvTimer(timer));
        let lines = match self.dice.below(5) {
            0 => vec![start(short), receive, stop],
            1 => vec![
                start(Delay::Never),
                stop.clone(),
                Op::TryRecvTimer(timer),
                stop,
            ],
            2 => vec![start(Delay::Never), Op::Reset(timer, short), receive, stop],
            3 => vec![
                start(short),
                receive.clone(),
                Op::Reset(timer, short),
                receive,
            ],
            _ => vec![Op::Sleep(short)],
        };
        for line in lines {
            self.draft.write(g, line);
        }
    }

    fn ticker(&mut self, g: Gid) {
        let timer = self.draft.timer();
        // Not 0, which Go refuses.
        let delay = Delay::Micros(self.dice.between(20, 100) as u32);
        let effect = Effect::Ticks;
        self.draft.write(
            g,
            Op::Start {
                timer,
                delay,
                effect,
            },
        );
        let ticks = self.dice.between(1, 5);
        self.draft.repeat(g, ticks, &[Op::RecvTimer(timer)]);
        self.draft.write(g, Op::Stop(timer));
        self.draft.write(g, Op::TryRecvTimer(timer));
    }

    /// Some goroutines, and perhaps a timer, are waited for. The counter starts at their number.
    fn group(&mut self) {
        let group = self.draft.program.groups.len();
        let members = self.dice.between(1, 4);
        for _ in 0..members {
            let g = self.dice.below(self.draft.goroutines());
            if self.dice.one_in(4) {
                let timer = self.draft.timer();
                let delay = self.short();
                let effect = Effect::Done(group);
                self.draft.write(
                    g,
                    Op::Start {
                        timer,
                        delay,
                        effect,
                    },
                );
            } else {
                self.draft.write(g, Op::Done(group));
            }
        }
        for _ in 0..self.dice.between(1, 2) {
            let g = self.dice.below(self.draft.goroutines());
            self.draft.write(g, Op::Wait(group));
        }
        self.draft.program.groups.push(members as i64);
    }

    fn default(&mut self, g: Gid) {
        let arms = vec![Arm::Never; self.dice.below(3)];
        let default = true;
        self.draft.write(g, Op::Select { arms, default });
    }

    fn pause(&mut self, g: Gid) {
        let op = match self.dice.below(4) {
            0 | 1 => Op::Yield,
            2 => Op::Block(self.dice.below(100) as u32),
            _ => Op::Procs(self.dice.pick(&PROCS)),
        };
        self.draft.write(g, op);
    }

    /// Some end by a panic; those who started them may wait for the end.
    fn finish(&mut self) {
        for g in (1..self.draft.goroutines()).rev() {
            self.draft.start(g);
            if self.dice.one_in(8) {
                self.draft.write(g, Op::Panic);
            }
            if self.dice.below(3) > 0 {
                self.draft.write(self.draft.parent[g], Op::Join(g));
            }
        }
    }
}

/// Drops or swaps a line here and there.
fn disturb(program: &mut Program, dice: &mut Dice) {
    for g in 0..program.goroutines.len() {
        let lines = program.goroutines[g].len();
        if lines == 0 {
            continue;
        }
        let at = dice.below(lines);
        if dice.one_in(2) {
            program.remove(g, at);
        } else if may_swap(program, g, at) && may_swap(program, g, at + 1) {
            program.goroutines[g].swap(at, at + 1);
        }
    }
}

/// The neighbour may be in a loop, and these are not for doing many times.
fn may_swap(program: &Program, g: Gid, line: usize) -> bool {
    let once = matches!(program.op(g, line), Some(Op::Done(_) | Op::Join(_)));
    program.is_free(g, line) && !once
}

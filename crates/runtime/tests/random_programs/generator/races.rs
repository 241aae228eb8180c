//! Programs that race: channels with many senders and receivers, selects over several of them,
//! closes at any moment, mutexes, timers' functions. What they do is checked, not foretold.

use super::{CAPACITIES, Draft, PROCS};
use crate::dice::Dice;
use crate::program::{Arm, Delay, Effect, Gid, Kind, Op, Program};

pub fn generate(dice: &mut Dice, size: usize) -> Program {
    let goroutines = 1 + dice.between(1, size);
    let chans = dice.between(1, size.min(4));
    let capacities = (0..chans).map(|_| dice.pick(&CAPACITIES)).collect();
    let mut draft = Draft::new(Kind::Races, dice, goroutines, capacities);
    draft.program.mutexes = 1;
    draft.program.groups = vec![dice.between(1, 3) as i64];
    let mut writer = Writer {
        closes: dice.one_in(2),
        chans,
        draft,
        dice,
    };
    // Started early, or nothing races.
    for g in 1..goroutines {
        if writer.dice.below(4) > 0 {
            writer.draft.start(g);
        }
    }
    for _ in 0..goroutines * writer.dice.between(1, 1 + size) {
        let g = writer.dice.below(goroutines);
        writer.part(g);
    }
    writer.finish();
    writer.draft.program
}

struct Writer<'a> {
    draft: Draft,
    chans: usize,
    closes: bool,
    dice: &'a mut Dice,
}

impl Writer<'_> {
    fn part(&mut self, g: Gid) {
        match self.dice.below(16) {
            0..7 => {
                let lines: Vec<Op> = (0..self.dice.between(1, 3)).map(|_| self.line()).collect();
                let times = self.dice.between(2, 60);
                self.draft.repeat(g, times, &lines);
            }
            7 => {
                // Nothing that sends: a loop that feeds another that feeds it never ends.
                let chans = [self.chan(), self.chan()];
                let [one, other] = chans.map(|chan| [Op::TryRecv(chan), Op::Len(chan), Op::Yield]);
                let lines = [self.dice.pick(&one), self.dice.pick(&other)];
                self.draft.range(g, chans[0], &lines[self.dice.below(3)..]);
            }
            8 => self.section(g),
            9 => self.timer(g),
            10 if self.closes => {
                let chan = self.chan();
                self.draft.write(g, Op::Close(chan));
            }
            11 => self.pause(g),
            12 => {
                let group = self.dice.pick(&[Op::Done(0), Op::Done(0), Op::Wait(0)]);
                self.draft.write(g, group);
            }
            _ => {
                let line = self.line();
                self.draft.write(g, line);
            }
        }
    }

    fn chan(&mut self) -> usize {
        self.dice.below(self.chans)
    }

    /// One channel operation.
    fn line(&mut self) -> Op {
        let chan = self.chan();
        match self.dice.below(16) {
            0..4 => Op::Send(chan),
            4..8 => Op::Recv(chan),
            8 => Op::TrySend(chan),
            9 => Op::TryRecv(chan),
            10 => Op::Len(chan),
            11 => Op::Yield,
            _ => self.select(),
        }
    }

    fn select(&mut self) -> Op {
        let arms = (0..self.dice.between(1, 4))
            .map(|_| match self.dice.below(9) {
                0..4 => Arm::Recv(self.chan()),
                4..8 => Arm::Send(self.chan()),
                _ => Arm::Never,
            })
            .collect();
        let default = self.dice.one_in(4);
        Op::Select { arms, default }
    }

    fn section(&mut self, g: Gid) {
        let mut lines = vec![self.dice.pick(&[Op::Lock(0), Op::Lock(0), Op::TryLock(0)])];
        match self.dice.below(6) {
            0 => lines.push(Op::Yield),
            // Whoever blocks here blocks all that come after.
            1 => lines.push(self.line()),
            _ => {}
        }
        lines.push(Op::Unlock(0));
        let times = self.dice.between(1, 40);
        self.draft.repeat(g, times, &lines);
    }

    fn timer(&mut self, g: Gid) {
        let timer = self.draft.timer();
        let delay = if self.dice.one_in(4) {
            Delay::Never
        } else {
            Delay::Micros(self.dice.below(200) as u32)
        };
        let chan = self.chan();
        let effect = match self.dice.below(4) {
            0 => Effect::Tick,
            1 if self.closes => Effect::Close(chan),
            2 => Effect::Done(0),
            _ => Effect::Send(chan),
        };
        self.draft.write(
            g,
            Op::Start {
                timer,
                delay,
                effect,
            },
        );
        for _ in 0..self.dice.below(4) {
            let micros = Delay::Micros(self.dice.below(100) as u32);
            let op = match self.dice.below(4) {
                0 => Op::Stop(timer),
                1 => Op::Reset(timer, micros),
                2 if effect == Effect::Tick => Op::TryRecvTimer(timer),
                _ => self.line(),
            };
            self.draft.write(g, op);
        }
    }

    fn pause(&mut self, g: Gid) {
        let op = match self.dice.below(4) {
            0 => Op::Sleep(Delay::Micros(self.dice.below(300) as u32)),
            1 => Op::Block(self.dice.below(100) as u32),
            2 => Op::Procs(self.dice.pick(&PROCS)),
            _ => Op::Yield,
        };
        self.draft.write(g, op);
    }

    /// Half of the programs close everything after a while: what is blocked then goes on.
    fn finish(&mut self) {
        let goroutines = self.draft.goroutines();
        (1..goroutines).for_each(|g| self.draft.start(g));
        if self.closes {
            let g = self.dice.below(goroutines);
            for chan in 0..self.chans {
                if self.dice.one_in(3) {
                    let micros = self.dice.below(200) as u32;
                    self.draft.write(g, Op::Sleep(Delay::Micros(micros)));
                }
                self.draft.write(g, Op::Close(chan));
            }
        }
        for g in 1..goroutines {
            if self.dice.one_in(4) {
                self.draft.write(self.draft.parent[g], Op::Join(g));
            }
        }
    }
}

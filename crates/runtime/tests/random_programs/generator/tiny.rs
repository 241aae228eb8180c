//! Programs so small that all their outcomes can be listed: two to four goroutines with one to four
//! lines each, of any kind.

use super::{Draft, PROCS};
use crate::dice::Dice;
use crate::program::{Arm, Delay, Effect, Gid, Kind, Op, Program};

pub fn generate(dice: &mut Dice, size: usize) -> Program {
    let goroutines = 1 + dice.between(1, size.div_ceil(3));
    let chans = dice.between(1, 2);
    let capacities = (0..chans).map(|_| dice.pick(&[0, 0, 1, 2])).collect();
    let mut draft = Draft::new(Kind::Tiny, dice, goroutines, capacities);
    draft.program.mutexes = 1;
    draft.program.groups = vec![dice.between(1, 2) as i64];
    // All by the first, at once: where they start is not what is looked at here.
    draft.parent.fill(0);
    (1..goroutines).for_each(|g| draft.start(g));
    let lines = dice.between(2, 1 + size);
    let queue = dice.one_in(4);
    for _ in 0..lines {
        let g = dice.below(goroutines);
        if queue {
            part_of_queue(&mut draft, dice, g, chans);
        } else {
            part(&mut draft, dice, g, chans);
        }
    }
    if dice.one_in(4) {
        draft.write(0, Op::Join(dice.between(1, goroutines - 1)));
    }
    draft.program
}

fn part(draft: &mut Draft, dice: &mut Dice, g: Gid, chans: usize) {
    let chan = dice.below(chans);
    let op = match dice.below(20) {
        0..4 => Op::Send(chan),
        4..8 => Op::Recv(chan),
        8 => Op::TrySend(chan),
        9 => Op::TryRecv(chan),
        10 => Op::Close(chan),
        11 => Op::Len(chan),
        12..16 => select(dice, chans),
        16 => dice.pick(&[Op::Done(0), Op::Wait(0)]),
        17 => {
            let (lock, chan) = (dice.pick(&[Op::Lock(0), Op::TryLock(0)]), dice.below(chans));
            draft.write(g, lock);
            if dice.one_in(2) {
                draft.write(g, dice.pick(&[Op::Yield, Op::Send(chan), Op::Recv(chan)]));
            }
            Op::Unlock(0)
        }
        18 => return timer(draft, dice, g, chan),
        _ => {
            let procs = dice.pick(&PROCS);
            dice.pick(&[Op::Yield, Op::Block(20), Op::Procs(procs)])
        }
    };
    draft.write(g, op);
}

/// Who comes first is served first. Without selects, whose losers stay in line for a moment, so that
/// the number of those parked is exact.
fn part_of_queue(draft: &mut Draft, dice: &mut Dice, g: Gid, chans: usize) {
    let chan = dice.below(chans);
    if dice.one_in(2) {
        let count = dice.between(1, 2);
        draft.write(g, Op::Parked { chan, count });
    }
    draft.write(g, dice.pick(&[Op::Send(chan), Op::Recv(chan)]));
}

fn select(dice: &mut Dice, chans: usize) -> Op {
    let arms = (0..dice.between(1, 3))
        .map(|_| match dice.below(7) {
            0..3 => Arm::Recv(dice.below(chans)),
            3..6 => Arm::Send(dice.below(chans)),
            _ => Arm::Never,
        })
        .collect();
    let default = dice.one_in(4);
    Op::Select { arms, default }
}

fn timer(draft: &mut Draft, dice: &mut Dice, g: Gid, chan: usize) {
    let timer = draft.timer();
    let delays = [Delay::Micros(0), Delay::Micros(60), Delay::Never];
    let effects = [
        Effect::Tick,
        Effect::Send(chan),
        Effect::Close(chan),
        Effect::Done(0),
    ];
    let effect = dice.pick(&effects);
    let delay = dice.pick(&delays);
    draft.write(
        g,
        Op::Start {
            timer,
            delay,
            effect,
        },
    );
    for _ in 0..dice.below(3) {
        let receive = match dice.below(2) {
            0 => Op::TryRecvTimer(timer),
            _ => Op::RecvTimer(timer),
        };
        let op = match dice.below(4) {
            0 => Op::Stop(timer),
            1 => Op::Reset(timer, dice.pick(&delays)),
            _ if effect == Effect::Tick => receive,
            _ => Op::TryRecv(chan),
        };
        draft.write(g, op);
    }
}

//! Timers of a program, as it really runs.
//!
//! [`World::due`] counts the functions that are yet to run: up before a timer is set, down after
//! its function ran, or when it was stopped in time.

use crate::history::Outcome;
use crate::program::{Delay, Effect, Op, timer_value};
use crate::world::{Call, Clock, World};
use gosched_runtime::error::TrySendError;
use gosched_runtime::time::{Ticker, Timer, sleep};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

pub async fn perform(world: &World, op: &Op) -> Option<Outcome> {
    match *op {
        Op::Sleep(delay) => {
            sleep(delay.duration()).await;
            None
        }
        Op::Start {
            timer,
            delay,
            effect,
        } => {
            start(world, timer, delay, effect);
            None
        }
        Op::Stop(timer) => set(world, timer, None),
        Op::Reset(timer, delay) => set(world, timer, Some(delay)),
        Op::RecvTimer(timer) => {
            let chan = chan(world, timer);
            chan.recv()
                .await
                .expect("a timer's channel is never closed");
            Some(Outcome::Time)
        }
        Op::TryRecvTimer(timer) => {
            let got = chan(world, timer).try_recv().is_ok();
            Some(if got {
                Outcome::Time
            } else {
                Outcome::NotReady
            })
        }
        _ => unreachable!("{op:?} is done elsewhere"),
    }
}

fn start(world: &World, timer: usize, delay: Delay, effect: Effect) {
    let slot = &world.timers[timer];
    *slot.armed.lock().unwrap() = Some(delay);
    let clock = match effect {
        Effect::Tick => Clock::Once(Timer::new(delay.duration())),
        Effect::Ticks => Clock::Again(Ticker::new(delay.duration())),
        _ => {
            world.due.fetch_add(is_soon(Some(delay)), SeqCst);
            let theirs = world.shared();
            let call = move || call(&theirs, timer, effect);
            Clock::Once(Timer::after_func(delay.duration(), call))
        }
    };
    *slot.clock.lock().unwrap() = Some(clock);
}

/// Whether its function will have run soon, as a number to count with.
fn is_soon(delay: Option<Delay>) -> i64 {
    i64::from(matches!(delay, Some(Delay::Micros(_))))
}

/// Stops, or sets anew.
fn set(world: &World, timer: usize, delay: Option<Delay>) -> Option<Outcome> {
    let slot = &world.timers[timer];
    let old = std::mem::replace(&mut *slot.armed.lock().unwrap(), delay);
    let clock = slot.clock.lock().unwrap();
    match clock.as_ref().expect("it was started") {
        Clock::Again(ticker) => {
            match delay {
                Some(delay) => ticker.reset(delay.duration()),
                None => ticker.stop(),
            }
            None
        }
        Clock::Once(clock) => {
            let has_function = has_function(world, timer);
            if has_function {
                world.due.fetch_add(is_soon(delay), SeqCst);
            }
            let active = match delay {
                Some(delay) => clock.reset(delay.duration()),
                None => clock.stop(),
            };
            if has_function && active {
                world.due.fetch_sub(is_soon(old), SeqCst);
            }
            Some(Outcome::WasActive(active))
        }
    }
}

fn has_function(world: &World, timer: usize) -> bool {
    !matches!(world.program.effect(timer), Effect::Tick | Effect::Ticks)
}

fn chan(world: &World, timer: usize) -> Arc<gosched_runtime::chan::Hchan<std::time::Instant>> {
    let clock = world.timers[timer].clock.lock().unwrap();
    match clock.as_ref().expect("it was started") {
        Clock::Once(timer) => timer.chan().clone(),
        Clock::Again(ticker) => ticker.chan().clone(),
    }
}

/// After a line whose goroutine is known to have left it: if it received a timer's time, nothing
/// follows, unless that is a ticker. Any earlier, and it would seem to wait for what never comes.
pub fn note(world: &World, op: &Op, outcome: Option<Outcome>) {
    if let (&(Op::RecvTimer(timer) | Op::TryRecvTimer(timer)), Some(Outcome::Time)) = (op, outcome)
        && world.program.effect(timer) == Effect::Tick
    {
        *world.timers[timer].armed.lock().unwrap() = None;
    }
}

/// A timer's function.
fn call(world: &World, timer: usize, effect: Effect) {
    let begin = world.now();
    let outcome = match effect {
        Effect::Send(chan) => match world.chans[chan].try_send(timer_value(timer)) {
            Ok(()) => Outcome::Sent(0),
            Err(TrySendError::Full(_)) => Outcome::NotReady,
            Err(TrySendError::Closed(_)) => Outcome::SendOnClosed(0),
        },
        Effect::Close(chan) => world.chans[chan]
            .close()
            .map_or(Outcome::CloseOfClosed, |()| Outcome::Closed),
        Effect::Done(group) => world.groups[group]
            .done()
            .map_or(Outcome::NegativeCounter, |()| Outcome::Done),
        Effect::Tick | Effect::Ticks => unreachable!("these have no function"),
    };
    let end = world.now_that_it_is_done();
    world.calls.lock().unwrap().push(Call {
        timer,
        outcome,
        begin,
        end,
    });
    world.due.fetch_sub(1, SeqCst);
}

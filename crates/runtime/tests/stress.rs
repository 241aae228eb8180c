//! Random programs: goroutines of both kinds send, receive, select and close on a few channels.
//!
//! Checked at the end of each program: every value that was sent was received once or is still
//! buffered; a channel's only receiver got each sender's values in order; and after every channel
//! was closed, nobody is parked any more.
//!
//! `GOSCHED_STRESS_SECONDS` says how long (2), `GOSCHED_STRESS_SEED` which program to begin with
//! (by the clock). A failure names the seed of its program.

#![cfg(not(loom))]

mod fake_isolates;

use fake_isolates::{Isolate, Runtime, Started, Value, eventually};
use gosched_runtime::JoinHandle;
use gosched_runtime::chan::Hchan;
use gosched_runtime::sched::Rng;
use gosched_runtime::select::{Case, Selected, select_or_not};
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const CAPACITIES: [usize; 7] = [0, 0, 1, 2, 3, 32, 64];
/// How long a program runs on its own before its channels are closed.
const RUN_FOR: Duration = Duration::from_millis(15);

/// What the goroutines of one program share.
struct World {
    chans: Vec<Arc<Hchan<Value>>>,
    /// For each channel, the one goroutine that may receive from it, if it has just one.
    receiver: Vec<Option<u32>>,
    /// Whether goroutines close channels.
    closes: bool,
    seed: u32,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    sent: Vec<Value>,
    /// By goroutine, in order.
    received: Vec<(u32, Vec<Value>)>,
}

/// A value says where it came from: sender, channel, and its number among those.
fn value(sender: u32, chan: usize, number: u64) -> Value {
    u64::from(sender) << 40 | (chan as u64) << 32 | number
}

fn origin(value: Value) -> (u32, usize, u64) {
    (
        (value >> 40) as u32,
        (value >> 32) as usize & 0xff,
        value & 0xffff_ffff,
    )
}

/// One goroutine of a program.
struct Actor {
    world: Arc<World>,
    id: u32,
    random: Rng,
    left: u32,
    next_number: Vec<u64>,
    sent: Vec<Value>,
    received: Vec<Value>,
}

/// What an actor does next.
enum Step {
    Send(usize),
    Recv(usize),
    Many,
    Close(usize),
    End,
}

impl Actor {
    fn new(world: &Arc<World>, id: u32) -> Self {
        let mut random = Rng::new(world.seed ^ id.wrapping_mul(0x9e37_79b9));
        let left = 20 + random.below(200);
        Self {
            id,
            random,
            left,
            next_number: vec![0; world.chans.len()],
            sent: Vec::new(),
            received: Vec::new(),
            world: world.clone(),
        }
    }

    fn chan(&self, at: usize) -> Arc<Hchan<Value>> {
        self.world.chans[at].clone()
    }

    fn may_receive(&self, chan: usize) -> bool {
        self.world.receiver[chan].is_none_or(|id| id == self.id)
    }

    fn any_chan(&mut self) -> usize {
        self.random.below(self.world.chans.len() as u32) as usize
    }

    /// The value that it would send on `chan` next; the same until [`sent`](Self::sent).
    fn offer(&self, chan: usize) -> Value {
        value(self.id, chan, self.next_number[chan])
    }

    fn sent(&mut self, chan: usize) {
        self.sent.push(self.offer(chan));
        self.next_number[chan] += 1;
    }

    /// Steps that park nobody are done here.
    fn step(&mut self) -> Step {
        loop {
            if self.left == 0 {
                return Step::End;
            }
            self.left -= 1;
            let chan = self.any_chan();
            match self.random.below(20) {
                0..6 => return Step::Send(chan),
                6..12 if self.may_receive(chan) => return Step::Recv(chan),
                12..14 if self.world.chans[chan].try_send(self.offer(chan)).is_ok() => {
                    self.sent(chan);
                }
                14..16 if self.may_receive(chan) => {
                    self.received.extend(self.world.chans[chan].try_recv().ok());
                }
                16..19 => return Step::Many,
                19 if self.world.closes && self.random.below(20) == 0 => return Step::Close(chan),
                _ => {}
            }
        }
    }

    fn cases(&mut self) -> Vec<Case<Arc<Hchan<Value>>, Value>> {
        (0..=self.random.below(4))
            .map(|_| {
                let chan = self.any_chan();
                if self.may_receive(chan) && self.random.below(2) == 0 {
                    Case::Recv(self.chan(chan))
                } else {
                    Case::Send(self.chan(chan), Some(self.offer(chan)))
                }
            })
            .collect()
    }

    /// `of_case`: which channel each case was on.
    fn selected(&mut self, selected: &Selected<Value>, of_case: &[usize]) {
        match *selected {
            Selected::Received(_, value) => self.received.extend(value),
            Selected::Sent(case) => self.sent(of_case[case as usize]),
            Selected::SendOnClosed(_) | Selected::NotReady => {}
        }
    }

    fn of_case(&self, cases: &[Case<Arc<Hchan<Value>>, Value>]) -> Vec<usize> {
        let place = |chan| {
            self.world
                .chans
                .iter()
                .position(|c| Arc::ptr_eq(c, chan))
                .unwrap()
        };
        cases
            .iter()
            .map(|case| match case {
                Case::Recv(chan) | Case::Send(chan, _) => place(chan),
                Case::Never => usize::MAX,
            })
            .collect()
    }

    fn end(self) {
        let mut log = self.world.log.lock().unwrap();
        log.sent.extend(self.sent);
        log.received.push((self.id, self.received));
    }
}

/// The JavaScript kind, in continuations.
fn run_on_isolate(isolate: &mut Isolate, started: Started, mut actor: Box<Actor>) {
    match actor.step() {
        Step::End => {
            actor.end();
            isolate.end(started, Ok(0));
        }
        Step::Send(at) => {
            let (chan, value) = (actor.chan(at), actor.offer(at));
            isolate.send(&chan, value, move |isolate, sent| {
                if sent {
                    actor.sent(at);
                }
                run_on_isolate(isolate, started, actor);
            });
        }
        Step::Recv(at) => {
            let chan = actor.chan(at);
            isolate.recv(&chan, move |isolate, value| {
                actor.received.extend(value);
                run_on_isolate(isolate, started, actor);
            });
        }
        Step::Close(at) => {
            let _ = actor.chan(at).close(); // another may have been first
            isolate.soon(move |isolate| run_on_isolate(isolate, started, actor));
        }
        Step::Many => {
            let mut cases = actor.cases();
            let of_case = actor.of_case(&cases);
            if actor.random.below(3) == 0 {
                let random = &mut actor.random;
                let (done, unpark) =
                    select_or_not(&mut cases, None, &mut |below| random.below(below));
                unpark.fire();
                actor.selected(&done, &of_case);
                isolate.soon(move |isolate| run_on_isolate(isolate, started, actor));
            } else {
                isolate.select(cases, move |isolate, selected| {
                    actor.selected(&selected, &of_case);
                    run_on_isolate(isolate, started, actor);
                });
            }
        }
    }
}

/// The native kind. Where the other selects, this one gives up receives, or yields.
async fn run_natively(mut actor: Actor) {
    loop {
        match actor.step() {
            Step::End => return actor.end(),
            Step::Send(at) => {
                if actor.chan(at).send(actor.offer(at)).await.is_ok() {
                    actor.sent(at);
                }
            }
            Step::Recv(at) => {
                let value = actor.chan(at).recv().await;
                actor.received.extend(value);
            }
            Step::Close(at) => drop(actor.chan(at).close()),
            Step::Many => {
                let at = actor.any_chan();
                if actor.may_receive(at) {
                    let value = recv_or_give_up(&actor.chan(at)).await;
                    actor.received.extend(value);
                }
            }
        }
    }
}

/// Starts a receive, lets others run, and gives it up unless it is done by then.
async fn recv_or_give_up(chan: &Hchan<Value>) -> Option<Value> {
    let mut recv = pin!(chan.recv());
    let mut first = true;
    poll_fn(move |cx| {
        if !std::mem::replace(&mut first, false) {
            return Poll::Ready(None);
        }
        let poll = recv.as_mut().poll(cx);
        if poll.is_pending() {
            cx.waker().wake_by_ref();
        }
        poll
    })
    .await
}

fn run_program(seed: u32) {
    let mut random = Rng::new(seed);
    let chans = 1 + random.below(4);
    let (javascript, native) = (1 + random.below(6), random.below(6));
    let goroutines = javascript + native;
    let world = Arc::new(World {
        chans: (0..chans)
            .map(|_| Arc::new(Hchan::new(CAPACITIES[random.below(7) as usize])))
            .collect(),
        receiver: (0..chans)
            .map(|_| (random.below(2) == 0).then(|| random.below(goroutines)))
            .collect(),
        closes: random.below(3) == 0,
        seed,
        log: Mutex::default(),
    });
    let theirs = world.clone();
    let procs = 1 + random.below(4) as usize;
    let mut runtime = Runtime::new(procs, move |isolate, started| {
        let actor = Actor::new(&theirs, started.args as u32);
        run_on_isolate(isolate, started, Box::new(actor));
    });
    for id in 0..javascript {
        runtime.main.go(u64::from(id));
    }
    let handles: Vec<_> = (javascript..goroutines)
        .map(|id| runtime.sched.go(run_natively(Actor::new(&world, id))))
        .collect();
    std::thread::sleep(RUN_FOR); // not to wait for anything: the program may run on
    for chan in &world.chans {
        let _ = chan.close();
    }
    runtime.wait_for_ends(javascript as usize);
    eventually("native goroutines end", || {
        handles.iter().all(JoinHandle::is_done)
    });
    for chan in &world.chans {
        assert_eq!(chan.waiters(), (0, 0), "nobody is left parked");
    }
    runtime.end();
    check(&world);
}

fn check(world: &World) {
    let log = world.log.lock().unwrap();
    let mut got: Vec<Value> = log
        .received
        .iter()
        .flat_map(|(_, values)| values)
        .copied()
        .collect();
    for (at, chan) in world.chans.iter().enumerate() {
        while let Ok(value) = chan.try_recv() {
            assert_eq!(
                origin(value).1,
                at,
                "a value is in the channel it was sent on"
            );
            got.push(value);
        }
    }
    let mut sent = log.sent.clone();
    sent.sort_unstable();
    got.sort_unstable();
    assert_eq!(
        sent, got,
        "what was sent, and what was received or is buffered"
    );
    for (receiver, values) in &log.received {
        let mut last: HashMap<(u32, usize), u64> = HashMap::new();
        for &value in values {
            let (sender, chan, number) = origin(value);
            if world.receiver[chan] == Some(*receiver) {
                let before = last.insert((sender, chan), number);
                assert!(
                    before < Some(number),
                    "{sender}'s values on channel {chan} are in order"
                );
            }
        }
    }
}

#[test]
fn random_programs_lose_nothing_and_keep_order() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u32>().ok())
    };
    let seconds = number("GOSCHED_STRESS_SECONDS").unwrap_or(2);
    let seed = number("GOSCHED_STRESS_SEED").unwrap_or_else(|| {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(1, |time| time.subsec_nanos())
    });
    let start = Instant::now();
    let mut programs = 0;
    while programs == 0 || start.elapsed() < Duration::from_secs(u64::from(seconds)) {
        let seed = seed.wrapping_add(programs);
        println!("GOSCHED_STRESS_SEED={seed}"); // shown when the test fails: the last one is it
        run_program(seed);
        programs += 1;
    }
}

//! A host whose isolates are plain threads, for tests of the scheduler without Node.
//!
//! Each [`Isolate`] is what JavaScript's side is to the scheduler: it polls, keeps a table from
//! ticket to continuation (JavaScript's promises), runs continuations one after the other (its
//! microtasks), and sleeps on a condition variable (its event loop). A goroutine is a *program*: a
//! function that the test gives, called with an [`Isolate`] and a [`Started`], which goes on in
//! continuations and calls [`Isolate::end`] when it is done.

#![allow(dead_code, reason = "each test uses some of it")]

use gosched_runtime::chan::{Hchan, Own, Parked, Receiving, Sending, Served};
use gosched_runtime::host::{Host, IsolateId};
use gosched_runtime::mailbox::{Event, Mailbox};
use gosched_runtime::sched::{End, IsolateM, Sched, Turn};
use gosched_runtime::select::{self, Case, Enqueued, Selected};
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, OnceLock, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What goroutines pass around.
pub type Value = u64;
/// What a goroutine is told whose isolate ended.
pub const ISOLATE_DIED: Value = u64::MAX;
/// A test that makes no progress for so long is stuck. Far beyond any pause of a busy machine.
pub const STUCK: Duration = Duration::from_secs(30);

/// A goroutine that has just started.
#[derive(Clone, Copy)]
pub struct Started {
    pub slot: u32,
    pub args: Value,
}

type Program = Arc<dyn Fn(&mut Isolate, Started) + Send + Sync>;
type Microtask = Box<dyn FnOnce(&mut Isolate)>;
type Continuation = Box<dyn FnOnce(&mut Isolate, Event<Value>)>;

/// An isolate's event loop: where it sleeps.
#[derive(Default)]
struct EventLoop {
    state: Mutex<LoopState>,
    changed: Condvar,
}

#[derive(Default)]
struct LoopState {
    woken: bool,
    asleep: bool,
    closing: bool,
}

impl EventLoop {
    fn update(&self, change: impl FnOnce(&mut LoopState)) {
        change(&mut self.state.lock().unwrap());
        self.changed.notify_all();
    }

    /// Sleeps until woken. `false`: nobody did within `patience`.
    fn sleep(&self, patience: Duration) -> bool {
        let mut state = self.state.lock().unwrap();
        state.asleep = true;
        let (mut state, timeout) = self
            .changed
            .wait_timeout_while(state, patience, |state| !state.woken && !state.closing)
            .unwrap();
        state.asleep = false;
        state.woken = false;
        !timeout.timed_out()
    }
}

/// The host: starts isolates as threads.
struct ThreadHost {
    sched: OnceLock<Weak<Sched<Value>>>,
    program: Program,
    loops: Mutex<HashMap<IsolateId, Arc<EventLoop>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    next: AtomicU32,
    asked: AtomicU32,
    /// How many of the next starts fail.
    failing: AtomicU32,
    /// New isolates end at once.
    stopping: AtomicBool,
    /// Isolates that are asked for do not start, until told; how many were.
    held: Mutex<Option<usize>>,
    me: Weak<ThreadHost>,
}

impl Host for ThreadHost {
    fn start_isolate(&self) {
        self.asked.fetch_add(1, SeqCst);
        if let Some(held) = &mut *self.held.lock().unwrap() {
            *held += 1;
            return;
        }
        let (Some(host), Some(sched)) = (self.me.upgrade(), self.sched()) else {
            return;
        };
        let thread = std::thread::spawn(move || host.isolate_main(&sched));
        self.threads.lock().unwrap().push(thread);
    }

    fn end_isolate(&self, id: IsolateId) {
        if let Some(event_loop) = self.loops.lock().unwrap().get(&id) {
            event_loop.update(|state| state.closing = true);
        }
    }

    fn wake_isolate(&self, id: IsolateId) {
        let event_loop = self.loops.lock().unwrap().get(&id).cloned();
        if let Some(event_loop) = event_loop {
            event_loop.update(|state| state.woken = true);
        }
    }
}

impl ThreadHost {
    fn sched(&self) -> Option<Arc<Sched<Value>>> {
        self.sched.get().and_then(Weak::upgrade)
    }

    fn new_mailbox(self: &Arc<Self>) -> (Arc<Mailbox<Value>>, Arc<EventLoop>) {
        let id = self.next.fetch_add(1, SeqCst);
        let event_loop = Arc::new(EventLoop::default());
        let mut loops = self.loops.lock().unwrap();
        loops.insert(id, event_loop.clone());
        event_loop.update(|state| state.closing = self.stopping.load(SeqCst));
        drop(loops);
        (Arc::new(Mailbox::new(id, self.clone())), event_loop)
    }

    fn isolate_main(self: Arc<Self>, sched: &Arc<Sched<Value>>) {
        if self
            .failing
            .fetch_update(SeqCst, SeqCst, |n| n.checked_sub(1))
            .is_ok()
        {
            sched.isolate_failed().tell(|_, _| ISOLATE_DIED);
            return;
        }
        let (mailbox, event_loop) = self.new_mailbox();
        let m = sched.isolate_started(mailbox);
        let mut isolate = Isolate::new(m, event_loop, self.program.clone());
        while !isolate.is_closing() {
            isolate.turn(STUCK);
        }
        self.loops.lock().unwrap().remove(&isolate.id());
        isolate.close();
    }
}

/// A scheduler with its host, and the main isolate, which is the test's own thread.
pub struct Runtime {
    pub sched: Arc<Sched<Value>>,
    pub main: Isolate,
    host: Arc<ThreadHost>,
}

impl Runtime {
    /// `program` is what JavaScript goroutines run, all of them.
    pub fn new(
        procs: usize,
        program: impl Fn(&mut Isolate, Started) + Send + Sync + 'static,
    ) -> Self {
        let program: Program = Arc::new(program);
        let host = Arc::new_cyclic(|me: &Weak<ThreadHost>| ThreadHost {
            sched: OnceLock::new(),
            program: program.clone(),
            loops: Mutex::default(),
            threads: Mutex::default(),
            next: AtomicU32::new(0),
            asked: AtomicU32::new(0),
            failing: AtomicU32::new(0),
            stopping: AtomicBool::new(false),
            held: Mutex::new(None),
            me: me.clone(),
        });
        let sched = Sched::new(procs, host.clone());
        assert!(host.sched.set(Arc::downgrade(&sched)).is_ok());
        let (mailbox, event_loop) = host.new_mailbox();
        let m = sched.guest_started(mailbox, true);
        let main = Isolate::new(m, event_loop, program);
        Self { sched, main, host }
    }

    /// Starts isolates before there is work, as JavaScript's first `go` does.
    pub fn start_early(&self, count: usize) {
        for _ in 0..self.sched.reserve_isolates(count) {
            self.host.start_isolate();
        }
    }

    /// How many isolates were asked for.
    pub fn asked(&self) -> usize {
        self.host.asked.load(SeqCst) as usize
    }

    /// Isolates that are asked for do not start, for now.
    pub fn hold_starts(&self) {
        *self.host.held.lock().unwrap() = Some(0);
    }

    /// Those do now.
    pub fn start_held(&self) {
        let held = self.host.held.lock().unwrap().take();
        (0..held.unwrap_or(0)).for_each(|_| self.host.start_isolate());
    }

    /// The next `count` starts fail.
    pub fn fail_next_starts(&self, count: u32) {
        self.host.failing.store(count, SeqCst);
    }

    /// The isolates that live, without the main one.
    pub fn isolates(&self) -> Vec<IsolateId> {
        let main = self.main.id();
        self.host
            .loops
            .lock()
            .unwrap()
            .keys()
            .copied()
            .filter(|&id| id != main)
            .collect()
    }

    /// Waits until every isolate sleeps in its event loop.
    pub fn wait_until_quiet(&self) {
        let main = self.main.id();
        eventually("all isolates sleep", || {
            let loops = self.host.loops.lock().unwrap();
            loops
                .iter()
                .filter(|&(&id, _)| id != main)
                .all(|(_, event_loop)| {
                    let state = event_loop.state.lock().unwrap();
                    state.asleep && !state.woken
                })
        });
    }

    /// Whether this isolate sleeps in its event loop.
    pub fn is_asleep(&self, id: IsolateId) -> bool {
        let loops = self.host.loops.lock().unwrap();
        loops.get(&id).is_some_and(|event_loop| {
            let state = event_loop.state.lock().unwrap();
            state.asleep && !state.woken
        })
    }

    /// Makes the isolate end as soon as it polls next.
    pub fn close_isolate(&self, id: IsolateId) {
        let event_loop = self.host.loops.lock().unwrap().get(&id).cloned();
        event_loop
            .expect("a live isolate")
            .update(|state| state.closing = true);
    }

    /// Runs the main isolate until `count` of its goroutines have ended since the last call.
    pub fn wait_for_ends(&mut self, count: usize) -> Vec<Result<Value, Value>> {
        self.main
            .run_until("goroutines end", |main| main.ended.len() >= count);
        self.main.ended.drain(..count).collect()
    }

    /// Ends every isolate and every thread. Nothing may be alive.
    pub fn end(self) {
        eventually("nothing is alive", || self.sched.live() == 0);
        assert!(self.sched.table().is_empty());
        self.stop();
    }

    /// Ends every isolate and every thread, whatever is alive.
    pub fn stop(self) {
        {
            // Under the lock: an isolate is in the map and is told here, or sees the flag.
            let loops = self.host.loops.lock().unwrap();
            self.host.stopping.store(true, SeqCst);
            loops
                .values()
                .for_each(|event_loop| event_loop.update(|state| state.closing = true));
        }
        loop {
            let thread = self.host.threads.lock().unwrap().pop();
            let Some(thread) = thread else { break };
            thread.join().expect("an isolate's thread ends well");
        }
        self.sched.shutdown();
        self.main.close();
    }
}

/// Waits for a condition that other threads bring about.
pub fn eventually(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < STUCK, "stuck: {what}");
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// One isolate, used by its own thread.
pub struct Isolate {
    m: IsolateM<Value>,
    own: Own<Value>,
    event_loop: Arc<EventLoop>,
    program: Program,
    microtasks: VecDeque<Microtask>,
    parked: HashMap<u32, Continuation>,
    next_ticket: u32,
    /// How goroutines started with [`go`](Self::go) have ended, in order of arrival.
    ended: VecDeque<Result<Value, Value>>,
    waits_for_ends: bool,
}

impl Isolate {
    fn new(m: IsolateM<Value>, event_loop: Arc<EventLoop>, program: Program) -> Self {
        Self {
            own: Own::new(m.mailbox().clone()),
            m,
            event_loop,
            program,
            microtasks: VecDeque::new(),
            parked: HashMap::new(),
            next_ticket: 0,
            ended: VecDeque::new(),
            waits_for_ends: false,
        }
    }

    pub fn id(&self) -> IsolateId {
        self.m.mailbox().id()
    }

    pub fn sched(&self) -> &Arc<Sched<Value>> {
        self.m.sched()
    }

    /// Does what blocks the thread, as `recvSync` does in the binding.
    ///
    /// `false`: it was refused.
    pub fn block(&mut self, f: impl FnOnce()) -> bool {
        let allowed = self.m.start_blocking();
        if allowed {
            f();
            self.m.stop_blocking();
        }
        allowed
    }

    pub fn residents(&self) -> usize {
        self.m.residents()
    }

    /// How many operations are parked here.
    pub fn parked(&self) -> usize {
        self.parked.len()
    }

    pub fn random(&mut self, below: u32) -> u32 {
        self.m.random().below(below)
    }

    /// It ends when this turn is over.
    pub fn crash(&self) {
        self.event_loop.update(|state| state.closing = true);
    }

    fn is_closing(&self) -> bool {
        self.event_loop.state.lock().unwrap().closing
    }

    fn close(self) {
        drop(self.parked); // its promises will never settle
        self.m.close(End::Crashed).tell(|_, _| ISOLATE_DIED);
    }

    /// One turn of the event loop: polls once and runs what became ready.
    fn turn(&mut self, patience: Duration) {
        let mut batch = Vec::new();
        let waiting = !self.parked.is_empty() || self.waits_for_ends;
        match self.m.poll(&mut batch, waiting) {
            Turn::Events => {
                // In the order in which they came, also among what is served here from now on.
                for event in batch {
                    self.soon(move |isolate| isolate.deliver(event));
                }
            }
            Turn::Start { slot, args, .. } => {
                let program = self.program.clone();
                program(self, Started { slot, args });
            }
            Turn::Parked => {
                self.event_loop.sleep(patience);
            }
        }
        while let Some(microtask) = self.microtasks.pop_front() {
            microtask(self);
        }
    }

    /// Turns until `done`.
    pub fn run_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        self.waits_for_ends = true;
        while !done(self) {
            assert!(
                start.elapsed() < STUCK,
                "stuck: {what}; live: {}, spinning: {}",
                self.sched().live(),
                self.sched().spinning(),
            );
            self.turn(STUCK);
        }
        self.waits_for_ends = false;
    }

    fn deliver(&mut self, event: Event<Value>) {
        let ticket = match event {
            Event::Liveness => return,
            Event::Woken { .. } => panic!("no isolate here polls futures"),
            Event::Ended { outcome, .. } => {
                self.ended.push_back(outcome);
                return;
            }
            Event::Received { ticket, .. }
            | Event::Sent { ticket, .. }
            | Event::SendOnClosed { ticket, .. }
            | Event::Ready { ticket } => ticket,
        };
        let go_on = self.parked.remove(&ticket).expect("a ticket is told once");
        go_on(self, event);
    }

    fn ticket(&mut self) -> u32 {
        self.next_ticket += 1;
        self.next_ticket
    }

    fn who(&self, ticket: u32) -> Parked<Value> {
        Parked::Isolate {
            mailbox: self.m.mailbox().clone(),
            ticket,
        }
    }

    /// Whom the operation that is over has served here goes on when what runs now is over.
    fn wake_own(&mut self) {
        if let Some(Served {
            ticket,
            case,
            value,
        }) = self.own.take()
        {
            let event = match value {
                None => Event::Sent { ticket, case },
                value => Event::Received {
                    ticket,
                    case,
                    value,
                    turn: 0,
                },
            };
            self.soon(move |isolate| isolate.deliver(event));
        }
    }

    /// Runs `task` when what runs now is over.
    pub fn soon(&mut self, task: impl FnOnce(&mut Isolate) + 'static) {
        self.microtasks.push_back(Box::new(task));
    }

    /// Starts a goroutine. Its end is counted here.
    pub fn go(&mut self, args: Value) {
        self.start(args);
    }

    /// As [`go`](Self::go). Gives its number.
    pub fn start(&mut self, args: Value) -> u64 {
        let ticket = self.ticket();
        self.m.go(0, ticket, 0, args, 0)
    }

    /// A goroutine that started here is over.
    pub fn end(&mut self, started: Started, outcome: Result<Value, Value>) {
        assert!(self.m.end(started.slot, outcome), "a goroutine ends once");
    }

    pub fn recv(
        &mut self,
        chan: &Hchan<Value>,
        then: impl FnOnce(&mut Isolate, Option<Value>) + 'static,
    ) {
        let ticket = self.ticket();
        match chan.recv_or_park(Some(&self.own), || self.who(ticket)) {
            Receiving::Done(value, unpark) => {
                unpark.fire();
                self.wake_own();
                self.soon(move |isolate| then(isolate, Some(value)));
            }
            Receiving::Closed => self.soon(move |isolate| then(isolate, None)),
            Receiving::Parked => {
                let go_on = move |isolate: &mut Isolate, event| match event {
                    Event::Received { value, .. } => then(isolate, value),
                    event => panic!("a receive was told {event:?}"),
                };
                self.parked.insert(ticket, Box::new(go_on));
            }
        }
    }

    /// `then` learns whether the value was sent; if not, the channel is closed.
    pub fn send(
        &mut self,
        chan: &Hchan<Value>,
        value: Value,
        then: impl FnOnce(&mut Isolate, bool) + 'static,
    ) {
        let ticket = self.ticket();
        match chan.send_or_park(value, Some(&self.own), || self.who(ticket)) {
            Sending::Done(unpark) => {
                unpark.fire();
                self.wake_own();
                self.soon(move |isolate| then(isolate, true));
            }
            Sending::Closed(_) => self.soon(move |isolate| then(isolate, false)),
            Sending::Parked => {
                let go_on = move |isolate: &mut Isolate, event| match event {
                    Event::Sent { .. } => then(isolate, true),
                    Event::SendOnClosed { .. } => then(isolate, false),
                    event => panic!("a send was told {event:?}"),
                };
                self.parked.insert(ticket, Box::new(go_on));
            }
        }
    }

    /// A blocking select.
    pub fn select(
        &mut self,
        mut cases: Vec<Case<Arc<Hchan<Value>>, Value>>,
        then: impl FnOnce(&mut Isolate, Selected<Value>) + 'static,
    ) {
        let ticket = self.ticket();
        let mailbox = self.m.mailbox().clone();
        let who = || Parked::Isolate {
            mailbox: mailbox.clone(),
            ticket,
        };
        let random = self.m.random();
        let (done, unpark, enqueued) =
            select::select_or_park(&mut cases, who, Some(&self.own), &mut |below| {
                random.below(below)
            });
        unpark.fire();
        self.wake_own();
        match enqueued {
            None => self.soon(move |isolate| then(isolate, done)),
            Some(enqueued) => self.park_select(ticket, enqueued, then),
        }
    }

    fn park_select(
        &mut self,
        ticket: u32,
        enqueued: Enqueued<Arc<Hchan<Value>>, Value>,
        then: impl FnOnce(&mut Isolate, Selected<Value>) + 'static,
    ) {
        let go_on = move |isolate: &mut Isolate, event| {
            drop(enqueued);
            let selected = match event {
                Event::Received { case, value, .. } => Selected::Received(case, value),
                Event::Sent { case, .. } => Selected::Sent(case),
                Event::SendOnClosed { case, .. } => Selected::SendOnClosed(case),
                event => panic!("a select was told {event:?}"),
            };
            then(isolate, selected);
        };
        self.parked.insert(ticket, Box::new(go_on));
    }
}

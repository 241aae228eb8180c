//! Isolates that send each other mail, and the one who finds out that all are quiet.

#![cfg(loom)]

mod counting_host;

use counting_host::MailOnly;
use gosched_runtime::mailbox::{Event, Mailbox};
use gosched_runtime::sched::are_quiet;
use loom::sync::Mutex;
use loom::sync::atomic::{AtomicU32, Ordering::SeqCst};
use loom::thread;
use std::sync::Arc;

const ROUND: u64 = 1;

/// What a verdict must not overlook.
struct World {
    isolates: Vec<Arc<Mailbox<u32>>>,
    /// The lock under which isolates become quiet and are looked at.
    state: Mutex<()>,
    /// Values on their way, or in the hands of an isolate that has not done with them.
    alive: AtomicU32,
    verdicts: AtomicU32,
}

impl World {
    fn new(isolates: &[&MailOnly]) -> Arc<Self> {
        let isolates = isolates.iter().map(|it| it.mailbox.clone());
        Arc::new(Self {
            isolates: isolates.collect(),
            state: Mutex::new(()),
            alive: AtomicU32::new(0),
            verdicts: AtomicU32::new(0),
        })
    }

    fn send(&self, to: usize, hops: u32) {
        self.alive.fetch_add(1, SeqCst);
        assert!(
            self.isolates[to]
                .push(Event::Ready { ticket: hops })
                .is_ok()
        );
    }

    /// One pass of an isolate: what it finds it passes on, `hops` times in all.
    fn poll(&self, me: usize) {
        let mailbox = &self.isolates[me];
        mailbox.rounds().wake();
        let mut batch = Vec::new();
        mailbox.drain(&mut batch);
        for event in batch {
            let Event::Ready { ticket: hops } = event else {
                unreachable!("nothing else is sent");
            };
            if hops > 0 {
                self.send((me + 1) % self.isolates.len(), hops - 1);
            }
            self.alive.fetch_sub(1, SeqCst);
        }
    }

    /// Its event loop is dry.
    fn quiet(&self, me: usize) {
        if self.isolates[me].is_pending() {
            return;
        }
        let _state = self.state.lock().unwrap();
        self.isolates[me].rounds().ask(ROUND);
        self.isolates[me].rounds().quiet();
    }

    /// The same; and it sees whether it was the last.
    fn quiet_and_look(&self, me: usize) {
        self.quiet(me);
        self.look();
    }

    fn look(&self) {
        let _state = self.state.lock().unwrap();
        if are_quiet(&self.isolates, ROUND, || true) {
            assert_eq!(self.alive.load(SeqCst), 0, "quiet, and something is alive");
            self.verdicts.fetch_add(1, SeqCst);
        }
    }
}

/// Both may run dry before, between and after.
#[test]
fn a_verdict_means_that_nothing_is_under_way() {
    loom::model(|| {
        let (a, b) = (MailOnly::new(), MailOnly::new());
        let world = World::new(&[&a, &b]);
        world.send(0, 1);
        let other = {
            let world = world.clone();
            thread::spawn(move || {
                world.quiet_and_look(1);
                world.poll(1);
                world.quiet_and_look(1);
            })
        };
        world.poll(0);
        world.quiet_and_look(0);
        other.join().unwrap();
        // What is left over now, one after the other, ends in a verdict.
        for me in [1, 0, 1] {
            world.poll(me);
            world.quiet_and_look(me);
        }
        assert!(world.verdicts.load(SeqCst) > 0);
    });
}

/// One that blocks its thread for what the other sends: it looks when it was called, and sleeps otherwise.
#[test]
fn who_is_asleep_and_was_not_called_does_nothing() {
    loom::model(|| {
        let (a, b) = (MailOnly::new(), MailOnly::new());
        let world = World::new(&[&a, &b]);
        let parcel = Arc::new(Mutex::new(false));
        world.alive.fetch_add(1, SeqCst); // what the other is about to send
        let blocked = {
            let (world, parcel) = (world.clone(), parcel.clone());
            thread::spawn(move || {
                let rounds = world.isolates[1].rounds();
                for _ in 0..2 {
                    rounds.stir();
                    if std::mem::take(&mut *parcel.lock().unwrap()) {
                        // It has what it blocked for; what it does with it comes to an end.
                        world.alive.fetch_sub(1, SeqCst);
                        return;
                    }
                    let asleep = {
                        let _state = world.state.lock().unwrap();
                        rounds.fall_asleep()
                    };
                    if asleep {
                        world.look();
                        return;
                    }
                }
                unreachable!("it is called once");
            })
        };
        *parcel.lock().unwrap() = true;
        world.isolates[1].rounds().call();
        world.quiet_and_look(0);
        blocked.join().unwrap();
    });
}

/// The lead is not among them: it sends, and looks when it has nothing else to do.
#[test]
fn what_the_lead_sends_is_seen() {
    loom::model(|| {
        let a = MailOnly::new();
        let world = World::new(&[&a]);
        let other = {
            let world = world.clone();
            thread::spawn(move || {
                world.quiet(0);
                world.poll(0);
                world.quiet(0);
            })
        };
        world.send(0, 0);
        let state = world.state.lock().unwrap();
        if are_quiet(&world.isolates, ROUND, || true) {
            assert_eq!(world.alive.load(SeqCst), 0, "quiet, and mail is waiting");
        }
        drop(state);
        other.join().unwrap();
    });
}

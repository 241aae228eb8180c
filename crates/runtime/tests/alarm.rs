//! Alarms that JavaScript refers to: when they are collected, and when they count as alive.

#![cfg(not(loom))]

mod counting_host;

use counting_host::CountingHost;
use gosched_runtime::alarm::Alarm;
use gosched_runtime::chan::Receiving;
use gosched_runtime::mailbox::{Event, Mailbox};
use gosched_runtime::sched::Sched;
use std::sync::Arc;
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);
const SOON: Duration = Duration::from_millis(1);

fn sched() -> Arc<Sched<u32>> {
    Sched::new(1, Arc::new(CountingHost::default()))
}

fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_pending_alarm_that_nobody_refers_to_is_gone() {
    let alarm = Alarm::collectable(sched(), || 1);
    for period in [None, Some(HOUR)] {
        alarm.start(HOUR, period);
    }
    let weak = Arc::downgrade(&alarm);
    drop(alarm);
    assert!(weak.upgrade().is_none());
}

#[test]
fn it_counts_as_alive_while_it_is_waited_for_and_can_fire() {
    let sched = sched();
    let alarm = Alarm::collectable(sched.clone(), || 1);
    alarm.start(HOUR, None);
    assert_eq!(sched.live(), 0, "nobody waits");
    alarm.add_waiter();
    alarm.add_waiter();
    assert_eq!(sched.live(), 1);
    assert!(alarm.stop());
    assert_eq!(sched.live(), 0, "it cannot fire");
    assert!(!alarm.start(HOUR, Some(HOUR)));
    assert_eq!(sched.live(), 1);
    alarm.drop_waiter();
    assert_eq!(sched.live(), 1);
    alarm.drop_waiter();
    assert_eq!(sched.live(), 0, "nobody waits any more");
}

#[test]
fn one_that_fires_counts_no_more_and_watchers_find_its_mail() {
    let sched = sched();
    let mailbox = Arc::new(Mailbox::new(0, Arc::new(CountingHost::default())));
    sched.watch(mailbox.clone());
    let alarm = Alarm::collectable(sched.clone(), || 7);
    alarm.start(HOUR, None);
    let parked = || gosched_runtime::chan::Parked::Isolate {
        mailbox: mailbox.clone(),
        ticket: 5,
    };
    assert!(matches!(
        alarm.chan().recv_or_park(None, parked),
        Receiving::Parked
    ));
    alarm.add_waiter();
    alarm.start(SOON, None);
    eventually("it fires", || sched.live() == 0);
    let mut batch = Vec::new();
    mailbox.drain(&mut batch);
    let received = Event::Received {
        ticket: 5,
        case: 0,
        value: Some(7),
        turn: 1,
    };
    assert!(batch.contains(&received), "{batch:?}");
    alarm.drop_waiter();
    assert_eq!(sched.live(), 0);
}

#[test]
fn of_stop_and_firing_one_has_the_value() {
    let sched = sched();
    for _ in 0..2_000 {
        let alarm = Alarm::collectable(sched.clone(), || 1);
        alarm.start(Duration::from_micros(20), None);
        std::thread::yield_now();
        let received = alarm.chan().try_recv().is_ok();
        let stopped = alarm.stop();
        assert!(
            received != stopped,
            "received {received}, stopped {stopped}"
        );
        assert!(
            alarm.chan().try_recv().is_err(),
            "nothing comes after a stop"
        );
    }
}

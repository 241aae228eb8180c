//! Go's `select`, by the numbers of the conformance catalogue: its cases that mean something in
//! Rust. A nil channel is here a `Case::Never`; `default` is `try_select`.

#![cfg(not(loom))]

mod by_hand;

use by_hand::{run, start};
use gosched_runtime::chan::Hchan;
use gosched_runtime::go;
use gosched_runtime::select::{Case, Selected, select, try_select};
use std::sync::{Arc, Barrier};

type Chan = Hchan<u64>;
type Cases<'a> = [Case<&'a Chan, u64>];

fn chan(capacity: usize) -> Arc<Chan> {
    Arc::new(Chan::new(capacity))
}

/// Long where it is quick.
const ROUNDS: u64 = if cfg!(debug_assertions) {
    10_000
} else {
    100_000
};

#[test]
fn sel_001_to_sel_004_without_a_live_case_it_blocks() {
    for nils in 0..3 {
        let mut cases: Vec<Case<&Chan, u64>> = (0..nils).map(|_| Case::Never).collect();
        start(select(&mut cases)).parked().still_parked();
    }
}

#[test]
fn sel_005_and_sel_036_with_no_case_ready_it_parks_until_one_is() {
    for capacity in [0, 1, 64] {
        let (a, b) = (chan(capacity), chan(capacity));
        let mut cases = [Case::Recv(&*a), Case::Recv(&*b)];
        let mut parked = start(select(&mut cases)).parked();
        parked.still_parked();
        b.try_send(4).unwrap();
        assert_eq!(parked.woken(), Selected::Received(1, Some(4)));
        assert_eq!((a.waiters(), b.waiters()), ((0, 0), (0, 0)));
    }
}

#[test]
fn sel_006_to_sel_008_default_alone_or_beside_nil_channels_is_taken() {
    let none: &mut Cases = &mut [];
    assert_eq!(try_select(none), Selected::NotReady);
    let nil: &mut Cases = &mut [Case::Never, Case::Never];
    assert_eq!(try_select(nil), Selected::NotReady);
}

#[test]
fn sel_009_to_sel_012_what_is_ready_goes_before_default() {
    let c = chan(1);
    assert_eq!(
        try_select(&mut [Case::Send(&*c, Some(1))]),
        Selected::Sent(0)
    );
    assert_eq!(
        try_select(&mut [Case::Recv(&*c)]),
        Selected::Received(0, Some(1))
    );
    c.close().unwrap();
    assert_eq!(
        try_select(&mut [Case::Recv(&*c)]),
        Selected::Received(0, None)
    );
    let mut cases = [Case::Send(&*c, Some(1))];
    assert_eq!(try_select(&mut cases), Selected::SendOnClosed(0));
    assert_eq!(start(select(&mut cases)).done(), Selected::SendOnClosed(0));
}

#[test]
fn sel_013_a_select_does_not_pair_with_itself() {
    let c = chan(0);
    let mut cases = [Case::Send(&*c, Some(1)), Case::Recv(&*c)];
    let mut parked = start(select(&mut cases)).parked();
    parked.still_parked();
    assert_eq!(c.try_recv(), Ok(1));
    assert_eq!(parked.woken(), Selected::Sent(0));
    assert_eq!(c.waiters(), (0, 0));
}

#[test]
fn sel_014_two_that_offer_both_directions_never_get_their_own() {
    run(2, async {
        for capacity in [0, 10] {
            let c = chan(capacity);
            let both: Vec<_> = (0..2)
                .map(|me| {
                    let c = c.clone();
                    go(async move {
                        for _ in 0..1000 {
                            let mut cases = [Case::Send(&*c, Some(me)), Case::Recv(&*c)];
                            match select(&mut cases).await {
                                Selected::Sent(0) => {}
                                Selected::Received(1, Some(who)) => {
                                    assert!(capacity > 0 || who != me, "from itself");
                                }
                                other => panic!("{other:?}"),
                            }
                        }
                    })
                })
                .collect();
            // Unbuffered, each meeting completes a select of either; buffered, one case is ready.
            for goroutine in both {
                goroutine.await.unwrap();
            }
        }
    });
}

/// Rounds of: `c1` holds a value; the other makes `c2` ready before it takes from `c1`.
fn readiness_is_judged_at_one_instant(make_ready: fn(&Chan)) {
    let meet = Barrier::new(2);
    let rounds: Vec<_> = (0..ROUNDS).map(|_| (Chan::new(1), Chan::new(1))).collect();
    std::thread::scope(|s| {
        s.spawn(|| {
            for (c1, c2) in &rounds {
                c1.try_send(1).unwrap();
                meet.wait();
                let selected = try_select(&mut [Case::Recv(c1), Case::Recv(c2)]);
                assert_ne!(selected, Selected::NotReady, "one was always ready");
            }
        });
        for (c1, c2) in &rounds {
            meet.wait();
            make_ready(c2);
            let _ = c1.try_recv();
        }
    });
}

#[test]
fn sel_015_a_value_that_comes_before_another_goes() {
    readiness_is_judged_at_one_instant(|chan| chan.try_send(1).unwrap());
}

#[test]
fn sel_016_a_close_that_comes_before_a_value_goes() {
    readiness_is_judged_at_one_instant(|chan| chan.close().unwrap());
}

/// Goroutines that do `ROUNDS` operations on each of four channels, one way or in selects.
#[test]
fn sel_017_stress() {
    run(4, async {
        let chans = [chan(0), chan(0), chan(2), chan(3)];
        let mut all = Vec::new();
        for c in chans.clone() {
            let (sends, receives) = (c.clone(), c);
            all.push(go(async move {
                for value in 0..ROUNDS {
                    sends.send(value).await.unwrap();
                }
            }));
            all.push(go(async move {
                for _ in 0..ROUNDS {
                    receives.recv().await.unwrap();
                }
            }));
        }
        let sends = chans.clone();
        all.push(go(async move {
            let mut done = [0; 4];
            while done.iter().any(|&done| done < ROUNDS) {
                let mut cases: [Case<&Chan, u64>; 4] = std::array::from_fn(|i| {
                    if done[i] < ROUNDS {
                        Case::Send(&*sends[i], Some(done[i]))
                    } else {
                        Case::Never
                    }
                });
                match select(&mut cases).await {
                    Selected::Sent(case) => done[case as usize] += 1,
                    other => panic!("{other:?}"),
                }
            }
        }));
        all.push(go(async move {
            let mut done = [0; 4];
            while done.iter().any(|&done| done < ROUNDS) {
                let mut cases: [Case<&Chan, u64>; 4] = std::array::from_fn(|i| {
                    if done[i] < ROUNDS {
                        Case::Recv(&*chans[i])
                    } else {
                        Case::Never
                    }
                });
                match select(&mut cases).await {
                    Selected::Received(case, Some(_)) => done[case as usize] += 1,
                    other => panic!("{other:?}"),
                }
            }
        }));
        for goroutine in all {
            goroutine.await.unwrap();
        }
    });
}

#[test]
fn sel_018_cases_that_are_always_ready_are_chosen_equally() {
    const TRIALS: u32 = 10_000;
    let ready = [
        Chan::new(TRIALS as usize + 1),
        Chan::new(TRIALS as usize + 1),
    ];
    for value in 0..=u64::from(TRIALS) {
        ready[0].try_send(value).unwrap();
        ready[1].try_send(value).unwrap();
    }
    let (third, fourth) = (Chan::new(0), Chan::new(0));
    let mut times = [0_u32; 2];
    for _ in 0..TRIALS {
        let mut cases = [
            Case::Recv(&third),
            Case::Recv(&ready[0]),
            Case::Recv(&ready[1]),
            Case::Recv(&fourth),
        ];
        match start(select(&mut cases)).done() {
            Selected::Received(case @ (1 | 2), Some(_)) => times[case as usize - 1] += 1,
            other => panic!("{other:?}"),
        }
    }
    // Ten standard deviations of 10 000 throws of a coin.
    assert!(times[0].abs_diff(TRIALS / 2) <= 500, "{times:?}");
}

#[test]
fn sel_019_and_sel_037_cases_on_one_channel_are_chosen_at_random() {
    const TRIALS: usize = 100;
    for capacity in [0, TRIALS] {
        let mut zeros = 0;
        let c = Chan::new(capacity);
        for _ in 0..TRIALS {
            let receiver = (capacity == 0).then(|| start(c.recv()).parked());
            let mut cases = [Case::Send(&c, Some(1)), Case::Send(&c, Some(0))];
            let Selected::Sent(case) = start(select(&mut cases)).done() else {
                panic!("there is room, or a receiver");
            };
            zeros += usize::from(case == 1);
            if let Some(receiver) = receiver {
                assert_eq!(receiver.woken(), Some(u64::from(case == 0)));
            }
        }
        assert!((10..=90).contains(&zeros), "{zeros} of {TRIALS}");
    }
    // Parked, too: the order in which they are lined up is random.
    let mut first = 0;
    for _ in 0..TRIALS {
        let c = Chan::new(0);
        let mut cases = [Case::Recv(&c), Case::Recv(&c)];
        let parked = start(select(&mut cases)).parked();
        c.try_send(1).unwrap();
        first += usize::from(parked.woken() == Selected::Received(0, Some(1)));
        assert_eq!(c.waiters(), (0, 0));
    }
    assert!((10..=90).contains(&first), "{first} of {TRIALS}");
}

#[test]
fn sel_020_a_select_that_stands_twice_in_a_queue_leaves_it_altogether() {
    for capacity in [0, 1] {
        let (c, d) = (Chan::new(capacity), Chan::new(capacity));
        let mut cases = [Case::Recv(&c), Case::Recv(&c), Case::Recv(&d)];
        let first = start(select(&mut cases)).parked();
        let mut others = [Case::Recv(&c)];
        let mut second = start(select(&mut others)).parked();
        d.try_send(1).unwrap();
        assert_eq!(first.woken(), Selected::Received(2, Some(1)));
        second.still_parked();
        c.try_send(7).unwrap();
        assert_eq!(second.woken(), Selected::Received(0, Some(7)));
        assert_eq!((c.waiters(), c.len()), ((0, 0), 0));
    }
}

#[test]
fn sel_022_one_select_never_completes_two_cases() {
    run(4, async {
        let outs: [Arc<Chan>; 4] = std::array::from_fn(|_| chan(0));
        let merged = chan(0);
        let mut forwarders = Vec::new();
        for out in outs.clone() {
            let merged = merged.clone();
            forwarders.push(go(async move {
                while let Some(value) = out.recv().await {
                    merged.send(value).await.unwrap();
                }
            }));
        }
        drop(go(async move {
            for value in 0..ROUNDS {
                let mut cases = outs.each_ref().map(|out| Case::Send(&**out, Some(value)));
                assert!(matches!(select(&mut cases).await, Selected::Sent(_)));
            }
            for out in &outs {
                out.close().unwrap();
            }
        }));
        let closes = merged.clone();
        drop(go(async move {
            for forwarder in forwarders {
                forwarder.await.unwrap();
            }
            closes.close().unwrap();
        }));
        let mut seen = vec![false; ROUNDS as usize];
        while let Some(value) = merged.recv().await {
            let before = std::mem::replace(&mut seen[value as usize], true);
            assert!(!before, "{value} came twice");
        }
        assert!(seen.into_iter().all(|seen| seen), "one never came");
    });
}

#[test]
fn sel_032_the_last_in_a_queue_leaves_it_and_the_others_are_still_served() {
    let (c1, c2) = (Chan::new(0), Chan::new(0));
    let first = start(c1.recv()).parked();
    let mut cases = [Case::Recv(&c1), Case::Recv(&c2)];
    let selecting = start(select(&mut cases)).parked();
    c2.try_send(1).unwrap();
    assert_eq!(selecting.woken(), Selected::Received(1, Some(1)));
    let second = start(c1.recv()).parked();
    c1.try_send(2).unwrap();
    c1.try_send(3).unwrap();
    assert_eq!((first.woken(), second.woken()), (Some(2), Some(3)));
}

#[test]
fn sel_033_every_way_to_receive_meets_every_way_to_send() {
    async fn receive(way: usize, c: &Chan, other: &Chan) {
        match way {
            0 => assert_eq!(c.recv().await, Some(5)),
            1 => {
                let got = select(&mut [Case::Recv(c)]).await;
                assert_eq!(got, Selected::Received(0, Some(5)));
            }
            _ => {
                let got = select(&mut [Case::Recv(other), Case::Recv(c)]).await;
                assert_eq!(got, Selected::Received(1, Some(5)));
            }
        }
    }
    async fn send(way: usize, c: &Chan, other: &Chan) {
        match way {
            0 => c.send(5).await.unwrap(),
            1 => {
                let sent = select(&mut [Case::Send(c, Some(5))]).await;
                assert_eq!(sent, Selected::Sent(0));
            }
            _ => {
                let sent = select(&mut [Case::Recv(other), Case::Send(c, Some(5))]).await;
                assert_eq!(sent, Selected::Sent(1));
            }
        }
    }
    run(2, async {
        for receives in 0..3 {
            for sends in 0..3 {
                let (c, other) = (chan(0), chan(0));
                let (c2, other2) = (c.clone(), other.clone());
                let receiver = go(async move { receive(receives, &c2, &other2).await });
                send(sends, &c, &other).await;
                receiver.await.unwrap();
            }
        }
    });
}

#[test]
fn sel_038_opposite_orders_of_the_same_channels_cannot_deadlock() {
    let (a, b) = (Chan::new(1), Chan::new(1));
    std::thread::scope(|s| {
        for turned in [false, true] {
            let (a, b) = if turned { (&b, &a) } else { (&a, &b) };
            s.spawn(move || {
                for value in 0..ROUNDS {
                    let mut cases = [
                        Case::Send(a, Some(value)),
                        Case::Recv(b),
                        Case::Send(b, Some(value)),
                        Case::Recv(a),
                    ];
                    assert_ne!(try_select(&mut cases), Selected::NotReady);
                }
            });
        }
    });
}

#[test]
fn sel_039_closed_is_not_preferred() {
    const TRIALS: u32 = 10_000;
    let (closed, ready) = (Chan::new(0), Chan::new(TRIALS as usize));
    closed.close().unwrap();
    (0..u64::from(TRIALS)).for_each(|value| ready.try_send(value).unwrap());
    let mut closed_chosen = 0_u32;
    for _ in 0..TRIALS {
        match try_select(&mut [Case::Recv(&closed), Case::Recv(&ready)]) {
            Selected::Received(0, None) => closed_chosen += 1,
            Selected::Received(1, Some(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(closed_chosen.abs_diff(TRIALS / 2) <= 500, "{closed_chosen}");
}

#[test]
fn sel_040_a_closed_channel_gives_its_items_first() {
    let c = Chan::new(2);
    c.try_send_block(&[1, 2]).unwrap();
    c.close().unwrap();
    for expected in [Some(1), Some(2), None, None] {
        let got = start(select(&mut [Case::Recv(&c)])).done();
        assert_eq!(got, Selected::Received(0, expected));
    }
}

#[test]
fn sel_042_a_parked_send_case_learns_of_a_close() {
    for capacity in [0, 1] {
        let (c, other) = (Chan::new(capacity), Chan::new(0));
        (0..capacity).for_each(|_| c.try_send(0).unwrap());
        let mut cases = [Case::Recv(&other), Case::Send(&c, Some(1))];
        let parked = start(select(&mut cases)).parked();
        c.close().unwrap();
        assert_eq!(parked.woken(), Selected::SendOnClosed(1));
        assert_eq!(other.waiters(), (0, 0));
    }
}

#[test]
fn sel_043_two_partners_at_once_and_no_value_is_lost() {
    run(4, async {
        let (a, b) = (chan(0), chan(0));
        let senders: Vec<_> = [a.clone(), b.clone()]
            .into_iter()
            .map(|c| {
                go(async move {
                    for value in 0..ROUNDS {
                        c.send(value).await.unwrap();
                    }
                })
            })
            .collect();
        let mut next = [0; 2];
        for _ in 0..2 * ROUNDS {
            match select(&mut [Case::Recv(&*a), Case::Recv(&*b)]).await {
                Selected::Received(case, Some(value)) => {
                    assert_eq!(value, next[case as usize], "in order, none lost");
                    next[case as usize] += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        for sender in senders {
            sender.await.unwrap();
        }
    });
}

#[test]
fn sel_048_an_exchange_in_two_phases_completes_each_case_once() {
    run(2, async {
        for _ in 0..4 {
            let chans: [Arc<Chan>; 4] = std::array::from_fn(|_| chan(0));
            let partners = chans.clone();
            let partner = go(async move {
                let [ask_a, ask_b, answer_a, answer_b] = partners;
                let a = ask_a.recv().await.unwrap();
                let b = ask_b.recv().await.unwrap();
                answer_b.send(b + 1).await.unwrap();
                answer_a.send(a + 1).await.unwrap();
            });
            let mut done = [false; 4];
            while done != [true; 4] {
                let mut cases: [Case<&Chan, u64>; 4] = std::array::from_fn(|i| match i {
                    _ if done[i] => Case::Never,
                    0 | 1 => Case::Send(&*chans[i], Some(i as u64)),
                    _ => Case::Recv(&*chans[i]),
                });
                let case = match select(&mut cases).await {
                    Selected::Sent(case @ (0 | 1)) => case,
                    Selected::Received(case @ (2 | 3), Some(value)) => {
                        assert_eq!(value, u64::from(case) - 1);
                        case
                    }
                    other => panic!("{other:?}"),
                };
                done[case as usize] = true;
            }
            partner.await.unwrap();
        }
    });
}

//! Goroutines that wait for each other's locks, for ever, while others go on: one holds a mutex and waits
//! for a second one, whose holder waits for the first. Nobody is helped by a report of everything that
//! sleeps ("Quiescence" in README.md), because not everything does.
//!
//! *Affordable.* A lock that is free costs one store more, its holder's [`Mark`]. A wait is entered in a list
//! of its isolate once it has parked. If there are any, an idle timer looks at them now and then, until all
//! are old and no cycle is suspected; a new wait, without which none can close, starts the timer again.
//!
//! *No false alarm.* A goroutine of JavaScript may do several things at once: hold a lock in one branch
//! that goes on, and wait for another in a second one. So a cycle is told only if, in two looks in
//! succession,
//!
//! - each of its goroutines has waited longer than [`patience`](Sched::set_lock_patience), and has no
//!   other operation parked;
//! - each lock was taken by the next one, before that began to wait, and has not been released since;
//! - no such lock was ever unlocked by another than had locked it;
//! - the event loops of their isolates have run dry: nothing is under way with which another branch of one
//!   of them could go on. For the main program its isolate says so when it is told, by what Node lists.
//!
//! An isolate that has something else open never runs dry. Two or more goroutines in a cycle are told without
//! that after six times the patience: a branch would have to hold a lock for as long, while it waits for
//! something foreign. One that waits for a lock of its own is not, as this is how branches of one take turns.
//!
//! What is left cannot be known: who has a lock's handle may unlock it for another, as in Go, and do so for
//! the first time. The warning says so. Of native goroutines and of readers nothing is known.

use super::Sched;
use crate::g::{GoId, Reason};
use crate::host::IsolateId;
use crate::lock::{Lock, Rank};
use crate::loom::{Arc, AtomicBool};
use crate::mailbox::{Event, Mailbox};
use crate::sync::{LockWait, Mark};
use crate::tickets::{Parked, UNKNOWN_OWNER};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering::{AcqRel, Relaxed};
use std::time::{Duration, Instant};

/// Looks during one patience. A guess: a cycle is told a quarter later than it could be.
const LOOKS: u32 = 4;
/// The shortest patience: the timer thread would do nothing but look.
const SHORTEST: Duration = Duration::from_millis(10);
/// How much longer cycles are waited for whose isolates have other things open. A guess: a minute is longer
/// than most programs let anything foreign take.
const OPEN_ENDED: u32 = 6;

/// One goroutine of a cycle: it waits for a lock that the next one holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Who waits; 0 is the main program.
    pub goroutine: GoId,
    /// Where it lives.
    pub isolate: IsolateId,
    /// For which kind of lock.
    pub reason: Reason,
    /// Its address.
    pub lock: usize,
    waits: Mark,
    held: Mark,
}

/// Goroutines of which each waits for a lock that the next one holds; the first holds the last one's.
pub type Cycle = Vec<Link>;

/// A cycle as one look sees it.
struct Seen {
    cycle: Cycle,
    /// How long all of them have waited.
    waited: Duration,
    /// Whether in one of their isolates something is parked of which it is not known whose it is.
    strays: bool,
}

/// A wait of a goroutine that has no other.
struct Waiter {
    link: Link,
    holder: (IsolateId, GoId),
    waited: Duration,
    strays: bool,
}

impl Waiter {
    fn key(&self) -> (IsolateId, GoId) {
        (self.link.isolate, self.link.goroutine)
    }
}

type Waiters = HashMap<(IsolateId, GoId), Waiter>;

/// The scheduler's part.
pub(super) struct LockCycles {
    /// A look will be taken.
    armed: AtomicBool,
    /// Whether `found` has any: so that the pump's call need not lock.
    waiting: AtomicBool,
    known: Lock<Known>,
}

#[derive(Default)]
struct Known {
    patience: Option<Duration>,
    /// Seen in the last look, and not told.
    suspects: Vec<Cycle>,
    /// To be told.
    found: Vec<Cycle>,
    told: Vec<Cycle>,
}

impl LockCycles {
    pub(super) fn new() -> Self {
        Self {
            armed: AtomicBool::new(false),
            waiting: AtomicBool::new(false),
            known: Lock::new(Rank::Sched, Known::default()),
        }
    }
}

impl<V: Send + 'static> Sched<V> {
    /// How long goroutines must have waited for each other's locks before anybody is told; `None`: nobody
    /// is, which is so at first.
    pub fn set_lock_patience(&self, patience: Option<Duration>) {
        let patience = patience.map(|it| it.max(SHORTEST));
        self.lock_cycles.known.lock().patience = patience;
    }

    /// A wait for a lock was entered in its isolate's list.
    #[inline]
    pub fn watch_locks(&self) {
        // Relaxed: the list's lock orders it. Either the look that is due sees the wait; or its section of
        // that lock came before ours, and with it the store of `false`.
        if !self.lock_cycles.armed.load(Relaxed) {
            self.look_soon();
        }
    }

    #[cold]
    fn look_soon(&self) {
        let Some(patience) = self.lock_cycles.known.lock().patience else {
            return;
        };
        let Some(sched) = self.me.upgrade() else {
            return;
        };
        if self.stopping() || self.lock_cycles.armed.swap(true, AcqRel) {
            return;
        }
        let look = Box::new(move || {
            sched.lock_cycles.armed.store(false, Relaxed); // see `watch_locks`
            if sched.look_at_locks(patience) {
                sched.look_soon();
            }
        });
        self.start_idle_timer(Instant::now() + patience / LOOKS, look);
    }

    /// One look. `true`: another is worth it, although nobody begins to wait.
    fn look_at_locks(&self, patience: Duration) -> bool {
        let (mut waiters, mut again) = (Waiters::new(), false);
        for mailbox in self.isolates() {
            again |= collect(&mailbox, patience, &mut waiters);
        }
        let lead = self.lead();
        let main = lead.as_ref().map(|it| it.id());
        let seen = cycles(&waiters, main);
        let before = {
            let mut known = self.lock_cycles.known.lock();
            known
                .told
                .retain(|told| seen.iter().any(|it| it.cycle == *told));
            known
                .found
                .retain(|found| seen.iter().any(|it| it.cycle == *found));
            std::mem::take(&mut known.suspects)
        };
        for it in seen {
            let suspected = before.contains(&it.cycle);
            self.judge(it, suspected, patience);
        }
        let found = {
            let known = self.lock_cycles.known.lock();
            again |= !known.suspects.is_empty();
            !known.found.is_empty()
        };
        self.lock_cycles.waiting.store(found, Relaxed); // who is told below sees it by the mailbox
        if found
            && let Some(lead) = lead
            && let Ok(true) = lead.push(Event::Liveness)
        {
            lead.wake_host();
        }
        again
    }

    /// What is to become of a cycle that was seen: it is told, or looked at again.
    fn judge(&self, seen: Seen, suspected: bool, patience: Duration) {
        let isolates: Vec<_> = seen.cycle.iter().map(|it| it.isolate).collect();
        let has_main = seen.cycle.iter().any(|it| it.goroutine == 0);
        // Asked once, when it is new; who goes on meanwhile answers when it has run dry again.
        let sure = self.are_quiet_now(&isolates, !suspected) && !seen.strays;
        let long = seen.waited >= patience * OPEN_ENDED && seen.cycle.len() > 1 && !has_main;
        let mut known = self.lock_cycles.known.lock();
        if known.told.contains(&seen.cycle) {
            return;
        }
        if suspected && (sure || long) && !known.found.contains(&seen.cycle) {
            known.found.push(seen.cycle.clone());
        }
        known.suspects.push(seen.cycle);
    }

    /// Whether there is a cycle to be told to this isolate.
    #[inline]
    pub fn has_lock_cycle(&self, mailbox: &Arc<Mailbox<V>>) -> bool {
        // Relaxed: see `look_at_locks`.
        self.lock_cycles.waiting.load(Relaxed)
            && self.lead().is_some_and(|lead| Arc::ptr_eq(&lead, mailbox))
    }

    /// The next cycle to be told. `busy`: the event loop here has something else open; those that the main
    /// program is part of may not be final then, and are looked at again.
    pub fn take_lock_cycle(&self, busy: bool) -> Option<Cycle> {
        let mut known = self.lock_cycles.known.lock();
        if busy {
            known
                .found
                .retain(|it| it.iter().all(|link| link.goroutine != 0));
        }
        let found = known.found.pop();
        match &found {
            Some(cycle) => known.told.push(cycle.clone()),
            None => self.lock_cycles.waiting.store(false, Relaxed), // nothing is in the list
        }
        found
    }
}

/// Adds the waits of an isolate that have lasted. `true`: another look may find more.
fn collect<V>(mailbox: &Mailbox<V>, patience: Duration, waiters: &mut Waiters) -> bool {
    let waits = mailbox.lock_waits().all();
    if waits.is_empty() {
        return false;
    }
    let parked = mailbox.tickets().all();
    let mut again = false;
    for (ticket, wait) in waits {
        let Some(own) = mailbox.tickets().parked(ticket) else {
            continue; // it is over
        };
        // A guess: a goroutine that has something else parked now may have nothing else then.
        again |= own.since < patience * OPEN_ENDED;
        if own.since < patience {
            continue;
        }
        let waiter = waiter(mailbox.id(), &wait, &own, &parked);
        waiters.extend(waiter.map(|it| (it.key(), it)));
    }
    again
}

/// The wait, if it is known whose it is and who has the lock, and is the goroutine's only one.
fn waiter(isolate: IsolateId, wait: &LockWait, own: &Parked, parked: &[Parked]) -> Option<Waiter> {
    let goroutine = wait.mark.goroutine()?;
    let held = wait.lock.held_by()?;
    let of = |owner: GoId| parked.iter().filter(|it| it.owner == owner).count();
    let its_own = |owner: GoId| usize::from(own.owner == owner);
    if of(goroutine) > its_own(goroutine) {
        return None;
    }
    Some(Waiter {
        link: Link {
            goroutine,
            isolate,
            reason: own.reason,
            lock: wait.lock.address(),
            waits: wait.mark,
            held: held.mark,
        },
        holder: (held.isolate, held.mark.goroutine()?),
        waited: own.since,
        strays: of(UNKNOWN_OWNER) > its_own(UNKNOWN_OWNER),
    })
}

/// Each waits for one, so who follows the waits from anywhere comes to an end, to a waiter that was seen
/// before, or back to one of this walk: a circle.
fn cycles(waiters: &Waiters, main: Option<IsolateId>) -> Vec<Seen> {
    let next = |waiter: &Waiter| {
        let next = waiters.get(&waiter.holder)?;
        // What it took only after it had begun to wait, another branch of it took. Only one isolate's
        // main program is goroutine 0 to people.
        let taken_before = waiter.link.held.is_before(next.link.waits);
        let told_apart = next.link.goroutine != 0 || Some(next.link.isolate) == main;
        (taken_before && told_apart).then_some(next)
    };
    let mut seen = Vec::new();
    let mut been = HashSet::new();
    for start in waiters.values() {
        let mut path: Vec<&Waiter> = Vec::new();
        let mut at = Some(start);
        while let Some(waiter) = at {
            if !been.insert(waiter.key()) {
                let again = path.iter().position(|it| it.key() == waiter.key());
                seen.extend(again.map(|first| circle(&path[first..])));
                break;
            }
            path.push(waiter);
            at = next(waiter);
        }
    }
    seen
}

/// It begins with the least, wherever it was come upon.
fn circle(path: &[&Waiter]) -> Seen {
    let mut cycle: Cycle = path.iter().map(|it| it.link.clone()).collect();
    let least = cycle.iter().enumerate().min_by_key(|(_, link)| *link);
    let least = least.map_or(0, |(at, _)| at);
    cycle.rotate_left(least);
    Seen {
        cycle,
        waited: path.iter().map(|it| it.waited).min().unwrap_or_default(),
        strays: path.iter().any(|it| it.strays),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// `who` waits since `turn` for what `holder` has had since `held`.
    fn waiter(who: GoId, turn: u32, holder: GoId, held: u32) -> ((IsolateId, GoId), Waiter) {
        let mark = |turn: u32, of: GoId| Mark::next(&mut turn.wrapping_sub(1), of);
        let link = Link {
            goroutine: who,
            isolate: 1,
            reason: Reason::Mutex,
            lock: who as usize * 16,
            waits: mark(turn, who),
            held: mark(held, holder),
        };
        let its = Waiter {
            link,
            holder: (1, holder),
            waited: Duration::from_secs(who),
            strays: false,
        };
        ((1, who), its)
    }

    fn found(waiters: impl IntoIterator<Item = ((IsolateId, GoId), Waiter)>) -> Vec<Vec<GoId>> {
        let seen = cycles(&waiters.into_iter().collect(), Some(1));
        let mut found: Vec<Vec<_>> = seen
            .iter()
            .map(|it| it.cycle.iter().map(|link| link.goroutine).collect())
            .collect();
        found.sort();
        found
    }

    #[test]
    fn each_circle_is_seen_once_from_its_first() {
        let (a, b, c) = (
            waiter(3, 11, 1, 2),
            waiter(1, 12, 2, 3),
            waiter(2, 13, 3, 4),
        );
        let alone = waiter(7, 9, 7, 8);
        let behind = waiter(9, 14, 1, 2);
        assert_eq!(found([a, b, c, alone, behind]), [vec![1, 2, 3], vec![7]]);
    }

    #[test]
    fn a_chain_is_no_circle() {
        assert_eq!(
            found([waiter(1, 5, 2, 4), waiter(2, 6, 3, 1)]),
            Vec::<Vec<GoId>>::new()
        );
    }

    #[test]
    fn what_was_taken_after_the_wait_began_was_taken_by_another_branch() {
        assert_eq!(found([waiter(1, 5, 2, 4), waiter(2, 6, 1, 3)]), [[1, 2]]);
        assert!(found([waiter(1, 5, 2, 7), waiter(2, 6, 1, 3)]).is_empty());
    }

    #[test]
    fn all_have_waited_as_long_as_the_last() {
        let waiters = [waiter(2, 5, 4, 1), waiter(4, 6, 2, 3)];
        let seen = cycles(&waiters.into_iter().collect(), Some(1));
        assert_eq!(seen[0].waited, Duration::from_secs(2));
    }

    #[test]
    fn the_main_programs_of_others_are_left_alone() {
        let cycle = || {
            [waiter(0, 5, 2, 1), waiter(2, 6, 0, 3)]
                .into_iter()
                .collect()
        };
        assert_eq!(cycles(&cycle(), Some(1)).len(), 1);
        assert!(cycles(&cycle(), Some(2)).is_empty());
    }
}

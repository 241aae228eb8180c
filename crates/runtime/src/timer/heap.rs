//! The timers' heap: 4-ary, with lazy removal.
//!
//! A timer that is stopped gives its action up at once and leaves 16 bytes in the heap, a *remnant*,
//! which goes when it comes to the top, or with all others once they are more than half of the heap.
//! So stopping touches one place, whatever the size of the heap, and a loop that starts and stops a
//! timer a turn keeps at most as many remnants as timers. Go's timers are lazy in the same way since
//! 1.23 (`runtime/time.go`).
//!
//! An entry is a timer's own if the timer in its slot has the entry's number: slots are used again at
//! once, numbers only after 2^32 timers, and no remnant stays that long.

use super::Action;
use std::time::{Duration, Instant};

const ARITY: usize = 4;
/// Fewer remnants than this are not worth a pass over the heap.
const FEW: usize = 64;

/// Where a timer is. Harmless after it fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    slot: u32,
    generation: u32,
}

/// An entry. Four of them fill a cache line: the children of a node lie in one or two.
#[derive(Clone, Copy)]
struct Due {
    /// Nanoseconds since the heap's epoch.
    at: u64,
    /// Its number, in order of starting: equal deadlines fire in that order. Wraps: of two timers with
    /// the same deadline fewer than 2^31 others were started in between.
    number: u32,
    slot: u32,
}

impl Due {
    #[inline]
    fn before(&self, other: &Due) -> bool {
        self.at < other.at
            || (self.at == other.at && (self.number.wrapping_sub(other.number) as i32) < 0)
    }
}

struct Timer {
    generation: u32,
    /// Which entry is its own.
    number: u32,
    action: Option<Action>,
}

pub(super) struct Heap {
    epoch: Instant,
    due: Vec<Due>,
    timers: Vec<Timer>,
    free: Vec<u32>,
    next: u32,
    remnants: usize,
}

impl Heap {
    /// `epoch` is before all that will be due.
    pub(super) fn new(epoch: Instant) -> Self {
        Self {
            epoch,
            due: Vec::new(),
            timers: Vec::new(),
            free: Vec::new(),
            next: 0,
            remnants: 0,
        }
    }

    /// How many timers are pending.
    pub(super) fn len(&self) -> usize {
        self.due.len() - self.remnants
    }

    /// `true`: it is the first that is due now.
    pub(super) fn insert(&mut self, at: Instant, action: Action) -> (Place, bool) {
        let at = self.nanos(at);
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        let slot = self.free.pop().unwrap_or(self.timers.len() as u32);
        let action = Some(action);
        let generation = match self.timers.get_mut(slot as usize) {
            Some(timer) => {
                timer.number = number;
                timer.action = action;
                timer.generation
            }
            None => {
                self.timers.push(Timer {
                    generation: 0,
                    number,
                    action,
                });
                0
            }
        };
        let place = self.due.len();
        self.due.push(Due { at, number, slot });
        let first = self.sift_up(place) == 0;
        (Place { slot, generation }, first)
    }

    /// Takes the action of a timer that is pending.
    pub(super) fn remove(&mut self, key: Place) -> Option<Action> {
        let timer = self.timers.get(key.slot as usize)?;
        if timer.generation != key.generation {
            return None;
        }
        let action = self.vacate(key.slot)?;
        self.remnants += 1;
        if self.remnants > FEW && self.remnants > self.due.len() / 2 {
            self.sweep();
        }
        Some(action)
    }

    /// The first timer that is due at `now`, and when it was, in nanoseconds since the epoch.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(u64, Action)> {
        let now = self.nanos(now);
        self.drop_remnants_at_the_top();
        let first = *self.due.first()?;
        if first.at > now {
            return None;
        }
        self.pop();
        Some((first.at, self.vacate(first.slot)?))
    }

    /// When the first is due.
    pub(super) fn first(&mut self) -> Option<Instant> {
        self.drop_remnants_at_the_top();
        let first = self.due.first()?;
        Some(self.epoch + Duration::from_nanos(first.at))
    }

    /// 0 for what was due before the heap was made.
    fn nanos(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.epoch);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX) // in 584 years
    }

    /// The slot's timer is no more. Its entry is a remnant, if it is still there.
    fn vacate(&mut self, slot: u32) -> Option<Action> {
        let timer = &mut self.timers[slot as usize];
        let action = timer.action.take()?;
        timer.generation = timer.generation.wrapping_add(1);
        self.free.push(slot);
        Some(action)
    }

    fn is_live(timers: &[Timer], due: Due) -> bool {
        let timer = &timers[due.slot as usize];
        timer.number == due.number && timer.action.is_some()
    }

    fn drop_remnants_at_the_top(&mut self) {
        while self.remnants > 0
            && let Some(&first) = self.due.first()
            && !Self::is_live(&self.timers, first)
        {
            self.pop();
            self.remnants -= 1;
        }
    }

    /// Takes all remnants out: one pass, and one to put the heap in order (Floyd).
    #[cold]
    fn sweep(&mut self) {
        let timers = &self.timers;
        self.due.retain(|&due| Self::is_live(timers, due));
        self.remnants = 0;
        for place in (0..self.due.len().div_ceil(ARITY)).rev() {
            self.sift_down(place);
        }
    }

    fn pop(&mut self) {
        self.due.swap_remove(0);
        if !self.due.is_empty() {
            self.sift_down(0);
        }
    }

    /// Gives the place it came to.
    #[inline]
    fn sift_up(&mut self, mut place: usize) -> usize {
        let due = self.due[place];
        while place > 0 {
            let parent = (place - 1) / ARITY;
            if !due.before(&self.due[parent]) {
                break;
            }
            self.due[place] = self.due[parent];
            place = parent;
        }
        self.due[place] = due;
        place
    }

    fn sift_down(&mut self, mut place: usize) {
        let moved = self.due[place];
        loop {
            let first = place * ARITY + 1;
            let end = (first + ARITY).min(self.due.len());
            let Some(least) = (first..end).reduce(|a, b| {
                if self.due[b].before(&self.due[a]) {
                    b
                } else {
                    a
                }
            }) else {
                break;
            };
            if !self.due[least].before(&moved) {
                break;
            }
            self.due[place] = self.due[least];
            place = least;
        }
        self.due[place] = moved;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn nothing() -> Action {
        Action::Call(Box::new(|| {}))
    }

    #[test]
    fn stays_ordered_under_random_insertion_and_removal() {
        let mut heap = Heap::new(Instant::now());
        let base = Instant::now();
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut keys = Vec::new();
        for _ in 0..20_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = base + Duration::from_nanos(seed >> 34);
            keys.push(heap.insert(at, nothing()).0);
            if !seed.is_multiple_of(3) {
                let key = keys.swap_remove((seed >> 20) as usize % keys.len());
                assert!(heap.remove(key).is_some());
                assert!(heap.remove(key).is_none());
            }
            assert_eq!(heap.len(), keys.len());
        }
        let mut last = base;
        for left in (0..keys.len()).rev() {
            let first = heap.first().expect("there are as many as keys");
            assert!(first >= last);
            last = first;
            assert!(heap.pop_due(first).is_some());
            assert_eq!(heap.len(), left);
        }
        assert!(heap.first().is_none());
    }

    #[test]
    fn remnants_do_not_gather() {
        let mut heap = Heap::new(Instant::now());
        let later = Instant::now() + Duration::from_secs(60);
        for _ in 0..100 {
            heap.insert(later, nothing());
        }
        for _ in 0..100_000 {
            let (key, _) = heap.insert(later, nothing());
            heap.remove(key);
            assert!(heap.due.len() <= 300, "{} entries", heap.due.len());
        }
        assert_eq!(heap.len(), 100);
    }
}

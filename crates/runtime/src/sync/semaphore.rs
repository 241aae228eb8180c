//! `Semaphore`: so many units, taken several at a time. After `golang.org/x/sync/semaphore`.
//!
//! First come, first served: whoever wants one unit stands behind whoever wants ten, and those ten
//! add up as others release. So large requests do not starve. See `line.rs` for how one waits; the
//! invariant there means here: if somebody waits, the first wants more than there is.
//!
//! Whoever asks for more than there are in all waits for ever, but in nobody's way: outside the line.

use super::holder::{Holder, Holders};
use super::line::{Line, Rules, Wait, Woken};
use crate::g::Reason;
use crate::lock::{Lock, Rank};

/// `release` of more than is held. Go panics with the same words.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct ReleasedMoreThanHeld;

impl std::fmt::Display for ReleasedMoreThanHeld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("semaphore: released more than held")
    }
}

impl std::error::Error for ReleasedMoreThanHeld {}

#[derive(Clone, Copy)]
struct Wants {
    units: u64,
    holder: Holder,
}

struct Units {
    size: u64,
    held: u64,
    holders: Holders,
    line: Line<Wants>,
}

impl Units {
    fn take(&mut self, wants: Wants) -> bool {
        let fits = wants.units <= self.size - self.held;
        if fits {
            self.held += wants.units;
            self.holders.add(wants.holder, wants.units);
        }
        fits
    }

    fn put_back(&mut self, wants: Wants, woken: &mut Woken) {
        self.held -= wants.units;
        self.holders.remove(wants.holder, wants.units);
        self.serve(woken);
    }

    fn serve(&mut self, woken: &mut Woken) {
        while let Some(first) = self.line.front()
            && self.take(first)
        {
            woken.add(self.line.serve(first));
        }
    }
}

impl Rules for Units {
    type Wants = Wants;
    type Grant = ();

    fn reason(_: Wants) -> Reason {
        Reason::Semaphore
    }

    fn admit(&mut self, wants: Wants, _: &mut Woken) -> Option<()> {
        (self.line.is_empty() && self.take(wants)).then_some(())
    }

    fn line(&mut self, _: Wants) -> &mut Line<Wants> {
        &mut self.line
    }

    fn grant(_: Wants) {}

    fn left(&mut self, _: Wants, woken: &mut Woken) {
        self.serve(woken);
    }

    fn give_back(&mut self, served: Wants, woken: &mut Woken) {
        self.put_back(served, woken);
    }
}

/// See the module's documentation.
pub struct Semaphore {
    units: Lock<Units>,
}

/// Units that were acquired; gives them back when dropped.
#[must_use = "the units are released when the permit is dropped"]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
    units: u64,
}

impl Semaphore {
    /// `size` units, all free.
    pub fn new(size: u64) -> Self {
        Self {
            units: Lock::new(
                Rank::Sync,
                Units {
                    size,
                    held: 0,
                    holders: Holders::default(),
                    line: Line::new(),
                },
            ),
        }
    }

    /// Acquires `units`, parking the goroutine until they are free and it is its turn.
    pub async fn acquire(&self, units: u64) -> Permit<'_> {
        self.acquire_as(Holder::NATIVE, units).await;
        let semaphore = self;
        Permit { semaphore, units }
    }

    /// Acquires `units` if they are free and nobody waits.
    pub fn try_acquire(&self, units: u64) -> Option<Permit<'_>> {
        let semaphore = self;
        self.try_acquire_as(Holder::NATIVE, units)
            .then(|| Permit { semaphore, units })
    }

    /// As [`acquire`](Self::acquire), without a permit: [`release_as`](Self::release_as) gives them
    /// back.
    pub async fn acquire_as(&self, holder: Holder, units: u64) {
        if units > self.size() {
            return std::future::pending().await;
        }
        Wait::new(&self.units, Wants { units, holder }).await;
    }

    /// As [`try_acquire`](Self::try_acquire), without a permit.
    pub fn try_acquire_as(&self, holder: Holder, units: u64) -> bool {
        let mut woken = Woken::default();
        let admitted = self
            .units
            .lock()
            .admit(Wants { units, holder }, &mut woken)
            .is_some();
        woken.wake();
        admitted
    }

    /// Gives `units` back.
    pub fn release_as(&self, holder: Holder, units: u64) -> Result<(), ReleasedMoreThanHeld> {
        let mut woken = Woken::default();
        {
            let mut state = self.units.lock();
            if units > state.held {
                return Err(ReleasedMoreThanHeld);
            }
            state.put_back(Wants { units, holder }, &mut woken);
        }
        woken.wake();
        Ok(())
    }

    /// The holder is no more: what it has is free.
    pub fn release_all_of(&self, holder: Holder) {
        let mut woken = Woken::default();
        {
            let mut state = self.units.lock();
            let units = state.holders.held_by(holder);
            state.put_back(Wants { units, holder }, &mut woken);
        }
        woken.wake();
    }

    /// Whether this holder has any units.
    pub fn is_held_by(&self, holder: Holder) -> bool {
        self.units.lock().holders.held_by(holder) > 0
    }

    /// How many units there are in all.
    pub fn size(&self) -> u64 {
        self.units.lock().size
    }

    /// How many are held.
    pub fn held(&self) -> u64 {
        self.units.lock().held
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let released = self.semaphore.release_as(Holder::NATIVE, self.units);
        debug_assert!(released.is_ok(), "a permit's units are held");
    }
}

//! Who holds a lock, as far as anybody asks: the isolate.
//!
//! Go's locks have no owner, and neither have these: any goroutine may unlock what another locked.
//! But an isolate can die with locks that its goroutines hold, and then nobody is left to unlock
//! them. So each lock notes which isolate took it, and what a dead one still holds is *released*:
//! those that wait go on, as an isolate's end leaves nothing pending. A native goroutine that ends
//! drops its guards; it needs no note. Which goroutine it was is noted for reports alone: `locker.rs`.
//!
//! Rejected: *poisoning*, Rust's answer. Everybody else would be told, each by an error in code that
//! did nothing wrong, and a program could only go on by making new locks. Who must know that the
//! holder died, knows: its `go` call rejects with `IsolateDied`.

/// An isolate, or whatever else may take and release locks by a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder(u32);

impl Holder {
    /// Native goroutines: they cannot die without dropping what they hold.
    pub const NATIVE: Self = Self(0);

    /// The isolate of this number.
    pub fn isolate(id: u32) -> Self {
        Self(id.wrapping_add(1))
    }

    pub(super) fn number(self) -> u32 {
        self.0
    }

    pub(super) fn of_number(number: u32) -> Self {
        Self(number)
    }

    /// The isolate's number, if it is one.
    pub(super) fn isolate_number(self) -> Option<u32> {
        (self != Self::NATIVE).then(|| self.0.wrapping_sub(1))
    }
}

/// How much each holder has of something. Few at a time: a list.
///
/// Invariant: the parts add up to what is held in all, so what a dead isolate is taken never exceeds
/// what is held.
#[derive(Default)]
pub(super) struct Holders(Vec<(Holder, u64)>);

impl Holders {
    pub(super) fn add(&mut self, holder: Holder, n: u64) {
        match self.0.iter_mut().find(|(who, _)| *who == holder) {
            Some((_, held)) => *held += n,
            None => self.0.push((holder, n)),
        }
    }

    /// Takes `n`, which are held, off what `holder` has; what it has not was taken elsewhere and is
    /// taken off the others.
    pub(super) fn remove(&mut self, holder: Holder, mut n: u64) {
        if let Some(at) = self.0.iter().position(|(who, _)| *who == holder) {
            self.0.swap(0, at);
        }
        for (_, held) in &mut self.0 {
            let taken = n.min(*held);
            *held -= taken;
            n -= taken;
        }
        self.0.retain(|(_, held)| *held > 0);
    }

    /// Everything that `holder` has.
    pub(super) fn held_by(&self, holder: Holder) -> u64 {
        self.0
            .iter()
            .find(|(who, _)| *who == holder)
            .map_or(0, |(_, held)| *held)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_another_isolate_releases_is_taken_off_whoever_has_it() {
        let (a, b) = (Holder::isolate(1), Holder::isolate(2));
        let mut holders = Holders::default();
        holders.add(a, 3);
        holders.add(b, 1);
        holders.remove(b, 2);
        assert_eq!((holders.held_by(a), holders.held_by(b)), (2, 0));
        holders.remove(Holder::NATIVE, 1);
        assert_eq!(holders.held_by(a), 1);
    }
}

//! What a parked goroutine waits for: a reason in Go's words, and the object.
//!
//! A native goroutine's is one word of its header, which it writes itself when it parks, next to the
//! state that the same instruction sequence changes anyway; nothing is written when it is readied. So
//! the word means something only while the goroutine waits, and its turn begins by clearing it, because
//! it may wait for something foreign next. A JavaScript goroutine's is a row of its isolate's
//! [`Tickets`](crate::tickets::Tickets).
//!
//! Rejected: looking at report time who is in which queue. It would cost nothing here, but every channel
//! and lock would have to be in a list that can be walked, and entering it costs more than this word.

use super::G;
use std::sync::atomic::Ordering::Relaxed;

/// Why a goroutine is parked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Reason {
    /// Not known: a native goroutine waits for something foreign.
    Unknown = 0,
    /// A receive.
    ChanReceive,
    /// A send.
    ChanSend,
    /// A select.
    Select,
    /// A select that can never be ready.
    SelectNoCases,
    /// A sleep.
    Sleep,
    /// A mutex.
    Mutex,
    /// The writer's side of an `RWMutex`.
    RwMutex,
    /// The reader's side of an `RWMutex`.
    RwMutexRead,
    /// A wait group.
    WaitGroup,
    /// A condition.
    Cond,
    /// A semaphore.
    Semaphore,
    /// A barrier.
    Barrier,
    /// Another's call of a `Once`.
    Once,
    /// The end of a native goroutine.
    Join,
}

const ALL: [Reason; 15] = [
    Reason::Unknown,
    Reason::ChanReceive,
    Reason::ChanSend,
    Reason::Select,
    Reason::SelectNoCases,
    Reason::Sleep,
    Reason::Mutex,
    Reason::RwMutex,
    Reason::RwMutexRead,
    Reason::WaitGroup,
    Reason::Cond,
    Reason::Semaphore,
    Reason::Barrier,
    Reason::Once,
    Reason::Join,
];

impl Reason {
    /// In Go's words, where Go has them.
    pub fn text(self) -> &'static str {
        match self {
            Self::Unknown => "waiting",
            Self::ChanReceive => "chan receive",
            Self::ChanSend => "chan send",
            Self::Select => "select",
            Self::SelectNoCases => "select (no cases)",
            Self::Sleep => "sleep",
            Self::Mutex => "sync.Mutex.Lock",
            Self::RwMutex => "sync.RWMutex.Lock",
            Self::RwMutexRead => "sync.RWMutex.RLock",
            Self::WaitGroup => "sync.WaitGroup.Wait",
            Self::Cond => "sync.Cond.Wait",
            Self::Semaphore => "semacquire",
            Self::Barrier => "barrier wait",
            Self::Once => "sync.Once.Do",
            Self::Join => "goroutine end",
        }
    }

    /// What the object is called.
    pub(crate) fn object(self) -> &'static str {
        match self {
            Self::ChanReceive | Self::ChanSend | Self::Select => "chan",
            Self::Mutex => "mutex",
            Self::RwMutex | Self::RwMutexRead => "rwmutex",
            Self::WaitGroup => "wait group",
            Self::Cond => "cond",
            Self::Semaphore => "semaphore",
            Self::Barrier => "barrier",
            Self::Once => "once",
            Self::Unknown | Self::SelectNoCases | Self::Sleep | Self::Join => "",
        }
    }

    pub(crate) fn of(number: u8) -> Self {
        ALL.get(usize::from(number))
            .copied()
            .unwrap_or(Self::Unknown)
    }

    /// Whether only another goroutine can end it. Time ends a sleep, and who knows what the unknown.
    pub(crate) fn needs_a_goroutine(self) -> bool {
        !matches!(self, Self::Unknown | Self::Sleep)
    }
}

/// Where the reason is in the word. Below it the object's address, of which 56 bits are enough.
const REASON_SHIFT: u32 = 56;

impl G {
    /// The goroutine is about to park for this. By the M that runs it.
    #[inline]
    pub(crate) fn waits_for(&self, reason: Reason, object: usize) {
        let word = (u64::from(reason as u8) << REASON_SHIFT) | object as u64;
        self.about.store(word, Relaxed); // describes only: nothing goes by it
    }

    /// What a native goroutine noted last: reason and object.
    pub(crate) fn wait(&self) -> (Reason, usize) {
        let word = self.about.load(Relaxed); // as above
        let object = word & ((1 << REASON_SHIFT) - 1);
        (Reason::of((word >> REASON_SHIFT) as u8), object as usize)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_by_its_number() {
        for (number, reason) in ALL.into_iter().enumerate() {
            assert_eq!(
                (reason as usize, Reason::of(number as u8)),
                (number, reason)
            );
        }
        assert_eq!(Reason::of(255), Reason::Unknown);
    }
}

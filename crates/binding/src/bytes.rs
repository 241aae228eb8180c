//! The bytes of a value on its way.
//!
//! Large ones lie in a *block* that is used again: it takes the kernel longer to clear memory than it
//! takes us to copy into it, and a block that has just been received from has all its pages. Blocks are
//! the platform's, not mimalloc's, which asks for huge pages: on a virtual machine whose host takes free
//! ones back, clearing these took three times as long as everything else together.
//!
//! A block that nobody has used for [`KEPT_FOR`] is given back, and no more than [`KEPT_BYTES`] are kept.

use crate::isolate::PROCESS;
use std::alloc::{GlobalAlloc, Layout, System, handle_alloc_error};
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// From here on bytes lie in a block. Below, mimalloc's own pages stay for a while.
const LARGE: usize = 512 * 1024;

/// A guess: two of the largest that are at all common.
const KEPT_BYTES: usize = 128 << 20;

/// A guess: a program that sends such values does so many times a second, or it does not matter.
const KEPT_FOR: Duration = Duration::from_secs(1);

/// See the module's documentation.
pub enum Bytes {
    Small(Box<[u8]>),
    /// A block that is used up to a length.
    Large(Block, usize),
}

impl Bytes {
    pub fn copy_of(bytes: &[u8]) -> Self {
        if bytes.len() < LARGE {
            return Self::Small(bytes.into());
        }
        let block = Block::of_at_least(bytes.len());
        // SAFETY: the block has room for that many, and is in nobody else's hands.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), block.data.as_ptr(), bytes.len()) };
        Self::Large(block, bytes.len())
    }
}

impl From<Box<[u8]>> for Bytes {
    fn from(bytes: Box<[u8]>) -> Self {
        Self::Small(bytes)
    }
}

impl Clone for Bytes {
    fn clone(&self) -> Self {
        Self::copy_of(self)
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Small(bytes) => bytes,
            // SAFETY: `copy_of` has written so many, and nobody writes them as long as they are borrowed.
            Self::Large(block, len) => unsafe {
                std::slice::from_raw_parts(block.data.as_ptr(), *len)
            },
        }
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        if let Self::Large(block, _) = self {
            // The one that is left in its place has no memory, and drops for nothing.
            std::mem::replace(block, Block::NONE).keep();
        }
    }
}

/// Memory of the platform's allocator, of one owner.
pub struct Block {
    data: NonNull<u8>,
    room: usize,
}

// SAFETY: memory that belongs to no thread; it has one owner.
unsafe impl Send for Block {}
// SAFETY: a shared block is only read.
unsafe impl Sync for Block {}

impl Block {
    const NONE: Self = Self {
        data: NonNull::dangling(),
        room: 0,
    };

    /// One that was kept, or a new one.
    fn of_at_least(len: usize) -> Self {
        if let Some(block) = kept().take(len) {
            return block;
        }
        let layout = Self::layout(len);
        // SAFETY: the layout is not empty, as `len` is at least `LARGE`.
        let data = NonNull::new(unsafe { System.alloc(layout) });
        let data = data.unwrap_or_else(|| handle_alloc_error(layout));
        Self { data, room: len }
    }

    fn layout(len: usize) -> Layout {
        Layout::array::<u8>(len).expect("the length of memory that exists")
    }

    /// Keeps it for the next that needs one.
    fn keep(self) {
        let put = kept().put(self); // what comes back goes with no lock held
        if let Ok(true) = put {
            sweep_later();
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if self.room > 0 {
            // SAFETY: from `of_at_least`, which asked for this layout; of its one owner.
            unsafe { System.dealloc(self.data.as_ptr(), Self::layout(self.room)) };
        }
    }
}

/// Blocks that nobody uses. A lock of its own, under which no other is taken and no block given back.
struct Kept {
    /// Each with whether it was here already at the last sweep; those used last come last.
    blocks: Vec<(Block, bool)>,
    /// Whether a sweep is to come.
    sweeps: bool,
}

static KEPT: Mutex<Kept> = Mutex::new(Kept {
    blocks: Vec::new(),
    sweeps: false,
});

fn kept() -> MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    /// One that is large enough, and not so large that most of it would lie idle.
    fn take(&mut self, len: usize) -> Option<Block> {
        let fits = |room: usize| room >= len && room / 2 <= len;
        let at = self
            .blocks
            .iter()
            .rposition(|(block, _)| fits(block.room))?;
        Some(self.blocks.remove(at).0)
    }

    /// Whether a sweep must be arranged for; or the block, if it is too much.
    fn put(&mut self, block: Block) -> Result<bool, Block> {
        let bytes: usize = self.blocks.iter().map(|(block, _)| block.room).sum();
        if bytes + block.room > KEPT_BYTES {
            return Err(block);
        }
        self.blocks.push((block, false));
        Ok(!std::mem::replace(&mut self.sweeps, true))
    }

    /// Gives up those that were here at the last sweep.
    fn sweep(&mut self) -> Vec<(Block, bool)> {
        let unused = self
            .blocks
            .extract_if(.., |(_, seen)| std::mem::replace(seen, true));
        let unused = unused.collect();
        self.sweeps = !self.blocks.is_empty();
        unused
    }
}

fn sweep_later() {
    let sweep = || {
        let (unused, again) = {
            let mut kept = kept();
            (kept.sweep(), kept.sweeps)
        };
        drop(unused); // with no lock held
        if again {
            sweep_later();
        }
    };
    let at = Instant::now() + KEPT_FOR;
    PROCESS.sched.start_idle_timer(at, Box::new(sweep));
}

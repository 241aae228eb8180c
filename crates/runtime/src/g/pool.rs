//! The goroutine table: the memory of all goroutines, live and recycled.
//!
//! Blocks come in a few sizes and are cut from slabs that stay until the scheduler goes. A block
//! that was freed is used again for the next goroutine of its size. Each native M keeps some free
//! blocks and some unused numbers for itself ([`LocalPool`]), so that starting and ending goroutines
//! there takes no lock; the rest share one list behind a lock. After Go's `gFree` lists and
//! `goidcache` (`runtime/proc.go`).
//!
//! Since a block always begins with a [`G`], reports walk the slabs and read the headers while
//! goroutines come and go: a header says by its number whether it is in use, and a reader that finds
//! the same number before and after has read what belongs to that goroutine.
//!
//! Rejected: one `Arc` a row in sharded vectors (an allocation, two locked sections and two counts
//! for each goroutine); the system's allocator for each future (as fast with a good one, but reports
//! would then need a lock that every start and end takes).

use super::NO_PROGRAM;
use super::{G, GoId, Kind, NO_ISOLATE, Reason, State};
use crate::lock::{Lock, Rank};
use crate::loom::AtomicU64;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering::{Acquire, Relaxed};

/// Bytes in a block of each class: finer where most futures are, then powers of two up to 1 GiB.
const SIZES: [usize; CLASSES] = {
    let mut sizes = [
        64, 128, 192, 256, 384, 512, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let mut class = 6;
    while class < CLASSES {
        sizes[class] = 1024 << (class - 6);
        class += 1;
    }
    sizes
};
const CLASSES: usize = 27;
/// Every block begins a cache line.
const ALIGN: usize = 64;
/// Bytes in a slab: many blocks, so that cutting one is rare, and few enough not to matter.
#[cfg(not(loom))]
const SLAB_BYTES: usize = 32 * 1024;
#[cfg(loom)]
const SLAB_BYTES: usize = 1024;
/// Blocks that move between an M's own list and the shared one at a time.
const BATCH: usize = 32;
/// Free blocks an M keeps of each class at most.
const LOCAL_MAX: usize = 2 * BATCH;
/// Numbers that an M takes at a time.
const IDS: u64 = 64;

/// How large a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Class(u8);

impl Class {
    /// For a goroutine without a future of its own.
    pub(crate) const HEADER: Self = Self(0);

    /// The smallest class with room for `layout`.
    pub(crate) const fn of(layout: Layout) -> Option<Self> {
        if layout.align() > ALIGN {
            return None;
        }
        let mut class = 0;
        while class < CLASSES {
            if layout.size() <= SIZES[class] {
                return Some(Self(class as u8));
            }
            class += 1;
        }
        None
    }

    fn size(self) -> usize {
        SIZES[self.0 as usize]
    }
}

/// A block without a goroutine. The link lies behind the header, where a native one has its table.
#[repr(C)]
struct FreeBlock {
    g: G,
    next: *mut G,
}

const _: () = assert!(
    size_of::<FreeBlock>() <= SIZES[0],
    "every block has room for it"
);

/// A stack of free blocks, threaded through them.
#[derive(Clone, Copy)]
struct FreeList {
    head: *mut G,
    len: usize,
}

impl FreeList {
    const EMPTY: Self = Self {
        head: ptr::null_mut(),
        len: 0,
    };

    fn push(&mut self, block: NonNull<G>) {
        let free = block.cast::<FreeBlock>().as_ptr();
        // SAFETY: within the block, which is free and belongs to the list it is put into.
        unsafe { (&raw mut (*free).next).write(self.head) };
        self.head = block.as_ptr();
        self.len += 1;
    }

    fn pop(&mut self) -> Option<NonNull<G>> {
        let block = NonNull::new(self.head)?;
        let free = block.cast::<FreeBlock>().as_ptr();
        // SAFETY: `push` wrote it, and nobody has used the block since.
        self.head = unsafe { (&raw const (*free).next).read() };
        self.len -= 1;
        Some(block)
    }
}

/// One native M's free blocks and unused numbers.
pub(crate) struct LocalPool {
    free: [FreeList; CLASSES],
    ids: Range<GoId>,
}

impl LocalPool {
    pub(crate) const fn new() -> Self {
        Self {
            free: [FreeList::EMPTY; CLASSES],
            ids: 0..0,
        }
    }
}

struct Slab {
    base: NonNull<G>,
    class: Class,
}

impl Slab {
    fn new(class: Class) -> Self {
        let layout = Self::layout(class);
        #[expect(clippy::cast_ptr_alignment, reason = "the layout is aligned for it")]
        // SAFETY: the layout has a size.
        let base = unsafe { alloc(layout) }.cast::<G>();
        let Some(base) = NonNull::new(base) else {
            handle_alloc_error(layout)
        };
        let slab = Self { base, class };
        for block in slab.blocks() {
            // SAFETY: within the slab, aligned (sizes are multiples of 64) and not in use.
            unsafe { block.write(G::free(class)) };
        }
        slab
    }

    fn layout(class: Class) -> Layout {
        let bytes = SLAB_BYTES.max(class.size());
        Layout::from_size_align(bytes, ALIGN).expect("at most 1 GiB")
    }

    fn blocks(&self) -> impl Iterator<Item = NonNull<G>> + use<> {
        let (base, size) = (self.base, self.class.size());
        // SAFETY: within the slab.
        (0..(SLAB_BYTES / size).max(1)).map(move |n| unsafe { base.byte_add(n * size) })
    }
}

struct Shared {
    free: [FreeList; CLASSES],
    slabs: Vec<Slab>,
}

/// All goroutines of a scheduler.
pub struct Table {
    next_id: AtomicU64,
    shared: Lock<Shared>,
}

// SAFETY: slabs are memory of the table's own; blocks in it are handed out to one owner at a time,
// and headers are atomics.
unsafe impl Send for Table {}
// SAFETY: as above; the lists are behind the lock.
unsafe impl Sync for Table {}

/// What a report can say of a goroutine: a copy of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub id: GoId,
    /// Who started it.
    pub parent: GoId,
    /// Native or JavaScript.
    pub kind: Kind,
    /// Where it is in its life.
    pub state: State,
    /// The isolate it lives in, once it has started in one.
    pub isolate: Option<u32>,
    /// Of a native one that waits: for what, and which object.
    pub wait: (Reason, usize),
    /// Of a JavaScript one: the embedder's number of its program, if it has one.
    pub program: Option<u32>,
    /// Of a JavaScript one: the embedder's number of the place where it was created; 0: not known.
    pub created: u32,
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    /// An empty table.
    pub fn new() -> Self {
        Self {
            next_id: AtomicU64::new(1),
            shared: Lock::new(
                Rank::Table,
                Shared {
                    free: [FreeList::EMPTY; CLASSES],
                    slabs: Vec::new(),
                },
            ),
        }
    }

    /// A block for a new goroutine, from the M's own list if it has one.
    pub(crate) fn create(
        &self,
        class: Class,
        parent: GoId,
        kind: Kind,
        local: Option<&mut LocalPool>,
    ) -> NonNull<G> {
        let (block, id) = match local {
            Some(local) => (self.take_local(class, local), self.next_local_id(local)),
            // Relaxed: a counter.
            None => (self.take(class), self.next_id.fetch_add(1, Relaxed)),
        };
        // SAFETY: the block was free and is ours alone now.
        unsafe { block.as_ref() }.create(id, parent, kind);
        block
    }

    fn next_local_id(&self, local: &mut LocalPool) -> GoId {
        local.ids.next().unwrap_or_else(|| {
            let first = self.next_id.fetch_add(IDS, Relaxed); // a counter
            local.ids = first + 1..first + IDS;
            first
        })
    }

    #[inline]
    fn take_local(&self, class: Class, local: &mut LocalPool) -> NonNull<G> {
        let list = &mut local.free[class.0 as usize];
        if let Some(block) = list.pop() {
            return block;
        }
        self.refill(class, list)
    }

    #[cold]
    fn refill(&self, class: Class, list: &mut FreeList) -> NonNull<G> {
        let mut shared = self.shared.lock();
        for _ in 1..BATCH {
            let Some(block) = shared.free[class.0 as usize].pop() else {
                break;
            };
            list.push(block);
        }
        shared.take(class)
    }

    fn take(&self, class: Class) -> NonNull<G> {
        self.shared.lock().take(class)
    }

    /// Takes a block back whose goroutine has ended and whom nobody refers to.
    ///
    /// # Safety
    ///
    /// The block is of this table, and the caller is the last who knows it.
    pub(crate) unsafe fn free(&self, block: NonNull<G>, local: Option<&mut LocalPool>) {
        // SAFETY: the caller's duty.
        let g = unsafe { block.as_ref() };
        g.id.store(0, Relaxed); // reports read it twice
        let class = g.class.0 as usize;
        let Some(local) = local else {
            return self.shared.lock().free[class].push(block);
        };
        let list = &mut local.free[class];
        list.push(block);
        if list.len > LOCAL_MAX {
            self.give(class, list, BATCH);
        }
    }

    #[cold]
    fn give(&self, class: usize, list: &mut FreeList, count: usize) {
        let mut shared = self.shared.lock();
        for block in std::iter::from_fn(|| list.pop()).take(count) {
            shared.free[class].push(block);
        }
    }

    /// An M ends: what it kept goes back.
    pub(crate) fn close(&self, local: &mut LocalPool) {
        for (class, list) in local.free.iter_mut().enumerate() {
            self.give(class, list, usize::MAX);
        }
    }

    /// How many goroutines are alive.
    pub fn len(&self) -> usize {
        let mut len = 0;
        self.for_each(|_| len += 1);
        len
    }

    /// Whether none is alive.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All that are alive, by number.
    pub fn all(&self) -> Vec<Row> {
        let mut all = Vec::new();
        self.for_each(|row| all.push(row));
        all.sort_unstable_by_key(|row| row.id);
        all
    }

    fn for_each(&self, mut f: impl FnMut(Row)) {
        for block in self.blocks() {
            // SAFETY: blocks stay for as long as the table.
            if let Some(row) = row(unsafe { block.as_ref() }) {
                f(row);
            }
        }
    }

    /// Every block there is, used or not. More may come while the caller goes through them.
    pub(crate) fn blocks(&self) -> Vec<NonNull<G>> {
        let shared = self.shared.lock();
        shared.slabs.iter().flat_map(Slab::blocks).collect()
    }
}

/// `None`: a free block, or one whose goroutine has ended, or that changed hands just now.
fn row(g: &G) -> Option<Row> {
    // Acquire: pairs with the Release in `create`.
    let id = g.id.load(Acquire);
    let state = g.state();
    if id == 0 || state == State::Dead {
        return None;
    }
    let isolate = g.isolate.load(Relaxed);
    let (kind, wait, (program, created)) = match g.kind.load(Relaxed) {
        0 => (Kind::Native, g.wait(), (NO_PROGRAM, 0)),
        _ => (Kind::JavaScript, (Reason::Unknown, 0), g.origin()),
    };
    let row = Row {
        id,
        parent: g.parent.load(Relaxed),
        kind,
        state,
        isolate: (isolate != NO_ISOLATE).then_some(isolate),
        wait,
        program: (program != NO_PROGRAM).then_some(program),
        created,
    };
    (g.id.load(Acquire) == id).then_some(row)
}

impl Shared {
    fn take(&mut self, class: Class) -> NonNull<G> {
        let list = &mut self.free[class.0 as usize];
        if let Some(block) = list.pop() {
            return block;
        }
        let slab = Slab::new(class);
        slab.blocks().for_each(|block| list.push(block));
        self.slabs.push(slab);
        list.pop().expect("a slab has blocks")
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        for slab in &self.shared.lock().slabs {
            for block in slab.blocks() {
                // SAFETY: made in `Slab::new`; the scheduler goes, so nobody refers to a block.
                unsafe { block.drop_in_place() };
            }
            // SAFETY: allocated in `Slab::new` with this layout.
            unsafe { dealloc(slab.base.as_ptr().cast(), Slab::layout(slab.class)) };
        }
    }
}

//! The register page: a piece of memory that JavaScript and Rust both address.
//!
//! JavaScript owns it as one `ArrayBuffer` (never resized, never transferred) and sees it as an
//! `Int32Array` and a `Float64Array`. `ts/internal/page.ts` names the same places; the two files
//! change together, and `attach` checks the layout number.
//!
//! ```text
//!   bytes 0..64        registers: 32-bit words 0..16; the doubles at bytes 16 and 24 overlap words 4..8
//!   bytes 64..65536    items: 16 bytes each (word tag, word aux, double payload): arguments, select
//!                      cases; or events: 24 bytes each (words kind, ticket, case, tag; double)
//!   bytes 65536..131072  handles inside one encoded value: 8 bytes each (words index, kind)
//!   bytes 131072..     more registers: three doubles, then four words
//! ```

/// Bumped whenever a place moves or one is added.
pub const LAYOUT: i32 = 4;
/// Bytes in the page.
pub const BYTES: usize = HANDLES_END + 64;

/// Out: what a call came to.
pub const STATUS: usize = 0;
/// In and out: a value's tag.
pub const TAG: usize = 1;
/// In: a handle. Out: a new one.
pub const HANDLE: usize = 2;
/// In: the ticket to park under.
pub const TICKET: usize = 3;
/// In and out: how many items.
pub const COUNT: usize = 8;
/// In and out: a small code whose meaning depends on the call.
pub const KIND: usize = 9;
/// In and out: a goroutine's slot in this isolate.
pub const SLOT: usize = 10;
/// In: a program's number. Out: likewise.
pub const PROGRAM: usize = 11;
/// Out: worker isolates that the main thread should start; and [`VAULT_WAITS`].
pub const WANTED: usize = 12;
/// Out, sticky until JavaScript clears it: [`MAIL`] or [`SERVED`].
pub const PUMP: usize = 13;
/// In: the handle of the context that ends a wait, or [`NO_CONTEXT`].
pub const CONTEXT: usize = 14;
/// In: 1 if a wait blocks the thread.
pub const BLOCKS: usize = 15;

/// Our own mailbox got something; schedule the pump.
pub const MAIL: i32 = 1;
/// An operation has served one that is parked here: the registers `SERVED_` say whom.
pub const SERVED: i32 = 2;

/// Set in [`WANTED`] if the vault has buffers that may go. Far more than isolates are ever wanted.
pub const VAULT_WAITS: i32 = 1 << 30;

/// No context: nothing but its own end ends the wait.
pub const NO_CONTEXT: i32 = -1;

/// In and out: a number value, or the payload that belongs to `TAG`.
pub const NUMBER: usize = 2;
/// In and out: a second number: milliseconds, a goroutine's id.
pub const NUMBER2: usize = 3;

/// In and out: whose turn it is: a goroutine's id, 0 for the main program, below 0 if not known.
pub const OWNER: usize = HANDLES_END / 8;
/// Out: what `OWNER` is when the event loop calls.
pub const NOBODY: usize = HANDLES_END / 8 + 1;
/// Out, with [`SERVED`]: what belongs to the tag.
const SERVED_PAYLOAD: usize = HANDLES_END / 8 + 2;
/// Out, with [`SERVED`]: kind, ticket, case, tag, as of an event.
const SERVED_WORDS: usize = HANDLES_END / 4 + 6;

const ITEMS_AT: usize = 64;
const HANDLES_AT: usize = 64 * 1024;
const HANDLES_END: usize = 128 * 1024;

/// Items that fit.
pub const MAX_ITEMS: usize = (HANDLES_AT - ITEMS_AT) / 16;
/// Events that fit.
pub const MAX_EVENTS: usize = (HANDLES_AT - ITEMS_AT) / 24;
/// Handles inside one value that fit.
pub const MAX_HANDLES: usize = (HANDLES_END - HANDLES_AT) / 8;

/// The page's address. Only the isolate's own thread touches it.
pub struct Page {
    base: *mut u8,
}

impl Page {
    /// # Safety
    ///
    /// `base` addresses [`BYTES`] bytes, aligned to 8, that stay where they are for as long as the
    /// page is used, and that no other thread writes.
    pub unsafe fn new(base: *mut u8) -> Self {
        Self { base }
    }

    fn at<T>(&self, byte: usize) -> *mut T {
        assert!(byte + size_of::<T>() <= BYTES, "register page overrun");
        // SAFETY: within the page, by the assertion; every place used is a multiple of its size.
        unsafe { self.base.add(byte).cast() }
    }

    #[inline]
    pub fn word(&self, index: usize) -> i32 {
        // SAFETY: `at` stays within the page, which `new`'s caller keeps alive and ours alone.
        unsafe { self.at::<i32>(index * 4).read() }
    }

    #[inline]
    pub fn set_word(&self, index: usize, value: i32) {
        // SAFETY: as in `word`.
        unsafe { self.at::<i32>(index * 4).write(value) }
    }

    #[inline]
    pub fn double(&self, index: usize) -> f64 {
        // SAFETY: as in `word`.
        unsafe { self.at::<f64>(index * 8).read() }
    }

    #[inline]
    pub fn set_double(&self, index: usize, value: f64) {
        // SAFETY: as in `word`.
        unsafe { self.at::<f64>(index * 8).write(value) }
    }

    /// Item `n`: tag, aux, payload.
    pub fn item(&self, n: usize) -> (i32, i32, f64) {
        let byte = ITEMS_AT + n * 16;
        (
            self.word(byte / 4),
            self.word(byte / 4 + 1),
            self.double(byte / 8 + 1),
        )
    }

    pub fn set_item(&self, n: usize, tag: i32, aux: i32, payload: f64) {
        let byte = ITEMS_AT + n * 16;
        self.set_word(byte / 4, tag);
        self.set_word(byte / 4 + 1, aux);
        self.set_double(byte / 8 + 1, payload);
    }

    /// Event `n`: kind, ticket, case, tag, payload.
    pub fn set_event(&self, n: usize, words: [i32; 4], payload: f64) {
        let byte = ITEMS_AT + n * 24;
        for (i, word) in words.into_iter().enumerate() {
            self.set_word(byte / 4 + i, word);
        }
        self.set_double(byte / 8 + 2, payload);
    }

    /// One event that needs no mail, apart from the items, which may still be in use.
    pub fn set_served(&self, words: [i32; 4], payload: f64) {
        for (i, word) in words.into_iter().enumerate() {
            self.set_word(SERVED_WORDS + i, word);
        }
        self.set_double(SERVED_PAYLOAD, payload);
        self.set_word(PUMP, SERVED);
    }

    pub fn handle(&self, n: usize) -> u32 {
        self.word((HANDLES_AT + n * 8) / 4) as u32
    }

    pub fn set_handle(&self, n: usize, index: u32, kind: i32) {
        self.set_word((HANDLES_AT + n * 8) / 4, index as i32);
        self.set_word((HANDLES_AT + n * 8) / 4 + 1, kind);
    }
}

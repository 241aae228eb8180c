/**
 * The register page: memory that this side and the addon both address.
 *
 * Operands go in and results come out as words and doubles in one `ArrayBuffer`; the functions
 * themselves take no arguments. `crates/binding/src/page.rs` names the same places; the two files
 * change together, and `attach` compares `Layout.Version`.
 */

const BYTES = 128 * 1024 + 64;

/** The page. Never resized, never transferred: the addon keeps its address. */
const buffer = new ArrayBuffer(BYTES);
export const bytes = new Uint8Array(buffer);
/**
 * The page as 32-bit words. Files that use it much call it `I`, in a constant of their own: a
 * module's constant is read faster than another module's export.
 */
export const words = new Int32Array(buffer);
/** The page as doubles; `F` in files that use it much. */
export const doubles = new Float64Array(buffer);
/** The same places as 64-bit integers. */
export const longs = new BigInt64Array(buffer);

/** Registers among the words. */
export const enum Word {
  /** Out: what a call came to. */
  Status = 0,
  /** In and out: a value's tag. */
  Tag = 1,
  /** In: a handle. Out: a new one. */
  Handle = 2,
  /** In: the ticket to park under. */
  Ticket = 3,
  /** In and out: how many items. */
  Count = 8,
  /** In and out: a small code whose meaning depends on the call. */
  Kind = 9,
  /** In and out: a place; a goroutine's in this isolate, a value's among those to take. */
  Slot = 10,
  /** In and out: a program's number. */
  Program = 11,
  /** Out: worker isolates that the main thread should start; and the bits {@link ORDERS} and {@link VAULT_WAITS}. */
  Wanted = 12,
  /** Out, until cleared: a `News`. */
  Pump = 13,
  /** In: the handle of the context that ends a wait, or -1. */
  Context = 14,
  /** In: 1 if a wait blocks the thread. */
  Blocks = 15,
}

/** Values of `Word.Pump`: what an operation has made ready in this isolate itself. */
export const enum News {
  None = 0,
  /** There is mail. */
  Mail = 1,
  /** One that was parked here is served: `Layout.ServedWord`, `Layout.ServedDouble`. */
  Served = 2,
}

/** Set in `Word.Wanted` if the vault has buffers that may go: `vault.ts`. */
export const VAULT_WAITS = 1 << 30;
/** The bit of `Word.Wanted` that says that there are orders: `nextOrder`. */
export const ORDERS = 1 << 29;

/** What the isolate that starts the others is to do with one. */
export const enum Order {
  /** Ask it to end: it is idle. */
  End = 0,
  /** Terminate it, whatever it does. */
  Kill = 1,
}

/** Values of `STATUS` after `kill`. */
export const enum Killed {
  /** Its owner is told now, or as soon as its thread has ended. */
  Condemned = 0,
  /** It has ended, or never was. */
  Nowhere = 1,
  /** It lives where nothing may be killed. */
  Spared = 2,
}

/** Registers among the doubles. */
export const enum Double {
  /** In and out: a number value, or the payload that belongs to the tag. */
  Number = 2,
  /** In and out: a second number: milliseconds, a goroutine's id. */
  Number2 = 3,
  /** In and out: whose turn it is: a goroutine's id, 0 for the main program, below 0 if not known. */
  Owner = 16384,
  /** Out: what `Owner` is when the event loop calls. */
  Nobody = 16385,
}

/** Where the areas of the page are. */
export const enum Layout {
  /** Bumped whenever a place moves or one is added. */
  Version = 4,
  // Items (arguments, select cases): two words and a double each, from byte 64.
  ItemWord = 16,
  ItemWords = 4,
  ItemDouble = 9,
  ItemDoubles = 2,
  MaxItems = 4092,
  // Events: four words and a double each, from byte 64.
  EventWord = 16,
  EventWords = 6,
  EventDouble = 10,
  EventDoubles = 3,
  // Handles inside an encoded value: an index and a kind each, from byte 65536.
  HandleWord = 16384,
  MaxHandles = 8192,
  // An event that came with the answer to an operation: as one of the above.
  ServedWord = 32774,
  ServedDouble = 16386,
}

/** Values of `STATUS` after channel operations and selects. */
export const enum Status {
  Done = 0,
  Parked = 1,
  Closed = 2,
  BadHandle = 3,
  /** The context given with a wait has ended. */
  Canceled = 4,
  /** So many threads are blocked that this one may not be. */
  TooMany = 5,
}

/** Values of `STATUS` after `poll`. */
export const enum Turn {
  Events = 0,
  Start = 1,
  Parked = 2,
}

/** Values of `COUNT` after a `poll` that parks, added up. */
export const enum Asked {
  /** To let the event loop run dry, and call `quiet` then. */
  Quiet = 1,
  /** To see, when it has run dry, whether it is `stuck`: nobody else can do anything. */
  Stuck = 2,
}

/** A value's tag. */
export const enum Tag {
  Undefined = 0,
  Null = 1,
  False = 2,
  True = 3,
  Number = 4,
  /** A slot of this isolate's table of local values. */
  Local = 5,
  /** A value staged by a call before. */
  Staged = 6,
  /** A handle; its kind is in bits 8 and up. */
  Handle = 7,
  /** To be taken with `take`: a string. */
  String = 8,
  /** To be taken with `take`: JSON text. */
  Text = 9,
  /** To be taken with `take`: bytes, whose code is in `KIND`. */
  Bytes = 10,
  /** A `Date`: its time, which is no number if it is invalid. */
  Date = 11,
  /** A bigint that a number can hold. */
  BigInt = 12,
}

/** Select items that are no send case. */
export const enum Case {
  /** The tag of a receive case. */
  Receive = -1,
  /** The handle of a nil channel. */
  Nil = -1,
}

/** Kinds of event. */
export const enum Kind {
  Received = 0,
  Drained = 1,
  Sent = 2,
  SendOnClosed = 3,
  Ready = 4,
  Result = 5,
  Error = 6,
}

/** What a handle names. */
export const enum HandleKind {
  Chan = 0,
  Context = 1,
  WaitGroup = 2,
  Timer = 3,
  Ticker = 4,
  Numbers = 5,
  Mutex = 6,
  RWMutex = 7,
  Once = 8,
  Cond = 9,
  Semaphore = 10,
  Barrier = 11,
  Int32 = 12,
  Int64 = 13,
  Uint32 = 14,
  Bool = 15,
  Float64 = 16,
  SharedMap = 17,
  /** What only a message port can carry: `ported.ts`. */
  Ported = 18,
  /** The memory of a buffer that changes its owner: `moving.ts`. */
  Block = 19,
  /** A channel that may end by an error: `chan-from.ts`. */
  Source = 20,
}

/** What `native.atomic` does: `crates/binding/src/atomic.rs`. */
export const enum AtomicOp {
  Load = 0,
  Store = 1,
  Add = 2,
  Sub = 3,
  And = 4,
  Or = 5,
  Swap = 6,
  CompareAndSwap = 7,
}

/** Codes of encoded bytes that are no typed array. */
export const enum Code {
  /** `v8.serialize`. */
  Clone = 50,
  /** `v8.serialize`, with stand-ins for handles and errors that must be revived. */
  CloneWithStandIns = 51,
  /** No isolate could be started. */
  NoIsolate = 98,
  /** An isolate ended, and did not say why itself. */
  IsolateDied = 99,
}

/**
 * The register page: memory that this side and the addon both address.
 *
 * Operands go in and results come out as words and doubles in one `ArrayBuffer`; the functions
 * themselves take no arguments. `crates/binding/src/page.rs` names the same places; the two files
 * change together, and `attach` compares `LAYOUT`.
 */

/** Bumped whenever a place moves. */
export const LAYOUT = 1;
const BYTES = 128 * 1024;
const HANDLES_AT = 64 * 1024;

/** The page. Never resized, never transferred: the addon keeps its address. */
const buffer = new ArrayBuffer(BYTES);
export const bytes = new Uint8Array(buffer);
/** The page as 32-bit words. */
export const I = new Int32Array(buffer);
/** The page as doubles. */
export const F = new Float64Array(buffer);

// Registers: indices into `I`.
export const STATUS = 0;
export const TAG = 1;
export const HANDLE = 2;
export const TICKET = 3;
export const COUNT = 8;
export const KIND = 9;
export const SLOT = 10;
export const PROGRAM = 11;
export const WANTED = 12;
export const PUMP = 13;

// Registers: indices into `F`.
export const NUMBER = 2;
export const NUMBER2 = 3;

// Items (arguments, select cases): two words and a double each.
const ITEMS_AT = 64;
export const MAX_ITEMS = (HANDLES_AT - ITEMS_AT) / 16;
export const ITEM_WORDS = 4;
export const ITEM_DOUBLES = 2;
export const ITEM_WORD = ITEMS_AT / 4;
export const ITEM_DOUBLE = ITEMS_AT / 8 + 1;

// Events: four words and a double each.
export const EVENT_WORDS = 6;
export const EVENT_WORD = ITEMS_AT / 4;
export const EVENT_DOUBLES = 3;
export const EVENT_DOUBLE = ITEMS_AT / 8 + 2;

// Handles inside an encoded value: an index and a kind each.
export const HANDLE_WORD = HANDLES_AT / 4;
export const MAX_HANDLES = (BYTES - HANDLES_AT) / 8;

/** Values of `STATUS` after channel operations and selects. */
export const enum Status {
  Done = 0,
  Parked = 1,
  Closed = 2,
  BadHandle = 3,
}

/** Values of `STATUS` after `poll`. */
export const enum Turn {
  Events = 0,
  Start = 1,
  Parked = 2,
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
}

/** The tag of a receive case among select items. */
export const RECEIVE_CASE = -1;
/** The handle of a nil channel among select items. */
export const NIL_CASE = -1;

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
}

/** Codes of encoded bytes that are no typed array. */
export const enum Code {
  /** `v8.serialize`. */
  Clone = 50,
  /** `v8.serialize`, with stand-ins for handles and errors that must be revived. */
  CloneWithStandIns = 51,
  /** "Its isolate ended": the text names the goroutine. */
  IsolateDied = 99,
}

/**
 * The addon's functions, attached to this isolate once.
 *
 * None takes or gives more than one argument: see `page.ts`.
 */

import { isMainThread, threadId, workerData } from 'node:worker_threads';

import { loadAddon } from './addon.js';
import { bytes, Double, Layout, Word, doubles, words } from './page.js';

const I = words;

type Call = () => void;

/** What the addon exports. It is one for all copies of the library on this thread. */
export interface Binary {
  /** The functions for one of them. */
  open(): Addon;
  /** Set by the first. */
  isOpen?: boolean;
}

/** What the addon can do. Each function's registers are documented beside it in Rust. */
export interface Addon {
  attach(page: Uint8Array): void;
  setPump(pump: () => void): void;
  ref(): void;
  unref(): void;
  awake: Call;
  poll: Call;
  live: Call;
  stageString(text: string): void;
  stageText(text: string): void;
  stageBytes(bytes: ArrayBufferView): void;
  unstage: Call;
  // A string, or an `ArrayBuffer`. For what may be undefined in place of one see `made.ts`.
  take(): unknown;
  release: Call;
  handleCount: Call;
  makeChan: Call;
  send: Call;
  trySend: Call;
  recv: Call;
  tryRecv: Call;
  closeChan: Call;
  chanState: Call;
  locals: Call;
  replaceLocal: Call;
  select: Call;
  trySelect: Call;
  selectMixed: Call;
  trySelectMixed: Call;
  register(description: string): void;
  program(): string;
  titleProgram(title: string): void;
  site(frames: string): void;
  dump(): string;
  notePark: Call;
  dumpOn(signal: string): void;
  lockCycle(nothing: undefined): string;
  quiet: Call;
  stuck: Call;
  withdraw: Call;
  go: Call;
  end: Call;
  goLocal: Call;
  endLocal: Call;
  goroutines: Call;
  reserve: Call;
  isolateFailed: Call;
  setEpitaph: Call;
  explain: Call;
  kill: Call;
  killAll: Call;
  nextOrder: Call;
  stay: Call;
  setIdleTime: Call;
  elsewhere: Call;
  procs: Call;
  place(fn: Function): void;
  background: Call;
  contextChild: Call;
  contextCancel: Call;
  contextState: Call;
  contextDone: Call;
  contextCause: Call;
  contextWithValue(key: string): void;
  contextSetValue: Call;
  contextGetValue(key: string): void;
  contextWithoutCancel: Call;
  makeWaitGroup: Call;
  waitGroupAdd: Call;
  waitGroupWait: Call;
  makeMutex: Call;
  mutexLock: Call;
  mutexTryLock: Call;
  mutexUnlock: Call;
  makeRwMutex: Call;
  rwMutexLock: Call;
  rwMutexTryLock: Call;
  rwMutexUnlock: Call;
  makeOnce: Call;
  onceEnter: Call;
  onceFinish: Call;
  makeCond: Call;
  condMutex: Call;
  condWait: Call;
  condSignal: Call;
  makeSemaphore: Call;
  semaphoreAcquire: Call;
  semaphoreTryAcquire: Call;
  semaphoreRelease: Call;
  semaphoreState: Call;
  makeBarrier: Call;
  barrierWait: Call;
  makeAtomic: Call;
  atomic: Call;
  makeMap: Call;
  mapGet: Call;
  mapHas: Call;
  mapSet: Call;
  mapGetOrSet: Call;
  mapDelete: Call;
  mapReplace: Call;
  mapClear: Call;
  mapSize: Call;
  mapEntries: Call;
  mapNext: Call;
  sendWait: Call;
  recvWait: Call;
  block: Call;
  sleep: Call;
  after: Call;
  makeTimer: Call;
  timerChan: Call;
  stopTimer: Call;
  resetTimer: Call;
  makeSource: Call;
  failSource: Call;
  sourceError: Call;
  makePorted: Call;
  portedState: Call;
  portedLive(nothing: undefined): ArrayBuffer | undefined;
  keepVault: Call;
  vaultKey: Call;
  vaultReleased: Call;
  vaultRelease: Call;
  makeBlock: Call;
  copyBlock(bytes: Uint8Array): void;
  placeOf(bytes: Uint8Array): void;
  vaultBlock: Call;
  blockKey: Call;
  withdrawBlock: Call;
  recodeBlock: Call;
  openBlock(nothing: undefined): ArrayBuffer | undefined;
  detach(buffer: ArrayBuffer): void;
  makeNumeric: Call;
  numericState: Call;
  closeNumeric: Call;
  sendNumbers(from: ArrayBufferView): void;
  receiveNumbers(into: ArrayBufferView): void;
}

/** What this isolate is to the scheduler. */
export const enum Role {
  /** The main thread: starts the others, runs no goroutine but `go.local` ones. */
  Main = 0,
  /** A worker that the scheduler started. */
  Worker = 1,
  /** A worker of the program's own. */
  Guest = 2,
}

/** The mark in `workerData` of the workers that the scheduler starts. */
export const WORKER_MARK = 'gosched:worker';

function ownRole(): Role {
  if (isMainThread) return Role.Main;
  const data: unknown = workerData;
  return typeof data === 'object' && data !== null && WORKER_MARK in data
    ? Role.Worker
    : Role.Guest;
}

const addon = loadAddon();
if (typeof addon.open !== 'function') throw otherVersion();

export const native = addon.open();
/**
 * What this copy of the library is. One that is loaded where there is another already is a guest: a test
 * runner may load the library anew for each file of tests (jest). The first goes on to start the workers.
 */
export const role: Role = addon.isOpen === true ? Role.Guest : ownRole();
addon.isOpen = true;

I[Word.Kind] = role;
I[Word.Tag] = Layout.Version;
native.attach(bytes);
if (I[Word.Status] !== 0) throw otherVersion();

function otherVersion(): Error {
  return Object.assign(
    new Error(
      'gosched: the addon and the JavaScript are of different versions; ' +
        'reinstall the package, or run `npm run build` in a checkout',
    ),
    { code: 'ERR_GOSCHED_ADDON' },
  );
}

/** A number of this process's own; another copy of the addon has another. */
export const processToken = doubles[Double.Number2] as number;

/** This isolate's number, for messages. */
export const isolateId = I[Word.Handle] ?? threadId;

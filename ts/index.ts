/**
 * Goroutines, channels, `select`, time; and all of `gosched/context` (as `context`) and `gosched/sync`.
 *
 * @module gosched
 */

export { SendCase } from './chan.js';
export type { Chan, RecvChan, SendChan } from './chan.js';
export * as context from './context.js';
export type { CancelableContext, Context, ContextKey } from './context.js';
export {
  BreakerOpen,
  Canceled,
  DataCloneError,
  DeadlineExceeded,
  GoPanic,
  IsolateDied,
  MoveError,
  IsolateUnavailable,
  GoroutineKilled,
  PoolClosed,
  RateExceeded,
} from './errors.js';
export type { GoPanicCode, IsolateEnd, MoveCode } from './errors.js';
export { go } from './go.js';
export type { Go, Goroutine } from './go.js';
export { GoCaptureError } from './internal/code/capture-error.js';
export type { GoCaptureCode } from './internal/code/capture-error.js';
export { GoImportError } from './internal/code/import-error.js';
export { chan } from './make-chan.js';
export type { MakeChan, MakeNumericChan } from './make-chan.js';
export { move } from './move.js';
export type { SourceChan, Source } from './chan-from.js';
export type { NumberArray, NumericChan } from './numeric-chan.js';
export { select, trySelect } from './select.js';
export type { ReceiveResult, SelectCases, Selected } from './select.js';
export * from './sync/index.js';
export { after, afterFunc, sleep, tick } from './time.js';
export type { Call } from './time.js';
export { Ticker, Timer } from './timer.js';

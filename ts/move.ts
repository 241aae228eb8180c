/** `move`: buffers that change their owner. */

import { MoveError, argumentError } from './errors.js';
import { isInstance } from './internal/instance.js';
import { isDetached, mark } from './internal/moving.js';

/**
 * Marks a buffer to be handed over rather than copied, by the value that it is sent in next: an argument
 * or the result of `go`, what is sent on a channel, or an object with it inside. Whoever receives it has
 * the same memory, of which no byte was copied if it is more than 128 KiB; the sender's buffer, and all
 * views of it, are detached: their length is 0.
 *
 * It is detached by the call that hands it over: `go`, `send` (also if that has to wait), `sendSync`. A
 * `trySend` that gives `false`, a case of a `select` that was not chosen, a value that cannot be sent:
 * these leave it as it was. (An offer in a `select` is a copy, therefore, so is one in `trySend`, and a
 * `select` that waits detaches the buffer when it has heard that the copy was taken.) If the channel is
 * closed while a `send` waits, its error has the memory in `moved`.
 *
 * In a channel that has never left its isolate a value with a marked buffer is copied, as in one that
 * has; others are handed over by reference there. A closure's captured variables are always copied, and
 * so is what goes into a `SharedMap` or a context.
 *
 * Only whole buffers move. What is received may be moved on; to hand it to a worker of your own by a
 * transfer list, copy it first, as memory from outside of JavaScript cannot be transferred.
 *
 * @param value an `ArrayBuffer`, or a typed array, `DataView` or `Buffer` that is all of its buffer
 * @returns the same object
 * @throws MoveError `ERR_MOVE_DETACHED` if it was handed over before; `ERR_MOVE_SHARED` for shared
 *   memory, which is shared in any case; `ERR_MOVE_PART` for a view of a part of a buffer, as a small
 *   `Buffer` is: others may use the rest
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for anything else
 * @example
 * const pixels = new Uint8ClampedArray(3840 * 2160 * 4);
 * const brighter = await go((it: Uint8ClampedArray) => move(it.map((v) => v + 16)), move(pixels));
 * console.log(pixels.length, brighter.length); // 0 33177600
 */
export function move<T extends ArrayBuffer | ArrayBufferView>(value: T): T {
  const given: unknown = value;
  if (!ArrayBuffer.isView(given)) {
    if (isInstance(given, SharedArrayBuffer)) throw shared();
    if (!isInstance(given, ArrayBuffer)) {
      throw argumentError('value', 'an ArrayBuffer, a typed array or a DataView', given);
    }
    checkAttached(given);
    mark(given);
    return value;
  }
  const { buffer } = given;
  if (buffer instanceof SharedArrayBuffer) throw shared();
  checkAttached(buffer);
  if (given.byteLength !== buffer.byteLength) {
    throw new MoveError(
      'ERR_MOVE_PART',
      `a view of ${given.byteLength} of the ${buffer.byteLength} bytes of its buffer cannot be moved, as ` +
        'others may use the rest; move(view.slice()), or move(view.buffer) if all of it may go',
    );
  }
  mark(buffer);
  return value;
}

function checkAttached(buffer: ArrayBuffer): void {
  if (!isDetached(buffer)) return;
  throw new MoveError('ERR_MOVE_DETACHED', 'the buffer is detached: it was moved or transferred before');
}

function shared(): MoveError {
  return new MoveError(
    'ERR_MOVE_SHARED',
    'shared memory cannot be moved: every isolate that it is sent to has it, without a copy',
  );
}

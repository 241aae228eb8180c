/** Running goroutines in a worker isolate: from the scheduler's `Start` to the goroutine's end. */

import { DataCloneError, Goexit } from '../errors.js';
import { takeCaptures } from './captures.js';
import { compile, type Compiled } from './code/compile.js';
import { Closure } from './code/link.js';
import { type Moving, Takes, encodeMoving, marks, movingWith } from './moving.js';
import { native } from './native.js';
import { Double, Tag, Word, doubles, words } from './page.js';
import { programText } from './programs.js';
import { onStart } from './pump.js';
import { runAs } from './traceback.js';
import { putValue, readItem } from './values.js';

const I = words;
const F = doubles;

/** Compiled programs, by number. */
const functions: (Compiled | undefined)[] = [];

function startGoroutine(): void {
  const slot = I[Word.Slot] as number;
  const id = F[Double.Number2] as number;
  const program = I[Word.Program] as number;
  const count = I[Word.Count] as number;
  const args: unknown[] = [];
  try {
    for (let n = 0; n < count; n++) args.push(readItem(n));
  } catch (error) {
    end(slot, true, error);
    return;
  }
  const fn = functions[program];
  if (fn !== undefined) run(fn, slot, id, args);
  else void loadAndRun(program, slot, id, args);
}

async function loadAndRun(
  program: number,
  slot: number,
  id: number,
  args: unknown[],
): Promise<void> {
  let fn: Compiled;
  try {
    fn = await compile(programText(program));
  } catch (error) {
    end(slot, true, error);
    return;
  }
  functions[program] = fn;
  run(fn, slot, id, args);
}

function run(compiled: Compiled, slot: number, id: number, args: unknown[]): void {
  let result: unknown;
  try {
    const fn =
      compiled instanceof Closure
        ? compiled.make(compiled.values === 0 ? [] : takeCaptures(args, compiled.values))
        : compiled;
    result = runAs(id, () => Reflect.apply(fn, undefined, args));
  } catch (error) {
    end(slot, true, error);
    return;
  }
  if (isThenable(result)) {
    result.then(
      (value) => end(slot, false, value),
      (error: unknown) => end(slot, true, error),
    );
  } else {
    end(slot, false, result);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

function end(slot: number, threw: boolean, value: unknown): void {
  if (threw && value instanceof Goexit) {
    threw = false;
    value = undefined;
  }
  let moving: Moving | undefined;
  try {
    moving = putResult(value);
  } catch (error) {
    threw = true;
    putError(error, value);
  }
  I[Word.Slot] = slot;
  I[Word.Kind] = threw ? 1 : 0;
  native.end();
  moving?.done();
}

/** Puts a result, with the buffers that it takes along. */
function putResult(value: unknown): Moving | undefined {
  const moving = marks.count === 0 ? undefined : movingWith([value], Takes.ForGood);
  if (moving === undefined) {
    putValue(value);
    return undefined;
  }
  encodeMoving(moving, () => putValue(value));
  moving.take();
  moving.takeSmall(false);
  return moving;
}

/** A result or an error that cannot be copied: its owner is told so, and why. */
function putError(error: unknown, value: unknown): void {
  native.unstage();
  try {
    putValue(
      error instanceof DataCloneError
        ? new DataCloneError(error.path.replace(/^value/, 'the goroutine\'s result'), 'see cause', {
            cause: error.message,
          })
        : error,
    );
  } catch {
    // Not even the error travels: a description always does.
    native.unstage();
    I[Word.Tag] = Tag.Undefined;
    putValue(new Error(`a goroutine ended with something that cannot be copied: ${typeof value}`));
  }
}

onStart(startGoroutine);

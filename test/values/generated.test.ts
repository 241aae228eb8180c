import { chan, go, select, type Chan } from 'gosched';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parameters } from '../model/check.js';
import { binary, cloneable, withErrors } from './graphs.js';
import { difference } from './same-graph.js';
import { plantedIn } from './uncloneable.js';

const FILE = 'test/values/generated.test.ts';

const there = chan<unknown>(1);
const back = chan<unknown>(1);
let echo: PromiseLike<void>;

beforeAll(() => {
  echo = go(
    async (from: Chan<unknown>, to: Chan<unknown>) => {
      for (let got = await from.next(); !got.done; got = await from.next()) await to.send(got.value);
    },
    there,
    back,
  );
});

afterAll(async () => {
  there.close();
  await echo;
});

async function echoed(value: unknown): Promise<unknown> {
  await there.send(value);
  return back.recv();
}

/** More than of sequences: one takes far less. */
function often(): { seed: number; numRuns: number } {
  const given = parameters(FILE);
  return { ...given, numRuns: given.numRuns * 5 };
}

/** A view alone brings less than structuredClone would: a test of its own. */
function wrapView(value: unknown): unknown {
  return ArrayBuffer.isView(value) ? [value] : value;
}

test('what arrives is what structuredClone gives', async () => {
  const property = fc.asyncProperty(cloneable.map(wrapView), async (value) => {
    expect(difference(await echoed(value), structuredClone(value))).toBe(undefined);
  });
  await fc.assert(property, often());
});

test('errors arrive with class, fields and cause, wherever they are in a value', async () => {
  const property = fc.asyncProperty(withErrors.map(wrapView), async (value) => {
    expect(difference(await echoed(value), value)).toBe(undefined);
  });
  await fc.assert(property, often());
});

test('a view that is sent alone brings its own bytes, not the rest of its buffer', async () => {
  const property = fc.asyncProperty(binary, async (make) => {
    const value = make();
    const got = await echoed(value);
    expect(Object.getPrototypeOf(got)).toBe(Object.getPrototypeOf(value));
    expect(bytesOf(got)).toEqual(bytesOf(value));
  });
  await fc.assert(property, often());
});

function bytesOf(value: unknown): string {
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('hex');
  const { buffer, byteOffset, byteLength } = value as ArrayBufferView;
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('hex');
}

test('what cannot be copied is named by its path, and nothing is sent', async () => {
  const property = fc.asyncProperty(plantedIn(withErrors), async ({ value, path }) => {
    const wrong = { code: 'ERR_DATA_CLONE', path };
    const ch = chan<unknown>(1);
    expect(await echoed(ch)).toBe(ch); // from now on another isolate knows it
    await expect(ch.send(value)).rejects.toMatchObject(wrong);
    expect(() => ch.trySend(value)).toThrow(expect.objectContaining(wrong));
    await expect(select({ put: ch.sending(value) })).rejects.toMatchObject(wrong);
    expect(ch.length).toBe(0);
    await ch.send('next');
    expect(await ch.recv()).toBe('next');
  });
  await fc.assert(property, parameters(FILE));
});

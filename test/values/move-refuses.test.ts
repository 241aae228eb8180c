import { go, move, MoveError } from 'gosched';
import { expect, test } from 'vitest';

test('what was handed over cannot be again', async () => {
  const it = new Uint8Array(1 << 20);
  await go((view: Uint8Array) => view.length, move(it));
  const wrong = expect.objectContaining({ name: 'MoveError', code: 'ERR_MOVE_DETACHED' });
  expect(() => move(it)).toThrow(MoveError);
  expect(() => move(it)).toThrow(wrong);
  expect(() => move(it.buffer)).toThrow(wrong);
});

test('to mark a buffer twice is to mark it', async () => {
  const it = new Uint8Array([1, 2]);
  expect(await go((view: Uint8Array) => view, move(move(it)))).toEqual(new Uint8Array([1, 2]));
  expect(it.length).toBe(0);
});

test('an empty buffer is no detached one', async () => {
  const it = move(new Uint8Array(0));
  expect(await go((view: Uint8Array) => view.length, it)).toBe(0);
});

test.each([
  ['a SharedArrayBuffer', new SharedArrayBuffer(8)],
  ['a view of one', new Uint8Array(new SharedArrayBuffer(8))],
])('%s is not moved', (_, value) => {
  expect(() => move(value as never)).toThrow(expect.objectContaining({ code: 'ERR_MOVE_SHARED' }));
});

test.each([
  ['a Buffer of the pool', Buffer.from('text')],
  ['a part of a typed array', new Uint8Array(64).subarray(1)],
  ['a DataView of a part', new DataView(new ArrayBuffer(64), 0, 8)],
])('%s is not moved, as others may use the rest', (_, value) => {
  expect(() => move(value)).toThrow(expect.objectContaining({ code: 'ERR_MOVE_PART' }));
  expect(value.byteLength).toBeGreaterThan(0);
});

test('a Buffer of its own moves', async () => {
  const it = Buffer.alloc(1 << 20, 'x');
  const back = await go((view: Uint8Array) => move(view), move(it));
  expect(it.length).toBe(0);
  expect([back.length, back[9]]).toEqual([1 << 20, 120]);
});

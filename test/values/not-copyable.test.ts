import { chan, DataCloneError, go, select, type Chan } from 'gosched';
import { expect, test } from 'vitest';

const bad: [string, unknown, string][] = [
  ['a function', () => 1, 'value'],
  ['a symbol', Symbol('s'), 'value'],
  ['a function in an object', { user: { save: () => 1 } }, 'value.user.save'],
  ['a symbol in an array', [1, [Symbol('s')]], 'value[1][0]'],
  ['a function in a map', new Map([['key', () => 1]]), 'value.get(key)'],
  ['a promise', { later: Promise.resolve() }, 'value.later'],
  ['a weak map', { deep: [new WeakMap()] }, 'value.deep[0]'],
  ['a function as the key of a map', { m: new Map([[() => 1, 1]]) }, 'value.m.keys()[0]'],
  ['a function under an object', new Map([[Object.create(null), () => 1]]), 'value.values()[0]'],
  ['a function in a set', [new Set([1, () => 1])], 'value[0].values()[1]'],
  ['a function in the field of an error', fieldOfError(), 'value.error.details.save'],
  ['a proxy', new Proxy({ plain: 1 }, {}), 'value'],
  ['a proxy of a list in an object', { list: new Proxy([1], {}) }, 'value.list'],
  ['a proxy of a map in a list of records', [{ a: 1 }, { a: new Proxy(new Map(), {}) }], 'value[1].a'],
  ['beside shared memory', { it: new Int8Array(new SharedArrayBuffer(8)), fn: () => 1 }, 'value.fn'],
  ['beside a channel', { ch: chan(), fn: () => 1 }, 'value.fn'],
];

function fieldOfError(): object {
  return { error: Object.assign(new Error('why'), { details: { save: () => 1 } }) };
}

async function sharedChannel(): Promise<Chan<unknown>> {
  const ch = chan<unknown>(1);
  await go((it) => void it, ch);
  return ch;
}

test.each(bad)('send names the part that cannot be copied: %s', async (_, value, path) => {
  const ch = await sharedChannel();
  const wrong = { name: 'DataCloneError', code: 'ERR_DATA_CLONE', path };
  const sent = ch.send(value);
  await expect(sent).rejects.toBeInstanceOf(DataCloneError);
  await expect(sent).rejects.toMatchObject(wrong);
  await expect(sent).rejects.toThrow(path);
  expect(() => ch.trySend(value)).toThrow(expect.objectContaining(wrong));
  await expect(select({ put: ch.sending(value) })).rejects.toMatchObject(wrong);
  expect(ch.length).toBe(0);
  // The channel goes on.
  await ch.send('fine');
  expect(await ch.recv()).toBe('fine');
});

test.each(bad)('go names it at the call: %s', (_, value, path) => {
  const call = () => go((a: unknown, b: unknown) => [a, b], 'text', value);
  expect(call).toThrow(DataCloneError);
  expect(call).toThrow(expect.objectContaining({ code: 'ERR_DATA_CLONE', path }));
});

test('an object that can be copied never calls toJSON', async () => {
  const value = { a: 1, nested: Object.assign(Object.create({ toJSON: () => 'wrong' }), { b: 2 }) };
  expect(await go((it: unknown) => it, value)).toEqual({ a: 1, nested: { b: 2 } });
});

test('what a getter throws is what is thrown', async () => {
  const value = Object.defineProperty({}, 'bad', {
    enumerable: true,
    get: () => {
      throw new RangeError('from the getter');
    },
  });
  expect(() => go((it: unknown) => it, value)).toThrow('from the getter');
  expect(await go((n: number) => n, 1)).toBe(1);
});

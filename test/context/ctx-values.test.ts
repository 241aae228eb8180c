import { chan, context, go, type Chan, type Context } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { seeded } from '../seed.js';

const { background, withCancel, withTimeout, withValue } = context;

test('CTX-018 keys that only look alike are different; the nearest binding wins', () => {
  const own = Symbol('k');
  let ctx = background();
  for (const [key, value] of [['1', 'text'], [1, 'number'], [1n, 'bigint'], [own, 'own']] as const) {
    ctx = withValue(ctx, key, value);
  }
  expect([ctx.value('1'), ctx.value(1), ctx.value(1n)]).toEqual(['text', 'number', 'bigint']);
  expect(ctx.value(own)).toBe('own');
  expect(ctx.value(Symbol('k'))).toBe(undefined);
  expect(withValue(ctx, 1, 'nearer').value(1)).toBe('nearer');
  expect(ctx.value(1)).toBe('number');
});

test.each(places)('CTX-018 CTX-019 the same in every isolate, $place', async ({ start }) => {
  let ctx = withValue(background(), '1', 'text');
  ctx = withValue(ctx, 1, 'number');
  ctx = withValue(ctx, Symbol.for('gosched.test'), 'registered');
  ctx = withValue(withValue(ctx, 'gone', 1), 'gone', undefined);
  ctx = withCancel(withValue(ctx, 1, 'nearer')).ctx;
  const read = await start((it: Context) => {
    const names = ['1', 1, 1n, Symbol.for('gosched.test'), 'gone', 'missing'] as const;
    return names.map((name) => it.value(name) ?? null);
  }, ctx);
  expect(read).toEqual(['text', 'nearer', null, 'registered', null, null]);
});

test('CTX-019 bound to undefined or null lower down, it reads so from there down', () => {
  const above = withValue(withValue(background(), 'a', 1), 'b', 2);
  for (const nothing of [undefined, null]) {
    const below = withCancel(withValue(above, 'a', nothing)).ctx;
    expect([below.value('a'), below.value('b')]).toEqual([nothing, 2]);
  }
  expect(above.value('a')).toBe(1);
});

test('CTX-021 the text of a context shows how it was derived', () => {
  const ctx = withCancel(withValue(withTimeout(background(), 1e9).ctx, 'user', 'ann')).ctx;
  const text = 'context.Background.WithTimeout.WithValue("user", "ann").WithCancel';
  expect(String(ctx)).toBe(text);
  expect(String(withValue(context.todo(), 1, {}))).toBe('context.TODO.WithValue(1, object)');
});

test('a value is the very one in its isolate, and one copy elsewhere', async () => {
  const user = { name: 'ann', tags: new Set([1]), fn: undefined as (() => number) | undefined };
  const ctx = withValue(background(), 'user', user);
  expect(withCancel(ctx).ctx.value('user')).toBe(user);
  const seen = await go((it: Context) => {
    const copy = it.value<{ name: string; tags: Set<number> }>('user');
    return [copy?.name, copy?.tags.has(1), copy === it.value('user')];
  }, ctx);
  expect(seen).toEqual(['ann', true, true]);
});

test('handles in values stay shared', async () => {
  const out = chan<string>(1);
  await go((it: Context) => it.value<Chan<string>>('out')?.send('hi'), withValue(background(), 'out', out));
  expect(await out.recv()).toBe('hi');
});

test('a value that cannot be copied is an error where it is asked for, not before', async () => {
  const { ctx, cancel } = withCancel(withValue(background(), 'log', { write: () => 1 }));
  const ready = chan<boolean>();
  const seen = go(
    async (it: Context, here: Chan<boolean>) => {
      let refusal: unknown;
      try {
        it.value('log');
      } catch (error) {
        refusal = error;
      }
      await here.send(true);
      await it.done().recv();
      return refusal;
    },
    ctx,
    ready,
  );
  await ready.recv();
  cancel();
  expect(await seen).toMatchObject({
    code: 'ERR_DATA_CLONE',
    path: 'the context value "log".write',
    message: expect.stringMatching(/^the context value "log"\.write cannot be sent/),
  });
});

test('a symbol of its own finds its value only where it was made', async () => {
  const key = Symbol('mine');
  const ctx = withValue(background(), key, () => 1);
  expect(ctx.value<() => number>(key)?.()).toBe(1);
  expect(await go((it: Context) => it.value(Symbol('mine')) ?? 'none', ctx)).toBe('none');
});

test('a context that came from elsewhere can be derived from, and goes on', async () => {
  const ctx = withValue(background(), 'a', 1);
  const back = await go(async (it: Context) => {
    const own = await import('gosched');
    return own.context.withValue(own.context.withCancel(it).ctx, 'b', 2);
  }, ctx);
  expect([back.value('a'), back.value('b')]).toEqual([1, 2]);
  expect(await go((it: Context) => [it.value('a'), it.value('b')], back)).toEqual([1, 2]);
});

test('other arguments survive a context whose values are encoded beside them', async () => {
  const ctx = withValue(background(), 'user', { id: 7 });
  const all = (a: string, it: Context, b: { x: string }) => [a, it.value('user'), b.x];
  expect(await go(all, 'before', ctx, { x: 'after' })).toEqual(['before', { id: 7 }, 'after']);
  expect(await go((both: [string, Context]) => both[0], ['nested', withValue(ctx, 'b', 'c')])).toBe(
    'nested',
  );
});

test('CTX-006 CTX-007 a value context ends with its parent', async () => {
  const { ctx, cancel } = withCancel(background());
  const named = withValue(withValue(ctx, 'a', 1), 'b', 2);
  const child = withCancel(named).ctx;
  cancel('why');
  expect([named.cause(), child.cause()]).toEqual(['why', 'why']);
  expect(withValue(ctx, 'c', 3).err()?.message).toBe('context canceled');
  expect([child.value('a'), child.value('b')]).toEqual([1, 2]);
});

test.each(['CTX-025 cancel', 'CTX-026 timeout'])('%s: 30 layers, values readable throughout', async (how) => {
  const random = seeded();
  const cut = random.int(30);
  let ctx = background();
  let end = (): void => undefined;
  for (let layer = 0; layer < 30; layer++) {
    ctx = withValue(ctx, layer, `value ${layer}`);
    const made = layer === cut && how !== 'CTX-025 cancel' ? withTimeout(ctx, 5) : withCancel(ctx);
    if (layer === cut && how === 'CTX-025 cancel') end = () => made.cancel();
    ctx = made.ctx;
  }
  const values = () => Array.from({ length: 30 }, (_, layer) => ctx.value(layer));
  const all = Array.from({ length: 30 }, (_, layer) => `value ${layer}`);
  expect(values()).toEqual(all);
  end();
  await ctx.done().recv();
  expect(ctx.err()).not.toBe(null);
  expect(values()).toEqual(all);
});

test('a value context made for each of many requests leaves nothing in its parent', async () => {
  const { ctx, cancel } = withCancel(background());
  for (let n = 0; n < 10_000; n++) withValue(ctx, 'request', n);
  cancel();
  expect(ctx.err()).not.toBe(null);
});

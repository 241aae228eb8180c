import { Canceled, chan, context, go, sleep, type Chan, type Context } from 'gosched';
import { expect, test } from 'vitest';

const { fromSignal, withCancel } = context;

test('it is cancelled with the signal, with its reason', () => {
  const controller = new AbortController();
  const ctx = fromSignal(controller.signal);
  const child = withCancel(ctx).ctx;
  expect([ctx.err(), ctx.deadline()]).toEqual([null, undefined]);
  const reason = new RangeError('enough');
  controller.abort(reason);
  expect(ctx.err()).toBeInstanceOf(Canceled);
  expect(ctx.cause()).toBe(reason);
  expect(child.cause()).toBe(reason);
});

test('of an aborted signal it has ended already', () => {
  const ctx = fromSignal(AbortSignal.abort('before'));
  expect(ctx.cause()).toBe('before');
  expect(ctx.done().tryRecv()?.done).toBe(true);
});

test('one signal, one context; and the way back gives the signal', () => {
  const { signal } = new AbortController();
  expect(fromSignal(signal)).toBe(fromSignal(signal));
  expect(fromSignal(signal).signal).toBe(signal);
});

test('AbortSignal.timeout ends what waits', async () => {
  const slept = sleep(60_000, fromSignal(AbortSignal.timeout(5)));
  await expect(slept).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('it reaches other isolates, whatever the reason is', async () => {
  for (const reason of [undefined, 'text', () => 1]) {
    const controller = new AbortController();
    const ready = chan<boolean>();
    const seen = go(
      async (it: Context, here: Chan<boolean>) => {
        const { signal } = it;
        await here.send(signal.aborted);
        await it.done().recv();
        const cause = it.cause() as Error;
        return [it.err()?.name, it.signal.aborted, cause.name ?? cause, signal === it.signal];
      },
      fromSignal(controller.signal),
      ready,
    );
    expect(await ready.recv()).toBe(false);
    controller.abort(reason);
    const name = new Map<unknown, string>([[undefined, 'AbortError'], ['text', 'text']]);
    expect(await seen).toEqual(['Canceled', true, name.get(reason) ?? 'DataCloneError', true]);
  }
});

test('the signal of a context is aborted when cancel returns', () => {
  const { ctx, cancel } = withCancel(context.background());
  const child = withCancel(ctx).ctx;
  const { signal } = ctx;
  expect([signal.aborted, child.signal.aborted]).toEqual([false, false]);
  const reason = new Error('why');
  cancel(reason);
  expect([signal.aborted, child.signal.aborted]).toEqual([true, true]);
  expect([signal.reason, child.signal.reason]).toEqual([reason, reason]);
});

import { Canceled, context, type CancelableContext } from 'gosched';
import { expect, test } from 'vitest';
import { seeded } from '../seed.js';

const { background, withCancel, withTimeout } = context;

test('CTX-004 CTX-005 cancelling ends all descendants before it returns', () => {
  const parent = withCancel(background());
  const child = withCancel(parent.ctx);
  const timed = withTimeout(parent.ctx, 1e9);
  const grandchild = withCancel(timed.ctx);
  parent.cancel();
  for (const { ctx } of [parent, child, timed, grandchild]) {
    expect(ctx.err()).toBeInstanceOf(Canceled);
    expect(ctx.done().tryRecv()?.done).toBe(true);
  }
});

test('CTX-008 a child that ends first leaves its parent and siblings alone', () => {
  const parent = withCancel(background());
  const [child, sibling] = [withCancel(parent.ctx), withCancel(parent.ctx)];
  child.cancel();
  expect(parent.ctx.err()).toBe(null);
  expect(sibling.ctx.err()).toBe(null);
  parent.cancel('later');
  expect(sibling.ctx.cause()).toBe('later');
  expect(child.ctx.cause()).toBe(child.ctx.err());
});

test('CTX-006 CTX-009 a child of an ended parent has ended already, with its cause', () => {
  const parent = withCancel(background());
  parent.cancel('why');
  for (const { ctx } of [withCancel(parent.ctx), withTimeout(parent.ctx, 1e9)]) {
    expect(ctx.err()).toBeInstanceOf(Canceled);
    expect(ctx.cause()).toBe('why');
    expect(ctx.done().tryRecv()?.done).toBe(true);
    expect(ctx.signal.aborted).toBe(true);
  }
});

test('CTX-023 a tree of 100, every cancel called in random order', async () => {
  const random = seeded();
  const all: CancelableContext[] = [withCancel(background())];
  while (all.length < 100) all.push(withCancel(all[random.int(all.length)]!.ctx));
  const done = Promise.all(all.map(({ ctx }) => ctx.done().recv()));
  for (const { ctx, cancel } of random.shuffle(all)) {
    cancel();
    expect(ctx.err()).toBeInstanceOf(Canceled);
  }
  await done;
});

test('CTX-025 of 30 layers a random one is cancelled: it and all below end', () => {
  const random = seeded();
  const layers: CancelableContext[] = [withCancel(background())];
  while (layers.length < 30) {
    const { ctx } = layers.at(-1)!;
    layers.push(random.int(2) === 0 ? withCancel(ctx) : withTimeout(ctx, 1e9));
  }
  const cut = random.int(layers.length);
  layers[cut]!.cancel('cut');
  layers.forEach(({ ctx }, n) => expect(ctx.cause()).toBe(n < cut ? null : 'cut'));
  layers[0]!.cancel();
});

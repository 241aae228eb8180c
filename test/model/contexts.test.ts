import { context, type Context } from 'gosched';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkSequences, command, parameters, type Command } from './check.js';
import { CANCELED, EXCEEDED, ModelContext } from './context-model.js';
import type { Operation } from './operate.js';
import { World, same, type Outcomes } from './world.js';

const FILE = 'test/model/contexts.test.ts';
const HOUR = 3_600_000;
const KEYS = ['a', 'b'];
/** `deadline()` counts from now on, each time. */
const DEADLINE_WITHIN = 1_000;

interface Node {
  readonly model: ModelContext;
  readonly ctx: Context;
  /** Under which its cancel is kept, and where; undefined for what cannot be cancelled. */
  readonly number?: number;
  readonly away: boolean;
}

/** A function that runs after the end of a context. */
interface After {
  /** Under which its stop is kept, and where. */
  readonly number: number;
  readonly away: boolean;
  /** The operation that ends when it runs. */
  readonly id: number;
  readonly node: Node;
}

interface Tree {
  readonly nodes: Node[];
  readonly after: After[];
  count: number;
}

const far = fc.boolean();
const where = (it: boolean): string => (it ? 'there' : 'here');
/** Taken modulo how many there are. */
const index = fc.nat(1000);

function pick<T>(list: readonly T[], at: number): T {
  return list[at % list.length] as T;
}

/** Makes a context. An end that it has from the start needs nobody to wait for it. */
async function grow(
  tree: Tree,
  world: World,
  operation: Operation,
  away: boolean,
  model: ModelContext,
  number?: number,
): Promise<Node> {
  const made = await world.result(operation, away);
  if (!('value' in made)) throw new Error(`${operation.call} failed: ${String(made.threw)}`);
  const node = { model, ctx: made.value as Context, away, ...(number !== undefined && { number }) };
  tree.nodes.push(node);
  return node;
}

const derives = fc
  .record({ at: index, far, hours: fc.option(fc.integer({ min: -1, max: 9 }), { nil: undefined }) })
  .map(({ at, far: away, hours }) => {
    const name = hours === undefined ? 'withCancel' : `withDeadline(in ${hours} hours)`;
    return command<Tree>(`${name} of ${at} ${where(away)}`, async (tree, world) => {
      const parent = pick(tree.nodes, at);
      const number = tree.count++;
      const deadline = hours === undefined ? undefined : Date.now() + hours * HOUR;
      const model = parent.model.child(deadline);
      const operation = { call: 'derive', on: parent.ctx, args: [number, deadline] };
      await grow(tree, world, operation, away, model, number);
      if (hours !== undefined && hours <= 0) model.end(EXCEEDED, undefined, new Map());
    });
  });

const values = fc
  .record({ at: index, far, key: fc.constantFrom(...KEYS) })
  .map(({ at, far: away, key }) =>
    command<Tree>(`withValue(${key}) of ${at} ${where(away)}`, async (tree, world) => {
      const parent = pick(tree.nodes, at);
      const value = `value ${tree.count++}`;
      const operation = { call: 'withValue', on: parent.ctx, args: [key, value] };
      await grow(tree, world, operation, away, parent.model.withValue(key, value));
    }),
  );

const detaches = fc.record({ at: index, far }).map(({ at, far: away }) =>
  command<Tree>(`withoutCancel of ${at} ${where(away)}`, async (tree, world) => {
    const parent = pick(tree.nodes, at);
    const operation = { call: 'withoutCancel', on: parent.ctx };
    await grow(tree, world, operation, away, parent.model.withoutCancel());
  }),
);

/** @param meanwhile before anybody who waits for it is waited for */
async function cancel(
  node: Node,
  world: World,
  cause: string | undefined,
  meanwhile?: () => Promise<void>,
): Promise<void> {
  const outcomes: Outcomes = new Map();
  const operation = { call: 'kept', args: [node.number, cause] };
  const id = await world.start(operation, node.away);
  outcomes.set(id, { value: undefined });
  node.model.end(CANCELED, cause, outcomes);
  await meanwhile?.();
  await world.expect(outcomes);
}

const cancels = fc.record({ at: index, why: fc.boolean() }).map(({ at, why }) =>
  command<Tree>(`cancel ${at}${why ? ' with a cause' : ''}`, async (tree, world) => {
    const able = tree.nodes.filter(({ number }) => number !== undefined);
    if (able.length === 0) return;
    const cause = why ? `cause ${tree.count++}` : undefined;
    // Stopping is too late for what has ended, though it may not have run.
    await cancel(pick(able, at), world, cause, () => stop(tree, world, at));
    // Everywhere, when it returns.
    for (const [n, node] of tree.nodes.entries()) await look(node, world, n % 2 === 0);
  }),
);

async function look({ model, ctx }: Node, world: World, away: boolean): Promise<void> {
  const see = (call: string, ...args: unknown[]): Promise<unknown> =>
    world.result({ call, on: ctx, args }, away);
  const at = where(away);
  same(await see('err'), { value: model.ended?.err ?? null }, `err() ${at}`);
  same(await see('cause'), { value: model.ended?.cause ?? null }, `cause() ${at}`);
  for (const key of KEYS) {
    same(await see('value', key), { value: model.value(key) }, `value(${key}) ${at}`);
  }
  const { value } = (await see('deadline')) as { value: Date | undefined };
  const off = Math.abs((value?.getTime() ?? 0) - (model.deadline ?? 0));
  if (off > DEADLINE_WITHIN) {
    throw new Error(`deadline() ${at}: ${value?.getTime()}, but the model says ${model.deadline}`);
  }
}

const looks = fc.record({ at: index, far }).map(({ at, far: away }) =>
  command<Tree>(`look at ${at} ${where(away)}`, (tree, world) =>
    look(pick(tree.nodes, at), world, away),
  ),
);

const waits = fc.record({ at: index, far }).map(({ at, far: away }) =>
  command<Tree>(`done of ${at} ${where(away)}`, async (tree, world) => {
    const { model, ctx } = pick(tree.nodes, at);
    const outcomes: Outcomes = new Map();
    model.wait(await world.start({ call: 'done', on: ctx }, away), undefined, outcomes);
    await world.expect(outcomes);
  }),
);

const afters = fc.record({ at: index, far }).map(({ at, far: away }) =>
  command<Tree>(`afterFunc of ${at} ${where(away)}`, async (tree, world) => {
    const node = pick(tree.nodes, at);
    const number = tree.count++;
    const outcomes: Outcomes = new Map();
    const id = await world.start({ call: 'afterFunc', on: node.ctx, args: [number] }, away);
    node.model.wait(id, 'ran', outcomes);
    tree.after.push({ number, id, node, away });
    await world.expect(outcomes);
  }),
);

const stops = fc.record({ at: index }).map(({ at }) =>
  command<Tree>(`stop the function ${at}`, async (tree, world) => {
    await stop(tree, world, at);
    await world.expect(new Map());
  }),
);

async function stop(tree: Tree, world: World, at: number): Promise<void> {
  if (tree.after.length === 0) return;
  const { number, id, node, away } = pick(tree.after, at);
  const stopped = await world.result({ call: 'kept', args: [number] }, away);
  same(stopped, { value: node.model.stop(id) }, 'stop()');
}

const commands = [derives, values, derives, detaches, waits, afters, stops, looks, cancels];

test.each([
  ['in one isolate', false],
  ['across isolates', true],
])('trees of contexts do what a model of Go says, %s', async (_, across) => {
  await checkSequences<Tree>(
    FILE,
    commands as fc.Arbitrary<Command<Tree>>[],
    () => {
      const root = { model: new ModelContext(undefined, undefined), ctx: context.background() };
      return {
        model: { nodes: [{ ...root, away: false }], after: [], count: 0 },
        real: new World(across),
      };
    },
    async (tree, world) => {
      for (const node of tree.nodes) {
        if (node.number !== undefined) await cancel(node, world, undefined);
      }
      for (const node of tree.nodes) await look(node, world, false);
      const cancelable = tree.nodes.filter(({ number }) => number !== undefined);
      expect(cancelable.filter(({ model }) => model.ended === undefined)).toEqual([]);
    },
  );
});

/** Milliseconds between deadlines whose order is known, if all were set within less than that. */
const APART = 5;

test('deadlines come in order, and each takes its descendants along', async () => {
  const nodes = fc.array(fc.record({ above: index, after: fc.integer({ min: 1, max: 4 }) }), {
    minLength: 2,
    maxLength: 12,
  });
  const property = fc.asyncProperty(nodes, async (specs) => {
    const start = Date.now();
    const all = [{ ctx: context.background(), at: Infinity }];
    const order: number[] = [];
    const late: unknown[] = [];
    const ends = specs.map(async ({ above, after }) => {
      const parent = pick(all, above);
      const at = Math.min(parent.at, start + after * APART);
      const { ctx } = context.withDeadline(parent.ctx, start + after * APART);
      all.push({ ctx, at });
      await ctx.done().recv();
      order.push(at);
      late.push(...all.filter((other) => other.at < at && other.ctx.err() === null));
    });
    // A deadline becomes a duration when it is set, by a clock that counts whole milliseconds.
    const inTime = Date.now() - start < APART - 1;
    await Promise.all(ends);
    fc.pre(inTime);
    expect(late).toEqual([]);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });
  const given = parameters(FILE);
  // Each takes as long as its last deadline.
  await fc.assert(property, { ...given, numRuns: Math.ceil(given.numRuns / 5) });
});

import { chan, type Chan } from 'gosched';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ModelChannels, type ModelCase, type ModelChannel, type Party } from './channel-model.js';
import { checkSequences, command, type Command } from './check.js';
import type { CaseSpec, Operation } from './operate.js';
import { World, same, type Outcomes } from './world.js';

const CAPACITIES = [0, 1, 2, 0];

/** The model, and for each of its channels the real one. */
class Channels extends ModelChannels {
  readonly real: readonly Chan<string>[];
  #values = 0;

  constructor() {
    super(CAPACITIES);
    this.real = CAPACITIES.map((capacity) => chan<string>(capacity));
  }

  pair(n: number): [ModelChannel, Chan<string>] {
    return [this.list[n] as ModelChannel, this.real[n] as Chan<string>];
  }

  /** No value is sent twice, so whoever received it tells which send that was. */
  value(): string {
    return `v${this.#values++}`;
  }
}

const far = fc.boolean();
const which = fc.nat(CAPACITIES.length - 1);
const where = (it: boolean): string => (it ? 'there' : 'here');

const sends = fc.record({ n: which, far }).map(({ n, far: away }) =>
  command<Channels>(`ch${n}.send ${where(away)}`, async (model, world) => {
    const [channel, on] = model.pair(n);
    const value = model.value();
    const id = await world.start({ call: 'send', on, args: [value] }, away);
    const outcomes: Outcomes = new Map();
    if (channel.canSend) channel.send({ id, form: 'plain' }, value, outcomes);
    else channel.senders.push({ id, form: 'plain', offers: value });
    await world.expect(outcomes);
  }),
);

const receives = fc
  .record({ n: which, far, call: fc.constantFrom('recv', 'next') })
  .map(({ n, far: away, call }) =>
    command<Channels>(`ch${n}.${call} ${where(away)}`, async (model, world) => {
      const [channel, on] = model.pair(n);
      const id = await world.start({ call, on }, away);
      const party: Party = { id, form: call === 'recv' ? 'plain' : 'next' };
      const outcomes: Outcomes = new Map();
      if (channel.canReceive) channel.receive(party, outcomes);
      else channel.receivers.push(party);
      await world.expect(outcomes);
    }),
  );

const tries = fc
  .record({ n: which, far, call: fc.constantFrom('trySend', 'tryRecv') })
  .map(({ n, far: away, call }) =>
    command<Channels>(`ch${n}.${call} ${where(away)}`, async (model, world) => {
      const [channel, on] = model.pair(n);
      const value = model.value();
      const id = await world.start({ call, on, args: call === 'trySend' ? [value] : [] }, away);
      const party: Party = { id, form: 'try' };
      const outcomes: Outcomes = new Map();
      if (call === 'trySend') {
        if (channel.canSend) channel.send(party, value, outcomes);
        else outcomes.set(id, { value: false });
      } else if (channel.canReceive) channel.receive(party, outcomes);
      else outcomes.set(id, { value: undefined });
      await world.expect(outcomes);
    }),
  );

const closes = fc.record({ n: which, far }).map(({ n, far: away }) =>
  command<Channels>(`ch${n}.close ${where(away)}`, (model, world) => close(model, world, n, away)),
);

async function close(model: Channels, world: World, n: number, away: boolean): Promise<void> {
  const [channel, on] = model.pair(n);
  const id = await world.start({ call: 'close', on }, away);
  const outcomes: Outcomes = new Map();
  if (channel.closed) outcomes.set(id, { threw: 'ERR_CLOSE_OF_CLOSED' });
  else {
    outcomes.set(id, { value: undefined });
    channel.close(outcomes);
  }
  await world.expect(outcomes);
}

const looks = fc.record({ n: which, far }).map(({ n, far: away }) =>
  command<Channels>(`look at ch${n} ${where(away)}`, async (model, world) => {
    const [{ buffer, capacity, closed }, on] = model.pair(n);
    const look = (call: string): Promise<unknown> => world.result({ call, on }, away);
    same(await look('length'), { value: buffer.length }, `ch${n}.length`);
    same(await look('capacity'), { value: capacity }, `ch${n}.capacity`);
    same(await look('closed'), { value: closed }, `ch${n}.closed`);
  }),
);

/** Each direction of a channel at most once, at least one case that is not nil. */
const caseSpecs = fc
  .uniqueArray(fc.record({ n: which, put: fc.boolean(), nil: fc.constantFrom(false, false, true) }), {
    minLength: 1,
    maxLength: 5,
    selector: ({ n, put }) => `${n} ${put}`,
  })
  .filter((specs) => specs.some(({ nil }) => !nil));

type Spec = { readonly n: number; readonly put: boolean; readonly nil: boolean };

const show = ({ n, put, nil }: Spec): string => (nil ? 'nil' : `ch${n}${put ? '.sending' : ''}`);

function makeCases(model: Channels, specs: readonly Spec[]): [ModelCase[], CaseSpec[]] {
  const cases: ModelCase[] = [];
  const real: CaseSpec[] = [];
  specs.forEach((spec, index) => {
    const [channel, ch] = spec.nil ? [undefined, null] : model.pair(spec.n);
    const rest = { key: `${index} ${show(spec)}`, ...(spec.put && { put: model.value() }) };
    cases.push({ ...rest, channel });
    real.push({ ...rest, ch });
  });
  return [cases, real];
}

const selects = fc
  .record({ specs: caseSpecs, far, call: fc.constantFrom('select', 'trySelect') })
  .map(({ specs, far: away, call }) =>
    command<Channels>(
      `${call}(${specs.map(show).join(', ')}) ${where(away)}`,
      async (model, world) => {
        const [cases, args] = makeCases(model, specs);
        await choose(model, world, cases, { call, args }, away);
      },
    ),
  );

/** Which of the ready cases it takes is its choice; that it is one of them, and its effect, is not. */
async function choose(
  model: Channels,
  world: World,
  cases: readonly ModelCase[],
  operation: Operation,
  away: boolean,
): Promise<void> {
  const id = await world.start(operation, away);
  const outcomes: Outcomes = new Map();
  const ready = model.ready(cases);
  if (ready.length > 0) {
    const outcome = await world.outcome(id);
    // A send on a closed channel does not tell which case it was, and changes nothing.
    const chosen = ready.find(({ key, channel, put }) =>
      'threw' in outcome
        ? put !== undefined && channel?.closed === true
        : (outcome.value as { key?: string } | undefined)?.key === key,
    );
    if (chosen === undefined) {
      const keys = ready.map(({ key }) => key).join(', ');
      throw new Error(`${JSON.stringify(outcome)}, but ready are: ${keys}`);
    }
    model.proceed(id, chosen, outcomes);
  } else if (operation.call === 'trySelect') {
    outcomes.set(id, { value: undefined });
  } else {
    model.park(id, cases);
  }
  await world.expect(outcomes);
}

const commands: fc.Arbitrary<Command<Channels>>[] = [
  sends, receives, tries, looks, selects, sends, receives, selects, closes,
];

test.each([
  ['in one isolate', false],
  ['across isolates', true],
])('channels and select do what a model of Go says, %s', async (_, across) => {
  await checkSequences(
    'test/model/channels.test.ts',
    commands,
    () => ({ model: new Channels(), real: new World(across) }),
    async (model, world) => {
      for (const [n, channel] of model.list.entries()) {
        if (!channel.closed) await close(model, world, n, false);
      }
      for (const { receivers, senders } of model.list) {
        expect([receivers, senders]).toEqual([[], []]);
      }
    },
  );
});

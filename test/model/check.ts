import * as fc from 'fast-check';
import { onTestFailed } from 'vitest';
import type { World } from './world.js';

/** Sequences for each property, unless `GOSCHED_MODEL_RUNS` says how many. */
const RUNS = 150;

export type Command<Model extends object> = fc.AsyncCommand<Model, World>;

/** A command that is always possible. Its text is what a failing sequence is printed as. */
export function command<Model extends object>(
  text: string,
  run: (model: Model, world: World) => Promise<void>,
): Command<Model> {
  return { check: () => true, run, toString: () => text };
}

/** How often to run, and with which seed; on failure that is printed. */
export function parameters(file: string): { seed: number; numRuns: number } {
  const numRuns = Number(process.env['GOSCHED_MODEL_RUNS'] ?? RUNS);
  const given = process.env['GOSCHED_TEST_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  const again = `GOSCHED_TEST_SEED=${seed} GOSCHED_MODEL_RUNS=${numRuns}`;
  onTestFailed(() => console.error(`to repeat: ${again} npm test -- --only js ${file}`));
  return { seed, numRuns };
}

/**
 * Runs random sequences of commands on a model and the real things. One that fails is made as short
 * as it can be and printed.
 * @param finish ends all that is parked, so that it, too, must come to what the model says
 */
export async function checkSequences<Model extends object>(
  file: string,
  commands: readonly fc.Arbitrary<Command<Model>>[],
  setup: () => { model: Model; real: World },
  finish: (model: Model, world: World) => Promise<void>,
): Promise<void> {
  const sequences = fc.commands([...commands], { maxCommands: 60, size: 'max' });
  const property = fc.asyncProperty(sequences, async (sequence) => {
    const made = setup();
    try {
      await fc.asyncModelRun(() => made, sequence);
      await finish(made.model, made.real);
    } catch (error) {
      await made.real.end().catch(() => undefined); // the first failure is the one to tell
      throw error;
    }
    await made.real.end();
  });
  await fc.assert(property, parameters(file));
}

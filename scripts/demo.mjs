// npm run demo [-- args]: builds what is stale, then runs the demonstration.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Failure, root, runMain, runVisibly } from './commands.mjs';
import { ensure } from './ensure.mjs';

/** How long the program has to react to a signal we cannot know it got. A guess. */
const PATIENCE_MS = 1000;

await runMain(async () => {
  await ensure({ programs: true });
  const program = join(root, 'build', 'examples', 'index', 'main.js');
  if (!existsSync(program)) throw new Failure('there is no examples/index/main.ts to run');
  return runVisibly(process.execPath, [program, ...process.argv.slice(2)], {
    onSpawn: passSignals,
  });
});

/**
 * The program must get each Ctrl-C exactly once, for a second may mean "now". A terminal sends it
 * to the whole foreground group, the program included, and npm passes its own on to us besides; so
 * with a terminal we ignore it. Without one, somebody called kill(2), on us alone or on the group:
 * the program gets ours only when it has not ended after a while.
 */
function passSignals(child) {
  const terminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  let pending;
  process.on('SIGINT', () => {
    if (!terminal) pending ??= setTimeout(() => child.kill('SIGINT'), PATIENCE_MS);
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', () => clearTimeout(pending));
}

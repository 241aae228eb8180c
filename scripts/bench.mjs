// npm run bench [-- suite...]: runs the named suites of bench/, or all. `--list` names them.

import { join } from 'node:path';

import { Failure, root, runMain, runVisibly } from './commands.mjs';
import { ensure } from './ensure.mjs';
import { filesBelow } from './fingerprint.mjs';

const suffix = '.bench.ts';

await runMain(async () => {
  const suites = filesBelow(['bench'], (name) => name.endsWith(suffix)).map((name) =>
    name.slice('bench/'.length, -suffix.length),
  );
  const args = process.argv.slice(2);
  if (args.includes('--list')) {
    for (const suite of suites) console.log(suite);
    return 0;
  }
  const unknown = args.filter((name) => !suites.includes(name));
  if (unknown.length > 0) {
    throw new Failure(`no such suite: ${unknown.join(', ')}; there are: ${suites.join(', ')}`);
  }

  await ensure({ programs: true });
  for (const suite of args.length > 0 ? args : suites) {
    console.log(`\n# ${suite}`);
    const status = await runVisibly(process.execPath, [
      // Lets a suite collect before it measures memory.
      '--expose-gc',
      join(root, 'build', 'bench', `${suite}.bench.js`),
    ]);
    if (status !== 0) return status;
  }
  return 0;
});

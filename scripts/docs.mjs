// npm run docs [-- TypeDoc's arguments]: the API site, in build-docs/, from the documentation comments
// and the guides in docs/. docs/site/typedoc.json has the settings; a warning fails.

import { join } from 'node:path';

import { root, runMain, runVisibly } from './commands.mjs';
import { ensure } from './ensure.mjs';

await runMain(async () => {
  await ensure({ docs: true });
  const folder = join(root, 'docs', 'site');
  const typedoc = join(folder, 'node_modules', 'typedoc', 'bin', 'typedoc');
  const options = ['--options', join(folder, 'typedoc.json')];
  return runVisibly(process.execPath, [typedoc, ...options, ...process.argv.slice(2)]);
});

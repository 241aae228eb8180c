// npm run build: everything that is stale, and nothing else.

import { runMain } from './commands.mjs';
import { ensure } from './ensure.mjs';

await runMain(() => ensure({ programs: true }));

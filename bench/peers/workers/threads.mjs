import { expose } from 'threads/worker';

import * as tasks from '../tasks.mjs';

expose({ ...tasks });

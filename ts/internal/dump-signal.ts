/** `GOSCHED_DUMP_SIGNAL`: the signal at which the process writes what every goroutine does. */

import { Role, native, role } from './native.js';
import { Word, words } from './page.js';

const signal = process.env['GOSCHED_DUMP_SIGNAL'];

if (role === Role.Main && signal !== undefined && signal !== '') {
  native.dumpOn(signal);
  if (words[Word.Status] !== 0) {
    process.emitWarning(
      `GOSCHED_DUMP_SIGNAL=${signal} is ignored: it must be SIGUSR2, SIGQUIT or SIGHUP, and not on Windows`,
      { type: 'GoschedWarning', code: 'GOSCHED_DUMP_SIGNAL' },
    );
  }
}

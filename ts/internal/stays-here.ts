/** What works for the isolate that made it, and says so when it is to be passed to another. */

import { DataCloneError } from '../errors.js';
import { HANDLE_OF, type Shareable } from './handles.js';

/**
 * Cloned, such an object would arrive as an empty one. It counts as a handle, so that it is asked to
 * be shared, wherever in a value it is, and refuses.
 */
export abstract class StaysHere implements Shareable {
  /** @internal Never used: {@link share} comes first. */
  get [HANDLE_OF](): number {
    return -1;
  }

  /** @internal */
  share(): never {
    const what = this.constructor.name;
    throw new DataCloneError(
      'value',
      `it is (or contains) a ${what}, which works for the isolate that made it; ` +
        'make one there, or pass a channel',
    );
  }
}

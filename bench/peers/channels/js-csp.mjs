import { createRequire } from 'node:module';

// It is CommonJS of a form whose names Node does not find.
const { CLOSED, alts, chan, go, put, take, takeAsync } = createRequire(import.meta.url)('js-csp');

import { channelsOf, parkedOn } from './parked.mjs';

const make = (capacity) => (capacity === 0 ? chan() : chan(capacity));

/** A process, and a promise of what it returns. */
function run(process, ...args) {
  return new Promise((resolve) => {
    takeAsync(go(process, args), resolve);
  });
}

export async function stream(capacity, count) {
  const ch = make(capacity);
  go(function* () {
    for (let i = 0; i < count; i++) yield put(ch, i);
    ch.close();
  });
  return run(function* () {
    let sum = 0;
    for (;;) {
      const value = yield take(ch);
      if (value === CLOSED) return sum;
      sum += value;
    }
  });
}

export async function pingPong(count) {
  const requests = make(0);
  const replies = make(0);
  go(function* () {
    for (let i = 0; i < count; i++) yield put(replies, (yield take(requests)) + 1);
  });
  return run(function* () {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      yield put(requests, i);
      sum += yield take(replies);
    }
    return sum;
  });
}

export async function selectOfTwo(count) {
  const sources = [make(0), make(0)];
  for (const ch of sources) {
    go(function* () {
      for (let i = 0; i < count / 2; i++) yield put(ch, i);
    });
  }
  return run(function* () {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += (yield alts(sources)).value;
    return sum;
  });
}

export const parked = parkedOn(
  () => make(0),
  (gate) =>
    run(function* () {
      return (yield take(gate)) ?? 1;
    }),
);

export const channels = channelsOf(() => make(0));

// What the libraries' parked processes have in common.

/** Waiters on one channel: two of the libraries allow 1,024. */
const ON_ONE_CHANNEL = 1000;

/**
 * A case: so many that wait to receive. What it returns ends them.
 * @param make makes an unbuffered channel
 * @param park waits on the channel it is given, and gives 1
 * @param end lets all go on that wait on the channels given: so many
 */
export function parkedOn(make, park, end = closeAll) {
  return async (count) => {
    const gates = Array.from({ length: Math.ceil(count / ON_ONE_CHANNEL) }, make);
    const all = Array.from({ length: count }, (_, i) => park(gates[i % gates.length]));
    // Some begin to wait in a turn of their own.
    await new Promise((resolve) => setImmediate(resolve));
    return async () => {
      await end(gates, count);
      let ended = 0;
      for (const it of all) ended += await it;
      checkCount(ended, count);
    };
  };
}

async function closeAll(gates) {
  for (const gate of gates) gate.close();
}

/** A case: so many channels. What it returns says that they are there. */
export function channelsOf(make) {
  return async (count) => {
    const all = Array.from({ length: count }, make);
    return async () => checkCount(all.filter(Boolean).length, count);
  };
}

function checkCount(found, expected) {
  if (found !== expected) throw new Error(`${found} instead of ${expected}`);
}

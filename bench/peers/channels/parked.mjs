// What the libraries' parked processes have in common.

/** Waiters on one channel: two of the libraries allow 1,024. */
export const ON_ONE_CHANNEL = 1000;

/** `count` channels' worth of waiters: `park` makes one on the channel it is given. */
export function parkAll(count, make, park) {
  const gates = Array.from({ length: Math.ceil(count / ON_ONE_CHANNEL) }, make);
  const all = Array.from({ length: count }, (_, i) => park(gates[i % gates.length]));
  return { gates, all };
}

/** Waits for all, each of which gives 1. */
export async function endOf(all, count) {
  let ended = 0;
  for (const it of all) ended += await it;
  await checkCount(ended, count);
}

export async function checkCount(found, expected) {
  if (found !== expected) throw new Error(`${found} instead of ${expected}`);
}

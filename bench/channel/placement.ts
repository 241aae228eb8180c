/** Where the two ends of a measurement ran, for only different isolates are a comparison. */

/** What one end reports. */
export interface EndReport {
  /** `threadId` of the isolate it ran in. */
  readonly threadId: number;
  /** How long it took, by the end that holds the watch; 0 from the other. */
  readonly milliseconds: number;
}

/** Rounds in a row that may go by with both ends in one isolate before we give up. */
const MAX_ATTEMPTS = 50;

/** Runs a round until its two ends were in different isolates, and gives the time it took. */
export async function acrossIsolates(
  round: () => Promise<readonly [EndReport, EndReport]>,
): Promise<number> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const [a, b] = await round();
    if (a.threadId !== b.threadId) return a.milliseconds + b.milliseconds;
  }
  throw new Error(`both ends were in one isolate ${MAX_ATTEMPTS} times in a row`);
}

// The closing table of `npm test` and `npm run lint`.

/**
 * Runs each step in turn, all of them even when one fails, and prints the table.
 * A step is `{ name, run }`; `run` resolves with `{ status, note }`, where status 0 is a pass and
 * undefined a skip.
 */
export async function runSteps(steps) {
  const rows = [];
  for (const { name, run } of steps) {
    console.log(`\n== ${name}`);
    const start = performance.now();
    const { status, note = '' } = await run();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const verdict = status === undefined ? 'skip' : status === 0 ? 'pass' : 'FAIL';
    rows.push({ name, verdict, seconds, note });
  }

  const width = Math.max(...rows.map(({ name }) => name.length));
  console.log('');
  for (const { name, verdict, seconds, note } of rows) {
    console.log(`${name.padEnd(width)}  ${verdict}  ${seconds.padStart(6)} s  ${note}`.trimEnd());
  }
  return rows.every(({ verdict }) => verdict !== 'FAIL');
}

// npm run soak [-- --minutes 10 --seed N]: load with random kills for so long, in one process, which samples
// its memory, threads and goroutines; then judges whether they stayed flat, and draws them
// (target/soak.svg). The program is the one of `npm run faults`.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { Failure, root, runMain } from './commands.mjs';
import { ensure } from './ensure.mjs';
import { runLoad } from './faults.mjs';
import { FEWEST_SAMPLES, NAMES, judge } from './flat.mjs';
import { ensurePeers } from './peers.mjs';

/** One curve above the other, by the library that draws the benchmarks. */
async function draw(samples, title) {
  const { svgOf } = await import('../bench/peers/svg.mjs');
  const curve = (key) => ({
    title: NAMES[key],
    width: 860,
    height: 160,
    mark: 'line',
    encoding: {
      x: { field: 'seconds', type: 'quantitative', title: 's' },
      y: { field: key, type: 'quantitative', title: null },
    },
  });
  return svgOf({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    title,
    data: { values: samples },
    vconcat: Object.keys(NAMES).map(curve),
  });
}

await runMain(async () => {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Failure('npm run soak -- --minutes N --seed N');
  await ensure();
  ensurePeers();
  console.log(`${minutes} minutes, seed ${values.seed}, Node.js ${process.version}`);
  const samples = [];
  let next = 0;
  const onSample = (sample) => {
    samples.push(sample);
    if (sample.seconds < next) return;
    next = sample.seconds + 15;
    const { seconds, megabytes, threads, handles, kills, results } = sample;
    console.log(
      `${seconds.toFixed(0).padStart(5)} s  ${megabytes.toFixed(0)} MB  ${threads} threads  ` +
        `${handles} goroutines  ${kills} kills  ${results} results`,
    );
  };
  const verdict = await runLoad(['--seconds', `${minutes * 60}`, '--seed', values.seed], { onSample });
  console.log(JSON.stringify(verdict));
  if (samples.length < FEWEST_SAMPLES) throw new Failure('it ended before there was anything to judge');
  const judged = judge(samples);
  for (const { key, before, after, flat } of judged) {
    console.log(`${NAMES[key]}: ${before.toFixed(1)}, then ${after.toFixed(1)}: ${flat ? 'flat' : 'GROWS'}`);
  }
  const file = join(root, 'target', 'soak.svg');
  mkdirSync(join(root, 'target'), { recursive: true });
  writeFileSync(file, await draw(samples, `${minutes} minutes, ${verdict.kills} kills, Node.js ${process.version}`));
  console.log('target/soak.svg');
  return verdict.status === 0 && judged.every(({ flat }) => flat) ? 0 : 1;
});

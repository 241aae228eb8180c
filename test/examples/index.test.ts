import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { readArguments } from '../../build/examples/index/arguments.js';
import { inverseDocumentFrequency, search } from '../../build/examples/index/bm25.js';
import { IndexMerger } from '../../build/examples/index/index-merger.js';
import { PartialIndex } from '../../build/examples/index/partial-index.js';
import {
  BYTES_PER_BATCH,
  filesOf,
  FILES_PER_BATCH,
  pathBatches,
} from '../../build/examples/index/path-batches.js';
import { describeSkips, noSkips } from '../../build/examples/index/skips.js';
import { MAX_FILE_BYTES, readTextFile } from '../../build/examples/index/text-file.js';
import { countTerms, MAX_WORD_LENGTH, tokenise } from '../../build/examples/index/tokenise.js';
import type { InvertedIndex } from '../../build/examples/index/inverted-index.js';

const MAIN = fileURLToPath(new URL('../../build/examples/index/main.js', import.meta.url));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gosched-index-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, content: string | Uint8Array): void {
  const at = join(folder, path);
  mkdirSync(join(at, '..'), { recursive: true });
  writeFileSync(at, content);
}

/** Builds the index on this thread. `sourceOf` says which partial index gets a file. */
function build(sourceOf: (id: number) => number, shouldShip: () => boolean): InvertedIndex {
  const merger = new IndexMerger();
  const partials: PartialIndex[] = [];
  for (const batch of pathBatches(folder, merger.paths, merger.skipped)) {
    for (const [id, path] of filesOf(batch)) {
      const source = sourceOf(id);
      const partial = (partials[source] ??= new PartialIndex(source));
      partial.addFile(id, join(folder, path), () => false);
      if (shouldShip()) merger.add(partial.take());
    }
  }
  // The last parts arrive in the opposite order.
  for (let source = partials.length - 1; source >= 0; source--) {
    const partial = partials[source];
    if (partial !== undefined) merger.add(partial.take());
  }
  return merger.finish();
}

const buildAlone = (): InvertedIndex => build(() => 0, () => false);

describe('tokenise', () => {
  const terms = (text: string): [string, number][] => [...tokenise(text)];

  test('splits at what is neither letter nor digit, folds case and counts', () => {
    expect(terms('Foo.bar(foo, es2022_FOO)')).toEqual([['foo', 3], ['bar', 1], ['es2022', 1]]);
  });

  test('counts an identifier as itself and as its parts', () => {
    expect(terms('cancelTimer HTMLParser x2Y')).toEqual([
      ['canceltim', 1], ['cancel', 1], ['timer', 1],
      ['htmlparser', 1], ['html', 1], ['parser', 1],
      ['x2y', 1], ['x2', 1],
    ]);
  });

  test('drops single characters and overlong words', () => {
    const long = 'x'.repeat(MAX_WORD_LENGTH);
    expect(terms(`a ${long} ${long}x`)).toEqual([[long, 1]]);
  });

  test('follows Unicode for other scripts', () => {
    expect(terms('Äpfel—NAÏVE «漢字» ＡＢＣ ﬁn हिन्दी')).toEqual([
      ['äpfel', 1], ['naïv', 1], ['漢字', 1], ['abc', 1], ['fin', 1], ['हिन्दी', 1],
    ]);
  });

  test('knows a composed and a decomposed character as one', () => {
    expect(terms('caf\u00e9 cafe\u0301')).toEqual([['café', 2]]);
  });

  test('takes the forms of an English word for one', () => {
    expect(terms('promise promises Promised promising')).toEqual([['promis', 4]]);
  });

  test('stops in the middle of a long text when it is told to', () => {
    const text = 'word '.repeat(50_000);
    let asked = 0;
    expect(countTerms(text, () => ++asked === 2)).toBeUndefined();
    expect(asked).toBe(2);
  });

  test('takes invalid UTF-8 for a separator', () => {
    put('bad.txt', Buffer.concat([Buffer.from('left'), Buffer.from([0xff]), Buffer.from('right')]));
    const index = buildAlone();
    expect(search(index, 'left', 1)).toHaveLength(1);
    expect(search(index, 'right', 1)).toHaveLength(1);
  });
});

describe('BM25', () => {
  test('scores as the formula says', () => {
    put('a', 'cat cat dog');
    put('b', 'dog');
    put('c', 'bird bird');
    const [hit, ...others] = search(buildAlone(), 'cat', 10);
    // tf 2, length 3, average length 2, k1 1.2, b 0.75
    const weight = (2 * 2.2) / (2 + 1.2 * (0.25 + 0.75 * 1.5));
    expect(others).toEqual([]);
    expect(hit?.path).toBe('a');
    expect(hit?.score).toBeCloseTo(inverseDocumentFrequency(3, 1) * weight, 12);
  });

  test('ranks rare words above common ones, and equal scores by document number', () => {
    put('a', 'common');
    put('b', 'common');
    put('c', 'common rare');
    const paths = search(buildAlone(), 'rare common', 10).map(({ path }) => path);
    expect(paths).toEqual(['c', 'a', 'b']);
  });

  test('finds a word by another of its forms', () => {
    put('a', 'a promise');
    expect(search(buildAlone(), 'promises', 10)).toMatchObject([{ path: 'a' }]);
  });

  test('finds nothing for unknown words', () => {
    put('a', 'word');
    expect(search(buildAlone(), 'other', 10)).toEqual([]);
  });
});

describe('the merge', () => {
  test('gives one digest however the files were divided', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1e9);
    const random = randomFrom(seed);
    for (let file = 0; file < 100; file++) {
      const word = (): string => `word${random(200)} é${random(9)}`;
      const words = Array.from({ length: 1 + random(60) }, word);
      put(`folder${file % 7}/file${file}.txt`, words.join(' '));
    }
    const expected = buildAlone().digest();
    for (let round = 0; round < 20; round++) {
      const sources = 1 + random(5);
      const index = build(() => random(sources), () => random(4) === 0);
      expect(index.digest(), `SEED=${seed}, round ${round}`).toBe(expected);
    }
  });

  test('gives another digest when one byte of one file differs', () => {
    put('a', 'same words.');
    const before = buildAlone().digest();
    put('a', 'same words!');
    expect(buildAlone().digest()).not.toBe(before);
  });
});

/** Numerical Recipes' linear congruential generator: reproducible from the printed seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('what is left out', () => {
  const read = (path: string) => readTextFile(join(folder, path));

  test('is counted by reason', () => {
    put('text.txt', 'words');
    put('binary', Buffer.from('ab\0cd'));
    symlinkSync('text.txt', join(folder, 'link'));
    const skipped = noSkips();
    expect([...pathBatches(folder, [], skipped)].flatMap(filesOf)).toEqual([
      [0, 'binary'],
      [1, 'text.txt'],
    ]);
    expect(describeSkips(skipped)).toBe('1 symbolic link');
    expect(read('binary')).toEqual({ kind: 'skipped', reason: 'binary' });
    expect(read('text.txt')).toEqual({ kind: 'text', content: Buffer.from('words') });
  });

  test('includes text beyond the largest size, and large binary files as binary', () => {
    put('large.txt', 'x'.repeat(MAX_FILE_BYTES + 1));
    put('large.bin', Buffer.from('ab\0cd'));
    truncateSync(join(folder, 'large.bin'), 2 * MAX_FILE_BYTES);
    expect(read('large.txt')).toEqual({ kind: 'skipped', reason: 'too large' });
    expect(read('large.bin')).toEqual({ kind: 'skipped', reason: 'binary' });
  });

  test('includes files that vanished or cannot be read', () => {
    mkdirSync(join(folder, 'sub'));
    expect(read('gone')).toEqual({ kind: 'skipped', reason: 'vanished' });
    expect(read('sub')).toEqual({ kind: 'skipped', reason: 'unreadable' });
  });

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'includes files without permission',
    () => {
      put('secret', 'words');
      chmodSync(join(folder, 'secret'), 0);
      expect(read('secret')).toEqual({ kind: 'skipped', reason: 'unreadable' });
    },
  );
});

describe('batches', () => {
  const filesPerBatch = (paths: string[] = []): number[] =>
    [...pathBatches(folder, paths, noSkips())].map((batch) => filesOf(batch).length);

  test('number the files in the order of the walk', () => {
    for (let i = 0; i < FILES_PER_BATCH + 1; i++) put(`f${String(i).padStart(2, '0')}`, 'x');
    const paths: string[] = [];
    const files = [...pathBatches(folder, paths, noSkips())].flatMap(filesOf);
    expect(files.map(([id]) => id)).toEqual(paths.map((_, id) => id));
    expect(files.map(([, path]) => path)).toEqual(paths);
  });

  test('end with the last file that fits by number, or with the one that fills them', () => {
    for (let i = 0; i < FILES_PER_BATCH + 2; i++) put(`a${String(i).padStart(2, '0')}`, 'x');
    put('b', 'x'.repeat(BYTES_PER_BATCH));
    put('c', 'x');
    expect(filesPerBatch()).toEqual([FILES_PER_BATCH, 3, 1]);
  });
});

describe('arguments', () => {
  test.each([
    [['--workers', '0'], /--workers must be a whole number/],
    [['--workers', '-1'], /--workers must be a whole number.*"-1"/],
    [['--workers', '65'], /--workers must be a whole number from 1 to 64/],
    [['--workers', 'abc'], /--workers must be a whole number/],
    [['--workers'], /--workers/],
    [['--rounds', '0'], /--rounds must be a whole number from 1/],
    [['--rounds', '-3'], /--rounds must be a whole number.*"-3"/],
    [['--only', 'threads'], /--only must be one of/],
    [['--query', '?'], /--query needs a word/],
    [['--unknown'], /--unknown/],
    [['one', 'two'], /one folder at a time/],
  ])('%j is answered with a clear message', (argv, message) => {
    const result = readArguments(argv);
    expect(result).toEqual({ kind: 'wrong', message: expect.stringMatching(message) as string });
  });

  test('are taken as given', () => {
    const argv = ['here', '--workers', '3', '--only', 'single', '--query', 'a word'];
    const result = readArguments([...argv, '--rounds', '2']);
    const options = { folder: 'here', workers: 3, query: 'a word', ways: ['single'], rounds: 2 };
    expect(result).toEqual({ kind: 'run', options });
  });
});

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function demo(
  args: readonly string[],
  onStdout: (text: string, pid: number) => void = () => {},
): Promise<Run> {
  // On a CI machine the demo takes colours for granted.
  const env = { ...process.env, NO_COLOR: '1' };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onStdout(stdout, child.pid ?? 0);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

describe('the program', () => {
  test('names a folder that does not exist, without a stack trace', async () => {
    const run = await demo([join(folder, 'missing')]);
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(/^error: no such folder: .*missing\n$/);
  });

  test('exits with 2 for --workers 0', async () => {
    const run = await demo([folder, '--workers', '0']);
    expect(run.status).toBe(2);
    expect(run.stderr).toMatch(/^error: --workers must be a whole number from 1/);
  });

  test('says that an empty folder has nothing to index', async () => {
    const run = await demo([folder]);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('There is nothing to index');
  });

  test('builds identical indexes in all three ways', async () => {
    put('a.txt', 'promise and cancel');
    put('b/c.txt', 'timeout');
    put('binary', Buffer.from([0, 1, 2]));
    const run = await demo([folder, '--workers', '2', '--rounds', '2']);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('The 3 indexes are identical');
    expect(run.stdout).toContain('skipped: 1 binary');
    expect(run.stdout.match(/^gosched +\d+\.\d\d s$/gm)).toHaveLength(2);
    expect(run.stdout).toContain('The median of 2 runs');
    expect(run.stdout).toMatch(/1 +\d\.\d\d +a\.txt/);
  });

  test.skipIf(process.platform === 'win32').each(['single', 'worker_threads', 'gosched'])(
    'stops the %s way at Ctrl-C with partial totals and status 130',
    // A machine that is busy otherwise may take longer to start the process that is to stop.
    { retry: 2 },
    async (way) => {
      const text = 'some words to count, again and again\n'.repeat(25_000);
      for (let i = 0; i < 60; i++) put(`file${i}`, text);
      let pressed = 0;
      const run = await demo([folder, '--only', way], (stdout, pid) => {
        // The line before the way starts: from here on its process is on the way or at work.
        if (pressed > 0 || !stdout.includes('page cache')) return;
        pressed = performance.now();
        process.kill(pid, 'SIGINT');
      });
      expect(performance.now() - pressed).toBeLessThan(900); // Then it is killed.
      expect(run.status).toBe(130);
      expect(run.stdout).toMatch(/Cancelled while \w+ ran, after [\d,]+ of 60 files/);
    },
  );
});

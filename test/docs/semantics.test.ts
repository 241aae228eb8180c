import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// docs/semantics.md says what holds of each case and which test shows it. Both are read as they are
// written, so that neither can change without the other.

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const document = read('docs/semantics.md');
const ID = '(?:CH|SEL|CTX|SYN|XS|TIM|CB|SCH|LEAK)-\\d{3}';

interface Row {
  readonly id: string;
  readonly what: string;
  readonly status: string;
  readonly files: readonly string[];
}

const rows: Row[] = [...document.matchAll(new RegExp(`^\\| (${ID}) \\|(.*)\\|$`, 'gm'))].map(
  ([, id, cells]) => {
    const [what = '', status = '', where = ''] = cells!.split(' | ').map((cell) => cell.trim());
    const files = [...where.matchAll(/`([^`]+)`/g)].map(([, file]) => file!);
    return { id: id!, what, status, files };
  },
);

/** The identifiers in the names of tests: of JavaScript's at their start, of Rust's as `syn_008`. */
function named(path: string): string[] {
  const text = read(path);
  if (path.endsWith('.rs')) {
    const names = [...text.matchAll(/^fn (\w+)\(/gm)].map(([, name]) => name!);
    return names.flatMap((name) =>
      [...name.matchAll(/(ch|sel|ctx|syn|xs|tim|cb|sch)_(\d{3})_/g)].map(
        ([, area, number]) => `${area!.toUpperCase()}-${number}`,
      ),
    );
  }
  const starts = [...text.matchAll(new RegExp(`['\`]((?:${ID} )*${ID})(?=[ '\`])`, 'g'))];
  return starts.flatMap(([, ids]) => ids!.split(' '));
}

const pathOf = (file: string): string => (file.endsWith('.rs') ? file : `test/${file}.test.ts`);

const tests = readdirSync(fileURLToPath(new URL('test', root)), { recursive: true })
  .map((path) => String(path).replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => path.slice(0, -'.test.ts'.length));

test('the list of each area and its table have the same cases, each once', () => {
  const listed = [...document.matchAll(/^Cases: (\w+) (.*)$/gm)].flatMap(([, area, ranges]) =>
    ranges!.split(', ').flatMap((range) => {
      const [first, last = first] = range.split('–').map(Number) as [number, number?];
      const count = last! - first + 1;
      return Array.from({ length: count }, (_, n) => `${area}-${`${first + n}`.padStart(3, '0')}`);
    }),
  );
  expect(rows.map(({ id }) => id)).toEqual(listed);
  expect(new Set(listed).size).toBe(listed.length);
  expect(listed.length).toBeGreaterThan(300);
});

test('every row says what, and passes, or why it differs or does not apply', () => {
  const unclear = rows.filter(
    ({ what, status }) =>
      what === '' || !/^(passes(; .+)?|differs: .+|not applicable: .+)$/.test(status),
  );
  expect(unclear).toEqual([]);
});

test('a row that passes names tests, and every test that is named carries the identifier', () => {
  const passes = rows.filter(({ status }) => status.startsWith('passes'));
  expect(passes.filter(({ files }) => files.length === 0)).toEqual([]);
  const wrong = rows.flatMap(({ id, files }) =>
    files.filter((file) => !named(pathOf(file)).includes(id)).map((file) => `${id}: ${file}`),
  );
  expect(wrong).toEqual([]);
});

test('every identifier in the name of a test has a row, which names the test', () => {
  const unknown = tests.flatMap((file) =>
    [...new Set(named(pathOf(file)))]
      .filter((id) => !rows.some((row) => row.id === id && row.files.includes(file)))
      .map((id) => `${id}: ${file}`),
  );
  expect(unknown).toEqual([]);
});

test('the counts at the head are those of the tables', () => {
  for (const area of ['CH', 'SEL', 'CTX', 'SYN', 'XS', 'TIM', 'CB', 'SCH', 'LEAK']) {
    const own = rows.filter(({ id }) => id.startsWith(`${area}-`));
    const count = (start: string): number =>
      own.filter(({ status }) => status.startsWith(start)).length;
    const counts = [count('passes'), count('differs'), count('not applicable')];
    expect(document).toMatch(new RegExp(`^\\| ${area} \\| .* \\| ${counts.join(' \\| ')} \\|$`, 'm'));
  }
});

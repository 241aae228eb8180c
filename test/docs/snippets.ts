import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A piece of TypeScript from a document. */
export interface Snippet {
  /** The headings above it. */
  readonly title: string;
  readonly code: string;
}

/** The `ts` blocks of a Markdown document, in order. */
export function snippetsOf(markdown: string): Snippet[] {
  const snippets: Snippet[] = [];
  let headings: string[] = [];
  let code: string[] | undefined;
  for (const line of markdown.split('\n')) {
    const heading = /^(#+) (.*)/.exec(line);
    if (code !== undefined && line === '```') {
      snippets.push({ title: headings.slice(1).join(', '), code: code.join('\n') });
      code = undefined;
    } else if (code !== undefined) {
      code.push(line);
    } else if (line === '```ts') {
      code = [];
    } else if (heading !== null) {
      headings = [...headings.slice(0, (heading[1] as string).length - 1), heading[2] as string];
    }
  }
  return snippets;
}

/** What a snippet says that it prints: in comments behind each `console.log`. */
export function promisedOutput(code: string): string {
  const comments = [...code.matchAll(/^.*\bconsole\.log\(.*\/\/ (.*)$/gm)];
  return comments.map(([, comment]) => comment).join(' ');
}

/** What came of a snippet: what it printed, with a blank between lines; or its error. */
export type Outcome = { readonly output: string } | { readonly error: string };

/**
 * Compiles snippets, each a module below `folder`, and runs them, one after the other, in a process of
 * their own.
 */
export async function runSnippets(
  folder: string,
  sources: readonly string[],
): Promise<readonly Outcome[]> {
  await mkdir(folder, { recursive: true });
  const names = sources.map((_, n) => `snippet-${n}`);
  await Promise.all(names.map((name, n) => writeFile(join(folder, `${name}.mts`), sources[n] ?? '')));
  const config = {
    extends: resolve('tsconfig.base.json'),
    compilerOptions: { rootDir: '.' },
    files: names.map((name) => `${name}.mts`),
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = resolve('node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', folder]).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });
  const files = names.map((name) => resolve(folder, `${name}.mjs`));
  const runner = resolve('test/docs/fixtures/run-modules.mjs');
  const options = { cwd: folder, timeout: 25_000 };
  // One that hangs fails here; so does a goroutine left waiting, which holds the process.
  const { stdout } = await run(process.execPath, [runner, ...files], options).catch(
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`after ${error.stdout.split('\n').length - 1} snippets: ${error.stderr}`);
    },
  );
  // Goroutines elsewhere print between them.
  const lines = stdout.split('\n').filter((line) => /^\{"(?:output|error)"/.test(line));
  return lines.map((line) => JSON.parse(line) as Outcome);
}

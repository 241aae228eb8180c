// Compiles the library to dist/, the examples and benchmarks to build/, and the tests to
// build-test/.
//
// Each compiles into a folder of its own and is then swapped in: a failed compile leaves the last
// good output in place, and output of a deleted source does not linger.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { root, runQuietly, toolPath } from './commands.mjs';
import { filesBelow, fingerprint, readStamp, writeStamp } from './fingerprint.mjs';

const isTypeScript = (name) => name.endsWith('.ts');

/** The lock file stands for the compiler's version and the types of the dependencies. */
const settings = ['package.json', 'package-lock.json', 'tsconfig.base.json'];

const dist = join(root, 'dist');

function libraryFingerprint() {
  const sources = filesBelow(['ts'], (name) => isTypeScript(name) || name.endsWith('.json'));
  // This file decides what the wrappers look like.
  const own = ['tsconfig.json', 'scripts/typescript.mjs'];
  return fingerprint([...sources, ...filesBelow([...settings, ...own])]);
}

export function libraryIsStale() {
  return readStamp(join(dist, '.stamp')) !== libraryFingerprint();
}

/** Needs the addon: the wrappers' names are read from the modules as they load. */
export function buildLibrary() {
  const sources = libraryFingerprint();
  emitTo(dist, 'tsconfig.json', (output) => {
    writeFileSync(join(output, 'package.json'), '{\n  "type": "commonjs"\n}\n');
    writeWrappers(output);
    writeStamp(join(output, '.stamp'), sources);
  });
}

/** What imports the library by its name: a project compiles `folders` to `output`. */
class Programs {
  #folders;
  #project;
  #output;

  constructor({ folders, project, output }) {
    this.#folders = folders;
    this.#project = project;
    this.#output = join(root, output);
  }

  isStale() {
    if (this.#sources().length === 0) return false; // tsc takes an empty project for an error.
    return readStamp(join(this.#output, '.stamp')) !== this.#fingerprint();
  }

  build() {
    const sources = this.#fingerprint();
    emitTo(this.#output, this.#project, (output) => {
      for (const fixture of this.#fixtures()) {
        const copy = join(output, fixture.replace(/^test\//, ''));
        mkdirSync(dirname(copy), { recursive: true });
        copyFileSync(join(root, fixture), copy);
      }
      writeStamp(join(output, '.stamp'), sources);
    });
  }

  #sources() {
    return filesBelow(this.#folders, isTypeScript);
  }

  /** Files that tests read or run as they are, beside the compiled ones. */
  #fixtures() {
    return filesBelow(this.#folders, (name) => /^test\/.*\/fixtures\//.test(name));
  }

  #fingerprint() {
    const files = [...this.#sources(), ...this.#fixtures(), ...filesBelow([...settings, this.#project])];
    // They were checked against the library's types as they were then.
    return fingerprint(files, libraryFingerprint());
  }
}

export const programs = new Programs({
  folders: ['examples', 'bench'],
  project: 'tsconfig.programs.json',
  output: 'build',
});

export const tests = new Programs({
  folders: ['test'],
  project: 'tsconfig.test.json',
  output: 'build-test',
});

function emitTo(folder, project, finish) {
  // A sibling, so that relative paths in source maps, and to the addon, are already right.
  const output = `${folder}.tmp-${process.pid}`;
  const old = `${folder}.tmp-old-${process.pid}`;
  try {
    const tsc = toolPath('typescript', 'bin', 'tsc');
    runQuietly(process.execPath, [tsc, '-p', project, '--outDir', output]);
    finish(output);
    if (existsSync(folder)) renameSync(folder, old);
    renameSync(output, folder);
  } finally {
    rmSync(output, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

/** The public entries that exist, as paths below dist without extension: `index`, `sync/index`. */
function publicEntries(output) {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const files = Object.values(exports).flatMap((entry) => entry.require?.default ?? []);
  return files
    .map((file) => file.replace(/^\.\/dist\/|\.js$/g, ''))
    .filter((entry) => {
      const exists = existsSync(join(output, `${entry}.js`));
      if (!exists) process.stderr.write(`(package.json exports ${entry}, and ts/ has none) `);
      return exists;
    });
}

/**
 * Gives each public entry an ES module that re-exports the CommonJS one by name. Both kinds of
 * importer then share one copy of the package's state, which a second build would not.
 *
 * The names are read in a process of their own: loading the library loads the addon, and a
 * process that has done so may have threads to stop.
 */
function writeWrappers(output) {
  for (const entry of publicEntries(output)) {
    const module = join(output, `${entry}.js`);
    const wrapper = join(output, `${entry}.mjs`);
    const names = evaluate(`Object.keys(require(${JSON.stringify(module)}))`)
      .filter((name) => name !== '__esModule')
      .sort();
    const source = `./${basename(entry)}.js`;
    const list = names.map((name) => `\n  ${name},`).join('');
    writeFileSync(wrapper, `export {${list}\n} from '${source}';\n`);
    writeFileSync(join(output, `${entry}.d.mts`), `export * from '${source}';\n`);

    // Node finds the names of a CommonJS module by reading it, so ask whether it found them all.
    evaluate(`import(${JSON.stringify(pathToFileURL(wrapper).href)}).then(Object.keys)`);
  }
}

function evaluate(expression) {
  const program = `Promise.resolve(${expression}).then(
    (value) => { require('fs').writeSync(1, JSON.stringify(value)); process.exit(0); },
    (error) => { console.error(error); process.exit(1); },
  )`;
  return JSON.parse(runQuietly(process.execPath, ['--input-type=commonjs', '-e', program]));
}

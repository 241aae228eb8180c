import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Compiled by tsc, and loaded by Node itself rather than by vitest's module runner. The runner
    // rewrites each use of an import, `go()` to `(0, __vite_ssr_import_0__.go)()`, and the package
    // reads the text of the functions it is given: tests would test functions nobody writes.
    include: ['build-test/**/*.test.js'],
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // Processes: a test starts worker threads of its own, and a crash must not take the others.
    pool: 'forks',
    // Tests of the scheduler use every core themselves.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // What a program under test wrote to stderr: see `runProgram`.
    silent: 'passed-only',
  },
});

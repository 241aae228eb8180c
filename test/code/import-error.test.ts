import { expect, test } from 'vitest';
import { compile } from '../../dist/internal/code/compile.js';
import type { ExportProgram } from '../../dist/internal/code/program.js';

function program(file: string, name: string): ExportProgram {
  const { href: url } = new URL(`./fixtures/${file}`, import.meta.url);
  return { kind: 'export', key: `${url} ${name}`, url, name, from: 'namespace' };
}

test('a missing export is an error that names module and export', async () => {
  const { url, ...rest } = program('boom.mjs', 'missing');
  await expect(compile({ url, ...rest })).rejects.toMatchObject({
    code: 'ERR_GO_IMPORT',
    url,
    export: 'missing',
    message: `cannot import 'missing' from ${url}: there is no such export`,
  });
});

test('a module that fails to load is the cause of the error', async () => {
  await expect(compile(program('throws.mjs', 'f'))).rejects.toMatchObject({
    code: 'ERR_GO_IMPORT',
    message: expect.stringContaining('the module failed') as string,
    cause: expect.objectContaining({ message: 'the module failed' }) as unknown,
  });
  await expect(compile(program('no-such-file.mjs', 'f'))).rejects.toMatchObject({
    cause: { code: 'ERR_MODULE_NOT_FOUND' },
  });
});

import { Tinypool } from 'tinypool';

export function openPool({ threads }) {
  const pool = new Tinypool({
    filename: new URL('../tasks.mjs', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
  });
  return {
    call: (name, argument, transferList) =>
      pool.run(argument, transferList ? { name, transferList } : { name }),
  };
}

// What the workers do. Compiled from bench/pools/tasks.ts, so that all run the same code.

export * from '../../build/bench/pools/tasks.js';

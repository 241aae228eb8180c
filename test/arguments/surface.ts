/** All that a program can call by name, found by looking at the entry points themselves. */

import * as root from 'gosched';
import * as contextModule from 'gosched/context';
import * as runtimeModule from 'gosched/runtime';
import * as syncModule from 'gosched/sync';
import * as testingModule from 'gosched/testing';

const { background, withCancel } = root.context;

/** An object of each public class that no entry point exports, by the name of its type. */
const made: Readonly<Record<string, () => object>> = {
  Chan: () => root.chan(1),
  NumericChan: () => root.chan.float64(1),
  SourceChan: () => root.chan.from([]),
  Context: background,
  CancelableContext: () => withCancel(background()),
  Locker: () => new root.RWMutex().rlocker(),
  Call: () => root.afterFunc(1, () => 1),
  Reservation: () => new root.rate.Limiter(1, 1).reserve(),
  Pool: () => root.pool(1, () => 1, { local: true }),
  Pipeline: () => root.pipeline([]),
};

/** Marked `@internal`, or protected, where they are declared. */
const INTERNAL = new Set([
  'share', 'put', 'throwIfFailed', 'restart', 'isContext', 'failWith', 'nextSync',
  'Context.cancel', 'Context.cancelAnyhow', 'Context.abortSignal',
  'Int32.update', 'Uint32.update', 'Int64.update', 'Float64.update', 'Bool.update',
]);

/** Names of functions, `new Class` and `Class.method`, of every entry point, each once. */
export function publicCallables(): string[] {
  const names = new Set<string>();
  for (const module of [root, contextModule, syncModule, runtimeModule, testingModule]) {
    const prefix = module === contextModule ? 'context.' : '';
    collect(module, prefix, names);
  }
  for (const [type, make] of Object.entries(made)) methodsOf(make(), type, names);
  return [...names];
}

function collect(namespace: object, prefix: string, names: Set<string>): void {
  for (const [name, value] of Object.entries(namespace) as [string, unknown][]) {
    if (INTERNAL.has(name)) continue;
    const full = prefix + name;
    if (typeof value === 'function') {
      if (isClass(value)) collectClass(value, name, names);
      else {
        names.add(full);
        collect(value, `${full}.`, names);
      }
    } else if (typeof value === 'object' && value !== null) {
      collect(value, `${full}.`, names);
    }
  }
}

function collectClass(type: Function, name: string, names: Set<string>): void {
  const prototype = type.prototype as object;
  // The package's errors are made by the package.
  if (prototype instanceof Error) return;
  names.add(`new ${name}`);
  methodsOf(prototype, name, names);
}

function methodsOf(object: object, type: string, names: Set<string>): void {
  let at: object | null = object;
  for (; at !== null && !isBuiltIn(at); at = Object.getPrototypeOf(at) as object | null) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value !== 'function' || name === 'constructor' || INTERNAL.has(name)) continue;
      if (!INTERNAL.has(`${type}.${name}`)) names.add(`${type}.${name}`);
    }
  }
}

const isBuiltIn = (prototype: object): boolean =>
  prototype === Object.prototype || prototype === Promise.prototype;

const isClass = (value: Function): boolean =>
  Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false;

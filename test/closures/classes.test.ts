import { EventEmitter } from 'node:events';
import { GoCaptureError, go } from 'gosched';
import { expect, test } from 'vitest';

// Two classes that need each other: one extends the other, which makes instances of it.
class Shape {
  readonly sides: number = 0;

  square(): Square {
    return new Square();
  }
}
class Square extends Shape {
  static readonly parent = Shape.name;
  override readonly sides = 4;
}

// A class whose evaluation runs a function that needs another class.
const OFFSET = 100;
function offset(): number {
  return OFFSET;
}
class Kind {
  static readonly base = offset();
  readonly base = Kind.base;
}
class Item {
  readonly n: number;

  constructor(n: number) {
    this.n = n + Kind.base;
  }
}
function register(n: number): number {
  return new Item(n).n;
}
class Registry {
  static readonly all = [register(1)];
  static count = 0;
  static {
    Registry.all.push(register(2));
  }
}

const withMethod = (Base: typeof Shape) =>
  class extends Base {
    twice(): number {
      return this.sides * 2;
    }
  };
const Mixed = withMethod(Square);

test('classes that need each other, from either end', async () => {
  expect(await go(() => [new Shape().square().sides, new Square() instanceof Shape])).toEqual([
    4,
    true,
  ]);
  expect(await go(() => [Square.parent, new Square().square().sides])).toEqual(['Shape', 4]);
});

test('a class whose static parts run functions that need other classes', async () => {
  expect(await go(() => Registry.all)).toEqual([101, 102]);
});

test('a mixin, whose base class is a parameter', async () => {
  expect(await go(() => new Mixed().twice())).toBe(8);
});

test('a base class in a variable that nothing else keeps alive', async () => {
  const Base = class {
    readonly value = 5;
  };
  class Derived extends Base {}
  expect(await go(() => new Derived().value)).toBe(5);
  const Emitter = EventEmitter;
  class Own extends Emitter {}
  expect(await go(() => new Own() instanceof EventEmitter)).toBe(true);
});

test('private names, accessors and iterators', async () => {
  class Bag {
    readonly #items = [OFFSET];

    static isBag(value: object): boolean {
      return #items in value;
    }

    get first(): number {
      return this.#items[0]!;
    }

    *[Symbol.iterator](): Generator<number> {
      yield* this.#items;
    }
  }
  expect(await go(() => [Bag.isBag(new Bag()), new Bag().first, ...new Bag()])).toEqual([
    true,
    100,
    100,
  ]);
});

test('each goroutine has a class of its own: its static state starts anew', async () => {
  const next = (): PromiseLike<number> => go(() => ++Registry.count);
  expect([await next(), await next(), Registry.count]).toEqual([1, 1, 0]);
});

test('a name that is used only where the class is defined cannot be had, and the error says so', () => {
  const key = 'run';
  class Keyed {
    [key](): number {
      return 1;
    }
  }
  const start = () => go(() => new Keyed().run());
  expect(start).toThrow(GoCaptureError);
  expect(start).toThrow(/'key' is used only while the class is defined/);
});

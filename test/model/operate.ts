import { Guard, context, select, trySelect, type Chan, type Context, type SelectCases } from 'gosched';

/** One operation of a sequence. It can be sent: handles stay what they are on the way. */
export interface Operation {
  readonly call: string;
  /** The handle whose method or property it is. */
  readonly on?: object;
  readonly args?: readonly unknown[];
}

/** A select's case: a send if it has a value. */
export interface CaseSpec {
  readonly key: string;
  readonly ch: Chan<string> | null;
  readonly put?: string;
}

/** What an operation came to. Errors are their codes, guards the text `guard`: all can be sent. */
export type Outcome = { readonly value: unknown } | { readonly threw: unknown };

/** What an isolate keeps because it cannot be sent, by the number of the context or function. */
export type Kept = Map<number, (cause?: unknown) => unknown>;

/** Does an operation, or starts it: then the result is a promise. */
export function operate({ call, on, args = [] }: Operation, kept: Kept): unknown {
  if (call === 'select') return select(casesOf(args as CaseSpec[]));
  if (call === 'trySelect') return trySelect(casesOf(args as CaseSpec[]));
  if (call === 'derive') {
    return derive(on as Context, args[0] as number, args[1] as number | undefined, kept);
  }
  if (call === 'withValue') return context.withValue(on as Context, args[0] as string, args[1]);
  if (call === 'withoutCancel') return context.withoutCancel(on as Context);
  if (call === 'done') return (on as Context).done().recv();
  if (call === 'afterFunc') return runsAfter(on as Context, args[0] as number, kept);
  if (call === 'kept') return kept.get(args[0] as number)?.(args[1]);
  const member = (on as Record<string, unknown>)[call];
  return typeof member === 'function' ? (member.apply(on, args) as unknown) : member;
}

/** Its cancel is kept under its number. */
function derive(parent: Context, number: number, at: number | undefined, kept: Kept): Context {
  const { ctx, cancel } =
    at === undefined ? context.withCancel(parent) : context.withDeadline(parent, at);
  kept.set(number, cancel);
  return ctx;
}

function runsAfter(ctx: Context, number: number, kept: Kept): Promise<string> {
  return new Promise((resolve) => {
    kept.set(number, context.afterFunc(ctx, () => resolve('ran')));
  });
}

function casesOf(specs: readonly CaseSpec[]): SelectCases {
  return Object.fromEntries(
    specs.map(({ key, ch, put }) => [key, put === undefined ? ch : (ch?.sending(put) ?? null)]),
  );
}

/** Does an operation and tells its outcome, at once if it has one at once. */
export function perform(
  operation: Operation,
  kept: Kept,
  tell: (outcome: Outcome) => void,
): void {
  let result: unknown;
  try {
    result = operate(operation, kept);
  } catch (error) {
    tell({ threw: plain(error) });
    return;
  }
  if (result instanceof Promise) {
    result.then(
      (value: unknown) => tell({ value: plain(value) }),
      (error: unknown) => tell({ threw: plain(error) }),
    );
  } else {
    tell({ value: plain(result) });
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Error) return (value as { code?: unknown }).code ?? String(value);
  if (value instanceof Guard) return 'guard';
  return value;
}

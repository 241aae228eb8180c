import { chan, select, Timer, type Chan, type NumericChan, type RecvChan, type SendChan } from 'gosched';
import { expect, expectTypeOf, test } from 'vitest';

// What must not compile is marked: the compiler fails the build where it does. The functions are not
// called, for what they do would be an error at run time as well.
test('CH-062 CH-064 misuse of a direction does not compile', () => {
  const misuse = (to: SendChan<number>, from: RecvChan<number>, timer: Timer): void => {
    // @ts-expect-error -- a sending side receives nothing
    void to.recv();
    // @ts-expect-error -- nor can it be ranged over
    void (async () => { for await (const n of to) return n; });
    // @ts-expect-error -- nor be a receive case
    void select({ to });
    // @ts-expect-error -- nor be read as a stream
    to.toReadable();
    // @ts-expect-error -- a receiving side sends nothing
    void from.send(1);
    // @ts-expect-error -- nor offers anything to a select
    from.sending(1);
    // @ts-expect-error -- nor is it closed from there
    from.close();
    // @ts-expect-error -- a timer's channel is for receiving
    void timer.c.send(1);
    // @ts-expect-error -- a channel that a source feeds is for receiving
    void chan.from([1]).send(1);
    // @ts-expect-error -- a merged one too
    chan.merge(from).close();
    // @ts-expect-error -- only receiving sides can be merged
    chan.merge(to);
  };
  expect(misuse).toBeTypeOf('function');
});

test('CH-061 a channel of some is one of more to its receivers, one of fewer to its senders', () => {
  const variance = (narrow: Chan<'a'>, wide: Chan<string>): void => {
    const receives: RecvChan<string> = narrow;
    const sends: SendChan<'a'> = wide;
    // @ts-expect-error -- it may give what is no 'a'
    const wrong: RecvChan<'a'> = wide;
    // @ts-expect-error -- it takes 'a' only
    const bad: SendChan<string> = narrow as SendChan<'a'>;
    void [receives, sends, wrong, bad];
  };
  expect(variance).toBeTypeOf('function');
});

test('channels of numbers take and give their own arrays', () => {
  const misuse = (floats: NumericChan<Float64Array>, bytes: NumericChan<Uint8Array>): void => {
    // @ts-expect-error -- bytes are no floats
    void floats.sendMany(Uint8Array.of(1));
    // @ts-expect-error -- nor the other way round
    void bytes.recvInto(new Float64Array(1));
    // @ts-expect-error -- text is no number
    void floats.send('1');
    // @ts-expect-error -- nor is an array one number
    floats.sending(Float64Array.of(1));
  };
  expect(misuse).toBeTypeOf('function');
  expectTypeOf(chan.uint8(1)).toEqualTypeOf<NumericChan<Uint8Array>>();
  expectTypeOf(chan.float64(1).recv()).toEqualTypeOf<Promise<number | undefined>>();
});

test('the result of a select knows which case won', () => {
  const reads = async (jobs: RecvChan<string>, out: SendChan<number>): Promise<void> => {
    const got = await select({ jobs, out: out.sending(1), late: new Timer(1).c });
    if (got.key === 'jobs' && got.ok) expectTypeOf(got.value).toEqualTypeOf<string>();
    if (got.key === 'late' && got.ok) expectTypeOf(got.value).toEqualTypeOf<number>();
    // @ts-expect-error -- a send has no value
    if (got.key === 'out') void got.value;
  };
  expect(reads).toBeTypeOf('function');
});

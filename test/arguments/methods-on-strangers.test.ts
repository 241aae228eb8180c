import {
  atomic,
  Barrier,
  chan,
  Cond,
  context,
  Mutex,
  Once,
  RWMutex,
  Semaphore,
  SharedMap,
  Ticker,
  Timer,
  WaitGroup,
} from 'gosched';
import { expect, test } from 'vitest';

const HANGS_AFTER = 2000;

// `setTimeout(wg.done, 10)` calls it on the timer. That must be an error, and not be done to some
// other channel or group.
test.each<[string, (stranger: never) => unknown]>([
  ['chan.send', (it) => chan<number>(1).send.call(it, 1)],
  ['chan.trySend', (it) => chan<number>(1).trySend.call(it, 1)],
  ['chan.recv', (it) => chan<number>(1).recv.call(it)],
  ['chan.next', (it) => chan<number>(1).next.call(it)],
  ['chan.tryRecv', (it) => chan<number>(1).tryRecv.call(it)],
  ['chan.close', (it) => chan<number>(1).close.call(it)],
  ['numericChan.send', (it) => chan.float64(1).send.call(it, 1)],
  ['numericChan.sendMany', (it) => chan.float64(1).sendMany.call(it, Float64Array.of(1))],
  ['numericChan.recv', (it) => chan.float64(1).recv.call(it)],
  ['numericChan.tryRecv', (it) => chan.float64(1).tryRecv.call(it)],
  ['numericChan.close', (it) => chan.float64(1).close.call(it)],
  ['timer.stop', (it) => new Timer(1).stop.call(it)],
  ['ticker.reset', (it) => new Ticker(1).reset.call(it, 1)],
  ['waitGroup.wait', (it) => new WaitGroup().wait.call(it)],
  ['waitGroup.add', (it) => new WaitGroup().add.call(it, 1)],
  ['mutex.lock', (it) => new Mutex().lock.call(it)],
  ['mutex.tryLock', (it) => new Mutex().tryLock.call(it)],
  ['mutex.unlock', (it) => new Mutex().unlock.call(it)],
  ['rwMutex.rlock', (it) => new RWMutex().rlock.call(it)],
  ['rwMutex.unlock', (it) => new RWMutex().unlock.call(it)],
  ['once.do', (it) => new Once().do.call(it, () => 1)],
  ['cond.wait', (it) => new Cond(new Mutex()).wait.call(it)],
  ['cond.signal', (it) => new Cond(new Mutex()).signal.call(it)],
  ['semaphore.acquire', (it) => new Semaphore(1).acquire.call(it, 1)],
  ['semaphore.release', (it) => new Semaphore(1).release.call(it, 1)],
  ['barrier.wait', (it) => new Barrier(1).wait.call(it)],
  ['int32.add', (it) => new atomic.Int32().add.call(it, 1)],
  ['bool.load', (it) => new atomic.Bool().load.call(it)],
  ['sharedMap.get', (it) => new SharedMap<number, number>().get.call(it, 1)],
  ['sharedMap.clear', (it) => new SharedMap<number, number>().clear.call(it)],
  ['context.done', (it) => context.background().done.call(it)],
  ['context.err', (it) => context.background().err.call(it)],
])(
  '%s called on something else is an error',
  async (_, call) => {
    for (const stranger of [{}, setTimeout]) {
      await expect((async () => call(stranger as never))()).rejects.toBeInstanceOf(Error);
    }
  },
  HANGS_AFTER,
);

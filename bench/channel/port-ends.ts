/** The ends of a MessagePort: the peer, as one would write it by hand. */

import type { MessagePort } from 'node:worker_threads';

import { checkSum, payloads, type PayloadName } from './payload.js';

export interface PortStreamRound {
  readonly payload: PayloadName;
  readonly warmUp: number;
  readonly count: number;
  /**
   * Messages that may be under way: memory is bounded by it on both sides. Infinity: as many as
   * there are, which no program with an endless stream can allow itself.
   */
  readonly window: number;
}

/** Messages between two acknowledgements. The window holds several: the sender seldom waits. */
function acknowledgeEvery(window: number): number {
  return Math.min(1024, Math.ceil(window / 4));
}

/** What the receiver tells the sender. Only values go the other way. */
type Control = 'ready' | 'more' | 'done';

/** A request that ends the answering. */
const LAST = -1;

/** Sends each request back, plus one, until they end. */
export function answer(port: MessagePort): Promise<void> {
  return new Promise((resolve) => {
    port.on('message', (value: number) => {
      if (value !== LAST) {
        port.postMessage(value + 1);
        return;
      }
      port.close();
      resolve();
    });
  });
}

/** Makes round trips, one at a time. Resolves with the milliseconds they took. */
export async function ask(port: MessagePort, warmUp: number, count: number): Promise<number> {
  await askFor(port, warmUp);
  const start = performance.now();
  await askFor(port, count);
  const milliseconds = performance.now() - start;
  port.postMessage(LAST);
  return milliseconds;
}

function askFor(port: MessagePort, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let i = 0;
    const onReply = (reply: number): void => {
      if (reply !== i + 1) reject(new Error(`${reply} instead of ${i + 1}`));
      if (++i < count) {
        port.postMessage(i);
        return;
      }
      port.off('message', onReply);
      resolve();
    };
    port.on('message', onReply);
    port.postMessage(i);
  });
}

/**
 * Over each port sends two streams, the first to warm up. Resolves with the milliseconds that the second
 * ones took, all at once.
 */
export async function send(ports: readonly MessagePort[], round: PortStreamRound): Promise<number> {
  await Promise.all(ports.map((port) => sendStream(port, round, round.warmUp / ports.length)));
  const start = performance.now();
  await Promise.all(ports.map((port) => sendStream(port, round, round.count / ports.length)));
  const milliseconds = performance.now() - start;
  for (const port of ports) port.close();
  return milliseconds;
}

/** Until the receiver says that it has the last. */
function sendStream(
  port: MessagePort,
  { payload, window }: PortStreamRound,
  count: number,
): Promise<void> {
  const { make } = payloads[payload];
  return new Promise((resolve) => {
    let sent = 0;
    let allowed = 0;
    const onControl = (control: Control): void => {
      if (control === 'done') {
        port.off('message', onControl);
        resolve();
        return;
      }
      allowed = Math.min(count, control === 'ready' ? window : allowed + acknowledgeEvery(window));
      while (sent < allowed) port.postMessage(make(sent++));
    };
    port.on('message', onControl);
  });
}

/** Receives the two streams of each port. */
export async function receive(ports: readonly MessagePort[], round: PortStreamRound): Promise<void> {
  for (const count of [round.warmUp, round.count]) {
    await Promise.all(ports.map((port) => receiveStream(port, round, count / ports.length)));
  }
}

function receiveStream(
  port: MessagePort,
  { payload, window }: PortStreamRound,
  count: number,
): Promise<void> {
  const { weigh } = payloads[payload];
  const acknowledges = window < count;
  const every = acknowledgeEvery(window);
  const tell = (control: Control): void => port.postMessage(control);
  return new Promise((resolve, reject) => {
    let received = 0;
    let sum = 0;
    const onValue = (value: unknown): void => {
      sum += weigh(value);
      if (++received < count) {
        if (acknowledges && received % every === 0) tell('more');
        return;
      }
      port.off('message', onValue);
      tell('done');
      try {
        resolve(checkSum(payload, count, sum));
      } catch (error) {
        reject(error);
      }
    };
    port.on('message', onValue);
    tell('ready');
  });
}

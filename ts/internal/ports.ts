/**
 * Message ports between the isolates, for what nothing else can carry: shared memory and WebAssembly
 * modules (`ported.ts`), and the memory of buffers that change their owner (`vault.ts`).
 *
 * Two ways:
 * - A *broadcast channel* that every isolate joins when it loads the library. What is posted lies in each
 *   isolate's queue when the call returns, so a value sent afterwards never comes before it: whoever
 *   needs it takes it out of the queue, without waiting (`receiveMessageOnPort`).
 * - A *line* from each worker isolate to the main one, which made it together with the worker. A message
 *   over it can hand memory over, which a broadcast cannot; and what the main isolate posts to it lies
 *   there before the worker has even begun, so that the main isolate may block its thread meanwhile.
 *
 * The library's own messages between isolates go through the addon; these two are for what it cannot do.
 */

import { pid, versions } from 'node:process';
import {
  BroadcastChannel,
  MessageChannel,
  type MessagePort,
  type Transferable,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';

import { Role, processToken, role } from './native.js';

/** What isolates tell each other. */
export type Message =
  /** What a number stands for. */
  | { readonly number: number; readonly thing: object }
  /** Who knows these numbers? */
  | { readonly wanted: readonly number[] }
  /** A buffer to be kept. To the main isolate only. */
  | { readonly key: number; readonly buffer: ArrayBuffer };

let receive: (message: Message) => void = () => undefined;

/** Tells who takes messages. Once: what came before is taken then. */
export function onMessage(taker: (message: Message) => void): void {
  receive = taker;
}

/** Other processes never see it; other copies of the library in this one have another token. */
const everybody = new BroadcastChannel(`gosched:${pid}:${processToken}`);
// oxlint-disable-next-line unicorn/prefer-add-event-listener -- its declaration has no other
everybody.onmessage = (event) => receive((event as { data: Message }).data);
// Whether the process stays is the pump's decision.
everybody.unref();

/** What a worker is given: its line to the isolate that started it, and whether that is the main one. */
interface Given {
  readonly line: MessagePort;
  readonly toMain: boolean;
}

const given = role === Role.Worker ? (workerData as Given) : undefined;
const ownLine = given?.line;
ownLine?.on('message', (message: Message) => receive(message));
ownLine?.unref();

/** The main isolate's lines, to those workers that have not joined the others yet. */
const beginning = new Set<MessagePort>();
const lines = new Set<MessagePort>();

/** Posts to every isolate. */
export function broadcast(message: Message): void {
  everybody.postMessage(message);
  for (const line of beginning) line.postMessage(message);
}

/** Posts to the main isolate, where this one has a line to it. */
export function postToMain(message: Message, transfer: readonly Transferable[]): void {
  ownLine?.postMessage(message, transfer);
}

/** Whether this isolate can hand memory over to the main one. */
export const hasLine = given?.toMain === true;

/**
 * A broadcast channel is received from like a port; its declaration does not say so, and in Deno it is not
 * so: there what it got comes with the event loop alone.
 */
const joined = 'deno' in versions ? [] : [everybody as unknown as MessagePort];

/** Takes what lies in the queues now. */
export function takeMessages(): void {
  for (const port of [...joined, ...(ownLine === undefined ? lines : [ownLine])]) {
    for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port)) {
      receive(got.message as Message);
    }
  }
}

/** The main isolate's line to a worker that it is about to start, and what that worker must know. */
export function newLine(messages: readonly Message[]): {
  /** For the worker. */
  readonly line: MessagePort;
  /** The worker has joined the others, or has ended. */
  readonly joined: () => void;
} {
  const { port1, port2 } = new MessageChannel();
  for (const message of messages) port1.postMessage(message);
  port1.on('message', (message: Message) => receive(message));
  port1.once('close', () => lines.delete(port1));
  port1.unref();
  beginning.add(port1);
  lines.add(port1);
  return { line: port2, joined: () => beginning.delete(port1) };
}

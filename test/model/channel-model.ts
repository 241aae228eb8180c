import type { Outcomes } from './world.js';

/** Who sends or receives: an operation, and how it tells its result. */
export interface Party {
  readonly id: number;
  readonly form: 'plain' | 'next' | 'try' | 'select';
  /** The case, of a select. */
  readonly key?: string;
}

interface Sender extends Party {
  readonly offers: string;
}

/** A case of a select; `channel` is undefined for a nil channel. */
export interface ModelCase {
  readonly key: string;
  readonly channel: ModelChannel | undefined;
  readonly put?: string;
}

const SEND_ON_CLOSED = { threw: 'ERR_SEND_ON_CLOSED' };

/** What one operation is told that received; `ok` is false for a channel closed and drained. */
function received({ form, key }: Party, value: string | undefined, ok: boolean): unknown {
  if (form === 'plain') return value;
  return form === 'select' ? { key, value, ok } : { value, done: !ok };
}

function sent({ form, key }: Party): unknown {
  if (form === 'plain') return undefined;
  return form === 'select' ? { key } : true;
}

/** A channel after Go's specification: a buffer, and two queues in order of arrival. */
export class ModelChannel {
  closed = false;
  readonly buffer: string[] = [];
  receivers: Party[] = [];
  senders: Sender[] = [];

  constructor(
    readonly all: ModelChannels,
    readonly capacity: number,
  ) {}

  get canReceive(): boolean {
    return this.closed || this.buffer.length > 0 || this.senders.length > 0;
  }

  get canSend(): boolean {
    return this.closed || this.buffer.length < this.capacity || this.receivers.length > 0;
  }

  /** Notes what a receive comes to, and who else goes on. It must be possible. */
  receive(party: Party, outcomes: Outcomes): void {
    const next = this.senders[0];
    const first = this.buffer.shift() ?? next?.offers;
    outcomes.set(party.id, { value: received(party, first, first !== undefined) });
    if (next === undefined) return;
    // Its value is what was received, or has room in the buffer now.
    if (this.capacity > 0) this.buffer.push(next.offers);
    this.all.leave(next.id);
    outcomes.set(next.id, { value: sent(next) });
  }

  /** As {@link receive}. */
  send(party: Party, value: string, outcomes: Outcomes): void {
    if (this.closed) {
      outcomes.set(party.id, SEND_ON_CLOSED);
      return;
    }
    outcomes.set(party.id, { value: sent(party) });
    const next = this.receivers[0];
    if (next === undefined) {
      this.buffer.push(value);
      return;
    }
    this.all.leave(next.id);
    outcomes.set(next.id, { value: received(next, value, true) });
  }

  /** Closes it, which must not be closed: all receivers learn of it, then all senders. */
  close(outcomes: Outcomes): void {
    this.closed = true;
    for (const party of this.receivers) {
      outcomes.set(party.id, { value: received(party, undefined, false) });
      this.all.leave(party.id);
    }
    for (const { id } of this.senders) {
      outcomes.set(id, SEND_ON_CLOSED);
      this.all.leave(id);
    }
  }
}

export class ModelChannels {
  readonly list: ModelChannel[];

  constructor(capacities: readonly number[]) {
    this.list = capacities.map((capacity) => new ModelChannel(this, capacity));
  }

  /** An operation has ended: none of its cases waits any more. */
  leave(id: number): void {
    for (const channel of this.list) {
      channel.receivers = channel.receivers.filter((party) => party.id !== id);
      channel.senders = channel.senders.filter((party) => party.id !== id);
    }
  }

  /** The cases of a select that can proceed. */
  ready(cases: readonly ModelCase[]): ModelCase[] {
    return cases.filter(({ channel, put }) =>
      put === undefined ? channel?.canReceive : channel?.canSend,
    );
  }

  /** Does the case that was chosen. */
  proceed(id: number, { key, channel, put }: ModelCase, outcomes: Outcomes): void {
    const party: Party = { id, form: 'select', key };
    if (put === undefined) channel?.receive(party, outcomes);
    else channel?.send(party, put, outcomes);
  }

  /** A select waits in the queues of all its channels. */
  park(id: number, cases: readonly ModelCase[]): void {
    for (const { key, channel, put } of cases) {
      const party: Party = { id, form: 'select', key };
      if (put === undefined) channel?.receivers.push(party);
      else channel?.senders.push({ ...party, offers: put });
    }
  }
}

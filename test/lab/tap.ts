import { writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { realClock } from '../../src/engine/pacing/clock.js';
import type { ConnectFn } from '../../src/engine/pool.js';
import { Arrivals } from '../../src/engine/socket/arrivals.js';
import { Connection, type ConnectionEvents, type ConnectTimes } from '../../src/engine/socket/connection.js';
import type { Endpoint } from '../../src/plan/cell.js';
import { connectionOf, FIRST_SEQUENCE } from '../../src/plan/sequence.js';
import { clientFrames } from '../engine/client-frames.js';

const DIGITS = /"sequence":(\d{10})/;

/** What a worker's connections carried, by index of the sequence. Microseconds of the worker's own clock; NaN for never. */
export interface TapRecord {
  readonly t0Us: number;
  readonly sentUs: Float64Array;
  /** When the first reply came that came on the message's own connection. */
  readonly receivedUs: Float64Array;
  readonly connects: readonly ConnectTimes[];
}

/** Writes down, beside the engine and not through it, when each message was sent and its reply received. */
export class Tap {
  t0Us = Number.NaN;
  readonly #endpoint: Endpoint;
  readonly #connections: number;
  readonly #sentUs: Float64Array;
  readonly #receivedUs: Float64Array;
  readonly #connects: ConnectTimes[] = [];
  readonly #shared = { unfinished: null, arrivals: new Arrivals(realClock) };

  /** For one worker with all `connections` to this endpoint, and sequences of up to `messages`. */
  constructor(endpoint: Endpoint, connections: number, messages: number) {
    this.#endpoint = endpoint;
    this.#connections = connections;
    this.#sentUs = new Float64Array(messages).fill(Number.NaN);
    this.#receivedUs = new Float64Array(messages).fill(Number.NaN);
  }

  /** The real connection, with an ear at both ends. The instrument check's own connection goes elsewhere and is left alone. */
  readonly connect: ConnectFn = (index, plannedUs, options, events, clock) => {
    if (options.endpoint !== this.#endpoint)
      return new Connection(index, plannedUs, options, events, clock, this.#shared);
    const connection = new Connection(index, plannedUs, options, this.#heard(events), clock, this.#shared);
    const write = connection.write.bind(connection);
    connection.write = (head, tail) => {
      const sentUs = realClock.nowUs();
      for (const { payload } of clientFrames(tail === null ? head : Buffer.concat([head, tail]))) {
        this.#note(this.#sentUs, payload, sentUs);
      }
      return write(head, tail);
    };
    this.#connects[index] = connection.times;
    return connection;
  };

  save(path: string): void {
    const record: TapRecord = {
      t0Us: this.t0Us,
      sentUs: this.#sentUs,
      receivedUs: this.#receivedUs,
      connects: this.#connects,
    };
    writeFileSync(path, serialize(record));
  }

  #heard(events: ConnectionEvents): ConnectionEvents {
    return {
      ...events,
      onFrame: (index, bytes, start, end, receivedUs) => {
        this.#note(this.#receivedUs, bytes.subarray(start, end), receivedUs, index);
        events.onFrame(index, bytes, start, end, receivedUs);
      },
    };
  }

  /** Notes the first instant of a message only; `connection` is where it should have come. */
  #note(instants: Float64Array, payload: Buffer, atUs: number, connection?: number): void {
    const digits = DIGITS.exec(payload.toString('latin1'))?.[1];
    if (digits === undefined) return;
    const sequence = Number(digits);
    const isElsewhere = connection !== undefined && connectionOf(sequence, this.#connections) !== connection;
    const at = sequence - FIRST_SEQUENCE;
    if (!isElsewhere && Number.isNaN(instants[at])) instants[at] = atUs;
  }
}

export function readTap(bytes: Buffer): TapRecord {
  return deserialize(bytes) as TapRecord;
}

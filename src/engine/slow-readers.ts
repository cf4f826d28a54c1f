import { type Cell, firstSlow } from '../plan/cell.js';
import type { Clock } from './pacing/clock.js';
import type { ConnectFn, PooledConnection } from './pool.js';
import type { ConnectionEvents } from './socket/connection.js';

/** One connection that reads slowly. */
interface Reader {
  connection: PooledConnection | null;
  /** Its session is ready; until then it reads as it likes. */
  isSlow: boolean;
  /** Messages of the current read. */
  messages: number;
}

/**
 * The subscribers of one worker that read slowly on purpose, or not at all. A read takes what is there, which may be
 * many messages; after it the connection reads nothing for as long as they should have taken.
 */
export class SlowReaders {
  readonly #readers = new Map<number, Reader>();
  readonly #clock: Clock;
  /** Null: they stop reading. */
  readonly #msPerMessage: number | null;
  readonly #isSlow: (connection: number) => boolean;
  #isOver = false;

  constructor(clock: Clock, msPerMessage: number | null, isSlow: (connection: number) => boolean) {
    this.#clock = clock;
    this.#msPerMessage = msPerMessage;
    this.#isSlow = isSlow;
  }

  /** Connections of which those that read slowly can be held up. */
  holding(connect: ConnectFn): ConnectFn {
    return (index, plannedUs, options, events, clock) => {
      if (!this.#isSlow(index)) return connect(index, plannedUs, options, events, clock);
      const reader: Reader = { connection: null, isSlow: false, messages: 0 };
      const connection = connect(index, plannedUs, options, this.#heard(events, reader), clock);
      reader.connection = connection;
      this.#readers.set(index, reader);
      return connection;
    };
  }

  /** A connection is open, its session ready. */
  onOpen(index: number): void {
    const reader = this.#readers.get(index);
    if (reader === undefined || this.#isOver) return;
    reader.isSlow = true;
    if (this.#msPerMessage === null) reader.connection?.setReading?.(false);
  }

  has(index: number): boolean {
    return this.#isSlow(index);
  }

  /** How many are open. They cannot be asked: they may not read the answer. */
  get open(): number {
    return [...this.#readers.values()].filter(({ connection }) => connection?.isOpen === true).length;
  }

  /** They read on. */
  end(): void {
    this.#isOver = true;
    for (const { connection } of this.#readers.values()) if (connection?.isOpen === true) connection.setReading?.(true);
  }

  #heard(events: ConnectionEvents, reader: Reader): ConnectionEvents {
    return {
      onOpen: (index) => events.onOpen(index),
      onFailed: (index, failure) => events.onFailed(index, failure),
      onFrame: (index, bytes, start, end, us) => {
        reader.messages++;
        events.onFrame(index, bytes, start, end, us);
      },
      onReadEnd: (us) => {
        this.#hold(reader);
        events.onReadEnd(us);
      },
      onPong: (index, ofKeepAlive) => events.onPong(index, ofKeepAlive),
      onClose: (index, code, clean, reason) => events.onClose(index, code, clean, reason),
      onError: (index, code) => events.onError(index, code),
    };
  }

  #hold(reader: Reader): void {
    const { connection, messages, isSlow } = reader;
    reader.messages = 0;
    if (!isSlow || messages === 0 || this.#isOver || this.#msPerMessage === null) return;
    if (connection?.canSend !== true) return;
    connection.setReading?.(false);
    this.#clock.after(messages * this.#msPerMessage, () => {
      if (connection.isOpen) connection.setReading?.(true);
    });
  }
}

/** Null if nobody reads slowly. */
export function slowReadersOf(cell: Cell, worker: number, workers: number, clock: Clock): SlowReaders | null {
  const { slow } = cell.wire ?? {};
  if (slow === undefined) return null;
  const from = firstSlow(cell);
  const msPerMessage = slow.ratePerSecond === null ? null : 1000 / slow.ratePerSecond;
  return new SlowReaders(clock, msPerMessage, (connection) => worker + connection * workers >= from);
}

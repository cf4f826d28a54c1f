import { readTenDigits } from '../plan/digits.js';
import type { PayloadSource } from '../plan/payload.js';
import { FIRST_SEQUENCE, ordinalOf, sequenceOf } from '../plan/sequence.js';
import { sameBytes } from './echo-check.js';

/** Recognises replies that repeat a message byte for byte: the usual case, settled without a search and without parsing. */
export class ExactEcho {
  readonly #payload: PayloadSource;
  readonly #connections: number;

  /** `connections`: of the whole cell. */
  constructor(payload: PayloadSource, connections: number) {
    this.#payload = payload;
    this.#connections = connections;
  }

  /** The ordinal of the message on `connection` (numbered over the cell) that `bytes` repeat from `start` to `end`; -1 for none. */
  ordinal(connection: number, bytes: Buffer, start: number, end: number): number {
    const at = this.#payload.sequenceAt(connection);
    if (at < 0) return -1;
    const sequence = readTenDigits(bytes, start + at, end);
    if (sequence < FIRST_SEQUENCE) return -1;
    const ordinal = ordinalOf(sequence, this.#connections);
    if (sequenceOf(connection, ordinal, this.#connections) !== sequence) return -1;
    return sameBytes(this.#payload.bytes(connection, ordinal), bytes, start, end) ? ordinal : -1;
  }
}

import { readDigits } from '../../plan/digits.js';
import { type Outline, viewOf } from '../../plan/outline.js';
import type { PayloadSource } from '../../plan/payload.js';
import { FIRST_SEQUENCE, SEQUENCE_DIGITS } from '../../plan/sequence.js';
import { sameBytes } from './echo-check.js';

const NOTHING = Buffer.alloc(0);
/** Up to this length comparing four bytes at a time is faster than a call of the native comparison. */
const LOOP_BYTES_MAX = 256;

/** Recognises replies that repeat a message byte for byte: the usual case. Needs no search and no parsing. */
export class ExactEcho {
  readonly #payload: PayloadSource;
  readonly #connections: number;
  /** The first number that this cell may give out. */
  readonly #first: number;
  /** The buffer of the last read (nearly always the shared one), and a view of it. */
  #bytes: Buffer = NOTHING;
  #view = viewOf(NOTHING);

  /** `connections`: number of the whole cell. `used`: numbers used by earlier cells. */
  constructor(payload: PayloadSource, connections: number, used = 0) {
    this.#first = FIRST_SEQUENCE + used;
    this.#payload = payload;
    this.#connections = connections;
  }

  /**
   * The ordinal of the message on `connection` (numbered in the cell) that `bytes` repeat from `start` to `end`; -1 if
   * none.
   */
  ordinal(connection: number, bytes: Buffer, start: number, end: number): number {
    const at = this.#payload.sequenceAt(connection);
    if (at < 0) return -1;
    const sequence = readDigits(bytes, start + at, SEQUENCE_DIGITS, end);
    // What `ordinalOf` and `connectionOf` say, in one go: this runs for every message (docs/decisions/hot-path.md).
    const index = sequence - this.#first;
    if (index < 0) return -1;
    const ordinal = Math.floor(index / this.#connections);
    if (index - ordinal * this.#connections !== connection) return -1;
    const outline = this.#payload.outline(connection, ordinal);
    if (outline === null) return sameBytes(this.#payload.bytes(connection, ordinal), bytes, start, end) ? ordinal : -1;
    // Is it the outline with this connection's number and this sequence written into it? Asked here and not in a
    // function of its own: see docs/decisions/hot-path.md.
    const { sequenceAt, connectionAt, connectionWidth, fixed } = outline;
    if (end - start !== outline.bytes.length) return -1;
    for (let i = 1; i < sequenceAt.length; i++) {
      if (readDigits(bytes, start + sequenceAt[i]!, SEQUENCE_DIGITS, end) !== sequence) return -1;
    }
    if (connectionWidth > 0 && readDigits(bytes, start + connectionAt, connectionWidth, end) !== connection) return -1;
    for (let i = 0; i < fixed.length; i++) {
      const [from, to] = fixed[i]!;
      if (!this.#isFixedPart(outline, from, to, bytes, start + from)) return -1;
    }
    return ordinal;
  }

  #isFixedPart(outline: Outline, from: number, to: number, bytes: Buffer, start: number): boolean {
    if (to - from > LOOP_BYTES_MAX) return bytes.compare(outline.bytes, from, to, start, start + to - from) === 0;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = viewOf(bytes);
    }
    let at = start;
    let i = from;
    for (; i + 4 <= to; i += 4, at += 4) if (outline.view.getInt32(i) !== this.#view.getInt32(at)) return false;
    for (; i < to; i++, at++) if (outline.bytes[i] !== bytes[at]) return false;
    return true;
  }
}

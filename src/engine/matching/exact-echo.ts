import { readDigits } from '../../plan/digits.js';
import { type Outline, type PayloadSource, viewOf } from '../../plan/payload.js';
import { FIRST_SEQUENCE, ordinalOf, SEQUENCE_DIGITS, sequenceOf } from '../../plan/sequence.js';
import { sameBytes } from './echo-check.js';

const NOTHING = Buffer.alloc(0);
/** Up to this length comparing four bytes at a time is faster than a call of the native comparison. */
const LOOP_BYTES_MAX = 256;

/** Recognises replies that repeat a message byte for byte: the usual case. Needs no search and no parsing. */
export class ExactEcho {
  readonly #payload: PayloadSource;
  readonly #connections: number;
  readonly #used: number;
  /** The buffer of the last read (nearly always the shared one), and a view of it. */
  #bytes: Buffer = NOTHING;
  #view = viewOf(NOTHING);

  /** `connections`: number of the whole cell. `used`: numbers used by earlier cells. */
  constructor(payload: PayloadSource, connections: number, used = 0) {
    this.#used = used;
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
    if (sequence < FIRST_SEQUENCE + this.#used) return -1;
    const ordinal = ordinalOf(sequence, this.#connections, this.#used);
    if (sequenceOf(connection, ordinal, this.#connections, this.#used) !== sequence) return -1;
    const outline = this.#payload.outline(connection, ordinal);
    const isSame =
      outline === null
        ? sameBytes(this.#payload.bytes(connection, ordinal), bytes, start, end)
        : this.#isMessageOf(outline, connection, sequence, bytes, start, end);
    return isSame ? ordinal : -1;
  }

  /** Whether these bytes are the outline with this connection's number and this sequence written into it. */
  #isMessageOf(
    outline: Outline,
    connection: number,
    sequence: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): boolean {
    const { sequenceAt, connectionAt, connectionWidth, fixed } = outline;
    if (end - start !== outline.bytes.length) return false;
    for (let i = 1; i < sequenceAt.length; i++) {
      if (readDigits(bytes, start + sequenceAt[i]!, SEQUENCE_DIGITS, end) !== sequence) return false;
    }
    if (connectionWidth > 0 && readDigits(bytes, start + connectionAt, connectionWidth, end) !== connection)
      return false;
    for (let i = 0; i < fixed.length; i++) {
      const [from, to] = fixed[i]!;
      if (!this.#isFixedPart(outline, from, to, bytes, start + from)) return false;
    }
    return true;
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

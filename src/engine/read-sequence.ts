import { readDigits } from '../plan/digits.js';
import { FIRST_SEQUENCE, SEQUENCE_DIGITS } from '../plan/sequence.js';

const ZERO = 48;
const NINE = 57;

/**
 * Finds the sequence number in a reply: behind the reply's JSON field, looked for first where the last reply had it, else
 * the first run of exactly ten digits. Only the named field is remembered: a time in seconds has ten digits too. One
 * instance per worker.
 */
export class SequenceReader {
  readonly #field: Buffer;
  /** Where the field stood in the last reply, and the digits behind it; both from the reply's start. */
  #fieldAt = 0;
  #digitsAt = 0;

  /** `field`: the JSON field that carries the sequence. */
  constructor(field: string) {
    this.#field = Buffer.from(`"${field}"`);
  }

  /** The sequence in the reply that lies in `bytes` from `start` to `end`, or -1 where it carries none. */
  read(bytes: Buffer, start: number, end: number): number {
    if (this.#fieldStandsAt(bytes, start + this.#fieldAt, end)) {
      const known = readAt(bytes, start + this.#digitsAt, start, end);
      if (known >= 0) return known;
    }
    const named = this.#behindField(bytes, start, end);
    if (named >= 0) return named;
    for (let at = start; at + SEQUENCE_DIGITS <= end; at++) {
      const sequence = readAt(bytes, at, start, end);
      if (sequence >= 0) return sequence;
    }
    return -1;
  }

  #fieldStandsAt(bytes: Buffer, at: number, end: number): boolean {
    const field = this.#field;
    if (at + field.length > end) return false;
    for (let i = 0; i < field.length; i++) if (bytes[at + i] !== field[i]) return false;
    return true;
  }

  #behindField(bytes: Buffer, start: number, end: number): number {
    const fieldAt = bytes.subarray(start, end).indexOf(this.#field);
    if (fieldAt < 0) return -1;
    let at = start + fieldAt + this.#field.length;
    while (at < end && (bytes[at] === 0x20 || bytes[at] === 0x3a || bytes[at] === 0x22)) at++;
    const sequence = readAt(bytes, at, start, end);
    if (sequence >= 0) {
      this.#fieldAt = fieldAt;
      this.#digitsAt = at - start;
    }
    return sequence;
  }
}

/** Ten digits at `at`, with no digit before or behind and no leading zero; -1 where there are none. */
function readAt(bytes: Buffer, at: number, start: number, end: number): number {
  const behind = at + SEQUENCE_DIGITS;
  if ((at > start && isDigit(bytes[at - 1]!)) || (behind < end && isDigit(bytes[behind]!))) return -1;
  const value = readDigits(bytes, at, SEQUENCE_DIGITS, end);
  return value >= FIRST_SEQUENCE ? value : -1;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

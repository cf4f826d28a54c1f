import { readDigits } from '../../plan/digits.js';
import { FIRST_SEQUENCE, SEQUENCE_DIGITS } from '../../plan/sequence.js';

/** What is no number: the field is missing, or has none behind it; or it occurs more than once. */
export const NO_SOLE = -1;
export const SEVERAL = -2;
const ZERO = 48;
const NINE = 57;
const QUOTE = 0x22;
/** Up to so many bytes are looked through one by one, because a search by the system has a price of its own. */
const SHORT_BYTES = 128;
/** The most numbers that are read from one frame. */
const NUMBERS_MAX = 65_536;

/**
 * Finds sequence numbers in a reply: after its JSON field (first tried at the position of the last reply), or every run
 * of exactly ten digits. If there are several, the caller decides which is right: a time in seconds also has ten
 * digits. One instance per worker.
 */
export class SequenceReader {
  readonly #field: Buffer;
  /** Positions of the field and its digits in the last reply, from its start. */
  #fieldAt = 0;
  #digitsAt = 0;

  /** `field`: the JSON field that contains the sequence. */
  constructor(field: string) {
    this.#field = Buffer.from(`"${field}"`);
  }

  /** The number after the field in the reply from `start` to `end`; `NO_SOLE` or `SEVERAL` if not just one stands there. */
  sole(bytes: Buffer, start: number, end: number): number {
    let fieldAt = start + this.#fieldAt;
    if (!this.#fieldStandsAt(bytes, fieldAt, end) || !this.#isFirst(bytes, start, fieldAt)) {
      fieldAt = this.#find(bytes, start, end);
      if (fieldAt < 0) return NO_SOLE;
    }
    const known = fieldAt === start + this.#fieldAt ? readAt(bytes, start + this.#digitsAt, start, end) : -1;
    const sequence = known >= 0 ? known : this.#keep(bytes, fieldAt, start, end);
    return this.#find(bytes, fieldAt + this.#field.length, end) < 0 ? sequence : SEVERAL;
  }

  /** Every number after the field, in order. `sole`: what the method of that name found, if it has looked there. */
  named(bytes: Buffer, start: number, end: number, sole = SEVERAL): number[] {
    if (sole !== SEVERAL) return sole < 0 ? [] : [sole];
    const found: number[] = [];
    for (let at = this.#find(bytes, start, end); at >= 0 && found.length < NUMBERS_MAX; ) {
      const sequence = this.#behind(bytes, at, start, end);
      if (sequence >= 0) found.push(sequence);
      at = this.#find(bytes, at + this.#field.length, end);
    }
    return found;
  }

  /** Every number with ten digits, at any position. */
  all(bytes: Buffer, start: number, end: number): number[] {
    const found: number[] = [];
    for (let at = start; at + SEQUENCE_DIGITS <= end && found.length < NUMBERS_MAX; at++) {
      if (!isDigit(bytes[at]!)) continue;
      const sequence = readAt(bytes, at, start, end);
      if (sequence >= 0) found.push(sequence);
      while (at + 1 < end && isDigit(bytes[at + 1]!)) at++;
    }
    return found;
  }

  #fieldStandsAt(bytes: Buffer, at: number, end: number): boolean {
    const field = this.#field;
    if (at + field.length > end) return false;
    for (let i = 0; i < field.length; i++) if (bytes[at + i] !== field[i]) return false;
    return true;
  }

  /** The position of the field, searched from `start` on; -1 if it does not occur. */
  #find(bytes: Buffer, start: number, end: number): number {
    if (end - start > SHORT_BYTES) {
      const at = bytes.subarray(start, end).indexOf(this.#field);
      return at < 0 ? -1 : start + at;
    }
    const last = end - this.#field.length;
    for (let at = start; at <= last; at++) if (bytes[at] === QUOTE && this.#fieldStandsAt(bytes, at, end)) return at;
    return -1;
  }

  /** Whether the field does not occur before this position. */
  #isFirst(bytes: Buffer, start: number, fieldAt: number): boolean {
    return this.#find(bytes, start, fieldAt) < 0;
  }

  #behind(bytes: Buffer, fieldAt: number, start: number, end: number): number {
    return readAt(bytes, this.#digitsOf(bytes, fieldAt, end), start, end);
  }

  /** The same; the next reply is tried at these positions. */
  #keep(bytes: Buffer, fieldAt: number, start: number, end: number): number {
    const at = this.#digitsOf(bytes, fieldAt, end);
    const sequence = readAt(bytes, at, start, end);
    if (sequence >= 0) {
      this.#fieldAt = fieldAt - start;
      this.#digitsAt = at - start;
    }
    return sequence;
  }

  #digitsOf(bytes: Buffer, fieldAt: number, end: number): number {
    let at = fieldAt + this.#field.length;
    while (at < end && (bytes[at] === 0x20 || bytes[at] === 0x3a || bytes[at] === QUOTE)) at++;
    return at;
  }
}

/** Reads ten digits at `at`, without a leading zero and with no digit before or after; -1 if there are none. */
function readAt(bytes: Buffer, at: number, start: number, end: number): number {
  const behind = at + SEQUENCE_DIGITS;
  if ((at > start && isDigit(bytes[at - 1]!)) || (behind < end && isDigit(bytes[behind]!))) return -1;
  const value = readDigits(bytes, at, SEQUENCE_DIGITS, end);
  return value >= FIRST_SEQUENCE ? value : -1;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

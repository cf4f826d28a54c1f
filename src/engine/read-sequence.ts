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
  /** Where the field stood in the last reply, and the digits behind it. */
  #fieldAt = 0;
  #digitsAt = 0;

  /** `field`: the JSON field that carries the sequence. */
  constructor(field: string) {
    this.#field = Buffer.from(`"${field}"`);
  }

  /** The sequence, or -1 where the reply carries none. */
  read(data: Buffer): number {
    if (this.#fieldStandsAt(data, this.#fieldAt)) {
      const known = readAt(data, this.#digitsAt);
      if (known >= 0) return known;
    }
    const named = this.#behindField(data);
    if (named >= 0) return named;
    for (let at = 0; at + SEQUENCE_DIGITS <= data.length; at++) {
      const sequence = readAt(data, at);
      if (sequence >= 0) return sequence;
    }
    return -1;
  }

  #fieldStandsAt(data: Buffer, at: number): boolean {
    const field = this.#field;
    if (at + field.length > data.length) return false;
    for (let i = 0; i < field.length; i++) if (data[at + i] !== field[i]) return false;
    return true;
  }

  #behindField(data: Buffer): number {
    const field = data.indexOf(this.#field);
    if (field < 0) return -1;
    let at = field + this.#field.length;
    while (at < data.length && (data[at] === 0x20 || data[at] === 0x3a || data[at] === 0x22)) at++;
    const sequence = readAt(data, at);
    if (sequence >= 0) {
      this.#fieldAt = field;
      this.#digitsAt = at;
    }
    return sequence;
  }
}

/** Ten digits at `at`, with no digit before or behind and no leading zero; -1 where there are none. */
function readAt(data: Buffer, at: number): number {
  const end = at + SEQUENCE_DIGITS;
  if (end > data.length || isDigit(data[at - 1]) || isDigit(data[end])) return -1;
  let value = 0;
  for (let i = at; i < end; i++) {
    const byte = data[i]!;
    if (byte < ZERO || byte > NINE) return -1;
    value = value * 10 + (byte - ZERO);
  }
  return value >= FIRST_SEQUENCE ? value : -1;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

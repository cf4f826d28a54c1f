import type { Wire, WireKey, WireRule } from '../../dialect/wire.js';
import { readDigits } from '../../plan/digits.js';
import { ID_BYTES } from '../../plan/packet-ids.js';
import { FIRST_SEQUENCE, SEQUENCE_DIGITS } from '../../plan/sequence.js';
import { headerAt, lineStart } from './heads.js';
import { eachElement, standsAt } from './json-members.js';
import { Match } from './match.js';
import { MemberScans, type WantedMember } from './member-scans.js';

/** What a message is. `rule` is the index of the rule that decided; -1 for none. */
export interface Ruling {
  means: WireRule['means'];
  rule: number;
}

/**
 * Asks the rules of the wire about one message after another. One instance a worker. `scans`: shared with the reader of
 * numbers; `of` begins them.
 */
export class Rules {
  readonly #rules: readonly { readonly match: Match; readonly means: WireRule['means'] }[];
  /** Overwritten by every call. */
  readonly #ruling: Ruling = { means: 'reply', rule: -1 };

  readonly #scans: MemberScans;

  constructor(rules: readonly WireRule[], scans = new MemberScans()) {
    this.#scans = scans;
    this.#rules = rules.map(({ match, means }) => ({ match: new Match(match, undefined, scans), means }));
  }

  /** What the message from `start` to `end` is; valid until the next call. `isBinary`: it came in a binary frame. */
  of(bytes: Buffer, start: number, end: number, isBinary = false): Readonly<Ruling> {
    const ruling = this.#ruling;
    this.#scans.begin();
    for (let i = 0; i < this.#rules.length; i++) {
      const { match, means } = this.#rules[i]!;
      if (!match.fits(bytes, start, end, isBinary)) continue;
      ruling.means = means;
      ruling.rule = i;
      return ruling;
    }
    ruling.means = 'reply';
    ruling.rule = -1;
    return ruling;
  }
}

/** The reply has no number where it should be. */
export const NO_NUMBER = -1;
/** The number is looked for as where no protocol is named. */
export const LOOK_FOR_IT = -2;

/**
 * Reads the number of a reply where the protocol has it. `scans`: shared with the rules, which have begun them for this
 * message; null if nobody shares them.
 */
export class KeyReader {
  readonly #markers: readonly Buffer[] | null;
  readonly #member: WantedMember | null;
  /** Where the two bytes of an id stand; -1 where replies have none. */
  readonly #idAt: number;
  readonly #own: MemberScans | null;
  readonly #header: Buffer | null;

  constructor(key: WireKey, scans: MemberScans | null = null) {
    this.#own = scans === null ? new MemberScans() : null;
    const markers = key.kind === 'starts' ? [key.marker, ...(key.also ?? [])] : null;
    this.#idAt = key.kind === 'slot' ? key.at : -1;
    this.#markers = markers?.map((marker) => Buffer.from(marker)) ?? null;
    this.#member = key.kind === 'member' ? (scans ?? this.#own!).want([key.name])[0]! : null;
    this.#header = key.kind === 'header' ? lineStart(key.name) : null;
  }

  /** The number; `NO_NUMBER`, or `LOOK_FOR_IT` where the wire names no place. */
  read(bytes: Buffer, start: number, end: number): number {
    if (this.#idAt >= 0) return this.#idIn(bytes, start, end);
    if (this.#markers !== null) return this.#behind(this.#markers, bytes, start, end);
    if (this.#header !== null) {
      const at = headerAt(this.#header, bytes, start, end);
      return at < 0 ? NO_NUMBER : digitsAt(bytes, at, end);
    }
    if (this.#member === null) return LOOK_FOR_IT;
    this.#own?.begin();
    const { scan, number } = this.#member;
    const found = scan.of(bytes, start, end);
    const from = found.from[number]!;
    if (from < 0) return NO_NUMBER;
    const inQuotes = bytes[from] === 0x22 ? 1 : 0;
    const length = found.to[number]! - from - 2 * inQuotes;
    return length === SEQUENCE_DIGITS ? digitsAt(bytes, from + inQuotes, end) : NO_NUMBER;
  }

  #idIn(bytes: Buffer, start: number, end: number): number {
    const at = start + this.#idAt;
    const id = at + ID_BYTES <= end ? bytes.readUInt16BE(at) : 0;
    return id === 0 ? NO_NUMBER : id;
  }

  #behind(markers: readonly Buffer[], bytes: Buffer, start: number, end: number): number {
    for (const marker of markers) {
      const at = start + marker.length;
      if (at <= end && standsAt(marker, bytes, start)) return digitsAt(bytes, at, end);
    }
    return NO_NUMBER;
  }
}

/** Ten digits at `at`, with no digit behind them. */
function digitsAt(bytes: Buffer, at: number, end: number): number {
  const behind = bytes[at + SEQUENCE_DIGITS];
  if (at + SEQUENCE_DIGITS < end && behind !== undefined && behind >= 48 && behind <= 57) return NO_NUMBER;
  const value = readDigits(bytes, at, SEQUENCE_DIGITS, end);
  return value >= FIRST_SEQUENCE ? value : NO_NUMBER;
}

/** Up to so many bytes are looked through one by one, because a search by the system has a price of its own. */
const SHORT_BYTES = 256;

/**
 * Where the message that begins at `from` ends in a frame whose messages are ended by a separator: there, or at the end
 * of the frame. It never looks behind the frame: many frames may come in one read.
 */
export function messageEnd(separator: number, bytes: Buffer, from: number, end: number): number {
  const near = Math.min(end, from + SHORT_BYTES);
  for (let i = from; i < near; i++) if (bytes[i] === separator) return i;
  if (near === end) return end;
  const found = bytes.subarray(near, end).indexOf(separator);
  return found < 0 ? end : near + found;
}

/**
 * Calls `each` with every message of a frame: the elements of its array, or the parts that the separator ends. A frame that is no array, or a broken one, is one message.
 */
export function eachMessage(
  separator: Wire['separator'],
  bytes: Buffer,
  start: number,
  end: number,
  each: (from: number, to: number) => void,
): void {
  if (separator === null) return each(start, end);
  if (typeof separator === 'object' || separator === 'headed')
    throw new Error('messages that may be cut are found by Packets and HeadedMessages');
  if (separator === 'array') {
    if (!eachElement(bytes, start, end, each)) each(start, end);
    return;
  }
  for (let from = start; from < end; ) {
    const to = messageEnd(separator, bytes, from, end);
    if (to > from) each(from, to);
    from = to + 1;
  }
}

/**
 * Reads single members of a JSON text in place: of its outermost object by name, or of its outermost array by index.
 * Nothing is parsed but where each member begins and ends, so a message costs no allocation.
 *
 *     {"id":"1000000007","type":"next","payload":{"id":1}}     `id` is "1000000007", never the inner 1
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COMMA = 0x2c;
const COLON = 0x3a;
const NOT_THERE = -1;

/** Finds the wanted members of one message after another. One instance a worker: `find` overwrites what was found. */
export class JsonMembers {
  readonly #names: readonly Buffer[];
  readonly #indices: readonly number[];
  readonly #isArray: boolean;
  /** The highest index that is wanted. */
  readonly #last: number;
  /** Where the value of each wanted member begins and ends; -1 for not there. */
  readonly from: Int32Array;
  readonly to: Int32Array;

  /** `wanted`: names of members, or indices of an array as text, all of one kind. */
  constructor(wanted: readonly string[]) {
    this.#isArray = wanted.length > 0 && wanted.every((name) => /^\d+$/.test(name));
    this.#names = wanted.map((name) => Buffer.from(name));
    this.#indices = this.#isArray ? wanted.map(Number) : [];
    this.#last = Math.max(NOT_THERE, ...this.#indices);
    this.from = new Int32Array(wanted.length);
    this.to = new Int32Array(wanted.length);
  }

  /**
   * Looks through the text from `start` to `end` until all is found. False if it is no object or array, or breaks off:
   * what stands in front of the break is found all the same. Of a name that occurs twice the first one may be found.
   */
  find(bytes: Buffer, start: number, end: number): boolean {
    for (let i = 0; i < this.from.length; i++) this.from[i] = NOT_THERE;
    const at = blank(bytes, start, end);
    if (at >= end) return false;
    if (this.#isArray) return bytes[at] === OPEN_BRACKET && this.#elements(bytes, at + 1, end);
    return bytes[at] === OPEN_BRACE && this.#members(bytes, at + 1, end);
  }

  #members(bytes: Buffer, start: number, end: number): boolean {
    let left = this.from.length;
    let at = blank(bytes, start, end);
    if (at < end && bytes[at] === CLOSE_BRACE) return true;
    while (at < end) {
      if (bytes[at] !== QUOTE) return false;
      const nameEnd = stringEnd(bytes, at, end);
      if (nameEnd < 0) return false;
      const colon = blank(bytes, nameEnd + 1, end);
      if (bytes[colon] !== COLON) return false;
      const from = blank(bytes, colon + 1, end);
      const wanted = this.#wanted(bytes, at + 1, nameEnd);
      // Nothing behind the last wanted member is of interest, except that it must end.
      const to = valueEnd(bytes, from, end);
      if (to < 0) return false;
      if (wanted >= 0) {
        if (this.from[wanted]! < 0) left--;
        this.from[wanted] = from;
        this.to[wanted] = to;
        if (left === 0) return true;
      }
      at = blank(bytes, to, end);
      if (at >= end || bytes[at] !== COMMA) return at < end && bytes[at] === CLOSE_BRACE;
      at = blank(bytes, at + 1, end);
    }
    return false;
  }

  #elements(bytes: Buffer, start: number, end: number): boolean {
    let at = blank(bytes, start, end);
    if (at < end && bytes[at] === CLOSE_BRACKET) return true;
    for (let index = 0; at < end; index++) {
      const to = valueEnd(bytes, at, end);
      if (to < 0) return false;
      const wanted = this.#indices.indexOf(index);
      if (wanted >= 0) {
        this.from[wanted] = at;
        this.to[wanted] = to;
        if (index === this.#last) return true;
      }
      at = blank(bytes, to, end);
      if (at >= end || bytes[at] !== COMMA) return at < end && bytes[at] === CLOSE_BRACKET;
      at = blank(bytes, at + 1, end);
    }
    return false;
  }

  #wanted(bytes: Buffer, from: number, to: number): number {
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i]!;
      if (name.length === to - from && standsAt(name, bytes, from)) return i;
    }
    return -1;
  }
}

/**
 * Calls `each` with begin and end of every element of a JSON array. False, and calls nothing, if the text is no array, is
 * an empty one, or breaks off: it is looked through before the first call.
 */
export function eachElement(
  bytes: Buffer,
  start: number,
  end: number,
  each: (from: number, to: number) => void,
): boolean {
  const open = blank(bytes, start, end);
  if (open >= end || bytes[open] !== OPEN_BRACKET) return false;
  const first = blank(bytes, open + 1, end);
  if (!walkElements(bytes, first, end, null)) return false;
  walkElements(bytes, first, end, each);
  return true;
}

/** Twice instead of a list: a frame of many megabytes may hold millions of elements. */
function walkElements(
  bytes: Buffer,
  first: number,
  end: number,
  each: ((from: number, to: number) => void) | null,
): boolean {
  for (let at = first; at < end; ) {
    const to = valueEnd(bytes, at, end);
    if (to < 0) return false;
    const next = blank(bytes, to, end);
    if (next >= end) return false;
    each?.(at, to);
    if (bytes[next] === CLOSE_BRACKET) return true;
    if (bytes[next] !== COMMA) return false;
    at = blank(bytes, next + 1, end);
  }
  return false;
}

/** True if `part` stands at `at`. */
export function standsAt(part: Buffer, bytes: Buffer, at: number): boolean {
  for (let i = 0; i < part.length; i++) if (bytes[at + i] !== part[i]) return false;
  return true;
}

/** The first byte from `at` on that is no white space. */
function blank(bytes: Buffer, at: number, end: number): number {
  let i = at;
  while (i < end && (bytes[i] === 0x20 || bytes[i] === 0x0a || bytes[i] === 0x0d || bytes[i] === 0x09)) i++;
  return i;
}

/** The position behind the value that begins at `at`; -1 if it does not end. */
function valueEnd(bytes: Buffer, at: number, end: number): number {
  const first = bytes[at];
  if (first === QUOTE) {
    const close = stringEnd(bytes, at, end);
    return close < 0 ? -1 : close + 1;
  }
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return nestedEnd(bytes, at, end);
  let i = at;
  while (i < end && !isEndOfScalar(bytes[i]!)) i++;
  return i === at ? -1 : i;
}

function isEndOfScalar(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= 0x20;
}

/** The position behind the object or array that begins at `at`; -1 if it does not end. */
export function nestedEnd(bytes: Buffer, at: number, end: number): number {
  let depth = 0;
  for (let i = at; i < end; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      i = stringEnd(bytes, i, end);
      if (i < 0) return -1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return i + 1;
  }
  return -1;
}

/** The closing quote of the string that begins at `at`; -1 if there is none. */
function stringEnd(bytes: Buffer, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    if (bytes[i] === BACKSLASH) i++;
    else if (bytes[i] === QUOTE) return i;
  }
  return -1;
}

import { nestedEnd } from '../session/json-members.js';

const LINE_FEED = 0x0a;
const RECORD_SEPARATOR = 0x1e;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
/** Allowed between messages in one frame: NUL, tab, line feed, carriage return, record separator, space, comma. */
const SEPARATORS: ReadonlySet<number> = new Set([0, 9, LINE_FEED, 13, RECORD_SEPARATOR, 0x20, 0x2c]);
const LINE_ENDS: ReadonlySet<number> = new Set([0, LINE_FEED, 13, RECORD_SEPARATOR]);

/** Start and end in the frame's bytes. */
export type Part = readonly [from: number, to: number];

/**
 * The messages in one frame: the elements of a JSON array, JSON values one after the other, or lines of text. Null if
 * the frame holds a single message, or cannot be split. `{"a":1}\n{"a":2}` and `[{"a":1},{"a":2}]` are two.
 */
export function partsOf(bytes: Buffer, start: number, end: number): readonly Part[] | null {
  const first = skip(bytes, start, end);
  if (first === end) return null;
  const parts = isJsonStart(bytes[first]!) ? jsonParts(bytes, first, end) : lines(bytes, first, end);
  return parts !== null && parts.length > 1 ? parts : null;
}

/**
 * The JSON values that follow one another in a frame, as in newline-delimited JSON. An array is one value. Null if
 * there are fewer than two.
 */
export function jsonValuesOf(bytes: Buffer, start: number, end: number): readonly Part[] | null {
  const first = skip(bytes, start, end);
  const values = first < end && isJsonStart(bytes[first]!) ? valuesUntil(bytes, first, end) : null;
  return values !== null && values.length > 1 ? values : null;
}

function isJsonStart(byte: number): boolean {
  return byte === OPEN_BRACE || byte === OPEN_BRACKET;
}

function jsonParts(bytes: Buffer, first: number, end: number): readonly Part[] | null {
  const values = valuesUntil(bytes, first, end);
  if (values === null) return lines(bytes, first, end);
  const [from, to] = values[0]!;
  if (values.length > 1 || bytes[from] !== OPEN_BRACKET) return values;
  return valuesUntil(bytes, from + 1, to - 1);
}

/**
 * The values up to `end`, with separators between them. Null if there is anything else, or if a value is incomplete.
 */
function valuesUntil(bytes: Buffer, start: number, end: number): Part[] | null {
  const values: Part[] = [];
  for (let at = skip(bytes, start, end); at < end; at = skip(bytes, at, end)) {
    const to = valueEnd(bytes, at, end);
    if (to < 0) return null;
    values.push([at, to]);
    at = to;
  }
  return values;
}

/** The position after the object or array that begins at `at`; -1 if none begins there or it is incomplete. */
function valueEnd(bytes: Buffer, at: number, end: number): number {
  return isJsonStart(bytes[at]!) ? nestedEnd(bytes, at, end) : -1;
}

function lines(bytes: Buffer, start: number, end: number): Part[] {
  const found: Part[] = [];
  for (let at = start; at < end; ) {
    let to = at;
    while (to < end && !LINE_ENDS.has(bytes[to]!)) to++;
    if (to > at) found.push([at, to]);
    at = to + 1;
  }
  return found;
}

function skip(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && SEPARATORS.has(bytes[at]!)) at++;
  return at;
}

/**
 * Whether the frame may hold several messages: such messages are separated by a line end, by a record separator, or by
 * nothing.
 */
export function mayHoldSeveral(bytes: Buffer, start: number, end: number): boolean {
  const frame = bytes.subarray(start, end);
  return frame.includes(LINE_FEED) || frame.includes(RECORD_SEPARATOR) || frame.includes('}{');
}

/** Whether it is an array of objects or several lines of plain text: one message, or several. */
export function isArrayOrLines(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[start] !== OPEN_BRACKET && !bytes.subarray(start, end).includes(LINE_FEED)) return false;
  if (bytes[start] === OPEN_BRACE) return false;
  return partsOf(bytes, start, end) !== null;
}

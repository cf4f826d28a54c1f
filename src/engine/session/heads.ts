/**
 * Messages that begin with a head of lines: a command, headers, an empty line, then the body. A NUL ends each. Read in
 * place; a line ends in LF, with or without CR in front.
 *
 *     RECEIPT LF receipt-id:1000000007 LF LF NUL
 */
import { standsAt } from './json-members.js';

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;
const CONTENT_LENGTH = lineStart('content-length');
/** A length with more digits fits into no frame. */
const MOST_DIGITS = 10;
const NOT_THERE = -1;

/** How the line of a header begins, with the end of the line before it. */
export function lineStart(name: string): Buffer {
  return Buffer.from(`\n${name}:`);
}

/** Where the value of a header begins; -1 if the head has none. Of a header that occurs twice the first one counts. */
export function headerAt(line: Buffer, bytes: Buffer, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    if (bytes[i] !== LF) continue;
    if (isEmptyLine(bytes, i + 1, end)) return NOT_THERE;
    const to = i + line.length;
    if (to <= end && standsAt(line, bytes, i)) return to;
  }
  return NOT_THERE;
}

/** The value of a header as it stands there; undefined if the head has none. */
export function headerOf(name: string, bytes: Buffer, start: number, end: number): string | undefined {
  const at = headerAt(lineStart(name), bytes, start, end);
  return at < 0 ? undefined : bytes.toString('utf8', at, lineEnd(bytes, at, end));
}

/** Where the line ends that `at` is in. */
export function lineEnd(bytes: Buffer, at: number, end: number): number {
  let i = at;
  while (i < end && bytes[i] !== LF) i++;
  return i > at && bytes[i - 1] === CR ? i - 1 : i;
}

/** Where the body begins, behind the first empty line; `end` if there is none. */
export function bodyAt(bytes: Buffer, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    if (bytes[i] === LF && isEmptyLine(bytes, i + 1, end)) return bytes[i + 1] === LF ? i + 2 : i + 3;
  }
  return end;
}

/**
 * Where the next message begins, behind the line ends that may follow a message. A frame of line ends alone is a message,
 * a heartbeat: from its start.
 */
export function headedStart(bytes: Buffer, from: number, start: number, end: number): number {
  let i = from;
  while (i < end && (bytes[i] === LF || bytes[i] === CR)) i++;
  return i === end && from === start ? start : i;
}

/**
 * Where the message that begins at `from` ends: at its NUL, or at the end of the frame. Its body may hold NUL if
 * `content-length` says how long the body is. A length behind which no NUL stands is not believed.
 */
export function headedEnd(bytes: Buffer, from: number, end: number): number {
  let length = NOT_THERE;
  let body = end;
  for (let i = from; i < end; i++) {
    const byte = bytes[i];
    if (byte === NUL) return i;
    if (byte !== LF) continue;
    if (isEmptyLine(bytes, i + 1, end)) {
      body = bytes[i + 1] === LF ? i + 2 : i + 3;
      break;
    }
    const value = i + CONTENT_LENGTH.length;
    if (length < 0 && value < end && standsAt(CONTENT_LENGTH, bytes, i)) length = lengthAt(bytes, value, end);
  }
  const counted = body + length;
  if (length >= 0 && counted < end && bytes[counted] === NUL) return counted;
  const found = bytes.subarray(body, end).indexOf(NUL);
  return found < 0 ? end : body + found;
}

function isEmptyLine(bytes: Buffer, at: number, end: number): boolean {
  if (at >= end) return false;
  return bytes[at] === LF || (bytes[at] === CR && at + 1 < end && bytes[at + 1] === LF);
}

/** The number that stands there; -1 for none. */
function lengthAt(bytes: Buffer, at: number, end: number): number {
  let value = 0;
  let i = at;
  for (; i < end && i < at + MOST_DIGITS; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return i === at ? NOT_THERE : value;
}

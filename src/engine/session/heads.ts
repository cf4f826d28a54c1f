/**
 * Messages that begin with a head of lines: a command, headers, an empty line, then the body. A NUL ends each. Read in
 * place; a line ends in LF, with or without CR in front. Where they end: `headed-messages.ts`.
 *
 *     RECEIPT LF receipt-id:1000000007 LF LF NUL
 */
import { standsAt } from './json-members.js';

const LF = 0x0a;
const CR = 0x0d;
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

function isEmptyLine(bytes: Buffer, at: number, end: number): boolean {
  if (at >= end) return false;
  return bytes[at] === LF || (bytes[at] === CR && at + 1 < end && bytes[at + 1] === LF);
}

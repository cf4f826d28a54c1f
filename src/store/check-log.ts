/**
 * checks.ndjson of a check: what it planned, then each check as it is done, each line with a checksum. It is what is left
 * of a check that is killed.
 */
import path from 'node:path';
import { isDeeper } from '../nesting.js';
import { checkedLine, parseCheckedLine } from './checked-line.js';
import { unreadable } from './store-error.js';
import { visitLines } from './visit-lines.js';

export const CHECKS_FILE = 'checks.ndjson';
const KINDS = ['planned', 'check', 'serverEnd'] as const;
/** A check has no profile in its lines, the only part that nests by itself. */
const MOST_LEVELS = 32;

/** `planned`: the first line. `serverEnd`: the server ended during the check of the line before. */
export interface CheckLine {
  readonly kind: (typeof KINDS)[number];
  readonly value: object;
}

/** `{"crc":"<CRC-32 of the value's JSON, 8 hex digits>","check":{...}}` and a line feed. */
export function checkLine({ kind, value }: CheckLine): string {
  return checkedLine(kind, value);
}

/**
 * Every whole line of a folder, in order. A torn last line is cut off. What the values are is for the caller to find out.
 * Throws WsurgeError (104) if the file is missing or damaged.
 */
export async function readCheckLines(folder: string): Promise<CheckLine[]> {
  const file = path.join(folder, CHECKS_FILE);
  const lines: CheckLine[] = [];
  const parse = (text: string) => parseCheckedLine(text, KINDS, 'a line of a check');
  await visitLines(file, parse, ({ kind, value }, number) => {
    if (isDeeper(value, MOST_LEVELS)) throw unreadable(file, `line ${number} nests deeper than ${MOST_LEVELS} levels`);
    if (number > MOST_LINES) throw unreadable(file, `it has more than ${MOST_LINES} lines`);
    lines.push({ kind, value });
  });
  return lines;
}

/** There are some hundred checks. */
const MOST_LINES = 10_000;

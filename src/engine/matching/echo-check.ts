import { includes } from '../../dialect/subset.js';
import type { ReplySpec } from '../../profile/profile.js';
import { partsOf } from './frame-parts.js';

/** Do `bytes` from `start` to `end` equal the sent bytes? */
export function sameBytes(sent: Buffer, bytes: Buffer, start: number, end: number): boolean {
  return end - start === sent.length && bytes.compare(sent, 0, sent.length, start, end) === 0;
}

/**
 * Does a reply match what the profile expects? Equal bytes are the fast path. A JSON reply that was serialised again
 * (other spacing, more fields) passes if every sent field came back with its value.
 */
export function echoMatches(echo: ReplySpec['echo'], json: boolean, sent: Buffer, received: Buffer): boolean {
  if (echo.kind === 'none' || sameBytes(sent, received, 0, received.length)) return true;
  if (!json) return false;
  const before = parse(sent);
  const after = parse(received);
  if (before === undefined || after === undefined) return false;
  if (echo.kind === 'full') return includes(after, before);
  return isObject(before) && isObject(after) && includes(after[echo.field], before[echo.field]);
}

/** Like `echoMatches`, for the whole frame or one of the messages in it. */
export function echoesAnywhere(echo: ReplySpec['echo'], json: boolean, sent: Buffer, received: Buffer): boolean {
  if (echoMatches(echo, json, sent, received)) return true;
  const parts = partsOf(received, 0, received.length) ?? [];
  return parts.some(([from, to]) => echoMatches(echo, json, sent, received.subarray(from, to)));
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined; // not JSON: the caller counts it as corrupted
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

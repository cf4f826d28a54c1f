/**
 * Reads a saved histogram (HDR V2, zlib, base64) that may be hostile: sizes and ranges in the text are checked before
 * memory of that size is allocated. 300 MB of zeros fit into 400 KB of base64.
 */
import { inflateSync } from 'node:zlib';
import type { SparseCounts } from './interval.js';

/** The range and precision of all wsurge histograms. */
export interface Layout {
  readonly lowest: number;
  readonly highest: number;
  readonly digits: number;
  readonly buckets: number;
}

const COMPRESSED_COOKIE = 0x1c849304;
const PLAIN_COOKIE = 0x1c849303;
/** The bits of a cookie that tell how counts are encoded. */
const WORD_BITS = 0xf0;
const COMPRESSED_HEADER_BYTES = 8;
const HEADER_BYTES = 40;
/** Most bytes of one count. */
const MOST_WORD_BYTES = 9;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Throws an Error that says what is wrong. */
export function decodeCounts(base64: string, layout: Layout): SparseCounts {
  const mostBytes = HEADER_BYTES + layout.buckets * MOST_WORD_BYTES;
  const text = base64.trim();
  // Deflate hardly enlarges any text, and base64 uses 4 characters for 3 bytes.
  if (text.length > 2 * mostBytes) throw new Error(`it is not a histogram: ${text.length} characters are too many`);
  if (!BASE64.test(text)) throw new Error('it is not base64');
  const bytes = inflated(Buffer.from(text, 'base64'), mostBytes);
  if (bytes.length < HEADER_BYTES || cookieOf(bytes) !== PLAIN_COOKIE) throw new Error('it is not an HDR V2 histogram');
  const isOurs =
    bytes.readInt32BE(12) === layout.digits &&
    bytes.readBigInt64BE(16) === BigInt(layout.lowest) &&
    bytes.readBigInt64BE(24) === BigInt(layout.highest);
  if (!isOurs) throw new Error('it is a histogram with another layout: only 1 us to 1 h with 3 digits can be merged');
  const end = HEADER_BYTES + bytes.readInt32BE(4);
  if (end < HEADER_BYTES || end > bytes.length) throw new Error('the histogram is cut off');
  return countsIn(bytes.subarray(HEADER_BYTES, end), layout.buckets);
}

function inflated(bytes: Buffer, mostBytes: number): Buffer {
  if (bytes.length < COMPRESSED_HEADER_BYTES || cookieOf(bytes) !== COMPRESSED_COOKIE) {
    throw new Error('it is not a compressed HDR V2 histogram');
  }
  const end = COMPRESSED_HEADER_BYTES + bytes.readInt32BE(4);
  if (end < COMPRESSED_HEADER_BYTES || end > bytes.length) throw new Error('the histogram is cut off');
  try {
    return inflateSync(bytes.subarray(COMPRESSED_HEADER_BYTES, end), { maxOutputLength: mostBytes });
  } catch (error) {
    throw new Error(`it is not a histogram: it does not hold ${mostBytes} bytes of zlib data`, { cause: error });
  }
}

function cookieOf(bytes: Buffer): number {
  return bytes.readInt32BE(0) & ~WORD_BITS;
}

/** Counts as ZigZag LEB128: a positive number is a count, a negative one stands for that many empty buckets. */
function countsIn(bytes: Buffer, buckets: number): SparseCounts {
  const sparse: number[] = [];
  let index = 0;
  let total = 0;
  for (let at = 0; at < bytes.length; ) {
    let value = 0;
    let scale = 1;
    const from = at;
    for (;;) {
      if (at === bytes.length) throw new Error('the histogram is cut off');
      const byte = bytes[at++]!;
      const isLast = at - from === MOST_WORD_BYTES;
      value += (isLast ? byte : byte & 0x7f) * scale;
      scale *= 128;
      if (isLast || byte < 0x80) break;
    }
    const isNegative = value % 2 === 1;
    const count = isNegative ? (value + 1) / 2 : value / 2;
    const isPlausible = Number.isSafeInteger(value) && index + (isNegative ? count : 1) <= buckets;
    if (!isPlausible) throw new Error('it is not a histogram: one of its counts lies beyond its range');
    if (isNegative) index += count;
    else {
      if (count > 0) sparse.push(index, count);
      index++;
      total += count;
    }
  }
  if (!Number.isSafeInteger(total)) throw new Error('it is not a histogram: it counts more than 2^53 messages');
  return sparse;
}

/**
 * Bucket counts in few bytes, so that every second of a day can be kept. Numbers take seven bits per byte, and an index
 * is stored as the distance from the previous one. `[100, 5, 103, 200]` becomes 100, 5, 3, 200: 5 bytes instead of 32.
 */
import type { SparseCounts } from './interval.js';

const BITS = 7;
const MORE = 1 << BITS;
/** Bytes of a number below 2^53. */
const MOST_BYTES = 8;

/** Lists share their memory: a piece of its own costs each more than what is in it. */
const SHARED_BYTES = 65_536;

let scratch = new Uint8Array(4096);
/** Of a text, on its way to numbers. Memory of its own for each text takes longer than reading it. */
let decoded = Buffer.allocUnsafeSlow(4096);
let shared = new Uint8Array(0);
let used = 0;

/** Counts are whole numbers from 0 to below 2^53, with rising indices. */
export function packCounts(counts: SparseCounts): Uint8Array {
  const most = counts.length * MOST_BYTES;
  if (scratch.length < most) scratch = new Uint8Array(2 * most);
  let length = 0;
  let before = 0;
  for (let i = 0; i < counts.length; i += 2) {
    length = write(counts[i]! - before, length);
    length = write(counts[i + 1]!, length);
    before = counts[i]!;
  }
  return kept(length);
}

/** The first bytes of the scratch, copied. */
function kept(length: number): Uint8Array {
  if (used + length > shared.length) {
    shared = new Uint8Array(Math.max(SHARED_BYTES, length));
    used = 0;
  }
  const bytes = shared.subarray(used, used + length);
  bytes.set(scratch.subarray(0, length));
  used += length;
  return bytes;
}

/** What `packCounts` made. Bytes of anything else give some list. */
export function unpackCounts(packed: Uint8Array): number[] {
  return numbersIn(packed, packed.length);
}

/** The same of base64. What is no base64 in it is passed over. */
export function unpackText(base64: string): SparseCounts {
  if (decoded.length < base64.length) decoded = Buffer.allocUnsafeSlow(2 * base64.length);
  return numbersIn(decoded, decoded.write(base64, 'base64'));
}

/** The first `length` bytes as numbers. A number that is cut off is none. The list gets its memory at once. */
function numbersIn(packed: Uint8Array, length: number): number[] {
  const counts = new Array<number>(numbersOf(packed, length));
  let index = 0;
  let next = 0;
  for (let at = 0; at < counts.length; at++) {
    let byte = packed[next++]!;
    let value = byte & (MORE - 1);
    for (let scale = MORE; byte >= MORE; scale *= MORE) {
      byte = packed[next++]!;
      value += (byte & (MORE - 1)) * scale;
    }
    if (at % 2 === 0) {
      index += value;
      value = index;
    }
    counts[at] = value;
  }
  return counts;
}

/** How many numbers: each has one last byte. */
function numbersOf(packed: Uint8Array, length: number): number {
  let numbers = 0;
  for (let i = 0; i < length; i++) if (packed[i]! < MORE) numbers++;
  return numbers;
}

function write(number: number, at: number): number {
  let rest = number;
  let next = at;
  while (rest >= MORE) {
    scratch[next++] = (rest % MORE) + MORE;
    rest = Math.floor(rest / MORE);
  }
  scratch[next++] = rest;
  return next;
}

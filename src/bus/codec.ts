/**
 * How data becomes the body of a message and data again: JSON, deflated. What comes over a bus is foreign, so reading
 * has limits, and says which one was broken.
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { codeOf, usageError } from '../errors.js';
import { isDeeper, MAX_DEPTH } from '../nesting.js';

/** The most JSON that one body may hold, bytes. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** A body that is refused. The message says why, as the end of "the body cannot be read: ...". */
export class BodyError extends Error {}

/**
 * Data as bytes. `undefined` counts as null. Throws a WsurgeError `bus_body_too_large` where the other side would
 * refuse it.
 */
export function encodeBody(value: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(value) ?? 'null');
  if (json.length > MAX_BODY_BYTES) {
    throw usageError(
      'bus_body_too_large',
      `a message of ${mebibytes(json.length)} MiB is too large for the bus: ${mebibytes(MAX_BODY_BYTES)} MiB are allowed`,
      'give each agent less to carry: more agents, or fewer or shorter rows of data',
    );
  }
  return json.length <= STORED_MAX ? stored(json) : deflateRawSync(json, { level: constants.Z_BEST_SPEED });
}

/** Shorter ones are not compressed: a call of zlib takes longer than all else that is done for a beat. */
const STORED_MAX = 1024;
/** The first byte of a last block that is stored (RFC 1951, 3.2.3), and the bytes before its content. */
const STORED = 1;
const STORED_HEAD = 5;

/** Deflated by the letter: one block that holds the bytes as they are (RFC 1951, 3.2.4). */
function stored(bytes: Buffer): Buffer {
  const block = Buffer.allocUnsafe(STORED_HEAD + bytes.length);
  block[0] = STORED;
  block.writeUInt16LE(bytes.length, 1);
  block.writeUInt16LE(~bytes.length & 0xffff, 3);
  bytes.copy(block, STORED_HEAD);
  return block;
}

/** Bytes as data. Throws a BodyError. */
export function decodeBody(bytes: Uint8Array): unknown {
  const value = parsed(inflated(bytes));
  if (isDeeper(value, MAX_DEPTH)) throw new BodyError(`it nests deeper than ${MAX_DEPTH} levels`);
  return value;
}

function inflated(bytes: Uint8Array): Buffer {
  if (bytes[0] === STORED && bytes.length >= STORED_HEAD) {
    const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const length = block.readUInt16LE(1);
    const isWhole = length === bytes.length - STORED_HEAD && block.readUInt16LE(3) === (~length & 0xffff);
    if (isWhole) return block.subarray(STORED_HEAD);
  }
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    const isTooLarge = codeOf(error) === 'ERR_BUFFER_TOO_LARGE';
    throw new BodyError(
      isTooLarge ? `it is larger than ${mebibytes(MAX_BODY_BYTES)} MiB` : 'it is not deflated, or cut off',
    );
  }
}

function parsed(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString('utf8'));
  } catch {
    // The parser's own message quotes the text, which may hold a secret.
    throw new BodyError('it is no JSON');
  }
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / (1024 * 1024));
}

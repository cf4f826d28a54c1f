import type { Outline, PayloadSource } from '../../plan/payload.js';
import { SEQUENCE_DIGITS, sequenceOf } from '../../plan/sequence.js';
import { frameHeader } from './frame-header.js';
import { maskByte, maskInto, maskKey } from './mask.js';

/** Frames larger than this are cut in two: the part with the digits, and a tail that is never written to again. */
const WHOLE_BYTES_MAX = 16 * 1024;
/** Frames of messages that all connections share are masked in this many ways. */
const KEYS_PER_OUTLINE = 8;

/** A masked frame, ready for the socket but for its digits. */
export interface Frame {
  /** The frame, or its first part. Written anew for every message: whoever keeps it for later must `release` the frame. */
  head: Buffer;
  /** The rest of a large frame, shared by all messages; null for none. */
  readonly tail: Buffer | null;
  readonly key: number;
  /** Where the payload begins. */
  readonly payloadAt: number;
  readonly outline: Outline | null;
}

/** The frames of a cell's messages. What messages share is masked once; only the digits are written for each. */
export class PreparedFrames {
  readonly #payload: PayloadSource;
  readonly #connections: number;
  readonly #frames = new Map<Outline, (Frame | undefined)[]>();

  /** `connections`: of the whole cell. */
  constructor(payload: PayloadSource, connections: number) {
    this.#payload = payload;
    this.#connections = connections;
  }

  /** The frame of message `ordinal` on `connection`; valid until the next call. */
  frame(connection: number, ordinal: number): Frame {
    const outline = this.#payload.outline(connection, ordinal);
    if (outline === null) return this.#wrap(this.#payload.bytes(connection, ordinal), null, maskKey(connection));
    const frame = this.#prepared(outline, connection);
    const sequence = sequenceOf(connection, ordinal, this.#connections);
    const { sequenceAt, connectionAt, connectionWidth } = outline;
    for (let i = 0; i < sequenceAt.length; i++) writeMasked(frame, sequence, sequenceAt[i]!, SEQUENCE_DIGITS);
    if (connectionWidth > 0) writeMasked(frame, connection, connectionAt, connectionWidth);
    return frame;
  }

  #prepared(outline: Outline, connection: number): Frame {
    let frames = this.#frames.get(outline);
    if (frames === undefined) {
      frames = new Array<Frame | undefined>(KEYS_PER_OUTLINE).fill(undefined);
      this.#frames.set(outline, frames);
    }
    const number = connection % KEYS_PER_OUTLINE;
    frames[number] ??= this.#wrap(outline.bytes, outline, maskKey(connection));
    return frames[number];
  }

  #wrap(payload: Buffer, outline: Outline | null, key: number): Frame {
    const header = frameHeader(this.#payload.text, payload.length, key);
    const frame = Buffer.allocUnsafeSlow(header.length + payload.length);
    frame.set(header);
    maskInto(frame, header.length, payload, key);
    const cut = outline === null ? frame.length : header.length + digitsEnd(outline);
    const isWhole = frame.length <= WHOLE_BYTES_MAX || cut === frame.length;
    return {
      head: isWhole ? frame : Buffer.from(frame.subarray(0, cut)),
      tail: isWhole ? null : frame.subarray(cut),
      payloadAt: header.length,
      ...{ key, outline },
    };
  }
}

/** The socket keeps the frame's head: later messages are written to a copy. */
export function release(frame: Frame): void {
  if (frame.outline !== null) frame.head = Buffer.from(frame.head);
}

function digitsEnd({ sequenceAt, connectionAt, connectionWidth }: Outline): number {
  return Math.max(connectionAt + connectionWidth, ...sequenceAt.map((at) => at + SEQUENCE_DIGITS));
}

/** Writes a whole number of at most ten digits as masked ASCII, in two halves that fit 32 bits. */
function writeMasked(frame: Frame, value: number, at: number, width: number): void {
  const high = Math.floor(value / 100_000);
  const low = value - high * 100_000;
  const lowWidth = Math.min(width, 5);
  writeHalf(frame, low, at + width - lowWidth, lowWidth);
  writeHalf(frame, high, at, width - lowWidth);
}

function writeHalf({ head, key, payloadAt }: Frame, value: number, at: number, width: number): void {
  let rest = value;
  for (let i = at + width - 1; i >= at; i--) {
    const next = (rest / 10) | 0;
    head[payloadAt + i] = (48 + rest - next * 10) ^ maskByte(key, i);
    rest = next;
  }
}

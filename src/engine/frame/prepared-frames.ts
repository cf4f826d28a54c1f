import { NOWHERE, type Outline } from '../../plan/outline.js';
import { ID_BYTES, idOf } from '../../plan/packet-ids.js';
import type { PayloadSource } from '../../plan/payload.js';
import { SEQUENCE_DIGITS, sequenceOf } from '../../plan/sequence.js';
import { frameHeader } from './frame-header.js';
import { maskByte, maskInto, maskKey } from './mask.js';

/** Larger frames are split in two: a part with the digits, and a tail that never changes. */
const WHOLE_BYTES_MAX = 16 * 1024;
/** How many masked versions exist of messages that all connections share. */
const KEYS_PER_OUTLINE = 8;

/** A masked frame, complete except for its digits. */
export interface Frame {
  /**
   * The frame, or its first part. Overwritten for every message: if somebody keeps it, the frame must be `release`d.
   */
  head: Buffer;
  /** The rest of a large frame, shared by all messages; null if there is none. */
  readonly tail: Buffer | null;
  readonly key: number;
  /** Where the payload begins. */
  readonly payloadAt: number;
  readonly outline: Outline | null;
  /** The upper half of the sequence in the frame; -1 if none is written. It is the same for many messages in a row. */
  upperHalf: number;
}

/** The frames of a cell's messages. Their common part is masked once; only the digits are written for each message. */
export class PreparedFrames {
  readonly #payload: PayloadSource;
  readonly #connections: number;
  readonly #used: number;
  readonly #idSlots: number;
  /** Weak, because a reopened connection may have another row and so another outline. */
  readonly #frames = new WeakMap<Outline, (Frame | undefined)[]>();
  /** The last used outline and its frames. */
  #outline: Outline | null = null;
  #ofOutline: (Frame | undefined)[] = [];

  /**
   * `connections`: number of the whole cell. `used`: numbers used by earlier cells. `idSlots`: of the ring that ids come
   * from, where messages have ids.
   */
  constructor(payload: PayloadSource, connections: number, used = 0, idSlots = 1) {
    this.#used = used;
    this.#idSlots = idSlots;
    this.#payload = payload;
    this.#connections = connections;
  }

  /** The frame of message `ordinal` on `connection`, valid until the next call. */
  frame(connection: number, ordinal: number): Frame {
    const outline = this.#payload.outline(connection, ordinal);
    if (outline === null) return this.#wrap(this.#payload.bytes(connection, ordinal), null, maskKey(connection));
    const frame = this.#prepared(outline, connection);
    writeSequence(frame, sequenceOf(connection, ordinal, this.#connections, this.#used), outline.sequenceAt);
    writeMasked(frame, connection, outline.connectionAt, outline.connectionWidth);
    if (outline.idAt !== NOWHERE) writeId(frame, idOf(ordinal, this.#idSlots), outline.idAt);
    return frame;
  }

  #prepared(outline: Outline, connection: number): Frame {
    if (outline !== this.#outline) this.#choose(outline);
    const number = connection % KEYS_PER_OUTLINE;
    this.#ofOutline[number] ??= this.#wrap(outline.bytes, outline, maskKey(connection));
    return this.#ofOutline[number];
  }

  #choose(outline: Outline): void {
    let frames = this.#frames.get(outline);
    if (frames === undefined) {
      frames = new Array<Frame | undefined>(KEYS_PER_OUTLINE).fill(undefined);
      this.#frames.set(outline, frames);
    }
    this.#outline = outline;
    this.#ofOutline = frames;
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
      upperHalf: -1,
    };
  }
}

/** The socket keeps the head of the frame, so later messages are written to a copy. */
export function release(frame: Frame): void {
  if (frame.outline !== null) frame.head = Buffer.from(frame.head);
}

/** Behind everything that is written for each message. */
function digitsEnd({ sequenceAt, idAt, connectionAt, connectionWidth }: Outline): number {
  const ends = sequenceAt.map((at) => at + SEQUENCE_DIGITS);
  return Math.max(connectionAt + connectionWidth, idAt === NOWHERE ? 0 : idAt + ID_BYTES, ...ends);
}

function writeId({ head, key, payloadAt }: Frame, id: number, at: number): void {
  head[payloadAt + at] = (id >> 8) ^ maskByte(key, at);
  head[payloadAt + at + 1] = (id & 0xff) ^ maskByte(key, at + 1);
}

/** Digits are written in two halves of five, so that calculations fit in 32 bits. */
const HALF_DIGITS = SEQUENCE_DIGITS / 2;
const HALF = 10 ** HALF_DIGITS;

function writeSequence(frame: Frame, sequence: number, sequenceAt: readonly number[]): void {
  const upper = Math.floor(sequence / HALF);
  const isNew = upper !== frame.upperHalf;
  frame.upperHalf = upper;
  for (let i = 0; i < sequenceAt.length; i++) {
    if (isNew) writeMasked(frame, upper, sequenceAt[i]!, HALF_DIGITS);
    writeMasked(frame, sequence - upper * HALF, sequenceAt[i]! + HALF_DIGITS, HALF_DIGITS);
  }
}

/** Writes a 32-bit number as masked ASCII digits, padded with zeros to `width`. */
function writeMasked({ head, key, payloadAt }: Frame, value: number, at: number, width: number): void {
  let rest = value;
  for (let i = at + width - 1; i >= at; i--) {
    const next = (rest / 10) | 0;
    head[payloadAt + i] = (48 + rest - next * 10) ^ maskByte(key, i);
    rest = next;
  }
}

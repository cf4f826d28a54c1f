import { FrameTracker } from './frame-tracker.js';
import { FIN_BINARY, FIN_TEXT, LENGTH_16 } from './opcodes.js';

/** Receives one complete message: its payload is `bytes` from `start` to `end`, valid during the call only. */
export type OnMessage = (bytes: Buffer, start: number, end: number) => void;

/**
 * Receives bytes that were not read here, valid during the call only. Returns true if the full reader has read them
 * all.
 */
export type OnRest = (bytes: Buffer) => boolean;

const NOTHING = Buffer.alloc(0);
const NOT_PLAIN = -1;

/**
 * Reads plain data frames in place: complete, unmasked, uncompressed text or binary frames of up to 65,535 bytes. From
 * the first other frame on, the rest of a read goes to a full protocol reader, so that this one gets its frames in
 * order. A later read continues here, at the first certain boundary between two messages. One instance per connection.
 */
export class FrameReader {
  readonly #onMessage: OnMessage;
  readonly #onRest: OnRest;
  readonly #rest = new FrameTracker();
  /** The full reader is within a message, so its frames come first. */
  #isInRest = false;
  /** The first bytes of an incomplete plain frame. It has room for the whole frame once the length is known. */
  #partial: Buffer = NOTHING;
  #partialBytes = 0;

  constructor(onMessage: OnMessage, onRest: OnRest) {
    this.#onMessage = onMessage;
    this.#onRest = onRest;
  }

  /** Bytes of an unfinished message, kept here or by the full reader. */
  get unfinishedBytes(): number {
    return this.#partial.length + this.#rest.unfinishedBytes;
  }

  /** Reads the next bytes of the stream, `bytes` up to `end`. Plain frames are handled here; the rest is passed on. */
  read(bytes: Buffer, end: number): void {
    if (this.#isInRest) this.#finishRest(bytes, end);
    else if (this.#partialBytes === 0) this.#readFrames(bytes, 0, end);
    else if (this.#partialBytes < headerLength(this.#partial, 0, this.#partialBytes)) this.#readJoined(bytes, end);
    else this.#readFrames(bytes, this.#completePartial(bytes, end), end);
  }

  /** Passes the next bytes of the stream on, after those of a partial frame. */
  pass(bytes: Buffer): void {
    if (this.#partialBytes > 0) {
      const partial = this.#partial.subarray(0, this.#partialBytes);
      this.#dropPartial();
      this.#passOn(partial);
    }
    this.#passOn(bytes);
  }

  /** Notes bytes of the stream that the full reader received another way. */
  follow(bytes: Buffer): void {
    this.#rest.follow(bytes);
    this.#isInRest = !this.#rest.betweenMessages;
  }

  #readFrames(bytes: Buffer, from: number, end: number): void {
    for (let at = from; at < end; ) {
      const frameEnd = endOfFrame(bytes, at, end);
      if (frameEnd === NOT_PLAIN) {
        this.#passOn(bytes.subarray(at, end));
        return;
      }
      if (frameEnd > end) {
        this.#partial = Buffer.allocUnsafe(frameEnd - at);
        this.#partialBytes = bytes.copy(this.#partial, 0, at, end);
        return;
      }
      this.#onMessage(bytes, at + headerLength(bytes, at, frameEnd), frameEnd);
      at = frameEnd;
    }
  }

  #passOn(bytes: Buffer): boolean {
    this.follow(bytes);
    return this.#onRest(bytes);
  }

  /** The last frame of the full reader ends in this read or later. */
  #finishRest(bytes: Buffer, end: number): void {
    const boundary = this.#rest.bytesToBoundary;
    if (boundary === 0 || boundary >= end) this.#passOn(bytes.subarray(0, end));
    else if (this.#passOn(bytes.subarray(0, boundary))) this.#readFrames(bytes, boundary, end);
    else this.#passOn(bytes.subarray(boundary, end));
  }

  /** Completes the partial frame and handles it if it is whole. Returns how many bytes of this read belong to it. */
  #completePartial(bytes: Buffer, end: number): number {
    const partial = this.#partial;
    const read = bytes.copy(partial, this.#partialBytes, 0, end);
    this.#partialBytes += read;
    if (this.#partialBytes === partial.length) {
      this.#dropPartial();
      this.#onMessage(partial, headerLength(partial, 0, partial.length), partial.length);
    }
    return read;
  }

  /** Handles a partial frame of which not even the header was complete. */
  #readJoined(bytes: Buffer, end: number): void {
    const joined = Buffer.concat([this.#partial.subarray(0, this.#partialBytes), bytes.subarray(0, end)]);
    this.#dropPartial();
    this.#readFrames(joined, 0, joined.length);
  }

  #dropPartial(): void {
    this.#partial = NOTHING;
    this.#partialBytes = 0;
  }
}

/** Whether a message came in a binary frame. It must lie behind its header, as `OnMessage` gets it. */
export function isBinaryFrame(bytes: Buffer, start: number, end: number): boolean {
  return bytes[start - (end - start < LENGTH_16 ? 2 : 4)] === FIN_BINARY;
}

/** The end of the plain frame at `at`, according to its header. It is past `end` if the frame is incomplete. */
function endOfFrame(bytes: Buffer, at: number, end: number): number {
  const first = bytes[at];
  if (first !== FIN_TEXT && first !== FIN_BINARY) return NOT_PLAIN;
  if (at + 2 > end) return at + 2;
  const length = bytes[at + 1]!;
  if (length < LENGTH_16) return at + 2 + length;
  if (length > LENGTH_16) return NOT_PLAIN;
  if (at + 4 > end) return at + 4;
  return at + 4 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
}

/** The length of the header of the plain frame at `at`; bytes up to `end` are available. */
function headerLength(bytes: Buffer, at: number, end: number): number {
  return end - at > 1 && bytes[at + 1] === LENGTH_16 ? 4 : 2;
}

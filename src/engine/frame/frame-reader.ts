import { FrameTracker } from './frame-tracker.js';
import { FIN_BINARY, FIN_TEXT, LENGTH_16 } from './opcodes.js';

/** Where the parts of a read go. Both get views that are valid during the call only. */
export interface FrameSink {
  /** The payload of one whole message. */
  onMessage(payload: Buffer): void;
  /** Bytes that were not read here. Returns true where the full reader has read all of them. */
  onRest(bytes: Buffer): boolean;
}

const NOTHING = Buffer.alloc(0);
const NOT_PLAIN = -1;

/**
 * Reads plain data frames in place: whole, unmasked, uncompressed text or binary frames of up to 65,535 bytes. The rest of
 * a read, from the first other frame on, goes to a full reader of the protocol, which therefore gets the frames it needs
 * in order; this one goes on in a later read, at the first boundary between two messages that it is sure of. One instance per connection.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #rest = new FrameTracker();
  /** The first bytes of a plain frame whose last ones have not come: room for all of it as soon as its length is known. */
  #held: Buffer = NOTHING;
  #heldBytes = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** The next bytes of the stream: plain frames are taken, the rest is passed on. */
  read(bytes: Buffer): void {
    if (!this.#rest.betweenMessages) this.#finishRest(bytes);
    else if (this.#heldBytes === 0) this.#takeFrames(bytes, 0);
    else if (this.#heldBytes < headerLength(this.#held, 0, this.#heldBytes)) this.#takeFrames(this.#joinHeld(bytes), 0);
    else this.#takeFrames(bytes, this.#completeHeld(bytes));
  }

  /** The next bytes of the stream, all of them passed on, after those that are still held. */
  pass(bytes: Buffer): void {
    if (this.#heldBytes > 0) {
      const held = this.#held.subarray(0, this.#heldBytes);
      this.#dropHeld();
      this.#passOn(held);
    }
    this.#passOn(bytes);
  }

  /** Bytes of the stream that the full reader got on another way. */
  follow(bytes: Buffer): void {
    this.#rest.follow(bytes);
  }

  #takeFrames(bytes: Buffer, from: number): void {
    for (let at = from; at < bytes.length; ) {
      const end = frameEnd(bytes, at);
      if (end === NOT_PLAIN) {
        this.#passOn(bytes.subarray(at));
        return;
      }
      if (end > bytes.length) {
        this.#held = Buffer.allocUnsafe(end - at);
        this.#heldBytes = bytes.copy(this.#held, 0, at);
        return;
      }
      this.#sink.onMessage(bytes.subarray(at + headerLength(bytes, at, end), end));
      at = end;
    }
  }

  #passOn(bytes: Buffer): boolean {
    this.#rest.follow(bytes);
    return this.#sink.onRest(bytes);
  }

  /** The full reader's last frame ends in this read, or later. */
  #finishRest(bytes: Buffer): void {
    const boundary = this.#rest.bytesToBoundary;
    if (boundary === 0 || boundary >= bytes.length) this.#passOn(bytes);
    else if (this.#passOn(bytes.subarray(0, boundary))) this.#takeFrames(bytes, boundary);
    else this.#passOn(bytes.subarray(boundary));
  }

  /** Fills up the held frame and takes it when it is whole. Returns how many bytes it took. */
  #completeHeld(bytes: Buffer): number {
    const held = this.#held;
    const taken = bytes.copy(held, this.#heldBytes);
    this.#heldBytes += taken;
    if (this.#heldBytes === held.length) {
      this.#dropHeld();
      this.#sink.onMessage(held.subarray(headerLength(held, 0, held.length)));
    }
    return taken;
  }

  #joinHeld(bytes: Buffer): Buffer {
    const joined = Buffer.concat([this.#held.subarray(0, this.#heldBytes), bytes]);
    this.#dropHeld();
    return joined;
  }

  #dropHeld(): void {
    this.#held = NOTHING;
    this.#heldBytes = 0;
  }
}

/** Where the plain frame at `at` ends, as far as its first bytes say: behind `bytes` where some of it has not come. */
function frameEnd(bytes: Buffer, at: number): number {
  const first = bytes[at];
  if (first !== FIN_TEXT && first !== FIN_BINARY) return NOT_PLAIN;
  const length = bytes[at + 1];
  if (length === undefined) return at + 2;
  if (length < LENGTH_16) return at + 2 + length;
  if (length > LENGTH_16) return NOT_PLAIN;
  if (at + 4 > bytes.length) return at + 4;
  return at + 4 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
}

/** How long the header of the plain frame at `at` is, of which bytes up to `end` have come. */
function headerLength(bytes: Buffer, at: number, end: number): number {
  return end - at > 1 && bytes[at + 1] === LENGTH_16 ? 4 : 2;
}

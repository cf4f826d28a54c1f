import type { Wire, WireBinary, WireLength } from '../../dialect/wire.js';
import { ID_BYTES } from '../../plan/packet-ids.js';
import { type ConnectionOptions, MAX_PAYLOAD_BYTES } from '../socket/connection.js';
import { isByte, Layout } from './layout.js';
import { Packets, type PacketTrouble } from './packets.js';

const FIRST_BYTES = 64;

/** `text_frame`: text came where all messages are bytes. */
export type BinaryTrouble = PacketTrouble | 'text_frame';

/**
 * What a connection does because its messages are bytes: it finds them in the frames that come, and collects what those
 * oblige to that must be confirmed, so that all that came in one read is confirmed in one frame.
 */
export class BinaryTalk {
  readonly #packets: Packets;
  readonly #layout: Layout;
  readonly #confirm: WireBinary['confirm'];
  readonly #confirmation: Buffer;
  #pending = Buffer.alloc(0);
  #pendingBytes = 0;
  #isBroken = false;

  /** `mostBytes`: of one message. */
  constructor({ content, confirm }: WireBinary, separator: WireLength, mostBytes: number) {
    this.#packets = new Packets(separator, mostBytes);
    this.#layout = new Layout(content);
    this.#confirm = confirm;
    this.#confirmation = Buffer.from(confirm?.send ?? '', 'latin1');
  }

  /**
   * Calls `each` with every message that a frame makes whole. Null, or what is wrong with the frame: then the connection
   * must end, and later frames are left alone.
   */
  take(
    isBinary: boolean,
    bytes: Buffer,
    start: number,
    end: number,
    each: (bytes: Buffer, from: number, to: number) => void,
  ): BinaryTrouble | null {
    if (this.#isBroken) return null;
    const trouble = isBinary
      ? this.#packets.take(bytes, start, end, (of, from, to) => {
          this.#owe(of, from, to);
          each(of, from, to);
        })
      : 'text_frame';
    this.#isBroken = trouble !== null;
    return trouble;
  }

  /** Where the content of a message begins; at its start if it carries none. */
  contentAt(bytes: Buffer, start: number, end: number): number {
    return this.#layout.fits(bytes, start, end) ? this.#layout.contentAt : start;
  }

  /** What confirms the messages that came since the last call; null for nothing. Valid until the next one comes. */
  takeOwed(): Buffer | null {
    if (this.#pendingBytes === 0) return null;
    const owed = this.#pending.subarray(0, this.#pendingBytes);
    this.#pendingBytes = 0;
    return owed;
  }

  #owe(bytes: Buffer, start: number, end: number): void {
    if (this.#confirm === null || !isByte(bytes[start]!, this.#confirm.first)) return;
    const layout = this.#layout;
    if (!layout.fits(bytes, start, end) || layout.idAt < 0) return;
    const size = this.#confirmation.length + ID_BYTES;
    const wanted = this.#pendingBytes + size;
    if (this.#pending.length < wanted) {
      const larger = Buffer.alloc(Math.max(FIRST_BYTES, 2 * wanted));
      this.#pending.copy(larger, 0, 0, this.#pendingBytes);
      this.#pending = larger;
    }
    this.#confirmation.copy(this.#pending, this.#pendingBytes);
    bytes.copy(this.#pending, wanted - ID_BYTES, layout.idAt, layout.idAt + ID_BYTES);
    this.#pendingBytes = wanted;
  }
}

/** Null where messages are text. */
export function binaryTalkOf({ binary, separator }: Wire, options: ConnectionOptions): BinaryTalk | null {
  if (binary === undefined || typeof separator !== 'object' || separator === null) return null;
  return new BinaryTalk(binary, separator, largestBytesOf(options));
}

/** Of one message that a connection takes. */
export function largestBytesOf({ endpoint }: ConnectionOptions): number {
  return endpoint.receive?.largestBytes ?? MAX_PAYLOAD_BYTES;
}

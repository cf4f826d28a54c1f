import type { WireLength } from '../../dialect/wire.js';

/** A fifth byte of a length would say more than 28 bits. */
const LENGTH_BYTES_MAX = 4;
const GROUP_BITS = 7;
const NOT_THERE = -1;
const WRONG = -2;
const FIRST_BYTES = 256;

/** Why no further message can be found in what a connection receives. */
export type PacketTrouble = 'packet_length' | 'packet_size';

/**
 * Messages that say themselves how long they are, on one connection. They begin in one frame and end in another, or share
 * one. A message that lies in one frame is handed on in place; of one that does not, the bytes are kept until it is
 * whole.
 *
 *     frames     | 30 03 a b c 30 0 |  | 5 d e |  | f g h 30 02 i j |
 *     messages     30 03 a b c   30 05 d e f g h   30 02 i j
 */
export class Packets {
  readonly #lengthAt: number;
  readonly #mostBytes: number;
  /** What came of the message that is not whole: its first `#keptBytes`. */
  #kept: Buffer | null = null;
  #keptBytes = 0;

  /** `mostBytes`: a longer message is trouble, and is not waited for. */
  constructor({ lengthAt }: WireLength, mostBytes: number) {
    this.#lengthAt = lengthAt;
    this.#mostBytes = mostBytes;
  }

  /** Bytes of a message that is not whole. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Calls `each` with every message that the bytes of a frame make whole. Null, or why it goes no further. */
  take(
    bytes: Buffer,
    start: number,
    end: number,
    each: (bytes: Buffer, from: number, to: number) => void,
  ): PacketTrouble | null {
    let from = start;
    if (this.#kept !== null) {
      const next = this.#complete(bytes, start, end);
      if (typeof next === 'string') return next;
      if (this.#kept !== null && next.isWhole) {
        const [whole, size] = [this.#kept, this.#keptBytes];
        this.#kept = null;
        this.#keptBytes = 0;
        each(whole, 0, size);
      }
      from = next.at;
    }
    while (from < end) {
      const size = this.#sizeOf(bytes, from, end);
      const trouble = this.#troubleOf(size);
      if (trouble !== null) return trouble;
      if (size === NOT_THERE || from + size > end) {
        this.#keep(bytes, from, end);
        return null;
      }
      each(bytes, from, from + size);
      from += size;
    }
    return null;
  }

  /** Adds to the message that is kept what belongs to it. */
  #complete(
    bytes: Buffer,
    start: number,
    end: number,
  ): PacketTrouble | { readonly isWhole: boolean; readonly at: number } {
    let at = start;
    for (;;) {
      const size = this.#sizeOf(this.#kept!, 0, this.#keptBytes);
      const trouble = this.#troubleOf(size);
      if (trouble !== null) return trouble;
      if (size !== NOT_THERE && this.#keptBytes >= size) return { isWhole: true, at };
      if (at === end) return { isWhole: false, at };
      // Byte by byte until the length is there: what stands behind it may belong to the next message.
      const to = size === NOT_THERE ? at + 1 : Math.min(end, at + size - this.#keptBytes);
      this.#keep(bytes, at, to);
      at = to;
    }
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    const wanted = this.#keptBytes + to - from;
    if (this.#kept === null || this.#kept.length < wanted) {
      // Not as much as the message says: it may never come.
      const larger = Buffer.allocUnsafe(Math.max(FIRST_BYTES, Math.min(2 * wanted, this.#mostBytes)));
      this.#kept?.copy(larger, 0, 0, this.#keptBytes);
      this.#kept = larger;
    }
    bytes.copy(this.#kept, this.#keptBytes, from, to);
    this.#keptBytes = wanted;
  }

  #troubleOf(size: number): PacketTrouble | null {
    if (size === WRONG) return 'packet_length';
    return size > this.#mostBytes ? 'packet_size' : null;
  }

  /** Bytes of the whole message that begins at `from`; `NOT_THERE` if its length is not there yet, or `WRONG`. */
  #sizeOf(bytes: Buffer, from: number, end: number): number {
    let length = 0;
    for (let i = 0; i < LENGTH_BYTES_MAX; i++) {
      const at = from + this.#lengthAt + i;
      if (at >= end) return NOT_THERE;
      const byte = bytes[at]!;
      length += (byte & 0x7f) * 2 ** (GROUP_BITS * i);
      if (byte < 0x80) return this.#lengthAt + i + 1 + length;
    }
    return WRONG;
  }
}

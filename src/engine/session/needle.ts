/** The part of a pattern that a skip is computed from; longer ones are rare and are then skipped through more slowly. */
const LONGEST_SKIP = 255;

/** In longer messages Node's own search is quicker, which has a price for each call. */
const LONG_MESSAGE = 2048;

/**
 * Bytes that are looked for in place, in one message after another: Horspool's search. Most positions are never looked
 * at: the byte under the end of the pattern says how far it can move on.
 */
export class Needle {
  readonly #bytes: Buffer;
  readonly #skip: Uint8Array;

  constructor(text: string) {
    this.#bytes = Buffer.from(text);
    const length = this.#bytes.length;
    this.#skip = new Uint8Array(256).fill(Math.max(1, Math.min(length, LONGEST_SKIP)));
    for (let i = 0; i < length - 1; i++) {
      this.#skip[this.#bytes[i]!] = Math.min(length - 1 - i, LONGEST_SKIP);
    }
  }

  /** True if the bytes occur from `start` to `end`. */
  occursIn(bytes: Buffer, start: number, end: number): boolean {
    const needle = this.#bytes;
    if (end - start > LONG_MESSAGE) return bytes.subarray(start, end).includes(needle);
    const last = needle.length - 1;
    if (last < 0) return true;
    const lastByte = needle[last];
    for (let at = start + last; at < end; ) {
      const byte = bytes[at]!;
      if (byte === lastByte && this.#standsAt(bytes, at - last, last)) return true;
      at += this.#skip[byte]!;
    }
    return false;
  }

  #standsAt(bytes: Buffer, at: number, length: number): boolean {
    const needle = this.#bytes;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== needle[i]) return false;
    return true;
  }
}

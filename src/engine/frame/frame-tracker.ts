import { CLOSE, FIN, FIRST_CONTROL, LENGTH_16, LENGTH_64, LENGTH_MASK, OPCODE_MASK } from './opcodes.js';

/**
 * Follows a stream of frames that is read elsewhere, to know when it is between two messages. It does not check the
 * protocol: the reader ends a broken connection.
 */
export class FrameTracker {
  #first = 0;
  #length = 0;
  /** How many header bytes were seen so far, and how long the header is. */
  #headerBytes = 0;
  #headerLength = 2;
  /** Payload bytes of the current frame still to come. */
  #payloadBytes = 0;
  #inMessage = false;
  /** Payload bytes seen so far of the unfinished message. */
  #unfinishedBytes = 0;

  /** Payload bytes seen so far of an unfinished message; 0 between messages. */
  get unfinishedBytes(): number {
    return this.#unfinishedBytes;
  }

  /** True if the next byte starts a frame that does not continue an earlier message. */
  get betweenMessages(): boolean {
    return this.#payloadBytes === 0 && this.#headerBytes === 0 && !this.#inMessage;
  }

  /**
   * How many bytes to read until the stream is between two messages, if that is certain: in the payload of a frame that
   * is not a fragment and not a close frame. Else 0.
   */
  get bytesToBoundary(): number {
    const isWhole = !this.#inMessage && (this.#first & OPCODE_MASK) !== CLOSE;
    return isWhole && this.#headerBytes === 0 ? this.#payloadBytes : 0;
  }

  follow(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#payloadBytes === 0) {
        this.#readHeaderByte(bytes[at++]!);
      } else {
        const step = Math.min(this.#payloadBytes, bytes.length - at);
        this.#payloadBytes -= step;
        at += step;
        // Control frames may occur within a message. Their reader keeps none of their bytes.
        if ((this.#first & OPCODE_MASK) < FIRST_CONTROL) this.#unfinishedBytes += step;
        if (this.betweenMessages) this.#unfinishedBytes = 0;
      }
    }
  }

  #readHeaderByte(byte: number): void {
    this.#headerBytes++;
    if (this.#headerBytes === 1) {
      this.#first = byte;
    } else if (this.#headerBytes === 2) {
      this.#length = byte & LENGTH_MASK;
      this.#headerLength = this.#length === LENGTH_16 ? 4 : this.#length === LENGTH_64 ? 10 : 2;
      if (this.#headerLength > 2) this.#length = 0;
    } else {
      this.#length = this.#length * 256 + byte;
    }
    if (this.#headerBytes === this.#headerLength) this.#endHeader();
  }

  #endHeader(): void {
    const opcode = this.#first & OPCODE_MASK;
    const final = (this.#first & FIN) !== 0;
    if (opcode < FIRST_CONTROL) this.#inMessage = !final;
    this.#payloadBytes = this.#length;
    this.#headerBytes = 0;
    this.#headerLength = 2;
  }
}

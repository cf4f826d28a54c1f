import { CLOSE, FIN, FIRST_CONTROL, LENGTH_16, LENGTH_64, LENGTH_MASK, OPCODE_MASK } from './opcodes.js';

/**
 * Follows a stream of frames that somebody else reads, only to know where it stands between two messages. Says nothing
 * about a stream that breaks the protocol: whoever reads it ends the connection.
 */
export class FrameTracker {
  #first = 0;
  #length = 0;
  /** Bytes of the header seen so far, and how many it has. */
  #headerBytes = 0;
  #headerLength = 2;
  /** Bytes of the frame's payload still to come. */
  #payloadBytes = 0;
  #inMessage = false;
  /** Of the message that is not whole yet: bytes of its payload seen so far. */
  #unfinishedBytes = 0;

  /** Bytes seen of the payload of a message whose end has not come; 0 between messages. */
  get unfinishedBytes(): number {
    return this.#unfinishedBytes;
  }

  /** True where the next byte begins a frame that is not part of a message begun earlier. */
  get betweenMessages(): boolean {
    return this.#payloadBytes === 0 && this.#headerBytes === 0 && !this.#inMessage;
  }

  /**
   * Bytes to come until the stream stands between two messages, where that is certain: inside the payload of a frame
   * that is not a fragment and does not end the stream. 0 where it is not.
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
        // Control frames may stand inside a message; their reader keeps nothing of them.
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

/**
 * One bit for each message on the board and each connection of this worker: set when the connection has received the
 * message, or closed before it could. A row's bits are cleared when another message takes the row.
 */
export class Marks {
  readonly #words: Int32Array;
  readonly #wordsPerRow: number;
  /** The number of the message whose bits a row has, plus one; 0 for none. */
  readonly #ofMessage: Int32Array;

  constructor(rows: number, subscribers: number) {
    this.#wordsPerRow = Math.ceil(subscribers / 32);
    this.#words = new Int32Array(rows * this.#wordsPerRow);
    this.#ofMessage = new Int32Array(rows);
  }

  /** Makes the row's bits those of this message. */
  begin(row: number, message: number): void {
    if (this.#ofMessage[row] === message + 1) return;
    this.#ofMessage[row] = message + 1;
    this.#words.fill(0, row * this.#wordsPerRow, (row + 1) * this.#wordsPerRow);
  }

  has(row: number, subscriber: number): boolean {
    return (this.#words[row * this.#wordsPerRow + (subscriber >>> 5)]! & (1 << (subscriber & 31))) !== 0;
  }

  /** Sets a bit. False if it was set already. */
  set(row: number, subscriber: number): boolean {
    const at = row * this.#wordsPerRow + (subscriber >>> 5);
    const bit = 1 << (subscriber & 31);
    if ((this.#words[at]! & bit) !== 0) return false;
    this.#words[at]! |= bit;
    return true;
  }

  /** How many bits of the row are set. */
  count(row: number): number {
    let sum = 0;
    const end = (row + 1) * this.#wordsPerRow;
    for (let at = row * this.#wordsPerRow; at < end; at++) {
      let word = this.#words[at]!;
      while (word !== 0) {
        word &= word - 1;
        sum++;
      }
    }
    return sum;
  }

  /** Calls `each` with every subscriber whose bit is not set, from `from` on in steps of `step`, below `to`. */
  eachUnset(row: number, from: number, step: number, to: number, each: (subscriber: number) => void): void {
    const base = row * this.#wordsPerRow;
    for (let i = from; i < to; i += step) {
      const word = this.#words[base + (i >>> 5)]!;
      if (word === -1 && step === 1) {
        i |= 31;
        continue;
      }
      if ((word & (1 << (i & 31))) === 0) each(i);
    }
  }
}

import type { CheckSocket } from '../check-socket.js';
import type { Received } from '../received.js';
import { type Heard, wordsOf } from './heard.js';
import type { Question } from './questions.js';

/** Messages kept of one connection: a server may send without end. */
const MOST_KEPT = 50;
/** Bytes of a message that are searched and kept. */
const MOST_BYTES = 64 * 1024;

/** One connection of the look: sends its question, and keeps what comes within bounds. */
export class Ear {
  readonly socket: CheckSocket;
  readonly asked: Question | null;
  readonly #openedAtMs = performance.now();
  readonly #kept: Received[] = [];
  #sentAtMs: number | null = null;
  #count = 0;
  #lastAtMs = this.#openedAtMs;

  constructor(socket: CheckSocket, asked: Question | null = null) {
    this.socket = socket;
    this.asked = asked;
  }

  /** Nothing is sent before the caller wants it, so that a greeting is known as such. */
  ask(): void {
    this.#sentAtMs = performance.now();
    if (this.asked !== null) this.socket.send(this.asked.message);
  }

  /** Everything heard until now. */
  async hear(): Promise<Heard> {
    for (const message of await this.socket.collect(this.socket.waiting, 0)) this.#take(message);
    return {
      asked: this.asked,
      openedAtMs: this.#openedAtMs,
      sentAtMs: this.#sentAtMs,
      messages: this.#kept,
      count: this.#count,
      lastAtMs: this.#lastAtMs,
      // Cut by ourselves, since too much came at once: the server did not end it.
      ending: this.socket.isOverfull ? null : this.socket.ending,
    };
  }

  #take(message: Received): void {
    this.#count += 1;
    this.#lastAtMs = message.atMs;
    const isAnswer = this.asked !== null && wordsOf(this.asked).some((word) => message.data.includes(word));
    if (this.#kept.length < MOST_KEPT || (isAnswer && this.#kept.length < 2 * MOST_KEPT)) {
      this.#kept.push({ ...message, data: message.data.subarray(0, MOST_BYTES) });
    }
  }
}

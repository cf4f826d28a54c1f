import type { CheckSocket } from '../check-socket.js';
import type { Received } from '../received.js';
import { type Heard, wordsOf } from './heard.js';
import type { Question } from './questions.js';

/** Most messages that are kept of one connection: a server may never stop sending. */
const MOST_KEPT = 50;
/** Only the first bytes of a message are searched and kept, this many. */
const MOST_BYTES = 64 * 1024;

/** One connection of the first look: sends its question, and keeps a limited number of messages. */
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

  /** Sends nothing until the caller asks, so that a greeting can be told from an answer. */
  ask(): void {
    this.#sentAtMs = performance.now();
    if (this.asked !== null) this.socket.send(this.asked.message);
  }

  /** Everything received so far. */
  async hear(): Promise<Heard> {
    for (const message of await this.socket.collect(this.socket.waiting, 0)) this.#take(message);
    return {
      asked: this.asked,
      openedAtMs: this.#openedAtMs,
      sentAtMs: this.#sentAtMs,
      messages: this.#kept,
      count: this.#count,
      lastAtMs: this.#lastAtMs,
      // This client cut the connection, because too much came at once. The server did not end it.
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

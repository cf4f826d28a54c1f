/**
 * Questions that are asked again until they are answered, and answered once however often they arrive. Bodies are any
 * JSON data of any size: large ones travel in parts.
 */
import type { Bus } from './bus.js';

/** How long to go on asking. */
export interface Patience {
  /** How long to wait for one answer, ms. */
  readonly timeoutMs: number;
  /** How long to go on in all, ms. */
  readonly overallMs: number;
}

/**
 * The four stamps of one exchange (RFC 5905): asked and got on the asker's clock, received and answered on the other
 * one's. Microseconds of each machine's monotonic clock, of the try that was answered.
 */
export interface Stamps {
  readonly askedUs: number;
  readonly receivedUs: number;
  readonly answeredUs: number;
  readonly gotUs: number;
}

export interface Answered {
  readonly value: unknown;
  readonly stamps: Stamps;
  /** How often the question was sent. */
  readonly tries: number;
}

/** A question. `id` is unique among those to one subject: a repeated one gets the answer that it got before. */
export interface Question {
  readonly id: string;
  readonly kind: string;
  readonly body: unknown;
}

/** Asks until there is an answer. Rejects with the last BusError when the patience is over, or `signal` aborts. */
export declare function ask(
  bus: Bus,
  subject: string,
  question: Question,
  patience: Patience,
  signal?: AbortSignal,
): Promise<Answered>;

/**
 * Answers the questions on a subject. `handle` sees each id once. What it throws is told to the asker as
 * `{ error: { code, message, next } }`. Returns a function that ends it.
 */
export declare function answerEach(
  bus: Bus,
  subject: string,
  handle: (question: Question) => unknown | Promise<unknown>,
): () => void;

/**
 * Questions that are asked again until they are answered, and answered once however often they arrive. Bodies are any
 * JSON data of any size: large ones travel in parts.
 */
import { usageError } from '../errors.js';
import { AnswerBook, toldError, USUAL_MEMORY } from './answer-book.js';
import { type Bus, BusError, type BusMessage } from './bus.js';
import { type BusClock, REAL_CLOCK } from './clock.js';
import { BodyError, decodeBody, encodeBody } from './codec.js';
import {
  type Reply,
  type ReplyContent,
  readReply,
  readSent,
  replyMessage,
  type Sent,
  sentMessage,
} from './envelope.js';
import {
  Assemblies,
  Assembly,
  type Outline,
  outlineOf,
  outlineProblem,
  partBytes,
  partOf,
  wholeBytesMax,
} from './parts.js';

/** How long to go on asking. */
export interface Patience {
  /**
   * How long to wait for one answer, ms. It may be shorter than the work on the answer takes: a question that is asked
   * again waits for the same answer.
   */
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

/** Pauses before the second, third, ... try, ms. The last one stays. */
const PAUSES_MS = [250, 500, 1000, 2000];

/**
 * Asks until there is an answer. Rejects with the last BusError when the patience is over, or `signal` aborts; at once
 * where the bus is closed. Rejects with a WsurgeError where the body is too large, or the answer cannot be read.
 */
export function ask(
  bus: Bus,
  subject: string,
  question: Question,
  patience: Patience,
  signal?: AbortSignal,
  clock: BusClock = REAL_CLOCK,
): Promise<Answered> {
  return new Asking(bus, subject, question, patience, signal, clock).answer();
}

/**
 * Asks all who listen on a subject, once. Resolves with the answers that can be read and fit one message, once nothing
 * has come for `quietMs`.
 */
export async function askAll(
  bus: Bus,
  subject: string,
  { id, kind, body }: Question,
  quietMs: number,
): Promise<readonly unknown[]> {
  const message = sentMessage({ form: 'whole', id, kind, body: encodeBody(body) });
  const answers = await bus.requestMany(subject, message, quietMs);
  return answers.flatMap((answer) => {
    const reply = readReply(answer);
    if (reply?.form !== 'answer') return [];
    try {
      return [decodeBody(reply.body)];
    } catch {
      return [];
    }
  });
}

/**
 * Answers the questions on a subject. `handle` sees each id once. What it throws is told to the asker as
 * `{ error: { code, message, next } }`. Returns a function that ends it.
 */
export function answerEach(
  bus: Bus,
  subject: string,
  handle: (question: Question) => unknown | Promise<unknown>,
  clock: BusClock = REAL_CLOCK,
  memory = USUAL_MEMORY,
): () => void {
  const answers = new Answers(() => partLimits(bus), handle, new AnswerBook(memory));
  return bus.answer(subject, async (message) => {
    const receivedUs = clock.nowUs();
    const content = await answers.reply(message);
    return replyMessage(content, receivedUs, clock.nowUs());
  });
}

interface PartLimits {
  readonly wholeBytes: number;
  readonly partBytes: number;
}

function partLimits({ maxPayloadBytes }: Bus): PartLimits {
  return { wholeBytes: wholeBytesMax(maxPayloadBytes), partBytes: partBytes(maxPayloadBytes) };
}

/** One question on its way to its answer. */
class Asking {
  readonly #bus: Bus;
  readonly #subject: string;
  readonly #question: Question;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #clock: BusClock;
  readonly #untilUs: number;
  #tries = 0;
  #lastError: BusError | null = null;

  constructor(
    bus: Bus,
    subject: string,
    question: Question,
    patience: Patience,
    signal: AbortSignal | undefined,
    clock: BusClock,
  ) {
    this.#bus = bus;
    this.#subject = subject;
    this.#question = question;
    this.#timeoutMs = patience.timeoutMs;
    this.#signal = signal;
    this.#clock = clock;
    this.#untilUs = clock.nowUs() + patience.overallMs * 1000;
  }

  async answer(): Promise<Answered> {
    const { id, kind, body } = this.#question;
    const bytes = encodeBody(body);
    const size = partBytes(this.#bus.maxPayloadBytes);
    const isWhole = bytes.length <= wholeBytesMax(this.#bus.maxPayloadBytes);
    const outline = isWhole ? null : outlineOf(bytes, size);
    const sent: Sent = outline ? { form: 'gathered', id, kind, outline } : { form: 'whole', id, kind, body: bytes };
    for (;;) {
      const { reply, askedUs, gotUs } = await this.#insist(sent, true);
      const stamps = { askedUs, receivedUs: reply.receivedUs, answeredUs: reply.answeredUs, gotUs };
      if (reply.form === 'answer') return this.#answered(reply.body, stamps);
      if (reply.form === 'outline') return this.#answered(await this.#fetch(reply.outline), stamps);
      if (reply.form !== 'missing' || outline === null) throw this.#unreadable(`it is "${reply.form}"`);
      for (const index of this.#missing(reply.body, outline)) {
        await this.#insist({ form: 'part', outline, index, body: partOf(bytes, index, size) }, false);
      }
    }
  }

  #answered(body: Uint8Array, stamps: Stamps): Answered {
    return { value: this.#decoded(body), stamps, tries: this.#tries };
  }

  #missing(body: Uint8Array, { parts }: Outline): number[] {
    const listed = this.#decoded(body);
    const isPart = (index: unknown): boolean =>
      Number.isSafeInteger(index) && Number(index) >= 0 && Number(index) < parts;
    if (Array.isArray(listed) && listed.length > 0 && listed.every(isPart)) return listed;
    throw this.#unreadable('it asks for parts that are not there');
  }

  /** The body of an answer that did not fit one message. */
  async #fetch(outline: Outline): Promise<Uint8Array> {
    const problem = outlineProblem(outline);
    if (problem !== null) throw this.#unreadable(problem);
    const assembly = new Assembly(outline);
    for (let index = 0; index < outline.parts; index++) {
      const { reply } = await this.#insist({ form: 'fetch', id: this.#question.id, index }, false);
      // Forgotten meanwhile: what it says instead is an answer, too.
      if (reply.form === 'answer') return reply.body;
      if (reply.form !== 'piece' || !assembly.add(index, reply.body)) throw this.#unreadable(`part ${index} is none`);
    }
    const body = assembly.whole();
    if (body === null) throw this.#unreadable('its SHA-256 is another one than announced');
    return body;
  }

  /** Sends until there is a reply. */
  async #insist(sent: Sent, isQuestion: boolean): Promise<{ reply: Reply; askedUs: number; gotUs: number }> {
    const message = sentMessage(sent);
    for (let failed = 0; ; failed++) {
      const leftMs = this.#leftMs();
      if (this.#signal?.aborted || leftMs <= 0) throw this.#givenUp();
      if (isQuestion) this.#tries++;
      const askedUs = this.#clock.nowUs();
      try {
        const timeoutMs = Math.max(1, Math.ceil(Math.min(this.#timeoutMs, leftMs)));
        const answer = await this.#unlessAborted(this.#bus.request(this.#subject, message, timeoutMs));
        const gotUs = this.#clock.nowUs();
        const reply = readReply(answer);
        if (reply === null) throw this.#unreadable('its headers are not those of an answer');
        return { reply, askedUs, gotUs };
      } catch (error) {
        if (!(error instanceof BusError)) throw error;
        this.#lastError = error;
        if (error.code === 'closed') throw error;
      }
      await this.#pause(Math.min(PAUSES_MS[failed] ?? PAUSES_MS.at(-1)!, this.#leftMs()));
    }
  }

  #leftMs(): number {
    return (this.#untilUs - this.#clock.nowUs()) / 1000;
  }

  #pause(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    let callOff = (): void => {};
    const over = new Promise<void>((resolve) => {
      callOff = this.#clock.after(ms, resolve);
    });
    return this.#unlessAborted(over).finally(callOff);
  }

  /** The promise, or a rejection once the signal aborts. */
  #unlessAborted<T>(promise: Promise<T>): Promise<T> {
    const signal = this.#signal;
    if (signal === undefined) return promise;
    return new Promise<T>((resolve, reject) => {
      const abort = (): void => reject(new Aborted());
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    }).catch((error: unknown) => {
      throw error instanceof Aborted ? this.#givenUp() : error;
    });
  }

  #givenUp(): BusError {
    return this.#lastError ?? new BusError('silence', `"${this.#question.kind}" was given up before it was answered`);
  }

  #decoded(body: Uint8Array): unknown {
    try {
      return decodeBody(body);
    } catch (error) {
      throw error instanceof BodyError ? this.#unreadable(error.message) : error;
    }
  }

  #unreadable(why: string): Error {
    return usageError(
      'bus_answer_unreadable',
      `the answer to "${this.#question.kind}" cannot be read: ${why}`,
      'run the same version of wsurge on every machine',
    );
  }
}

class Aborted extends Error {}

/** The answering side of one subject. */
class Answers {
  readonly #limits: () => PartLimits;
  readonly #handle: (question: Question) => unknown | Promise<unknown>;
  readonly #book: AnswerBook;
  readonly #assemblies = new Assemblies();

  constructor(limits: () => PartLimits, handle: (question: Question) => unknown | Promise<unknown>, book: AnswerBook) {
    this.#limits = limits;
    this.#handle = handle;
    this.#book = book;
  }

  /** Never rejects. */
  async reply(message: BusMessage): Promise<ReplyContent> {
    const sent = readSent(message);
    if (sent === null) return refused('its headers are not those of a question');
    switch (sent.form) {
      case 'part':
        return this.#take(sent.outline, sent.index, sent.body);
      case 'fetch':
        return this.#piece(sent.id, sent.index);
      case 'whole':
        return this.#answer(sent.id, sent.kind, sent.body);
      case 'gathered':
        return this.#answerGathered(sent.id, sent.kind, sent.outline);
    }
  }

  async #answer(id: string, kind: string, body: Uint8Array): Promise<ReplyContent> {
    return this.#sized(await (this.#book.find(id) ?? this.#work(id, kind, body)));
  }

  async #answerGathered(id: string, kind: string, outline: Outline): Promise<ReplyContent> {
    const known = this.#book.find(id);
    if (known !== undefined) return this.#sized(await known);
    const problem = outlineProblem(outline);
    if (problem !== null) return refused(problem);
    const assembly = this.#assemblies.of(outline);
    const missing = assembly.missing;
    if (missing.length > 0) {
      this.#assemblies.trim();
      return { form: 'missing', body: encodeBody(missing) };
    }
    this.#assemblies.drop(outline);
    const body = assembly.whole();
    if (body === null) return refused('its SHA-256 is another one than announced');
    return this.#sized(await this.#work(id, kind, body));
  }

  #work(id: string, kind: string, body: Uint8Array): Uint8Array | Promise<Uint8Array> {
    let value: unknown;
    try {
      value = decodeBody(body);
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      return refused(error.message).body;
    }
    return this.#book.work(id, async () => this.#handle({ id, kind, body: value }));
  }

  #take(outline: Outline, index: number, part: Uint8Array): ReplyContent {
    const problem = outlineProblem(outline);
    if (problem !== null) return refused(problem);
    const isTaken = this.#assemblies.of(outline).add(index, part);
    this.#assemblies.trim();
    return isTaken ? { form: 'taken' } : refused('that part does not belong to it');
  }

  async #piece(id: string, index: number): Promise<ReplyContent> {
    const answer = await this.#book.find(id);
    const size = this.#limits().partBytes;
    if (answer === undefined) return refused('nothing is known of the answer that it asks for');
    // The answer was dropped meanwhile, and what stands in its place is short.
    if (answer.length <= this.#limits().wholeBytes) return { form: 'answer', body: answer };
    if (!(Number.isSafeInteger(index) && index >= 0 && index * size < answer.length)) {
      return refused('it asks for a part that is not there');
    }
    return { form: 'piece', body: partOf(answer, index, size) };
  }

  /** An answer in the form in which it fits a message. */
  #sized(answer: Uint8Array): ReplyContent {
    const { wholeBytes, partBytes: size } = this.#limits();
    if (answer.length <= wholeBytes) return { form: 'answer', body: answer };
    return { form: 'outline', outline: outlineOf(answer, size) };
  }
}

function refused(why: string): { readonly form: 'answer'; readonly body: Uint8Array } {
  const told = toldError(
    'bus_question_refused',
    `the question cannot be read: ${why}`,
    'run the same version of wsurge on every machine',
  );
  return { form: 'answer', body: encodeBody(told) };
}

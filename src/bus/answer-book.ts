/** The answers that one side has given or is working on, so that a repeated question is not handled again. */
import { EXIT, type ExitCode, messageOf, WsurgeError } from '../errors.js';
import { encodeBody } from './codec.js';

/** What an asker is told when its question could not be answered. */
export interface ToldError {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly next: string | null;
    /** What a run ends with for this reason. */
    readonly exit: ExitCode;
  };
}

export function toldError(
  code: string,
  message: string,
  next: string | null = null,
  exit: ExitCode = EXIT.usage,
): ToldError {
  return { error: { code, message, next, exit } };
}

/** How much is remembered. */
export interface Memory {
  /** Questions whose answers are done. */
  readonly done: number;
  /** Questions that are being worked on. */
  readonly running: number;
  /** Bytes of all answers. */
  readonly bytes: number;
}

/** Enough for 1,000 machines that each ask once a second, for a minute. */
export const USUAL_MEMORY: Memory = { done: 65_536, running: 4096, bytes: 64 * 1024 * 1024 };

const FORGOTTEN = encodeBody(
  toldError('answer_forgotten', 'this question was answered, but the answer is no longer kept', 'ask anew'),
);
const BUSY = encodeBody(
  toldError('bus_busy', 'too many questions are being worked on at once', 'wait until some are answered'),
);

export class AnswerBook {
  readonly #memory: Memory;
  readonly #running = new Map<string, Promise<Uint8Array>>();
  /** Null: the bytes were dropped to save memory. Oldest first. */
  readonly #done = new Map<string, Uint8Array | null>();
  #bytes = 0;

  constructor(memory: Memory = USUAL_MEMORY) {
    this.#memory = memory;
  }

  /** The encoded answer, or the promise of one, to a question that was seen before; else undefined. */
  find(id: string): Uint8Array | Promise<Uint8Array> | undefined {
    const done = this.#done.get(id);
    return done === null ? FORGOTTEN : (done ?? this.#running.get(id));
  }

  /** Works on a question that `find` does not know. The answer never rejects. */
  work(id: string, handle: () => unknown | Promise<unknown>): Promise<Uint8Array> {
    if (this.#running.size >= this.#memory.running) return Promise.resolve(BUSY);
    const answer = encodedAnswer(handle).then((bytes) => {
      this.#running.delete(id);
      this.#keep(id, bytes);
      return bytes;
    });
    this.#running.set(id, answer);
    return answer;
  }

  #keep(id: string, answer: Uint8Array): void {
    this.#done.set(id, answer);
    this.#bytes += answer.length;
    for (const [oldest, bytes] of this.#done) {
      const isTooMany = this.#done.size > this.#memory.done;
      if (!isTooMany && this.#bytes <= this.#memory.bytes) return;
      if (oldest === id) return;
      if (isTooMany) this.#done.delete(oldest);
      else this.#done.set(oldest, null);
      this.#bytes -= bytes?.length ?? 0;
    }
  }
}

async function encodedAnswer(handle: () => unknown | Promise<unknown>): Promise<Uint8Array> {
  try {
    return encodeBody(await handle());
  } catch (error) {
    if (!(error instanceof WsurgeError))
      return encodeBody(toldError('internal', messageOf(error), null, EXIT.internal));
    const { code, message, next, exitCode } = error;
    return encodeBody(toldError(code, message, next, exitCode));
  }
}

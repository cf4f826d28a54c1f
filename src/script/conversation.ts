import type { Incoming, Outgoing } from './define.js';
import { holds, incomingOf } from './frame.js';
import { placeOf, ScriptProblem } from './problem.js';

/** More messages, or bytes, than this are not kept for a script that does not wait for any. */
const KEPT_MAX = 1000;
const KEPT_BYTES_MAX = 4 * 1024 * 1024;

/** `taken`: the script waited for it. `kept`: it may wait for it next. `left`: it waits for something else. */
export type Taken = 'taken' | 'kept' | 'left';

interface Waiting {
  readonly subset: Outgoing;
  readonly resolve: (frame: Incoming) => void;
  /** What waits, and where in the script. */
  readonly what: string;
  readonly at: Error;
}

/**
 * What came while `open` talks, and what it waits for. A script goes on only once the read that brought a message is
 * over, so what comes with the same read, or while the script does something else, is kept until it waits again.
 *
 *     expect A   A B    the script goes on with A; B is kept
 *     expect B          has come already: goes on at once
 */
export class Conversation {
  readonly #left: (payload: Buffer) => void;
  #waiting: Waiting[] = [];
  #kept: Buffer[] = [];
  #keptBytes = 0;

  /** `left`: told of every kept message that turned out to be of no interest, in the order in which they came. */
  constructor(left: (payload: Buffer) => void) {
    this.#left = left;
  }

  /** What is waited for, for a failure: `expect {"type":"welcome"} at chat.mjs:7:33`. */
  get place(): string | null {
    const [first] = this.#waiting;
    return first === undefined ? null : `${first.what} at ${placeOf(first.at) ?? 'an unknown place'}`;
  }

  /** `what`: how the call reads, for a failure. `came` is called as soon as the message is there. */
  expect(subset: Outgoing, what: string, came: () => void = () => {}): Promise<Incoming> {
    const at = new Error(what);
    return new Promise((settle) => {
      const resolve = (frame: Incoming) => {
        came();
        settle(frame);
      };
      if (this.#waiting.length > 0 || !this.#findKept(subset, resolve)) {
        this.#waiting.push({ subset, resolve, what, at });
      }
    });
  }

  /** A message that came; `payload` is only valid during the call. Throws a ScriptProblem if too many are kept. */
  take(payload: Buffer): Taken {
    const frame = this.#waiting.length === 0 ? undefined : incomingOf(payload);
    for (const [index, { subset, resolve }] of this.#waiting.entries()) {
      if (!holds(frame, payload, subset)) continue;
      this.#waiting.splice(index, 1);
      resolve(frame);
      return 'taken';
    }
    if (this.#waiting.length > 0) return 'left';
    this.#keep(payload);
    return 'kept';
  }

  /** Nobody waits any more. */
  end(): void {
    this.#waiting = [];
    this.#leave(this.#kept.length);
  }

  /** Finds a kept message. Those before it are of no interest; nor is any, if it is not there. */
  #findKept(subset: Outgoing, resolve: Waiting['resolve']): boolean {
    for (const [index, payload] of this.#kept.entries()) {
      const frame = incomingOf(payload);
      if (!holds(frame, payload, subset)) continue;
      this.#leave(index);
      this.#keptBytes -= this.#kept.shift()!.length;
      resolve(frame);
      return true;
    }
    this.#leave(this.#kept.length);
    return false;
  }

  #leave(count: number): void {
    for (const payload of this.#kept.splice(0, count)) {
      this.#keptBytes -= payload.length;
      this.#left(payload);
    }
  }

  #keep(payload: Buffer): void {
    this.#keptBytes += payload.length;
    if (this.#kept.length === KEPT_MAX || this.#keptBytes > KEPT_BYTES_MAX) {
      const message = `more than ${KEPT_MAX} messages, or 4 MiB, came while open waited for none of them`;
      throw new ScriptProblem('script_flood', message);
    }
    this.#kept.push(Buffer.from(payload));
  }
}

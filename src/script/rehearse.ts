/** Tries a script without a socket and without a clock: for tests of the user's own. */
import { setImmediate } from 'node:timers/promises';
import { messageOf } from '../errors.js';
import { writeDigits } from '../plan/digits.js';
import { SEQUENCE_DIGITS, sequenceOf } from '../plan/sequence.js';
import type { Built } from './build.js';
import { checkScript } from './check.js';
import type { Incoming, Outgoing, Script } from './define.js';
import { incomingOf, outgoingOf } from './frame.js';
import { type AnyScript, ScriptLife } from './life.js';

export interface RehearseOptions<Data = Readonly<Record<string, string>>, Session = Record<string, unknown>> {
  /** The row of the profile's data; absent for none. */
  readonly data?: Data;
  /** The room of the connection, from 0; absent if the profile says no `rooms`. */
  readonly room?: number;
  /** The number of the connection, from 0; 0 if absent. */
  readonly connection?: number;
  /** Connections of the cell; absent for just enough. */
  readonly connections?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What the profile's `session` has captured before `open`. */
  readonly session?: Partial<Session>;
}

/** What the script did on one connection. */
export interface Rehearsal {
  /** Everything that it sent, in order: JSON as a value, else as text. */
  readonly sent: readonly Incoming[];
  /** `open` has returned, and every message could be built. */
  readonly isOpen: boolean;
  /** Why the connection would have failed, with file and line where it was thrown; null if it would not. */
  readonly failure: string | null;
  /** What `onFrame` said of the messages so far, in order: a name, or null where it said nothing. */
  readonly heard: readonly (string | null)[];
  /**
   * Messages come, one after the other. Resolves when the script has done what it does at once. `await` it: `open` goes on
   * only after the test has returned to the event loop.
   */
  gets(...messages: readonly Outgoing[]): Promise<void>;
  /** Message `ordinal` (from 0) of a request, as it would go out. Throws if the connection is not open. */
  message(request: string, ordinal: number): Incoming;
}

/**
 * Begins a life of a connection: `open` runs up to what it waits for first. Throws WsurgeError if this is no script.
 *
 *     const chat = rehearse(script, { data: { name: 'ann' }, room: 3 });
 *     await chat.gets({ type: 'challenge', nonce: 'n' });
 *     assert.equal(chat.sent.at(-1).user, 'ann');
 */
export function rehearse<Data, Session>(
  script: Script<Data, Session>,
  options: RehearseOptions<Data, Session> = {},
): Rehearsal {
  return new Rehearsing(checkScript('the script', script), options as RehearseOptions<Incoming, Incoming>);
}

class Rehearsing implements Rehearsal {
  readonly sent: Incoming[] = [];
  readonly heard: (string | null)[] = [];
  failure: string | null = null;
  readonly #script: AnyScript;
  readonly #life: ScriptLife;
  readonly #connection: number;
  readonly #connections: number;
  /** By request; empty until the connection is open. */
  readonly #built = new Map<string, Built | null>();
  #state: 'opening' | 'open' | 'failed' = 'opening';

  constructor(script: AnyScript, options: RehearseOptions<Incoming, Incoming>) {
    const { data, room, connection = 0, connections = connection + 1, env = {}, session = {} } = options;
    this.#script = script;
    this.#connection = connection;
    this.#connections = connections;
    const facts = { connection, env, data, room };
    this.#life = new ScriptLife(script, facts, {
      send: (text) => this.sent.push(incomingOf(Buffer.from(text))),
      asks: () => () => undefined,
      left: (payload) => this.#hear(payload),
    });
    const opened = this.#life.open(session).then(
      () => this.#opened(),
      (error: unknown) => this.#fail(error),
    );
    // Nothing to wait for: open at once.
    if (script.open === undefined) this.#opened();
    else void opened;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  async gets(...messages: readonly Outgoing[]): Promise<void> {
    for (const message of messages) {
      this.#get(Buffer.from(outgoingOf(message)));
      // All that follows from promises alone is done before the event loop comes to this.
      await setImmediate();
    }
  }

  message(request: string, ordinal: number): Incoming {
    const { build } = this.#script.requests?.[request] ?? {};
    if (build === undefined) throw new Error(`the script has no request ${request}`);
    if (!this.isOpen) throw new Error(`the connection is not open: ${this.failure ?? this.#life.place}`);
    const sequence = sequenceOf(this.#connection, ordinal, this.#connections);
    const built = this.#built.get(request);
    if (built == null) return incomingOf(Buffer.from(this.#life.fresh(request, sequence, false)));
    for (const at of built.sequenceAt) writeDigits(built.bytes, sequence, at, SEQUENCE_DIGITS);
    return incomingOf(built.bytes);
  }

  #get(payload: Buffer): void {
    try {
      if (this.#state !== 'opening') this.#hear(payload);
      else if (this.#life.take(payload) === 'left') this.#hear(payload);
    } catch (error) {
      this.#fail(error);
    }
  }

  #hear(payload: Buffer): void {
    if (this.#state === 'failed' || this.#script.onFrame === undefined) return;
    try {
      this.heard.push(this.#life.hear(payload).name);
    } catch (error) {
      this.#fail(error);
    }
  }

  #opened(): void {
    if (this.#state !== 'opening') return;
    try {
      for (const [name, { fresh = false }] of Object.entries(this.#script.requests ?? {})) {
        this.#built.set(name, fresh ? null : this.#life.build(name, false));
      }
      this.#state = 'open';
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#state = 'failed';
    this.failure ??= messageOf(error);
  }
}

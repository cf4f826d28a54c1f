import type { SessionValues } from '../plan/fill.js';
import { type AnyRequest, type Built, buildFresh, buildOnce } from './build.js';
import { Conversation, type Taken } from './conversation.js';
import type { Chat, FrameChat, Incoming, OpenChat, Outgoing, Script } from './define.js';
import { incomingOf, outgoingOf } from './frame.js';
import { ScriptProblem } from './problem.js';

/** A script whatever types it was written with. */
export type AnyScript = Script<Incoming, Incoming>;

/** What a script may know of a connection. What is absent the profile does not say. */
export interface ChatFacts {
  readonly connection: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly data: Readonly<Record<string, string>> | undefined;
  readonly room: number | undefined;
}

export interface LifePort {
  send(text: string): void;
  /** A named ask began. Returns what is to be called when its answer has come. */
  asks(name: string): () => void;
  /** A message that was kept for `open`, which did not want it. */
  left(payload: Buffer): void;
}

/** What `onFrame` made of a message. */
export interface Heard {
  /** To count it under; null if the script does not know it. */
  readonly name: string | null;
  /** It answered the message: it was a duty. */
  readonly sent: boolean;
}

/** What is being called: each part of a script may do other things. */
type Now = 'nothing' | 'open' | 'frame' | 'build';

/** Names a script may count under or ask by; more are one too many for a table. */
const NAME_MAX = 64;
const FAIL = 'fail';

/**
 * A script on one life of one connection, from the upgrade on. It knows no socket and no clock.
 *
 *     open -> build each request -> messages of the load, onFrame ...
 */
export class ScriptLife {
  readonly #script: AnyScript;
  readonly #port: LifePort;
  readonly #chat: LiveChat;
  readonly #conversation: Conversation;
  #now: Now = 'nothing';
  #sent = false;

  constructor(script: AnyScript, facts: ChatFacts, port: LifePort) {
    this.#script = script;
    this.#port = port;
    this.#conversation = new Conversation((payload) => port.left(payload));
    this.#chat = new LiveChat(facts, {
      send: (message) => this.#send(message),
      expect: (subset) => this.#expect(subset, `expect ${quoted(subset)}`),
      ask: (name, message, subset) => this.#ask(name, message, subset),
    });
  }

  /** What `open` waits for, for a failure. */
  get place(): string {
    return this.#conversation.place ?? 'open';
  }

  /** The values of the session as they are now. */
  get session(): SessionValues {
    return this.#chat.session;
  }

  /** Runs `open`. `session`: what was captured before. Rejects with a ScriptProblem. */
  async open(session: SessionValues): Promise<void> {
    Object.assign(this.#chat.session, session);
    this.#now = 'open';
    try {
      await this.#script.open?.(this.#chat);
    } catch (error) {
      throw ScriptProblem.of('script_open', 'open', error);
    } finally {
      this.#now = 'nothing';
      this.#conversation.end();
    }
  }

  /** A message that came while `open` runs; only valid during the call. Throws a ScriptProblem. */
  take(payload: Buffer): Taken {
    return this.#conversation.take(payload);
  }

  /** The message of a request, but for its number. Throws a ScriptProblem. */
  build(name: string, isNumbered: boolean): Built {
    return this.#during('build', () => buildOnce(name, this.#request(name), this.#chat, isNumbered));
  }

  /** One message of a request. Throws a ScriptProblem. */
  fresh(name: string, sequence: number, isNumbered: boolean): string {
    return this.#during('build', () => buildFresh(name, this.#request(name), this.#chat, sequence, isNumbered));
  }

  /** Asks `onFrame` about a message that nothing else explains. Throws a ScriptProblem, also where it says 'fail'. */
  hear(payload: Buffer): Heard {
    const { onFrame } = this.#script;
    if (onFrame === undefined) return { name: null, sent: false };
    this.#sent = false;
    const said = this.#during('frame', () => {
      try {
        return onFrame.call(this.#script, this.#chat, incomingOf(payload)) as unknown;
      } catch (error) {
        throw ScriptProblem.of('script_frame', 'onFrame', error);
      }
    });
    if (said === FAIL)
      throw new ScriptProblem('script_fail', `onFrame says 'fail' of ${payload.toString('utf8', 0, 200)}`);
    if (said === undefined || said === null) return { name: this.#sent ? 'onFrame' : null, sent: this.#sent };
    return { name: nameOf(said), sent: this.#sent };
  }

  #request(name: string): AnyRequest {
    return this.#script.requests![name]!;
  }

  #during<T>(now: Now, work: () => T): T {
    const before = this.#now;
    this.#now = now;
    try {
      return work();
    } finally {
      this.#now = before;
    }
  }

  #send(message: Outgoing): void {
    if (this.#now !== 'open' && this.#now !== 'frame') {
      throw new Error('chat.send is for open and onFrame: when the messages of a load go out is said by the plan');
    }
    this.#sent = true;
    this.#port.send(outgoingOf(message));
  }

  #expect(subset: Outgoing, what: string, came?: () => void): Promise<Incoming> {
    if (this.#now !== 'open') throw new Error('chat.expect and chat.ask are for open');
    return this.#conversation.expect(subset, what, came);
  }

  #ask(name: string, message: Outgoing, subset: Outgoing): Promise<Incoming> {
    const came = this.#port.asks(checkedName(name));
    this.#send(message);
    return this.#expect(subset, `ask ${name}`, came);
  }
}

interface Talk {
  readonly send: OpenChat['send'];
  readonly expect: OpenChat['expect'];
  readonly ask: OpenChat['ask'];
}

/** The object that a script gets. */
class LiveChat implements Chat<Incoming, Incoming>, OpenChat<Incoming, Incoming>, FrameChat<Incoming, Incoming> {
  readonly session: Record<string, unknown> = {};
  readonly send: Talk['send'];
  readonly expect: Talk['expect'];
  readonly ask: Talk['ask'];
  readonly #facts: ChatFacts;

  constructor(facts: ChatFacts, { send, expect, ask }: Talk) {
    this.#facts = facts;
    this.send = send;
    this.expect = expect;
    this.ask = ask;
  }

  get connection(): number {
    return this.#facts.connection;
  }

  get env(): ChatFacts['env'] {
    return this.#facts.env;
  }

  get data(): Readonly<Record<string, string>> {
    return this.#facts.data ?? missing('data', 'data: users.csv');
  }

  get room(): number {
    return this.#facts.room ?? missing('room', 'rooms: 20');
  }
}

function missing(what: string, example: string): never {
  throw new Error(`there is no chat.${what}: the profile must say so, e.g. \`${example}\``);
}

function nameOf(said: unknown): string {
  // What an async onFrame throws later would end the whole worker.
  if (said instanceof Promise) said.catch(() => undefined);
  try {
    return checkedName(said);
  } catch {
    const what = said instanceof Promise ? 'a promise: it must not be async' : `${typeof said}`;
    throw new ScriptProblem('script_frame', `onFrame returned ${what}; it returns a name, 'fail' or nothing`);
  }
}

function checkedName(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= NAME_MAX) return name;
  throw new TypeError(`a name is a text of 1 to ${NAME_MAX} characters`);
}

function quoted(subset: Outgoing): string {
  const text = JSON.stringify(subset) ?? '';
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

import { wireOf } from '../../src/dialect/translate.js';
import type { Wire } from '../../src/dialect/wire.js';
import type { ConnectFn, PooledConnection } from '../../src/engine/pool.js';
import { Captured } from '../../src/engine/session/captured.js';
import { speaking } from '../../src/engine/session/speaking.js';
import { fill } from '../../src/plan/fill.js';
import type {
  JsonObject,
  ProtocolName,
  ProtocolSpec,
  RequestSpec,
  StepSpec,
  TalkSpec,
} from '../../src/profile/profile.js';
import { FakeServer } from '../engine/fake-server.js';
import { ManualClock } from '../engine/manual-clock.js';
import { shardOf } from '../engine/run-engine.js';
import { cellWith } from '../plan/cell-builder.js';

/** What a profile would say; what is left out is as if it was not written. */
export interface Words {
  readonly options?: JsonObject;
  readonly beat?: ProtocolSpec['beat'];
  readonly session?: readonly Partial<StepSpec>[];
  readonly requests?: readonly (Partial<RequestSpec> & { readonly name: string })[];
  readonly rooms?: number;
  /** A request reaches others, so pushes may be deliveries. */
  readonly delivers?: boolean;
}

export function wireFor(name: ProtocolName, { options = {}, beat = null, ...words }: Words = {}): Wire {
  return wireOf({ name, options, beat }, talkOf(words), 'sequence');
}

function talkOf({ session = [], requests = [], rooms, delivers = false }: Words): TalkSpec {
  const step = { name: null, capture: {}, waitMs: 0, repeat: 1, timeoutMs: null, words: {} };
  const request = { weight: 1, capture: {}, words: {} };
  return {
    session: session.map((each) => ({ ...step, ...each })),
    when: [],
    requests: requests.map((each) => ({ ...request, ...each })),
    ...(delivers ? { deliver: { timeoutMs: 1000 } } : {}),
    ...{ pick: 'weighted' as const, rooms: rooms ?? null, senders: null, script: null },
  };
}

/** The bytes of the first request on a connection, with its tokens filled in. */
export function requestText(wire: Wire, room?: number): string {
  const values = { connection: 3, env: {}, row: undefined, room };
  return fill(wire.requests[0]!.send, values).replaceAll('{{sequence}}', '1000000000');
}

/**
 * One connection that speaks, without a network: the test says what the server says, and reads what the connection said
 * and what it took each message for.
 */
export class Conversation {
  /** What the connection has sent, one text a frame. */
  readonly said: string[] = [];
  /** The same as it went out, with the form of its frame. */
  readonly frames: { readonly bytes: Buffer; readonly isText: boolean }[] = [];
  /** What came of what the server said: `open`, `failed CODE`, `reply 1000000000`, `fails 1000000000`, `count push`, `error CODE: WORDS`. */
  readonly events: string[] = [];
  /** How it was closed. */
  readonly ends: string[] = [];
  /** The message of the failed connect, if it has failed. */
  failure = '';
  readonly #clock = new ManualClock();
  readonly #server: FakeServer;
  readonly #captured = new Captured();
  readonly #connection: PooledConnection;

  private constructor(wire: Wire, row: Readonly<Record<string, string>> | undefined) {
    this.#server = new FakeServer({ clock: this.#clock, answer: () => [] });
    const send = (bytes: Buffer, isText: boolean) => {
      this.said.push(bytes.toString());
      this.frames.push({ bytes: Buffer.from(bytes), isText });
    };
    const listening: ConnectFn = (...of) => Object.assign(this.#server.connect(...of), { send });
    const connect = speaking(listening, {
      wire,
      captured: this.#captured,
      events: {
        onReply: (_, number, fails) => this.events.push(`${fails ? 'fails' : 'reply'} ${number}`),
        onDelivery: (_index, _isSure, bytes, _start, end, _us, contentAt) => {
          this.events.push(`delivery ${bytes.toString('utf8', contentAt, end)}`);
          return true;
        },
        onRuled: (_, rule) => this.events.push(`${wire.rules[rule]!.means} ${wire.rules[rule]!.name}`),
        onBeat: (everyMs) => this.events.push(`beat every ${everyMs} ms`),
        onStep: () => {},
      },
    });
    const { endpoint } = shardOf(cellWith(), 0, 1);
    const options = { endpoint, connection: 3, env: {}, row, connectTimeoutMs: 10_000 };
    const ignored = () => {};
    this.#connection = connect(
      0,
      0,
      options,
      {
        onOpen: () => this.events.push('open'),
        onFailed: (_, { code, message }) => {
          this.events.push(`failed ${code}`);
          this.failure = message;
        },
        onFrame: () => this.events.push('a frame that nobody looked at'),
        ...{ onReadEnd: ignored, onPong: ignored },
        onClose: (_, code, clean) => this.ends.push(`${code}${clean ? '' : ' dirty'}`),
        onError: (_, code, said) => this.events.push(`error ${code}: ${said}`),
      },
      this.#clock,
    );
  }

  /** Begins one, with the upgrade done. */
  static async begin(wire: Wire, row?: Readonly<Record<string, string>>): Promise<Conversation> {
    const conversation = new Conversation(wire, row);
    await conversation.#clock.runUntil(conversation.#clock.nowUs() + 2000);
    return conversation;
  }

  /** The server sends a frame. Returns what the connection said to that. */
  hears(frame: string): readonly string[] {
    const before = this.said.length;
    this.#server.connections[3]!.deliver(Buffer.from(frame));
    return this.said.slice(before);
  }

  /** The server sends bytes in a binary frame. Returns what the connection said to that, in hex, a text each frame. */
  hearsBytes(hex: string): readonly string[] {
    const before = this.frames.length;
    this.#server.connections[3]!.deliver(Buffer.from(hex.replaceAll(' ', ''), 'hex'), true);
    return this.hexSince(before);
  }

  /** What was said since so many frames, in hex. */
  hexSince(frame: number): readonly string[] {
    return this.frames.slice(frame).map(({ bytes }) => bytes.toString('hex'));
  }

  /** The end of a cell: the connection is closed, and the server, which is not this polite, cuts it. */
  async closes(): Promise<void> {
    this.#connection.close();
    this.#server.connections[3]!.drop(1006);
    await this.#clock.runUntil(this.#clock.nowUs() + 2000);
  }

  /** Time goes by. */
  async waits(ms: number): Promise<void> {
    await this.#clock.runUntil(this.#clock.nowUs() + ms * 1000);
  }

  /** It is time for the heartbeat. Returns what was said. */
  beat(): readonly string[] {
    const before = this.said.length;
    this.#connection.beat?.();
    return this.said.slice(before);
  }

  /** Time goes by, ms. */
  async after(ms: number): Promise<void> {
    await this.#clock.runUntil(this.#clock.nowUs() + ms * 1000);
  }

  get captured(): unknown {
    return this.#captured.of(0);
  }
}

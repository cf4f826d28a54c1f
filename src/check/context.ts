import { setTimeout as delay } from 'node:timers/promises';
import type { TranscriptEvent } from '../engine/session/transcript.js';
import type { Endpoint } from '../plan/cell.js';
import { fillTokens } from '../plan/fill.js';
import { Rng } from '../stats/rng.js';
import { CannotJudge } from './check.js';
import { CheckSocket, type OpenOptions } from './check-socket.js';
import { endpointVia } from './endpoint-via.js';
import type { Expectations } from './expectations.js';
import { mannerOf } from './look/known-protocols.js';
import type { Found } from './look/server-kind.js';
import { RawSocket } from './raw-socket.js';
import { Speech } from './session/speech.js';
import type { Talk } from './session/talk.js';
import type { SetAside } from './set-aside.js';

/** The server's process, if wsurge can watch it. */
export interface ServerProcess {
  readonly pid: number;
  /**
   * Memory and open files now, descendants included; null once it has ended. `openFds` is null without permission.
   */
  sample(): { readonly rssBytes: number; readonly openFds: number | null } | null;
  /** How the process ended by itself; null while it runs, and if wsurge did not start it. */
  exited(): string | null;
  /**
   * What the process printed, on both streams: `mark` is now, `since(mark)` is everything after it. Null if wsurge did
   * not start the process.
   */
  readonly log: { readonly mark: number; since(mark: number): string } | null;
  /** Stops the process and starts it again, on the same address if possible; null if wsurge did not start it. */
  readonly restart: (() => Promise<void>) | null;
}

export interface ContextParts {
  /** Where the server is now: a restart may have moved it. */
  readonly endpoint: () => Endpoint;
  /** Values for `{{env.X}}` and `{{data.x}}` in the endpoint. */
  readonly env: Readonly<Record<string, string>>;
  readonly data: readonly Readonly<Record<string, string>>[];
  readonly expects: Expectations;
  /** What the first look found; absent before it, and if there is none. */
  readonly found?: Found;
  /** Receives the messages that nobody asked for; absent if none are set aside. */
  readonly setAside?: SetAside;
  /** What connections say by the profile: its session, rules and requests; absent if it has none. */
  readonly talk?: Talk | null;
  /** Is told what the session of the first connection says and hears, for a transcript. */
  readonly told?: (event: TranscriptEvent) => void;
  readonly process: ServerProcess | null;
  readonly quick: boolean;
  readonly seed: number;
  /** The server is gone: no connection is tried. */
  readonly isGone?: boolean;
  /** Aborted by Ctrl-C, and when a check exceeds its limit. */
  readonly signal: AbortSignal;
}

/** What one check may use. Whatever the check opens is closed when the check ends. */
export class CheckContext {
  readonly expects: Expectations;
  /** Is told what the session of the first connection says and hears, for a transcript. */
  readonly told?: (event: TranscriptEvent) => void;
  readonly process: ServerProcess | null;
  readonly quick: boolean;
  readonly signal: AbortSignal;
  /** Each check has its own seed, so that leaving one out does not change the others. */
  readonly rng: Rng;
  readonly #parts: ContextParts;
  readonly #open = new Set<{ terminate(): void }>();
  #connections = 0;

  constructor(parts: ContextParts) {
    this.#parts = parts;
    this.expects = parts.expects;
    this.process = parts.process;
    this.quick = parts.quick;
    this.signal = parts.signal;
    this.rng = new Rng(parts.seed);
  }

  /** Where the next connection goes, its tokens filled in. */
  get endpoint(): Endpoint {
    return this.#endpointOf(this.#connections);
  }

  get isSecure(): boolean {
    return this.#parts.endpoint().url.startsWith('wss:');
  }

  /** What the first look found; null if there was none. */
  get found(): Found | null {
    return this.#parts.found ?? null;
  }

  /** Receives the messages that nobody asked for; null if none are set aside. */
  get setAside(): SetAside | null {
    return this.#parts.setAside ?? null;
  }

  /** What connections say by the profile; null if it has neither session nor rules nor requests. */
  get talk(): Talk | null {
    return this.#parts.talk ?? null;
  }

  /** Longest wait for one reply, ms. */
  get replyMs(): number {
    return this.expects.replyMs;
  }

  /** Longest wait for a closing handshake, ms. Short if the server did not finish one during the first look. */
  get closeMs(): number {
    if (this.found === null) return CLOSE_MOST_MS;
    const { closeMs } = this.found;
    if (closeMs === null) return CLOSE_UNSEEN_MS;
    const ms = Math.min(CLOSE_MOST_MS, CLOSE_LEAST_MS + CLOSE_TIMES * closeMs);
    return ROUND_MS * Math.ceil(ms / ROUND_MS);
  }

  /** A duration that `--quick` shortens. */
  waitMs(full: number, quick: number): number {
    return this.quick ? quick : full;
  }

  /**
   * A new connection, on which the session of the profile is ready. If the profile has none and the server speaks a
   * known protocol, the protocol's first frame has been sent on it. Rejects with a ConnectError if it does not open.
   */
  async open(options: OpenOptions = {}): Promise<CheckSocket> {
    this.#refuseIfGone();
    const connection = this.#connections;
    const endpoint = this.#dialled(options);
    const { setAside, talk } = this;
    const sorting = setAside?.sorting(this.expects) ?? null;
    const speech =
      talk === null || options.isBare === true
        ? null
        : new Speech(talk, connection, connection === 0 ? this.#parts.told : undefined);
    const manners = { sorting: speech?.requester === null || speech === null ? sorting : null, speech, setAside };
    const socket = await CheckSocket.open(endpoint, { withinMs: CONNECT_MS, ...options }, this.signal, manners);
    this.#open.add(socket);
    const kind = this.found?.kind;
    if (kind?.name === 'protocol' && kind.accepted) socket.send(mannerOf(kind.protocol).hello);
    return socket;
  }

  /** `count` connections, ten at a time. */
  async openAll(count: number, options: OpenOptions = {}): Promise<CheckSocket[]> {
    const sockets: CheckSocket[] = [];
    while (sockets.length < count) {
      const batch = Math.min(BATCH, count - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: batch }, () => this.open(options)))));
    }
    return sockets;
  }

  /** A TCP or TLS connection on which nothing has been sent. */
  async raw(options: OpenOptions = {}): Promise<RawSocket> {
    this.#refuseIfGone();
    const endpoint = this.#dialled(options);
    const raw = await RawSocket.connect(endpoint, { withinMs: CONNECT_MS, ...options }, this.signal);
    this.#open.add({ terminate: () => raw.destroy() });
    return raw;
  }

  #refuseIfGone(): void {
    if (this.#parts.isGone === true) throw new CannotJudge('the server is gone');
  }

  async sleep(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.signal });
  }

  /** Cuts all connections that are still open. */
  end(): void {
    for (const each of this.#open) each.terminate();
    this.#open.clear();
  }

  #dialled({ via }: OpenOptions): Endpoint {
    const endpoint = this.#endpointOf(this.#connections++);
    return via === undefined ? endpoint : endpointVia(endpoint, via);
  }

  #endpointOf(connection: number): Endpoint {
    const { env, data } = this.#parts;
    const named = this.#parts.endpoint();
    const wanted = named.subprotocols.length === 0 ? (this.found?.subprotocols ?? []) : named.subprotocols;
    const endpoint = { ...named, subprotocols: wanted };
    const fill = (text: string) => fillTokens(text, connection, env, data[connection % data.length]);
    return {
      ...endpoint,
      url: fill(endpoint.url),
      headers: Object.fromEntries(Object.entries(endpoint.headers).map(([name, value]) => [name, fill(value)])),
      subprotocols: endpoint.subprotocols.map(fill),
    };
  }
}

/** Absolute deadline of one connect. */
const CONNECT_MS = 10_000;
/** A closing handshake may take this many times as long as in the first look, plus the least time. */
const CLOSE_TIMES = 10;
const CLOSE_LEAST_MS = 1000;
const CLOSE_MOST_MS = 6000;
const CLOSE_UNSEEN_MS = 2000;
const ROUND_MS = 100;
const BATCH = 10;

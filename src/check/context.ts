import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoint } from '../plan/cell.js';
import { fillTokens } from '../plan/payload.js';
import { Rng } from '../stats/rng.js';
import { CheckSocket, type OpenOptions } from './check-socket.js';
import { endpointVia } from './endpoint-via.js';
import type { Expectations } from './expectations.js';
import { RawSocket } from './raw-socket.js';

/** The server's process, where it can be watched. */
export interface ServerProcess {
  readonly pid: number;
  /**
   * Memory and open files now, descendants included; null once it has ended. `openFds` null where it may not be seen.
   */
  sample(): { readonly rssBytes: number; readonly openFds: number | null } | null;
  /** How the process that wsurge started ended by itself; null while it runs, or where wsurge did not start it. */
  exited(): string | null;
  /**
   * What it printed, on both streams: `mark` is now, `since(mark)` what came after it. Null where wsurge did not start
   * it.
   */
  readonly log: { readonly mark: number; since(mark: number): string } | null;
  /** Stops it and starts it anew, on the same address where it can be had; null where wsurge did not start it. */
  readonly restart: (() => Promise<void>) | null;
}

export interface ContextParts {
  /** Where the server is now: a restart may have moved it. */
  readonly endpoint: () => Endpoint;
  /** Values for `{{env.X}}` and `{{data.x}}` in the endpoint. */
  readonly env: Readonly<Record<string, string>>;
  readonly data: readonly Readonly<Record<string, string>>[];
  readonly expects: Expectations;
  readonly process: ServerProcess | null;
  readonly quick: boolean;
  readonly seed: number;
  /** Aborted by Ctrl-C, and where a check is past its limit. */
  readonly signal: AbortSignal;
}

/** What one check may use. Everything that the check opens is closed when it ends. */
export class CheckContext {
  readonly expects: Expectations;
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

  /** Longest wait for one reply, ms. */
  get replyMs(): number {
    return this.expects.replyMs;
  }

  /** A duration that `--quick` shortens. */
  waitMs(full: number, quick: number): number {
    return this.quick ? quick : full;
  }

  /** Rejects with a ConnectError where no connection opens. */
  async open(options: OpenOptions = {}): Promise<CheckSocket> {
    const endpoint = this.#dialled(options);
    const socket = await CheckSocket.open(endpoint, { withinMs: CONNECT_MS, ...options }, this.signal);
    this.#open.add(socket);
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

  /** A TCP or TLS connection on which nothing was sent yet. */
  async raw(options: OpenOptions = {}): Promise<RawSocket> {
    const endpoint = this.#dialled(options);
    const raw = await RawSocket.connect(endpoint, { withinMs: CONNECT_MS, ...options }, this.signal);
    this.#open.add({ terminate: () => raw.destroy() });
    return raw;
  }

  async sleep(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.signal });
  }

  /** Cuts whatever is still open. */
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
    const endpoint = this.#parts.endpoint();
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
const BATCH = 10;

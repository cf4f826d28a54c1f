import type { ServerProcess } from '../../../src/check/context.js';
import type { Protocol } from '../../../src/check/expectations.js';
import { echo, type LocalServer, type WsOptions, wsServer } from '../../e2e/local-server.js';

/** What is said of a server beside its address. */
export interface Says {
  readonly protocol?: Protocol;
  readonly check?: object;
  readonly reply?: object;
  readonly target?: object;
  /** Texts by the paths that the profile names. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A server with one thing wrong with it. */
export interface BrokenServer {
  readonly what: string;
  /** The checks that fail. */
  readonly fails: readonly string[];
  /** Checks that pass all the same. */
  readonly passes?: readonly string[];
  /** It fails by time alone: where this machine stands still itself, nothing is judged, but it never passes. */
  readonly isTimed?: true;
  /** In the reason of each check that fails. */
  readonly because: RegExp;
  readonly says?: Says;
  /** Its process as a check sees it. */
  readonly process?: (server: LocalServer) => ServerProcess;
  start(): Promise<LocalServer>;
}

export const BOT = { protocol: 'bot' } as const;

export type OnMessage = NonNullable<WsOptions['onMessage']>;

/** A server that does this with each message. */
export const answers = (onMessage: OnMessage) => (): Promise<LocalServer> => wsServer({ onMessage });

/** An echo that sends back something else, where `change` has another text for one. */
export function changes(change: (text: string) => string | null): () => Promise<LocalServer> {
  return answers((ws, data, binary) => {
    const text = binary ? null : change(data.toString());
    if (text === null) echo(ws, data, binary);
    else ws.send(text);
  });
}

/** `stream` of `{"type":"stream"...}`. */
export const typeOf = (data: Buffer) => /^\{"type":"(\w+)"/.exec(data.toString())?.[1] ?? '';

/** How many messages a request for a push asks for; null for any other message. */
export function countAsked(data: Buffer): number | null {
  const asked = /"type":"stream","count":(\d+)/.exec(data.toString());
  return asked === null ? null : Number(asked[1]);
}

export const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

const ALIVE: ServerProcess = {
  pid: 1,
  sample: () => ({ rssBytes: 50_000_000, openFds: 20 }),
  exited: () => null,
  log: null,
  restart: null,
};

/** A process that runs on, but for what `parts` says of it. */
export function processWith(parts: Partial<ServerProcess>): ServerProcess {
  return { ...ALIVE, ...parts };
}

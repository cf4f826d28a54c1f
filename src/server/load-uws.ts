import { codeOf, messageOf } from '../errors.js';

/** The part of uWebSockets.js that is used. It is an optional peer, so its own types are not at hand. */
export interface UwsModule {
  App(): UwsApp;
  SSLApp(options: { readonly cert_file_name: string; readonly key_file_name: string }): UwsApp;
  us_listen_socket_close(socket: unknown): void;
  us_socket_local_port(socket: unknown): number;
  readonly DISABLED: number;
}

export interface UwsApp {
  ws(pattern: string, behavior: UwsBehavior): UwsApp;
  any(pattern: string, handler: (response: UwsResponse, request: UwsRequest) => void): UwsApp;
  listen(host: string, port: number, options: number, callback: (listenSocket: unknown) => void): UwsApp;
  close(): void;
}

export interface UwsBehavior {
  readonly compression: number;
  readonly maxPayloadLength: number;
  readonly idleTimeout: number;
  readonly sendPingsAutomatically: boolean;
  readonly maxBackpressure: number;
  readonly upgrade: (response: UwsResponse, request: UwsRequest, context: unknown) => void;
  readonly open: (socket: UwsSocket) => void;
  readonly message: (socket: UwsSocket, message: ArrayBuffer, isBinary: boolean) => void;
  readonly pong: (socket: UwsSocket) => void;
  readonly close: (socket: UwsSocket, code: number) => void;
}

export interface UwsResponse {
  writeStatus(status: string): UwsResponse;
  writeHeader(name: string, value: string): UwsResponse;
  end(body: string, closeConnection: boolean): UwsResponse;
  endWithoutBody(): UwsResponse;
  /** Cuts the connection without an answer. */
  close(): void;
  /** Must be called before a handler returns that has neither answered nor upgraded. */
  onAborted(handler: () => void): void;
  /** Wraps what is written outside the handler. */
  cork(write: () => void): void;
  upgrade(data: object, key: string, protocol: string, extensions: string, context: unknown): void;
}

export interface UwsRequest {
  getMethod(): string;
  getUrl(): string;
  getQuery(): string | undefined;
  getHeader(name: string): string;
}

export interface UwsSocket {
  getUserData(): object;
  /** 1 sent, 0 buffered, 2 dropped for backpressure. */
  send(data: string | Uint8Array, isBinary: boolean): number;
  getBufferedAmount(): number;
  ping(): number;
  end(code: number, reason: string): void;
  close(): void;
}

export type LoadedUws =
  | { readonly status: 'loaded'; readonly uws: UwsModule }
  /** `reason` says why it is not there, `installLine` what to run. */
  | { readonly status: 'absent'; readonly reason: string; readonly installLine: string };

/** In a variable, so that the compiler does not look for a package that may not be there. */
const PACKAGE: string = 'uWebSockets.js';

/** uWebSockets.js, where it is installed and has a build for this Node and system. */
export async function loadUws(load: (name: string) => Promise<unknown> = importByName): Promise<LoadedUws> {
  let loaded: unknown;
  try {
    loaded = await load(PACKAGE);
  } catch (error) {
    const isMissing = codeOf(error) === 'ERR_MODULE_NOT_FOUND';
    // A build that does not fit explains itself at length: its first line says it.
    const reason = isMissing ? 'uWebSockets.js is not installed' : messageOf(error).split('\n', 1)[0]!;
    return { status: 'absent', reason, installLine: installLine() };
  }
  const uws = uwsOf(loaded);
  if (uws !== null) return { status: 'loaded', uws };
  return { status: 'absent', reason: 'the installed uWebSockets.js has no App', installLine: installLine() };
}

function importByName(name: string): Promise<unknown> {
  return import(name);
}

/** The original exports one default object, the repackaged build named exports. */
function uwsOf(loaded: unknown): UwsModule | null {
  const candidates = [loaded, (loaded as { readonly default?: unknown } | null)?.default];
  return candidates.find(isUws) ?? null;
}

function isUws(value: unknown): value is UwsModule {
  return typeof value === 'object' && value !== null && 'App' in value && typeof value.App === 'function';
}

/** The last release of the original with a build for each Node. */
const RELEASES: Readonly<Record<number, string>> = {
  20: 'v20.66.0',
  22: 'v20.67.0',
  24: 'v20.67.0',
  25: 'v20.66.0',
  26: 'v20.67.0',
};
const REPACKED = 'uWebSockets.js@npm:uws-pack@20.0.8';
/** Nodes the repackaged build has builds for. */
const REPACKED_FOR: readonly number[] = [20, 21, 22];

/**
 * How to install the fast engine for a Node. --no-save because a GitHub dependency in package.json breaks every install
 * that cannot reach GitHub; --save-prod because npm fetches nothing for a package that is listed as an optional peer.
 */
export function installLine(nodeMajor = Number.parseInt(process.versions.node, 10)): string {
  const npm = 'npm install --no-save --save-prod';
  const release = RELEASES[nodeMajor];
  const original = release && `${npm} uWebSockets.js@github:uNetworking/uWebSockets.js#${release}`;
  const repacked = REPACKED_FOR.includes(nodeMajor) ? `${npm} ${REPACKED}` : undefined;
  if (original && repacked) return `${original} (where GitHub is out of reach: ${repacked})`;
  return original ?? repacked ?? `uWebSockets.js has no known build for Node ${nodeMajor}: use Node 20, 22, 24 or 26`;
}

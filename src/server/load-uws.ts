import { codeOf, messageOf } from '../errors.js';

/**
 * The part of uWebSockets.js that is used. Its own types are not available, because it is an optional peer dependency.
 */
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
  /** Must be called by a handler that returns without having answered or upgraded. */
  onAborted(handler: () => void): void;
  /** Must wrap everything that is written outside the handler. */
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
  /** `reason` says why it is absent, `installLine` how to install it. */
  | { readonly status: 'absent'; readonly reason: string; readonly installLine: string };

/** In a variable, so that the compiler does not resolve a package that may be absent. */
const PACKAGE: string = 'uWebSockets.js';

/** Loads uWebSockets.js if it is installed and has a build for this Node and system. */
export async function loadUws(load: (name: string) => Promise<unknown> = importByName): Promise<LoadedUws> {
  let loaded: unknown;
  try {
    loaded = await load(PACKAGE);
  } catch (error) {
    const isMissing = codeOf(error) === 'ERR_MODULE_NOT_FOUND';
    // The message for a missing build is long. Its first line is enough.
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

/** The original package exports one default object, the repackaged one named exports. */
function uwsOf(loaded: unknown): UwsModule | null {
  const candidates = [loaded, (loaded as { readonly default?: unknown } | null)?.default];
  return candidates.find(isUws) ?? null;
}

function isUws(value: unknown): value is UwsModule {
  return typeof value === 'object' && value !== null && 'App' in value && typeof value.App === 'function';
}

/** The last release of the original package that has a build for each Node version. */
const RELEASES: Readonly<Record<number, string>> = {
  20: 'v20.66.0',
  22: 'v20.67.0',
  24: 'v20.67.0',
  25: 'v20.66.0',
  26: 'v20.67.0',
};
const REPACKED = 'uWebSockets.js@npm:uws-pack@20.0.8';
/** Node versions for which the repackaged package has a build. */
const REPACKED_FOR: readonly number[] = [20, 21, 22];

/**
 * The command that installs the fast engine for a Node version. --no-save: a GitHub dependency in package.json would
 * break every install that cannot reach GitHub. --save-prod: npm does not install a package that is listed as an
 * optional peer.
 */
export function installLine(nodeMajor = Number.parseInt(process.versions.node, 10)): string {
  const npm = 'npm install --no-save --save-prod';
  const release = RELEASES[nodeMajor];
  const original = release && `${npm} uWebSockets.js@github:uNetworking/uWebSockets.js#${release}`;
  const repacked = REPACKED_FOR.includes(nodeMajor) ? `${npm} ${REPACKED}` : undefined;
  if (original && repacked) return `${original} (where GitHub is out of reach: ${repacked})`;
  return original ?? repacked ?? `uWebSockets.js has no known build for Node ${nodeMajor}: use Node 20, 22, 24 or 26`;
}

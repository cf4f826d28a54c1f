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
  end(body?: string, closeConnection?: boolean): UwsResponse;
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

/** uWebSockets.js, or null where it is not installed. Throws what a broken installation throws. */
export async function loadUws(): Promise<UwsModule | null> {
  const name: string = 'uWebSockets.js';
  try {
    // The original exports one default object, the npm builds of it named exports.
    const loaded = (await import(name)) as UwsModule & { readonly default?: UwsModule };
    return loaded.default ?? loaded;
  } catch (error) {
    if (isMissing(error, name)) return null;
    throw error;
  }
}

function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' && String(message).includes(name);
}

/** The release for each Node line; the last one that still has binaries for it. */
const RELEASES: Readonly<Record<number, string>> = { 20: 'v20.66.0' };
const NEWEST = 'v20.66.0';

/** The line that installs the fast engine for this Node. */
export function installLine(nodeMajor = Number(process.versions.node.split('.')[0])): string {
  const release = RELEASES[nodeMajor] ?? NEWEST;
  return `npm install --no-save uWebSockets.js@github:uNetworking/uWebSockets.js#${release}  (without GitHub: npm install --no-save uWebSockets.js@npm:uws-pack@20.0.8)`;
}

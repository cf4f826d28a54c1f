import net from 'node:net';
import type { ProxyHop } from '../../plan/cell.js';
import { textOf } from './refusal.js';

/** A longer head is not an answer to CONNECT. At most this much of a refusal's body is kept. */
const HEAD_BYTES = 16 * 1024;
const BODY_BYTES = 32 * 1024;
/** How long to wait for the body of a refusal. */
const BODY_WAIT_MS = 500;

/** A connect failed because of the proxy, not the target. `code`: `PROXY_407`, `PROXY_ECONNREFUSED`, ... */
export class ProxyError extends Error {
  readonly code: string;
  /** Text of the body of its refusal, '' if there is none. It is the proxy's own text, so sanitise it. */
  readonly body: string;

  constructor(code: string, message: string, body = '') {
    super(message);
    this.code = code;
    this.body = body;
  }
}

export interface Tunnel {
  /** Cancels the tunnel at any stage before it is open. */
  readonly abandon: () => void;
}

export interface TunnelOptions {
  readonly proxy: ProxyHop;
  /** The host of the target, as in its URL. */
  readonly host: string;
  readonly port: number;
  readonly localAddress?: string;
  readonly userAgent: string;
  /** The tunnel is open: the socket now leads to the target. `early`: what the target has already sent. */
  readonly opened: (socket: net.Socket, early: Buffer) => void;
  readonly failed: (error: ProxyError) => void;
}

/**
 * Asks an HTTP proxy for a tunnel: `CONNECT host:port`, RFC 9110, section 9.3.6. Calls either `opened` or `failed`,
 * once.
 */
export function openTunnel(options: TunnelOptions): Tunnel {
  const { proxy, localAddress } = options;
  const name = `the proxy ${proxy.host}:${proxy.port}`;
  const where = { host: proxy.address, port: proxy.port, noDelay: true };
  const socket = net.connect(localAddress === undefined ? where : { ...where, localAddress });
  const answer = new ConnectAnswer();
  let timer: NodeJS.Timeout | null = null;
  let isOver = false;
  const leave = () => {
    isOver = true;
    if (timer !== null) clearTimeout(timer);
    socket.off('data', onData).off('error', onError).off('end', onEnd);
  };
  const fail = (code: string, message: string, body = '') => {
    if (isOver) return;
    leave();
    socket.on('error', () => {}).destroy();
    options.failed(new ProxyError(code, message, body));
  };
  const refuse = () => fail(`PROXY_${answer.status}`, `${name} answered ${answer.line}`, textOf(answer.body()));
  const onData = (chunk: Buffer) => {
    answer.take(chunk);
    if (answer.isTooLong) fail('proxy_no_http', `${name} sent no HTTP answer to CONNECT`);
    else if (!answer.isHeadDone) return;
    else if (answer.status === null) fail('proxy_no_http', `${name} sent no HTTP answer to CONNECT`);
    else if (answer.isOpen) {
      leave();
      socket.pause();
      options.opened(socket, answer.rest());
    } else if (answer.isBodyDone) refuse();
    else timer ??= setTimeout(refuse, BODY_WAIT_MS);
  };
  const onEnd = () => {
    if (answer.isHeadDone && answer.status !== null) refuse();
    else fail('proxy_closed', `${name} closed the connection instead of answering CONNECT`);
  };
  const onError = (error: NodeJS.ErrnoException) => {
    if (timer !== null) return refuse();
    fail(`PROXY_${error.code ?? 'error'}`, `${name} cannot be reached: ${error.message}`);
  };
  socket.on('data', onData).on('error', onError).on('end', onEnd);
  socket.once('connect', () => socket.write(requestOf(options)));
  return {
    abandon: () => {
      if (isOver) return;
      leave();
      socket.on('error', () => {}).destroy();
    },
  };
}

function requestOf({ proxy, host, port, userAgent }: TunnelOptions): string {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, `User-Agent: ${userAgent}`];
  if (proxy.authorization !== null) lines.push(`Proxy-Authorization: ${proxy.authorization}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Parses the proxy's answer as it arrives. */
class ConnectAnswer {
  #bytes = Buffer.alloc(0);
  #bodyAt = -1;
  #length: number | null = null;
  /** Null if the first line is not HTTP. */
  status: number | null = null;
  /** Status and phrase: `407 Proxy Authentication Required`. */
  line = '';

  take(chunk: Buffer): void {
    if (this.#bytes.length < HEAD_BYTES + BODY_BYTES) this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (this.#bodyAt >= 0) return;
    const end = this.#bytes.indexOf('\r\n\r\n');
    if (end < 0) return;
    this.#bodyAt = end + 4;
    const head = this.#bytes.toString('latin1', 0, end);
    const [, status, phrase] = /^HTTP\/1\.[01] (\d{3})(?: ([^\r\n]*))?/.exec(head) ?? [];
    this.status = status === undefined ? null : Number(status);
    this.line = `${status} ${phrase ?? ''}`.trim();
    const length = /^content-length:[ \t]*(\d+)[ \t]*$/im.exec(head)?.[1];
    this.#length = length === undefined ? null : Number(length);
  }

  get isHeadDone(): boolean {
    return this.#bodyAt >= 0;
  }

  get isTooLong(): boolean {
    return this.#bodyAt < 0 && this.#bytes.length >= HEAD_BYTES;
  }

  get isOpen(): boolean {
    return this.status !== null && this.status >= 200 && this.status < 300;
  }

  get isBodyDone(): boolean {
    const most = this.#length === null ? BODY_BYTES : Math.min(BODY_BYTES, this.#length);
    return this.#bytes.length - this.#bodyAt >= most;
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#bodyAt);
  }

  body(): string {
    return this.rest().subarray(0, BODY_BYTES).toString('utf8');
  }
}

import { createHash, timingSafeEqual } from 'node:crypto';
import type { ServerSettings } from './options.js';

/**
 * An HTTP request as both engines show it. `header` takes a lower-case name and returns '' if there is no such header.
 */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  header(name: string): string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Admission =
  | { readonly kind: 'websocket'; readonly subprotocol: string | null }
  | { readonly kind: 'page'; readonly page: 'healthz' | 'metrics' }
  | Refusal;

export interface Refusal {
  readonly kind: 'refused';
  readonly answer: HttpAnswer;
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  426: 'Upgrade Required',
  503: 'Service Unavailable',
};
const KEY = /^[+/0-9A-Za-z]{22}==$/;
/** A token of RFC 9110: what a sub-protocol name may consist of. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Decides who is let in. Pages and WebSocket upgrades are told apart first. Then path, handshake, origin, token and the
 * number of connections are checked, in this order. `/healthz` and `/metrics` need no token.
 */
export function admit(request: HttpRequest, openConnections: number, settings: ServerSettings): Admission {
  const isUpgrade = request.header('upgrade').toLowerCase() === 'websocket';
  if (!isUpgrade) return admitPlain(request, settings);
  if (settings.path !== null && request.path !== settings.path) return refused(404, 'no WebSocket on this path');
  if (request.method.toUpperCase() !== 'GET') return refused(405, 'a WebSocket handshake is a GET', { Allow: 'GET' });
  if (!/\bupgrade\b/i.test(request.header('connection'))) return refused(400, 'Connection: Upgrade missing');
  if (!KEY.test(request.header('sec-websocket-key'))) return refused(400, 'Sec-WebSocket-Key missing or invalid');
  if (request.header('sec-websocket-version') !== '13') {
    return refused(426, 'only WebSocket version 13', { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' });
  }
  const offered = request.header('sec-websocket-protocol');
  const names = offered === '' ? [] : offered.split(',').map((name) => name.trim());
  if (!names.every((name) => TOKEN.test(name)) || new Set(names).size < names.length) {
    return refused(400, 'Sec-WebSocket-Protocol invalid');
  }
  if (settings.origins.length > 0 && !settings.origins.includes(request.header('origin'))) {
    return refused(403, 'origin not allowed');
  }
  if (settings.token !== null && !presents(request, settings.token)) {
    return refused(401, 'token missing or wrong', { 'WWW-Authenticate': 'Bearer' });
  }
  if (settings.maxConnections !== null && openConnections >= settings.maxConnections) {
    return refused(503, `all ${settings.maxConnections} connections are in use`, { 'Retry-After': '1' });
  }
  return { kind: 'websocket', subprotocol: names[0] ?? null };
}

function admitPlain(request: HttpRequest, settings: ServerSettings): Admission {
  const page = request.path === '/healthz' ? 'healthz' : request.path === '/metrics' ? 'metrics' : null;
  if (page !== null) {
    if (/^(GET|HEAD)$/i.test(request.method)) return { kind: 'page', page };
    return refused(405, `${request.path} answers GET and HEAD only`, { Allow: 'GET, HEAD' });
  }
  if (request.path !== (settings.path ?? '/')) return refused(404, 'nothing here but /healthz and /metrics');
  return refused(426, 'this path speaks WebSocket', { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' });
}

function presents(request: HttpRequest, token: string): boolean {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.header('authorization'))?.[1];
  const given = bearer ?? new URLSearchParams(request.query).get('token');
  // Hashed, so that the comparison takes equally long for every guess of any length.
  return given !== null && timingSafeEqual(sha256(given), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export function refused(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Refusal {
  return { kind: 'refused', answer: httpAnswer(status, 'text/plain; charset=utf-8', `${message}\n`, headers) };
}

export function httpAnswer(
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return { status, statusText: STATUS_TEXT[status]!, headers: { 'Content-Type': contentType, ...headers }, body };
}

import { unreachableError } from '../errors.js';
import type { Endpoint } from '../plan/cell.js';

/** How many redirects in a row are followed. A longer chain is assumed to be endless. */
const MOST_HOPS = 5;
const SCHEMES: Readonly<Record<string, 'ws:' | 'wss:'>> = {
  'ws:': 'ws:',
  'wss:': 'wss:',
  'http:': 'ws:',
  'https:': 'wss:',
};

export type Hop =
  /** `kept`: the endpoint for the new URL. `dropped`: names of headers that are not sent to another origin. */
  | { readonly kind: 'to'; readonly endpoint: Endpoint; readonly dropped: readonly string[] }
  /** Why the redirect is not followed: completes "which is not followed: ...". */
  | { readonly kind: 'refused'; readonly why: string };

/** A handshake that was answered with a redirect. `message` and `next`: the refusal as it is told where nobody follows it. */
export interface Redirect {
  readonly location: string;
  readonly message: string;
  readonly next: string | null;
}

/**
 * Where a redirect leads. `asked`: the URLs asked so far; the new one is added. Throws WsurgeError 103 if the redirect
 * is not to be followed.
 */
export function followed(
  { location, message, next }: Redirect,
  endpoint: Endpoint,
  asked: string[],
): Extract<Hop, { kind: 'to' }> {
  const hop = hopTo(location, endpoint, asked);
  if (hop.kind === 'refused') {
    throw unreachableError('redirect_refused', `${message}, which is not followed: ${hop.why}`, next ?? '');
  }
  asked.push(hop.endpoint.url);
  return hop;
}

/** Whether the status code is a redirect. */
export function isRedirect(code: string): boolean {
  return /^HTTP_30[12378]$/.test(code);
}

/**
 * Where a `Location` leads, starting from the last URL requested. http and https mean ws and wss; a redirect from wss
 * to ws is refused. Another origin receives no client certificate, and no header of the profile except `Origin`.
 */
export function hopTo(location: string, endpoint: Endpoint, asked: readonly string[]): Hop {
  const refused = (why: string): Hop => ({ kind: 'refused', why });
  if (endpoint.url.startsWith('ws+unix:')) return refused('the target is a unix socket');
  if (asked.length > MOST_HOPS)
    return refused(`it is redirect number ${asked.length}, and at most ${MOST_HOPS} are followed`);
  const from = new URL(endpoint.url);
  if (!URL.canParse(location, asHttp(from))) return refused('it is not a URL');
  const to = new URL(location, asHttp(from));
  const scheme = SCHEMES[to.protocol];
  if (scheme === undefined) return refused(`it leads to ${to.protocol}`);
  if (to.username !== '' || to.password !== '') return refused('it has a user name or password');
  if (from.protocol === 'wss:' && scheme === 'ws:') return refused('it leads from wss to ws, without encryption');
  to.hash = '';
  const next = new URL(to.href.replace(/^[a-z]+:/, scheme));
  const isSame = next.protocol === from.protocol && next.host === from.host;
  if (isSame) [next.username, next.password] = [from.username, from.password];
  const url = next.href;
  if (asked.includes(url)) return refused('it leads in a circle');
  if (isSame) return { kind: 'to', endpoint: { ...endpoint, url }, dropped: [] };
  const isKept = (name: string) => name.toLowerCase() === 'origin';
  const names = Object.keys(endpoint.headers);
  const headers = Object.fromEntries(Object.entries(endpoint.headers).filter(([name]) => isKept(name)));
  const tls = { ...endpoint.tls, cert: null, key: null, servername: null };
  return { kind: 'to', endpoint: { ...endpoint, url, headers, tls }, dropped: names.filter((name) => !isKept(name)) };
}

function asHttp(url: URL): string {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain.href.replace(/^ws/, 'http');
}

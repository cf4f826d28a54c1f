import type { Endpoint } from '../plan/cell.js';

/** Redirects followed one after the other; more are taken for an endless chain. */
const MOST_HOPS = 5;
const SCHEMES: Readonly<Record<string, 'ws:' | 'wss:'>> = {
  'ws:': 'ws:',
  'wss:': 'wss:',
  'http:': 'ws:',
  'https:': 'wss:',
};

export type Hop =
  /** `kept`: the endpoint for the new URL. `dropped`: names of the headers that another origin does not get. */
  | { readonly kind: 'to'; readonly endpoint: Endpoint; readonly dropped: readonly string[] }
  /** Why the redirect is not followed: words that complete "which is not followed: ...". */
  | { readonly kind: 'refused'; readonly why: string };

/** Status codes that name another address to go to. */
export function isRedirect(code: string): boolean {
  return /^HTTP_30[12378]$/.test(code);
}

/**
 * Where a `Location` leads from the last of the URLs asked so far. http and https stand for ws and wss; wss never leads to
 * ws. Another origin gets none of the headers of the profile but `Origin`, nor the client certificate.
 */
export function hopTo(location: string, endpoint: Endpoint, asked: readonly string[]): Hop {
  const refused = (why: string): Hop => ({ kind: 'refused', why });
  if (endpoint.url.startsWith('ws+unix:')) return refused('the target is a unix socket');
  if (asked.length > MOST_HOPS) return refused(`it would be number ${asked.length}, and ${MOST_HOPS} are followed`);
  const from = new URL(endpoint.url);
  if (!URL.canParse(location, asHttp(from))) return refused('it is no URL');
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

/** Where a target URL leads: a host and port, or a unix socket. `host` has no brackets. */
export type UrlAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly secure: boolean }
  | { readonly kind: 'unix'; readonly path: string };

const SECURE = new Set(['wss:', 'https:']);

/**
 * The address in a ws, wss, http, https or `ws+unix:/path/to.sock:/request` URL. Null if there is none: not a URL,
 * another scheme, or a token in the host.
 */
export function urlAddress(url: string): UrlAddress | null {
  if (!URL.canParse(url)) return null;
  const parsed = new URL(url);
  if (parsed.protocol === 'ws+unix:') {
    const path = parsed.pathname.split(':')[0]!;
    return path === '' ? null : { kind: 'unix', path };
  }
  const secure = SECURE.has(parsed.protocol);
  if (!secure && parsed.protocol !== 'ws:' && parsed.protocol !== 'http:') return null;
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  if (host === '' || host.includes('{')) return null;
  return { kind: 'tcp', host, port: parsed.port === '' ? (secure ? 443 : 80) : Number(parsed.port), secure };
}

/** The address as people write it: `127.0.0.1:9001`, `[::1]:9001`, `/run/app.sock`. */
export function formatAddress(address: UrlAddress): string {
  if (address.kind === 'unix') return address.path;
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

import type { OpenOptions } from './check-socket.js';

/** `ws+unix:/path/to.sock:/request?query`: where the server listens and what is asked of it. */
const UNIX = /^ws\+unix:([^:]*)(?::(.*))?$/s;

/** The socket file and the request of such a URL; null for other URLs. */
export function unixPlace(url: string): { readonly socket: string; readonly request: string } | null {
  const found = UNIX.exec(url);
  return found === null ? null : { socket: found[1]!, request: found[2] || '/' };
}

/** The URL, on request with another path or without its query. */
export function urlFor(url: string, { path, anonymous }: Pick<OpenOptions, 'path' | 'anonymous'>): string {
  if (path === undefined && anonymous !== true) return url;
  const unix = unixPlace(url);
  if (unix !== null) {
    const own = anonymous === true ? unix.request.replace(/\?.*$/s, '') : unix.request;
    return `ws+unix:${unix.socket}:${path ?? own}`;
  }
  const parsed = new URL(url);
  if (anonymous === true) {
    parsed.search = '';
    parsed.username = '';
    parsed.password = '';
  }
  return path === undefined ? parsed.href : new URL(path, parsed).href;
}

/** The path in the first line of a request to this URL, and its `Host`. */
export function requestOf(url: string): { readonly host: string; readonly path: string } {
  const unix = unixPlace(url);
  // A unix socket has no host name; this is what other clients send.
  if (unix !== null) return { host: 'localhost', path: unix.request };
  const { host, pathname, search } = new URL(url);
  return { host, path: `${pathname}${search}` };
}

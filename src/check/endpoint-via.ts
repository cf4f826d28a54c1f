import type { NetConnectOpts } from 'node:net';
import type { Endpoint } from '../plan/cell.js';

/** The same server, reached over another host and port: names in `Host`, SNI and certificates stay those of the URL. */
export function endpointVia(
  endpoint: Endpoint,
  { host, port }: { readonly host: string; readonly port: number },
): Endpoint {
  const unix = /^ws\+unix:[^:]*:?(.*)$/.exec(endpoint.url);
  if (unix !== null) return { ...endpoint, url: `ws://localhost:${port}${unix[1] || '/'}`, address: host };
  const url = new URL(endpoint.url);
  url.port = String(port);
  return { ...endpoint, url: url.href, address: host };
}

/** Where the server itself is. */
export function upstreamOf({ url, address }: Endpoint): NetConnectOpts {
  const unix = /^ws\+unix:([^:]*)/.exec(url)?.[1];
  if (unix !== undefined) return { path: unix };
  const { hostname, port, protocol } = new URL(url);
  const usual = protocol === 'wss:' ? 443 : 80;
  return { host: address ?? hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) };
}

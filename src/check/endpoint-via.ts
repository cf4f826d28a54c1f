import type { NetConnectOpts } from 'node:net';
import type { Endpoint } from '../plan/cell.js';
import { requestOf, unixPlace } from './request-url.js';

/** The same server, reached over another host and port: `Host`, SNI and certificates stay those of the URL. */
export function endpointVia(
  endpoint: Endpoint,
  { host, port }: { readonly host: string; readonly port: number },
): Endpoint {
  const unix = unixPlace(endpoint.url);
  const named = Object.keys(endpoint.headers).some((name) => name.toLowerCase() === 'host');
  const headers = named ? endpoint.headers : { Host: requestOf(endpoint.url).host, ...endpoint.headers };
  if (unix !== null) return { ...endpoint, headers, url: `ws://localhost:${port}${unix.request}`, address: host };
  const url = new URL(endpoint.url);
  url.port = String(port);
  return { ...endpoint, headers, url: url.href, address: host };
}

/** The address of the server itself. */
export function upstreamOf({ url, address }: Endpoint): NetConnectOpts {
  const unix = unixPlace(url);
  if (unix !== null) return { path: unix.socket };
  const { hostname, port, protocol } = new URL(url);
  const usual = protocol === 'wss:' ? 443 : 80;
  return { host: address ?? hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) };
}

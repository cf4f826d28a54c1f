import net from 'node:net';
import tls from 'node:tls';
import type { Endpoint } from '../plan/cell.js';

/** One buffer for all reads of all sockets of a thread. The next read overwrites it. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** Gets what a socket read, `bytes` up to `end`, valid during the call; false pauses the socket. */
export type OnRead = (end: number, bytes: Buffer) => boolean;

export type DialOptions = net.NetConnectOpts & tls.ConnectionOptions;

/** Opens the socket of a connection. Nothing it reads enters its stream unless `onRead` pushes it there. */
export function dial(options: DialOptions, endpoint: Endpoint, connection: number, onRead: OnRead): net.Socket {
  const path = 'socketPath' in options && typeof options.socketPath === 'string' ? options.socketPath : null;
  const host = 'host' in options ? (options.host ?? null) : null;
  const onread = { buffer: READ_BUFFER, callback: onRead };
  const where =
    path === null
      ? { ...options, host: endpoint.address ?? host, noDelay: true, onread, ...leavingFrom(endpoint, connection) }
      : { path, onread };
  if (!isSecure(endpoint)) return net.connect(where as net.NetConnectOpts);
  return tls.connect({ ...where, ...tlsOptions(endpoint, host) } as tls.ConnectionOptions);
}

/** The local address of a connection, by its number over the whole cell. */
function leavingFrom({ localAddresses = [] }: Endpoint, connection: number): { readonly localAddress?: string } {
  const localAddress = localAddresses[connection % localAddresses.length];
  return localAddress === undefined ? {} : { localAddress };
}

export function isSecure(endpoint: Endpoint): boolean {
  return endpoint.url.startsWith('wss:');
}

/** SNI and certificate checks keep the name of the URL though the socket goes to the resolved address. */
export function tlsOptions(endpoint: Endpoint, host: string | null): tls.ConnectionOptions {
  const { ca, cert, key, insecure, servername } = endpoint.tls;
  const name = servername ?? (host === null || net.isIP(host) !== 0 ? '' : host);
  const checkServerIdentity = (_: string, certificate: tls.PeerCertificate) =>
    tls.checkServerIdentity(host ?? '', certificate);
  return {
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
    rejectUnauthorized: !insecure,
    servername: name,
    ALPNProtocols: ['http/1.1'],
    ...(name === '' && host !== null ? { checkServerIdentity } : {}),
  };
}

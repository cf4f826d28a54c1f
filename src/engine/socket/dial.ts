import net from 'node:net';
import tls from 'node:tls';
import type { Endpoint, ProxyHop } from '../../plan/cell.js';
import { openTunnel } from './proxy-tunnel.js';

/** One buffer for all reads of all sockets of a thread. The next read overwrites it. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** Receives what a socket read: `bytes` up to `end`, valid during the call. Returning false pauses the socket. */
export type OnRead = (end: number, bytes: Buffer) => boolean;

export type DialOptions = net.NetConnectOpts & tls.ConnectionOptions;

/** The numbers of a connection: within the whole cell, and on its machine; absent for the same. */
export interface DialNumbers {
  readonly connection: number;
  readonly numberHere?: number;
}

/** What a connection receives: its socket, at once or when a proxy has opened the tunnel. */
export interface Dialled {
  readonly socket: (socket: net.Socket) => void;
  readonly failed: (error: Error) => void;
}

/**
 * Opens the socket of a connection. Bytes that it reads do not enter its stream, unless `onRead` pushes them there.
 * Returns a function that cancels a connect through a proxy; null for a direct connect, which ends with its socket.
 */
export function dial(
  options: DialOptions,
  endpoint: Endpoint,
  numbers: DialNumbers,
  onRead: OnRead,
  dialled: Dialled,
): (() => void) | null {
  const path = 'socketPath' in options && typeof options.socketPath === 'string' ? options.socketPath : null;
  const host = 'host' in options ? (options.host ?? null) : null;
  if (endpoint.proxy !== undefined && host !== null) {
    return dialThrough(endpoint.proxy, { options, endpoint, numbers, onRead, dialled, host });
  }
  const onread = { buffer: READ_BUFFER, callback: onRead };
  const address = addressOf(endpoint, numbers) ?? host;
  const where =
    path === null
      ? { ...options, host: address, noDelay: true, onread, ...leavingFrom(endpoint, numbers) }
      : { path, onread };
  const socket = isSecure(endpoint)
    ? tls.connect({ ...where, ...tlsOptions(endpoint, host) } as tls.ConnectionOptions)
    : net.connect(where as net.NetConnectOpts);
  dialled.socket(socket);
  return null;
}

interface Through {
  readonly options: DialOptions;
  readonly endpoint: Endpoint;
  readonly numbers: DialNumbers;
  readonly onRead: OnRead;
  readonly dialled: Dialled;
  readonly host: string;
}

function dialThrough(proxy: ProxyHop, { options, endpoint, numbers, onRead, dialled, host }: Through): () => void {
  const tunnel = openTunnel({
    ...{ proxy, host: host.replace(/^\[|\]$/g, ''), port: Number('port' in options ? options.port : 80) },
    ...{ userAgent: endpoint.userAgent, ...leavingFrom(endpoint, numbers) },
    failed: dialled.failed,
    opened: (raw, early) => {
      const socket = isSecure(endpoint) ? tls.connect({ ...tlsOptions(endpoint, host), socket: raw }) : raw;
      interceptReads(socket, onRead);
      dialled.socket(socket);
      if (socket !== raw) return;
      if (early.length > 0) onRead(early.length, early);
      raw.resume();
    },
  });
  return tunnel.abandon;
}

/** For a socket that was not created with `onread`: intercepts its reads before they enter its stream. */
function interceptReads(socket: net.Socket, onRead: OnRead): void {
  const push = socket.push.bind(socket);
  socket.push = (chunk: Buffer | null) => (chunk === null ? push(null) : onRead(chunk.length, chunk));
}

/** The IP address that a connection goes to, by its number within the whole cell: the target sees all machines. */
function addressOf({ address, addresses = [] }: Endpoint, { connection }: DialNumbers): string | null {
  return addresses[connection % addresses.length] ?? address;
}

/** The local address that a connection leaves from, by its number on its machine: each machine has its own. */
function leavingFrom(
  { localAddresses = [] }: Endpoint,
  { connection, numberHere = connection }: DialNumbers,
): { readonly localAddress?: string } {
  const localAddress = localAddresses[numberHere % localAddresses.length];
  return localAddress === undefined ? {} : { localAddress };
}

export function isSecure(endpoint: Endpoint): boolean {
  return endpoint.url.startsWith('wss:');
}

/** SNI and certificate checks use the name of the URL, although the socket goes to the resolved address. */
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

import net from 'node:net';
import tls from 'node:tls';
import { isSecure, tlsOptions } from '../engine/socket/dial.js';
import type { Endpoint } from '../plan/cell.js';
import { unixPlace } from './request-url.js';

/** How a check changes TLS. What is absent is as in the profile. */
export interface TlsWish {
  readonly minVersion?: tls.SecureVersion;
  readonly maxVersion?: tls.SecureVersion;
  /** Accept only certificates of these authorities (PEM). */
  readonly ca?: readonly string[];
  readonly insecure?: boolean;
  readonly ciphers?: string;
}

/** Instants of one connect, ms of `performance.now()`; each is null until it happens. */
export interface WireTimes {
  readonly startMs: number;
  tcpMs: number | null;
  tlsMs: number | null;
}

export interface Wire {
  readonly socket: net.Socket;
  readonly times: WireTimes;
}

/** Opens the socket below a WebSocket and notes the time of each phase. `host` and `port` are those of the URL. */
export function openWire(endpoint: Endpoint, host: string | null, port: number, wish: TlsWish = {}): Wire {
  const times: WireTimes = { startMs: performance.now(), tcpMs: null, tlsMs: null };
  const unix = unixPlace(endpoint.url);
  const where =
    unix === null ? { host: endpoint.address ?? host ?? '127.0.0.1', port, noDelay: true } : { path: unix.socket };
  const secure = isSecure(endpoint);
  const socket = secure
    ? tls.connect({ ...where, ...tlsOptions(endpoint, host), ...tlsWish(wish) } as tls.ConnectionOptions)
    : net.connect(where as net.NetConnectOpts);
  socket.once('connect', () => {
    times.tcpMs = performance.now();
  });
  if (secure) {
    socket.once('secureConnect', () => {
      times.tlsMs = performance.now();
    });
  }
  return { socket, times };
}

function tlsWish({ insecure, ca, ...rest }: TlsWish): tls.ConnectionOptions {
  return {
    ...rest,
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...(insecure === undefined ? {} : { rejectUnauthorized: !insecure }),
  };
}

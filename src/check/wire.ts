import net from 'node:net';
import tls from 'node:tls';
import { isSecure, tlsOptions } from '../engine/socket/dial.js';
import type { Endpoint } from '../plan/cell.js';
import { unixPlace } from './request-url.js';

/** TLS as a check wants to break it; what is left out is as the profile says. */
export interface TlsWish {
  readonly minVersion?: tls.SecureVersion;
  readonly maxVersion?: tls.SecureVersion;
  /** Accept the certificate of nobody but these authorities (PEM). */
  readonly ca?: readonly string[];
  readonly insecure?: boolean;
  readonly ciphers?: string;
}

/** Instants of one connect on the clock of `performance.now()`, ms; null until it happens. */
export interface WireTimes {
  readonly startMs: number;
  tcpMs: number | null;
  tlsMs: number | null;
}

export interface Wire {
  readonly socket: net.Socket;
  readonly times: WireTimes;
}

/** Opens the socket under a WebSocket and stamps its phases. `host` and `port` are those of the URL. */
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

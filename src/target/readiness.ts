import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, messageOf } from '../errors.js';
import type { UrlAddress } from '../profile/address.js';
import type { TlsOptions } from '../profile/profile.js';

const POLL_MS = 50;
const PROBE_TIMEOUT_MS = 2000;

/** The result of one look at the target. */
export type Probe = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** Tests whether an address accepts TCP connections. */
export function probeAddress(address: UrlAddress, timeoutMs = PROBE_TIMEOUT_MS): Promise<Probe> {
  return new Promise((resolve) => {
    const socket = connect(
      address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port },
    );
    const settle = (probe: Probe) => {
      socket.destroy();
      resolve(probe);
    };
    socket.setTimeout(timeoutMs, () => settle({ ready: false, reason: 'no answer to the connect' }));
    socket.once('connect', () => settle({ ready: true }));
    socket.once('error', (error) => settle({ ready: false, reason: reasonOf(error) }));
  });
}

/** Tests whether an HTTP GET is answered with 2xx. Redirects are not followed. */
export function probeUrl(url: string, tls: TlsOptions, timeoutMs = PROBE_TIMEOUT_MS): Promise<Probe> {
  return new Promise((resolve) => {
    const options = { agent: false, timeout: timeoutMs };
    const request = url.startsWith('https:')
      ? httpsGet(url, { ...options, ...tlsRequest(tls) })
      : httpGet(url, options);
    const settle = (probe: Probe) => {
      request.destroy();
      resolve(probe);
    };
    request.once('response', ({ statusCode = 0 }) => {
      const isOk = statusCode >= 200 && statusCode < 300;
      settle(isOk ? { ready: true } : { ready: false, reason: `HTTP ${statusCode}` });
    });
    request.once('timeout', () => settle({ ready: false, reason: 'no answer to the request' }));
    // `destroy` above emits this too, but by then the promise is settled.
    request.on('error', (error) => settle({ ready: false, reason: reasonOf(error) }));
  });
}

function tlsRequest(tls: TlsOptions): Record<string, unknown> {
  const given = Object.entries({ ca: tls.ca, cert: tls.cert, key: tls.key, servername: tls.servername });
  return { rejectUnauthorized: !tls.insecure, ...Object.fromEntries(given.filter(([, value]) => value !== null)) };
}

/**
 * Looks again and again until the target is ready or `signal` aborts. `onMiss` is called with the reason after each
 * failed look.
 */
export async function pollUntilReady(
  probe: () => Promise<Probe>,
  signal: AbortSignal,
  onMiss: (reason: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    const result = await probe();
    // A look that was cut short says nothing about the target: it is being stopped.
    if (result.ready || signal.aborted) return;
    onMiss(result.reason);
    await delay(POLL_MS);
  }
}

function reasonOf(error: unknown): string {
  // Node reports a failure of several addresses as one error with an empty message.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return codeOf(first) ?? messageOf(first);
}

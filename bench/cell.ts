import type { Cell, Endpoint } from '../src/plan/cell.js';
import { SEQUENCE_DIGITS } from '../src/plan/sequence.js';
import type { Target } from './served.js';

/** Size of every message of the bench, in both directions. */
export const PAYLOAD_BYTES = 64;
/** Time under load before a window begins, so that the code is compiled and the histograms are in memory. */
export const WARMUP_MS = 1000;
/** New connections per second: quick, but not more than the backlog of a server holds. */
export const CONNECT_RATE = 2000;
/** Rest after the last connect, for both contestants. For wsurge it is part of the warm-up. */
export const SETTLE_MS = 1000;

/**
 * A cell as `wsurge run` would make it, with all recording and checks on; binary, which a server echoes most cheaply.
 */
export function benchCell(
  changes: Pick<Cell, 'model'> & {
    readonly connections: number;
    readonly rate: number | null;
    readonly seconds: number;
  },
): Cell {
  const { model, connections, rate, seconds } = changes;
  return {
    id: 'bench',
    load: 'bench',
    model,
    arrival: 'constant',
    connections: { from: connections, to: connections },
    rate: rate === null ? null : { from: rate, to: rate },
    axes: { connections, rate },
    inFlight: 1,
    thinkMs: 0,
    message: { format: 'binary', size: { kind: 'fixed', bytes: PAYLOAD_BYTES }, template: null },
    reply: { match: 'sequence', field: 'sequence', echo: { kind: 'full' }, timeoutMs: 5000 },
    warmupMs: SETTLE_MS + (rate === 0 ? 0 : WARMUP_MS),
    durationMs: seconds * 1000,
    drainMs: 5000,
    connectRate: CONNECT_RATE,
    connectTimeoutMs: 10_000,
    maxInFlight: 65_536,
    seed: 1,
    lifetime: null,
    reconnect: { policy: 'never', baseMs: 100, capMs: 10_000, jitter: 'full' },
    events: [],
  };
}

/**
 * Messages of the same size, each of which goes to all connections; as the profile
 * `requests: [{ send: { ..., sequence: '{{sequence}}' }, reaches: all, reply: none }]` makes it.
 */
export function hubCell(changes: {
  readonly connections: number;
  readonly rate: number;
  readonly seconds: number;
}): Cell {
  const cell = benchCell({ model: 'open', ...changes });
  const head = '{"type":"say","text":"';
  const tail = '","sequence":';
  const text = 'x'.repeat(PAYLOAD_BYTES - head.length - tail.length - SEQUENCE_DIGITS - 1);
  return {
    ...cell,
    message: { format: 'json', size: { kind: 'fixed', bytes: PAYLOAD_BYTES }, template: null },
    reply: { ...cell.reply, match: 'none', echo: { kind: 'none' } },
    wire: {
      ...{ protocol: 'none', steps: [], rules: [], pick: 'weighted', separator: null, beat: null, rooms: null },
      ...{ key: { kind: 'field', field: 'sequence' }, senders: null, script: null },
      deliver: { timeoutMs: 5000 },
      requests: [
        {
          ...{ name: 'say', weight: 1, send: `${head}${text}${tail}{{sequence}}}` },
          ...{ expect: null, captures: [], reaches: 'all', silent: true },
        },
      ],
    },
  };
}

export function endpointOf({ url, ca }: Target): Endpoint {
  return {
    url,
    address: '127.0.0.1',
    headers: {},
    subprotocols: [],
    tls: { ca, cert: null, key: null, insecure: false, servername: null },
    userAgent: 'wsurge/bench',
  };
}

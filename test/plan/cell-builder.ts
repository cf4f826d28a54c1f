import type { Cell } from '../../src/plan/cell.js';

/** A small open cell; name what differs. */
export function cellWith(changes: Partial<Cell> = {}): Cell {
  return {
    id: 'load/c10-r100',
    load: 'load',
    model: 'open',
    arrival: 'constant',
    connections: { from: 10, to: 10 },
    rate: { from: 100, to: 100 },
    axes: { connections: 10, rate: 100 },
    inFlight: 1,
    thinkMs: 0,
    message: { format: 'json', size: { kind: 'fixed', bytes: 64 }, template: null },
    reply: { match: 'sequence', field: 'sequence', echo: { kind: 'full' }, timeoutMs: 5000 },
    warmupMs: 1000,
    durationMs: 2000,
    drainMs: 5000,
    connectRate: 500,
    connectTimeoutMs: 10_000,
    maxInFlight: 65_536,
    seed: 1,
    lifetime: null,
    reconnect: { policy: 'never', baseMs: 100, capMs: 10_000, jitter: 'full' },
    events: [],
    ...changes,
  };
}

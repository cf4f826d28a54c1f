/** Every reason that several cells may have says how bad it is, so that "worst" names the worst cell. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult, WorkerResult } from '../../src/metrics/cell-result.js';
import { doubtsOf } from '../../src/verdict/doubts.js';
import { REASONS } from '../../src/verdict/reasons.js';
import {
  agentsApart,
  agentsRepeating,
  agentsWithP50,
  bracketsFor,
  countersOf,
  healthyCell,
  judgementOf,
  quantilesOf,
  withConnections,
  withMessages,
  withWorker,
} from './cell-fixture.js';
import { withFanout } from './fanout-fixture.js';

const open = healthyCell();
const worker = (changes: Partial<WorkerResult>) => withWorker(open, changes);
const client = (changes: Partial<CellResult['client']>) => ({ ...open, client: { ...open.client, ...changes } });
const server = (changes: object) => ({ ...open, server: { ...open.server, ...changes } as CellResult['server'] });
const law = { law: 'lag.count = sent', left: 9, right: 10, where: 'measure, worker 0' };
const wide = (highUs: number) => {
  const cell = healthyCell({ addedUs: [1] });
  return { ...cell, brackets: { ...cell.brackets!, quantiles: { p99: [1000, highUs] as const } } };
};
const moved = (us: number) => {
  const half = (p50: number) => ({ p50, ci: [p50 - 1, p50 + 1] as const });
  return { ...open, stationarity: { halves: [half(2000), half(us)] as const, trend: null } };
};
const failing = (phase: 'open' | 'connect' | 'session', code: string, count: number): CellResult => ({
  ...withConnections(open, { opened: 1000, attempts: 1000, asked: 1000 }),
  errors: [{ phase, code, count }],
});
const closing = (code: number, count: number): CellResult => ({
  ...withConnections(open, { opened: 1000, asked: 1000 }),
  closeCodes: [{ code, clean: true, by: 'server', count }],
});
const cut = (count: number): CellResult => ({
  ...closing(1006, count),
  endedAfterSilence: { count, p10Us: 60e6, p50Us: 60e6, p90Us: 60e6, overUs: 30e6 },
});

type Code = keyof typeof REASONS;
/** Reasons about the run as a whole, and the lost worker, which is neither more nor less lost. */
const WITHOUT: ReadonlySet<string> = new Set<Code>(['few_samples', 'not_run', 'crashed', 'worker_lost']);

/** A cell with each reason, the worse the larger `n`, of 1 or 2. */
const CELLS: Readonly<
  Record<Exclude<Code, 'few_samples' | 'not_run' | 'crashed' | 'worker_lost'>, (n: number) => CellResult>
> = {
  client_rate: (n) => worker({ messages: countersOf({ planned: 100, sent: 100 - 20 * n, unsentAtStop: 20 * n }) }),
  client_connect: (n) => worker({ connectTrouble: 20 * n, connectAttempts: 100 }),
  client_limit: (n) => failing('open', 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', 200 * n),
  replies_unsure: (n) => ({ ...withMessages(open, { unexpected: n }), match: 'order' }),
  clock_paused: (n) => client({ suspendedMs: 1000 * n }),
  conservation: (n) => ({ ...open, laws: Array.from({ length: n }, () => law) }),
  accuracy: (n) => wide(20_000 * n),
  error_unknown: (n) => ({ ...open, brackets: bracketsFor(open.flows[0]!, [60], 100 - 30 * n) }),
  client_lag: (n) => worker({ lagUs: quantilesOf([6000 * n], 2000), responseUs: quantilesOf([10_000], 2000) }),
  client_busy: (n) => worker({ busy: 0.9 + 0.04 * n }),
  client_limited: (n) => withWorker(healthyCell({ model: 'closed' }), { busy: 0.8 + 0.05 * n }),
  client_blocked: (n) => worker({ blockedMsMax: 300 * n }),
  cpu_starved: (n) => worker({ runQueueWait: 0.2 * n }),
  cpu_throttled: (n) => client({ throttled: 0.2 * n }),
  cpu_steal: (n) => client({ steal: 0.2 * n }),
  agents_skewed: (n) => client({ agents: agentsApart(200 * n) }),
  agents_differ: (n) => client({ agents: agentsWithP50([10_000, 10_000 + 5000 * n]) }),
  bus_repeated: (n) => client({ agents: agentsRepeating(200 * n) }),
  gc_pause: (n) => worker({ gcTouched: 0.1 * n }),
  instrument_error: (n) => healthyCell({ model: 'listen', instrument: { p50: 0, p99: 20_000 * n } }),
  non_stationary: (n) => moved(2000 + 2000 * n),
  target_down: (n) => closing(1001, 400 + 200 * n),
  target_connect: (n) => failing('connect', 'ECONNREFUSED', 10 * n),
  target_session: (n) => failing('session', 'closed_4403', 10 * n),
  target_failed: (n) => withMessages(open, { failed: n }),
  target_blocked: (n) => withMessages(open, { blocked: n, sent: 10_000 - n, answered: 10_000 - n }),
  target_closed: (n) => closing(1001, 10 * n),
  sessions_ended: (n) => closing(1000, 10 * n),
  idle_cut: (n) => cut(10 * n),
  target_protocol: (n) => failing('open', 'WS_ERR_INVALID_OPCODE', n),
  order_lost: (n) => failing('open', 'order_lost', n),
  target_backlog: (n) => ({
    ...open,
    overload: { backlog: { perSecond: 200 * n, r2: 1, latePerSecond: 200 * n }, unanswered: 0 },
  }),
  target_missed: (n) => withFanout(open, { missed: 10_000 * n, late: 10_000 }),
  target_undelivered: (n) => withFanout(open, { missed: 10_000 * n }),
  target_deliver: (n) =>
    withFanout(open, { growth: { usPerSecond: 50_000 * n, lateUsPerSecond: 50_000 * n, r2: 0.9 } }),
  target_timeout: (n) => withMessages(open, { answered: 9000 - n, received: 9000 - n, timedOut: 1000 + n }),
  target_in_flight: (n) => withMessages(open, { dropped: n }),
  target_backpressure: (n) => withMessages(open, { backpressure: n }),
  target_cpu: (n) => healthyCell({ cpuPercent: 95 + n }),
  target_starved: (n) => server({ waited: 0.3 * n }),
};

const reasonOf = (cell: CellResult, code: string) => judgementOf(cell).reasons.find((each) => each.code === code);

test('every reason of a cell is larger where it is worse', () => {
  assert.deepEqual(
    Object.keys(CELLS).sort(),
    Object.keys(REASONS)
      .filter((code) => !WITHOUT.has(code))
      .sort(),
  );
  for (const [code, cellOf] of Object.entries(CELLS)) {
    const [less, more] = [reasonOf(cellOf(1), code), reasonOf(cellOf(2), code)];
    assert.ok(less !== undefined && more !== undefined, `${code} was not found`);
    assert.ok(more.measure > less.measure, `${code}: ${less.measure} and ${more.measure}`);
  }
});

test('the worst of three cells is found in the middle', () => {
  const name = (i: number) => ({ id: `load/c${i}`, load: 'load' });
  for (const code of ['accuracy', 'target_starved', 'non_stationary', 'idle_cut'] as const) {
    const complaints = [1, 2, 1].map((n, i) => {
      return { ...reasonOf(CELLS[code](n), code)!, cell: name(i).id, key: code };
    });
    const cells = [0, 1, 2].map(name);
    const [doubt] = doubtsOf(complaints, cells, { workers: 1, cores: 8, target: 'embedded' });
    assert.ok(doubt!.message.startsWith('worst c1: '), `${code}: ${doubt!.message}`);
  }
});

test('the width of a bracket counts against what is allowed, and the widest quantile decides', () => {
  const cell = healthyCell({ addedUs: [1] });
  const of = (p50: readonly [number, number], p99: readonly [number, number]) =>
    reasonOf({ ...cell, brackets: { ...cell.brackets!, quantiles: { p50, p99 } } }, 'accuracy')!.measure;
  assert.equal(of([1000, 4000], [1000, 3000]), 3, '3 ms of 1 ms');
  assert.equal(of([1000, 3000], [50_000, 100_000]), 2.5, '50 ms of 20 % of 100 ms');
});

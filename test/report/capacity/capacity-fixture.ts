/** Capacity searches that could have been. */
import type { CapacityDocument, CapacityStepRow } from '../../../src/documents/capacity-document.js';
import { fitScalability } from '../../../src/stats/scalability.js';

export function step(
  connections: number,
  askedPerSecond: number,
  more: Partial<CapacityStepRow> = {},
): CapacityStepRow {
  return {
    cell: `load/c${connections}-r${askedPerSecond}.1`,
    purpose: 'climb',
    ...{ connections, held: connections, askedPerSecond, answeredPerSecond: askedPerSecond, achieved: 1 },
    ...{ valueUs: 41_000, ciUs: [38_000, 44_000], note: null, passed: true, by: null, why: null, fix: null },
    ...{ validity: 'valid', target: 'ok', serverCpuPercent: 61, serverRssBytes: 8e7, serverIdleRssBytes: 7e7 },
    ...{ idleSocketBytes: 1e6, socketBytes: 2e6, clientBusy: 0.3 },
    ...more,
  };
}

export const FAILED = {
  passed: false,
  by: 'target',
  why: 'ws_response_time p(99) 62.1 ms [58.0, 70.2]',
  valueUs: 62_100,
} as const;

export function documentWith(changes: Partial<CapacityDocument> = {}): CapacityDocument {
  const estimate = { value: 1, ci: [0.5, 1.5] as const };
  return {
    ...{ schemaVersion: 1, kind: 'capacity', runId: 'r', status: 'complete' },
    ...{ startedAt: '2026-01-02T03:04:05.000Z', endedAt: '2026-01-02T03:06:05.000Z', labels: {} },
    tool: { name: 'wsurge', version: '1.2.3', engine: 'ws' },
    environment: {
      generators: [
        {
          ...{ host: 'h', cpu: 'a | processor', cores: 2, memoryBytes: 8e9, kernel: 'Linux', node: 'v20' },
          limits: { openFiles: 1024, ephemeralPorts: 28_232 },
        },
      ],
    },
    target: { url: 'ws://127.0.0.1:1/', address: '127.0.0.1', engine: 'ws', hint: null },
    ...{ profile: {}, seed: 1, workers: 1, pacing: 'timer' },
    search: {
      ...{ axis: 'connections', load: 'load', model: 'open', arrival: 'constant' },
      ...{ slo: 'ws_response_time p(99)<50ms', quantile: 'p99', limitUs: 50_000 },
      from: { connections: 100, ratePerSecond: 100 },
      ratePerConnection: 1,
      max: { connections: 19_884, ratePerSecond: 1_000_000 },
      ...{ maxNote: null, require: 2000, precision: 0.025 },
    },
    answer: {
      ...{ end: 'found', connections: 1240, ratePerSecond: 1240, atLeast: false, confirmed: true },
      ...{ valueUs: 41_000, ciUs: [38_000, 44_000], target: 'overloaded' },
      limitedBy: { by: 'target', text: 'target CPU 97 %', fix: null },
      text: '1,240 connections at 1/s each, p99 41.0 ms [38.0, 44.0], limited by: target CPU 97 %',
    },
    grid: null,
    steps: [step(800, 800), step(1240, 1240), step(1300, 1300, FAILED)],
    model: {
      of: 'connections',
      points: [
        [800, 800],
        [1240, 1240],
      ],
      fit: { lambda: estimate, sigma: estimate, kappa: estimate, peakAt: estimate, peakThroughput: 3, points: 6 },
      claim: 'throughput peaks at N* = 1,400 connections [1,300, 1,500]',
    },
    costs: [
      { what: 'server CPU', unit: 'us', per: 'message', value: 52.4, r2: 0.99, points: 6, note: null },
      {
        what: 'kernel memory of sockets',
        unit: 'bytes',
        per: 'message',
        value: null,
        r2: 0.2,
        points: 6,
        note: 'n/a: it does not follow the load',
      },
    ],
    exitCode: 99,
    ...changes,
  };
}

/** Doubling, narrowing, a failure tried twice, a step that the generator spoilt, and a law through it all. */
export function wholeSearch(changes: Partial<CapacityDocument> = {}): CapacityDocument {
  const levels = [100, 200, 400, 800, 1100, 1240];
  const latencies = [9_000, 9_600, 11_000, 17_000, 30_000, 41_000];
  const climb = levels.map((level, i) =>
    step(level, level, {
      ...{ valueUs: latencies[i]!, ciUs: [latencies[i]! * 0.94, latencies[i]! * 1.07] },
      ...{ serverCpuPercent: level / 14, serverRssBytes: 6e7 + 9200 * level, clientBusy: level / 5000 },
      ...(level === 1100 ? { purpose: 'narrow', why: 'send lag p99 2.10 ms' } : {}),
    }),
  );
  const over = {
    ...FAILED,
    answeredPerSecond: 1210,
    achieved: 0.91,
    target: 'overloaded',
    serverCpuPercent: 99,
  } as const;
  const spoilt = {
    ...FAILED,
    by: 'client',
    why: 'worker 0 was busy',
    fix: 'add workers: -w 2',
    valueUs: 55_000,
  } as const;
  const points = levels.map((n): [number, number] => [n, (1.02 * n) / (1 + 1e-4 * (n - 1) + 1.4e-7 * n * (n - 1))]);
  return documentWith({
    steps: [
      ...climb.slice(0, 4),
      step(1600, 1600, over),
      step(1600, 1600, { ...over, valueUs: 71_000 }),
      climb[4]!,
      step(1300, 1300, spoilt),
      climb[5]!,
    ],
    model: {
      of: 'connections',
      points,
      fit: fitScalability(points),
      claim: 'throughput peaks at N* = 2,672 connections',
    },
    ...changes,
  });
}

/** Rates against connections, with a step over the SLO, one that the generator spoilt, and a row where none held. */
export function gridSearch(): CapacityDocument {
  return wholeSearch({
    search: { ...documentWith().search, axis: 'both', require: null },
    exitCode: 0,
    steps: [
      step(10, 1000, { valueUs: 12_000 }),
      step(10, 1500, FAILED),
      step(20, 500, { valueUs: 9_000 }),
      step(20, 1000, { ...FAILED, by: 'client' }),
      step(40, 500, FAILED),
    ],
    grid: [
      { connections: 10, ratePerSecond: 1000, atLeast: false },
      { connections: 20, ratePerSecond: 500, atLeast: true },
      { connections: 40, ratePerSecond: null, atLeast: false },
    ],
    answer: { ...documentWith().answer, connections: 10, ratePerSecond: 1000 },
  });
}

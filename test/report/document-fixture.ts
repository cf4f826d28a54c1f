/** Result documents of runs that could have been, for tests of everything that shows them. Deterministic. */

import { buildDocument, type DocumentParts } from '../../src/documents/build-result.js';
import { Redactor } from '../../src/documents/redaction/redact.js';
import type { ResultDocument } from '../../src/documents/result-document.js';
import type { CellResult, RunOutcome } from '../../src/metrics/cell-result.js';
import { idleMemoryOf } from '../../src/metrics/idle-memory.js';
import type { Threshold } from '../../src/profile/profile.js';
import { judge } from '../../src/verdict/judge.js';
import {
  healthyCell,
  withConnections,
  withMessages,
  withRequests,
  withSession,
  withWorker,
} from '../verdict/cell-fixture.js';

const COUNTS = [1, 10, 50, 100, 500, 1000];

/** The concurrency load of the default profile: latency and CPU grow with the connections. */
export function concurrencyCells(): CellResult[] {
  return COUNTS.map((connections, i) =>
    healthyCell({
      connections,
      serviceUs: range(400 + i * 60, 97, 4 + i),
      cpuPercent: 8 + i * 3.1,
      engine: 'uws',
      workers: connections > 500 ? 2 : 1,
      instrument: { p50: 24 + i, p99: 180 - 40 * i },
    }),
  );
}

export function throughputCells(): CellResult[] {
  return [100, 500, 1000].map((rate) =>
    healthyCell({
      ...{ load: 'throughput', connections: 100, rate, engine: 'uws', cpuPercent: rate / 100 },
      instrument: { p50: 31, p99: 210 },
    }),
  );
}

function range(from: number, count: number, step: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i * step);
}

export function threshold(some: Partial<Threshold> & Pick<Threshold, 'metric' | 'expression'>): Threshold {
  return {
    selector: {},
    aggregation: { kind: 'value' },
    comparison: '<',
    limit: 0,
    title: null,
    gate: false,
    abortOnFail: false,
    delayAbortEvalMs: 0,
    ...some,
  };
}

const p95 = { kind: 'percentile', quantile: 0.95 } as const;

export function benchmarkThresholds(): Threshold[] {
  const rates = ['100', '500', '1000'];
  return [
    threshold({
      metric: 'ws_connecting',
      expression: 'p(95)<100',
      aggregation: p95,
      limit: 100_000,
      title: 'Connection time',
    }),
    threshold({
      metric: 'ws_response_time',
      expression: 'p(95)<50',
      aggregation: p95,
      limit: 50_000,
      title: 'Response time',
    }),
    ...rates.map((rate) =>
      threshold({
        metric: 'ws_msgs_answered',
        expression: 'rate>=0.99',
        selector: { load: 'throughput', rate },
        aggregation: { kind: 'rate' },
        comparison: '>=',
        limit: 0.99,
        title: `Throughput at ${rate} msg/s`,
      }),
    ),
    threshold({
      metric: 'ws_connections_held',
      expression: 'value>=1000',
      selector: { load: 'concurrency', connections: '1000' },
      comparison: '>=',
      limit: 1000,
      title: '1000 connections held',
      gate: true,
    }),
    threshold({
      metric: 'server_rss_per_connection',
      expression: 'value<10KB',
      limit: 10_000,
      title: 'Memory per connection',
    }),
    threshold({
      metric: 'server_cpu_percent',
      expression: 'value<10',
      selector: { load: 'throughput', rate: '100' },
      limit: 10,
      title: 'Server CPU at 100 connections and 100 msg/s',
    }),
  ];
}

/** 9 KB a connection, and 6 KB of the kernel. */
const IDLE_MEMORY = idleMemoryOf(
  [0, 250, 500, 750, 1000].map((held) => ({
    ...{ asked: held, held, rssBytes: 80e6 + held * 9000 + (held % 500) * 100 },
    socketBytes: 5e6 + held * 6000,
  })),
  20,
);

export interface FixtureParts extends Partial<Omit<DocumentParts, 'outcome' | 'verdict'>> {
  readonly cells?: readonly CellResult[];
  readonly outcome?: Partial<RunOutcome>;
  readonly thresholds?: readonly Threshold[];
}

export function documentOf(parts: FixtureParts = {}): ResultDocument {
  const { cells = [...concurrencyCells(), ...throughputCells()], thresholds = benchmarkThresholds(), ...rest } = parts;
  const outcome: RunOutcome = {
    ...{ cells, notRun: [], interrupted: false, abortedBy: null, idleMemory: IDLE_MEMORY },
    ...rest.outcome,
  };
  return buildDocument({
    runId: '2026-11-24T10-15-30Z-report',
    startedAt: new Date('2026-11-24T10:15:30Z'),
    endedAt: new Date('2026-11-24T10:18:02Z'),
    crashed: false,
    labels: { branch: 'main' },
    tool: { version: '0.1.0', engine: 'ws' },
    generators: [
      {
        host: 'bench-1',
        cpu: 'Example CPU @ 3.0 GHz',
        cores: 4,
        memoryBytes: 16_000_000_000,
        kernel: 'Linux 6.8.0',
        node: 'v20.20.2',
        limits: { openFiles: 1_048_576, ephemeralPorts: 28_232 },
      },
    ],
    target: { url: 'ws://127.0.0.1:9001/', address: '127.0.0.1', engine: 'uws', hint: null },
    profile: { name: 'report', seed: 1 },
    planHash: 'c0ffee',
    seed: 1,
    workers: 2,
    pacing: 'timer',
    redactor: new Redactor([]),
    ...rest,
    outcome,
    verdict: judge(outcome, thresholds, { defaultGates: true, strict: false }),
  });
}

function fallingBehind(cell: CellResult): CellResult {
  const backlog = { perSecond: 312.4, r2: 0.98, latePerSecond: 305 };
  return { ...cell, overload: { ...cell.overload, backlog } };
}

function warmingUp(cell: CellResult): CellResult {
  const halves = [
    { p50: 1480, ci: [1470, 1490] },
    { p50: 740, ci: [735, 745] },
  ] as const;
  return { ...cell, stationarity: { halves, trend: { rho: -0.95, p: 0.00002, windows: 10 } } };
}

/** One of each trouble: late generator, refused connections, dead target, lost messages, unknown server, cut short, falling behind, warming up. */
export function troubleCells(): CellResult[] {
  const cell = (connections: number) => healthyCell({ connections });
  const refused = withConnections(cell(100), { opened: 97, failed: 3, held: 97, closedClean: 97 });
  const unanswered = withMessages(cell(500), { answered: 9000, received: 9000, timedOut: 1000 });
  const silent = withMessages(cell(600), { answered: 4000, received: 4000, timedOut: 6000 });
  return [
    cell(1),
    healthyCell({ connections: 10, lagUs: range(600, 89, 2) }),
    withWorker(cell(50), { busy: 0.95 }),
    { ...refused, errors: [{ phase: 'connect', code: 'ECONNREFUSED', count: 3 }] },
    unanswered,
    silent,
    {
      ...cell(700),
      server: { status: 'unavailable', engine: null, reason: 'no local process listens on the port' },
      interrupted: true,
    },
    healthyCell({ connections: 800, rate: 10, durationMs: 10_000 }),
    fallingBehind(withMessages(cell(900), { answered: 8200, received: 8200, timedOut: 1800 })),
    warmingUp(cell(950)),
  ];
}

const REQUESTS = ['say', 'history', 'orders.create-with-a-long-name'] as const;
const SPOKEN = { say: 1, history: 4, [REQUESTS[2]]: 5 } as const;

/** A chat that speaks: three requests, a session of two steps, rules; at 500 connections some replies say no. */
export function chatCells(): CellResult[] {
  return [100, 500].map((connections) => {
    const cell = healthyCell({ load: 'chat', connections, rate: 500, instrument: { p50: 24, p99: 180 } });
    const failed = connections === 500 ? 48 : 0;
    const requests = REQUESTS.map((name, i) => {
      const planned = 500 * SPOKEN[name];
      const lost = name === 'history' && failed > 0 ? 2 : 0;
      const answered = planned - lost;
      return {
        name,
        counters: {
          ...{ planned, sent: planned, answered, received: answered },
          ...{ timedOut: lost, failed: i === 2 ? failed : 0 },
        },
        serviceUs: range(400 + 900 * i + connections, 97, 4 + 3 * i),
      };
    });
    const speaking = withSession(withRequests(cell, requests));
    return {
      ...speaking,
      protocol: 'socket.io',
      ruled: [
        { name: 'ping', means: 'duty', count: connections * 33 },
        { name: 'said', means: 'count', count: connections * 120 },
        { name: 'tick', means: 'count', count: connections * 10 },
      ],
    };
  });
}

/** The second cell of the chat refuses every fifth session. */
export function refusingChat(): CellResult[] {
  const [cell, other] = chatCells();
  const refused = withConnections(other!, { attempts: 500, opened: 400, failed: 100, held: 400, closedClean: 400 });
  const said = 'step connect: 44{"message":"invalid token"}';
  return [cell!, { ...refused, errors: [{ phase: 'session', code: 'CONNECT_ERROR', count: 100, said }] }];
}

/** Closed, listening, holding and ramping loads beside a matrix. */
export function manyLoads(): CellResult[] {
  const matrix = [10, 100].flatMap((connections) =>
    [100, 500, 1000].map((rate) =>
      healthyCell({ load: 'matrix', connections, rate, instrument: { p50: -3, p99: 120 } }),
    ),
  );
  const last = matrix[5]!;
  matrix[5] = withMessages(last, { answered: 9900, received: 9900, timedOut: 100 });
  const ramp = healthyCell({ load: 'ramp', id: 'ramp/c1-100', durationMs: 60_000, instrument: { p50: 30, p99: 240 } });
  return [
    ...matrix,
    withWorker(healthyCell({ load: 'closed', model: 'closed', connections: 50, rate: 4200 }), { busy: 0.88 }),
    healthyCell({ load: 'listen', model: 'listen', connections: 200 }),
    healthyCell({ load: 'hold', connections: 300, rate: 0 }),
    { ...ramp, ramp: true },
  ];
}

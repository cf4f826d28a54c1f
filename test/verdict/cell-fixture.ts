/** Cells as a healthy run would leave them, for tests of everything that reads results. Deterministic. */
import type { AgentResult } from '../../src/metrics/agent-result.js';
import { bracketsOf } from '../../src/metrics/brackets.js';
import type {
  Brackets,
  CellResult,
  FlowResult,
  Quantiles,
  Stationarity,
  WorkerResult,
} from '../../src/metrics/cell-result.js';
import { COUNTERS, type CounterName, namedCounters } from '../../src/metrics/counters.js';
import { Totals } from '../../src/metrics/histogram.js';
import { CONNECT_PHASES, type ConnectPhase } from '../../src/metrics/interval.js';
import { lostOf } from '../../src/metrics/laws.js';
import { summarize } from '../../src/metrics/quantiles.js';
import { Recording } from '../../src/metrics/recording.js';
import type { Model } from '../../src/profile/profile.js';
import { type CellJudgement, judgeCell } from '../../src/verdict/validity.js';

export interface FixtureOptions {
  readonly id?: string;
  readonly load?: string;
  readonly connections?: number;
  /** Total messages per second; ignored for listen. */
  readonly rate?: number;
  readonly model?: Model;
  readonly durationMs?: number;
  readonly workers?: number;
  /** Service times cycle through these, microseconds. */
  readonly serviceUs?: readonly number[];
  readonly lagUs?: readonly number[];
  readonly connectUs?: readonly number[];
  readonly engine?: string | null;
  readonly cpuPercent?: number | null;
  readonly idleRssBytes?: number | null;
  /** What the instrument check found, microseconds; off where absent. */
  readonly instrument?: { readonly p50: number; readonly p99: number };
  /** What the way back added to 1,000 messages of the check, which cycle through these; no brackets where absent. */
  readonly addedUs?: readonly number[];
}

export const TIMEOUT_US = 5_000_000;
const NO_COUNTERS = namedCounters(COUNTERS.map(() => 0));
const DEFAULT_SERVICE_US = Array.from({ length: 97 }, (_, i) => 400 + i * 4);
const DEFAULT_LAG_US = Array.from({ length: 89 }, (_, i) => 100 + i);

/** The same function, but what it gave for these arguments once it gives again: nobody changes a result. */
function remembering<Args extends readonly unknown[], Result>(make: (...args: Args) => Result) {
  const made = new Map<string, Result>();
  return (...args: Args): Result => {
    const key = JSON.stringify(args);
    const known = made.get(key);
    if (known !== undefined) return known;
    const result = make(...args);
    made.set(key, result);
    return result;
  };
}

/** Totals of `count` values that cycle through `values`. */
export function totalsOf(values: readonly number[], count = values.length): Totals {
  const recording = new Recording();
  for (let i = 0; i < count; i++) recording.record(values[i % values.length]!);
  return Totals.of(recording.drain());
}

/** Quantiles of `count` values that cycle through `values`, with some unanswered. */
export const quantilesOf = remembering(
  (
    values: readonly number[],
    count: number = values.length,
    censored: { timedOut?: number; otherCensored?: number } = {},
  ): Quantiles =>
    summarize(totalsOf(values, count), {
      timedOut: censored.timedOut ?? 0,
      otherCensored: censored.otherCensored ?? 0,
      timeoutUs: TIMEOUT_US,
      seed: 1,
    }),
);

/** Counters by name, zero where not given. */
export function countersOf(some: Partial<Record<CounterName, number>>): Record<CounterName, number> {
  return { ...NO_COUNTERS, ...some };
}

/** A flow with these counters and latencies; histograms hold as many values as the counters say. */
export const flowOf = remembering(makeFlow);

function makeFlow(
  model: Model,
  counters: Readonly<Record<CounterName, number>>,
  serviceUs: readonly number[] = DEFAULT_SERVICE_US,
  lagUs: readonly number[] = DEFAULT_LAG_US,
): FlowResult {
  const matched = counters.planned - counters.unmatched;
  const other = matched - counters.answered - counters.timedOut;
  const options = { timedOut: counters.timedOut, otherCensored: other, timeoutUs: TIMEOUT_US, seed: 1 };
  const responseUs = Array.from(
    { length: serviceUs.length * lagUs.length },
    (_, i) => serviceUs[i % serviceUs.length]! + lagUs[i % lagUs.length]!,
  );
  const service = totalsOf(serviceUs, counters.answered);
  const response = totalsOf(responseUs, counters.answered);
  const lag = totalsOf(lagUs, counters.sent);
  const has = { service: model !== 'listen', response: model === 'open', lag: model !== 'listen' };
  return {
    name: 'message',
    messages: { ...counters, lost: lostOf(counters) },
    warmup: { ...NO_COUNTERS, lost: 0 },
    latencyUs: {
      response: has.response ? summarize(response, options) : null,
      service: has.service ? summarize(service, options) : null,
      lag: has.lag ? summarize(lag, { ...options, timedOut: 0, otherCensored: 0 }) : null,
    },
    histograms: {
      response: has.response ? response.encode() : null,
      service: has.service ? service.encode() : null,
      lag: has.lag ? lag.encode() : null,
    },
    warmupHistograms: {
      response: has.response ? new Totals().encode() : null,
      service: has.service ? new Totals().encode() : null,
      lag: has.lag ? new Totals().encode() : null,
    },
    warmupUs: has.service ? summarize(has.response ? response : service, options) : null,
  };
}

/** A cell in which everything went well: all laws hold, VALID, target ok, every default gate passes. */
export function healthyCell(options: FixtureOptions = {}): CellResult {
  const { load = 'concurrency', connections = 100, model = 'open', durationMs = 10_000, workers = 1 } = options;
  const rate = model === 'listen' ? 0 : (options.rate ?? 1000);
  const seconds = durationMs / 1000;
  const messages = Math.round(rate * seconds);
  const received = model === 'listen' ? 10_000 : messages;
  const sent = { planned: messages, sent: messages, answered: messages, received };
  const flow = flowOf(model, countersOf(sent), options.serviceUs, options.lagUs);
  const connectUs = totalsOf(options.connectUs ?? [900, 1000, 1100, 1200, 1500], connections);
  const connectMs = Math.max(1, Math.round(connections * 2));
  const measureFrom = connectMs + 1050;
  return {
    id: options.id ?? (model === 'open' ? `${load}/c${connections}-r${rate}` : `${load}/c${connections}`),
    load,
    axes: { connections, rate: model === 'open' ? rate : null },
    model,
    arrival: 'constant',
    pacing: 'timer',
    ramp: false,
    interrupted: false,
    phases: [
      { name: 'connect', fromMs: 0, toMs: connectMs },
      { name: 'settle', fromMs: connectMs, toMs: connectMs + 50 },
      { name: 'warmup', fromMs: connectMs + 50, toMs: measureFrom },
      { name: 'measure', fromMs: measureFrom, toMs: measureFrom + durationMs },
      { name: 'drain', fromMs: measureFrom + durationMs, toMs: measureFrom + durationMs + 110 },
      { name: 'close', fromMs: measureFrom + durationMs + 110, toMs: measureFrom + durationMs + 160 },
    ],
    connections: {
      asked: connections,
      attempts: connections,
      opened: connections,
      failed: 0,
      abandoned: 0,
      held: connections,
      closedClean: connections,
      closedDirty: 0,
      openAtEnd: 0,
    },
    rate: {
      askedPerSecond: model === 'open' ? rate : null,
      plannedPerSecond: rate,
      sentPerSecond: rate,
      answeredPerSecond: rate,
      receivedPerSecond: received / seconds,
    },
    flows: [flow],
    ...(options.addedUs === undefined || model === 'listen' ? {} : { brackets: bracketsFor(flow, options.addedUs) }),
    connectUs: connectQuantiles(connectUs),
    connectHistogram: connectUs.encode(),
    sessionUs: quantilesOf([durationMs * 1000 + 1_200_000], connections),
    pingUs: quantilesOf([300, 350, 420], connections),
    closeCodes: [{ code: 1000, clean: true, by: 'client', count: connections }],
    errors: [],
    bytes: { sent: messages * 70, received: received * 66 },
    client: {
      workers: Array.from({ length: workers }, (_, worker) =>
        healthyWorker(worker, workers, { messages: sent, connections, flow, instrument: options.instrument ?? null }),
      ),
      cpuPercent: 24,
      busy: 0.2,
      blockedMsMax: 9,
      runQueueWait: 0.008,
      gcPauseMsMax: 2.1,
      rssBytes: 118_000_000,
      clamped: 0,
      throttled: 0,
      steal: 0,
      suspendedMs: 0,
      instrumentErrorUs: options.instrument ?? null,
    },
    server: {
      status: 'measured',
      engine: options.engine === undefined ? 'ws' : options.engine,
      pid: 4242,
      cpuPercent: options.cpuPercent === undefined ? 12 : options.cpuPercent,
      rssBytes: 84_000_000 + connections * 12_000,
      idleRssBytes: options.idleRssBytes === undefined ? 70_000_000 + connections * 9_000 : options.idleRssBytes,
      openFds: connections + 24,
    },
    laws: [],
    overload: {
      backlog: model === 'open' && rate > 0 && seconds >= 5 ? { perSecond: 0, r2: 1, latePerSecond: 0 } : null,
      unanswered: messages === 0 ? null : 0,
    },
    stationarity: messages > 0 && seconds >= 10 ? steadyAt(flow) : null,
    seconds: Array.from({ length: Math.round(seconds) }, (_, second) => ({
      phase: 'measure' as const,
      second,
      planned: rate,
      sent: rate,
      answered: rate,
      received: received / seconds,
      open: connections,
      inFlight: 1,
      p50: rate === 0 ? null : 760,
      p90: rate === 0 ? null : 900,
      p99: rate === 0 ? null : 960,
      max: rate === 0 ? null : 990,
    })),
  };
}

/** The brackets of a flow after so many checks, 1,000 unless told; none answered where `addedUs` is empty. */
export function bracketsFor(flow: FlowResult, addedUs: readonly number[], checks = 1000): Brackets {
  const [service, response] = [flow.histograms.service, flow.histograms.response].map((encoded) =>
    encoded === null ? new Totals() : Totals.decode(encoded),
  );
  const { planned, answered, timedOut } = flow.messages;
  const censored = { timedOut, otherCensored: planned - answered - timedOut, timeoutUs: TIMEOUT_US };
  const headline = flow.latencyUs.response === null ? service! : response!;
  return bracketsOf({ headline, service: service! }, censored, {
    added: totalsOf(addedUs, addedUs.length === 0 ? 0 : checks),
    missed: 0,
  });
}

/** The cell judged in a run without thresholds. */
export function judgementOf(cell: CellResult): CellJudgement {
  return judgeCell(cell, []);
}

/** `code severity` of every client reason. */
export function clientReasonsOf(cell: CellResult): string[] {
  return judgementOf(cell)
    .reasons.filter(({ side }) => side === 'client')
    .map(({ code, severity }) => `${code} ${severity}`);
}

/** Both halves like the whole, and no trend. */
function steadyAt({ latencyUs }: FlowResult): Stationarity {
  const { p50 = null, ci } = latencyUs.response ?? latencyUs.service ?? {};
  const half = { p50, ci: ci?.p50 ?? null };
  return { halves: [half, half], trend: { rho: 0.1, p: 0.78, windows: 10 } };
}

/** The cell with its first worker changed: `withWorker(cell, { busy: 0.95 })`. */
export function withWorker(cell: CellResult, changes: Partial<WorkerResult>): CellResult {
  const workers = cell.client.workers.map((worker, i) => (i === 0 ? { ...worker, ...changes } : worker));
  return { ...cell, client: { ...cell.client, workers } };
}

/** The cell with some message counters of its flow changed; latencies follow the counters. */
export function withMessages(cell: CellResult, changes: Partial<Record<CounterName, number>>): CellResult {
  const { lost: _, ...before } = cell.flows[0]!.messages;
  const counters = { ...before, ...changes };
  const { planned, answered, unmatched } = counters;
  const unanswered = planned === 0 || unmatched > 0 ? null : (planned - answered) / planned;
  return { ...cell, flows: [flowOf(cell.model, counters)], overload: { ...cell.overload, unanswered } };
}

/** What one request of a fixture did; latencies follow the counters. */
export interface RequestFixture {
  readonly name: string;
  readonly counters: Partial<Record<CounterName, number>>;
  readonly serviceUs?: readonly number[];
}

/** The cell with requests; its counters are their sums, and its latencies are made of theirs. */
export function withRequests(cell: CellResult, requests: readonly RequestFixture[]): CellResult {
  const seconds = measuredSecondsOf(cell);
  const each = requests.map(({ name, counters, serviceUs }) => {
    const flow = flowOf(cell.model, countersOf(counters), serviceUs);
    const { planned, sent, answered } = flow.messages;
    return {
      ...{ ...flow, name, brackets: cell.brackets && bracketsFor(flow, [60]) },
      perSecond: { planned: planned / seconds, sent: sent / seconds, answered: answered / seconds },
    };
  });
  const sums = Object.fromEntries(
    COUNTERS.map((name) => [name, each.reduce((sum, { messages }) => sum + messages[name], 0)]),
  );
  const serviceUs = requests.flatMap(({ serviceUs = DEFAULT_SERVICE_US }) => serviceUs);
  const flows = [flowOf(cell.model, countersOf(sums), serviceUs)];
  const protocol = 'none' as const;
  return { ...cell, flows, protocol, requests: each };
}

export function measuredSecondsOf({ phases }: CellResult): number {
  const measure = phases.find(({ name }) => name === 'measure')!;
  return (measure.toMs - measure.fromMs) / 1000;
}

/** The cell with a session that takes 0.6 to 1.8 ms, of which the named steps take their share. */
export function withSession(cell: CellResult, steps: readonly string[] = ['login', 'join']): CellResult {
  const { opened } = cell.connections;
  const readyUs = [600, 900, 1800];
  const ready = totalsOf(readyUs, opened);
  const parts = steps.map((name, i) => {
    const us = readyUs.map((each) => Math.round(each / (i + 2)));
    return { name, us: quantilesOf(us, opened), histogram: totalsOf(us, opened).encode() };
  });
  const session = { readyUs: quantilesOf(readyUs, opened), readyHistogram: ready.encode(), steps: parts };
  return { ...cell, protocol: cell.protocol ?? 'none', session };
}

/** The cell with some of its connection counts changed. */
export function withConnections(cell: CellResult, changes: Partial<CellResult['connections']>): CellResult {
  return { ...cell, connections: { ...cell.connections, ...changes } };
}

function connectQuantiles(total: Totals): Record<ConnectPhase, Quantiles> {
  const count = total.count;
  const parts: Readonly<Record<ConnectPhase, number>> = { wait: 40, tcp: 120, tls: 1, upgrade: 800, total: 0 };
  return Object.fromEntries(
    CONNECT_PHASES.map((phase) => [
      phase,
      phase === 'total'
        ? summarize(total, { timedOut: 0, otherCensored: 0, timeoutUs: TIMEOUT_US, seed: 1 })
        : quantilesOf([parts[phase]], count),
    ]),
  ) as Record<ConnectPhase, Quantiles>;
}

function healthyWorker(
  worker: number,
  workers: number,
  of: {
    readonly messages: Partial<Record<CounterName, number>>;
    readonly connections: number;
    readonly flow: FlowResult;
    readonly instrument: { readonly p50: number; readonly p99: number } | null;
  },
): WorkerResult {
  const share = (whole: number) => Math.floor(whole / workers) + (worker < whole % workers ? 1 : 0);
  const messages = Object.fromEntries(Object.entries(of.messages).map(([name, count]) => [name, share(count ?? 0)]));
  return {
    worker,
    status: 'done',
    error: null,
    messages: countersOf(messages),
    lagUs: of.flow.latencyUs.lag,
    responseUs: of.flow.latencyUs.response,
    busy: 0.2,
    blockedMsMax: 9,
    blockedWaitMs: 1,
    pausedMs: 0,
    runQueueWait: 0.008,
    cpuPercent: 18,
    gcPauseMsMax: 2.1,
    gcTouched: 0,
    instrument: of.instrument === null ? null : { ...of.instrument, count: 1000, missed: 0 },
    heapBytes: 24_000_000,
    connectTrouble: 0,
    connectAttempts: share(of.connections),
  };
}

/** Two agents that may have started so far apart. */
export function agentsApart(ms: number): AgentResult[] {
  return ['one', 'two'].map((agent, i) => ({
    ...{
      agent,
      workers: [i, i + 1],
      status: 'done',
      error: null,
      address: null,
      bus: { reconnects: 0, sent: 10, repeated: 0 },
      host: null,
    },
    clock: { errorUs: (ms * 1000) / 4, driftUs: i === 0 ? (ms * 1000) / 4 : -(ms * 1000) / 4 },
  }));
}

/** Agents `one`, `two`, ... with these p50 of service time, each within `offUs`. */
export function agentsWithP50(p50Us: readonly number[], offUs = 10): AgentResult[] {
  const [first] = agentsApart(0);
  return p50Us.map((us, i) => {
    const service = { ...quantilesOf([us], 2000), p50: us, ci: { p50: [us - offUs, us + offUs] as const } };
    const agent = ['one', 'two', 'three', 'four', 'five'][i]!;
    return { ...first!, agent, workers: [i, i + 1], latencyUs: { response: null, service } };
  });
}

/** Two agents, of which the second one's orders and reports had to be sent again so often. */
export function agentsRepeating(repeated: number, sent = 1000): AgentResult[] {
  const [one, two] = agentsApart(0);
  return [one!, { ...two!, bus: { reconnects: 1, sent, repeated } }];
}

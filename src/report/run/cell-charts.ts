/**
 * The numbers of a cell's charts. All share one time axis: seconds from the start of the measured time; the warm-up is
 * negative.
 */

import type { JudgedCell } from '../../documents/result-document.js';
import type { FlowResult, Quantiles } from '../../metrics/cell-result.js';
import { flowOf } from '../../metrics/flow.js';
import { Totals } from '../../metrics/histogram.js';
import type { SecondResult } from '../../metrics/second-result.js';
import { percentOfCore, type ServerSecond } from '../../metrics/seconds/server-second.js';
import type { CellTimeline, MessageSecond, WallSecond } from '../../metrics/seconds/timeline.js';
import { sparseQuantile } from '../../metrics/sparse-quantile.js';
import { MODELS } from '../../plan/models.js';
import { type Numbers, short } from '../shared/chart-numbers.js';
import { thinned } from './thin-columns.js';

/** Columns of equal length within each part; null where there is nothing to show. Latencies in microseconds. */
export interface CellCharts {
  /** Of the time axis, s: the warm-up starts at `-warmupS`, the measured time ends at `durationS`. */
  readonly warmupS: number;
  readonly durationS: number;
  readonly latency: { readonly atS: Numbers; p50Us: Numbers; p90Us: Numbers; p99Us: Numbers; maxUs: Numbers };
  /**
   * Per second: planned, sent, and answered (received where replies are not matched). `done`: answered, or sent without
   * a reply of their own; absent if every message has one. `delivered` is absent without fan-out.
   */
  readonly rate: {
    readonly atS: Numbers;
    readonly planned: Numbers;
    readonly sent: Numbers;
    readonly answered: Numbers;
    readonly received: Numbers;
    readonly done?: Numbers;
    readonly delivered?: Numbers;
    readonly deliverP50Us?: Numbers;
    readonly deliverP99Us?: Numbers;
  };
  readonly lag: { readonly atS: Numbers; p50Us: Numbers; p99Us: Numbers };
  readonly wall: {
    readonly atS: Numbers;
    readonly open: Numbers;
    readonly errors: Numbers;
    readonly blockedMs: Numbers;
    readonly gcPauseMs: Numbers;
    readonly busyPercent: Numbers;
    readonly cpuPercent: Numbers;
  };
  /** The server's process and this machine; empty if the run sampled neither. CPU: 100 = one core. */
  readonly server: { readonly atS: Numbers; cpuPercent: Numbers; rssBytes: Numbers; machineCpuPercent: Numbers };
  /** Ranks over what was planned: `x` is 1 / (1 - q), so that 10 is p90 and 1000 is p99.9. */
  readonly spectrum: readonly { readonly name: 'response' | 'service'; x: readonly number[]; us: readonly number[] }[];
  /** The same of the headline of each request; absent without requests. */
  readonly byRequest?: readonly { readonly name: string; x: readonly number[]; us: readonly number[] }[];
  /** The same of the deliveries of each request that reaches others; absent without fan-out. */
  readonly byDelivery?: readonly DeliveryCurve[];
  /** The shares of all connections, sorted, in percent; absent where each received all that was meant for it. */
  readonly shares?: { readonly count: number; readonly percent: readonly number[] };
  /** The same of the answers; absent without `fairness`. */
  readonly answerShares?: { readonly count: number; readonly percent: readonly number[] };
  /** The 99th percentiles of the connections, the longest first; absent without `fairness`. */
  readonly connectionTimes?: readonly { readonly of: 'answers' | 'deliveries'; readonly us: readonly number[] }[];
}

/** Deliveries, and the first and last of each message, as in `spectrum`. */
export interface DeliveryCurve {
  readonly request: string;
  /** `slow`: of those who read slowly on purpose. */
  readonly name: 'deliver' | 'first' | 'last' | 'slow';
  readonly x: readonly number[];
  readonly us: readonly number[];
}

/** `mostRows`: the most rows of each chart; longer ones are thinned. */
export function cellCharts(
  cell: JudgedCell,
  timeline: CellTimeline | undefined,
  mostRows = Number.POSITIVE_INFINITY,
): CellCharts {
  const warmupS = phaseS(cell, 'warmup');
  const axis: Axis = { warmupS, durationS: phaseS(cell, 'measure') };
  const messages = timeline?.messages ?? [];
  // Leave out drain and close: closing all connections costs the generator more than the load did.
  const wall = (timeline?.wall ?? []).filter(({ stage }) => stage !== 'drain' && stage !== 'close');
  return {
    ...axis,
    latency: thinned(latencyColumns(cell, axis), mostRows),
    rate: thinned(rateColumns(cell, axis), mostRows),
    lag: thinned(lagColumns(messages, axis), mostRows),
    wall: thinned(wallColumns(wall, axis), mostRows),
    server: thinned(serverColumns(timeline?.server ?? []), mostRows),
    spectrum: (['response', 'service'] as const).flatMap((name) =>
      spectrumOf(cell, flowOf(cell), name).map((curve) => ({ name, ...curve })),
    ),
    ...requestCurves(cell),
    ...deliveryCurves(cell),
    ...sharesOf(cell),
    ...fairnessOf(cell),
  };
}

interface Axis {
  readonly warmupS: number;
  readonly durationS: number;
}

/** The planned length of a phase, s. The measured one differs by milliseconds. */
function phaseS(cell: JudgedCell, name: string): number {
  const phase = cell.phases.find((each) => each.name === name);
  return phase === undefined ? 0 : Math.round((phase.toMs - phase.fromMs) / 100) / 10;
}

function messageAtS(second: Pick<MessageSecond, 'phase' | 'second'>, { warmupS }: Axis): number {
  return second.phase === 'warmup' ? round(second.second - warmupS) : second.second;
}

/** Start of a second on the time axis. The measured time begins with a whole second, even after a warm-up of 1.5 s. */
function wallAtS({ fromT0, stage }: WallSecond, { warmupS }: Axis): number {
  return stage === 'measure' ? Math.ceil(fromT0 - warmupS) : round(fromT0 - warmupS);
}

function round(seconds: number): number {
  return Number(seconds.toFixed(1));
}

function latencyColumns({ seconds }: JudgedCell, axis: Axis): CellCharts['latency'] {
  return {
    atS: seconds.map((second) => messageAtS(second, axis)),
    p50Us: seconds.map(({ p50 }) => p50),
    p90Us: seconds.map(({ p90 }) => p90),
    p99Us: seconds.map(({ p99 }) => p99),
    maxUs: seconds.map(({ max }) => max),
  };
}

/** Rates by second. The last second of a phase may be shorter, so its counts are scaled to a whole second. */
function rateColumns({ seconds }: JudgedCell, axis: Axis): CellCharts['rate'] {
  const perSecondOf = (count: (second: SecondResult) => number) =>
    seconds.map((second) => {
      const lengthS = (second.phase === 'warmup' ? axis.warmupS : axis.durationS) - second.second;
      return short(count(second) / (lengthS > 0 && lengthS < 1 ? lengthS : 1));
    });
  const perSecond = (name: 'planned' | 'sent' | 'answered' | 'received' | 'delivered') =>
    perSecondOf((second) => second[name] ?? 0);
  const hasSilent = seconds.some(({ unmatched }) => unmatched !== undefined);
  return {
    atS: seconds.map((second) => messageAtS(second, axis)),
    planned: perSecond('planned'),
    sent: perSecond('sent'),
    answered: perSecond('answered'),
    received: perSecond('received'),
    ...(hasSilent ? { done: perSecondOf(({ answered, unmatched = 0 }) => answered + unmatched) } : {}),
    ...(seconds.some(({ delivered }) => delivered !== undefined) ? { delivered: perSecond('delivered') } : {}),
    ...(seconds.some(({ deliverP50 }) => deliverP50 !== undefined)
      ? {
          deliverP50Us: seconds.map(({ deliverP50 = null }) => deliverP50),
          deliverP99Us: seconds.map(({ deliverP99 = null }) => deliverP99),
        }
      : {}),
  };
}

function lagColumns(messages: readonly MessageSecond[], axis: Axis): CellCharts['lag'] {
  const quantiles = messages.map(({ histograms }) => {
    const { lag } = histograms; // unpacked anew each time it is read
    return [sparseQuantile(lag, 0.5), sparseQuantile(lag, 0.99)];
  });
  return {
    atS: messages.map((second) => messageAtS(second, axis)),
    p50Us: quantiles.map(([p50]) => p50!),
    p99Us: quantiles.map(([, p99]) => p99!),
  };
}

function wallColumns(wall: readonly WallSecond[], axis: Axis): CellCharts['wall'] {
  const column = (of: (second: WallSecond) => number | null) => wall.map((second) => short(of(second)));
  return {
    atS: wall.map((second) => wallAtS(second, axis)),
    open: column(({ open }) => open),
    errors: column(({ errors }) => errors),
    blockedMs: column(({ blockedMs }) => blockedMs),
    gcPauseMs: column(({ gcPauseMs }) => gcPauseMs),
    busyPercent: column(({ busy }) => busy * 100),
    cpuPercent: column(({ cpuPercent }) => cpuPercent),
  };
}

function serverColumns(seconds: readonly ServerSecond[]): CellCharts['server'] {
  const column = (of: (second: ServerSecond) => number | null) => seconds.map((second) => short(of(second)));
  return {
    atS: seconds.map(({ second }) => second),
    cpuPercent: column(({ server, elapsedMs }) => percentOfCore(server?.cpuMs ?? null, elapsedMs)),
    rssBytes: column(({ server }) => server?.rssBytes ?? null),
    machineCpuPercent: column(({ machineCpuMs, elapsedMs }) => percentOfCore(machineCpuMs, elapsedMs)),
  };
}

/** Steps for each halving of the distance to 100 %. */
const TICKS = 6;

function requestCurves(cell: JudgedCell): Pick<CellCharts, 'byRequest'> {
  if (cell.requests === undefined) return {};
  const { headline } = MODELS[cell.model];
  return {
    byRequest: cell.requests.flatMap((request) =>
      spectrumOf(cell, request, headline).map((curve) => ({ name: request.name, ...curve })),
    ),
  };
}

function spectrumOf(cell: JudgedCell, flow: FlowResult, name: 'response' | 'service') {
  const encoded = flow.histograms[name];
  return encoded === null || cell.ramp ? [] : [percentiles(encoded, flow.latencyUs[name]?.censored ?? 0)];
}

const DELIVERIES = [
  ['deliver', 'deliverUs'],
  ['first', 'firstUs'],
  ['last', 'lastUs'],
] as const;

function deliveryCurves(cell: JudgedCell): Pick<CellCharts, 'byDelivery'> {
  if (cell.fanout === undefined) return {};
  return {
    byDelivery: cell.fanout.flatMap((fanout) => {
      const { slow } = fanout;
      const curve = (name: DeliveryCurve['name'], encoded: string | null, { censored }: Quantiles) =>
        encoded === null || cell.ramp ? [] : [{ request: fanout.name, name, ...percentiles(encoded, censored) }];
      return [
        ...DELIVERIES.flatMap(([name, us]) => curve(name, fanout.histograms[name], fanout[us])),
        ...(slow === undefined ? [] : curve('slow', slow.histogram ?? null, slow.deliverUs)),
      ];
    }),
  };
}

function sharesOf({ subscribers }: JudgedCell): Pick<CellCharts, 'shares'> {
  if (subscribers === undefined || subscribers.worst.length === 0) return {};
  return { shares: { count: subscribers.count, percent: percents(subscribers.curve) } };
}

function fairnessOf({ byConnection, subscribers }: JudgedCell): Pick<CellCharts, 'answerShares' | 'connectionTimes'> {
  const times = [
    { of: 'answers' as const, us: byConnection?.p99CurveUs ?? [] },
    { of: 'deliveries' as const, us: subscribers?.p99CurveUs ?? [] },
  ].filter(({ us }) => us.length > 0);
  return {
    ...(byConnection === undefined
      ? {}
      : { answerShares: { count: byConnection.count, percent: percents(byConnection.curve) } }),
    ...(times.length === 0 ? {} : { connectionTimes: times.map(({ of, us }) => ({ of, us: us.toReversed() })) }),
  };
}

function percents(shares: readonly number[]): number[] {
  return shares.map((share) => short(share * 100)!);
}

/** `censored`: how many have no value; they rank last. */
function percentiles(encoded: string, censored: number): { readonly x: number[]; readonly us: number[] } {
  const totals = Totals.decode(encoded);
  const ranks = totals.count + censored;
  const x: number[] = [];
  const us: number[] = [];
  for (let step = 0; ; step++) {
    const distance = 2 ** (step / TICKS);
    const rank = Math.ceil((1 - 1 / distance) * ranks);
    // The curve ends at the last answered message, since nothing is known of later ranks.
    if (rank > totals.count || distance > ranks) break;
    x.push(Number(distance.toPrecision(5)));
    us.push(totals.valueAtRank(Math.max(1, rank)));
  }
  return { x, us };
}

/** Does one step of a capacity search hold what is asked of it, beyond doubt? And if not, whose doing is it? */
import { type CellResult, QUANTILES, type QuantileName, type Quantiles } from '../metrics/cell-result.js';
import { Totals } from '../metrics/histogram.js';
import type { LatencyName } from '../metrics/interval.js';
import type { Threshold } from '../profile/profile.js';
import type { Range } from '../stats/intervals.js';
import { intervalRanks } from '../stats/quantile-interval.js';
import { formatCount, formatMs } from '../units.js';
import { percent } from './cell-facts.js';
import { gatesOf } from './gates.js';
import type { Measured } from './measured.js';
import { measure } from './metric-values.js';
import { targetLimitedBy } from './target-status.js';
import { judgeCell } from './validity.js';
import type { Reason, TargetStatus, Validity } from './verdict.js';

/** Less than this share of what was asked for is not what was asked for. */
const ACHIEVED = 0.99;

/** `client`: the generator could not do it. `samples`: nothing to judge by. */
export type StepBlame = 'target' | 'client' | 'samples';

/** The metric of the SLO over the step, microseconds. */
export interface StepValue {
  /** Null where nothing came in time, or nothing at all. */
  readonly us: number | null;
  /** 95 % interval; null where there is none. */
  readonly ci: Range | null;
  readonly note: string | null;
}

export interface StepJudgement {
  readonly passed: boolean;
  /** Null where it passed. */
  readonly by: StepBlame | null;
  /** The interval lies across the limit: a longer look may settle it. */
  readonly straddles: boolean;
  /** What kept it from passing, and what to do; of a step that passed, what was in doubt about the generator. Else null. */
  readonly why: string | null;
  readonly fix: string | null;
  readonly value: StepValue;
  /** Share of the planned messages that were answered (sent, where replies are not matched); null where none was planned. */
  readonly achieved: number | null;
  readonly validity: Validity;
  readonly target: TargetStatus;
}

/**
 * A step passes where at least 99 % of what was asked for was done, every default gate holds, and the whole interval of the
 * SLO's quantile is within the limit, in a measurement that is VALID, or DEGRADED for reasons that can only have made the
 * server look slower than it is (`strict`: VALID alone). `slo` has a metric of durations and an upper limit.
 */
export function judgeStep(cell: CellResult, slo: Threshold, strict: boolean): StepJudgement {
  const { validity, target, reasons } = judgeCell(cell, [slo]);
  const measured = measure(slo, [cell]);
  const value = sloValue(cell, slo, measured);
  const achieved = achievedShare(cell);
  const facts = { validity, target, value, achieved };
  const doubt = doubtOf(reasons);
  const failure = failureOf(cell, slo, { reasons, measured, doubt, ...facts }, strict);
  const none = { by: null, straddles: false, why: doubt?.message ?? null, fix: doubt?.fix ?? null };
  return { passed: failure === null, ...(failure ?? none), ...facts };
}

type Failure = Pick<StepJudgement, 'by' | 'straddles' | 'why' | 'fix'>;

interface Facts {
  /** What is in doubt about the generator, the worst first. */
  readonly doubt: Reason | null;
  readonly reasons: readonly Reason[];
  readonly measured: Measured;
  readonly value: StepValue;
  readonly achieved: number | null;
}

/** Doubts about the generator's side that add to latency and take nothing from the load. */
const ONLY_SLOWER = new Set([
  'accuracy',
  'client_lag',
  'client_busy',
  'client_blocked',
  'cpu_starved',
  'cpu_throttled',
  'cpu_steal',
  'gc_pause',
  'instrument_error',
]);

/** What `--lenient` does. */
const LENIENT = 'steps pass whose doubts can only have made the target look slower';

function doubtOf(reasons: readonly Reason[]): Reason | null {
  const doubts = reasons.filter(
    ({ side, severity, code }) => side === 'client' && severity !== 'note' && code !== UNSTEADY,
  );
  const worst = doubts.find(({ severity, code }) => severity === 'invalid' || !ONLY_SLOWER.has(code));
  return worst ?? doubts[0] ?? null;
}

function failureOf(cell: CellResult, slo: Threshold, facts: Facts, strict: boolean): Failure | null {
  const { reasons, achieved, doubt } = facts;
  const blame = (by: StepBlame, why: string, fix: string | null = null): Failure => ({
    ...{ by, why, fix },
    straddles: false,
  });
  const isHeavy = doubt !== null && (doubt.severity === 'invalid' || !ONLY_SLOWER.has(doubt.code));
  if (doubt !== null && isHeavy) return blame('client', doubt.message, doubt.fix);
  const gate = gatesOf(cell).find(({ passed }) => !passed);
  if (gate !== undefined) return blame('target', gate.message);
  const backlog = reasons.find(({ code, side }) => code === 'target_backlog' && side === 'target');
  if (backlog !== undefined) return blame('target', backlog.message, backlog.fix);
  const unsteady = reasons.find(({ code }) => code === UNSTEADY);
  if (unsteady !== undefined) return blame('target', unsteady.message, unsteady.fix);
  if (achieved !== null && achieved < ACHIEVED) return blame('target', `only ${percent(achieved)} were answered`);
  const failure = sloFailure(cell, slo, facts);
  if (failure === null && doubt !== null && strict) {
    return blame('client', doubt.message, `${doubt.fix}; or --lenient: ${LENIENT}`);
  }
  // A doubtful generator proves no failure, unless the server has visibly no processor left.
  if (failure === null || failure.by !== 'target' || doubt === null || targetLimitedBy(cell) !== null) return failure;
  return { ...failure, by: 'client', why: `${failure.why ?? ''}; ${doubt.message}`, fix: doubt.fix };
}

/** Latency that moves under a steady load is found beside the generator's faults, but is none of them. */
const UNSTEADY = 'non_stationary';

function sloFailure(cell: CellResult, slo: Threshold, { measured, value }: Facts): Failure | null {
  const fails = (us: number) => (slo.comparison === '<' ? us >= slo.limit : us > slo.limit);
  const name = `${slo.metric} ${slo.expression.replace(/[<=>].*$/, '').trim()}`;
  if (measured.kind === 'unknown') {
    const fix = 'measure longer (-d), or ask for a lower quantile';
    return { by: 'samples', straddles: false, why: `${name}: ${measured.note}`, fix };
  }
  if (measured.kind === 'unanswered') {
    return { by: 'target', straddles: false, why: `${name}: ${measured.note}`, fix: null };
  }
  const upper = value.ci?.[1] ?? measured.high;
  if (!fails(upper)) return null;
  const text = `${name} ${formatMs(measured.actual)} ms${value.ci === null ? '' : ` ${rangeText(value.ci)}`}`;
  // What the server itself took is within the limit, with its whole interval: the rest is the generator's lateness.
  const service = slo.metric === 'ws_response_time' ? intervalOf(cell, 'service', slo) : null;
  if (service !== null && !fails(service[1])) {
    const fix = 'use --pacing metronome or spin, or add workers: -w, on a machine with a free core for each';
    const own = `${text}: ${formatMs(service[1])} ms at most were the server's, the rest the generator's lateness`;
    return { by: 'client', straddles: false, why: own, fix };
  }
  const lower = value.ci?.[0] ?? (measured.fewSamples === true ? measured.low : measured.high);
  return { by: 'target', straddles: !fails(lower), why: text, fix: null };
}

/** `[38, 44]`, ms. */
export function rangeText([low, high]: Range): string {
  return `[${formatMs(low)}, ${formatMs(high)}]`;
}

function achievedShare({ flows }: CellResult): number | null {
  const total = (name: 'planned' | 'answered' | 'unmatched') =>
    flows.reduce((sum, { messages }) => sum + messages[name], 0);
  const planned = total('planned');
  return planned === 0 ? null : (total('answered') + total('unmatched')) / planned;
}

function sloValue(cell: CellResult, slo: Threshold, measured: Measured): StepValue {
  if (measured.kind !== 'bracket') return { us: null, ci: null, note: measured.note };
  const ci = measured.fewSamples === true ? null : intervalOf(cell, latencyOf(slo), slo);
  return { us: measured.actual, ci, note: measured.note };
}

function latencyOf({ metric }: Threshold): LatencyName | null {
  if (metric === 'ws_response_time') return 'response';
  return metric === 'ws_service_time' ? 'service' : null;
}

/** The 95 % interval of a quantile of messages: the cell's own, else by order statistics; null for means and extremes. */
function intervalOf(cell: CellResult, latency: LatencyName | null, { aggregation }: Threshold): Range | null {
  const q = aggregation.kind === 'percentile' ? aggregation.quantile : aggregation.kind === 'med' ? 0.5 : null;
  const flow = cell.flows[0];
  if (latency === null || q === null || flow === undefined) return null;
  const quantiles = flow.latencyUs[latency];
  const own = quantiles === null ? undefined : keptInterval(quantiles, q);
  if (own !== undefined) return own;
  const encoded = flow.histograms[latency];
  if (quantiles === null || encoded === null) return null;
  const totals = Totals.decode(encoded);
  const ranks = intervalRanks(quantiles.count + quantiles.censored, q);
  if (ranks === null || ranks[1] > totals.count) return null;
  return [totals.valueAtRank(ranks[0]), totals.valueAtRank(ranks[1])];
}

function keptInterval({ ci }: Quantiles, q: number): Range | undefined {
  const name = (Object.keys(QUANTILES) as QuantileName[]).find((key) => QUANTILES[key] === q);
  return name === undefined ? undefined : ci[name];
}

/** What a step that failed ran into, in a few words: `target CPU 97 %`, `the server held 300 of 450 connections`. */
export function limitText(cell: CellResult, { by, why }: Pick<StepJudgement, 'by' | 'why'>): string {
  const cpuPercent = by === 'target' ? targetLimitedBy(cell) : null;
  if (cpuPercent !== null) return `target CPU ${Math.round(cpuPercent)} %`;
  const { asked, held, failed } = cell.connections;
  if (by === 'target' && failed > 0 && held < asked) {
    return `the server, which let in ${formatCount(held)} of ${formatCount(asked)} connections`;
  }
  return why ?? 'nothing that was seen';
}

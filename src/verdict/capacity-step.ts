/** Does a step of a capacity search hold the SLO beyond doubt? If not, is the target or the generator to blame? */
import type { CellResult, Quantiles } from '../metrics/cell-result.js';
import { flowOf } from '../metrics/flow.js';
import { Totals } from '../metrics/histogram.js';
import type { Accuracy, Threshold } from '../profile/profile.js';
import type { Range } from '../stats/intervals.js';
import { intervalRanks } from '../stats/quantile-interval.js';
import { formatCount, formatMs } from '../units.js';
import { isErrorKnown } from './accuracy.js';
import { keptQuantile, percent } from './cell-facts.js';
import { deliverInterval } from './deliver-times.js';
import { bracketedLatency } from './distributions.js';
import { countsDeliveries, donePerSecond } from './done.js';
import { gatesOf } from './gates.js';
import { TARGET_LIMITS } from './limits.js';
import { type Measured, unknown } from './measured.js';
import { measure } from './metric-values.js';
import { overloadText } from './overload.js';
import { concernOf } from './reasons.js';
import { select } from './selection.js';
import { isUndelivered, judgeCell } from './validity.js';
import type { Reason, TargetStatus, Validity } from './verdict.js';

/** A step needs at least this share of its planned messages answered. */
const ACHIEVED = 0.99;

/** `client`: the generator could not do it. `samples`: nothing to judge by. */
export type StepBlame = 'target' | 'client' | 'samples';

/** The metric of the SLO over the step, microseconds. */
export interface StepValue {
  /** Null if nothing was answered in time. */
  readonly us: number | null;
  /** 95 % interval; null if it cannot be computed. */
  readonly ci: Range | null;
  readonly note: string | null;
}

export interface StepJudgement {
  readonly passed: boolean;
  /** Null if it passed. */
  readonly by: StepBlame | null;
  /** Only the interval lies across the limit: measuring longer may settle it. */
  readonly straddles: boolean;
  /** Why the step did not pass, and what to do; null if it passed. */
  readonly why: string | null;
  readonly fix: string | null;
  readonly value: StepValue;
  /**
   * Share of the planned messages that were answered (sent, if replies are not matched); null if none was planned.
   */
  readonly achieved: number | null;
  readonly validity: Validity;
  readonly target: TargetStatus;
}

/**
 * Decides a step by the two ends of the bracket that holds the target's own value. It passes if the upper end, with the
 * upper end of its interval, is within the SLO: the generator cannot make that value too small. It fails if the lower
 * end, with the lower end of its interval, is over the SLO; or if messages were lost, a backlog grew, or less than 99 %
 * of the planned messages were answered. Otherwise the step is open, and the generator is to blame. `slo`: an upper
 * limit on a duration.
 */
export function judgeStep(cell: CellResult, slo: Threshold): StepJudgement {
  const { validity, target, reasons } = judgeCell(cell, [slo]);
  const { measured, value } = sloOf(cell, slo);
  const achieved = achievedShare(cell);
  const failure = failureOf(cell, slo, { reasons, measured, value, achieved });
  const none = { by: null, straddles: false, why: null, fix: null };
  return { passed: failure === null, ...(failure ?? none), validity, target, value, achieved };
}

/**
 * As `judgeStep`, but only a step passes that is VALID to within `accuracy`. For calibration, which asks what this
 * machine can measure.
 */
export function judgeStrictly(cell: CellResult, slo: Threshold, accuracy: Accuracy): StepJudgement {
  const judged = judgeStep(cell, slo);
  const { validity, reasons } = judgeCell(cell, [slo], accuracy);
  if (!judged.passed || validity === 'valid') return { ...judged, validity };
  const doubt = doubtOf(reasons);
  const reason = doubt ?? reasons.find(({ code }) => code === 'non_stationary');
  const said = { why: reason?.message ?? null, fix: reason?.fix ?? null };
  return { ...judged, validity, passed: false, by: doubt === null ? 'target' : 'client', ...said };
}

/** What the SLO says of the step, or of the request that it names. */
function sloOf(cell: CellResult, slo: Threshold): Pick<Facts, 'measured' | 'value'> {
  const [own] = select(slo, [cell]).cells;
  const measured = own === undefined ? unknown('the step has none of it') : measure(slo, [own]);
  return { measured, value: sloValue(own ?? cell, slo, measured) };
}

type Failure = Pick<StepJudgement, 'by' | 'straddles' | 'why' | 'fix'>;

interface Facts {
  readonly reasons: readonly Reason[];
  readonly measured: Measured;
  readonly value: StepValue;
  readonly achieved: number | null;
}

function failureOf(cell: CellResult, slo: Threshold, facts: Facts): Failure | null {
  const { achieved } = facts;
  const blame = (by: StepBlame, why: string, fix: string | null = null): Failure => ({
    ...{ by, why, fix },
    straddles: false,
  });
  const kept = keptBack(cell, facts);
  if (kept !== null) return blame('client', kept.message, kept.fix);
  const undelivered = facts.reasons.find(({ code }) => code === 'target_undelivered');
  if (undelivered !== undefined) return blame('target', undelivered.message, undelivered.fix);
  const gate = gatesOf(cell).find(({ passed }) => !passed);
  if (gate !== undefined) return blame('target', gate.message);
  const backlog = overloadText(cell);
  if (backlog !== null)
    return blame(
      'target',
      backlog,
      `it did ${formatCount(Math.floor(donePerSecond(cell)))}${countsDeliveries(cell) ? ' deliveries' : ''}/s`,
    );
  if (achieved !== null && achieved < ACHIEVED) return blame('target', `only ${percent(achieved)} were answered`);
  return sloFailure(cell, slo, facts);
}

/** Why the generator did not make the load that the step asked for; null if it did. */
function keptBack(cell: CellResult, { reasons, achieved }: Facts): Reason | null {
  const own = reasons.filter(({ side, severity }) => side === 'client' && severity !== 'note');
  const find = (code: string) => own.find((reason) => reason.code === code) ?? null;
  if (isUndelivered(own)) return own.find((reason) => isUndelivered([reason])) ?? null;
  const { asked, held } = cell.connections;
  return (
    (held < asked ? find('client_connect') : null) ??
    (achieved !== null && achieved < ACHIEVED ? find('client_rate') : null)
  );
}

function sloFailure(cell: CellResult, slo: Threshold, { reasons, measured, value }: Facts): Failure | null {
  const fails = (us: number) => (slo.comparison === '<' ? us >= slo.limit : us > slo.limit);
  const of = slo.selector['request'] ?? slo.selector['step'];
  const name = `${slo.metric} ${of === undefined ? '' : `of ${of} `}${slo.expression.replace(/[<=>].*$/, '').trim()}`;
  if (measured.kind === 'unknown') {
    const fix = 'measure longer (-d), or ask for a lower quantile';
    return { by: 'samples', straddles: false, why: `${name}: ${measured.note}`, fix };
  }
  if (measured.kind === 'unanswered') {
    return { by: 'target', straddles: false, why: `${name}: ${measured.note}`, fix: null };
  }
  const { low, high, actual } = measured;
  if (!fails(Math.max(high, value.ci?.[1] ?? 0))) return null;
  const text = `${name} ${formatMs(actual)} ms${value.ci === null ? '' : ` ${rangeText(value.ci)}`}`;
  const doubt = doubtOf(reasons);
  // If the instrument check measured no error, any doubt about the generator is a doubt about the lower end.
  const isLowSure = isErrorKnown(cell) || doubt === null || isServerFull(cell);
  if (isLowSure && fails(lowest(value, low))) return { by: 'target', straddles: false, why: text, fix: null };
  // Only chance may decide: the values fail or pass, but their interval does not. Measuring longer may settle it.
  const isLuck = (fails(low) && isLowSure) || !fails(high) || measured.fewSamples === true;
  if (isLuck) return { by: 'target', straddles: true, why: text, fix: null };
  // The server has no processor time left, so the time is its own, however wide the bracket.
  if (isServerFull(cell)) return { by: 'target', straddles: false, why: text, fix: null };
  const open = `${text}: between ${formatMs(low)} and ${formatMs(high)} ms were the target's, the rest may be the generator's`;
  return {
    by: 'client',
    straddles: false,
    why: [open, ...becauseOf(doubt, reasons)].join(': '),
    fix: doubt?.fix ?? FINER,
  };
}

/** Why the bracket is so wide. The doubt says it with all brackets of the cell; here the first cause is enough. */
function becauseOf(doubt: Reason | null, reasons: readonly Reason[]): string[] {
  if (doubt === null) return [];
  if (doubt.code !== 'accuracy') return [doubt.message];
  const cause = reasons.find(
    ({ side, severity, code }) => side === 'client' && severity === 'note' && concernOf(code) === 'cause',
  );
  return cause === undefined ? [] : [cause.message];
}

const FINER = 'use --pacing metronome or spin, or add workers: -w, on a machine with a free core for each';

/**
 * The worst doubt about the generator; null if there is none. Latency that moves under a steady load is not its fault.
 */
function doubtOf(reasons: readonly Reason[]): Reason | null {
  const doubts = reasons.filter(
    ({ side, severity, code }) => side === 'client' && severity !== 'note' && code !== 'non_stationary',
  );
  return doubts.find(({ severity }) => severity === 'invalid') ?? doubts[0] ?? null;
}

/**
 * The lower end of the bracket, reduced by the lower end of the interval of the reported value, as a share of it. That
 * interval allows for stalls, which slow many messages at once.
 */
function lowest({ us, ci }: StepValue, lowUs: number): number {
  return us === null || us <= 0 || ci === null ? lowUs : lowUs * Math.min(1, ci[0] / us);
}

/**
 * True if the server's CPU is nearly full. Time in which it waited for a processor counts, because it would have run
 * then.
 */
function isServerFull(cell: CellResult): boolean {
  const { server } = cell;
  if (server.status !== 'measured' || server.cpuPercent === null) return false;
  return (
    server.cpuPercent >= NEAR_FULL && server.cpuPercent + 100 * (server.waited ?? 0) >= TARGET_LIMITS.target_cpu.percent
  );
}

/** Percent of one core. A server that uses less is never called full, however long it waited. */
const NEAR_FULL = 70;

/** `[38, 44]`, ms. */
export function rangeText([low, high]: Range): string {
  return `[${formatMs(low)}, ${formatMs(high)}]`;
}

function achievedShare(cell: CellResult): number | null {
  const { planned, answered, unmatched } = flowOf(cell).messages;
  return planned === 0 ? null : (answered + unmatched) / planned;
}

function sloValue(cell: CellResult, slo: Threshold, measured: Measured): StepValue {
  if (measured.kind !== 'bracket') return { us: null, ci: null, note: measured.note };
  const ci = measured.fewSamples === true ? null : intervalOf(cell, bracketedLatency(slo.metric), slo);
  // The value shown is the measured one. The two ends of the bracket are shown where they decide.
  return { us: measured.actual, ci, note: measured.fewSamples === true ? measured.note : null };
}

/**
 * The 95 % interval of a quantile of messages: the cell's own, else by order statistics; null for means and extremes.
 */
function intervalOf(cell: CellResult, time: ReturnType<typeof bracketedLatency>, slo: Threshold): Range | null {
  const q = quantileOf(slo);
  if (time === null || q === null) return null;
  return time === 'response' || time === 'service' ? ofReplies(cell, time, q) : deliverInterval(cell, time, q);
}

function ofReplies(cell: CellResult, latency: 'response' | 'service', q: number): Range | null {
  const flow = flowOf(cell);
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

/** Null for means and extremes. */
function quantileOf({ aggregation }: Threshold): number | null {
  return aggregation.kind === 'percentile' ? aggregation.quantile : aggregation.kind === 'med' ? 0.5 : null;
}

function keptInterval({ ci }: Quantiles, q: number): Range | undefined {
  const name = keptQuantile(q);
  return name === undefined ? undefined : ci[name];
}

/** Why a step failed, in a few words: `target CPU 97 %`, `the server, which let in 300 of 450 connections`. */
export function limitText(cell: CellResult, { by, why }: Pick<StepJudgement, 'by' | 'why'>): string {
  const { server } = cell;
  if (by === 'target' && isServerFull(cell) && server.status === 'measured') {
    const waited = server.waited ?? 0;
    const also = waited < 0.05 ? '' : `, and it waited for a processor ${percent(waited)} of the time`;
    return `target CPU ${Math.round(server.cpuPercent ?? 0)} %${also}`;
  }
  const { asked, held, failed } = cell.connections;
  if (by === 'target' && failed > 0 && held < asked) {
    return `the server, which let in ${formatCount(held)} of ${formatCount(asked)} connections`;
  }
  return why ?? 'nothing that was seen';
}

/**
 * The cost of a message in the server's CPU: `1,027 us of the server's CPU a message: full at about 970/s`. The second
 * part is left out for a server that used more than one core. Null if the CPU is not known or hardly used.
 */
export function messageCostText(cell: CellResult): string | null {
  const { server } = cell;
  const done = donePerSecond(cell);
  const percentUsed = server.status === 'measured' ? server.cpuPercent : null;
  if (percentUsed === null || percentUsed < LEAST_TOLD || done <= 0) return null;
  const us = (percentUsed * US_PER_PERCENT) / done;
  const full = percentUsed > ONE_CORE ? '' : `: full at about ${formatCount(Number((1e6 / us).toPrecision(2)))}/s`;
  const unit = countsDeliveries(cell) ? 'delivery' : 'message';
  return `${us < 10 ? us.toFixed(1) : formatCount(Math.round(us))} us of the server's CPU a ${unit}${full}`;
}

/** A thread that is always busy shows as a little more: the kernel counts in ticks. */
const ONE_CORE = 105;
/** Below this use, the process may spend more on other things than on messages. */
const LEAST_TOLD = 20;
const US_PER_PERCENT = 10_000;

/**
 * Is every printed quantile within the accuracy asked for? Its bracket decides, which the instrument check measured.
 * What disturbed the generator is named as the cause, the one furthest past its limit first.
 */

import type { Bracket, Brackets, CellResult, QuantileName, Quantiles } from '../metrics/cell-result.js';
import { workerCountOf } from '../metrics/client-result.js';
import { flowOf, headlineOf } from '../metrics/flow.js';
import type { Accuracy } from '../profile/profile.js';
import { formatMs } from '../units.js';
import { percent, plain, quantileText } from './cell-facts.js';
import { LIMITS } from './limits.js';
import type { CellReason } from './verdict.js';

/** Something that disturbed the generator beyond its limit. */
export interface Cause {
  /** Its value as a multiple of its limit. */
  readonly excess: number;
  readonly reason: CellReason;
}

/** Times of a cell whose quantiles are printed and have brackets. */
interface Judged {
  /** What stands before a quantile of theirs: `deliveries `; empty for those of replies. */
  readonly label: string;
  readonly brackets: Brackets;
  readonly service: Quantiles | null;
  readonly reported: Quantiles | null;
}

interface Wide {
  readonly of: Judged;
  readonly name: QuantileName;
  readonly bracket: Bracket;
  readonly isInvalid: boolean;
  /** Its width as a multiple of what is allowed. */
  readonly excess: number;
}

/** Whether the instrument check of this cell measured what the way back adds. */
export function isErrorKnown(cell: CellResult): boolean {
  const times = judgedTimes(cell);
  return times.length > 0 && times.every(({ brackets }) => brackets.unknown === null);
}

/** The replies, if some are asked for, and the deliveries of each request that reaches others. */
function judgedTimes(cell: CellResult): Judged[] {
  const { brackets, fanout = [] } = cell;
  const flow = flowOf(cell);
  const replies = { label: '', service: flow.latencyUs.service, reported: headlineOf(flow) };
  const deliveries = fanout.map(({ name, brackets, serviceUs, deliverUs }) => ({
    ...{ label: fanout.length === 1 ? 'deliveries ' : `deliveries of ${name} `, brackets },
    ...{ service: serviceUs, reported: deliverUs },
  }));
  return [{ ...replies, brackets }, ...deliveries].flatMap(({ brackets, ...times }) =>
    brackets === undefined ? [] : [{ ...times, brackets }],
  );
}

/** The brackets whose error is not known, or else any; undefined if no time of the cell has brackets. */
export function decidingBrackets(cell: CellResult): Brackets | undefined {
  const all = judgedTimes(cell).map(({ brackets }) => brackets);
  return all.find(({ unknown }) => unknown !== null) ?? all[0];
}

/** How far apart the ends of a bracket may be, microseconds. */
function allowedUs({ share, us }: Accuracy, [, highUs]: Bracket): number {
  return Math.max(share * highUs, us);
}

/** `20 % or 1 ms`. */
export function accuracyText({ share, us }: Accuracy): string {
  const parts = [
    ...(share > 0 ? [percent(share)] : []),
    ...(us > 0 ? [`${Number((us / 1000).toPrecision(4))} ms`] : []),
  ];
  return parts.join(' or ');
}

/** One reason for all quantiles that are coarser than asked for; none if all are fine, or if the error is not known. */
export function accuracyReasons(
  cell: CellResult,
  printed: readonly QuantileName[],
  accuracy: Accuracy,
  causes: readonly Cause[],
): CellReason[] {
  if (!isErrorKnown(cell)) return [];
  const times = judgedTimes(cell);
  const wide = printed.flatMap((name) => times.flatMap((of) => wideOf(of, name, accuracy)));
  if (wide.length === 0) return [];
  const isInvalid = wide.some((each) => each.isInvalid);
  const shown = wide
    .map(({ of, name, bracket }) => `${of.label}${quantileText(name)} ${bracketText(bracket)}`)
    .join(', ');
  const first = worstCause(causes);
  const widest = wide.at(-1)!;
  // The other causes stand as notes of their own.
  const why = [partsOf(widest), ...(first === null ? [] : [first.reason.message])];
  const limit = isInvalid ? 'the lower end is under half the upper' : `asked for: to ${accuracyText(accuracy)}`;
  const over = cell.ramp ? ' over the whole ramp' : '';
  return [
    {
      code: 'accuracy',
      side: 'client',
      severity: isInvalid ? 'invalid' : 'degraded',
      cell: cell.id,
      message: `${shown}${over} (${limit}): ${why.join('; ')}`,
      fix: first?.reason.fix ?? finer(cell, widest),
      measure: Math.max(...wide.map(({ excess }) => excess)),
    },
  ];
}

/** The one that is furthest past its limit; null for none. */
function worstCause(causes: readonly Cause[]): Cause | null {
  return causes.reduce<Cause | null>((worst, each) => (each.excess > (worst?.excess ?? 0) ? each : worst), null);
}

function wideOf(of: Judged, name: QuantileName, accuracy: Accuracy): Wide[] {
  const bracket = of.brackets.quantiles[name];
  if (bracket === undefined) return [];
  const [low, high] = bracket;
  const excess = (high - low) / allowedUs(accuracy, bracket);
  if (!(excess > 1)) return [];
  const { shareOfUpper, us } = LIMITS.accuracy.invalid;
  return [{ of, name, bracket, isInvalid: low < shareOfUpper * high && high - low > us, excess }];
}

/** The two parts of the widest bracket: late sending, and the way back. */
function partsOf(wide: Wide): string {
  const { name } = wide;
  const { sent, back } = partsUs(wide);
  const parts = [
    ...(sent > 0 ? [`${formatMs(sent)} ms of ${quantileText(name)} may be late sending`] : []),
    ...(back > 0 ? [`${formatMs(back)} ms ${sent > 0 ? '' : `of ${quantileText(name)} may be `}the way back`] : []),
  ];
  return parts.join(', ');
}

function partsUs({ of: { service, reported }, name, bracket: [low, high] }: Wide) {
  const served = service === null || reported === null ? null : plain(service, name);
  const from = Math.min(Math.max(served ?? high, low), high);
  return { sent: high - from, back: from - low };
}

/** The fix where nothing disturbed the generator. */
function finer(cell: CellResult, wide: Wide): string {
  const { sent, back } = partsUs(wide);
  const workers = `add workers: -w ${workerCountOf(cell.client) + 1}, on a machine with a free core for each`;
  if (sent <= back) return `${workers}; or ask for less: --accuracy`;
  if (cell.pacing === 'timer') return `use --pacing metronome, which sends within half a millisecond; or ${workers}`;
  return `${workers}; or lower the rate: -R`;
}

/** `14.0–31.0 ms`. */
function bracketText([low, high]: Bracket): string {
  return `${formatMs(low)}–${formatMs(high)} ms`;
}

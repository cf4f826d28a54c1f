/**
 * Is every printed quantile within the accuracy asked for? Its bracket decides, which the instrument check measured.
 * What disturbed the generator is named as the cause, the one furthest past its limit first.
 */
import type { Bracket, CellResult, QuantileName } from '../metrics/cell-result.js';
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

interface Wide {
  readonly name: QuantileName;
  readonly bracket: Bracket;
  readonly isInvalid: boolean;
  /** Its width as a multiple of what is allowed. */
  readonly excess: number;
}

/** Whether the instrument check of this cell measured what the way back adds. */
export function isErrorKnown({ brackets }: CellResult): boolean {
  return brackets !== undefined && brackets.unknown === null;
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
  const wide = printed.flatMap((name) => wideOf(cell, name, accuracy));
  if (wide.length === 0) return [];
  const isInvalid = wide.some((each) => each.isInvalid);
  const shown = wide.map(({ name, bracket }) => `${quantileText(name)} ${bracketText(bracket)}`).join(', ');
  const first = worstCause(causes);
  const widest = wide.at(-1)!;
  // The other causes stand as notes of their own.
  const why = [partsOf(cell, widest), ...(first === null ? [] : [first.reason.message])];
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

function wideOf(cell: CellResult, name: QuantileName, accuracy: Accuracy): Wide[] {
  const bracket = cell.brackets?.quantiles[name];
  if (bracket === undefined) return [];
  const [low, high] = bracket;
  const excess = (high - low) / allowedUs(accuracy, bracket);
  if (!(excess > 1)) return [];
  const { shareOfUpper, us } = LIMITS.accuracy.invalid;
  return [{ name, bracket, isInvalid: low < shareOfUpper * high && high - low > us, excess }];
}

/** The two parts of the widest bracket: late sending, and the way back. */
function partsOf(cell: CellResult, { name, bracket: [low, high] }: Wide): string {
  const { sent, back } = partsUs(cell, name, low, high);
  const parts = [
    ...(sent > 0 ? [`${formatMs(sent)} ms of ${quantileText(name)} may be late sending`] : []),
    ...(back > 0 ? [`${formatMs(back)} ms ${sent > 0 ? '' : `of ${quantileText(name)} may be `}the way back`] : []),
  ];
  return parts.join(', ');
}

function partsUs(cell: CellResult, name: QuantileName, low: number, high: number) {
  const flow = flowOf(cell);
  const { service } = flow.latencyUs;
  const headline = headlineOf(flow);
  const served = service === null || headline === null ? null : plain(service, name);
  const from = Math.min(Math.max(served ?? high, low), high);
  return { sent: high - from, back: from - low };
}

/** The fix where nothing disturbed the generator. */
function finer(cell: CellResult, { name, bracket: [low, high] }: Wide): string {
  const { sent, back } = partsUs(cell, name, low, high);
  const workers = `add workers: -w ${cell.client.workers.length + 1}, on a machine with a free core for each`;
  if (sent <= back) return `${workers}; or ask for less: --accuracy`;
  if (cell.pacing === 'timer') return `use --pacing metronome, which sends within half a millisecond; or ${workers}`;
  return `${workers}; or lower the rate: -R`;
}

/** `14.0–31.0 ms`. */
function bracketText([low, high]: Bracket): string {
  return `${formatMs(low)}–${formatMs(high)} ms`;
}

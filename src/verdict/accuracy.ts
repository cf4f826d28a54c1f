/**
 * Is every printed quantile the target's own to within the accuracy asked for? Judged by its bracket, which the instrument
 * check measured; what kept the generator from being finer is told as the cause, the furthest past its limit first.
 */
import type { Bracket, CellResult, QuantileName } from '../metrics/cell-result.js';
import type { Accuracy } from '../profile/profile.js';
import { formatMs } from '../units.js';
import { headlineOf, percent, plain } from './cell-facts.js';
import { LIMITS } from './limits.js';
import type { Reason } from './verdict.js';

/** Something that kept the generator from being on time, past its limit. */
export interface Cause {
  /** How many times its limit. */
  readonly excess: number;
  readonly reason: Reason;
}

interface Wide {
  readonly name: QuantileName;
  readonly bracket: Bracket;
  readonly isInvalid: boolean;
}

/** Whether the check of this cell measured what the way back adds, so that the error is known. */
export function isErrorKnown({ brackets }: CellResult): boolean {
  return brackets !== undefined && brackets.unknown === null;
}

/** How far apart the ends of a bracket may be, microseconds. */
function allowedUs({ share, us }: Accuracy, [, highUs]: Bracket): number {
  return Math.max(share * highUs, us);
}

/** `20 % or 1 ms`. */
function accuracyText({ share, us }: Accuracy): string {
  const parts = [
    ...(share > 0 ? [percent(share)] : []),
    ...(us > 0 ? [`${Number((us / 1000).toPrecision(4))} ms`] : []),
  ];
  return parts.join(' or ');
}

/** One reason for all quantiles of the cell that are coarser than asked for; none where all are fine, or the error is not known. */
export function accuracyReasons(
  cell: CellResult,
  printed: readonly QuantileName[],
  accuracy: Accuracy,
  causes: readonly Cause[],
): Reason[] {
  if (!isErrorKnown(cell)) return [];
  const wide = printed.flatMap((name) => wideOf(cell, name, accuracy));
  if (wide.length === 0) return [];
  const isInvalid = wide.some((each) => each.isInvalid);
  const shown = wide.map(({ name, bracket }) => `${nameText(name)} ${bracketText(bracket)}`).join(', ');
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
  if (high - low <= allowedUs(accuracy, bracket)) return [];
  const { shareOfUpper, us } = LIMITS.accuracy.invalid;
  return [{ name, bracket, isInvalid: low < shareOfUpper * high && high - low > us }];
}

/** Of the widest bracket: what of it is late sending, and what the way back. */
function partsOf(cell: CellResult, { name, bracket: [low, high] }: Wide): string {
  const { sent, back } = partsUs(cell, name, low, high);
  const parts = [
    ...(sent > 0 ? [`${formatMs(sent)} ms of ${nameText(name)} may be late sending`] : []),
    ...(back > 0 ? [`${formatMs(back)} ms ${sent > 0 ? '' : `of ${nameText(name)} may be `}the way back`] : []),
  ];
  return parts.join(', ');
}

function partsUs(cell: CellResult, name: QuantileName, low: number, high: number) {
  const service = cell.flows[0]?.latencyUs.service ?? null;
  const headline = headlineOf(cell);
  const served = service === null || headline === null ? null : plain(service, name);
  const from = Math.min(Math.max(served ?? high, low), high);
  return { sent: high - from, back: from - low };
}

/** What helps where nothing kept the generator from running. */
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

/** `p99_9` as people write it. */
function nameText(name: QuantileName): string {
  return name.replace('_', '.');
}

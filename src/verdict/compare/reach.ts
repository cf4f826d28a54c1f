/** The share of the deliveries owed that came, as comparisons read it. */
import type { CellResult } from '../../metrics/cell-result.js';
import { resampleWhole } from '../../metrics/seconds/second-resamples.js';
import type { Range } from '../../stats/intervals.js';
import { Rng, seedOf } from '../../stats/rng.js';
import type { Side } from './compared-run.js';
import { withinRuns } from './single.js';

interface Owed {
  readonly delivered: number;
  readonly missed: number;
}

/**
 * delivered / (delivered + missed), above 0 and at most 1; null if nothing was owed. Builds are compared by logarithms
 * of ratios, and 0 has none. So where nothing came, half a delivery counts.
 */
export function reachOf(parts: readonly Owed[]): number | null {
  const delivered = sumOf(parts, 'delivered');
  const owed = delivered + sumOf(parts, 'missed');
  return owed === 0 ? null : Math.max(delivered, 0.5) / owed;
}

/** How much ln of the ratio of two reaches varies by chance within the two runs; null if unknown. */
export function reachWithin(a: CellResult, b: CellResult): Range | null {
  // Nothing was missed in any second, so nothing varied.
  if ([a, b].every((cell) => sumOf(owedIn(cell), 'missed') === 0)) return [0, 0];
  const [inA, inB] = [resamplesOf(a, 'a'), resamplesOf(b, 'b')];
  return inA === null || inB === null ? null : withinRuns(inA, inB);
}

function resamplesOf(cell: CellResult, side: Side): readonly (number | null)[] | null {
  const seconds = cell.seconds.flatMap(({ phase, delivered, missed }) =>
    phase === 'measure' && delivered !== undefined && missed !== undefined ? [{ delivered, missed }] : [],
  );
  const isOwn = (['delivered', 'missed'] as const).every(
    (count) => sumOf(seconds, count) === sumOf(owedIn(cell), count),
  );
  // The seconds of a request are those of its cell, and those of older results do not say what was missed.
  return isOwn ? resampleWhole(seconds, new Rng(seedOf('reach', side, cell.id)), reachOf) : null;
}

function owedIn({ fanout = [] }: CellResult): readonly Owed[] {
  return fanout.map(({ deliveries }) => deliveries);
}

function sumOf(parts: readonly Owed[], count: keyof Owed): number {
  return parts.reduce((sum, part) => sum + part[count], 0);
}

/** Resamples of one run: draws its seconds again, in blocks, to show the variation by chance within the run. */
import { type DrawnRows, quantileColumn, resampleRows } from '../../stats/block-bootstrap.js';
import type { Rng } from '../../stats/rng.js';
import type { Interval } from '../interval.js';
import { bootstrapTable } from './bootstrap-table.js';
import { SecondTable } from './second-table.js';

/** Number of resamples: enough for the ends of a 95 % interval of a ratio. */
const RESAMPLES = 1000;
/** With fewer seconds the variation between seconds is unknown. */
const FEWEST_SECONDS = 5;

/** One value per resample; null if it lies among the unanswered. */
export interface SecondResamples {
  readonly p50: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
}

/**
 * Resamples of the service time in one cell's measure phase, microseconds, from its lines. Null with fewer than 5
 * seconds. The same lines and generator state give the same answer.
 */
export function resampleSeconds(lines: readonly Interval[], rng: Rng): SecondResamples | null {
  const seconds = new MeasuredSeconds();
  for (const line of lines) seconds.add(line);
  return seconds.resamples(rng);
}

/** Means of counts per second, resampled in the same way. Null with fewer than 5 seconds. */
export function resampleMeans(counts: readonly number[], rng: Rng): readonly number[] | null {
  if (counts.length < FEWEST_SECONDS) return null;
  const sumOf = (from: number, to: number) => counts.slice(from, to).reduce((sum, count) => sum + count, 0);
  const mean = ({ starts, ends }: DrawnRows) =>
    starts.reduce((sum, start, i) => sum + sumOf(start, ends[i]!), 0) / counts.length;
  return resampleRows(counts.length, rng, mean, RESAMPLES);
}

/** A statistic of whole seconds, resampled in the same way. Null with fewer than 5 seconds. */
export function resampleWhole<Second, T>(
  seconds: readonly Second[],
  rng: Rng,
  statistic: (drawn: readonly Second[]) => T,
): readonly T[] | null {
  if (seconds.length < FEWEST_SECONDS) return null;
  const drawn = ({ starts, ends }: DrawnRows) => starts.flatMap((start, i) => seconds.slice(start, ends[i]!));
  return resampleRows(seconds.length, rng, (rows) => statistic(drawn(rows)), RESAMPLES);
}

function valueAt(valueUs: readonly number[], column: number | null): number | null {
  return column === null ? null : (valueUs[column] ?? null);
}

/** Seconds of the measure phase by planned time, over all workers, added up as lines arrive. */
export class MeasuredSeconds {
  readonly #table = new SecondTable(['service']);

  add({ flow }: Interval): void {
    for (const delta of flow) if (delta.phase === 'measure') this.#table.add(delta);
  }

  /** Like `resampleSeconds`. */
  resamples(rng: Rng): SecondResamples | null {
    const seconds = this.#table.measured('service');
    if (seconds.length < FEWEST_SECONDS) return null;
    const { table, valueUs } = bootstrapTable(seconds);
    const drawn = resampleRows(
      table.rows,
      rng,
      (rows) => ({
        p50: valueAt(valueUs, quantileColumn(table, 0.5, rows)),
        p99: valueAt(valueUs, quantileColumn(table, 0.99, rows)),
      }),
      RESAMPLES,
    );
    return {
      p50: drawn.map(({ p50 }) => p50),
      p99: drawn.map(({ p99 }) => p99),
    };
  }
}

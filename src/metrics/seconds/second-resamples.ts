/** Resamples of one run: draws its seconds again, in blocks, to show the variation by chance within the run. */
import { type DrawnRows, quantileColumn, resampleRows } from '../../stats/block-bootstrap.js';
import type { Rng } from '../../stats/rng.js';
import { C } from '../counters.js';
import type { Interval } from '../interval.js';
import { GrowingCounts, Packer } from './second-counts.js';
import { type SecondCounts, bootstrapTable } from './bootstrap-table.js';

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

function valueAt(valueUs: readonly number[], column: number | null): number | null {
  return column === null ? null : (valueUs[column] ?? null);
}

/** Seconds of the measure phase by planned time, over all workers, added up as lines arrive. */
export class MeasuredSeconds {
  readonly #seconds = new Map<number, { service: GrowingCounts; timedOut: number; other: number }>();
  readonly #packer = new Packer();

  add({ flow }: Interval): void {
    for (const { phase, second, counters, histograms } of flow) {
      if (phase !== 'measure') continue;
      let sum = this.#seconds.get(second);
      if (sum === undefined) {
        sum = { service: new GrowingCounts(), timedOut: 0, other: 0 };
        this.#seconds.set(second, sum);
      }
      this.#packer.add(sum.service, histograms.service);
      sum.timedOut += counters[C.timedOut]!;
      sum.other += counters[C.planned]! - counters[C.answered]! - counters[C.timedOut]!;
    }
  }

  /** Like `resampleSeconds`. */
  resamples(rng: Rng): SecondResamples | null {
    if (this.#seconds.size < FEWEST_SECONDS) return null;
    const { table, valueUs } = bootstrapTable(this.#counts());
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

  /** Each `answered` is unpacked when it is read. */
  #counts(): SecondCounts[] {
    const inOrder = [...this.#seconds].sort(([a], [b]) => a - b);
    return inOrder.map(([, { service, timedOut, other }]) => ({
      get answered() {
        return service.counts;
      },
      timedOut,
      otherCensored: Math.max(0, other),
    }));
  }
}

/** What a history holds about one metric of one cell, run by run. */
import type { ComparedKey } from '../compare/metrics.js';

/** What a series needs of a run; a line of history.ndjson has it. */
export interface HistoryRun {
  readonly runId: string;
  readonly startedAt: string;
  readonly commit: string | null;
  readonly branch: string | null;
  readonly environment: string;
  readonly validity: 'valid' | 'degraded' | 'invalid';
  readonly cells: readonly HistoryCell[];
}

export interface HistoryCell {
  readonly id: string;
  /** The load in words: another load is another series. */
  readonly load: string;
  readonly validity: 'valid' | 'degraded' | 'invalid';
  readonly metrics: Readonly<Record<ComparedKey, number | null>>;
}

export interface SeriesPoint {
  readonly value: number;
  readonly runId: string;
  readonly startedAt: string;
  readonly commit: string | null;
}

export interface Series {
  /** In time order. */
  readonly points: readonly SeriesPoint[];
  /** Valid runs of the cell that are not in it: of another environment, or under another load. */
  readonly apart: number;
}

/**
 * Values of a metric, of the runs that share environment and load with the newest valid run of that cell.
 * Invalid runs are left out.
 */
export function seriesOf(runs: readonly HistoryRun[], cell: string, key: ComparedKey): Series {
  const measured = [...runs]
    .sort((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0))
    .flatMap((run) =>
      run.cells.filter(({ id, validity }) => id === cell && validity !== 'invalid').map((of) => ({ run, of })),
    );
  const newest = measured.at(-1);
  if (newest === undefined) return { points: [], apart: 0 };
  const alike = measured.filter(
    ({ run, of }) => run.environment === newest.run.environment && of.load === newest.of.load,
  );
  const points = alike.flatMap(({ run: { runId, startedAt, commit }, of }) => {
    const value = of.metrics[key];
    return value === null ? [] : [{ value, runId, startedAt, commit }];
  });
  return { points, apart: measured.length - alike.length };
}

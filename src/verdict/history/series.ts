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
  /** As measured. */
  readonly metrics: Readonly<Record<ComparedKey, number | null>>;
  /** Lower ends of the brackets; absent where they are not known. */
  readonly lower?: Readonly<Record<'p50' | 'p99', number | null>> | undefined;
}

export interface SeriesPoint {
  /** Of a latency the lower end of its bracket, where every point of the series has one. */
  readonly value: number;
  /** As measured. */
  readonly measured: number;
  readonly runId: string;
  readonly startedAt: string;
  readonly commit: string | null;
}

export interface Series {
  /** In time order. */
  readonly points: readonly SeriesPoint[];
  /** How many of the runs are without a lower end, so that all are compared as measured. */
  readonly unbounded: number;
  /** Valid runs of the cell that are not in it: of another environment, or under another load. */
  readonly apart: number;
  /** The series before it, where its load is the same: another machine, kernel, Node or version of wsurge. */
  readonly before: EarlierSeries | null;
}

/** What stood in the place of a series until it began. */
export interface EarlierSeries {
  readonly points: readonly SeriesPoint[];
  /** What is different now, in words: `kernel Linux 6.8`. */
  readonly changed: string;
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
  if (newest === undefined) return { points: [], unbounded: 0, apart: 0, before: null };
  const alike = measured.filter(
    ({ run, of }) => run.environment === newest.run.environment && of.load === newest.of.load,
  );
  const start = measured.indexOf(alike[0]!);
  const last = measured.slice(0, start).findLast(({ of }) => of.load === newest.of.load);
  const earlier =
    last === undefined
      ? []
      : measured.filter(({ run, of }) => run.environment === last.run.environment && of.load === newest.of.load);
  // Both by one reading: else the way back would look like a change from one to the other.
  const unbounded = (cells: readonly MeasuredCell[]) =>
    cells.filter(({ of }) => of.metrics[key] !== null && lowerOf(of, key) === null).length;
  const isBounded = unbounded([...alike, ...earlier]) === 0;
  return {
    points: pointsOf(alike, key, isBounded),
    unbounded: unbounded(alike),
    apart: measured.length - alike.length,
    before:
      last === undefined
        ? null
        : {
            points: pointsOf(earlier, key, isBounded),
            changed: changedWords(last.run.environment, newest.run.environment),
          },
  };
}

type MeasuredCell = { readonly run: HistoryRun; readonly of: HistoryCell };

function pointsOf(cells: readonly MeasuredCell[], key: ComparedKey, isBounded: boolean): SeriesPoint[] {
  return cells.flatMap(({ run: { runId, startedAt, commit }, of }) => {
    const measured = of.metrics[key];
    if (measured === null) return [];
    return [{ value: isBounded ? lowerOf(of, key)! : measured, measured, runId, startedAt, commit }];
  });
}

/** What no way back touches is its own lower end. */
function lowerOf({ metrics, lower }: HistoryCell, key: ComparedKey): number | null {
  return key === 'p50' || key === 'p99' ? (lower?.[key] ?? null) : metrics[key];
}

/** The facts of an environment that an earlier one does not have. */
function changedWords(before: string, now: string): string {
  const known = new Set(before.split(', '));
  return now
    .split(', ')
    .filter((fact) => !known.has(fact))
    .join(', ');
}

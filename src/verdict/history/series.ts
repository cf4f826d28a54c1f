/** The values of one metric of one cell in a history, run by run. */
import type { ComparedKey, DeliverKey, DeliverTimeKey } from '../compare/metrics.js';

/** The parts of a run that a series needs. A line of history.ndjson has them. */
export interface HistoryRun {
  readonly runId: string;
  readonly startedAt: string;
  readonly commit: string | null;
  readonly branch: string | null;
  readonly environment: string;
  readonly validity: 'valid' | 'degraded' | 'invalid';
  readonly cells: readonly HistoryCell[];
}

/** The metrics that a way back is part of. */
export const BOUNDED_KEYS = ['p50', 'p99', 'deliver', 'first', 'last', 'spread'] as const satisfies ComparedKey[];
export type BoundedKey = (typeof BOUNDED_KEYS)[number];

/** Only where messages reach others. Older versions wrote none, or fewer. */
type IfDelivered<Key extends DeliverKey> = Partial<Record<Key, number | null | undefined>>;

export interface HistoryCell {
  readonly id: string;
  /** The cell that this request is of; absent for a cell. */
  readonly ofCell?: string | undefined;
  /** The load as text. A different load starts another series. */
  readonly load: string;
  readonly validity: 'valid' | 'degraded' | 'invalid';
  /** Values as measured. */
  readonly metrics: Readonly<Record<Exclude<ComparedKey, DeliverKey>, number | null> & IfDelivered<DeliverKey>>;
  /** Lower ends of the brackets; absent if unknown. */
  readonly lower?: Readonly<Record<'p50' | 'p99', number | null> & IfDelivered<DeliverTimeKey>> | undefined;
}

export interface SeriesPoint {
  /** For a latency, the lower end of its bracket if every point of the series has one. */
  readonly value: number;
  /** The value as measured. */
  readonly measured: number;
  readonly runId: string;
  readonly startedAt: string;
  readonly commit: string | null;
}

export interface Series {
  /** In order of time. */
  readonly points: readonly SeriesPoint[];
  /** How many runs have no lower end. If there are any, all runs are compared as measured. */
  readonly unbounded: number;
  /** Valid runs of the cell that are left out: they have another environment or another load. */
  readonly apart: number;
  /**
   * The previous series with the same load but another machine, kernel, Node or wsurge version; null if there is none.
   */
  readonly before: EarlierSeries | null;
}

/** The series that came before a series. */
export interface EarlierSeries {
  readonly points: readonly SeriesPoint[];
  /** What has changed, as text: `kernel Linux 6.8`. */
  readonly changed: string;
}

/**
 * Values of a metric, from the runs with the same environment and load as the newest valid run of that cell. Invalid
 * runs are left out.
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
  // Both series must be read the same way. Otherwise the way back would look like a change between them.
  const unbounded = (cells: readonly MeasuredCell[]) =>
    cells.filter(({ of }) => of.metrics[key] != null && lowerOf(of, key) === null).length;
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
    if (measured == null) return [];
    return [{ value: isBounded ? lowerOf(of, key)! : measured, measured, runId, startedAt, commit }];
  });
}

/** The lower end. For a metric without a way back it is the measured value. */
function lowerOf({ metrics, lower }: HistoryCell, key: ComparedKey): number | null {
  const bounded = BOUNDED_KEYS.find((each) => each === key);
  return (bounded === undefined ? metrics[key] : lower?.[bounded]) ?? null;
}

/** The facts of an environment that the earlier one does not have. */
function changedWords(before: string, now: string): string {
  const known = new Set(before.split(', '));
  return now
    .split(', ')
    .filter((fact) => !known.has(fact))
    .join(', ');
}

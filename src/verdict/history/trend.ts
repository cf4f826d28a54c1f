/** Where a nightly series moved, and whether that is an alert. */
import { type ChangePoint, changePoints } from '../../stats/e-divisive.js';
import { worsening } from '../compare/comparison.js';
import type { ComparedKey, ComparedMetric } from '../compare/metrics.js';
import { type HistoryRun, type Series, type SeriesPoint, seriesOf } from './series.js';

const WINDOW = 50;
const P = 0.001;
const FIRST_PASS_P = 0.01;
/** A change before the last runs is no alert any more: it was one when it was new. */
const RECENT_RUNS = 5;
/** The shortest series in which a change can be told. */
export const FEWEST_RUNS = 4;

export interface Change extends ChangePoint {
  /** Of the first run after the change. */
  readonly runId: string;
  readonly startedAt: string;
  readonly commit: string | null;
  /** after / before. */
  readonly ratio: number;
  readonly worse: boolean;
  /** Among the last 5 runs. */
  readonly recent: boolean;
  /** Recent, for the worse, of a metric that gates. */
  readonly alert: boolean;
}

export interface Trend {
  readonly cell: string;
  readonly metric: ComparedKey;
  readonly title: string;
  readonly unit: ComparedMetric['unit'];
  readonly points: readonly SeriesPoint[];
  /** Valid runs that are not in it: of another environment, or under another load. */
  readonly apart: number;
  readonly changes: readonly Change[];
  /** Set where the series is so new that nothing in it could be judged against what was before. */
  readonly across: Across | null;
}

/** The medians of a new series and of the one before it. They may differ because the machine does. */
export interface Across {
  /** Of the first run of the new series. */
  readonly startedAt: string;
  readonly changed: string;
  readonly before: number;
  readonly after: number;
  readonly ratio: number;
  readonly worse: boolean;
  /** For the worse by more than the margin, of a metric that gates. */
  readonly warning: boolean;
}

/**
 * The trend of every metric of every cell that one of the newest 5 runs has: a night may be several profiles, or have
 * been cut short. Those of the newest run come first, in its order. Changes smaller than the margin are left out.
 */
export function trendsOf(runs: readonly HistoryRun[], metrics: readonly ComparedMetric[]): Trend[] {
  const newestFirst = [...runs].sort((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0));
  const cells = new Set(newestFirst.slice(0, RECENT_RUNS).flatMap((run) => run.cells.map(({ id }) => id)));
  return [...cells].flatMap((id) => metrics.map((metric) => trendOf(id, seriesOf(runs, id, metric.key), metric)));
}

function trendOf(cell: string, series: Series, metric: ComparedMetric): Trend {
  const { points, apart } = series;
  const found = changePoints(
    points.map(({ value }) => value),
    { window: WINDOW, p: P, firstPassP: FIRST_PASS_P, minimumShare: metric.margin },
  );
  const changes = found.map((change) => changeOf(change, points, metric));
  return {
    cell,
    metric: metric.key,
    title: metric.title,
    unit: metric.unit,
    points,
    apart,
    changes,
    across: acrossOf(series, metric),
  };
}

/** A series of a few runs is set against the last runs of the one before; a longer one speaks for itself. */
function acrossOf({ points, before }: Series, metric: ComparedMetric): Across | null {
  const earlier = (before?.points ?? []).slice(-RECENT_RUNS);
  if (before === null || earlier.length === 0 || points.length === 0 || points.length > RECENT_RUNS) return null;
  const [old, now] = [medianOf(earlier), medianOf(points)];
  const worsened = worsening(Math.log(now / old), metric);
  return {
    ...{ startedAt: points[0]!.startedAt, changed: before.changed, before: old, after: now, ratio: now / old },
    worse: worsened > 0,
    warning: metric.gate && worsened > Math.log1p(metric.margin),
  };
}

function medianOf(points: readonly SeriesPoint[]): number {
  const values = points.map(({ value }) => value).sort((a, b) => a - b);
  return (values[Math.floor((values.length - 1) / 2)]! + values[Math.ceil((values.length - 1) / 2)]!) / 2;
}

function changeOf(change: ChangePoint, points: readonly SeriesPoint[], metric: ComparedMetric): Change {
  const { runId, startedAt, commit } = points[change.index]!;
  const ratio = change.after / change.before;
  const worse = worsening(Math.log(ratio), metric) > 0;
  const recent = change.index >= points.length - RECENT_RUNS;
  return { ...change, runId, startedAt, commit, ratio, worse, recent, alert: recent && worse && metric.gate };
}

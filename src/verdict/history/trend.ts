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

function trendOf(cell: string, { points, apart }: Series, metric: ComparedMetric): Trend {
  const found = changePoints(
    points.map(({ value }) => value),
    { window: WINDOW, p: P, firstPassP: FIRST_PASS_P, minimumShare: metric.margin },
  );
  const changes = found.map((change) => changeOf(change, points, metric));
  return { cell, metric: metric.key, title: metric.title, unit: metric.unit, points, apart, changes };
}

function changeOf(change: ChangePoint, points: readonly SeriesPoint[], metric: ComparedMetric): Change {
  const { runId, startedAt, commit } = points[change.index]!;
  const ratio = change.after / change.before;
  const worse = worsening(Math.log(ratio), metric) > 0;
  const recent = change.index >= points.length - RECENT_RUNS;
  return { ...change, runId, startedAt, commit, ratio, worse, recent, alert: recent && worse && metric.gate };
}

/** Change points of a nightly series, and which of them are alerts. */
import { type ChangePoint, changePoints } from '../../stats/e-divisive.js';
import { meanOf, medianOf as median } from '../../stats/moments.js';
import { logMargin, worsening } from '../compare/comparison.js';
import { type ComparedKey, type ComparedMetric, isDeliverKey, isReplyKey, titleAmong } from '../compare/metrics.js';
import { LEVEL_CHANGES } from '../compare/noise.js';
import { type HistoryRun, type Series, type SeriesPoint, seriesOf } from './series.js';

/** A change older than this many runs is no longer an alert. */
const RECENT_RUNS = 5;
/** The shortest series in which a change can be detected. */
export const FEWEST_RUNS = 4;

export interface Change extends ChangePoint {
  /** The first run after the change. */
  readonly runId: string;
  readonly startedAt: string;
  readonly commit: string | null;
  /** after / before. */
  readonly ratio: number;
  readonly worse: boolean;
  /** True if the change is among the last 5 runs. */
  readonly recent: boolean;
  /** after / before of the measured values. */
  readonly measuredRatio: number;
  /**
   * True for a recent change for the worse of a gating metric, if the measured values moved by more than the margin,
   * too.
   */
  readonly alert: boolean;
}

export interface Trend {
  readonly cell: string;
  readonly metric: ComparedKey;
  readonly title: string;
  readonly unit: ComparedMetric['unit'];
  readonly points: readonly SeriesPoint[];
  /** Valid runs that are left out: they have another environment or another load. */
  readonly apart: number;
  /** Runs without a lower end. If there are any, all runs are compared as measured. */
  readonly unbounded: number;
  readonly changes: readonly Change[];
  /** Set if the series is too new to be judged by itself: it is compared with the series before. */
  readonly across: Across | null;
}

/** The medians of a new series and of the one before. A difference may come from the machine. */
export interface Across {
  /** Start of the first run of the new series. */
  readonly startedAt: string;
  readonly changed: string;
  readonly before: number;
  readonly after: number;
  readonly ratio: number;
  readonly worse: boolean;
  /** True if a gating metric is worse by more than the margin. */
  readonly warning: boolean;
}

/**
 * The trends of every metric of every cell that occurs in one of the newest 5 runs: one night may consist of several
 * profiles, or may have been cut short. Cells of the newest run come first, in its order. Changes smaller than the
 * margin are left out.
 */
export function trendsOf(runs: readonly HistoryRun[], metrics: readonly ComparedMetric[]): Trend[] {
  const newestFirst = [...runs].sort((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0));
  const recent = newestFirst.slice(0, RECENT_RUNS).flatMap((run) => run.cells);
  const requests = new Set(recent.filter(({ ofCell }) => ofCell !== undefined).map(({ id }) => id));
  return [...new Set(recent.map(({ id }) => id))].flatMap((id) => {
    const trends = metrics
      .map((metric) => trendOf(id, seriesOf(runs, id, metric.key), metric))
      // Only some cells have messages that reach others, and a request has only times.
      .filter(({ metric, points }) => points.length > 0 || !(isDeliverKey(metric) || requests.has(id)));
    const keys = trends.filter(({ points }) => points.length > 0).map(({ metric }) => metric);
    return trends
      .filter(({ metric }) => keys.includes(metric) || !isReplyKey(metric) || !keys.some(isDeliverKey))
      .map((trend) => ({ ...trend, title: titleAmong(keys, { key: trend.metric, title: trend.title }) }));
  });
}

function trendOf(cell: string, series: Series, metric: ComparedMetric): Trend {
  const { points, apart, unbounded } = series;
  const found = changePoints(
    points.map(({ value }) => value),
    { ...LEVEL_CHANGES, minimumShare: metric.margin },
  );
  const changes = found.map((change, i) => {
    const around = [found[i - 1]?.index ?? 0, found[i + 1]?.index ?? points.length] as const;
    return changeOf(change, around, points, metric);
  });
  return {
    cell,
    metric: metric.key,
    title: metric.title,
    unit: metric.unit,
    points,
    ...{ apart, unbounded },
    changes,
    across: acrossOf(series, metric),
  };
}

/** A series of few runs is compared with the last runs of the series before. A longer one is judged by itself. */
function acrossOf({ points, before }: Series, metric: ComparedMetric): Across | null {
  const earlier = (before?.points ?? []).slice(-RECENT_RUNS);
  if (before === null || earlier.length === 0 || points.length === 0 || points.length > RECENT_RUNS) return null;
  const [old, now] = [medianOf(earlier), medianOf(points)];
  const worsened = worsening(Math.log(now / old), metric);
  const asMeasured = worsening(Math.log(medianOf(points, true) / medianOf(earlier, true)), metric);
  return {
    ...{ startedAt: points[0]!.startedAt, changed: before.changed, before: old, after: now, ratio: now / old },
    worse: worsened > 0,
    warning: metric.gate && Math.min(worsened, asMeasured) > logMargin(metric),
  };
}

function medianOf(points: readonly SeriesPoint[], asMeasured = false): number {
  return median(points.map(({ value, measured }) => (asMeasured ? measured : value)));
}

function changeOf(
  change: ChangePoint,
  around: readonly [from: number, to: number],
  points: readonly SeriesPoint[],
  metric: ComparedMetric,
): Change {
  const { index } = change;
  const { runId, startedAt, commit } = points[index]!;
  const ratio = change.after / change.before;
  const mean = (from: number, to: number) => meanOf(points.slice(from, to).map(({ measured }) => measured));
  const measuredRatio = mean(index, around[1]) / mean(around[0], index);
  const worse = worsening(Math.log(ratio), metric) > 0;
  const recent = index >= points.length - RECENT_RUNS;
  // If only the lower end moved, the correction has changed, not the target.
  const isBoth = worsening(Math.log(measuredRatio), metric) > logMargin(metric);
  const alert = recent && worse && metric.gate && isBoth;
  return { ...change, runId, startedAt, commit, ratio, measuredRatio, worse, recent, alert };
}

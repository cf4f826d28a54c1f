/** A request's deliveries along the axis that its load sweeps: by the number of its subscribers, or by the rate. */
import type { JudgedCell } from '../../documents/result-document.js';
import type { FanoutResult } from '../../metrics/fanout-result.js';
import { type Numbers, short } from '../shared/chart-numbers.js';
import { subscribersPerMessage } from './fanout-columns.js';

/** Points in rising order of `x`. Columns of equal length; null where there is no number. */
export interface FanoutCurve {
  readonly load: string;
  readonly request: string;
  /** `subscribers`: how many connections a message is for. `rate`: messages asked per second. */
  readonly axis: 'subscribers' | 'rate';
  /** The rate that all points have; null if each has its own, or where the rate is the axis. */
  readonly rate: number | null;
  readonly x: readonly number[];
  /** Whether the load was what was planned: a point of an INVALID cell is marked, and does not set the scale. */
  readonly valid: readonly boolean[];
  readonly deliverP50Us: Numbers;
  readonly deliverP99Us: Numbers;
  readonly lastP50Us: Numbers;
  readonly lastP99Us: Numbers;
  /** 0 to 100. */
  readonly reachPercent: Numbers;
}

interface Point {
  readonly cell: JudgedCell;
  readonly fanout: FanoutResult;
  readonly subscribers: number;
}

/** A curve for each load and request that reaches others, and of a matrix for each rate; none of a single point. */
export function fanoutCurves(cells: readonly JudgedCell[]): FanoutCurve[] {
  const groups = new Map<string, Point[]>();
  for (const cell of cells.filter(({ ramp }) => !ramp)) {
    for (const fanout of cell.fanout ?? []) {
      const subscribers = subscribersPerMessage(fanout);
      if (subscribers === null) continue;
      const key = JSON.stringify([cell.load, fanout.name]);
      groups.set(key, [...(groups.get(key) ?? []), { cell, fanout, subscribers }]);
    }
  }
  return [...groups.values()].flatMap(curvesOf).filter(({ x }) => x.length > 1);
}

function curvesOf(points: readonly Point[]): FanoutCurve[] {
  const rates = [...new Set(points.map(({ cell }) => cell.axes.rate))];
  const connections = new Set(points.map(({ cell }) => cell.axes.connections));
  if (connections.size === 1) return rates.length > 1 ? [curveOf(points, 'rate')] : [];
  // A rate that grows with the connections makes one curve.
  if (connections.size === points.length) return [curveOf(points, 'subscribers')];
  return rates.map((rate) =>
    curveOf(
      points.filter(({ cell }) => cell.axes.rate === rate),
      'subscribers',
    ),
  );
}

function curveOf(points: readonly Point[], axis: FanoutCurve['axis']): FanoutCurve {
  const at = ({ cell, subscribers }: Point) =>
    axis === 'rate' ? (cell.axes.rate ?? 0) : Number(subscribers.toFixed(2));
  const ordered = [...points].sort((a, b) => at(a) - at(b));
  const { cell, fanout } = ordered[0]!;
  const sameRate = ordered.every((point) => point.cell.axes.rate === cell.axes.rate);
  const time = (of: 'deliverUs' | 'lastUs', name: 'p50' | 'p99') => ordered.map((point) => point.fanout[of][name]);
  return {
    ...{ load: cell.load, request: fanout.name, axis },
    rate: axis === 'subscribers' && sameRate ? cell.axes.rate : null,
    x: ordered.map(at),
    valid: ordered.map((point) => point.cell.validity !== 'invalid'),
    deliverP50Us: time('deliverUs', 'p50'),
    deliverP99Us: time('deliverUs', 'p99'),
    lastP50Us: time('lastUs', 'p50'),
    lastP99Us: time('lastUs', 'p99'),
    reachPercent: ordered.map((point) => (point.fanout.reach === null ? null : short(point.fanout.reach * 100))),
  };
}

/** A load's cells along the axis that it sweeps: latency, and the server's CPU and memory. */

import type { JudgedCell } from '../../documents/result-document.js';
import { flowOf, headlineOf } from '../../metrics/flow.js';
import { type Numbers, short } from '../shared/chart-numbers.js';

/** Points in rising order of `x`. Columns of equal length; null where there is no number. */
export interface LoadCurve {
  readonly load: string;
  readonly axis: 'connections' | 'rate';
  /** The value of the axis that does not change: `1,000 msg/s` or `100 connections`. */
  readonly fixed: { readonly connections: number | null; readonly rate: number | null };
  readonly x: readonly number[];
  /** Whether the load was what was planned: a point of an INVALID cell is marked, and does not set the scale. */
  readonly valid: readonly boolean[];
  readonly p50Us: Numbers;
  readonly p99Us: Numbers;
  readonly serviceP50Us: Numbers;
  readonly serviceP99Us: Numbers;
  readonly cpuPercent: Numbers;
  readonly clientCpuPercent: Numbers;
  readonly rssBytes: Numbers;
}

/** A curve for each load that sweeps one axis; of a matrix, one over connections for each rate. */
export function chartLoads(cells: readonly JudgedCell[]): LoadCurve[] {
  const steady = cells.filter(({ ramp }) => !ramp);
  const loads = [...new Set(steady.map(({ load }) => load))];
  const curves = loads.flatMap((load) => {
    const own = steady.filter((cell) => cell.load === load);
    const rates = distinct(own.map(({ axes }) => axes.rate));
    const connections = distinct(own.map(({ axes }) => axes.connections));
    if (connections.length > 1) {
      return rates.map((rate) =>
        curveOf(
          own.filter(({ axes }) => axes.rate === rate),
          'connections',
        ),
      );
    }
    return rates.length > 1 ? [curveOf(own, 'rate')] : [];
  });
  // One point is no curve: a matrix may have holes.
  return curves.filter(({ x }) => x.length > 1);
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function curveOf(cells: readonly JudgedCell[], axis: LoadCurve['axis']): LoadCurve {
  const at = (cell: JudgedCell) => cell.axes[axis] ?? 0;
  const ordered = [...cells].sort((a, b) => at(a) - at(b));
  const first = ordered[0]!;
  const latency = (of: 'headline' | 'service', name: 'p50' | 'p99') =>
    ordered.map(
      (cell) => (of === 'headline' ? headlineOf(flowOf(cell)) : flowOf(cell).latencyUs.service)?.[name] ?? null,
    );
  const server = (name: 'cpuPercent' | 'rssBytes') =>
    ordered.map((cell) => (cell.server.status === 'measured' ? cell.server[name] : null));
  return {
    load: first.load,
    axis,
    fixed: {
      connections: axis === 'connections' ? null : first.axes.connections,
      rate: axis === 'rate' ? null : first.axes.rate,
    },
    x: ordered.map(at),
    valid: ordered.map(({ validity }) => validity !== 'invalid'),
    p50Us: latency('headline', 'p50'),
    p99Us: latency('headline', 'p99'),
    serviceP50Us: latency('service', 'p50'),
    serviceP99Us: latency('service', 'p99'),
    cpuPercent: server('cpuPercent').map(short),
    clientCpuPercent: ordered.map(({ client }) => short(client.cpuPercent)),
    rssBytes: server('rssBytes'),
  };
}

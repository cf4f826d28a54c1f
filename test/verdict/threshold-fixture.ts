import type { Aggregation, MetricName, Threshold } from '../../src/profile/profile.js';

/** `threshold('ws_response_time', 'p(95)', '<', 50_000)`: limits in the metric's base unit, gating unless told. */
export function threshold(
  metric: MetricName,
  aggregation: string,
  comparison: Threshold['comparison'],
  limit: number,
  more: Partial<Threshold> = {},
): Threshold {
  return {
    metric,
    selector: {},
    expression: `${aggregation}${comparison}${limit}`,
    aggregation: aggregationOf(aggregation),
    comparison,
    limit,
    title: null,
    gate: true,
    abortOnFail: false,
    delayAbortEvalMs: 0,
    ...more,
  };
}

function aggregationOf(text: string): Aggregation {
  const percentile = /^p\(([\d.]+)\)$/.exec(text);
  if (percentile) return { kind: 'percentile', quantile: Number((Number(percentile[1]) / 100).toPrecision(12)) };
  return { kind: text as Exclude<Aggregation['kind'], 'percentile'> };
}

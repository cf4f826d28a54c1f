// docs/reference/metrics.md: what a threshold can name, from the tables that thresholds are parsed with.
import { AGGREGATIONS, METRICS, SELECTOR_KEYS } from '../../dist/src/profile/metrics.js';
import { code, page, paragraph, table } from './markdown.mjs';

const UNITS = {
  us: 'ms, or with a unit: `800us`, `2s`',
  bytes: 'bytes: `10KB`',
  percent: 'percent of one core',
  ratio: 'share: `0.99` or `99%`',
  count: 'count, or per second',
};

export function metricsPage() {
  const rows = Object.entries(METRICS).map(([name, { type, unit, meaning, pooled }]) => [
    code(name),
    type,
    meaning,
    type === 'gauge' && unit === 'count' ? 'count' : UNITS[unit],
    pooled,
  ]);
  const aggregations = Object.entries(AGGREGATIONS).map(([type, kinds]) => [
    type,
    kinds.map((kind) => code(kind === 'percentile' ? 'p(N)' : kind)).join(', '),
  ]);
  const byRequest = Object.entries(METRICS).flatMap(([name, metric]) => (metric.byRequest === true ? [name] : []));
  return page(
    'Metrics of thresholds',
    `A threshold is \`metric{selectors}: aggregation operator value\`, such as
    \`ws_response_time{load:throughput}: p(95)<50\`. The grammar and the types follow k6. How to write thresholds is told
    in [the guide](../guide/run.md#thresholds).`,
    '## Metrics',
    table(['metric', 'type', 'meaning', 'unit of the limit', 'over several cells'], rows),
    '## Aggregations',
    table(['type', 'aggregations'], aggregations),
    '## Selectors',
    paragraph(`${SELECTOR_KEYS.map(code).join(', ')}. A threshold speaks about all cells that match. \`engine\` (\`ws\` or
    \`uws\`) makes it apply to that server engine only; \`code\` picks one close code of \`ws_close_codes\`, \`step\` one
    named step of \`ws_step_time\`. \`request\` picks one request of the cells: ${code('ws_response_time{request:say}')}. It
    goes with ${byRequest.map(code).join(', ')}.`),
  );
}

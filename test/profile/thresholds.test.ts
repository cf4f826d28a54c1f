import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AGGREGATIONS, METRIC_NAMES, METRICS } from '../../src/profile/metrics.js';
import { parseExpression, parseMetricKey } from '../../src/profile/threshold-text.js';
import { parse, problemLines, withLoad } from './fixtures.js';

const value = (kind: 'avg' | 'min' | 'max' | 'med' | 'count' | 'rate' | 'value') => ({ kind });
const p = (quantile: number) => ({ kind: 'percentile' as const, quantile });

test('limits come out in the base unit of the metric', () => {
  for (const [metric, text, aggregation, comparison, limit] of [
    ['ws_response_time', 'p(95)<50', p(0.95), '<', 50_000],
    ['ws_response_time', 'p(99)<800us', p(0.99), '<', 800],
    ['ws_response_time', ' p( 99.9 ) <= 1.5s ', p(0.999), '<=', 1_500_000],
    ['ws_connecting', 'avg>0.5', value('avg'), '>', 500],
    ['ws_connecting', 'med!=2µs', value('med'), '!=', 2],
    ['ws_session_duration', 'min>=1m', value('min'), '>=', 60_000_000],
    ['ws_session_duration', 'max<1h', value('max'), '<', 3_600_000_000],
    ['ws_msgs_lost', 'count===0', value('count'), '==', 0],
    ['ws_msgs_sent', 'rate>100/s', value('rate'), '>', 100],
    ['ws_msgs_answered', 'rate>=99%', value('rate'), '>=', 0.99],
    ['ws_msgs_answered', 'rate>.5', value('rate'), '>', 0.5],
    ['ws_connections_held', 'value==1e3', value('value'), '==', 1000],
    ['server_cpu_percent', 'value<10%', value('value'), '<', 10],
    ['server_rss_per_connection', 'value<10KB', value('value'), '<', 10_000],
    ['server_rss_per_connection', 'value<1.5MiB', value('value'), '<', 1_572_864],
  ] as const) {
    assert.deepEqual(parseExpression(text, metric), { aggregation, comparison, limit }, text);
  }
});

test('what does not fit is said', () => {
  for (const [metric, text, wanted] of [
    [
      'ws_response_time',
      'count<5',
      /uses count, which does not fit ws_response_time \(a trend\).*avg, min, max, med, p\(N\)/,
    ],
    ['ws_msgs_lost', 'p(95)<5', /does not fit ws_msgs_lost \(a counter\)/],
    ['ws_msgs_answered', 'value>1', /does not fit/],
    ['ws_connections_held', 'avg>1', /does not fit/],
    ['ws_response_time', 'p(0)<5', /is not a percentile/],
    ['ws_response_time', 'p(100)<5', /is not a percentile.*max/],
    ['ws_response_time', 'p95<5', /is not a threshold/],
    ['ws_response_time', 'p<5', /is not a percentile/],
    ['ws_response_time', 'avg(3)<5', /gives avg something in parentheses/],
    ['ws_response_time', 'mad<5', /unknown aggregation \S+mad\S+.*did you mean \S+max/],
    ['ws_response_time', 'p(95)<5KB', /has a unit that does not fit: \S+KB.*milliseconds/],
    ['ws_response_time', 'p(95)<5%', /has a unit that does not fit/],
    ['ws_msgs_lost', 'count<5ms', /has a unit that does not fit/],
    ['ws_msgs_answered', 'rate>99', /is a share above 100 %.*write 99% or 0\.99/],
    ['ws_msgs_answered', 'rate>=101%', /is a share above 100 %.*a share is at most 100 %/],
    ['ws_msgs_answered', 'rate>=150', /is a share above 100 %.*a share is at most 100 %/],
    ['ws_response_time', 'p(95)<-5', /has a limit out of range/],
    ['ws_response_time', 'p(95)<1e999', /has a limit out of range/],
    ['ws_response_time', 'p(95)=5', /is not a threshold/],
    ['ws_response_time', 'p(95)<5 and max<6', /is not a threshold/],
    ['ws_response_time', '', /is not a threshold/],
  ] as const) {
    assert.match(JSON.stringify(parseExpression(text, metric)), wanted, text);
  }
});

test('selectors', () => {
  assert.deepEqual(parseMetricKey('ws_ping'), { metric: 'ws_ping', selector: {} });
  assert.deepEqual(parseMetricKey('ws_ping{}'), { metric: 'ws_ping', selector: {} });
  assert.deepEqual(parseMetricKey('ws_close_codes{code:1006, cell:a/c1-r5}'), {
    metric: 'ws_close_codes',
    selector: { code: '1006', cell: 'a/c1-r5' },
  });
  for (const text of [
    'ws_png',
    'ws_ping{',
    'ws_ping{load}',
    'ws_ping{load:}',
    'ws_ping{lod:a}',
    'ws_ping{load:a,load:b}',
    'ws_ping{load:a,}',
    '',
  ]) {
    assert.ok('message' in parseMetricKey(text), text);
  }
});

test('entries are texts, mappings or lists of both', () => {
  const { thresholds } = parse(`
load: [{ name: concurrency, sweep: { connections: [10, 1000] }, rate: 5k/s }]
thresholds:
  ws_ping: p(95)<5
  ws_response_time{load:concurrency,connections:1k,rate:5000}:
    - max<5s
    - { threshold: ' p(95)<50 ', title: Response, gate: false, abortOnFail: true, delayAbortEval: 5s }
`).profile;
  const rest = { title: null, gate: true, abortOnFail: false, delayAbortEvalMs: 0 };
  const selector = { load: 'concurrency', connections: '1k', rate: '5000' };
  assert.deepEqual(thresholds, [
    {
      metric: 'ws_ping',
      selector: {},
      expression: 'p(95)<5',
      aggregation: p(0.95),
      comparison: '<',
      limit: 5000,
      ...rest,
    },
    {
      metric: 'ws_response_time',
      selector,
      expression: 'max<5s',
      aggregation: value('max'),
      comparison: '<',
      limit: 5_000_000,
      ...rest,
    },
    {
      metric: 'ws_response_time',
      selector,
      expression: 'p(95)<50',
      aggregation: p(0.95),
      comparison: '<',
      limit: 50_000,
      title: 'Response',
      gate: false,
      abortOnFail: true,
      delayAbortEvalMs: 5000,
    },
  ]);
});

test('slips in entries have their place', () => {
  assert.deepEqual(problemLines(withLoad('thresholds: { ws_ping: { treshold: p(95)<5 } }')), [
    '2:15 thresholds.ws_ping.threshold: is missing',
    '2:26 thresholds.ws_ping.treshold: unknown key [did you mean "threshold"?]',
  ]);
  assert.deepEqual(problemLines(withLoad('thresholds: { ws_ping: 5 }')), [
    '2:24 thresholds.ws_ping: 5 is not text [put it in quotes]',
  ]);
});

test('property: every metric takes exactly the aggregations of its type, with any limit in its unit', () => {
  const words = {
    avg: 'avg',
    min: 'min',
    max: 'max',
    med: 'med',
    count: 'count',
    rate: 'rate',
    value: 'value',
    percentile: 'p(90)',
  } as const;
  const kinds = Object.keys(words) as (keyof typeof words)[];
  fc.assert(
    fc.property(
      fc.constantFrom(...METRIC_NAMES),
      fc.constantFrom(...kinds),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (metric, kind, limit) => {
        const parsed = parseExpression(`${words[kind]} < ${limit}`, metric);
        const fits = AGGREGATIONS[METRICS[metric].type].includes(kind);
        assert.equal('limit' in parsed, fits);
        if ('limit' in parsed) assert.equal(parsed.limit, METRICS[metric].unit === 'us' ? limit * 1000 : limit);
      },
    ),
  );
});

test('property: arbitrary text is parsed or refused, never thrown at', () => {
  const grammar = fc.stringMatching(/^[avgpmxcountre()0-9.<>=!%KBus{}:, ]{0,24}$/);
  fc.assert(
    fc.property(fc.oneof(grammar, fc.string()), fc.constantFrom(...METRIC_NAMES), (text, metric) => {
      const parsed = parseExpression(text, metric);
      assert.ok('message' in parsed || (Number.isFinite(parsed.limit) && parsed.limit >= 0));
      assert.equal(typeof parseMetricKey(text), 'object');
    }),
    { numRuns: 500 },
  );
});

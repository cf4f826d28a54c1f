import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { IdleMemory } from '../../src/metrics/idle-memory.js';
import type { Threshold } from '../../src/profile/profile.js';
import { evaluateThreshold, evaluateThresholds } from '../../src/verdict/thresholds.js';
import { bracketsFor, countersOf, flowOf, healthyCell, withConnections, withMessages } from './cell-fixture.js';
import { threshold } from './threshold-fixture.js';

/** 10,000 messages, each with this service time and lag. */
function constantCell(serviceUs: number, lagUs: number): CellResult {
  return healthyCell({ serviceUs: [serviceUs], lagUs: [lagUs] });
}

function passed(wanted: Threshold, ...cells: readonly CellResult[]): boolean | null | undefined {
  return evaluateThreshold(wanted, cells)?.passed;
}

const p95 = (limit: number, more: Partial<Threshold> = {}) => threshold('ws_response_time', 'p(95)', '<', limit, more);
const silent = withMessages(healthyCell(), { sent: 10_000, answered: 0, timedOut: 10_000, received: 0 });

test('response time passes on response, fails where service fails too, and is undecided between', () => {
  const cell = constantCell(1000, 500);
  assert.equal(passed(p95(1501), cell), true);
  assert.equal(passed(p95(1500), cell), null);
  assert.equal(passed(p95(1001), cell), null);
  assert.equal(passed(p95(1000), cell), false);
  assert.equal(evaluateThreshold(p95(1200), [cell])?.note, 'between 1.00 and 1.50 ms');
  assert.equal(evaluateThreshold(p95(1200), [cell])?.actual, 1500);
});

test('with a check the bracket reaches down to what the way back cannot explain, of closed loops too', () => {
  const cell = healthyCell({ serviceUs: [1500], lagUs: [300], addedUs: [500] });
  assert.deepEqual(
    [999, 1001, 1800, 1801].map((limit) => passed(p95(limit), cell)),
    [false, null, null, true],
  );
  assert.equal(evaluateThreshold(p95(1200), [cell])?.note, 'between 1.00 and 1.80 ms');
  const closed = healthyCell({ model: 'closed', serviceUs: [1500], addedUs: [500] });
  const service = (aggregation: string, limit: number, ...cells: CellResult[]) =>
    passed(threshold('ws_service_time', aggregation, '<', limit), ...cells);
  for (const aggregation of ['p(50)', 'p(97)', 'p(99.5)', 'med', 'avg']) {
    const decided = [998, 1002, 1500, 1501].map((limit) => service(aggregation, limit, closed));
    assert.deepEqual(decided, [false, null, null, true], aggregation);
  }
  // Pooled with a cell that is slow by itself, the quick one's messages keep the lower end they have alone.
  const slow = healthyCell({ model: 'closed', serviceUs: [90_000], addedUs: [500], id: 'slow', rate: 100 });
  assert.deepEqual(
    [998, 1002].map((limit) => service('p(50)', limit, closed, slow)),
    [false, null],
  );
  assert.deepEqual(
    [89_300, 89_700].map((limit) => service('p(95)', limit, closed, slow)),
    [false, null],
  );
});

test('a check that knows nothing leaves the service time as the lower end', () => {
  const cell = constantCell(1000, 500);
  const flow = cell.flows[0]!;
  for (const brackets of [bracketsFor(flow, []), bracketsFor(flow, [400], 99)]) {
    assert.equal(passed(p95(1000), { ...cell, brackets }), false);
    assert.equal(passed(p95(1001), { ...cell, brackets }, constantCell(1000, 500)), null);
  }
  assert.equal(passed(p95(1000), { ...cell, brackets: bracketsFor(flow, [400], 200) }), null);
});

test('the bracket works for lower limits as well', () => {
  const atLeast = (limit: number) => threshold('ws_response_time', 'p(95)', '>=', limit);
  const cell = constantCell(1000, 500);
  assert.equal(passed(atLeast(1000), cell), true);
  assert.equal(passed(atLeast(1001), cell), null);
  assert.equal(passed(atLeast(1501), cell), false);
  assert.equal(passed(threshold('ws_response_time', 'p(95)', '==', 1200), cell), null);
  assert.equal(passed(threshold('ws_response_time', 'p(95)', '!=', 900), cell), true);
});

test('every comparison, on a number that is known exactly', () => {
  const at = (comparison: Threshold['comparison'], limit: number) =>
    passed(threshold('ws_service_time', 'p(95)', comparison, limit), constantCell(1000, 500));
  assert.deepEqual([at('<', 1000), at('<', 1001)], [false, true]);
  assert.deepEqual([at('<=', 999), at('<=', 1000)], [false, true]);
  assert.deepEqual([at('>', 1000), at('>', 999)], [false, true]);
  assert.deepEqual([at('>=', 1001), at('>=', 1000)], [false, true]);
  assert.deepEqual([at('==', 999), at('==', 1000)], [false, true]);
  assert.deepEqual([at('!=', 1000), at('!=', 999)], [false, true]);
});

test('histograms of the matching cells are pooled, not their quantiles averaged', () => {
  const fast = healthyCell({ serviceUs: [100], rate: 900 });
  const slow = healthyCell({ serviceUs: [1900], rate: 100, id: 'slow' });
  const p = (q: number) => evaluateThreshold(threshold('ws_service_time', `p(${q})`, '<', 1), [fast, slow])?.actual;
  assert.equal(p(90), 100);
  assert.equal(p(91), 1900);
  const mean = evaluateThreshold(threshold('ws_service_time', 'avg', '<', 1), [fast, slow])?.actual;
  assert.ok(Math.abs(mean! - 280) < 1);
});

test('min, max, med and any percentile of a trend', () => {
  const cell = healthyCell({ serviceUs: [100, 200, 300, 400] });
  const actual = (aggregation: string) =>
    evaluateThreshold(threshold('ws_service_time', aggregation, '<', 1), [cell])?.actual;
  assert.deepEqual(
    [actual('min'), actual('med'), actual('p(75)'), actual('p(76)'), actual('max')],
    [100, 200, 300, 400, 400],
  );
});

test('a quantile among the timed-out passes nothing, not even a lower limit', () => {
  const some = withMessages(healthyCell(), { answered: 9400, timedOut: 600, received: 9400 });
  assert.equal(passed(p95(60_000_000), some), false);
  assert.equal(passed(threshold('ws_response_time', 'p(95)', '>', 1), some), false);
  const result = evaluateThreshold(p95(60_000_000), [some]);
  assert.equal(result?.actual, 5_000_000);
  assert.equal(result?.note, '>= timeout (6 % timed out)');
  assert.equal(passed(threshold('ws_response_time', 'p(90)', '<', 60_000_000), some), true);
});

test('a quantile among the unanswered fails, and so do mean and maximum with any of them', () => {
  const dropped = withMessages(healthyCell(), { sent: 9000, answered: 9000, dropped: 1000, received: 9000 });
  const result = evaluateThreshold(p95(60_000_000), [dropped]);
  assert.equal(result?.passed, false);
  assert.equal(result?.actual, null);
  assert.equal(result?.note, 'n/a (10 % unanswered)');
  const one = withMessages(healthyCell(), { answered: 9999, timedOut: 1, received: 9999 });
  for (const aggregation of ['avg', 'max']) {
    assert.equal(passed(threshold('ws_service_time', aggregation, '<', 60_000_000), one), false);
  }
  assert.equal(passed(threshold('ws_service_time', 'min', '<', 60_000_000), one), true);
});

test('a cell that answered nothing keeps no histogram and still counts', () => {
  const flow = { ...silent.flows[0]!, histograms: { response: null, service: null, lag: null } };
  assert.equal(passed(p95(60_000_000), { ...silent, flows: [flow] }), false);
  assert.equal(passed(p95(60_000_000), healthyCell(), { ...silent, flows: [flow] }), false);
});

test('too few samples: undecided and a reason; the maximum may still settle an upper limit', () => {
  const cell = (messages: number) => healthyCell({ rate: messages / 10, serviceUs: [900, 1000], lagUs: [100] });
  const p99 = (limit: number, gate = true) => threshold('ws_response_time', 'p(99)', '<', limit, { gate });
  const few = evaluateThresholds([p99(60_000_000)], [cell(360)]);
  assert.equal(few.results[0]?.passed, null);
  assert.equal(few.results[0]?.note, 'n/a (n = 360 is too small)');
  assert.deepEqual(
    few.reasons.map(({ code, side, severity }) => [code, side, severity]),
    [['few_samples', 'client', 'degraded']],
  );
  const shown = evaluateThresholds([p99(60_000_000, false)], [cell(360)]);
  assert.equal(shown.reasons[0]?.severity, 'note');
  const bounded = evaluateThresholds([p99(1101)], [cell(370)]);
  assert.equal(bounded.results[0]?.passed, true);
  assert.equal(bounded.results[0]?.note, '<= max of 370');
  assert.deepEqual(bounded.reasons, []);
  const unsettled = evaluateThresholds([p99(1000)], [cell(370)]);
  assert.equal(unsettled.results[0]?.passed, null);
  assert.equal(unsettled.reasons.length, 1);
});

test('response time of closed loads is undecided and says what to use', () => {
  const result = evaluateThreshold(p95(60_000_000), [healthyCell({ model: 'closed' })]);
  assert.equal(result?.passed, null);
  assert.match(result?.note ?? '', /ws_service_time/);
  assert.equal(passed(threshold('ws_service_time', 'p(95)', '<', 60_000_000), healthyCell({ model: 'closed' })), true);
});

test('no samples, no matching cell: undecided', () => {
  assert.equal(passed(p95(1), healthyCell({ model: 'listen' })), null);
  assert.equal(passed(threshold('ws_service_time', 'p(95)', '<', 1), healthyCell({ rate: 0 })), null);
  assert.equal(passed(threshold('ws_msgs_answered', 'rate', '>', 0.9), healthyCell({ rate: 0 })), null);
  assert.equal(passed(threshold('ws_msgs_lost', 'count', '==', 0), healthyCell({ rate: 0 })), null);
  const none = evaluateThreshold(p95(1, { selector: { load: 'elsewhere' } }), [healthyCell()]);
  assert.equal(none?.passed, null);
  assert.match(none?.note ?? '', /no cell/);
  assert.equal(passed(p95(1)), null);
});

test('selectors narrow by load, cell, connections and rate, in the units people write', () => {
  const cells = [
    healthyCell({ connections: 10, rate: 100, serviceUs: [1000] }),
    healthyCell({ connections: 1000, rate: 100, serviceUs: [2000] }),
    healthyCell({ load: 'throughput', connections: 10, rate: 1000, serviceUs: [500] }),
  ];
  const slowest = (selector: Readonly<Record<string, string>>) =>
    evaluateThreshold(threshold('ws_service_time', 'max', '<', 1, { selector }), cells)?.actual;
  assert.equal(slowest({ load: 'throughput' }), 500);
  assert.equal(slowest({ cell: 'concurrency/c10-r100' }), 1000);
  assert.equal(slowest({ connections: '10' }), 1000);
  assert.equal(slowest({ connections: '1k' }), 2000);
  assert.equal(slowest({ rate: '1000/s' }), 500);
  assert.equal(slowest({ rate: '1k' }), 500);
  assert.equal(slowest({ load: 'concurrency', connections: '1000', rate: '100' }), 2000);
  assert.equal(slowest({ connections: '11' }), null);
});

test('a threshold for another engine is left out; for the one that ran it is judged', () => {
  const memory = (engine: string) => threshold('server_cpu_percent', 'value', '<', 50, { selector: { engine } });
  const cells = [healthyCell({ engine: 'ws' })];
  assert.deepEqual(evaluateThresholds([memory('uws')], cells).results, []);
  assert.equal(evaluateThresholds([memory('ws')], cells).results[0]?.passed, true);
  const elsewhere = threshold('server_cpu_percent', 'value', '<', 50, { selector: { engine: 'uws', load: 'none' } });
  assert.equal(evaluateThreshold(elsewhere, cells)?.passed, null, 'matches no cell whatever the engine');
});

test('connecting pools all connects; those that failed rank last', () => {
  const connecting = (limit: number) => threshold('ws_connecting', 'p(95)', '<', limit);
  const cell = healthyCell({ connections: 1000, connectUs: [800, 1200] });
  assert.equal(evaluateThreshold(connecting(1), [cell])?.actual, 1200);
  assert.equal(passed(connecting(1201), cell), true);
  const refused = withConnections(cell, { attempts: 1060, failed: 60 });
  assert.equal(passed(connecting(60_000_000), refused), false);
});

test('send lag ranks what was due and never sent last, and nothing the target did', () => {
  const lag = threshold('ws_send_lag', 'p(95)', '<', 60_000_000);
  const unsent = withMessages(healthyCell(), { sent: 9000, answered: 9000, unsentAtStop: 1000, received: 9000 });
  assert.equal(passed(lag, unsent), false);
  assert.equal(passed(lag, silent), true);
});

test('ping and session length of several cells: settled only where every cell agrees', () => {
  const cell = (us: number) => ({
    ...healthyCell({ connections: 1000 }),
    pingUs: { ...healthyCell().pingUs, p95: us, atMost: [] },
  });
  const ping = (limit: number) => threshold('ws_ping', 'p(95)', '<', limit);
  assert.equal(passed(ping(501), cell(300), cell(500)), true);
  assert.equal(passed(ping(400), cell(300), cell(500)), null);
  assert.equal(passed(ping(300), cell(300), cell(500)), false);
  assert.equal(evaluateThreshold(ping(501), [cell(300), cell(500)])?.actual, 500);
  assert.match(evaluateThreshold(threshold('ws_ping', 'p(97)', '<', 1), [cell(3)])?.note ?? '', /not kept/);
  assert.equal(passed(threshold('ws_session_duration', 'max', '<', 60_000_000), healthyCell()), true);
});

test('counters add up over the cells; a rate is per measured second', () => {
  const cells = [healthyCell(), withMessages(healthyCell({ rate: 500, id: 'b' }), { duplicated: 3 })];
  const actual = (metric: Parameters<typeof threshold>[0], aggregation = 'count') =>
    evaluateThreshold(threshold(metric, aggregation, '>', 0), cells)?.actual;
  assert.equal(actual('ws_msgs_sent'), 15_000);
  assert.equal(actual('ws_msgs_sent', 'rate'), 750);
  assert.equal(actual('ws_msgs_received'), 15_000);
  assert.equal(actual('ws_msgs_duplicated'), 3);
  assert.equal(actual('ws_msgs_lost'), 0);
  assert.equal(actual('ws_sessions'), 200);
  assert.equal(actual('ws_close_codes'), 200);
  const abnormal = threshold('ws_close_codes', 'count', '==', 0, { selector: { code: '1006' } });
  assert.equal(passed(abnormal, ...cells), true);
});

test('answered is the share of the planned; held the fewest of any cell', () => {
  const partly = withMessages(healthyCell(), { answered: 9900, timedOut: 100, received: 9900 });
  assert.equal(evaluateThreshold(threshold('ws_msgs_answered', 'rate', '>=', 0.99), [partly])?.actual, 0.99);
  assert.equal(passed(threshold('ws_msgs_answered', 'rate', '>=', 0.99), partly), true);
  assert.equal(passed(threshold('ws_msgs_answered', 'rate', '>', 0.99), partly), false);
  const held = threshold('ws_connections_held', 'value', '>=', 100);
  assert.equal(passed(held, healthyCell(), withConnections(healthyCell(), { held: 99 })), false);
  assert.equal(passed(held, healthyCell()), true);
});

test('server CPU is the busiest cell; a server out of sight is n/a with the reason', () => {
  const cpu = threshold('server_cpu_percent', 'value', '<', 50);
  assert.equal(evaluateThreshold(cpu, [healthyCell({ cpuPercent: 10 }), healthyCell({ cpuPercent: 60 })])?.actual, 60);
  const remote: CellResult = {
    ...healthyCell(),
    server: { status: 'unavailable', engine: null, reason: 'not on this machine' },
  };
  const result = evaluateThreshold(cpu, [healthyCell(), remote]);
  assert.deepEqual([result?.passed, result?.actual, result?.note], [null, null, 'not on this machine']);
  assert.equal(evaluateThreshold(cpu, [healthyCell({ cpuPercent: null })])?.actual, null);
});

const memory = threshold('server_rss_per_connection', 'value', '<', 10_000);
const idleMemory = (bytes: number, half: number | null): IdleMemory => ({
  ...{ status: 'measured', steps: [], sockets: null },
  server: { bytes, ci: half === null ? null : [bytes - half, bytes + half], r2: 0.99 },
});
const memoryOf = (idle?: IdleMemory) => evaluateThresholds([memory], [healthyCell()], idle).results[0]!;

test('memory per connection is what was measured before the load, with how sure it is', () => {
  const { actual, note, unit, passed } = memoryOf(idleMemory(9000, 120));
  assert.deepEqual([actual, note, unit, passed], [9000, '± 0.1 KB', 'bytes', true]);
  assert.deepEqual(
    [memoryOf(idleMemory(9000, null)).note, memoryOf(idleMemory(9000, null)).passed],
    ['2 points', true],
  );
});

test('memory per connection: a limit within the interval decides nothing, and less than none is none', () => {
  assert.equal(memoryOf(idleMemory(9900, 90)).passed, true);
  assert.equal(memoryOf(idleMemory(9900, 200)).passed, null);
  assert.equal(memoryOf(idleMemory(10_200, 100)).passed, false);
  const less = memoryOf(idleMemory(-1500, 2100));
  assert.deepEqual([less.actual, less.note, less.passed], [0, '± 2 KB', true]);
});

test('memory per connection: a process that gave memory back leaves what is in doubt as the upper end', () => {
  const { actual, passed } = memoryOf(idleMemory(-30_000, 12_000));
  assert.deepEqual([actual, passed], [0, null]);
  assert.equal(memoryOf(idleMemory(-30_000, 9000)).passed, true);
});

test('memory per connection that could not be measured, or was not, says why and decides nothing', () => {
  const none = memoryOf({ status: 'none', reason: 'the server is not on this machine', steps: [] });
  assert.deepEqual([none.actual, none.note, none.passed], [null, 'the server is not on this machine', null]);
  assert.match(memoryOf().note!, /not measured: --idle-memory/);
});

test('a result carries everything a report prints', () => {
  const wanted = p95(50_000, { title: 'Response time', gate: false, selector: { load: 'concurrency' } });
  const result = evaluateThreshold(wanted, [constantCell(1000, 100)]);
  assert.deepEqual(result, {
    metric: 'ws_response_time',
    selector: { load: 'concurrency' },
    expression: 'p(95)<50000',
    title: 'Response time',
    gate: false,
    actual: 1100,
    limit: 50_000,
    comparison: '<',
    unit: 'us',
    passed: true,
    note: null,
  });
});

test('messages without matched replies give no latency at all', () => {
  const unmatched = {
    ...healthyCell(),
    flows: [flowOf('open', countersOf({ planned: 100, sent: 100, unmatched: 100 }))],
  };
  assert.equal(passed(threshold('ws_service_time', 'p(50)', '<', 1e9), unmatched), null);
});

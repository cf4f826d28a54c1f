import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cellsOf, preWarmCell, selectCells } from '../../src/plan/cells.js';
import { autoWorkers, plannedMessages, planOf } from '../../src/plan/plan.js';
import { ringSlots } from '../../src/plan/table.js';
import { parseProfile } from '../../src/profile/parse.js';
import type { Profile } from '../../src/profile/profile.js';
import { cellWith } from './cell-builder.js';

function profileOf(text: string): Profile {
  return parseProfile({ kind: 'file', path: 'p.yaml', text }, { env: {}, readText: () => '' }).profile;
}

const REPORT = profileOf(readFileSync('profiles/report.yaml', 'utf8'));
const MATRIX = profileOf(readFileSync('profiles/matrix.yaml', 'utf8'));
const OPTIONS = { only: [], cores: 2, localTarget: true };

test('cells come in the order of the profile, connections the outer axis, rates the inner', () => {
  assert.deepEqual(
    cellsOf(REPORT).map(({ id }) => id),
    [
      ...[1, 10, 50, 100, 500, 1000].map((connections) => `concurrency/c${connections}-r1000`),
      ...[100, 500, 1000].map((rate) => `throughput/c100-r${rate}`),
    ],
  );
  const matrix = cellsOf(MATRIX);
  assert.equal(matrix.length, 18);
  assert.deepEqual(matrix[1]!.axes, { connections: 1, rate: 500 });
  assert.equal(new Set(matrix.map(({ id }) => id)).size, 18);
  assert.equal(new Set(matrix.map(({ seed }) => seed)).size, 18);
});

test('a rate per connection is offered in total', () => {
  const [cell] = cellsOf(profileOf('target: { url: "ws://x" }\nload: [{ connections: 50, ratePerConnection: 2/s }]'));
  assert.deepEqual(cell!.rate, { from: 100, to: 100 });
  assert.match(cell!.id, /c50-rpc2$/);
});

test('--only takes loads and cells', () => {
  const cells = cellsOf(REPORT);
  assert.equal(selectCells(cells, ['throughput']).length, 3);
  assert.deepEqual(
    selectCells(cells, ['concurrency/c500-r1000']).map(({ id }) => id),
    ['concurrency/c500-r1000'],
  );
  assert.equal(selectCells(cells, ['nothing']).length, 0);
});

test('enough workers for the largest cell, one core left to a local target', () => {
  const cell = (connections: number, rate: number) =>
    cellWith({ connections: { from: connections, to: connections }, rate: { from: rate, to: rate } });
  assert.equal(autoWorkers([cell(10, 100)], 8, true), 1);
  assert.equal(autoWorkers([cell(501, 100)], 8, true), 2);
  assert.equal(autoWorkers([cell(10, 60_001)], 8, true), 4);
  assert.equal(autoWorkers([cell(100_000, 100)], 8, true), 7);
  assert.equal(autoWorkers([cell(100_000, 100)], 8, false), 8);
  assert.equal(autoWorkers([cell(100_000, 100)], 1, true), 1);
});

test('auto pacing takes the metronome where its wakes are cheap for the cores there are, else the timer', () => {
  const pacing = (cores: number, more: Partial<Profile> = {}) =>
    planOf({ ...REPORT, ...more }, { ...OPTIONS, cores }).pacing;
  assert.equal(pacing(1), 'timer');
  assert.equal(pacing(2), 'metronome', '1,000/s on two cores with a local target');
  assert.equal(pacing(8), 'metronome');
  for (const [rate, cores, taken] of [
    [2000, 2, 'metronome'],
    [100_000, 2, 'metronome'],
    [5000, 3, 'metronome'],
  ] as const) {
    const profile = profileOf(`load: [{ connections: 5, rate: ${rate}/s }]`);
    assert.equal(planOf(profile, { ...OPTIONS, cores }).pacing, taken, `${rate}/s on ${cores} cores`);
  }
  const fast = profileOf('load: [{ connections: 5, rate: 5001/s }]');
  assert.equal(planOf({ ...fast, workers: 3 }, { ...OPTIONS, cores: 8 }).pacing, 'timer', '2,500 wakes for each');
  const closed = profileOf('load: [{ connections: 5, model: closed }]');
  assert.equal(planOf(closed, { ...OPTIONS, cores: 8 }).pacing, 'timer');
  assert.equal(pacing(8, { pacing: 'spin' }), 'spin');
});

test('the same plan has the same hash on any machine, another seed another one', () => {
  const plan = planOf(REPORT, OPTIONS);
  assert.equal(planOf(REPORT, { ...OPTIONS, cores: 64, localTarget: false }).hash, plan.hash);
  assert.notEqual(planOf({ ...REPORT, seed: 2 }, OPTIONS).hash, plan.hash);
});

test('a pre-warm cell at the highest rate, for a server that wsurge starts itself', () => {
  const { preWarm } = planOf(REPORT, OPTIONS);
  assert.equal(preWarm!.rate!.to, 1000);
  assert.equal(preWarm!.durationMs, 3000);
  const url = profileOf('target: { url: "ws://x" }\nload: [{ connections: 5, rate: 10/s }]');
  assert.equal(planOf(url, OPTIONS).preWarm, null);
  assert.equal(preWarmCell([cellWith({ model: 'listen', rate: null })]), null);
});

test('the estimate counts what will be sent', () => {
  const { estimate } = planOf(REPORT, OPTIONS);
  assert.equal(estimate.messages, 6 * 11_000 + 1100 + 5500 + 11_000);
  assert.equal(estimate.connections, 1661 + 300);
  assert.equal(estimate.peakConnections, 1000);
  assert.ok(estimate.totalMs > 110_000 && estimate.totalMs < 180_000);
  assert.equal(plannedMessages(cellWith({ rate: { from: 0, to: 100 }, warmupMs: 0, durationMs: 4000 })), 200);
});

test('the in-flight table holds one reply timeout of messages, in powers of two, within bounds', () => {
  const at = (connections: number, rate: number) =>
    ringSlots(cellWith({ connections: { from: connections, to: connections }, rate: { from: rate, to: rate } }));
  assert.equal(at(1000, 1000), 32);
  assert.equal(at(15_000, 0), 1, 'connections that are only held need none');
  assert.ok(at(1, 1000) >= 2 * 5000);
  assert.equal(Math.log2(at(7, 12_345)) % 1, 0);
  assert.equal(at(1, 1_000_000), 65_536);
  const steep = cellWith({ connections: { from: 1, to: 10_000 }, rate: { from: 50_000, to: 50_000 } });
  assert.ok(ringSlots(steep) * 10_000 <= 2 ** 22);
});

test('a profile that speaks no protocol has the plan that it had before there were any', () => {
  const { profile } = parseProfile(
    { kind: 'file', path: 'p.yaml', text: OLDER_WORDS },
    { env: {}, readText: () => 'a,b\n1,2\n' },
  );
  const cells = cellsOf(profile);
  assert.deepEqual(
    cells.filter((cell) => cell.wire !== undefined),
    [],
  );
  // As version 0.1 made it before sessions: results of then and now are compared by it.
  const before = '62d59fbf57b27c21fd45c4978513e7a39116e2e801c0386206fc2eac9ecca3da';
  assert.equal(planOf(profile, OPTIONS).hash, before);
  assert.equal(planOf({ ...profile, workers: 2 }, OPTIONS).hash, before);
});

/** A load of each model, with a value for most of the keys that there were before sessions. */
const OLDER_WORDS = `name: words
seed: 7
data: users.csv
target: { url: "ws://127.0.0.1:9/", headers: { X-A: "{{data.a}}" } }
load:
  - { name: open, sweep: { connections: [1, 10], rate: [10/s, 20/s] }, warmup: 2s, duration: 3s }
  - { name: closed, model: closed, connections: 4, inFlight: 2, think: 5ms, message: { size: { uniform: [60, 90] } } }
  - { name: ramp, connections: { from: 1, to: 10 }, rate: { from: 10/s, to: 50/s }, message: { template: '{"n":{{sequence}},"c":{{connection}},"b":"{{data.b}}"}' }, reply: { field: n, echo: none, timeout: 2s } }
  - { name: listen, model: listen, connections: 3, keepAlive: 10s }
  - { name: churn, connections: 4, ratePerConnection: 2/s, arrival: poisson, lifetime: { exponential: 2s }, reconnect: backoff, reply: { match: none }, maxInFlight: 9 }
`;

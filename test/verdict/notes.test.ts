import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { concurrencyNotes } from '../../src/verdict/notes.js';
import type { Validity } from '../../src/verdict/verdict.js';
import { healthyCell, withConnections, withMessages, withWorker } from './cell-fixture.js';

const judged = (cell: CellResult & { validity?: Validity }) => ({ validity: 'valid' as const, ...cell });
const texts = (...cells: readonly (CellResult & { validity?: Validity })[]) =>
  concurrencyNotes(cells.map(judged)).map(({ text }) => text);
const cell = (connections: number, serviceUs: number, more = {}) =>
  healthyCell({ connections, serviceUs: [serviceUs], lagUs: [100], ...more });

test('a p50 that is proven higher by more than 0.25 ms is told in percent against the fewest connections', () => {
  assert.deepEqual(concurrencyNotes([cell(1, 900), cell(100, 1280)].map(judged)), [
    { cellId: 'concurrency/c100-r1000', text: 'p50 +38 % against 1 connection' },
  ]);
  assert.deepEqual(texts(cell(10, 1900), cell(100, 900)), ['p50 -50 % against 10 connections']);
});

test('disjoint but within 0.25 ms is no proven difference', () => {
  assert.deepEqual(texts(cell(1, 900), cell(100, 1150)), ['p50: no difference proven against 1 connection']);
  assert.deepEqual(texts(cell(1, 900), cell(100, 1151)), ['p50 +25 % against 1 connection']);
});

test('further than 0.25 ms apart but with overlapping intervals is no proven difference', () => {
  const wide = (connections: number, p50: number, ci: readonly [number, number]) => {
    const one = cell(connections, 900);
    const flow = one.flows[0]!;
    const response = { ...flow.latencyUs.response!, p50, ci: { p50: ci } };
    return { ...one, flows: [{ ...flow, latencyUs: { ...flow.latencyUs, response } }] };
  };
  assert.deepEqual(texts(wide(1, 1000, [800, 1400]), wide(100, 1500, [1300, 1800])), [
    'p50: no difference proven against 1 connection',
  ]);
  assert.deepEqual(texts(wide(1, 1000, [800, 1200]), wide(100, 1500, [1300, 1800])), [
    'p50 +50 % against 1 connection',
  ]);
});

test('an INVALID cell is not compared, nor is anything with an INVALID one', () => {
  const invalid = (connections: number, serviceUs: number) => ({
    ...cell(connections, serviceUs),
    validity: 'invalid' as const,
  });
  assert.deepEqual(texts(cell(1, 900), invalid(100, 900), invalid(200, 5900)), []);
  assert.deepEqual(texts(invalid(1, 900), cell(100, 1900)), []);
  assert.equal(texts(cell(1, 900), invalid(10, 900), cell(100, 1900)).length, 1);
});

test('each load and, in a grid, each rate has its own baseline; a load without a sweep has none', () => {
  const grid = [cell(1, 900), cell(1, 1900, { rate: 500 }), cell(100, 1900), cell(100, 1900, { rate: 500 })];
  assert.deepEqual(texts(...grid), [
    'p50 +100 % against 1 connection',
    'p50: no difference proven against 1 connection',
  ]);
  assert.deepEqual(texts(cell(100, 900, { load: 't' }), cell(100, 1900, { load: 't', rate: 500 })), []);
  assert.deepEqual(texts(cell(1, 900), cell(100, 1900, { load: 'other' })), []);
});

test('closed loops are compared by service time, ramps not at all', () => {
  const closed = (connections: number, serviceUs: number) => cell(connections, serviceUs, { model: 'closed' });
  assert.deepEqual(texts(closed(1, 1000), closed(10, 2000)), ['p50 +100 % against 1 connection']);
  assert.deepEqual(texts(cell(1, 900), { ...cell(100, 1900), ramp: true }), []);
});

test('no comparison where a median is unknown', () => {
  const silent = withMessages(cell(100, 900), { answered: 0, timedOut: 10_000, received: 0 });
  assert.deepEqual(texts(cell(1, 900), silent), ['10,000 messages lost, 10,000 timed out']);
});

test("what limits: the target's processor, or the client in a closed loop", () => {
  assert.deepEqual(texts(cell(1, 900, { cpuPercent: 98 })), ['limited by: target CPU 98 %']);
  const busy = withWorker(cell(1, 900, { model: 'closed' }), { busy: 0.95 });
  assert.deepEqual(texts(busy), ['limited by the client (worker busy 95 %): throughput >= 1,000/s']);
  assert.deepEqual(texts(withWorker(cell(1, 900), { busy: 0.95 })), []);
});

test('failed and lost connections with their most frequent code, lost and late messages', () => {
  const failed = withConnections(cell(100, 900), { opened: 97, failed: 3, held: 97 });
  const errors = [
    { phase: 'connect' as const, code: 'ECONNRESET', count: 1 },
    { phase: 'connect' as const, code: 'HTTP_503', count: 2 },
  ];
  assert.deepEqual(texts({ ...failed, errors }), ['3 of 100 connections failed: 2 x HTTP_503, 1 x ECONNRESET']);
  const closed = { ...cell(100, 900), closeCodes: [{ code: 1001, clean: true, by: 'server' as const, count: 12 }] };
  assert.deepEqual(texts(closed), ['12 open connections lost: 12 x 1001']);
  const late = withMessages(cell(100, 900), { answered: 9990, timedOut: 10, late: 10 });
  assert.deepEqual(texts(late), ['10 messages answered after the timeout']);
});

test('what came before a session was ready, and nothing is about, is told: no other figure has it', () => {
  const readyUs = cell(1, 900).connectUs.total;
  const early = (count: number) => ({
    ...cell(1, 900),
    session: { early: count, readyUs, readyHistogram: '', steps: [] },
  });
  assert.deepEqual(texts(early(1)), [
    '1 message before a session was ready, that no rule is about: in no other figure',
  ]);
  assert.deepEqual(texts(early(1200)), [
    '1,200 messages before a session was ready, that no rule is about: in no other figure',
  ]);
});

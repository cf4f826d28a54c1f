import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { judgeCell } from '../../src/verdict/validity.js';
import { healthyCell, withConnections, withMessages, withWorker } from './cell-fixture.js';

const codes = (cell: CellResult) => judgeCell(cell).reasons.map(({ code, side }) => `${code} ${side}`);

function refusing(failed: number, code = 'ECONNREFUSED'): CellResult {
  const cell = withConnections(healthyCell(), {
    opened: 100 - failed,
    failed,
    held: 100 - failed,
    closedClean: 100 - failed,
  });
  return { ...cell, errors: [{ phase: 'connect', code, count: failed }] };
}

/** `lost` of 100 connections broken off by the target, `open` left at the end of the measure phase. */
function losing(lost: number, open = 100 - lost): CellResult {
  const cell = withConnections(healthyCell(), { held: open, closedClean: 100 - lost, closedDirty: lost });
  return {
    ...cell,
    closeCodes: [
      { code: 1006, clean: false, by: 'server', count: lost },
      { code: 1000, clean: true, by: 'client', count: 100 - lost },
    ],
    errors: [{ phase: 'open', code: 'ECONNRESET', count: lost }],
    seconds: cell.seconds.map((second, i) => ({ ...second, open: i < 5 ? 100 : open })),
  };
}

test('three refused of a hundred: overloaded, valid, with the code', () => {
  const judged = judgeCell(refusing(3, 'HTTP_503'));
  assert.equal(judged.validity, 'valid');
  assert.equal(judged.target, 'overloaded');
  assert.equal(judged.reasons[0]!.message, '3 of 100 connections failed: 3 x HTTP_503');
});

test('nothing opened: down, and still valid', () => {
  const judged = judgeCell(refusing(100));
  assert.equal(judged.validity, 'valid');
  assert.equal(judged.target, 'down');
  assert.match(judged.reasons[0]!.message, /none of 100 connections opened: 100 x ECONNREFUSED/);
});

test("nothing opened because this machine ran out of descriptors: not the target's doing", () => {
  assert.equal(judgeCell(refusing(100, 'EMFILE')).target, 'ok');
  const some = refusing(5, 'EADDRNOTAVAIL');
  assert.equal(judgeCell(some).target, 'ok');
});

test('stopped before the first connect: nothing to say about the target', () => {
  const cell = withConnections(healthyCell(), { attempts: 0, opened: 0, held: 0, closedClean: 0 });
  assert.equal(judgeCell({ ...cell, interrupted: true, seconds: [], closeCodes: [] }).target, 'ok');
});

test('half of the connections ended by the target is down, one less is overloaded', () => {
  assert.equal(judgeCell(losing(49)).target, 'overloaded');
  assert.equal(judgeCell(losing(50)).target, 'down');
  assert.equal(judgeCell(losing(100)).target, 'down');
  assert.equal(judgeCell(losing(1)).validity, 'valid');
});

test('none open at the end of the measure phase is down, however few it ended itself', () => {
  const judged = judgeCell(losing(40, 0));
  assert.equal(judged.target, 'down');
  assert.match(judged.reasons[0]!.message, /no connection was open at the end/);
});

test('a reset told both as error and as close counts once', () => {
  const reason = judgeCell(losing(7)).reasons.find(({ code }) => code === 'target_closed');
  assert.equal(reason?.message, 'the target ended 7 open connections: 7 x ECONNRESET');
});

test("timeouts, in-flight cap and back-pressure: the target's while the client is able, else unknown", () => {
  const troubles = [
    ['target_timeout', withMessages(healthyCell(), { answered: 9990, timedOut: 10 })],
    ['target_in_flight', withMessages(healthyCell(), { answered: 9990, sent: 9990, dropped: 10 })],
    ['target_backpressure', withMessages(healthyCell(), { answered: 9990, sent: 9990, backpressure: 10 })],
  ] as const;
  for (const [code, cell] of troubles) {
    assert.deepEqual(codes(cell), [`${code} target`]);
    assert.equal(judgeCell(cell).target, 'overloaded');
    assert.equal(judgeCell(cell).validity, 'valid');
    const unable = withWorker(cell, { busy: 0.95 });
    assert.deepEqual(codes(unable), ['client_busy client', `${code} unknown`]);
    assert.equal(judgeCell(unable).target, 'ok');
  }
});

test('target CPU from 90 % is named as what limits, and changes no status', () => {
  assert.deepEqual(codes(healthyCell({ cpuPercent: 89.9 })), []);
  assert.deepEqual(codes(healthyCell({ cpuPercent: 90 })), ['target_cpu target']);
  const judged = judgeCell(healthyCell({ cpuPercent: 98.2 }));
  assert.equal(judged.target, 'ok');
  assert.deepEqual(
    judged.reasons.map(({ message }) => message),
    ['limited by: target CPU 98 %'],
  );
});

test('no failure of a target ever moves validity', () => {
  for (const cell of [
    refusing(100),
    losing(100),
    withMessages(healthyCell(), { answered: 0, timedOut: 10_000, received: 0 }),
  ]) {
    assert.equal(judgeCell(cell).validity, 'valid');
  }
});

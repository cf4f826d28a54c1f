import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { healthyCell, judgementOf, withConnections, withMessages, withWorker } from './cell-fixture.js';

const codes = (cell: CellResult) => judgementOf(cell).reasons.map(({ code, side }) => `${code} ${side}`);

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
  const judged = judgementOf(refusing(3, 'HTTP_503'));
  assert.equal(judged.validity, 'valid');
  assert.equal(judged.target, 'overloaded');
  assert.equal(judged.reasons[0]!.message, '3 of 100 connections failed: 3 x HTTP_503');
});

test('nothing opened: down, and still valid', () => {
  const judged = judgementOf(refusing(100));
  assert.equal(judged.validity, 'valid');
  assert.equal(judged.target, 'down');
  assert.match(judged.reasons[0]!.message, /none of 100 connections opened: 100 x ECONNREFUSED/);
});

test("nothing opened because this machine ran out of descriptors: not the target's doing", () => {
  assert.equal(judgementOf(refusing(100, 'EMFILE')).target, 'ok');
  const some = refusing(5, 'EADDRNOTAVAIL');
  assert.equal(judgementOf(some).target, 'ok');
});

test('stopped before the first connect: nothing to say about the target', () => {
  const cell = withConnections(healthyCell(), { attempts: 0, opened: 0, held: 0, closedClean: 0 });
  assert.equal(judgementOf({ ...cell, interrupted: true, seconds: [], closeCodes: [] }).target, 'ok');
});

test('half of the connections ended by the target is down, one less is overloaded', () => {
  assert.equal(judgementOf(losing(49)).target, 'overloaded');
  assert.equal(judgementOf(losing(50)).target, 'down');
  assert.equal(judgementOf(losing(100)).target, 'down');
  assert.equal(judgementOf(losing(1)).validity, 'valid');
});

test('none open at the end of the measure phase is down, however few it ended itself', () => {
  const judged = judgementOf(losing(40, 0));
  assert.equal(judged.target, 'down');
  assert.match(judged.reasons[0]!.message, /no connection was open at the end/);
});

test('a reset told both as error and as close counts once', () => {
  const reason = judgementOf(losing(7)).reasons.find(({ code }) => code === 'target_closed');
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
    assert.equal(judgementOf(cell).target, 'overloaded');
    assert.equal(judgementOf(cell).validity, 'valid');
    const unable = withWorker(cell, { busy: 0.95 });
    assert.deepEqual(codes(unable), ['client_busy client', `${code} unknown`]);
    assert.equal(judgementOf(unable).target, 'ok');
  }
});

test('target CPU above 90 % is named as what limits, and changes no status', () => {
  const judged = judgementOf(healthyCell({ cpuPercent: 98.2 }));
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
    assert.equal(judgementOf(cell).validity, 'valid');
  }
});

/** Ten seconds at 1,000/s in which what is in flight grows by so many a second. */
function fallingBehind(perSecond: number, latePerSecond = perSecond): CellResult {
  const cell = withMessages(healthyCell(), { answered: 8200, received: 8200, timedOut: 1800 });
  return { ...cell, overload: { ...cell.overload, backlog: { perSecond, r2: 0.99, latePerSecond } } };
}

test('a target that falls behind is overloaded, in plain words and with the rate it kept up with', () => {
  const judged = judgementOf(fallingBehind(312));
  assert.equal(judged.validity, 'valid');
  assert.equal(judged.target, 'overloaded');
  const reason = judged.reasons.find(({ code }) => code === 'target_backlog');
  assert.equal(reason?.message, 'backlog grew by 312 messages/s; 18 % unanswered');
  assert.equal(reason?.fix, 'lower the rate: it kept up with about 688/s');
});

test('a backlog that is worked off late says so', () => {
  const cell = { ...healthyCell(), overload: { backlog: { perSecond: 50, r2: 1, latePerSecond: 50 }, unanswered: 0 } };
  const [reason] = judgementOf(cell).reasons;
  assert.equal(reason?.message, 'backlog grew by 50 messages/s; all answered in the end');
});

test('what only builds up at first is no overload', () => {
  assert.deepEqual(codes(fallingBehind(312, 0)), ['target_timeout target']);
});

test('where the client is at fault the target is not blamed for the backlog', () => {
  const judged = judgementOf(withWorker(fallingBehind(312), { busy: 0.95 }));
  assert.equal(judged.validity, 'invalid');
  assert.equal(judged.target, 'ok');
  assert.deepEqual(
    judged.reasons.map(({ code, side }) => `${code} ${side}`),
    ['client_busy client', 'target_backlog unknown', 'target_timeout unknown'],
  );
});

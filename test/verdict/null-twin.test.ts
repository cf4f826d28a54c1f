import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CellResult, NullTwin } from '../../src/metrics/cell-result.js';
import { judgeTwin, timesFloor, twinNotes } from '../../src/verdict/null-twin.js';
import { healthyCell, withConnections, withMessages, withWorker } from './cell-fixture.js';

/** A cell of which every message took `us`, sent when due. */
const taking = (us: number) => healthyCell({ serviceUs: [us], lagUs: [1] });
const beside = (cell: CellResult, nullTwin: NullTwin): CellResult => ({ ...cell, nullTwin });

describe('a null twin', () => {
  it('is a floor where it was measured, a doubtful one where its generator was in doubt', () => {
    const floor = judgeTwin(taking(200));
    assert.ok(floor.status === 'measured');
    assert.deepEqual([floor.validity, floor.engine, floor.reason], ['valid', 'ws', null]);
    assert.equal(floor.latencyUs.service!.p50, 200);
    const doubtful = judgeTwin(withWorker(taking(200), { runQueueWait: 0.06 }));
    assert.ok(doubtful.status === 'measured' && doubtful.validity === 'degraded');
    assert.match(doubtful.reason!, /^cpu_starved: /);
    assert.match(twinNotes(beside(taking(900), doubtful)).join(), /^the floor is in doubt: cpu_starved: /);
  });

  it('is none where its generator failed, its echo did not keep up, or it was cut short', () => {
    const starved = judgeTwin(withWorker(taking(200), { runQueueWait: 0.4 }));
    assert.equal(starved.status, 'invalid');
    assert.match(twinNotes(beside(taking(300), starved)).join(), /^no floor: the null twin is INVALID: cpu_starved: /);
    const behind = judgeTwin(withMessages(taking(200), { answered: 9000, timedOut: 1000, received: 9000 }));
    assert.ok(behind.status === 'invalid');
    assert.match(behind.reason, /^the null echo is overloaded: /);
    const down = { ...withConnections(taking(200), { opened: 0, failed: 100, held: 0 }) };
    const errors = [{ phase: 'connect' as const, code: 'ECONNREFUSED', count: 100 }];
    assert.equal(judgeTwin({ ...down, errors }).status, 'invalid');
    assert.deepEqual(judgeTwin({ ...taking(200), interrupted: true }), { status: 'none', reason: 'interrupted' });
  });

  it('says that figures under three times their floor are mostly the own ones', () => {
    const floor = judgeTwin(taking(199));
    assert.deepEqual(twinNotes(beside(taking(604), floor)), []);
    const [note] = twinNotes(beside(taking(580), floor));
    assert.equal(note, "p50 is 2.9 times its floor: the figures are mostly the tool's and the machine's own");
    assert.equal(timesFloor(beside(taking(399), floor)), 2);
  });

  it('of which there is none says why; nothing where nobody asked', () => {
    assert.deepEqual(twinNotes(beside(taking(1), { status: 'none', reason: 'it sends nothing' })), [
      'no floor: it sends nothing',
    ]);
    assert.deepEqual(twinNotes(taking(1)), []);
    assert.equal(timesFloor(taking(1)), null);
  });
});

import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import type { CellEvent } from '../../src/coordinator/cell-events.js';
import { Timeline } from '../../src/coordinator/timeline.js';
import type { CellMerger } from '../../src/metrics/merge.js';
import { COUNTS_ALONE } from '../../src/metrics/so-far.js';

/** A timeline whose clock stands still unless `pass` is called, and what it told. */
function timeline(durationMs = 10_000) {
  const clock = { nowMs: 5000 };
  mock.method(performance, 'now', () => clock.nowMs);
  const asked: number[] = [];
  const merger = { durationMs, soFar: (measuredMs: number) => asked.push(measuredMs) } as unknown as CellMerger;
  const events: Extract<CellEvent, { type: 'phase' | 'second' }>[] = [];
  const made = new Timeline(merger, (event) => {
    if (event.type === 'phase' || event.type === 'second') events.push(event);
  });
  const pass = (ms: number) => {
    clock.nowMs += ms;
    mock.timers.tick(ms);
  };
  return { made, asked, events, pass };
}

const SO_FAR = COUNTS_ALONE;

describe('the timeline of a cell', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
  });

  test('tells phases, and whole seconds from the start of each', () => {
    const { made, events, pass } = timeline();
    made.enter('connect');
    for (const ms of [1000, 400]) pass(ms);
    made.enter('warmup');
    pass(900);
    made.enter('measure');
    for (const ms of [1000, 1000, 500]) pass(ms);
    made.enter('drain');
    pass(1000);
    made.end();
    pass(5000);
    assert.deepEqual(
      events.map((event) => [event.type, event.phase, event.atMs, event.type === 'second' ? event.measuredMs : '']),
      [
        ['phase', 'connect', 0, ''],
        ['second', 'connect', 1000, null],
        ['phase', 'warmup', 1400, ''],
        ['phase', 'measure', 2300, ''],
        ['second', 'measure', 3300, 1000],
        ['second', 'measure', 4300, 2000],
        ['phase', 'drain', 4800, ''],
        ['second', 'drain', 5800, null],
      ],
    );
    assert.deepEqual(
      made.phases.map(({ name, fromMs, toMs }) => [name, fromMs, toMs]),
      [
        ['connect', 0, 1400],
        ['warmup', 1400, 2300],
        ['measure', 2300, 4800],
        ['drain', 4800, 5800],
      ],
    );
  });

  test('does not drift where its timer is late, and tells no two seconds next to each other', () => {
    const { made, events, pass } = timeline();
    made.enter('measure');
    for (const ms of [1030, 970, 1900, 1000, 100]) pass(ms);
    made.end();
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'second' ? [event.measuredMs] : [])),
      [1030, 2000, 3900, 5000],
    );
  });

  test('what a cell has come to is asked with the measured time at that moment, up to its end', () => {
    const { made, asked, events, pass } = timeline(2000);
    made.enter('connect');
    const { progress } = events[0]!;
    assert.equal(progress.soFar(SO_FAR), null);
    made.enter('measure');
    pass(1500);
    progress.soFar(SO_FAR);
    pass(600);
    progress.soFar(SO_FAR);
    made.enter('drain');
    pass(3000);
    progress.soFar(SO_FAR);
    made.end();
    assert.deepEqual(asked, [1500, 2000, 2000]);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { timelinesOf } from '../../../src/metrics/seconds/timeline.js';
import { countersIn, countsOf, intervalOf, linesOf, serverSecondsOf } from '../../report/run/saved-fixture.js';
import { healthyCell } from '../../verdict/cell-fixture.js';

const health = intervalOf().health;

describe('the timeline of a cell', () => {
  it('adds up the messages of a second over workers and lines, whatever their order', () => {
    const delta = (second: number, planned: number, ...us: number[]) => ({
      ...{ phase: 'measure' as const, second, counters: countersIn({ planned }) },
      histograms: { response: countsOf(...us), service: [], lag: [] },
    });
    const lines = [
      intervalOf({ workers: [1, 2], flow: [delta(0, 2, 500, 900)] }),
      intervalOf({ workers: [0, 1], line: 1, flow: [delta(1, 4), delta(0, 1, 500)] }),
    ];
    for (const each of [lines, lines.toReversed()]) {
      const [timeline] = timelinesOf(each);
      assert.deepEqual(
        timeline!.messages.map(({ second, counters, histograms }) => [second, counters.planned, histograms.response]),
        [
          [0, 3, countsOf(500, 500, 900)],
          [1, 4, []],
        ],
      );
    }
  });

  it('places what comes before t0 on negative seconds, and keeps the last word of a silent worker', () => {
    const lines = [
      intervalOf({ line: 0, second: null, elapsedMs: 1500, stage: 'connect', open: 3 }),
      intervalOf({ line: 1, second: null, elapsedMs: 400, stage: 'idle', open: 5 }),
      intervalOf({ line: 2, second: 0, stage: 'warmup', open: 5 }),
      intervalOf({ line: 3, second: 1, open: 4 }),
      intervalOf({ workers: [1, 2], line: 0, second: 0, stage: 'warmup', open: 7 }),
    ];
    const [{ wall }] = timelinesOf(lines) as [ReturnType<typeof timelinesOf>[number]];
    assert.deepEqual(
      wall.map(({ fromT0, open, stage }) => [fromT0, open, stage]),
      [
        [-2, 3, 'connect'],
        [-1, 5, 'idle'],
        [0, 12, 'warmup'],
        [1, 11, 'measure'],
      ],
    );
  });

  it('tells a second of the measured time from the warm-up that ends in it, and from what comes after', () => {
    const lines = [
      intervalOf({ line: 0, second: 0, elapsedMs: 500, stage: 'warmup', open: 5 }),
      intervalOf({ line: 1, second: 0, open: 5 }),
      intervalOf({ line: 2, second: 1, elapsedMs: 700, open: 4 }),
      intervalOf({ line: 3, second: 1, elapsedMs: 100, stage: 'drain', open: 4 }),
      intervalOf({ line: 4, second: 1, elapsedMs: 3, stage: 'close', open: 0 }),
    ];
    assert.deepEqual(
      timelinesOf(lines)[0]!.wall.map(({ fromT0, open, stage }) => [fromT0, open, stage]),
      [
        [0, 5, 'warmup'],
        [0, 5, 'measure'],
        [1, 4, 'measure'],
        [1, 0, 'drain'],
      ],
    );
  });

  it('takes the worst health of the workers and the sum of their CPU time', () => {
    const lines = [
      intervalOf({ workers: [0, 1], health: { ...health, busy: 0.2, blockedMs: 9, cpuMs: 250 } }),
      intervalOf({ workers: [1, 2], health: { ...health, busy: 0.7, blockedMs: 3, cpuMs: 500 } }),
      // The 3 ms that closing took: one core in full, and no second of anything.
      intervalOf({ workers: [1, 2], line: 1, elapsedMs: 3, stage: 'close', health: { ...health, busy: 1, cpuMs: 3 } }),
    ];
    const [second] = timelinesOf(lines)[0]!.wall;
    assert.deepEqual([second!.busy, second!.blockedMs, second!.cpuPercent], [0.7, 9, 75]);
  });

  it('has null where the kernel tells nothing', () => {
    const lines = [intervalOf({ health: { ...health, cpuMs: null, runQueueWaitMs: null } })];
    const [second] = timelinesOf(lines)[0]!.wall;
    assert.deepEqual([second!.cpuPercent, second!.runQueueWaitMs], [null, null]);
  });

  it('keeps cells apart, in order', () => {
    const cells = [10, 1].map((connections) => healthyCell({ connections }));
    assert.deepEqual(
      timelinesOf(cells.flatMap(linesOf)).map(({ cell }) => cell),
      cells.map(({ id }) => id),
    );
  });

  it('gives each cell what was seen of the server, in order; none where the run wrote none', () => {
    const cells = [10, 1].map((connections) => healthyCell({ connections }));
    const lines = cells.flatMap(linesOf);
    const seen = cells.flatMap(serverSecondsOf);
    const [first] = timelinesOf(lines, seen.toReversed());
    assert.deepEqual(first!.server, serverSecondsOf(cells[0]!));
    assert.deepEqual(timelinesOf(lines)[0]!.server, []);
  });
});

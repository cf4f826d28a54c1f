import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CounterName } from '../../../src/metrics/counters.js';
import { C } from '../../../src/metrics/counters.js';
import type { FlowDelta } from '../../../src/metrics/interval.js';
import { SecondTable } from '../../../src/metrics/seconds/second-table.js';
import type { Phase } from '../../../src/plan/cell.js';
import { countersIn, countsOf } from '../../report/run/saved-fixture.js';

function delta(
  phase: Phase,
  second: number,
  counters: Partial<Record<CounterName, number>> = {},
  us: readonly number[] = [],
): FlowDelta {
  const histograms = { response: countsOf(...us), service: countsOf(...us.map((each) => each - 10)), lag: [] };
  return { phase, second, counters: countersIn(counters), histograms };
}

test('what several lines tell of one second is added up; the warm-up comes first, whenever its lines come', () => {
  const table = new SecondTable(['response']);
  table.add(delta('measure', 1, { planned: 3 }, [500]));
  table.add(delta('measure', 0, { planned: 1 }));
  table.add(delta('measure', 1, { planned: 4, answered: 2 }, [500, 900]));
  table.add(delta('warmup', 7, { planned: 9 }));
  assert.deepEqual(
    table.rows().map((row) => [row.phase, row.second, row.counters[C.planned], row.counts('response')]),
    [
      ['warmup', 7, 9, []],
      ['measure', 0, 1, []],
      ['measure', 1, 7, countsOf(500, 500, 900)],
    ],
  );
  assert.deepEqual(table.at('measure', 1)!.censored, { timedOut: 0, otherCensored: 5 });
  assert.equal(table.at('measure', 2), undefined);
});

test('the newest two seconds are known without sorting all; the warm-up lies before any measured second', () => {
  const table = new SecondTable([]);
  assert.deepEqual(table.newest, []);
  for (const [phase, second] of [
    ['warmup', 500],
    ['measure', 2],
    ['measure', 4],
    ['measure', 3],
  ] as const)
    table.add(delta(phase, second));
  assert.deepEqual(
    table.newest.map(({ second }) => second),
    [4, 3],
  );
});

test('a bootstrap takes the measured seconds alone, with the latency that was kept', () => {
  const table = new SecondTable(['service']);
  table.add(delta('warmup', 0, { planned: 5 }));
  table.add(delta('measure', 0, { planned: 5, answered: 2, timedOut: 1 }, [510, 610]));
  assert.deepEqual(
    table.measured('service').map(({ answered, timedOut, otherCensored }) => ({ answered, timedOut, otherCensored })),
    [{ answered: countsOf(500, 600), timedOut: 1, otherCensored: 2 }],
  );
  assert.throws(() => table.measured('response').map(({ answered }) => answered), /keeps no response times/);
});

test('only so many seconds are kept as asked for: the oldest go', () => {
  const table = new SecondTable([], 3);
  for (let second = 0; second < 10; second++) table.add(delta('measure', second));
  assert.deepEqual(
    table.rows().map(({ second }) => second),
    [7, 8, 9],
  );
});

test('seconds that were packed long ago still take late replies', () => {
  const table = new SecondTable(['response', 'service']);
  for (let second = 0; second < 400; second++) table.add(delta('measure', second, { answered: 1 }, [500 + second]));
  table.add(delta('measure', 3, { answered: 1 }, [4000]));
  assert.deepEqual(table.at('measure', 3)!.counts('response'), countsOf(503, 4000));
  assert.deepEqual(table.at('measure', 3)!.counts('service'), countsOf(493, 3990));
  assert.deepEqual(table.at('measure', 399)!.counts('response'), countsOf(899));
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FanoutRecordings } from '../../src/metrics/fanout-recordings.js';
import type { WorkerTotals } from '../../src/metrics/interval.js';
import { jainOf, subscribersOf } from '../../src/metrics/subscribers.js';

/** By connection of one worker: delivered and missed. */
function subscribers(...counts: readonly (readonly [delivered: number, missed: number])[]) {
  const [delivered, missed] = [0, 1].map((i) => counts.map((each) => each[i]!));
  const own = { delivered: delivered!, missed: missed!, gone: counts.map(() => 0) };
  return subscribersOf([{ worker: 0, subscribers: own } as unknown as WorkerTotals], 1);
}

describe("Jain's fairness index", () => {
  it('is 1 if all are equal, and 1 / n if one has all', () => {
    assert.equal(jainOf([0.5, 0.5, 0.5]), 1);
    assert.equal(jainOf([0, 1, 0, 0]), 0.25);
  });

  it('is no number where it says nothing: of one, of none, and where nobody has anything', () => {
    assert.deepEqual([jainOf([1]), jainOf([]), jainOf([0, 0, 0])], [null, null, null]);
  });
});

describe('the subscribers of a cell', () => {
  it('are counted whole, also beyond the ten that are named', () => {
    const some = Array.from({ length: 30 }, (_, i) => [i < 3 ? 0 : 9, i < 25 ? 1 : 0] as const);
    const { count, missing, unreached, worst } = subscribers(...some)!;
    assert.deepEqual([count, missing, unreached, worst.length], [30, 25, 3, 10]);
  });

  it('are those that were owed anything; there are none if nobody was', () => {
    const one = subscribers([5, 0], [0, 0]);
    assert.deepEqual([one!.count, one!.missing, one!.jain], [1, 0, null]);
    assert.equal(subscribers([0, 0]), null);
  });
});

describe('the spread of a message', () => {
  it('is that of two deliveries or more', () => {
    const recordings = new FanoutRecordings();
    const message = { gone: 0, firstUs: 100, lagUs: 10 };
    recordings.published({ ...message, delivered: 1, expected: 1, lastUs: 100 });
    recordings.published({ ...message, delivered: 1, expected: 2, gone: 1, lastUs: 100 });
    recordings.published({ ...message, delivered: 2, expected: 2, lastUs: 300 });
    const { spread, last, reachedAll } = recordings.drain();
    const counts = (pairs: readonly number[]) => pairs.filter((_, i) => i % 2 === 1).reduce((sum, n) => sum + n, 0);
    assert.deepEqual([counts(spread), counts(last), reachedAll], [1, 3, 3]);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkerSeconds } from '../../../src/metrics/seconds/worker-seconds.js';
import { Rng } from '../../../src/stats/rng.js';

interface Line {
  readonly worker: number;
  readonly second: number;
  readonly elapsedMs: number;
  readonly value: number;
}

/** The rule in its plainest form: what each worker said of each second, looked up anew for every sum. */
function plainly(lines: readonly Line[]): { sumAt(second: number): number | null; seconds: number[] } {
  const told = new Map<number, Map<number, number>>();
  for (const { worker, second, elapsedMs, value } of lines) {
    const own = told.get(worker) ?? new Map<number, number>();
    told.set(worker, own);
    for (let at = second; at < second + Math.max(1, Math.round(elapsedMs / 1000)); at++) {
      own.set(at, Math.min(own.get(at) ?? value, value));
    }
  }
  const sumAt = (second: number) =>
    [...told.values()].reduce((sum, own) => {
      const known = [...own.keys()].sort((a, b) => a - b);
      return sum + own.get(known.findLast((at) => at <= second) ?? known[0]!)!;
    }, 0);
  return { sumAt, seconds: [...new Set([...told.values()].flatMap((own) => [...own.keys()]))] };
}

/** Lines of workers that fall behind, miss seconds, tell of several at once and come in any order. */
function disorderly(rng: Rng, seconds: number): Line[] {
  const lines: Line[] = [];
  for (let second = 3; second < seconds; second++) {
    for (let worker = 0; worker < 3; worker++) {
      if (rng.below(4) === 0) continue;
      const late = rng.below(5) === 0 ? rng.below(3) : 0;
      lines.push({ worker, second: second - late, elapsedMs: 1000 * (1 + rng.below(2)), value: rng.below(50) });
    }
  }
  return lines;
}

test('sums kept up line by line are those of the plain rule, whatever order the lines come in', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const lines = disorderly(new Rng(seed), 5 + 3 * seed);
    const kept = new WorkerSeconds();
    lines.forEach((line, i) => {
      kept.add(line.worker, line.second, line.elapsedMs, line.value, Math.min);
      if (i % 7 === 0) kept.lowestSum(Math.max(0, kept.length - 1));
    });
    const plain = plainly(lines);
    for (let second = 0; second < kept.length + 3; second++) {
      assert.equal(kept.sumAt(second), plain.sumAt(second), `seed ${seed}, second ${second}`);
    }
    const lowest = Math.min(...plain.seconds.map((second) => plain.sumAt(second)!));
    assert.equal(kept.lowestSum(), lowest, `seed ${seed}`);
  }
});

test('without a line there is no sum, and seconds of which nobody spoke are no lowest one', () => {
  const kept = new WorkerSeconds();
  assert.deepEqual([kept.sumAt(0), kept.lowestSum()], [null, null]);
  kept.add(0, 5, 1000, 7, Math.min);
  assert.deepEqual([kept.sumAt(0), kept.sumAt(9), kept.lowestSum(5), kept.lowestSum()], [7, 7, null, 7]);
});

test('a line after a week is added where it belongs: no other second is touched', () => {
  const kept = new WorkerSeconds();
  let merges = 0;
  const merge = (known: number, value: number) => {
    merges++;
    return Math.min(known, value);
  };
  const week = 168 * 3600;
  for (let second = 0; second < week; second++) {
    for (let worker = 0; worker < 2; worker++) kept.add(worker, second, 1000, 10 + (second % 3), merge);
  }
  assert.equal(merges, 0);
  assert.deepEqual([kept.length, kept.lowestSum(), kept.sumAt(week - 1)], [week, 20, 20 + 2 * ((week - 1) % 3)]);
});

test('a second before t0, or between two, is a bug', () => {
  for (const second of [-1, 0.5, Number.NaN]) {
    assert.throws(() => new WorkerSeconds().add(0, second, 1000, 1, Math.min), /worker 0 reports second/);
  }
});

test('workers that are gone count as 0 from the second after their newest one on', () => {
  const kept = new WorkerSeconds();
  const sums = (seconds: number) => Array.from({ length: seconds }, (_, second) => kept.sumAt(second));
  for (let second = 0; second < 6; second++) {
    for (const worker of [0, 1, 2]) if (worker === 0 || second < 3) kept.add(worker, second, 1000, 10, Math.min);
  }
  assert.deepEqual(sums(6), [30, 30, 30, 30, 30, 30], 'so far they may just be late');
  kept.leave([1, 3]);
  kept.leave([7, 9]);
  assert.deepEqual(sums(7), [30, 30, 30, 10, 10, 10, 10]);
  assert.equal(kept.lowestSum(), 10);
  kept.add(0, 6, 1000, 9, Math.min);
  assert.deepEqual(sums(7), [30, 30, 30, 10, 10, 10, 9]);
  assert.deepEqual(kept.told(), { sums: [30, 30, 30, 10, 10, 10, 9], silent: [] });
});

test('the last one to be gone leaves nothing behind, and no second that nobody reported becomes the lowest one', () => {
  const kept = new WorkerSeconds();
  for (let second = 0; second < 3; second++) kept.add(0, second, 1000, 10, Math.min);
  kept.leave([0, 1]);
  assert.deepEqual([kept.sumAt(2), kept.sumAt(3), kept.sumAt(9)], [10, 0, 0]);
  assert.equal(kept.lowestSum(), 10);
  assert.deepEqual(kept.told(), { sums: [10, 10, 10, 0], silent: [3] });
});

test('of a long time, too, the lowest sum is that without those who are gone', () => {
  const kept = new WorkerSeconds();
  for (let second = 0; second < 300; second++) {
    for (const worker of [0, 1]) if (worker === 0 || second < 20) kept.add(worker, second, 1000, 10, Math.min);
    assert.equal(kept.lowestSum(), 20);
  }
  kept.leave([1, 2]);
  assert.equal(kept.lowestSum(), 10);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTERS } from '../../src/metrics/counters.js';
import { packCounts, unpackCounts, unpackText } from '../../src/metrics/packed-counts.js';
import { GrowingCounters, GrowingCounts, Packer } from '../../src/metrics/seconds/second-counts.js';
import { Rng } from '../../src/stats/rng.js';

test('what is packed comes back: any buckets, any counts a double holds exactly', () => {
  const rng = new Rng(7);
  const cases = [[], [0, 1], [0, 0], [127, 128, 128, 127], [20_000, Number.MAX_SAFE_INTEGER]];
  for (let i = 0; i < 200; i++) {
    const counts: number[] = [];
    for (let bucket = rng.below(3000); bucket < 22_000; bucket += 1 + rng.below(3000)) {
      counts.push(bucket, 2 ** rng.below(53) - rng.below(2));
    }
    cases.push(counts);
  }
  for (const counts of cases) assert.deepEqual(unpackCounts(packCounts(counts)), counts);
  assert.equal(packCounts([100, 5, 103, 200]).length, 5);
  assert.ok(packCounts(cases.at(-1)!.concat(Array.from({ length: 3000 }, (_, i) => 30_000 + i))).length > 0);
});

test('a second that was packed is opened again for a late reply, and nothing is lost', () => {
  const packer = new Packer();
  const seconds = Array.from({ length: 1000 }, () => new GrowingCounts());
  for (const second of seconds) packer.add(second, [100, 1, 200, 2]);
  assert.ok(seconds.filter(({ isOpen }) => isOpen).length <= 128, 'only the newest are open');
  assert.equal(seconds[0]!.isOpen, false);
  packer.add(seconds[0]!, [50, 1, 200, 3]);
  assert.deepEqual(seconds[0]!.counts, [50, 1, 100, 1, 200, 5]);
  for (const second of seconds.slice(1)) packer.add(second, [300, 1]);
  assert.equal(seconds[0]!.isOpen, false, 'and packed once more');
  assert.deepEqual(seconds[0]!.counts, [50, 1, 100, 1, 200, 5]);
  for (const second of seconds.slice(1)) assert.deepEqual(second.counts, [100, 1, 200, 2, 300, 1]);
});

test('counters that were packed are opened again, and count on', () => {
  const packer = new Packer();
  const seconds = Array.from({ length: 1000 }, () => new GrowingCounters());
  const counted = COUNTERS.map((_, i) => (i % 7 === 0 ? 2 ** 40 + i : 0));
  const add = (second: GrowingCounters) => {
    packer.opens(second);
    second.add(counted);
  };
  for (const second of seconds) add(second);
  assert.ok(seconds.filter(({ isOpen }) => isOpen).length <= 128, 'only the newest are open');
  add(seconds[0]!);
  for (const second of seconds.slice(1)) add(second);
  assert.equal(seconds[0]!.isOpen, false, 'and packed once more');
  for (const { counters } of seconds) {
    assert.deepEqual(
      [...counters],
      counted.map((count) => 2 * count),
    );
  }
});

test('lists share memory, and none changes another', () => {
  const lists = Array.from({ length: 5000 }, (_, i) => Array.from({ length: 2 * (i % 40) }, (__, at) => at * 1000 + i));
  const packed = lists.map((list) => packCounts(list));
  assert.ok(new Set(packed.map(({ buffer }) => buffer)).size < 10, 'few pieces for many lists');
  for (const [i, list] of lists.entries()) assert.deepEqual(unpackCounts(packed[i]!), list);
});

test('base64 comes back as the same numbers, also after a longer text; a number that is cut off is left out', () => {
  const lists = [[0, 1], Array.from({ length: 9000 }, (_, i) => 3 * i), [20_000, Number.MAX_SAFE_INTEGER], []];
  const texts = lists.map((list) => Buffer.from(packCounts(list)).toString('base64'));
  assert.deepEqual(
    texts.map((text) => unpackText(text)),
    lists,
  );
  assert.deepEqual(unpackText(Buffer.from([5, 1, 130, 129]).toString('base64')), [5, 1]);
  assert.deepEqual(unpackText('*'), []);
});

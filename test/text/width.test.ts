import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clipLines } from '../../src/text/width.js';

const REASON =
  'accuracy  all 9 cells: worst c1-r1000: p95 0.050–10.5 ms, p99 12.3–62.6 ms (the lower end is under half the upper): 39.0 ms of p99 may be late sending, 11.3 ms the way back; waited for a processor 23 % of the time';

describe('a text in a few lines', () => {
  it('is whole where it fits', () => {
    assert.deepEqual(clipLines('one, two', 20, 2), ['one, two']);
    assert.deepEqual(clipLines('aaaa bbbb', 5, 2), ['aaaa', 'bbbb']);
  });

  it('is cut where a part ends', () => {
    assert.deepEqual(clipLines(REASON, 68, 2), [
      'accuracy  all 9 cells: worst c1-r1000: p95 0.050–10.5 ms, p99',
      '12.3–62.6 ms (the lower end is under half the upper) …',
    ]);
  });

  it('never ends inside a word or a figure, however narrow', () => {
    const words = new Set(REASON.split(' ').map((word) => word.replace(/[;,:]$/, '')));
    for (let width = 24; width < 200; width++) {
      for (const most of [1, 2, 3]) {
        const lines = clipLines(REASON, width, most);
        assert.ok(lines.length <= most);
        if (!lines.at(-1)!.endsWith('…')) continue;
        const kept = lines.join(' ').split(' ');
        assert.equal(kept.at(-1), '…', lines.join('|'));
        assert.ok(words.has(kept.at(-2)!), lines.join('|'));
        assert.doesNotMatch(lines.join(' '), / \d+(\.\d+)? …$/, 'a figure without its unit');
      }
    }
  });

  it('is cut inside only where a single word is longer than all lines', () => {
    assert.deepEqual(clipLines('x'.repeat(50), 10, 2), ['xxxxxxxxxx', 'xxxxxxxxx…']);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plannedByRequest } from '../../src/metrics/planned.js';
import { mixOf } from '../../src/plan/mix.js';
import { needsOf } from '../../src/plan/needs.js';
import { ringSlots } from '../../src/plan/table.js';
import { seedOf, seedOfNumbers } from '../../src/stats/rng.js';
import { cellWith } from './cell-builder.js';
import { requestWith, wireWith } from './wire-builder.js';

function mix(weights: readonly number[], pick: 'weighted' | 'in turn', seed = 1) {
  const requests = weights.map((weight, i) => requestWith(`r${i}`, '{{sequence}}', { weight }));
  return { wire: wireWith({ requests, pick }), seed };
}

describe('which request a message is', () => {
  it('is none where the cell has none, and always the only one', () => {
    assert.equal(mixOf({ seed: 1 }), null);
    assert.equal(mixOf(mix([], 'weighted')), null);
    assert.deepEqual(
      [0, 1, 999].map((k) => mixOf(mix([3], 'weighted'))!(7, k)),
      [0, 0, 0],
    );
  });

  it('goes in turn on every connection', () => {
    const of = mixOf(mix([9, 1, 1], 'in turn'))!;
    for (const connection of [0, 1, 99]) {
      assert.deepEqual(
        [0, 1, 2, 3, 4, 300].map((k) => of(connection, k)),
        [0, 1, 2, 0, 1, 0],
      );
    }
  });

  it('is drawn by weight, whatever the weights add up to', () => {
    for (const weights of [
      [1, 4],
      [0.5, 0.25, 0.25],
      [1000, 1, 999],
      [1, 1, 1, 1, 1, 1, 1, 1],
    ]) {
      for (const seed of [1, 2 ** 31 + 5, 2 ** 32 - 1]) {
        const of = mixOf(mix(weights, 'weighted', seed))!;
        const counts = weights.map(() => 0);
        const all = 100 * 400;
        for (let connection = 0; connection < 100; connection++) {
          for (let k = 0; k < 400; k++) counts[of(connection, k)]!++;
        }
        const sum = weights.reduce((a, b) => a + b);
        for (const [i, count] of counts.entries()) {
          const wanted = (all * weights[i]!) / sum;
          // Six standard deviations.
          assert.ok(
            Math.abs(count - wanted) <= 6 * Math.sqrt(wanted) + 1,
            `${count} instead of ${wanted} of ${weights}`,
          );
        }
      }
    }
  });

  it('depends on seed, connection and number, and on nothing else', () => {
    const draw = (seed: number) => {
      const of = mixOf(mix([1, 1], 'weighted', seed))!;
      return Array.from({ length: 64 }, (_, k) => `${of(0, k)}${of(1, k)}`).join('');
    };
    assert.equal(draw(1), draw(1));
    assert.notEqual(draw(1), draw(2));
    const of = mixOf(mix([1, 1], 'weighted'))!;
    assert.notDeepEqual(
      Array.from({ length: 64 }, (_, k) => of(0, k)),
      Array.from({ length: 64 }, (_, k) => of(1, k)),
    );
  });

  it('gives the same plan for any number of workers', () => {
    for (const pick of ['weighted', 'in turn'] as const) {
      const cell = cellWith({ ...mix([1, 4, 2], pick), arrival: 'poisson', rate: { from: 700, to: 700 } });
      const planned = (workers: number) => {
        const shards = Array.from({ length: workers }, (_, worker) => plannedByRequest(cell, worker, workers));
        return [0, 1, 2].map((request) => shards.reduce((sum, { requests }) => sum + requests[request]!.measure, 0));
      };
      assert.ok(planned(1).every((count) => count > 100));
      for (const workers of [2, 3, 7, 10]) assert.deepEqual(planned(workers), planned(1));
    }
  });

  it('is drawn from the numbers that seedOf gives', () => {
    for (const [a, b, c] of [
      [0, 0, 0],
      [1, 2, 3],
      [-5, 999_999, 2 ** 31 - 1],
    ] as const) {
      assert.equal(seedOfNumbers(a, b, c), seedOf(a, b, c));
    }
  });
});

describe('the table of messages in flight', () => {
  it('has room for messages that wait for one time-out, and then for their replies', () => {
    const captures = [{ name: 'id', path: [] }];
    const slots = (send: string) => {
      const requests = [requestWith('create', '{{sequence}}', { captures }), requestWith('use', send)];
      const reply = { match: 'sequence', field: 'id', echo: { kind: 'none' }, timeoutMs: 10_000 } as const;
      return ringSlots(cellWith({ wire: wireWith({ requests }), rate: { from: 1000, to: 1000 }, reply }));
    };
    assert.deepEqual([slots('{{sequence}}'), slots('{{session.id}}')], [2048, 4096]);
  });
});

describe('what requests need of one another', () => {
  const capture = (name: string) => ({ captures: [{ name, path: [] }] });

  it('is nothing where no request captures what one says', () => {
    assert.equal(needsOf(undefined), null);
    assert.equal(needsOf(wireWith({ requests: [requestWith('a', '{{session.x}}')] })), null);
    assert.equal(needsOf(wireWith({ requests: [requestWith('a', '{{session.x}}', capture('y'))] })), null);
  });

  it('is each value that one says and one captures', () => {
    const requests = [
      requestWith('create', 'x', capture('id')),
      requestWith('use', '{{v0:session.id}} {{t1:session.id}} {{session.token}}'),
      requestWith('next', '{{ session.cursor }} {{session.id}}', capture('cursor')),
      requestWith('idle', 'x', capture('unused')),
    ];
    assert.deepEqual(needsOf(wireWith({ requests })), {
      names: ['id', 'cursor'],
      brings: [[0], [], [1], []],
      needs: [[], [0], [1, 0], []],
    });
  });
});

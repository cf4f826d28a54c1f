import assert from 'node:assert/strict';
import { it } from 'node:test';
import { firstSlow, sendingConnections } from '../../src/plan/cell.js';
import { fanoutOf, isMember, membersOf } from '../../src/plan/fanout.js';
import { cellWith } from './cell-builder.js';
import { requestWith, wireWith } from './wire-builder.js';

const cell = (share: number | null, senders: number | null = null) =>
  cellWith({
    connections: { from: 20, to: 20 },
    wire: wireWith({
      requests: [requestWith('say', '{{sequence}}', { reaches: 'room' })],
      deliver: { timeoutMs: 500 },
      ...{ rooms: 4, senders },
      ...(share === null ? {} : { slow: { share, ratePerSecond: 10 } }),
    }),
  });

it('the last connections read slowly: they send nothing, and no message is meant for them', () => {
  assert.deepEqual([firstSlow(cell(0.2)), sendingConnections(cell(0.2))], [16, 16]);
  assert.equal(sendingConnections(cell(0.2, 3)), 3);
  const fanout = fanoutOf(cell(0.2))!;
  assert.deepEqual(
    [3, 7, 11, 15, 19].map((subscriber) => isMember(fanout, 0, 3, subscriber)),
    [true, true, true, true, false],
  );
  assert.equal(membersOf(fanout, 0, 3, 20), 4);
});

it('any share is at least one connection; without the word there is none', () => {
  assert.equal(firstSlow(cell(0.001)), 19);
  assert.deepEqual([firstSlow(cell(null)), sendingConnections(cell(null))], [Number.POSITIVE_INFINITY, 20]);
});

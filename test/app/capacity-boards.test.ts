import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mostFollowed, rateCeilingOf, steady } from '../../src/app/capacity-boards.js';
import type { Cell } from '../../src/plan/cell.js';
import { BOARD_MAX_BYTES, boardBytes, boardLayout } from '../../src/plan/fanout.js';
import { cellWith } from '../plan/cell-builder.js';
import { requestWith, wireWith } from '../plan/wire-builder.js';

const HUB = cellWith({
  connections: steady(100),
  rate: steady(200),
  wire: wireWith({
    requests: [requestWith('say', '{"sequence":{{sequence}}}', { reaches: 'all' })],
    deliver: { timeoutMs: 5000 },
    ...{ senders: 1, rooms: null },
  }),
});
const bytes = (cell: Cell) => boardBytes(boardLayout(cell, 1)!);

describe('how far a search may follow every delivery', () => {
  it('is to the most connections whose board is small enough', () => {
    const { connections, why, fix } = mostFollowed({ template: HUB, workers: 1, perConnection: false })!;
    assert.ok(bytes({ ...HUB, connections: steady(connections) }) <= BOARD_MAX_BYTES);
    assert.ok(bytes({ ...HUB, connections: steady(connections + 1) }) > BOARD_MAX_BYTES);
    assert.match(why, /^following every delivery of more than [\d,]+ connections takes over/);
    assert.match(fix, /deliver.timeout/);
    const each = mostFollowed({ template: HUB, workers: 1, perConnection: true })!;
    assert.ok(each.connections < connections, 'the rate grows with them');
  });

  it('is to the highest rate, unless --max is lower', () => {
    const found = rateCeilingOf({ template: HUB, workers: 1, perConnection: false }, null);
    assert.ok(bytes({ ...HUB, rate: steady(found.ratePerSecond) }) <= BOARD_MAX_BYTES);
    assert.ok(bytes({ ...HUB, rate: steady(found.ratePerSecond + 1) }) > BOARD_MAX_BYTES);
    assert.match(found.text, /msg\/s takes over/);
    const low = rateCeilingOf({ template: HUB, workers: 1, perConnection: false }, 1000);
    assert.deepEqual([low.ratePerSecond, low.fix], [1000, null]);
  });

  it('has no end where nothing reaches others', () => {
    const echo = { template: cellWith({}), workers: 1, perConnection: false };
    assert.equal(mostFollowed(echo), null);
    assert.equal(rateCeilingOf(echo, 5000).ratePerSecond, 5000);
  });
});

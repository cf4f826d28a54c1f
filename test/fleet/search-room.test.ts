import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { WsurgeError } from '../../src/errors.js';
import type { Offer } from '../../src/fleet/orders.js';
import { overOffer } from '../../src/fleet/over-offer.js';
import { SearchRoom } from '../../src/fleet/search-room.js';
import type { Cell } from '../../src/plan/cell.js';
import { cellWith } from '../plan/cell-builder.js';
import { agentWith } from './agent-builder.js';

const fleet = (...offers: readonly Partial<Offer>[]) =>
  offers.map((offer, i) =>
    agentWith({ name: `eu-${i + 1}`, offers: { workers: 4, connections: null, perSecond: null, ...offer } }),
  );

const at = (connections: number, perSecond = 10): Cell =>
  cellWith({ connections: { from: connections, to: connections }, rate: { from: perSecond, to: perSecond } });

describe('the room of a search over agents', () => {
  it('has all workers that are offered, and those of the profile if it says how many', () => {
    const room = new SearchRoom(fleet({}, { workers: 2 }), at(10), 'auto');
    assert.deepEqual([room.workers, room.freeCores], [6, 0]);
    assert.equal(room.text, 'eu-1 (4 workers), eu-2 (2 workers)');
    const fewer = new SearchRoom(fleet({}, {}), at(10), 3);
    assert.deepEqual([fewer.workers, fewer.freeCores], [3, 2]);
  });

  it('has fewer workers where an agent takes less than its share of the first step', () => {
    const room = new SearchRoom(fleet({}, { connections: 100 }), at(400), 'auto');
    assert.equal(room.workers, 5);
    assert.equal(room.text, 'eu-1 (4 workers), eu-2 (1 worker)');
  });

  it('ends at the most that one agent takes, and says which and of what', () => {
    const room = new SearchRoom(fleet({ connections: 70 }, { connections: 50 }), at(10), 'auto');
    const most = room.most((level) => at(level), 10, 2 ** 24)!;
    assert.deepEqual([most.level, most.why], [102, 'agent eu-2 offers 50 connections']);
    assert.match(most.fix, /add agents, or raise what it offers \(wsurge agent --max-connections/);
    const slow = new SearchRoom(fleet({}, { perSecond: 500 }), at(8, 10), 'auto');
    const fastest = slow.most((level) => at(8, level), 10, 1e6)!;
    assert.deepEqual([fastest.level, fastest.why], [1000, 'agent eu-2 offers 500 messages a second']);
    assert.equal(
      slow.most((level) => at(level), 8, 1e6),
      null,
      'nothing bounds the connections',
    );
  });

  it('refuses a first step that is too large for the agents', () => {
    assert.throws(
      () => new SearchRoom(fleet({ connections: 10 }), at(100), 'auto'),
      (error) => error instanceof WsurgeError && error.exitCode === 104 && /grants 10 connections/.test(error.message),
    );
  });

  it('is exact for any fleet: every agent takes its part of the highest step, and one does not take the next', () => {
    const offer = fc.record({
      workers: fc.integer({ min: 1, max: 8 }),
      connections: fc.integer({ min: 5, max: 3000 }),
    });
    let found = 0;
    fc.assert(
      fc.property(fc.array(offer, { minLength: 1, maxLength: 6 }), (offers) => {
        const agents = fleet(...offers);
        const first = at(agents.length * 4);
        let room: SearchRoom;
        try {
          room = new SearchRoom(agents, first, 'auto');
        } catch (error) {
          assert.ok(error instanceof WsurgeError);
          return;
        }
        found++;
        const { level } = room.most((one) => at(one), first.connections.to, 2 ** 24)!;
        const refused = (cell: Cell) =>
          room.ranges.filter(({ agent, from, to }) => {
            const { offers } = agents.find(({ id }) => id === agent)!;
            return overOffer({ cell, from, to, workers: room.workers }, offers) !== null;
          });
        assert.deepEqual(refused(at(level)), []);
        assert.ok(refused(at(level + 1)).length > 0);
      }),
    );
    assert.ok(found > 0);
  });
});

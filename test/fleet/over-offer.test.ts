import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { WsurgeError } from '../../src/errors.js';
import { assignWorkers, fleetNeed } from '../../src/fleet/assign.js';
import type { AgentShard, Offer } from '../../src/fleet/orders.js';
import { overOffer } from '../../src/fleet/over-offer.js';
import { cellWith } from '../plan/cell-builder.js';
import { agentWith } from './agent-builder.js';

const FREE: Offer = { workers: 64, connections: null, perSecond: null };

function shard(changes: Partial<AgentShard> = {}): AgentShard {
  const endpoint = { url: 'ws://10.0.0.1/' } as AgentShard['endpoint'];
  return { cell: cellWith(), from: 0, to: 1, workers: 2, endpoint, env: {}, pacing: 'timer', ...changes };
}

const offer: fc.Arbitrary<Offer> = fc.record({
  workers: fc.integer({ min: 1, max: 8 }),
  connections: fc.option(fc.nat(500)),
  perSecond: fc.option(fc.nat(1000)),
});

describe('the offer of an agent', () => {
  it('is never exceeded by what a coordinator assigns', () => {
    let assigned = 0;
    const offers = fc.array(offer, { minLength: 1, maxLength: 5 });
    const load = fc.record({ connections: fc.integer({ min: 1, max: 600 }), rate: fc.nat(1500) });
    fc.assert(
      fc.property(offers, load, (offers, { connections, rate }) => {
        const agents = offers.map((offers, i) => agentWith({ name: `a${i}`, offers }));
        const cell = cellWith({ connections: { from: connections, to: connections }, rate: { from: rate, to: rate } });
        const assignment = assignWorkers(agents, fleetNeed([cell], 'auto'));
        if (assignment instanceof WsurgeError) return;
        assigned++;
        for (const [i, { from, to }] of assignment.ranges.entries()) {
          const part = shard({ cell, from, to, workers: assignment.workers });
          assert.equal(overOffer(part, agents[i]!.offers), null);
        }
      }),
      { numRuns: 500 },
    );
    assert.ok(assigned > 10, `only ${assigned} were assigned`);
  });

  it('may be used up to the last message, however its share is rounded', () => {
    const cell = cellWith({ connections: { from: 100, to: 100 }, rate: { from: 100, to: 100 } });
    for (let to = 1; to <= 60; to++) {
      assert.equal(overOffer(shard({ cell, to, workers: 100 }), { ...FREE, perSecond: to }), null, `${to} of 100`);
    }
  });

  for (const [what, changes, less, message] of [
    ['more workers', { to: 3, workers: 4 }, { workers: 2 }, '3 workers, but offers 2'],
    ['more connections', {}, { connections: 4 }, '5 connections, but offers 4'],
    ['more messages', {}, { perSecond: 49 }, '50 messages a second, but offers 49'],
    [
      'as many messages as are answered',
      { cell: cellWith({ model: 'closed', rate: null }) },
      { perSecond: 9 },
      'any number of',
    ],
    ['all messages, as its connections alone send', { cell: senders(1) }, { perSecond: 99 }, '100 messages a second'],
  ] as const) {
    it(`refuses ${what}`, () => {
      const error = overOffer(shard(changes), { ...FREE, ...less });
      assert.ok(error instanceof WsurgeError);
      assert.equal(error.exitCode, 104);
      assert.ok(error.message.includes(message), error.message);
      assert.match(error.next!, /add agents, or raise --/);
      assert.equal(overOffer(shard(changes), FREE), null);
    });
  }

  it('costs nothing where its connections only listen', () => {
    assert.equal(overOffer(shard({ cell: senders(1), from: 1, to: 2 }), { ...FREE, perSecond: 0 }), null);
  });

  it('is not for workers that there are none of', () => {
    for (const wrong of [{ from: 1, to: 1 }, { from: -1 }, { to: 3 }, { from: 0.5 }, { to: Number.NaN }]) {
      assert.equal(overOffer(shard(wrong), FREE)!.code, 'bad_order', JSON.stringify(wrong));
    }
  });
});

function senders(count: number) {
  return cellWith({ wire: { senders: count } as never });
}

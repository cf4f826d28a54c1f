import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { WsurgeError } from '../../src/errors.js';
import { type Assignment, assignWorkers, type FleetNeed, fleetNeed, mostOf } from '../../src/fleet/assign.js';
import type { AgentInfo, Offer } from '../../src/fleet/orders.js';
import { ownedConnections } from '../../src/plan/cell.js';
import { cellWith } from '../plan/cell-builder.js';
import { agentWith } from './agent-builder.js';

const offer: fc.Arbitrary<Offer> = fc.record({
  workers: fc.integer({ min: 1, max: 16 }),
  connections: fc.option(fc.nat(30_000)),
  perSecond: fc.option(fc.nat(100_000)),
});

const fleet = fc
  .array(offer, { minLength: 1, maxLength: 12 })
  .map((offers) => offers.map((offers, i) => agentWith({ name: `eu-${i}`, offers })));

const cell = fc
  .record({ connections: fc.integer({ min: 1, max: 60_000 }), rate: fc.option(fc.nat(200_000)) })
  .map(({ connections, rate }) => {
    const model = rate === null ? ('listen' as const) : ('open' as const);
    const span = rate === null ? null : { from: rate, to: rate };
    return cellWith({ model, connections: { from: 1, to: connections }, rate: span });
  });

const need: fc.Arbitrary<FleetNeed> = fc
  .tuple(
    fc.array(cell, { minLength: 1, maxLength: 3 }),
    fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 40 })),
  )
  .map(([cells, workers]) => fleetNeed(cells, workers));

function agentsOf(count: number, offers: Partial<Offer> = {}, prefix = 'eu'): AgentInfo[] {
  const all = { workers: 64, connections: null, perSecond: null, ...offers };
  return Array.from({ length: count }, (_, i) => agentWith({ name: `${prefix}-${i + 1}`, offers: all }));
}

function needOf(connections: number, rate: number | null, workers: number | 'auto' = 'auto'): FleetNeed {
  const span = rate === null ? null : { from: rate, to: rate };
  const model = rate === null ? ('listen' as const) : ('open' as const);
  return fleetNeed(
    [cellWith({ id: 'big', model, connections: { from: connections, to: connections }, rate: span })],
    workers,
  );
}

function assigned(agents: readonly AgentInfo[], need: FleetNeed): Assignment {
  const result = assignWorkers(agents, need);
  assert.ok(!(result instanceof WsurgeError), result instanceof WsurgeError ? result.message : '');
  return result;
}

function refused(agents: readonly AgentInfo[], need: FleetNeed): WsurgeError {
  const result = assignWorkers(agents, need);
  assert.ok(result instanceof WsurgeError);
  assert.equal(result.exitCode, 104);
  return result;
}

const sizes = ({ ranges }: Assignment) => ranges.map(({ from, to }) => to - from);

describe('the workers of a fleet', () => {
  it('are all given out once, in ranges, within what each agent offers; or it is said what is missing', () => {
    let given = 0;
    fc.assert(
      fc.property(fleet, need, (agents, need) => {
        const result = assignWorkers(agents, need);
        if (result instanceof WsurgeError) {
          assert.ok(result.message.length > 0 && result.next !== null);
          return;
        }
        given++;
        assert.deepEqual(
          result.ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i)),
          Array.from({ length: result.workers }, (_, i) => i),
        );
        for (const [index, { agent, from, to }] of result.ranges.entries()) {
          const { id, offers } = agents.toSorted((a, b) => (a.name < b.name ? -1 : 1))[index]!;
          assert.equal(agent, id);
          assert.ok(from < to && to - from <= offers.workers);
          for (const peak of need.peaks) {
            const own = ownedIn(peak.connections, from, to, result.workers);
            assert.ok(own <= (offers.connections ?? Number.POSITIVE_INFINITY), `${own} connections`);
            const rate = (peak.perSecond * own) / peak.connections;
            assert.ok(rate <= (offers.perSecond ?? Number.POSITIVE_INFINITY) * (1 + 1e-9), `${rate} msg/s`);
          }
        }
        if (need.isExact) assert.equal(result.workers, need.workers);
      }),
      { numRuns: 300 },
    );
    assert.ok(given > 15, `only ${given} fleets could take their load`);
  });

  it('are the same whoever answers first', () => {
    fc.assert(
      fc.property(
        fleet.chain((agents) =>
          fc.tuple(fc.constant(agents), fc.shuffledSubarray(agents, { minLength: agents.length })),
        ),
        need,
        ([agents, shuffled], need) => {
          assert.deepEqual(plain(assignWorkers(shuffled, need)), plain(assignWorkers(agents, need)));
        },
      ),
    );
  });

  it('share the connections of a cell: all of them, each once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3000 }), (count, connections) => {
        const { ranges, workers } = assigned(agentsOf(count), needOf(connections, null));
        const own = ranges.map(({ from, to }) => ownedIn(connections, from, to, workers));
        assert.equal(
          own.reduce((a, b) => a + b),
          connections,
        );
      }),
    );
  });

  it('are dealt out in turn, by name', () => {
    const { workers, ranges } = assigned(agentsOf(3).reverse(), needOf(4000, null));
    assert.equal(workers, 8);
    assert.deepEqual(ranges, [
      { agent: 'eu-1-0123abcd', from: 0, to: 3 },
      { agent: 'eu-2-0123abcd', from: 3, to: 6 },
      { agent: 'eu-3-0123abcd', from: 6, to: 8 },
    ]);
  });

  it('are at least one for each agent, and at most as many as there are cores', () => {
    assert.equal(assigned(agentsOf(3), needOf(1, 1)).workers, 3);
    assert.equal(assigned(agentsOf(3, { workers: 4 }), needOf(240_000, null)).workers, 12);
    assert.equal(assigned(agentsOf(2), needOf(10, 100_000)).workers, 5);
  });

  it('skip an agent whose offer is full', () => {
    const agents = [
      ...agentsOf(1, { connections: 1000 }),
      ...agentsOf(1, {}, 'us'),
      ...agentsOf(1, { perSecond: 2000 }, 'ap'),
    ];
    assert.deepEqual(sizes(assigned(agents, needOf(5000, 10_000))), [2, 2, 6]);
  });

  it('may use up an offer to the last connection', () => {
    assert.equal(ownedMost(assigned(agentsOf(8, { connections: 30_000 }), needOf(240_000, null)), 240_000), 30_000);
    assert.deepEqual(sizes(assigned(agentsOf(1, { connections: 4001 }), needOf(4001, null))), [9]);
  });

  it('become more where that makes their parts fit', () => {
    // Of 3 parts of 334 connections, and of 12 of 84, one is left over. Of 24 parts none is.
    const agents = [...agentsOf(2, { connections: 400 }), ...agentsOf(1, { connections: 300 }, 'us')];
    const { workers, ranges } = assigned(agents, needOf(1000, null));
    assert.equal(workers, 24);
    assert.ok(ranges.every(({ from, to }) => to > from));
  });

  it('carry what senders send: who only listens costs no rate', () => {
    const [cell] = [cellWith({ connections: { from: 100, to: 100 }, rate: { from: 900, to: 900 } })];
    const wire = { senders: 1 } as never;
    const need = fleetNeed([{ ...cell, wire }], 2);
    assert.equal(need.peaks[0]!.senders, 1);
    refused(agentsOf(2, { perSecond: 500 }), need);
    assigned(agentsOf(2, { perSecond: 900 }), need);
  });
});

describe('a fleet that is too small', () => {
  it('is told how many connections are missing', () => {
    const error = refused(agentsOf(8, { connections: 28_132 }), needOf(240_000, null));
    assert.equal(error.code, 'agents_too_small');
    assert.equal(error.message, '8 agents grant 225,056 connections (8 x 28,132); big asks for 240,000 connections');
    assert.equal(
      error.next,
      '1 more agent like the largest, or wsurge agent with a larger --max-connections, or at most 225,056 connections',
    );
  });

  it('is told how much rate is missing, also where replies set the pace', () => {
    const agents = [...agentsOf(1, { perSecond: 1000 }), ...agentsOf(1, { perSecond: 500 }, 'us')];
    const error = refused(agents, needOf(10, 4000));
    assert.equal(error.message, '2 agents grant 1,500 msg/s (1 x 1,000 + 1 x 500); big asks for 4,000 msg/s');
    assert.match(error.next!, /^3 more agents like the largest, or wsurge agent with a larger --max-rate, or/);
    const closed = fleetNeed([cellWith({ id: 'c', model: 'closed', rate: null })], 'auto');
    const other = refused(agentsOf(1, { perSecond: 1000 }), closed);
    assert.equal(other.message, '1 agent grants 1,000 msg/s; c asks for as many messages as the target answers');
    assert.doesNotMatch(other.next!, /Infinity|NaN/);
  });

  it('offers nothing at all', () => {
    const error = refused(agentsOf(2, { connections: 0 }), needOf(10, null));
    assert.doesNotMatch(`${error.message} ${error.next}`, /Infinity|NaN/);
  });

  it('cannot run the number of workers that the user chose', () => {
    const few = refused(agentsOf(4), needOf(10, null, 2));
    assert.equal(few.message, '2 workers cannot be split over 4 agents');
    const many = refused(agentsOf(2, { workers: 4 }), needOf(10, null, 9));
    assert.equal(many.message, '2 agents offer 8 workers; 9 are asked for');
    assert.match(many.next!, /--workers N/);
  });

  it('has an agent that is too small for any part: it is named', () => {
    const agents = [...agentsOf(1, { connections: 3, workers: 1 }), ...agentsOf(1, { workers: 2 }, 'us')];
    const error = refused(agents, needOf(3000, null));
    assert.equal(error.message, '3 workers cannot be split over 2 agents');
    assert.equal(error.next, 'leave out who is too small: --exclude-agent eu-1');
    assert.deepEqual(error.problems, [
      { where: 'agent eu-1', message: 'takes 0 of the 3 workers: it offers 1 worker, 3 connections' },
      { where: 'agent us-1', message: 'takes 2 of the 3 workers: it offers 2 workers' },
    ]);
  });

  it('grants enough of each, but not to the same agents', () => {
    const agents = [
      ...agentsOf(1, { connections: 1000, perSecond: 100, workers: 4 }),
      ...agentsOf(1, { connections: 100, perSecond: 1000, workers: 4 }, 'us'),
    ];
    const error = refused(agents, needOf(1000, 1000));
    assert.equal(error.problems.length, 2);
    assert.match(
      error.problems[0]!.message,
      /takes 0 of the 8 workers: it offers 4 workers, 1,000 connections, 100 msg\/s/,
    );
  });
});

describe('the most connections of some workers', () => {
  it('is what the first of them have', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.integer({ min: 1, max: 20 }), fc.nat(20), (count, workers, some) => {
        fc.pre(some <= workers);
        assert.equal(mostOf(count, some, workers), ownedIn(count, 0, some, workers));
        for (let from = 0; from + some <= workers; from++) {
          assert.ok(ownedIn(count, from, from + some, workers) <= mostOf(count, some, workers));
        }
      }),
    );
  });
});

function plain(result: Assignment | WsurgeError): unknown {
  return result instanceof WsurgeError
    ? { message: result.message, next: result.next, problems: result.problems }
    : result;
}

/** How many of a cell's connections belong to the workers of a range. */
function ownedIn(connections: number, from: number, to: number, workers: number): number {
  const cell = cellWith({ connections: { from: connections, to: connections } });
  let owned = 0;
  for (let worker = from; worker < to; worker++) owned += ownedConnections({ cell, worker, workers });
  return owned;
}

function ownedMost({ workers, ranges }: Assignment, connections: number): number {
  return Math.max(...ranges.map(({ from, to }) => ownedIn(connections, from, to, workers)));
}

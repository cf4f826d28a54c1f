import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { C } from '../../src/metrics/counters.js';
import { drawnPlanLaws, type FinishedAgent } from '../../src/metrics/drawn-plan.js';
import { LOCAL } from '../../src/metrics/group-end.js';
import { GroupSums } from '../../src/metrics/group-sums.js';
import { CellMerger } from '../../src/metrics/merge.js';
import { stillRunning } from '../../src/metrics/so-far.js';
import type { Cell } from '../../src/plan/cell.js';
import { cellWith } from '../plan/cell-builder.js';
import { linesOf, totalsOf } from './made-lines.js';

const WORKERS = 4;
const POISSON = cellWith({ arrival: 'poisson', connections: { from: 20, to: 20 }, rate: { from: 200, to: 200 } });

/** Two agents with two workers each, as they end. */
function agentsOf(cell: Cell): FinishedAgent[] {
  return ['one', 'two'].map((name, at) => {
    const workers = [2 * at, 2 * at + 2] as const;
    const sums = new GroupSums(cell, { name, workers }, WORKERS);
    for (const worker of [workers[0], workers[0] + 1]) {
      const lines = linesOf(cell, worker, WORKERS);
      for (const line of lines) sums.add(line);
      sums.workerDone(totalsOf(cell, WORKERS, lines));
    }
    return { name, workers, end: sums.end(false) };
  });
}

/** Each worker, or this one, says that it planned so many more; its agent says so, too. */
function claiming(agents: readonly FinishedAgent[], more: number, only: number | null = null): FinishedAgent[] {
  return agents.map((agent) => {
    let added = 0;
    const results = agent.end!.results.map((result) => {
      if (only !== null && result.worker !== only) return result;
      added += more;
      return { ...result, messages: { ...result.messages, planned: result.messages.planned + more } };
    });
    const { closed } = agent.end!;
    const measure = closed.counters.measure.map((count, i) => (i === C.planned ? count + added : count));
    return { ...agent, end: { results, closed: { ...closed, counters: { ...closed.counters, measure } } } };
  });
}

describe('the plans of a few drawn workers', () => {
  test('hold for agents that planned what the plan says', () => {
    assert.deepEqual(drawnPlanLaws(POISSON, agentsOf(POISSON), WORKERS), []);
    assert.ok(agentsOf(POISSON).every(({ end }) => end!.closed.counters.measure[C.planned]! > 50));
  });

  test('refuse a count that is not that of the plan, and name the worker and its agent', () => {
    for (const more of [1, -1]) {
      const laws = drawnPlanLaws(POISSON, claiming(agentsOf(POISSON), more), WORKERS);
      assert.equal(laws.length, 3, 'three are drawn');
      for (const { law, left, right, where } of laws) {
        assert.equal(law, 'planned = the plan of a drawn worker');
        assert.equal(right - left, more);
        const [, worker, agent] = /, worker (\d) of agent (one|two)$/.exec(where)!;
        assert.equal(agent, Number(worker) < 2 ? 'one' : 'two');
      }
    }
  });

  test('find one wrong worker among four with most seeds: which are drawn changes with the seed', () => {
    const found = Array.from({ length: 40 }, (_, seed) => {
      const cell = { ...POISSON, seed };
      return drawnPlanLaws(cell, claiming(agentsOf(cell), 5, 3), WORKERS).length;
    });
    assert.ok(found.every((count) => count <= 1));
    const share = found.filter((count) => count === 1).length / found.length;
    assert.ok(share > 0.5 && share < 1, String(share));
  });

  test('cannot be got round by a sum that is not that of the workers', () => {
    const [one, two] = agentsOf(POISSON) as [FinishedAgent, FinishedAgent];
    const { closed } = claiming([one], 7)[0]!.end!;
    const laws = drawnPlanLaws(POISSON, [{ ...one, end: { ...one.end!, closed } }, two], WORKERS);
    assert.deepEqual(
      laws.map(({ law, left, right, where }) => [law, right - left, where]),
      [['planned by its workers = planned', 14, `${POISSON.id}, agent one`]],
    );
  });

  test('are not walked for this machine, other arrivals, lost agents, workers that were stopped, and very long plans', () => {
    const wrong = claiming(agentsOf(POISSON), 1);
    const local = wrong.map((agent) => ({ ...agent, name: LOCAL }));
    assert.deepEqual(drawnPlanLaws(POISSON, local, WORKERS), []);
    assert.deepEqual(drawnPlanLaws({ ...POISSON, arrival: 'constant' }, wrong, WORKERS), []);
    assert.deepEqual(
      drawnPlanLaws(
        POISSON,
        wrong.map((agent) => ({ ...agent, end: null })),
        WORKERS,
      ),
      [],
    );
    const stopped = wrong.map(({ end, ...agent }) => ({
      ...agent,
      end: { ...end!, results: end!.results.map((result) => ({ ...result, status: 'stopped' as const })) },
    }));
    assert.deepEqual(drawnPlanLaws(POISSON, stopped, WORKERS), []);
    const long = { ...POISSON, rate: { from: 1e6, to: 1e6 }, durationMs: 3_600_000 };
    assert.deepEqual(drawnPlanLaws(long, wrong, WORKERS), []);
  });

  test('are part of the laws of a cell', () => {
    const agents = agentsOf(POISSON);
    const merged = (ends: readonly FinishedAgent[]) => {
      const merger = new CellMerger(POISSON, agents);
      for (let worker = 0; worker < WORKERS; worker++) {
        for (const line of linesOf(POISSON, worker, WORKERS)) merger.add(line);
      }
      for (const { end } of ends) merger.groupDone(end as never);
      return merger.finish({ ...stillRunning(2000), interrupted: false, withoutTotals: false }).laws;
    };
    assert.deepEqual(merged(agents), []);
    const wrong = claiming(agents, 1).map(({ end, ...agent }, i) => ({
      ...agent,
      end: { ...agents[i]!.end!, ...end },
    }));
    assert.ok(merged(wrong).some(({ law }) => law === 'planned = the plan of a drawn worker'));
  });
});

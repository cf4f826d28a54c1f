import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Goal } from '../../bench/case.js';
import { outcomeOf } from '../../bench/outcome.js';
import { caseWith, runOf } from './case-fixture.js';

const goal = (changes: Partial<Goal>): Goal => ({
  metric: 'speed',
  of: 'a',
  by: { kind: 'ratio', to: 'b' },
  bound: { least: 1.5 },
  ...changes,
});
const outcomes = (goals: readonly Goal[], run = runOf({ a: [300, 310, 290], b: [200, 190, 210] })) =>
  outcomeOf(caseWith({ goals }), run).goals.map(({ outcome }) => outcome);

describe('the outcome of a case', () => {
  it('has a median and a spread for each contestant', () => {
    assert.deepEqual(outcomeOf(caseWith(), runOf({ a: [300, 310, 290], b: [200] })).figures, [
      { metric: 'speed', contestant: 'a', median: 300, spread: 20 / 300 },
      { metric: 'speed', contestant: 'b', median: 200, spread: 0 },
    ]);
  });

  it('meets a bound that it just reaches, from either side', () => {
    assert.deepEqual(outcomes([goal({ bound: { least: 1.5 } }), goal({ bound: { least: 1.51 } })]), ['met', 'not met']);
    assert.deepEqual(outcomes([goal({ bound: { most: 1.5 } }), goal({ bound: { most: 1.49 } })]), ['met', 'not met']);
  });

  it('judges values and differences in the unit of the metric', () => {
    const difference = { kind: 'difference', to: 'b' } as const;
    assert.deepEqual(
      outcomes([
        goal({ by: { kind: 'value' }, bound: { most: 300 } }),
        goal({ by: { kind: 'value' }, bound: { most: 299 } }),
        goal({ by: difference, bound: { most: 100 } }),
        goal({ by: difference, bound: { most: 99 } }),
      ]),
      ['met', 'not met', 'met', 'not met'],
    );
  });

  it('only compares where there is no bound', () => {
    assert.deepEqual(outcomes([goal({ bound: null })]), ['compared']);
  });

  it('gives no ratio where the server had no more to give and the client had', () => {
    const speeds = { a: [300], b: [200] };
    const limited = { serverCores: 0.95, clientCores: 0.94 };
    assert.deepEqual(outcomes([goal({})], runOf(speeds, limited)), ['server-limited']);
    assert.deepEqual(outcomes([goal({})], runOf(speeds, { ...limited, clientCores: 0.95 })), ['met']);
    assert.deepEqual(outcomes([goal({})], runOf(speeds, { ...limited, serverCores: 0.94 })), ['met']);
    assert.deepEqual(outcomes([goal({})], runOf(speeds, { clientCores: null, serverCores: null })), ['met']);
  });

  it('says that nothing was measured where a contestant failed', () => {
    const failed = runOf({ a: [300], b: [] }, {}, 'it fell over');
    assert.deepEqual(outcomes([goal({}), goal({ by: { kind: 'value' }, bound: { least: 1 } })], failed), [
      'not measured',
      'met',
    ]);
  });

  it('keeps the most that others used in any round', () => {
    assert.equal(outcomeOf(caseWith(), runOf({ a: [1], b: [1] }, { othersCores: 0.4 })).othersCoresMost, 0.4);
    assert.equal(outcomeOf(caseWith(), runOf({ a: [1], b: [1] }, { othersCores: null })).othersCoresMost, null);
  });
});

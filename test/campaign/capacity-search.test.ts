import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  afterTrial,
  PRECISION,
  type SearchLimits,
  type SearchState,
  startSearch,
  type Trial,
  type TrialOutcome,
} from '../../src/campaign/capacity-search.js';
import { Rng } from '../../src/stats/rng.js';

const LIMITS: SearchLimits = { from: 100, floor: 100, max: 1_000_000, whole: true, confirm: true };
const PASSED: TrialOutcome = { kind: 'passed' };
const failed = (by: 'target' | 'client' | 'samples' = 'target'): TrialOutcome => ({
  kind: 'failed',
  by,
  straddles: false,
  held: null,
});

/** Runs a search against a server; gives its end and every trial. */
function search(limits: SearchLimits, server: (trial: Trial) => TrialOutcome): { state: SearchState; trials: Trial[] } {
  const trials: Trial[] = [];
  let state = startSearch(limits);
  while (state.trial !== null) {
    trials.push(state.trial);
    state = afterTrial(state, server(state.trial));
  }
  return { state, trials };
}

const upTo =
  (capacity: number) =>
  ({ level }: Trial): TrialOutcome =>
    level <= capacity ? PASSED : failed();

describe('the search for the highest level that holds', () => {
  it('is near any server, twice over, in few trials', () => {
    const levels = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(levels, fc.boolean(), fc.integer({ min: 1, max: 500 }), (share, whole, from) => {
        const capacity = from * 10 ** (share * 3);
        const limits = { ...LIMITS, whole, from, floor: from };
        const { state, trials } = search(limits, upTo(capacity));
        assert.equal(state.end, 'found');
        assert.equal(state.confirmed, true);
        const answer = state.passed.at(-1)!;
        assert.ok(answer <= capacity, `${answer} is more than ${capacity}`);
        // Whole numbers can come no nearer than 1, three figures no nearer than half of the last.
        const slack = Math.max(whole ? 1 : 0.005 * answer, answer * PRECISION) * 1.01;
        assert.ok(capacity - answer <= slack, `${answer} is far below ${capacity}`);
        assert.ok(state.failed!.level > capacity);
        assert.ok(trials.length <= 40, `${trials.length} trials`);
        const numbers = trials.map(({ number }) => number);
        assert.deepEqual(numbers, [...new Set(numbers)], 'every trial has a number of its own');
      }),
    );
  });

  it('climbs by half as much again until a level has failed twice', () => {
    const { trials } = search(LIMITS, upTo(300));
    const climb = trials
      .filter(({ purpose }) => purpose === 'climb')
      .map(({ level, attempt }) => `${level}/${attempt}`);
    assert.deepEqual(climb, ['100/1', '150/1', '225/1', '338/1', '338/2']);
    const again = trials.filter(({ purpose }) => purpose === 'confirm').map(({ level }) => level);
    assert.deepEqual(again, [Math.max(...trials.filter(({ level }) => level <= 300).map(({ level }) => level))]);
  });

  it('goes on climbing where a failure does not come twice', () => {
    let hiccups = 0;
    const { state } = search(LIMITS, (trial) =>
      trial.level === 225 && hiccups++ === 0 ? failed('client') : upTo(2000)(trial),
    );
    assert.ok(state.passed.at(-1)! > 1900);
  });

  it('tries what the server says that it holds, and stops there', () => {
    const { state, trials } = search(LIMITS, ({ level }) =>
      level <= 300 ? PASSED : { kind: 'failed', by: 'target', straddles: false, held: 300 },
    );
    assert.equal(state.passed.at(-1), 300);
    assert.ok(trials.length < 10, `${trials.length} trials`);
  });

  it('looks longer where an interval lay across the limit', () => {
    const { trials } = search(LIMITS, ({ level, longer }) =>
      level <= 200 || (level <= 400 && longer)
        ? PASSED
        : { kind: 'failed', by: 'target', straddles: level <= 400, held: null },
    );
    assert.ok(trials.some(({ level, longer }) => level === 225 && longer));
    assert.ok(trials.every(({ attempt, longer }) => !longer || attempt === 2));
  });

  it('blames the generator only where no attempt was measured without doubt', () => {
    const blameOf = (first: 'target' | 'client', second: 'target' | 'client') =>
      search(LIMITS, ({ level, attempt }) => (level <= 120 ? PASSED : failed(attempt === 1 ? first : second))).state
        .failed!.by;
    assert.equal(blameOf('client', 'client'), 'client');
    assert.equal(blameOf('client', 'target'), 'target');
    assert.equal(blameOf('target', 'client'), 'target');
  });

  it('says that the first level failed, that none failed up to the highest, and that the server is gone', () => {
    const first = search(LIMITS, () => failed());
    assert.deepEqual([first.state.end, first.trials.length, first.state.passed.length], ['first', 2, 0]);
    const never = search({ ...LIMITS, max: 1000 }, () => PASSED);
    assert.deepEqual([never.state.end, never.state.passed.at(-1), never.state.confirmed], ['max', 1000, true]);
    const gone = search(LIMITS, ({ level }) => (level < 400 ? PASSED : { kind: 'gone' }));
    assert.deepEqual([gone.state.end, gone.state.passed.at(-1), gone.state.confirmed], ['gone', 338, false]);
  });

  it('goes down to its floor where it started too high, each level once', () => {
    const { state, trials } = search({ ...LIMITS, from: 5000, floor: 50, confirm: false }, upTo(100));
    const answer = state.passed.at(-1)!;
    assert.ok(answer <= 100 && answer * 1.06 >= 100, String(answer));
    assert.equal(state.confirmed, false);
    const down = trials.filter(({ purpose }) => purpose === 'down').map(({ level }) => level);
    assert.deepEqual(down, [1250, 313, 78]);
    const none = search({ ...LIMITS, from: 5000, floor: 50 }, () => failed());
    assert.deepEqual([none.state.end, none.trials.at(-1)!.level], ['first', 50]);
    const few = search({ ...LIMITS, from: 5000, floor: 50 }, () => failed('samples'));
    assert.deepEqual([few.state.end, few.trials.length], ['first', 2], 'fewer messages would tell no more');
  });

  it('narrows again where an answer does not hold a second time, and does not drop a whole step', () => {
    for (const capacity of [480, 495]) {
      const { state } = search(LIMITS, (trial) =>
        trial.purpose === 'confirm' ? upTo(capacity)(trial) : upTo(500)(trial),
      );
      assert.equal(state.confirmed, true);
      const answer = state.passed.at(-1)!;
      assert.ok(answer <= capacity && answer >= capacity * 0.94, `${answer} of ${capacity}`);
    }
    const unsure = search(LIMITS, (trial) => (trial.purpose === 'confirm' ? failed() : upTo(500)(trial))).state;
    assert.deepEqual([unsure.end, unsure.confirmed], ['unsure', false]);
  });

  it('ends with servers that change their mind, and near the truth with most of them', () => {
    let near = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const rng = new Rng(seed);
      const capacity = 200 + rng.below(5000);
      // The chance to pass falls from 98 % to 2 % between 10 % below the capacity and 10 % above it.
      const { state, trials } = search(LIMITS, ({ level }) => {
        const chance = 1 / (1 + Math.exp((level / capacity - 1) * 40));
        return rng.next() < chance ? PASSED : failed();
      });
      assert.ok(trials.length <= 60);
      const answer = state.passed.at(-1) ?? 0;
      if (answer > capacity * 0.8 && answer < capacity * 1.1) near++;
    }
    assert.ok(near >= 190, `${near} of 200 near the truth`);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Contestant, type Round, UNSEEN } from '../../bench/case.js';
import { lookAtMachine } from '../../bench/machine.js';
import { orderOf, runCase } from '../../bench/rounds.js';
import { caseWith } from './case-fixture.js';

describe('the rounds of a case', () => {
  const ran: string[] = [];
  const contestant = (name: string, failsIn = Number.POSITIVE_INFINITY): Contestant => {
    let round = 0;
    return {
      name,
      run: async (): Promise<Round> => {
        ran.push(name);
        if (round++ === failsIn) throw new Error(`${name} fell over`);
        return { metrics: { speed: round }, ...UNSEEN };
      },
    };
  };
  const run = async (contestants: Contestant[], { rounds = 3, repeats = 0 } = {}) => {
    ran.length = 0;
    const failures: string[] = [];
    const { contestants: done } = await runCase(caseWith({ contestants, repeats }), {
      machine: lookAtMachine(),
      rounds,
      seconds: 1,
      onRound: () => {},
      onFailure: (round, name, failure) => failures.push(`${round} ${name}: ${failure}`),
    });
    return { done, failures };
  };
  const speedsOf = async (...args: Parameters<typeof run>) => {
    const { done } = await run(...args);
    return done[0]!.rounds.map(({ metrics }) => metrics['speed']);
  };

  it('alternate, so that no one always comes first', async () => {
    assert.deepEqual(orderOf(['a', 'b', 'c'], 1), ['c', 'b', 'a']);
    const { done } = await run([contestant('a'), contestant('b')]);
    assert.deepEqual(ran, ['a', 'b', 'b', 'a', 'a', 'b']);
    assert.deepEqual(
      done.map(({ rounds }) => rounds.map(({ metrics }) => metrics['speed'])),
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    );
  });

  it('are run again where others disturbed them, and the quietest counts', async () => {
    const quiet = (...others: number[]) => {
      let attempt = 0;
      const run = async () => {
        const othersCores = others[attempt++]!;
        return { metrics: { speed: attempt }, clientCores: null, serverCores: null, othersCores };
      };
      return speedsOf([{ name: 'a', run }], { rounds: 1, repeats: 2 });
    };
    assert.deepEqual(await quiet(0.5, 0.09, 0), [2]);
    assert.deepEqual(await quiet(0.09, 0), [1]);
    assert.deepEqual(await quiet(0.5, 0.2, 0.3, 0), [2]);
  });

  it('go on without one that fails, whose earlier rounds count for nothing', async () => {
    const { done, failures } = await run([contestant('a', 1), contestant('b')]);
    assert.deepEqual(ran, ['a', 'b', 'b', 'a', 'b']);
    assert.deepEqual(failures, ['1 a: a fell over']);
    assert.deepEqual(
      done.map(({ name, rounds, failure }) => [name, rounds.length, failure]),
      [
        ['a', 0, 'a fell over'],
        ['b', 3, null],
      ],
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { runTurns } from '../../src/campaign/ab-campaign.js';
import { turnOrder } from '../../src/campaign/ab-order.js';
import {
  AbRounds,
  EXCLUDED_MAX,
  excludedRounds,
  type Turn,
  type TurnResult,
  wholeRounds,
} from '../../src/campaign/ab-rounds.js';

const LOOKS = [5, 8, 12, 20];
const SEED = 7;

/** Plays a comparison; `invalid` says which turns this machine cannot measure. Turns as `1a`, a repeated one as `1a+`. */
async function play(options: {
  readonly settledAt?: number;
  readonly invalid?: (turn: Turn) => boolean;
  readonly diesAt?: string;
  readonly looks?: readonly number[];
}) {
  const asked: number[] = [];
  const source = new AbRounds<TurnResult>({
    seed: SEED,
    looks: options.looks ?? LOOKS,
    settled: (rounds) => {
      asked.push(rounds.length);
      return rounds.length === options.settledAt;
    },
  });
  const name = ({ round, side, attempt }: Turn) => `${round}${side}${'+'.repeat(attempt - 1)}`;
  const turns = await runTurns<TurnResult>({
    source,
    runTurn: async (turn) => ({ turn, invalid: options.invalid?.(turn) === true ? 'cpu_starved' : null }),
    isLast: ({ turn }) => name(turn) === options.diesAt,
    onTurn: () => {},
    interrupt: new AbortController().signal,
  });
  return { names: turns.map(({ turn }) => name(turn)), rounds: wholeRounds(turns, SEED), turns, asked };
}

describe('the order of turns', () => {
  it('is ABBA or BAAB in every two rounds, by the seed, and not always the same', () => {
    const blocks = new Set<string>();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 9 }), (seed, block) => {
        const turns = [...turnOrder(seed, 2 * block + 1), ...turnOrder(seed, 2 * block + 2)].join('');
        blocks.add(turns);
        assert.ok(turns === 'abba' || turns === 'baab', turns);
        assert.deepEqual(turnOrder(seed, 2 * block + 1), turnOrder(seed, 2 * block + 1));
      }),
    );
    assert.deepEqual([...blocks].sort(), ['abba', 'baab']);
  });
});

describe('the rounds of a comparison', () => {
  it('end at the first look that settles it, and are asked about at looks only', async () => {
    const { rounds, asked, names } = await play({ settledAt: 8 });
    assert.deepEqual([rounds.length, asked, names.length], [8, [5, 8], 16]);
    for (const { number, order, a, b } of rounds) {
      assert.deepEqual(
        [a.turn, b.turn],
        [
          { round: number, side: 'a', attempt: 1 },
          { round: number, side: 'b', attempt: 1 },
        ],
      );
      assert.deepEqual(
        names.slice(2 * number - 2, 2 * number),
        order.map((side) => `${number}${side}`),
      );
    }
  });

  it('end at the last look, settled or not', async () => {
    const { rounds, asked } = await play({});
    assert.deepEqual([rounds.length, asked], [20, [5, 8, 12]]);
    assert.equal((await play({ looks: [5] })).rounds.length, 5);
  });

  it('try a turn that could not be measured once more at once, and use the second', async () => {
    const { names, rounds } = await play({
      settledAt: 5,
      invalid: ({ round, attempt }) => round === 2 && attempt === 1,
    });
    const [first, second] = turnOrder(SEED, 2);
    assert.deepEqual(names.slice(2, 6), [`2${first}`, `2${first}+`, `2${second}`, `2${second}+`]);
    assert.deepEqual(
      rounds.map(({ number }) => number),
      [1, 2, 3, 4, 5],
    );
    assert.deepEqual([rounds[1]!.a.turn.attempt, rounds[1]!.b.turn.attempt], [2, 2]);
  });

  it('leave a round out after the second failure, say so, and make up for it', async () => {
    const { rounds, turns } = await play({ settledAt: 5, invalid: ({ round, side }) => round === 3 && side === 'b' });
    assert.deepEqual(
      rounds.map(({ number }) => number),
      [1, 2, 4, 5, 6],
    );
    assert.deepEqual(excludedRounds(turns), [{ number: 3, reason: 'cpu_starved' }]);
  });

  it('give up on a machine that cannot measure', async () => {
    const { rounds, turns } = await play({ invalid: () => true });
    assert.deepEqual([rounds.length, excludedRounds(turns).length, turns.length], [0, EXCLUDED_MAX, 2 * EXCLUDED_MAX]);
  });

  it('end where a server died', async () => {
    const { names } = await play({ diesAt: '2b' });
    assert.equal(names[names.length - 1], '2b');
  });

  it('end when interrupted, without the turn that was cut short', async () => {
    const interrupt = new AbortController();
    const told: string[] = [];
    const turns = await runTurns<TurnResult>({
      source: new AbRounds({ seed: 1, looks: LOOKS, settled: () => false }),
      runTurn: async (turn) => {
        if (turn.round === 2) interrupt.abort();
        return { turn, invalid: null };
      },
      isLast: () => false,
      onTurn: ({ turn }, soFar) => {
        told.push(`${turn.round}${turn.side} ${soFar.length}`);
      },
      interrupt: interrupt.signal,
    });
    assert.equal(turns.length, 2);
    assert.equal(told.length, 2);
  });
});

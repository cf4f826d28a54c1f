import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { runTurns } from '../../src/campaign/ab-campaign.js';
import { AbRounds, type Round, type TurnResult, wholeRounds } from '../../src/campaign/ab-rounds.js';
import { Rng } from '../../src/stats/rng.js';
import { LOOKS, MOST_ROUNDS } from '../../src/verdict/compare/looks.js';
import { comparedMetrics } from '../../src/verdict/compare/metrics.js';
import { pairedComparison } from '../../src/verdict/compare/paired.js';
import { compareReadings, type Reading } from '../../src/verdict/compare/readings.js';
import { isSettled } from '../../src/verdict/compare/settled.js';
import { tries } from '../share.js';
import type { AbNoise } from './ab-noise.js';

const noise = JSON.parse(readFileSync(new URL('../../../test/lab/ab-noise.json', import.meta.url), 'utf8')) as AbNoise;
const P50 = comparedMetrics().find(({ key }) => key === 'p50')!;
const WHOLE = 500;
const TRIALS = tries({ whole: WHOLE, share: 100 });
/** Of fewer trials, two standard deviations more may be wrong by chance. */
const MOST_WRONG = 0.05 * TRIALS + (TRIALS < WHOLE ? 2 * Math.sqrt(0.05 * 0.95 * TRIALS) : 0);

interface Played extends TurnResult {
  readonly us: number;
}

interface Player {
  readonly margin?: number;
  /** What of a value of the record the way back added, by the turn's number; absent: it is not known. */
  readonly addedUs?: (turn: number) => number;
}

/** A whole comparison whose turns take their values from the record, one after the other from a random place on. */
async function play(seriesUs: readonly number[], slower: number, seed: number, { margin, addedUs }: Player = {}) {
  const metric = margin === undefined ? P50 : { ...P50, margin };
  const from = new Rng(seed).below(seriesUs.length);
  let turnsPlayed = 0;
  const added = new Map<Played, number>();
  const reading = (played: Played): Reading => {
    const away = added.get(played);
    return { measured: played.us + (away ?? 0), lower: away === undefined ? null : played.us };
  };
  const compare = (rounds: readonly Round<Played>[]) =>
    compareReadings(
      rounds.map(({ a }) => reading(a)),
      rounds.map(({ b }) => reading(b)),
      metric,
      (a, b) =>
        pairedComparison(
          a.map((value, i) => ({ a: value, b: b[i]! })),
          metric,
          true,
        ),
    );
  const settled = (rounds: readonly Round<Played>[]) => {
    const counts = { aRuns: rounds.length, bRuns: rounds.length };
    const cell = { id: 'c', load: 'l', ...counts, metrics: [compare(rounds)], gates: [], leftOut: null };
    return isSettled([cell], [metric], MOST_ROUNDS);
  };
  const turns = await runTurns<Played>({
    source: new AbRounds({ seed, looks: LOOKS, settled }),
    runTurn: async (turn) => {
      const number = turnsPlayed++;
      const us = seriesUs[(from + number) % seriesUs.length]!;
      const played = { turn, invalid: null, us: turn.side === 'b' ? us * (1 + slower) : us };
      if (addedUs !== undefined) added.set(played, addedUs(from + number));
      return played;
    },
    isLast: () => false,
    onTurn: () => {},
    interrupt: new AbortController().signal,
  });
  const rounds = wholeRounds(turns, seed);
  return { word: compare(rounds).word, rounds: rounds.length };
}

/** How many of the trials ended with each word, and after how many rounds in all. */
async function words(
  seriesUs: readonly number[],
  slower: number,
  player: Player = {},
): Promise<Record<'REGRESSED' | 'IMPROVED' | 'EQUIVALENT' | 'INCONCLUSIVE' | 'rounds', number>> {
  const counts = { REGRESSED: 0, IMPROVED: 0, EQUIVALENT: 0, INCONCLUSIVE: 0, rounds: 0 };
  for (let seed = 1; seed <= TRIALS; seed++) {
    const { word, rounds } = await play(seriesUs, slower, seed, player);
    counts[word!]++;
    counts.rounds += rounds;
  }
  return counts;
}

/** The record with every value so many times as far from the middle. */
function spread(times: number): number[] {
  const middle = noise.turnsUs.reduce((sum, us) => sum + us, 0) / noise.turnsUs.length;
  return noise.turnsUs.map((us) => middle + times * (us - middle));
}

/** The record in which one turn in ten, at random, is two to four times as slow. */
function disturbed(): number[] {
  const rng = new Rng(11);
  return noise.turnsUs.map((us) => (rng.next() < 0.1 ? us * (2 + 2 * rng.next()) : us));
}

describe(`a comparison on recorded noise, ${TRIALS} times`, () => {
  for (const times of [1, 5]) {
    const name = times === 1 ? 'as it was' : `${times} times as wide`;
    it(`finds 10 %, and nothing where there is nothing, with noise ${name}`, async () => {
      const slower = await words(spread(times), 0.1);
      assert.ok(slower.REGRESSED >= 0.9 * TRIALS, JSON.stringify(slower));
      const same = await words(spread(times), 0);
      assert.ok(same.REGRESSED + same.IMPROVED <= MOST_WRONG, JSON.stringify(same));
    });

    it(`does not call 2 % a regression where 5 % matter, with noise ${name}`, async () => {
      const counts = await words(spread(times), 0.02);
      assert.equal(counts.REGRESSED, 0, JSON.stringify(counts));
    });
  }

  it('looks more than once where noise hides the answer, and is not wrong the more often for it', async () => {
    const wide = spread(15);
    const lengths = new Set<number>();
    for (let seed = 1; seed <= 100; seed++) lengths.add((await play(wide, 0, seed)).rounds);
    assert.ok(lengths.size > 1, [...lengths].join());
    const same = await words(wide, 0);
    assert.ok(same.REGRESSED + same.IMPROVED <= MOST_WRONG, JSON.stringify(same));
  });

  it('finds 10 %, and nothing where there is nothing, with one turn in ten gone astray', async () => {
    const slower = await words(disturbed(), 0.1);
    assert.ok(slower.REGRESSED >= 0.9 * TRIALS, JSON.stringify(slower));
    const same = await words(disturbed(), 0);
    assert.ok(same.REGRESSED + same.IMPROVED <= MOST_WRONG, JSON.stringify(same));
  });

  for (const [name, series] of [
    ['as it was', noise.turnsUs],
    ['with one turn in ten gone astray', disturbed()],
  ] as const) {
    it(`calls one build two in at most 5 % of comparisons, whatever the margin, with noise ${name}`, async () => {
      const same = await words(series, 0, { margin: 1e-9 });
      assert.ok(same.REGRESSED + same.IMPROVED <= MOST_WRONG, JSON.stringify(same));
    });
  }

  it('keeps to that with both readings, where the way back differs from turn to turn', async () => {
    // Up to a tenth of the handler's time, in another rhythm than that of the record.
    const addedUs = (turn: number) => 300 + 700 * new Rng(turn).next();
    const slower = await words(noise.turnsUs, 0.1, { addedUs });
    assert.ok(slower.REGRESSED >= 0.9 * TRIALS, JSON.stringify(slower));
    const same = await words(noise.turnsUs, 0, { addedUs });
    assert.ok(same.REGRESSED + same.IMPROVED <= MOST_WRONG, JSON.stringify(same));
  });

  it('ends where the exit code is decided: sooner than where every question was to be answered', async () => {
    // Half the way between the margin and none: neither word can be had soon, but worse by 5 % it is not.
    const better = await words(spread(5), -0.04);
    assert.ok(better.rounds < 6 * TRIALS, JSON.stringify(better));
    assert.ok(better.INCONCLUSIVE > 0.3 * TRIALS, JSON.stringify(better));
  });
});

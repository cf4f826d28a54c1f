import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { runTurns } from '../../src/campaign/ab-campaign.js';
import { AbRounds, type Round, type TurnResult, wholeRounds } from '../../src/campaign/ab-rounds.js';
import { Rng } from '../../src/stats/rng.js';
import { LOOKS } from '../../src/verdict/compare/looks.js';
import { comparedMetrics } from '../../src/verdict/compare/metrics.js';
import { pairedComparison } from '../../src/verdict/compare/paired.js';
import type { AbNoise } from './ab-noise.js';

const noise = JSON.parse(readFileSync(new URL('../../../test/lab/ab-noise.json', import.meta.url), 'utf8')) as AbNoise;
const P50 = comparedMetrics().find(({ key }) => key === 'p50')!;
const TRIALS = 1000;

interface Played extends TurnResult {
  readonly us: number;
}

/** A whole comparison whose turns take their values from the record, one after the other from a random place on. */
async function play(seriesUs: readonly number[], slower: number, seed: number) {
  const from = new Rng(seed).below(seriesUs.length);
  let turnsPlayed = 0;
  const compare = (rounds: readonly Round<Played>[]) =>
    pairedComparison(
      rounds.map(({ a, b }) => ({ a: a.us, b: b.us })),
      P50,
      true,
    );
  const turns = await runTurns<Played>({
    source: new AbRounds({ seed, looks: LOOKS, settled: (rounds) => compare(rounds).word !== 'INCONCLUSIVE' }),
    runTurn: async (turn) => {
      const us = seriesUs[(from + turnsPlayed++) % seriesUs.length]!;
      return { turn, invalid: null, us: turn.side === 'b' ? us * (1 + slower) : us };
    },
    isLast: () => false,
    onTurn: () => {},
    interrupt: new AbortController().signal,
  });
  const rounds = wholeRounds(turns, seed);
  return { word: compare(rounds).word, rounds: rounds.length };
}

/** How many of the trials ended with each word. */
async function words(seriesUs: readonly number[], slower: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = { REGRESSED: 0, IMPROVED: 0, EQUIVALENT: 0, INCONCLUSIVE: 0 };
  for (let seed = 1; seed <= TRIALS; seed++) counts[(await play(seriesUs, slower, seed)).word!]!++;
  return counts;
}

/** The record with every value so many times as far from the middle. */
function spread(times: number): number[] {
  const middle = noise.turnsUs.reduce((sum, us) => sum + us, 0) / noise.turnsUs.length;
  return noise.turnsUs.map((us) => middle + times * (us - middle));
}

describe('a comparison on recorded noise, a thousand times', () => {
  for (const times of [1, 5]) {
    const name = times === 1 ? 'as it was' : `${times} times as wide`;
    it(`finds 10 %, and nothing where there is nothing, with noise ${name}`, async () => {
      const slower = await words(spread(times), 0.1);
      assert.ok(slower['REGRESSED']! >= 0.9 * TRIALS, JSON.stringify(slower));
      const same = await words(spread(times), 0);
      assert.ok(same['REGRESSED']! + same['IMPROVED']! <= 0.05 * TRIALS, JSON.stringify(same));
    });

    it(`does not call 2 % a regression where 5 % matter, with noise ${name}`, async () => {
      const counts = await words(spread(times), 0.02);
      assert.equal(counts['REGRESSED'], 0, JSON.stringify(counts));
    });
  }

  it('looks more than once where noise hides the answer, and is not wrong the more often for it', async () => {
    const wide = spread(15);
    const lengths = new Set<number>();
    for (let seed = 1; seed <= 100; seed++) lengths.add((await play(wide, 0, seed)).rounds);
    assert.ok(lengths.size > 1, [...lengths].join());
    const same = await words(wide, 0);
    assert.ok(same['REGRESSED']! + same['IMPROVED']! <= 0.05 * TRIALS, JSON.stringify(same));
  });
});

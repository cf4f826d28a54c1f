import { Rng, seedOf } from '../stats/rng.js';

/** The two builds of a comparison: A is what there was, B what is to take its place. */
export type Side = 'a' | 'b';

const BLOCK = 2;

/**
 * Who goes first and who second in a round, counted from 1. Two rounds make a block, ABBA or BAAB by the seed: within a
 * block whatever drifts steadily (a machine that warms up) weighs on both sides alike, and no side comes first by habit.
 */
export function turnOrder(seed: number, round: number): readonly [first: Side, second: Side] {
  const block = Math.ceil(round / BLOCK);
  const blockStartsWithA = new Rng(seedOf('ab', seed, block)).below(2) === 0;
  const isFirstOfBlock = round % BLOCK === 1;
  return blockStartsWithA === isFirstOfBlock ? ['a', 'b'] : ['b', 'a'];
}

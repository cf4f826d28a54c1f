import { Rng, seedOf } from '../stats/rng.js';
import type { Side } from '../verdict/compare/compared-run.js';

const BLOCK = 2;

/**
 * Which build goes first and which second in a round, counted from 1. Two rounds make a block: A B, B A or B A, A B, as
 * the seed decides. Within a block a steady drift (a machine that warms up) affects both builds alike.
 */
export function turnOrder(seed: number, round: number): readonly [first: Side, second: Side] {
  const block = Math.ceil(round / BLOCK);
  const blockStartsWithA = new Rng(seedOf('ab', seed, block)).below(2) === 0;
  const isFirstOfBlock = round % BLOCK === 1;
  return blockStartsWithA === isFirstOfBlock ? ['a', 'b'] : ['b', 'a'];
}

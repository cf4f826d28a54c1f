import { type CellResult, QUANTILES, type QuantileName } from '../../src/metrics/cell-result.js';
import { DEFAULT_ACCURACY } from '../../src/profile/accuracy.js';
import { judgedQuantiles } from '../../src/verdict/judged-quantiles.js';
import { judgeCell } from '../../src/verdict/validity.js';
import type { Validity } from '../../src/verdict/verdict.js';
import type { TappedMessage } from './tapped-run.js';
import { Sorted } from './truth-delays.js';

/** A printed quantile, what wsurge says of it and what is true; milliseconds. */
export interface JudgedQuantile {
  readonly name: QuantileName;
  /** What the target's own value lies between, as wsurge says. */
  readonly bracket: readonly [number, number];
  /** From the sending, as a tap saw it, to the reply's leaving, as the server logged it. */
  readonly truth: number;
}

/** The word on a run of which the truth is known. */
export interface JudgedRun {
  readonly word: Validity;
  readonly quantiles: readonly JudgedQuantile[];
  /** Why it is not VALID. */
  readonly reasons: readonly string[];
}

export function judgedRun(result: CellResult, messages: readonly TappedMessage[]): JudgedRun {
  const { validity, reasons } = judgeCell(result, []);
  const own = messages.flatMap(({ truth, sentUs }) => (truth?.outUs == null ? [] : [(truth.outUs - sentUs) / 1000]));
  const truth = new Sorted(own.filter((ms) => !Number.isNaN(ms)));
  const quantiles = judgedQuantiles(result, []).flatMap((name) => {
    const bracket = result.brackets?.quantiles[name];
    if (bracket === undefined) return [];
    return [{ name, bracket: [bracket[0] / 1000, bracket[1] / 1000] as const, truth: truth.at(QUANTILES[name]) }];
  });
  const doubts = reasons.filter(({ side, severity }) => side === 'client' && severity !== 'note');
  return { word: validity, quantiles, reasons: doubts.map(({ code, message }) => `${code}: ${message}`) };
}

/** How far a truth may lie outside its bracket: the clocks' agreement, a bucket, and chance. */
const OUTSIDE = { share: 0.1, ms: 0.5 };
/** A figure so far above the truth says more of the generator than of the target. */
const TOO_HIGH = { share: 0.5, ms: 5 };

export function isBracketRight({ bracket: [low, high], truth }: JudgedQuantile): boolean {
  const outside = Math.max(low - truth, truth - high);
  return !(outside > OUTSIDE.share * truth && outside > OUTSIDE.ms);
}

/** VALID, and wrong all the same. */
export function isMiss({ word, quantiles }: JudgedRun): boolean {
  return word === 'valid' && quantiles.some((each) => !isBracketRight(each) || isTooHigh(each));
}

function isTooHigh({ bracket: [, high], truth }: JudgedQuantile): boolean {
  return high - truth > TOO_HIGH.share * truth && high - truth > TOO_HIGH.ms;
}

/** Every bracket is right and as narrow as was asked for, and the word is another one than VALID. */
export function isFalseAlarm({ word, quantiles }: JudgedRun): boolean {
  return word !== 'valid' && quantiles.length > 0 && quantiles.every((each) => isBracketRight(each) && isFine(each));
}

function isFine({ bracket: [low, high] }: JudgedQuantile): boolean {
  return high - low <= Math.max(DEFAULT_ACCURACY.share * high, DEFAULT_ACCURACY.us / 1000);
}

import { burst } from './burst.js';
import { canonicalSet } from './canonical-set.js';
import type { Experiment } from './experiment.js';
import { floor } from './floor.js';
import { heavyConnections } from './heavy-connections.js';
import { intervalCoverage } from './interval-coverage.js';
import { offeredLoad } from './offered-load.js';
import { plannedLoad } from './planned-load.js';
import { randomDelay } from './random-delay.js';
import { randomSets } from './random-sets.js';
import { slowStart } from './slow-start.js';
import { slowUpgrade } from './slow-upgrade.js';
import { stall } from './stall.js';
import { twoPeaks } from './two-peaks.js';
import { unfitGenerator } from './unfit-generator.js';
import { wrongReplies } from './wrong-replies.js';

/** Experiments that only compute: the same on every machine, and part of `npm test`. */
export const computed: readonly Experiment[] = [canonicalSet, randomSets, plannedLoad, intervalCoverage];

/** Every experiment, in the order it runs. */
export const experiments: readonly Experiment[] = [
  floor,
  canonicalSet,
  randomSets,
  stall,
  randomDelay,
  twoPeaks,
  plannedLoad,
  offeredLoad,
  unfitGenerator,
  slowStart,
  slowUpgrade,
  wrongReplies,
  intervalCoverage,
  heavyConnections,
  burst,
];

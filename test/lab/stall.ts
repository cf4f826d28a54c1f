import { outOfStallUs } from '../../src/server/faults/stall.js';
import type { TruthEntry } from '../../src/server/faults/truth-entry.js';
import { responseFinding } from './bounds.js';
import type { Experiment } from './experiment.js';
import { runLibrary } from './library-run.js';
import { measured, Sorted } from './truth-delays.js';

const STALL_MS = 100;
const PERIOD_MS = 1000;
/** No divisor of the period, so that messages come at all phases of it: 1,000 a second would know a quantile only to 1 ms. */
const RATE_PER_SECOND = 997;
const WARMUP_SECONDS = 1;

/** The quantile of a wait that lasts until the end of a recurring stall. */
function waitMs(q: number): number {
  return STALL_MS - (1 - q) * PERIOD_MS;
}

export const stall: Experiment = {
  id: 'L4',
  title: 'A server that stands still for 100 ms of every second',
  truth:
    `For 20 s, ${RATE_PER_SECOND} messages a second on 50 connections; in the last 100 ms of each second the server looks at nothing, then answers all that waited. One message in ten waits, evenly between 0 and 100 ms: ` +
    'quantile q is S - (1 - q) P, the mean S²/2P. p90 is the edge between those that wait and those that do not, so nothing is said of it. ' +
    'The hundred answers after a stall do not leave all at once: what the server needs for them, by its log, is allowed for.',
  run: async (lab) => {
    const floor = await lab.floor();
    const load = [{ name: 'stall', connections: 50, rate: RATE_PER_SECOND }];
    const { cells, truth } = await runLibrary('stall:100ms/1s', {
      load,
      warmup: `${WARMUP_SECONDS}s`,
      duration: '20s',
    });
    const cell = cells[0]!;
    const late = new Sorted(serverLateMs(truth));
    return [
      responseFinding(cell, floor, 'p95', waitMs(0.95), late.at(0.99)),
      responseFinding(cell, floor, 'p99', waitMs(0.99), late.at(0.99)),
      responseFinding(cell, floor, 'p99_9', waitMs(0.999), late.at(0.99)),
      responseFinding(cell, floor, 'max', waitMs(1), late.at(1)),
      responseFinding(cell, floor, 'mean', STALL_MS ** 2 / (2 * PERIOD_MS), late.mean),
    ];
  },
};

/** How much later than the plan of the stalls each reply left. */
function serverLateMs(truth: readonly TruthEntry[]): number[] {
  const start = truth.find((entry) => entry.kind === 'start')!;
  const plan = { lengthUs: STALL_MS * 1000, periodUs: PERIOD_MS * 1000 };
  return measured(truth, RATE_PER_SECOND, WARMUP_SECONDS).map(
    ({ inUs, outUs }) => (outUs! - outOfStallUs(plan, start.startUs, inUs)) / 1000,
  );
}

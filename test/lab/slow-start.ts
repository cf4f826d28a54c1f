import { highestInBucket } from '../../src/metrics/buckets.js';
import { Totals } from '../../src/metrics/histogram.js';
import { FIRST_SEQUENCE } from '../../src/plan/sequence.js';
import type { TruthMessage } from '../../src/server/faults/truth-entry.js';
import { responseFinding } from './bounds.js';
import { type Experiment, exactly } from './experiment.js';
import { runLibrary } from './library-run.js';
import { delayMs, measured, Sorted, sinceIntendedMs } from './truth-delays.js';

const SLOW_MS = 200;
const FAST_MS = 2;
const RATE_PER_SECOND = 1000;
const WARMUP_SECONDS = 6;
/** Clearly one of the slow. */
const SLOW_FROM_MS = 100;

export const slowStart: Experiment = {
  id: 'L9',
  title: 'A server that is slow for its first five seconds',
  truth:
    'The server takes 200 ms for each reply for 5 s from its first message on, then 2 ms. 1,000 messages a second on 50 connections, 6 s of warm-up, 10 s measured. ' +
    'The measured quantiles are those of the log after the warm-up, from the instant a message was meant for, and no slow reply is among them; all slow ones, to the message, are in the histogram of the warm-up.',
  run: async (lab) => {
    const floor = await lab.floor();
    const load = [{ name: 'start', connections: 50, rate: RATE_PER_SECOND }];
    const faults = `delay:first(5s,${SLOW_MS}ms,${FAST_MS}ms)`;
    const { cells, truth } = await runLibrary(faults, { load, warmup: `${WARMUP_SECONDS}s`, duration: '10s' });
    const cell = cells[0]!;
    const afterWarmup = measured(truth, RATE_PER_SECOND, WARMUP_SECONDS);
    const delays = new Sorted(sinceIntendedMs(afterWarmup, RATE_PER_SECOND));
    const slow = truth.filter(
      (entry): entry is TruthMessage => entry.kind === 'message' && delayMs(entry) > SLOW_FROM_MS,
    );
    // The canary sends the first message's bytes ahead of it.
    const isCanarySlow = slow.some(
      ({ sequence, ordinal, connection }) => sequence === FIRST_SEQUENCE && ordinal === 0 && connection === 0,
    );
    return [
      responseFinding(cell, floor, 'p50', delays.at(0.5)),
      responseFinding(cell, floor, 'p99', delays.at(0.99)),
      exactly('slow replies measured', 'messages', 0, slowIn(cell.flows[0]!.histograms.response)),
      exactly(
        'slow replies in the warm-up',
        'messages',
        slow.length - (isCanarySlow ? 1 : 0),
        slowIn(cell.flows[0]!.warmupHistograms.response),
      ),
    ];
  },
};

/** Replies of a histogram that took more than half of what slow ones take. */
function slowIn(histogram: string | null): number {
  const sparse = histogram === null ? [] : Totals.decode(histogram).sparse();
  let slow = 0;
  for (let i = 0; i < sparse.length; i += 2) {
    if (highestInBucket(sparse[i]!) > SLOW_FROM_MS * 1000) slow += sparse[i + 1]!;
  }
  return slow;
}

import { highestInBucket } from '../../src/metrics/buckets.js';
import { Totals } from '../../src/metrics/histogram.js';
import { responseFinding } from './bounds.js';
import { type Experiment, finding } from './experiment.js';
import { runLibrary } from './library-run.js';
import { measured, Sorted, sinceIntendedMs } from './truth-delays.js';

const [LOW_MS, HIGH_MS] = [2, 200];
const VALLEY_MS = { from: 20, to: 180 };
const RATE_PER_SECOND = 1000;
const MOST_PERCENT = 0.05;

export const twoPeaks: Experiment = {
  id: 'L6',
  title: 'A server that takes 2 ms, and 200 ms for one reply in two hundred',
  truth:
    'For 20 s, 1,000 messages a second on 50 connections. The server takes between 20 and 180 ms for no reply, so next to nothing may be reported there: at most 0.05 % more than its log has. ' +
    'p99 belongs to the fast replies, p99.9 to the slow ones; all as logged, from the instant a message was meant for.',
  run: async (lab) => {
    const floor = await lab.floor();
    const load = [{ name: 'peaks', connections: 50, rate: RATE_PER_SECOND }];
    const faults = `delay:bimodal(${LOW_MS}ms,${HIGH_MS}ms,0.5%)`;
    const { cells, truth } = await runLibrary(faults, { load, warmup: '1s', duration: '20s' });
    const cell = cells[0]!;
    const delaysMs = sinceIntendedMs(measured(truth, RATE_PER_SECOND, 1), RATE_PER_SECOND);
    const delays = new Sorted(delaysMs);
    const between = percentBetween(Totals.decode(cell.flows[0]!.histograms.response!));
    const really = (100 * delaysMs.filter(isBetween).length) / delaysMs.length;
    return [
      finding('replies between 20 and 180 ms', '%', really, between, { below: 0, above: MOST_PERCENT }),
      responseFinding(cell, floor, 'p50', delays.at(0.5)),
      responseFinding(cell, floor, 'p99', delays.at(0.99)),
      responseFinding(cell, floor, 'p99_9', delays.at(0.999)),
    ];
  },
};

function percentBetween(totals: Totals): number {
  const sparse = totals.sparse();
  let between = 0;
  for (let i = 0; i < sparse.length; i += 2) {
    if (isBetween(highestInBucket(sparse[i]!) / 1000)) between += sparse[i + 1]!;
  }
  return (100 * between) / totals.count;
}

function isBetween(ms: number): boolean {
  return ms >= VALLEY_MS.from && ms <= VALLEY_MS.to;
}

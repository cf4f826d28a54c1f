import { Totals } from '../../src/metrics/histogram.js';
import { Recording } from '../../src/metrics/recording.js';
import { cellWith } from '../plan/cell-builder.js';
import { lagMs, responseFinding } from './bounds.js';
import { type Experiment, exactly, finding } from './experiment.js';
import { runTapped, type TappedMessage } from './tapped-run.js';
import { delayMs, Sorted } from './truth-delays.js';

const EARLIEST_MS = 0.05;

export const randomDelay: Experiment = {
  id: 'L5',
  title: 'A server that takes 10 ms on average, exponentially, and writes down each',
  truth:
    'For 20 s, 1,000 messages a second on 50 connections. For each message the server logs when it came and when its reply went out, on the clock that the client stamps with as well. ' +
    'So the error of every single response time is known: what was received, less what went out. Its first percentile may not be below -0.05 ms, its 99th not above send lag and floor. ' +
    'The reported histogram must hold, bucket by bucket, what a tap on the connections saw; its quantiles are set beside those of the delays in the log.',
  run: async (lab) => {
    const floor = await lab.floor();
    const cell = cellWith({
      connections: { from: 50, to: 50 },
      rate: { from: 1000, to: 1000 },
      durationMs: 20_000,
    });
    const { result, messages } = await runTapped(cell, { faults: 'delay:exp(10ms)' });
    const answered = messages.filter(({ truth, receivedUs }) => truth?.outUs != null && !Number.isNaN(receivedUs));
    const errors = new Sorted(answered.map(({ receivedUs, truth }) => (receivedUs - truth!.outUs!) / 1000));
    const delays = new Sorted(answered.map(({ truth }) => delayMs(truth!)));
    const allowed = { below: EARLIEST_MS, above: lagMs(result).p99 + floor.p99 };
    return [
      exactly('messages answered', 'messages', cell.durationMs, answered.length),
      finding('error of a message p1', 'ms', 0, errors.at(0.01), allowed),
      finding('error of a message p50', 'ms', 0, errors.at(0.5), allowed),
      finding('error of a message p99', 'ms', 0, errors.at(0.99), allowed),
      exactly(
        'messages in other buckets than tapped',
        'messages',
        0,
        misplaced(result.flows[0]!.histograms.response!, answered),
      ),
      responseFinding(result, floor, 'p50', delays.at(0.5)),
      responseFinding(result, floor, 'p95', delays.at(0.95)),
      responseFinding(result, floor, 'p99', delays.at(0.99)),
      responseFinding(result, floor, 'p99_9', delays.at(0.999)),
    ];
  },
};

/** Messages that the reported histogram has in another bucket than the tapped stamps would put them. */
export function misplaced(reported: string, messages: readonly TappedMessage[]): number {
  const recording = new Recording();
  for (const { responseUs } of messages) recording.record(responseUs);
  const difference = new Map<number, number>();
  const add = (sparse: readonly number[], sign: 1 | -1) => {
    for (let i = 0; i < sparse.length; i += 2) {
      difference.set(sparse[i]!, (difference.get(sparse[i]!) ?? 0) + sign * sparse[i + 1]!);
    }
  };
  add(Totals.decode(reported).sparse(), 1);
  add(recording.drain(), -1);
  return [...difference.values()].reduce((sum, count) => sum + Math.abs(count), 0) / 2;
}

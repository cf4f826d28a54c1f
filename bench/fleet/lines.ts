/** What simulated agents tell: lines as those of four workers with 1,000 messages a second each, and their ends. */

import { C, COUNTERS } from '../../src/metrics/counters.js';
import type { GroupEnd } from '../../src/metrics/group-end.js';
import { INTERVAL_VERSION, type Interval, type WorkerSpan } from '../../src/metrics/interval.js';
import { LineCounts } from '../../src/metrics/line-counts.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { Recording } from '../../src/metrics/recording.js';
import { WorkerLedger } from '../../src/metrics/worker-ledger.js';
import type { Cell } from '../../src/plan/cell.js';
import { Rng } from '../../src/stats/rng.js';
import { FLEET_LINE } from './load.js';

const HEALTH = {
  ...{ busy: 0.41, blockedMs: 3.7, blockedWaitMs: 0.2, pausedMs: 0, runQueueWaitMs: 4.25, cpuMs: 1630.5 },
  ...{ gcPauseMsMax: 1.9, gcLongPauses: 0, gcLongPauseMs: 0, heapBytes: 41_500_000 },
};

/** The line of one second of the measured time, without its agent, workers and number. */
export function lineOf(cell: Cell, second: number): Omit<Interval, 'agent' | 'workers' | 'line'> {
  const rng = new Rng(1 + second);
  const { messages, connections } = FLEET_LINE;
  // A log-normal time around 2 ms, a response a little longer, a send lag around 60 us.
  const normal = () => Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
  const times = { response: new Recording(), service: new Recording(), lag: new Recording() };
  for (let i = 0; i < messages; i++) {
    const serviceUs = 2000 * Math.exp(0.55 * normal());
    const lagUs = 60 * Math.exp(0.7 * normal());
    times.service.record(serviceUs);
    times.lag.record(lagUs);
    times.response.record(serviceUs + lagUs);
  }
  const counters = COUNTERS.map(() => 0);
  for (const name of ['planned', 'sent', 'answered', 'received'] as const) counters[C[name]] = messages;
  const histograms = { response: times.response.drain(), service: times.service.drain(), lag: times.lag.drain() };
  const bytes = { sent: messages * 64, received: messages * 64 };
  return {
    ...{ v: INTERVAL_VERSION, cell: cell.id, elapsedMs: 1000, stage: 'measure', second },
    ...new Recorder(cell).flush(),
    flow: [{ phase: 'measure', second, counters, histograms, bytes }],
    ...{ bytes, open: connections, openMin: connections, inFlight: 0, health: HEALTH, instrument: null },
  };
}

/** What an agent tells when its lines are told. */
export function endOf(cell: Cell, agent: string, workers: WorkerSpan, lines: readonly Interval[]): GroupEnd {
  const counts = new LineCounts(agent, cell.id, 0);
  for (const line of lines) counts.add(line);
  const totals = counts.totals();
  const open = lines.map((line) => line.openMin);
  const [from, to] = workers;
  const quiet = { sums: lines.map(() => 0), silent: [] };
  return {
    ...{ workers, written: totals, closed: totals, violations: [], byConnection: [] },
    results: Array.from({ length: to - from }, (_, i) => new WorkerLedger(from + i, cell.id).result(5_000_000)),
    latencies: {
      response: lines[0]?.flow[0]?.histograms.response ?? [],
      service: lines[0]?.flow[0]?.histograms.service ?? [],
    },
    seconds: { open: { sums: open, silent: [] }, inFlight: quiet, held: quiet },
    ...{ openAtEnd: 0, pinged: open[0] ?? 0, withoutPong: 0, used: { ordinals: 1, lives: 1 }, stopped: false },
  };
}

/** Saved runs that could have been: a document and the lines its cells might have written. Deterministic. */

import type { ResultDocument } from '../../../src/documents/result-document.js';
import type { SavedRun } from '../../../src/documents/saved-run.js';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import { COUNTERS, type CounterName } from '../../../src/metrics/counters.js';
import type { Interval, SparseCounts } from '../../../src/metrics/interval.js';
import { Recording } from '../../../src/metrics/recording.js';
import type { ServerSecond } from '../../../src/metrics/seconds/server-second.js';
import { timelinesOf } from '../../../src/metrics/seconds/timeline.js';

const NO_CONNECTIONS = { attempts: 0, opened: 0, failed: 0, abandoned: 0, closedClean: 0, closedDirty: 0 };

/** A line of one worker: a second in which it was healthy, with nothing to tell unless said otherwise. */
export function intervalOf(some: Partial<Interval> = {}): Interval {
  return {
    ...{ v: 2, agent: 'local', cell: 'a', workers: [0, 1], line: 0, elapsedMs: 1000, stage: 'measure', flow: [] },
    connections: NO_CONNECTIONS,
    connect: { wait: [], tcp: [], tls: [], upgrade: [], total: [] },
    ...{ sessions: [], pings: [], closes: [], errors: [], bytes: { sent: 0, received: 0 } },
    ...{ second: 0, open: 0, openMin: 0, inFlight: 0, instrument: null },
    health: {
      ...{ busy: 0.1, blockedMs: 2, blockedWaitMs: null, pausedMs: 0, runQueueWaitMs: 1, cpuMs: 80 },
      ...{ gcPauseMsMax: 0, gcLongPauses: 0, gcLongPauseMs: 0, heapBytes: 9e6 },
    },
    ...some,
  };
}

/** Counters in their order in a line, zero where not given. */
export function countersIn(some: Partial<Record<CounterName, number>>): number[] {
  return COUNTERS.map((name) => some[name] ?? 0);
}

export function countsOf(...us: readonly number[]): SparseCounts {
  const recording = new Recording();
  for (const each of us) recording.record(each);
  return recording.drain();
}

const PER_SECOND = 10;

/** Two seconds of connecting, one of warm-up, three measured, one of closing; two workers with half of the load each. */
export function linesOf({ id, axes, requests = [] }: CellResult): Interval[] {
  return [0, 1].flatMap((worker) => {
    const open = Math.floor((axes.connections + 1 - worker) / 2);
    const stages: readonly Interval['stage'][] = [
      'connect',
      'idle',
      'warmup',
      'measure',
      'measure',
      'measure',
      'close',
    ];
    return stages.map((stage, line) => {
      const second = line - 2;
      const isFlow = stage === 'warmup' || stage === 'measure';
      return intervalOf({
        ...{ cell: id, workers: [worker, worker + 1] as const, line, stage, second: line < 2 ? null : second },
        open: stage === 'close' ? 0 : open,
        connections: line === 0 ? { ...NO_CONNECTIONS, attempts: open, opened: open } : NO_CONNECTIONS,
        flow: isFlow ? flowsAt(stage, stage === 'warmup' ? 0 : second - 1, worker, requests) : [],
        bytes: isFlow ? { sent: 900, received: 880 } : { sent: 0, received: 0 },
      });
    });
  });
}

/** One entry, or one for each request: the first has the even messages of each worker, the second the odd ones, ... */
function flowsAt(
  phase: 'warmup' | 'measure',
  second: number,
  worker: number,
  requests: readonly unknown[],
): Interval['flow'] {
  if (requests.length === 0) return [flowAt(phase, second, worker)];
  return requests.map((_, request) => ({
    ...flowAt(phase, second, worker, (i) => i % requests.length === request),
    request,
  }));
}

function flowAt(
  phase: 'warmup' | 'measure',
  second: number,
  worker: number,
  has: (i: number) => boolean = () => true,
): Interval['flow'][number] {
  const own = Array.from({ length: PER_SECOND }, (_, i) => i).filter(has);
  const lag = own.map((i) => 100 + 7 * i + worker);
  const service = lag.map((us, i) => 400 + us * (second + 1) + own[i]!);
  const count = own.length;
  return {
    ...{ phase, second },
    counters: countersIn({ planned: count, sent: count, answered: count, received: count }),
    histograms: {
      response: countsOf(...service.map((us, i) => us + lag[i]!)),
      service: countsOf(...service),
      lag: countsOf(...lag),
    },
  };
}

/** What was seen of the server in the three measured seconds, where it could be seen. */
export function serverSecondsOf({ id, server }: CellResult): ServerSecond[] {
  if (server.status !== 'measured') return [];
  const cpuMs = (server.cpuPercent ?? 0) * 10;
  return [0, 1, 2].map((second) => ({
    ...{ v: 1, cell: id, second, elapsedMs: 1000, machineCpuMs: 2 * cpuMs + 300 },
    server: { cpuMs: cpuMs + 10 * (second - 1), rssBytes: 60e6 + 1e6 * second },
  }));
}

export function savedRunOf(document: ResultDocument): SavedRun {
  const { cells } = document;
  return { document, timelines: timelinesOf(cells.flatMap(linesOf), cells.flatMap(serverSecondsOf)) };
}

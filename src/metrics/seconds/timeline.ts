/** A cell second by second, rebuilt from its lines alone: the data of a chart, a CSV file or a histogram log. */
import type { Phase } from '../../plan/cell.js';
import type { CounterName } from '../counters.js';
import { type Interval, LATENCIES, type LatencyName, type SparseCounts } from '../interval.js';
import { FANOUT_TIMES, type FanoutSecond } from './fanout-second.js';
import { messageSeconds } from './message-seconds.js';
import { SecondTable } from './second-table.js';
import type { ServerSecond } from './server-second.js';
import { WallSeconds } from './wall-seconds.js';

/** Messages due in one second of one phase, over all workers. */
export interface MessageSecond {
  readonly phase: Phase;
  /** Counts from 0 at the start of the phase. */
  readonly second: number;
  readonly counters: Readonly<Record<CounterName, number>>;
  readonly histograms: Readonly<Record<LatencyName, SparseCounts>>;
  /** Null where no message reaches others. */
  readonly fanout: FanoutSecond | null;
}

/** One second of wall time from the workers' lines: sums over workers, and the worst of their health. */
export interface WallSecond {
  /** Whole seconds from t0; negative before t0. */
  readonly fromT0: number;
  readonly stage: Interval['stage'];
  readonly open: number;
  readonly opened: number;
  readonly failed: number;
  readonly closed: number;
  /** Errors of all phases. */
  readonly errors: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly busy: number;
  readonly blockedMs: number;
  readonly gcPauseMs: number;
  /** Null if the kernel does not tell. */
  readonly runQueueWaitMs: number | null;
  /** CPU of all workers together; 100 = one core; null if the kernel does not tell. */
  readonly cpuPercent: number | null;
}

export interface CellTimeline {
  readonly cell: string;
  readonly messages: readonly MessageSecond[];
  /** The same of each request, in the order of the profile; absent without requests. */
  readonly requests?: readonly (readonly MessageSecond[])[];
  readonly wall: readonly WallSecond[];
  /** Seconds of the measured time, in order; empty if the run wrote none. */
  readonly server: readonly ServerSecond[];
}

/** One timeline per cell, in the order in which the cells first appear. */
export function timelinesOf(
  intervals: readonly Interval[],
  serverSeconds: readonly ServerSecond[] = [],
): CellTimeline[] {
  const builder = new TimelineBuilder();
  for (const interval of intervals) builder.interval(interval);
  for (const second of serverSeconds) builder.serverSecond(second);
  return builder.timelines();
}

export interface TimelineOptions {
  /** How many seconds of each cell are kept; the oldest are dropped. All by default. */
  readonly mostSeconds?: number;
  /** Whether the seconds of each request are kept as well. */
  readonly byRequest?: boolean;
}

/**
 * Builds timelines as lines arrive. Only sums over workers are kept for each second, with packed histograms: about a
 * kilobyte per second, and per request and second, whatever the number of workers.
 */
export class TimelineBuilder {
  readonly #mostSeconds: number;
  readonly #byRequest: boolean;
  readonly #cells = new Map<string, CellBuilder>();
  readonly #server = new Map<string, ServerSecond[]>();

  constructor({ mostSeconds = Number.POSITIVE_INFINITY, byRequest = true }: TimelineOptions = {}) {
    this.#mostSeconds = mostSeconds;
    this.#byRequest = byRequest;
  }

  interval(interval: Interval): void {
    let cell = this.#cells.get(interval.cell);
    if (cell === undefined) {
      cell = { messages: this.#table(), requests: [], wall: new WallSeconds(this.#mostSeconds) };
      this.#cells.set(interval.cell, cell);
    }
    for (const delta of interval.flow) {
      cell.messages.add(delta);
      if (this.#byRequest && delta.request !== undefined) this.#tableOf(cell, delta.request).add(delta);
    }
    cell.wall.add(interval);
  }

  serverSecond(second: ServerSecond): void {
    const seconds = this.#server.get(second.cell);
    if (seconds === undefined) this.#server.set(second.cell, [second]);
    else if (seconds.push(second) > 2 * this.#mostSeconds) seconds.splice(0, this.#mostSeconds);
  }

  /** The timelines so far. More lines may be added afterwards. */
  timelines(): CellTimeline[] {
    return [...this.#cells].map(([cell, builder]) => ({
      cell,
      messages: messageSeconds(builder.messages),
      ...(builder.requests.length === 0 ? {} : { requests: builder.requests.map(messageSeconds) }),
      wall: builder.wall.seconds(),
      server: (this.#server.get(cell) ?? []).toSorted((a, b) => a.second - b.second),
    }));
  }

  #table(): SecondTable {
    return new SecondTable(LATENCIES, this.#mostSeconds, FANOUT_TIMES);
  }

  /** Requests are numbered as in the profile, and may be told of in any order. */
  #tableOf({ requests }: CellBuilder, request: number): SecondTable {
    while (requests.length <= request) requests.push(this.#table());
    return requests[request]!;
  }
}

interface CellBuilder {
  readonly messages: SecondTable;
  readonly requests: SecondTable[];
  readonly wall: WallSeconds;
}

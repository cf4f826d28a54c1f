/** A cell second by second, made anew from its lines alone: what a chart, a CSV file or a histogram log shows. */
import type { Phase } from '../plan/cell.js';
import type { CounterName } from './counters.js';
import type { Interval, LatencyName, SparseCounts } from './interval.js';
import { MessageSeconds } from './message-seconds.js';
import type { ServerSecond } from './server-second.js';
import { WallSeconds } from './wall-seconds.js';

/** Messages due in one second of one phase, over all workers. */
export interface MessageSecond {
  readonly phase: Phase;
  /** From the start of the phase, from 0. */
  readonly second: number;
  readonly counters: Readonly<Record<CounterName, number>>;
  readonly histograms: Readonly<Record<LatencyName, SparseCounts>>;
}

/** What the workers' lines say of one second of wall time: sums over workers, and of their health the worst. */
export interface WallSecond {
  /** Whole seconds from t0; negative before it. */
  readonly fromT0: number;
  readonly stage: Interval['stage'];
  readonly open: number;
  readonly opened: number;
  readonly failed: number;
  readonly closed: number;
  /** Errors of any phase. */
  readonly errors: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly busy: number;
  readonly blockedMs: number;
  readonly gcPauseMs: number;
  /** Null where the kernel does not say. */
  readonly runQueueWaitMs: number | null;
  /** Of all workers together; 100 = one core; null where the kernel does not say. */
  readonly cpuPercent: number | null;
}

export interface CellTimeline {
  readonly cell: string;
  readonly messages: readonly MessageSecond[];
  readonly wall: readonly WallSecond[];
  /** Of the measured time, in order; none where the run wrote none. */
  readonly server: readonly ServerSecond[];
}

/** One timeline a cell, in the order in which the cells first appear. */
export function timelinesOf(
  intervals: readonly Interval[],
  serverSeconds: readonly ServerSecond[] = [],
): CellTimeline[] {
  const builder = new TimelineBuilder();
  for (const interval of intervals) builder.interval(interval);
  for (const second of serverSeconds) builder.serverSecond(second);
  return builder.timelines();
}

/**
 * Timelines as their lines come. Of a line only its second is kept, added up over workers, with the histograms packed: a
 * day takes about a kilobyte a second, whatever the number of workers.
 */
export class TimelineBuilder {
  readonly #mostSeconds: number;
  readonly #cells = new Map<string, CellBuilder>();
  readonly #server = new Map<string, ServerSecond[]>();

  /** `mostSeconds`: of each cell; the oldest are forgotten. */
  constructor(mostSeconds = Number.POSITIVE_INFINITY) {
    this.#mostSeconds = mostSeconds;
  }

  interval(interval: Interval): void {
    let cell = this.#cells.get(interval.cell);
    if (cell === undefined) {
      cell = { messages: new MessageSeconds(this.#mostSeconds), wall: new WallSeconds(this.#mostSeconds) };
      this.#cells.set(interval.cell, cell);
    }
    for (const delta of interval.flow) cell.messages.add(delta);
    cell.wall.add(interval);
  }

  serverSecond(second: ServerSecond): void {
    const seconds = this.#server.get(second.cell);
    if (seconds === undefined) this.#server.set(second.cell, [second]);
    else if (seconds.push(second) > 2 * this.#mostSeconds) seconds.splice(0, this.#mostSeconds);
  }

  /** What there is so far; more may be added afterwards. */
  timelines(): CellTimeline[] {
    return [...this.#cells].map(([cell, builder]) => ({
      cell,
      messages: builder.messages.seconds(),
      wall: builder.wall.seconds(),
      server: (this.#server.get(cell) ?? []).toSorted((a, b) => a.second - b.second),
    }));
  }
}

interface CellBuilder {
  readonly messages: MessageSeconds;
  readonly wall: WallSeconds;
}

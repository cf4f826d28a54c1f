/** Seconds of wall time, added up from the workers' lines as they arrive. */

import { forgetOldest } from '../forget-oldest.js';
import type { Interval } from '../interval.js';
import type { WallSecond } from './timeline.js';

/** Shares (busy, waiting) of a shorter line are ignored, because they mean little. */
const SHORTEST_HEALTH_MS = 50;

export class WallSeconds {
  readonly #most: number;
  readonly #places = new Map<number, WallSums>();
  /** Lines before t0 are kept apart, because they have no second yet. */
  readonly #before = new Map<number, Interval[]>();

  /** `most`: how many seconds from t0 are kept; the oldest are dropped. */
  constructor(most: number) {
    this.#most = most;
  }

  add(line: Interval): void {
    if (line.second !== null) {
      this.#at(line.second + partOf(line)).add(line);
      return;
    }
    const own = this.#before.get(line.workers[0]);
    if (own === undefined) this.#before.set(line.workers[0], [line]);
    else own.push(line);
  }

  /** In order of time. */
  seconds(): WallSecond[] {
    const open = new Map<number, number>();
    return [...this.#placesBefore(), ...inOrder(this.#places)].map(([place, sums]) => {
      sums.tellOpen(open);
      let all = 0;
      for (const count of open.values()) all += count;
      return sums.second(Math.floor(place), all);
    });
  }

  #at(place: number): WallSums {
    let sums = this.#places.get(place);
    if (sums === undefined) {
      sums = new WallSums();
      this.#places.set(place, sums);
      forgetOldest(this.#places, this.#most);
    }
    return sums;
  }

  /** The seconds before t0, counted backwards from t0. */
  #placesBefore(): [number, WallSums][] {
    const places = new Map<number, WallSums>();
    for (const own of this.#before.values()) {
      const lines = own.toSorted((a, b) => a.line - b.line);
      let startMs = -lines.reduce((total, { elapsedMs }) => total + elapsedMs, 0);
      for (const line of lines) {
        const place = Math.min(-1, Math.floor(startMs / 1000)) + partOf(line);
        const sums = places.get(place) ?? new WallSums();
        places.set(place, sums);
        sums.add(line);
        startMs += line.elapsedMs;
      }
    }
    return inOrder(places);
  }
}

function inOrder(places: ReadonlyMap<number, WallSums>): [number, WallSums][] {
  return [...places].sort((a, b) => a[0] - b[0]);
}

/** Splits a second in which the measured time begins or ends into parts before, in and after it. */
function partOf({ stage }: Interval): number {
  if (stage === 'measure') return 0.25;
  return stage === 'drain' || stage === 'close' ? 0.5 : 0;
}

/** Fields per worker: its number, its newest line, its open connections, its CPU time and the elapsed time for it. */
const [WORKER, LINE, OPEN, CPU_MS, ELAPSED_MS, FIELDS] = [0, 1, 2, 3, 4, 5];

/** One second over all workers: sums of counts, and the worst of their health. */
class WallSums {
  #stage: Interval['stage'] | null = null;
  #opened = 0;
  #failed = 0;
  #closed = 0;
  #errors = 0;
  #bytesSent = 0;
  #bytesReceived = 0;
  /** Whether a line was long enough to judge health. Shorter lines are then ignored. */
  #isSure = false;
  #busy = 0;
  #blockedMs = 0;
  #gcPauseMs = 0;
  #runQueueWaitMs: number | null = null;
  /** `FIELDS` numbers per worker, one worker after the other: a day has a million of these. */
  readonly #workers: number[] = [];

  add(line: Interval): void {
    this.#stage ??= line.stage;
    const { connections, errors, bytes } = line;
    this.#opened += connections.opened;
    this.#failed += connections.failed;
    this.#closed += connections.closedClean + connections.closedDirty;
    for (const { count } of errors) this.#errors += count;
    this.#bytesSent += bytes.sent;
    this.#bytesReceived += bytes.received;
    const at = this.#worker(line.workers[0]);
    if (line.line >= this.#workers[at + LINE]!) {
      this.#workers[at + LINE] = line.line;
      this.#workers[at + OPEN] = line.open;
    }
    this.#addHealth(line, at);
  }

  #addHealth({ health, elapsedMs }: Interval, at: number): void {
    const isLong = elapsedMs >= SHORTEST_HEALTH_MS;
    if (this.#isSure && !isLong) return;
    if (isLong && !this.#isSure) this.#forgetHealth();
    this.#isSure = isLong;
    this.#busy = Math.max(this.#busy, health.busy);
    this.#blockedMs = Math.max(this.#blockedMs, health.blockedMs);
    this.#gcPauseMs = Math.max(this.#gcPauseMs, health.gcPauseMsMax);
    if (health.runQueueWaitMs !== null)
      this.#runQueueWaitMs = Math.max(this.#runQueueWaitMs ?? 0, health.runQueueWaitMs);
    if (health.cpuMs === null) return;
    this.#workers[at + CPU_MS]! += health.cpuMs;
    this.#workers[at + ELAPSED_MS]! += elapsedMs;
  }

  #forgetHealth(): void {
    this.#busy = 0;
    this.#blockedMs = 0;
    this.#gcPauseMs = 0;
    this.#runQueueWaitMs = null;
    for (let at = 0; at < this.#workers.length; at += FIELDS) {
      this.#workers[at + CPU_MS] = 0;
      this.#workers[at + ELAPSED_MS] = 0;
    }
  }

  /** The index of a worker's first number. */
  #worker(worker: number): number {
    for (let at = 0; at < this.#workers.length; at += FIELDS) if (this.#workers[at + WORKER] === worker) return at;
    return this.#workers.push(worker, -1, 0, 0, 0) - FIELDS;
  }

  /** Notes the open connections that each worker last reported. */
  tellOpen(open: Map<number, number>): void {
    for (let at = 0; at < this.#workers.length; at += FIELDS) {
      open.set(this.#workers[at + WORKER]!, this.#workers[at + OPEN]!);
    }
  }

  /** `open`: open connections of all workers. */
  second(fromT0: number, open: number): WallSecond {
    return {
      fromT0,
      stage: this.#stage!,
      open,
      opened: this.#opened,
      failed: this.#failed,
      closed: this.#closed,
      errors: this.#errors,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      busy: this.#busy,
      blockedMs: this.#blockedMs,
      gcPauseMs: this.#gcPauseMs,
      runQueueWaitMs: this.#runQueueWaitMs,
      cpuPercent: this.#cpuPercent(),
    };
  }

  /** The sum over workers of the share of a core that each used in its lines of this second. */
  #cpuPercent(): number | null {
    let percent: number | null = null;
    for (let at = 0; at < this.#workers.length; at += FIELDS) {
      const elapsedMs = this.#workers[at + ELAPSED_MS]!;
      if (elapsedMs > 0) percent = (percent ?? 0) + (this.#workers[at + CPU_MS]! / elapsedMs) * 100;
    }
    return percent;
  }
}

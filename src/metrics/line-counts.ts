import assert from 'node:assert/strict';
import { PHASES, type Phase } from '../plan/cell.js';
import type { LawViolation } from './cell-result.js';
import { addCounters, C, COUNTERS } from './counters.js';
import { addSums, noSums } from './fanout-totals.js';
import {
  type ConnectionCounts,
  type FlowDelta,
  type Interval,
  LATENCIES,
  type LatencyName,
  type WorkerTotals,
} from './interval.js';
import { sumOfPairs } from './pairs.js';
import type { PlannedMessages } from './planned.js';

/** The sums of all lines of a source, as the source itself kept them. */
export type CountTotals = Pick<
  WorkerTotals,
  'lines' | 'counters' | 'histogramCounts' | 'bytes' | 'requests' | 'connections'
>;

/** What became of everything in the end: a worker that died has closed counts. */
export type ClosedCounts = Pick<CountTotals, 'counters' | 'requests' | 'connections'>;

/**
 * What one source of lines counted: a worker, or the workers of a machine together. About two kilobytes, and as much for
 * each request: no histogram is kept.
 */
export class LineCounts {
  /** `worker 3`, `agent eu-1`. */
  readonly name: string;
  readonly counters = perPhase(() => new Float64Array(COUNTERS.length));
  readonly histogramCounts = perPhase((): Record<LatencyName, number> => ({ response: 0, service: 0, lag: 0 }));
  readonly bytes = perPhase(() => ({ sent: 0, received: 0 }));
  readonly connections: { -readonly [key in keyof ConnectionCounts]: number } = {
    attempts: 0,
    opened: 0,
    failed: 0,
    abandoned: 0,
    closedClean: 0,
    closedDirty: 0,
  };
  /** The part of each request. */
  readonly requests: readonly RequestCounts[];
  readonly violations: LawViolation[] = [];
  readonly #cellId: string;
  #lines = 0;

  /** `requests`: how many the cell has. */
  constructor(name: string, cellId: string, requests: number) {
    this.name = name;
    this.#cellId = cellId;
    this.requests = Array.from({ length: requests }, () => new RequestCounts());
  }

  add(interval: Interval): void {
    this.#lines++;
    for (const delta of interval.flow) {
      addCounters(this.counters[delta.phase], delta.counters);
      for (const name of LATENCIES) this.histogramCounts[delta.phase][name] += sumOfPairs(delta.histograms[name]);
      this.bytes[delta.phase].sent += delta.bytes?.sent ?? 0;
      this.bytes[delta.phase].received += delta.bytes?.received ?? 0;
      if (delta.request !== undefined) this.#request(delta.request).add(delta);
    }
    for (const key of connectionKeys(this.connections)) this.connections[key] += interval.connections[key];
  }

  /** Compares the number of occupied in-flight slots with the counters, at every line. `line`: its number. */
  checkOccupied(line: number, occupied: number): void {
    const expected = inFlight(this.counters.warmup) + inFlight(this.counters.measure);
    this.#compare(`occupied in-flight slots = counted (line ${line})`, occupied, expected);
  }

  /** Compares the sums of the lines that came with those that their source kept apart. */
  compare(totals: CountTotals): void {
    this.#compare('lines written = lines received', totals.lines, this.#lines);
    for (const phase of PHASES) {
      for (let i = 0; i < COUNTERS.length; i++) {
        const law = `sum over seconds = total (${phase} ${COUNTERS[i]})`;
        this.#compare(law, this.counters[phase][i]!, totals.counters[phase][i]!);
      }
      for (const name of LATENCIES) {
        const law = `sum over seconds = total (${phase} ${name}.count)`;
        this.#compare(law, this.histogramCounts[phase][name], totals.histogramCounts[phase][name]);
      }
      for (const [request, { counters }] of this.requests.entries()) {
        for (let i = 0; i < COUNTERS.length; i++) {
          const law = `sum over seconds = total (request ${request}, ${phase} ${COUNTERS[i]})`;
          this.#compare(law, counters[phase][i]!, totals.requests?.[request]?.[phase][i] ?? 0);
        }
      }
      for (const way of ['sent', 'received'] as const) {
        const law = `sum over seconds = total (${phase} bytes ${way})`;
        this.#compare(law, this.bytes[phase][way], totals.bytes[phase][way]);
      }
    }
    for (const key of connectionKeys(this.connections)) {
      this.#compare(`sum over lines = total (connections ${key})`, this.connections[key], totals.connections[key]);
    }
  }

  /** The sums as plain data. */
  totals(): CountTotals {
    const { warmup, measure } = this.histogramCounts;
    return {
      lines: this.#lines,
      counters: plainCounters(this.counters),
      histogramCounts: { warmup: { ...warmup }, measure: { ...measure } },
      bytes: { warmup: { ...this.bytes.warmup }, measure: { ...this.bytes.measure } },
      ...(this.requests.length === 0 ? {} : { requests: this.requests.map(({ counters }) => plainCounters(counters)) }),
      connections: { ...this.connections },
    };
  }

  /** Adds the sums of another source. What each request counted beside its counters is not among them. */
  addTotals({ lines, counters, histogramCounts, bytes, requests = [], connections }: CountTotals): void {
    this.#lines += lines;
    for (const phase of PHASES) {
      addCounters(this.counters[phase], counters[phase]);
      for (const name of LATENCIES) this.histogramCounts[phase][name] += histogramCounts[phase][name];
      this.bytes[phase].sent += bytes[phase].sent;
      this.bytes[phase].received += bytes[phase].received;
      for (const [request, each] of requests.entries())
        addCounters(this.requests[request]!.counters[phase], each[phase]);
    }
    for (const key of connectionKeys(this.connections)) this.connections[key] += connections[key];
  }

  /** Takes over what became of everything in the end. */
  settle({ counters, requests = [], connections }: ClosedCounts): void {
    for (const phase of PHASES) {
      this.counters[phase].set(counters[phase]);
      for (const [request, own] of this.requests.entries()) own.counters[phase].set(requests[request]![phase]);
    }
    Object.assign(this.connections, connections);
  }

  /**
   * Closes the counts of a source that died. Planned messages that were never sent count as lostWithWorker, those in
   * flight as inFlightAtEnd. `planned`: messages of its shards.
   */
  giveUp(planned: PlannedMessages): void {
    for (const phase of PHASES) {
      closeCounters(this.counters[phase], planned.all[phase]);
      this.counters[phase][C.unawaited] = 0;
      for (const [request, { counters }] of this.requests.entries()) {
        closeCounters(counters[phase], planned.requests[request]![phase]);
        if (!planned.silent[request]) continue;
        counters[phase][C.unawaited] = counters[phase][C.planned]!;
        this.counters[phase][C.unawaited]! += counters[phase][C.planned]!;
      }
    }
    const { opened, closedClean, closedDirty } = this.connections;
    this.connections.closedDirty += opened - closedClean - closedDirty;
    this.connections.abandoned +=
      this.connections.attempts - opened - this.connections.failed - this.connections.abandoned;
  }

  #request(request: number): RequestCounts {
    const counts = this.requests[request];
    assert(counts !== undefined, `request ${request} is none of ${this.requests.length}`);
    return counts;
  }

  #compare(law: string, left: number, right: number): void {
    if (left !== right) this.violations.push({ law, left, right, where: `${this.#cellId}, ${this.name}` });
  }
}

/** What one source counted of one request. */
export class RequestCounts {
  readonly counters = perPhase(() => new Float64Array(COUNTERS.length));
  readonly histogramCounts = perPhase((): Record<LatencyName, number> => ({ response: 0, service: 0, lag: 0 }));
  /** Messages whose wait for a value was recorded, and those whose wait and service time were. */
  readonly waitCounts = perPhase(() => ({ wait: 0, waitAndService: 0 }));
  /** Recorded deliver times, and what this source says of the whole messages that it sent. */
  readonly deliverCounts = perPhase(() => 0);
  readonly byMessage = perPhase(noSums);

  add({ phase, counters, histograms, wait = [], waitAndService = [], fanout }: FlowDelta): void {
    addCounters(this.counters[phase], counters);
    this.waitCounts[phase].wait += sumOfPairs(wait);
    this.waitCounts[phase].waitAndService += sumOfPairs(waitAndService);
    if (fanout !== undefined) {
      this.deliverCounts[phase] += sumOfPairs(fanout.deliver);
      addSums(this.byMessage[phase], fanout);
    }
    for (const name of LATENCIES) this.histogramCounts[phase][name] += sumOfPairs(histograms[name]);
  }
}

/** The sums of several sources. */
export function sumOfTotals(all: readonly CountTotals[], requests: number): CountTotals {
  const sum = new LineCounts('', '', requests);
  for (const totals of all) sum.addTotals(totals);
  return sum.totals();
}

function perPhase<T>(make: () => T): Record<Phase, T> {
  return { warmup: make(), measure: make() };
}

function plainCounters({ warmup, measure }: Readonly<Record<Phase, Float64Array>>): Record<Phase, number[]> {
  return { warmup: Array.from(warmup), measure: Array.from(measure) };
}

function connectionKeys(counts: ConnectionCounts): (keyof ConnectionCounts)[] {
  return Object.keys(counts) as (keyof ConnectionCounts)[];
}

/** Where a planned message ends. */
const ENDS = ['sent', 'dropped', 'backpressure', 'notConnected', 'blocked', 'unsentAtStop', 'lostWithWorker'] as const;

/**
 * Ends the counters of a worker that died. The plan of a closed loop is empty: its messages are planned as they are
 * sent, so none is missing but those that waited for a value.
 */
function closeCounters(c: Float64Array, planned: number): void {
  c[C.planned] = Math.max(planned, c[C.planned]!);
  c[C.lostWithWorker]! += c[C.planned]! - ENDS.reduce((sum, name) => sum + c[C[name]]!, 0);
  c[C.inFlightAtEnd]! += inFlight(c);
}

function inFlight(c: Float64Array): number {
  return c[C.sent]! - c[C.answered]! - c[C.timedOut]! - c[C.lostOnClose]! - c[C.unmatched]! - c[C.inFlightAtEnd]!;
}

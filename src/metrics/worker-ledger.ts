import assert from 'node:assert/strict';
import type { Phase } from '../plan/cell.js';
import { highestInBucket } from './buckets.js';
import { type InstrumentResult, type LawViolation, QUANTILES, type WorkerResult } from './cell-result.js';
import { censoredOf } from './censored.js';
import { addCounters, C, COUNTERS, namedCounters } from './counters.js';
import { addSums, noSums } from './fanout-totals.js';
import { Totals } from './histogram.js';
import {
  type ByteCounts,
  type ConnectionCounts,
  type FlowDelta,
  type Interval,
  LATENCIES,
  type LatencyName,
  type WorkerTotals,
} from './interval.js';
import { sumOfPairs } from './pairs.js';
import type { PlannedMessages } from './planned.js';
import { quantileAt, summarize } from './quantiles.js';

/** Connect errors caused by the generator's machine: no descriptors, ports, buffers or memory left. */
export const CLIENT_CONNECT_ERRORS: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'EADDRNOTAVAIL',
  'ENOBUFS',
  'ENOMEM',
  'EAGAIN',
]);
/** A connect that starts later than this after its planned time counts as the generator's fault. */
const LATE_CONNECT_US = 250_000;

/**
 * Everything that one worker reported in one cell: the sums of its lines, its health in the measure phase, and its end.
 */
export class WorkerLedger {
  readonly worker: number;
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
  readonly violations: LawViolation[] = [];
  /** The part of each request. */
  readonly requests: readonly RequestLedger[];
  readonly #lag = new Totals();
  readonly #response = new Totals();
  readonly #service = new Totals();
  readonly #cellId: string;
  #lines = 0;
  #connectTrouble = 0;
  #connectLate = 0;
  #measuredMs = 0;
  #busyMs = 0;
  #blockedMs: number | null = null;
  #blockedWaitMs: number | null = null;
  #pausedMs: number | null = null;
  #runQueueMs: number | null = 0;
  #cpuMs: number | null = 0;
  #gcPauseMs: number | null = null;
  #gcLongPauses = 0;
  #gcLongPauseMs = 0;
  #instrument: { readonly reported: Totals; readonly truth: Totals; readonly added: Totals; missed: number } | null =
    null;
  #heapBytes: number | null = null;
  #totals: WorkerTotals | null = null;
  #lost: string | null = null;

  /** `requests`: how many the cell has. */
  constructor(worker: number, cellId: string, requests = 0) {
    this.worker = worker;
    this.#cellId = cellId;
    this.requests = Array.from({ length: requests }, () => new RequestLedger());
  }

  get lost(): boolean {
    return this.#lost !== null;
  }

  get totals(): WorkerTotals | null {
    return this.#totals;
  }

  /**
   * What the way back added to the messages of the instrument check, and how many got no reply; null if the check was
   * off.
   */
  get check(): { readonly added: Totals; readonly missed: number } | null {
    return this.#instrument;
  }

  add(interval: Interval): void {
    assert(this.#totals === null, `worker ${this.worker} wrote a line after its totals`);
    this.#lines++;
    for (const delta of interval.flow) {
      addCounters(this.counters[delta.phase], delta.counters);
      for (const name of LATENCIES) this.histogramCounts[delta.phase][name] += sumOfPairs(delta.histograms[name]);
      this.bytes[delta.phase].sent += delta.bytes?.sent ?? 0;
      this.bytes[delta.phase].received += delta.bytes?.received ?? 0;
      if (delta.request !== undefined) this.#request(delta.request).add(delta);
      if (delta.phase === 'measure') {
        this.#lag.add(delta.histograms.lag);
        this.#response.add(delta.histograms.response);
        this.#service.add(delta.histograms.service);
      }
    }
    for (const key of Object.keys(this.connections) as (keyof ConnectionCounts)[]) {
      this.connections[key] += interval.connections[key];
    }
    this.#addConnectTrouble(interval);
    if (interval.stage === 'measure') this.#addHealth(interval);
    // The last replies arrive in the drain. Its end may be reported with the close, and a stall in it still delays
    // replies.
    if (!['connect', 'idle', 'warmup'].includes(interval.stage)) this.#addInstrument(interval);
    if (interval.stage === 'measure' || interval.stage === 'drain') {
      this.#pausedMs = (this.#pausedMs ?? 0) + interval.health.pausedMs;
    }
    this.#checkOccupied(interval);
  }

  done(totals: WorkerTotals): void {
    this.#totals = totals;
    this.#compare('lines written = lines received', totals.lines, this.#lines);
    for (const phase of ['warmup', 'measure'] as const) {
      for (let i = 0; i < COUNTERS.length; i++) {
        const law = `sum over seconds = total (${phase} ${COUNTERS[i]})`;
        this.#compare(law, this.counters[phase][i]!, totals.counters[phase][i]!);
      }
      for (const name of LATENCIES) {
        const law = `sum over seconds = total (${phase} ${name}.count)`;
        this.#compare(law, this.histogramCounts[phase][name], totals.histogramCounts[phase][name]);
      }
      for (const [request, ledger] of this.requests.entries()) {
        for (let i = 0; i < COUNTERS.length; i++) {
          const law = `sum over seconds = total (request ${request}, ${phase} ${COUNTERS[i]})`;
          this.#compare(law, ledger.counters[phase][i]!, totals.requests?.[request]?.[phase][i] ?? 0);
        }
      }
      for (const way of ['sent', 'received'] as const) {
        const law = `sum over seconds = total (${phase} bytes ${way})`;
        this.#compare(law, this.bytes[phase][way], totals.bytes[phase][way]);
      }
    }
  }

  /**
   * Closes the ledger of a worker that died. Planned messages that were never sent count as lostWithWorker, those in
   * flight as inFlightAtEnd. `planned`: messages of its shard.
   */
  giveUp(error: string, planned: PlannedMessages): void {
    this.#lost = error;
    for (const phase of ['warmup', 'measure'] as const) {
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

  result(timeoutUs: number): WorkerResult {
    const messages = namedCounters(this.counters.measure);
    const censored = { ...censoredOf(messages), timeoutUs, seed: 0 };
    const allSent = { ...censored, timedOut: 0, otherCensored: 0 };
    const share = (ms: number | null) => (ms === null || this.#measuredMs === 0 ? null : ms / this.#measuredMs);
    const cpu = share(this.#cpuMs);
    return {
      worker: this.worker,
      status: this.lost ? 'lost' : this.#totals?.stopped ? 'stopped' : 'done',
      error: this.#lost,
      messages,
      lagUs: this.#lag.count === 0 ? null : summarize(this.#lag, allSent),
      responseUs: this.#response.count === 0 ? null : summarize(this.#response, censored),
      busy: share(this.#busyMs),
      blockedMsMax: this.#blockedMs,
      blockedWaitMs: this.#blockedWaitMs,
      pausedMs: this.#pausedMs,
      runQueueWait: share(this.#runQueueMs),
      cpuPercent: cpu === null ? null : cpu * 100,
      gcPauseMsMax: this.#gcPauseMs,
      gcTouched: this.#gcTouched(),
      heapBytes: this.#heapBytes,
      instrument: this.#instrumentResult(),
      connectTrouble: this.#connectTrouble,
      connectLate: this.#connectLate,
      connectAttempts: this.connections.attempts,
    };
  }

  #request(request: number): RequestLedger {
    const ledger = this.requests[request];
    assert(ledger !== undefined, `request ${request} is none of ${this.requests.length}`);
    return ledger;
  }

  #addHealth({ health, elapsedMs }: Interval): void {
    this.#measuredMs += elapsedMs;
    this.#busyMs += health.busy * elapsedMs;
    if (this.#blockedMs === null || health.blockedMs > this.#blockedMs) {
      this.#blockedMs = health.blockedMs;
      this.#blockedWaitMs = health.blockedWaitMs;
    }
    this.#gcPauseMs = Math.max(this.#gcPauseMs ?? 0, health.gcPauseMsMax);
    this.#gcLongPauses += health.gcLongPauses;
    this.#gcLongPauseMs += health.gcLongPauseMs;
    this.#heapBytes = Math.max(this.#heapBytes ?? 0, health.heapBytes);
    this.#runQueueMs =
      this.#runQueueMs === null || health.runQueueWaitMs === null ? null : this.#runQueueMs + health.runQueueWaitMs;
    this.#cpuMs = this.#cpuMs === null || health.cpuMs === null ? null : this.#cpuMs + health.cpuMs;
  }

  #addInstrument({ instrument }: Interval): void {
    if (instrument === null) return;
    this.#instrument ??= { reported: new Totals(), truth: new Totals(), added: new Totals(), missed: 0 };
    this.#instrument.reported.add(instrument.reported);
    this.#instrument.truth.add(instrument.truth);
    this.#instrument.added.add(instrument.added ?? []);
    this.#instrument.missed += instrument.missed;
  }

  #instrumentResult(): InstrumentResult | null {
    if (this.#instrument === null) return null;
    const { reported, truth, missed } = this.#instrument;
    const plain = (totals: Totals, q: number) => {
      const answer = quantileAt(totals, { timedOut: 0, otherCensored: missed, timeoutUs: 0 }, q);
      return answer.kind === 'value' ? answer.us : null;
    };
    const error = (q: number) => {
      const [told, known] = [plain(reported, q), plain(truth, q)];
      return told === null || known === null ? null : told - known;
    };
    return { p50: error(QUANTILES.p50), p99: error(QUANTILES.p99), count: reported.count, missed };
  }

  /**
   * The share of messages affected by a long garbage collection: those due during its pause, and those in flight when
   * it began, which were sent up to one service time earlier.
   */
  #gcTouched(): number | null {
    if (this.#measuredMs === 0) return null;
    if (this.#gcLongPauses === 0) return 0;
    const typicalMs =
      this.#service.count === 0 ? 0 : this.#service.valueAtRank(Math.ceil(this.#service.count / 2)) / 1000;
    return Math.min(1, (this.#gcLongPauseMs + this.#gcLongPauses * typicalMs) / this.#measuredMs);
  }

  #addConnectTrouble({ errors, connect }: Interval): void {
    for (const error of errors) {
      if (error.phase === 'connect' && CLIENT_CONNECT_ERRORS.has(error.code)) this.#connectTrouble += error.count;
    }
    for (let i = 0; i < connect.wait.length; i += 2) {
      if (highestInBucket(connect.wait[i]!) <= LATE_CONNECT_US) continue;
      this.#connectTrouble += connect.wait[i + 1]!;
      this.#connectLate += connect.wait[i + 1]!;
    }
  }

  /** Compares the number of occupied in-flight slots with the counters, at every line. */
  #checkOccupied(interval: Interval): void {
    const expected = inFlight(this.counters.warmup) + inFlight(this.counters.measure);
    this.#compare(`occupied in-flight slots = counted (line ${interval.line})`, interval.inFlight, expected);
  }

  #compare(law: string, left: number, right: number): void {
    if (left !== right) this.violations.push({ law, left, right, where: `${this.#cellId}, worker ${this.worker}` });
  }
}

/** Connections that did not answer a ping, over all workers. */
export function silentOf(ledgers: readonly WorkerLedger[]): { readonly withoutPong?: number } {
  const withoutPong = ledgers.reduce((sum, { totals }) => sum + (totals?.withoutPong ?? 0), 0);
  return withoutPong === 0 ? {} : { withoutPong };
}

/** Payload bytes of the measured messages, over all workers. */
export function bytesOf(ledgers: readonly WorkerLedger[]): ByteCounts {
  const sum = (way: keyof ByteCounts) => ledgers.reduce((total, { bytes }) => total + bytes.measure[way], 0);
  return { sent: sum('sent'), received: sum('received') };
}

function perPhase<T>(make: () => T): Record<Phase, T> {
  return { warmup: make(), measure: make() };
}

/** What one worker reported of one request. */
export class RequestLedger {
  readonly counters = perPhase(() => new Float64Array(COUNTERS.length));
  readonly histogramCounts = perPhase((): Record<LatencyName, number> => ({ response: 0, service: 0, lag: 0 }));
  /** Messages whose wait for a value was recorded, and those whose wait and service time were. */
  readonly waitCounts = perPhase(() => ({ wait: 0, waitAndService: 0 }));
  /** Recorded deliver times, and what this worker says of the whole messages that it sent. */
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

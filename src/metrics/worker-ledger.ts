import assert from 'node:assert/strict';
import { PHASES } from '../plan/cell.js';
import { highestInBucket } from './buckets.js';
import { type InstrumentResult, QUANTILES, type WorkerResult } from './cell-result.js';
import { censoredOf } from './censored.js';
import { namedCounters } from './counters.js';
import { Totals } from './histogram.js';
import type { Interval, WorkerTotals } from './interval.js';
import { type CountTotals, LineCounts } from './line-counts.js';
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
 * Everything that one worker reported in one cell: its counts, its health in the measure phase, and its end. It takes half
 * a megabyte or more, so it is kept on the machine of the worker.
 */
export class WorkerLedger {
  readonly worker: number;
  readonly counts: LineCounts;
  /** Lifetimes that the plan ended, and successors that opened. */
  readonly lives = { warmup: { ended: 0, opened: 0 }, measure: { ended: 0, opened: 0 } };
  readonly #lag = new Totals();
  readonly #response = new Totals();
  readonly #service = new Totals();
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
  #instrument: { readonly reported: Totals; readonly truth: Totals; missed: number } | null = null;
  #heapBytes: number | null = null;
  #totals: WorkerTotals | null = null;
  #lost: string | null = null;
  /** As they were before the counts were closed. */
  #written: CountTotals | null = null;

  /** `requests`: how many the cell has. */
  constructor(worker: number, cellId: string, requests = 0) {
    this.worker = worker;
    this.counts = new LineCounts(`worker ${worker}`, cellId, requests);
  }

  /** The sums of its lines, whatever became of it. */
  get written(): CountTotals {
    return this.#written ?? this.counts.totals();
  }

  get lost(): boolean {
    return this.#lost !== null;
  }

  get totals(): WorkerTotals | null {
    return this.#totals;
  }

  /** Of the measure phase: what the latencies of this worker add to those of its group. */
  get latencies(): Readonly<Record<'response' | 'service', Totals>> {
    return { response: this.#response, service: this.#service };
  }

  add(interval: Interval): void {
    assert(this.#totals === null, `worker ${this.worker} wrote a line after its totals`);
    this.counts.add(interval);
    for (const { phase, histograms } of interval.flow) {
      if (phase !== 'measure') continue;
      this.#lag.add(histograms.lag);
      this.#response.add(histograms.response);
      this.#service.add(histograms.service);
    }
    this.#addLives(interval);
    this.#addConnectTrouble(interval);
    if (interval.stage === 'measure') this.#addHealth(interval);
    // The last replies arrive in the drain. Its end may be reported with the close, and a stall in it still delays
    // replies.
    if (!['connect', 'idle', 'warmup'].includes(interval.stage)) this.#addInstrument(interval);
    if (interval.stage === 'measure' || interval.stage === 'drain') {
      this.#pausedMs = (this.#pausedMs ?? 0) + interval.health.pausedMs;
    }
    this.counts.checkOccupied(interval.line, interval.inFlight);
  }

  done(totals: WorkerTotals): void {
    this.#totals = totals;
    this.counts.compare(totals);
  }

  /** Closes the ledger of a worker that died. `planned`: messages of its shard. */
  giveUp(error: string, planned: PlannedMessages): void {
    this.#lost = error;
    this.#written = this.counts.totals();
    this.counts.giveUp(planned);
  }

  result(timeoutUs: number): WorkerResult {
    const messages = namedCounters(this.counts.counters.measure);
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
      connectAttempts: this.counts.connections.attempts,
    };
  }

  #addLives({ turnover }: Interval): void {
    if (turnover === undefined) return;
    for (const phase of PHASES) {
      this.lives[phase].ended += turnover.lives[phase].ended;
      this.lives[phase].opened += turnover.lives[phase].opened;
    }
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
    this.#instrument ??= { reported: new Totals(), truth: new Totals(), missed: 0 };
    this.#instrument.reported.add(instrument.reported);
    this.#instrument.truth.add(instrument.truth);
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
}

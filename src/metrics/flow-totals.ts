import { type Cell, isMatched, isRamp, type Phase } from '../plan/cell.js';
import { MODELS } from '../plan/models.js';
import type { FlowResult, Quantiles } from './cell-result.js';
import { awaitedOf, censoredOf, mayBeAnswered } from './censored.js';
import { addCounters, COUNTERS, type CounterName, namedCounters } from './counters.js';
import { Totals } from './histogram.js';
import { type FlowDelta, LATENCIES, type LatencyName } from './interval.js';
import { lostOf } from './laws.js';
import { type SummaryOptions, summarize } from './quantiles.js';
import type { SecondCounts } from './seconds/bootstrap-table.js';

type Latencies = Record<LatencyName, Totals>;
type Named = Record<CounterName, number>;

/** The messages of a cell, or of one of its requests, added up over workers and seconds. */
export class FlowTotals {
  readonly latency: Record<Phase, Latencies> = { warmup: newLatencies(), measure: newLatencies() };
  readonly #counters: Record<Phase, Float64Array> = {
    warmup: new Float64Array(COUNTERS.length),
    measure: new Float64Array(COUNTERS.length),
  };

  readonly #wait = new Totals();
  /** Of the measure phase: wait and service time together; null where no message of the cell waits for a value. */
  readonly #waitAndService: Totals | null;

  /** `mayWait`: some messages of the cell need what the reply to another one brings. */
  constructor(mayWait: boolean) {
    this.#waitAndService = mayWait ? new Totals() : null;
  }

  /** What the target took of the answered messages of the measure phase, microseconds. */
  get ofTarget(): Totals {
    return this.#waitAndService ?? this.latency.measure.service;
  }

  add({ phase, counters, histograms, wait = [], waitAndService }: FlowDelta): void {
    if (phase === 'measure') {
      this.#wait.add(wait);
      this.#waitAndService?.add(waitAndService ?? histograms.service);
    }
    addCounters(this.#counters[phase], counters);
    for (const name of LATENCIES) this.latency[phase][name].add(histograms[name]);
  }

  /** As the lines say. A worker that died counts further messages as lost: see `WorkerLedger`. */
  named(phase: Phase): Named {
    return namedCounters(this.#counters[phase]);
  }

  /** `seconds`: for the intervals of quantiles; empty for none. `isEncoded`: with the histograms as texts. */
  result(cell: Cell, name: string, of: FlowCounters, seconds: readonly SecondCounts[], isEncoded: boolean): FlowResult {
    const histograms = (phase: Phase) => {
      const encoded = (latency: LatencyName) => {
        const totals = this.latency[phase][latency];
        return isEncoded && totals.count > 0 ? totals.encode() : null;
      };
      return { response: encoded('response'), service: encoded('service'), lag: encoded('lag') };
    };
    const { measure, warmup } = of;
    return {
      name,
      messages: { ...measure, lost: lostOf(measure) },
      warmup: { ...warmup, lost: lostOf(warmup) },
      latencyUs: this.#latencies(cell, measure, seconds),
      histograms: histograms('measure'),
      warmupHistograms: histograms('warmup'),
      warmupUs: this.#warmup(cell, warmup),
      ...(isEncoded && (this.#waitAndService?.count ?? 0) > 0
        ? { waitAndService: this.#waitAndService!.encode() }
        : {}),
    };
  }

  /** How long its messages waited for a value. Ranks over sent ones. */
  waits(cell: Cell, counters: Readonly<Named>): Quantiles {
    return summarize(this.#wait, { ...censoredIn(cell, counters), timedOut: 0, otherCensored: 0 });
  }

  /** Response and service time rank over awaited messages, send lag over sent ones. Null if a latency is undefined. */
  #latencies(cell: Cell, counters: Named, seconds: readonly SecondCounts[]): Record<LatencyName, Quantiles | null> {
    const { response, service, lag } = this.latency.measure;
    if (!hasPercentiles(cell, counters)) return { response: null, service: null, lag: null };
    const censored = censoredIn(cell, counters);
    const { headline } = MODELS[cell.model];
    const sendLag = summarize(lag, { ...censored, timedOut: 0, otherCensored: 0 });
    if (!isMatched(cell) || !mayBeAnswered(counters)) return { response: null, service: null, lag: sendLag };
    // Only the headline has intervals over seconds: they cost the most.
    const optionsOf = (name: LatencyName) => (name === headline ? { ...censored, seconds } : censored);
    return {
      response: headline === 'response' ? summarize(response, optionsOf('response')) : null,
      service: summarize(service, optionsOf('service')),
      lag: sendLag,
    };
  }

  /** The headline of the warm-up. Its load is constant, even before a ramp. */
  #warmup(cell: Cell, counters: Named): Quantiles | null {
    if (awaitedOf(counters) === 0 || !isMatched(cell)) return null;
    return summarize(this.latency.warmup[MODELS[cell.model].headline], censoredIn(cell, counters));
  }
}

/** The counters of a flow, those of lost workers included. */
export type FlowCounters = Readonly<Record<Phase, Named>>;

/** Only constant loads that send have a row of percentiles. */
export function hasPercentiles(cell: Cell, counters: Readonly<Named>): boolean {
  return MODELS[cell.model].sends && !isRamp(cell) && counters.planned > 0;
}

/** Awaited messages of a phase without an answer in time. */
export function censoredIn({ reply, seed }: Cell, counters: Named): SummaryOptions {
  return { ...censoredOf(counters), timeoutUs: reply.timeoutMs * 1000, seed };
}

function newLatencies(): Latencies {
  return { response: new Totals(), service: new Totals(), lag: new Totals() };
}

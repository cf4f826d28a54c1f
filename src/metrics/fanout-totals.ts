import { type Cell, firstSlow, isRamp, peakConnections } from '../plan/cell.js';
import type { Reach } from '../plan/fanout.js';
import { bracketsOf, type Check } from './brackets.js';
import type { Quantiles } from './cell-result.js';
import { C, type CounterName } from './counters.js';
import { DeliverGrowthTotals } from './deliver-growth.js';
import type { FanoutResult } from './fanout-result.js';
import { Totals } from './histogram.js';
import type { FlowDelta } from './interval.js';
import { summarize } from './quantiles.js';

const TIMES = ['deliver', 'deliverService', 'first', 'firstService', 'last', 'lastService', 'spread'] as const;
const COUNTS = ['messages', 'reachedAny', 'reachedAll', 'expected', 'delivered', 'gone'] as const;

/** What is said of whole messages of one request, by those who sent them. */
export type MessageSums = Record<(typeof COUNTS)[number], number>;

export interface FanoutContext {
  readonly name: string;
  readonly reaches: Reach;
  /** Of the request, over all workers. */
  readonly counters: Readonly<Record<CounterName, number>>;
  readonly perSecond: (count: number) => number;
  /** The instrument check; null if it was off. */
  readonly check: Check | null;
  /** With the histograms as texts. */
  readonly isEncoded: boolean;
}

/** The measured deliveries of one request, added up over workers and seconds. */
export class FanoutTotals {
  readonly #times = Object.fromEntries(TIMES.map((name) => [name, new Totals()])) as Record<
    (typeof TIMES)[number],
    Totals
  >;
  readonly #sums = noSums();
  readonly #growth = new DeliverGrowthTotals();
  readonly #slow = { deliver: new Totals(), service: new Totals(), missed: 0 };

  /** Recorded deliver times. */
  get count(): number {
    return this.#times.deliver.count;
  }

  /** A second ledger of the same deliveries: by message, where the counters are by connection. */
  get byMessage(): Readonly<MessageSums> {
    return this.#sums;
  }

  add({ phase, second, counters, fanout }: FlowDelta): void {
    if (phase !== 'measure' || fanout === undefined) return;
    for (const name of TIMES) this.#times[name].add(fanout[name]);
    addSums(this.#sums, fanout);
    if (fanout.slow !== undefined) {
      this.#slow.deliver.add(fanout.slow.deliver);
      this.#slow.service.add(fanout.slow.service ?? []);
      this.#slow.missed += fanout.slow.missed;
    }
    this.#growth.add(second, fanout.deliverService, counters[C.deliveredLate] ?? 0);
  }

  result(cell: Cell, { name, reaches, counters, perSecond, check, isEncoded }: FanoutContext): FanoutResult {
    const { deliver, deliverService, first, firstService, last, lastService, spread } = this.#times;
    const { messages, reachedAny, reachedAll } = this.#sums;
    const { delivered, missed, gone, deliveredLate, redelivered, replayed } = counters;
    const timeoutUs = cell.wire!.deliver!.timeoutMs * 1000;
    const summary = (times: Totals, timedOut: number, otherCensored = 0): Quantiles =>
      summarize(times, { timedOut, otherCensored, timeoutUs, seed: cell.seed });
    const encoded = (times: Totals) => (isEncoded && times.count > 0 ? times.encode() : null);
    const owed = delivered + missed;
    return {
      ...{ name, reaches },
      messages: { sent: messages, reachedAny, reachedAll },
      deliveries: { expected: owed + gone, delivered, missed, gone, late: deliveredLate, redelivered, replayed },
      perSecond: { sent: perSecond(counters.sent), delivered: perSecond(delivered) },
      reach: owed === 0 ? null : delivered / owed,
      deliverUs: summary(deliver, missed),
      serviceUs: summary(deliverService, missed),
      firstUs: summary(first, messages - reachedAny),
      // Of a message that did not reach all, nobody knows when the last one would have had it.
      lastUs: summary(last, 0, messages - reachedAll),
      spreadUs: summary(spread, 0, messages - reachedAll),
      histograms: {
        deliver: encoded(deliver),
        service: encoded(deliverService),
        first: encoded(first),
        firstService: encoded(firstService),
        last: encoded(last),
        lastService: encoded(lastService),
        spread: encoded(spread),
      },
      ...this.#slowResult(cell, timeoutUs, { check, isEncoded }),
      growth: isRamp(cell) ? null : this.#growth.result(timeoutUs),
      ...(isEncoded
        ? {
            brackets: bracketsOf(
              { headline: deliver, service: deliverService },
              { timedOut: missed, otherCensored: 0, timeoutUs },
              check,
            ),
          }
        : {}),
    };
  }

  #slowResult(
    cell: Cell,
    timeoutUs: number,
    { check, isEncoded }: Pick<FanoutContext, 'check' | 'isEncoded'>,
  ): Pick<FanoutResult, 'slow'> {
    const { slow } = cell.wire!;
    if (slow === undefined) return {};
    const { deliver, service, missed } = this.#slow;
    const censored = { timedOut: missed, otherCensored: 0, timeoutUs };
    return {
      slow: {
        ...{ connections: peakConnections(cell) - firstSlow(cell), ratePerSecond: slow.ratePerSecond },
        ...{ delivered: deliver.count, missed },
        deliverUs: summarize(deliver, { ...censored, seed: cell.seed }),
        serviceUs: summarize(service, { ...censored, seed: cell.seed }),
        histogram: isEncoded && deliver.count > 0 ? deliver.encode() : null,
        ...(isEncoded ? { brackets: bracketsOf({ headline: deliver, service }, censored, check) } : {}),
      },
    };
  }
}

export function noSums(): MessageSums {
  return { messages: 0, reachedAny: 0, reachedAll: 0, expected: 0, delivered: 0, gone: 0 };
}

export function addSums(sums: MessageSums, added: Readonly<MessageSums>): void {
  for (const name of COUNTS) sums[name] += added[name];
}

/** Cells whose messages reach many connections, for tests of everything that reads results. */
import { bracketsOf } from '../../src/metrics/brackets.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { COUNTERS, type CounterName } from '../../src/metrics/counters.js';
import type { DeliverGrowth, FanoutResult, FanoutTime } from '../../src/metrics/fanout-result.js';
import type { Totals } from '../../src/metrics/histogram.js';
import { summarize } from '../../src/metrics/quantiles.js';
import { countersOf, flowOf, measuredSecondsOf, TIMEOUT_US, totalsOf } from './cell-fixture.js';

/** What became of the messages of one request that reaches many; its times cycle through those given. */
export interface FanoutFixture {
  readonly name?: string;
  /** Messages, and deliveries missed: each of another message, unless it is said how many reached anybody, and all. */
  readonly messages?: number;
  readonly missed?: number;
  readonly late?: number;
  readonly reachedAny?: number;
  readonly reachedAll?: number;
  readonly counters?: Partial<Record<CounterName, number>>;
  /** From the send to each delivery, to the first and to the last one of a message. */
  readonly deliverUs?: readonly number[];
  readonly firstUs?: readonly number[];
  readonly lastUs?: readonly number[];
  /** How late messages were sent. */
  readonly lateUs?: number;
  /** What the way back added; brackets are unknown where absent. */
  readonly addedUs?: readonly number[] | undefined;
  readonly growth?: DeliverGrowth | null;
}

/**
 * The cell with requests that reach all of its connections and ask for no reply. It has no other messages. Each missed
 * delivery is of another message.
 */
export function withFanout(cell: CellResult, ...requests: readonly FanoutFixture[]): CellResult {
  const seconds = measuredSecondsOf(cell);
  const each = requests.map((request) => fanoutOf(cell, request, seconds));
  const sums = Object.fromEntries(
    COUNTERS.map((name) => [name, each.reduce((sum, { counters }) => sum + (counters[name] ?? 0), 0)]),
  );
  const { brackets: _, ...rest } = cell;
  const silent = { response: null, service: null };
  const flow = (counters: Partial<Record<CounterName, number>>) => {
    const made = flowOf(cell.model, countersOf(counters));
    const { lag } = made.latencyUs;
    return { ...made, latencyUs: { ...silent, lag }, histograms: { ...silent, lag: made.histograms.lag } };
  };
  const perSecond = sums['planned']! / seconds;
  return {
    ...rest,
    ...{ match: 'none', protocol: 'none', flows: [flow(sums)] },
    rate: { ...cell.rate, askedPerSecond: perSecond, plannedPerSecond: perSecond, answeredPerSecond: 0 },
    requests: each.map(({ result: { name }, counters }) => ({
      ...{ ...flow(counters), name },
      perSecond: { planned: counters.planned! / seconds, sent: counters.sent! / seconds, answered: 0 },
    })),
    fanout: each.map(({ result }) => result),
    overload: { backlog: null, unanswered: null },
    stationarity: null,
  };
}

function fanoutOf(cell: CellResult, request: FanoutFixture, seconds: number) {
  const { name = 'say', messages = 1000, missed = 0, late: cameLate = 0, addedUs, lateUs = 0, growth = null } = request;
  const { deliverUs = [1000], firstUs = [500], lastUs = [2000] } = request;
  const { held } = cell.connections;
  const owed = messages * held;
  const delivered = owed - missed;
  const counters: Partial<Record<CounterName, number>> = {
    ...{ planned: messages, sent: messages, unmatched: messages, received: delivered, delivered, missed },
    deliveredLate: cameLate,
    ...request.counters,
  };
  const late = (values: readonly number[]) => values.map((us) => us + lateUs);
  const { reachedAny = messages, reachedAll = Math.max(0, messages - missed) } = request;
  const spreadUs = lastUs.map((us, i) => us - firstUs[i % firstUs.length]!);
  const times = {
    deliver: totalsOf(late(deliverUs), delivered),
    service: totalsOf(deliverUs, delivered),
    first: totalsOf(late(firstUs), reachedAny),
    firstService: totalsOf(firstUs, reachedAny),
    last: totalsOf(late(lastUs), reachedAll),
    lastService: totalsOf(lastUs, reachedAll),
    spread: totalsOf(spreadUs, reachedAll),
  };
  const summary = (totals: Totals, timedOut: number, otherCensored = 0) =>
    summarize(totals, { timedOut, otherCensored, timeoutUs: TIMEOUT_US, seed: 1 });
  const check = addedUs === undefined ? null : { added: totalsOf(addedUs, 1000), missed: 0 };
  const result: FanoutResult = {
    ...{ name, reaches: 'all', growth },
    messages: { sent: messages, reachedAny, reachedAll },
    deliveries: {
      ...{ expected: owed, delivered, missed, gone: 0 },
      ...{ late: counters.deliveredLate ?? 0, redelivered: counters.redelivered ?? 0, replayed: 0 },
    },
    perSecond: { sent: messages / seconds, delivered: delivered / seconds },
    reach: delivered / owed,
    deliverUs: summary(times.deliver, missed),
    serviceUs: summary(times.service, missed),
    firstUs: summary(times.first, 0, messages - reachedAny),
    lastUs: summary(times.last, 0, messages - reachedAll),
    spreadUs: summary(times.spread, 0, messages - reachedAll),
    histograms: Object.fromEntries(Object.entries(times).map(([time, totals]) => [time, totals.encode()])) as Record<
      FanoutTime,
      string
    >,
    brackets: bracketsOf(
      { headline: times.deliver, service: times.service },
      { timedOut: missed, otherCensored: 0, timeoutUs: TIMEOUT_US },
      check,
    ),
  };
  return { result, counters };
}

/** Cells of a load that is sent to many, as a run would leave them. Deterministic. */
import { bracketsOf } from '../../src/metrics/brackets.js';
import type { CellResult, FlowResult } from '../../src/metrics/cell-result.js';
import type { SubscribersResult } from '../../src/metrics/fairness-result.js';
import type { FanoutResult } from '../../src/metrics/fanout-result.js';
import { Totals } from '../../src/metrics/histogram.js';
import { summarize } from '../../src/metrics/quantiles.js';
import { Recording } from '../../src/metrics/recording.js';
import { jainOf } from '../../src/metrics/subscribers.js';
import type { Reach } from '../../src/plan/fanout.js';
import { healthyCell, withRequests } from '../verdict/cell-fixture.js';

const SECONDS = 10;
const TIMEOUT_US = 5_000_000;
/** Summaries of times: all of one shape. */
const SEED = 1;

export interface FanoutOptions {
  readonly name?: string;
  readonly reaches?: Reach;
  readonly messages?: number;
  /** Connections that each message is for. */
  readonly subscribers?: number;
  /** Connections that miss messages, with how many; each of these messages is missed by one of them. */
  readonly missed?: Readonly<Record<number, number>>;
  readonly late?: number;
  readonly gone?: number;
  readonly redelivered?: number;
  readonly replayed?: number;
  /** One connection that reads slowly, and of these messages misses the first so many. */
  readonly slowMissed?: number;
}

/** Message m comes to its first subscriber after 300 us and more, to subscriber j another 20 us x j later. */
export function fanoutOf(options: FanoutOptions = {}): FanoutResult {
  const { name = 'say', reaches = 'room', messages = 1000, subscribers = 100, gone = 0 } = options;
  const { late = 0, redelivered = 0, replayed = 0 } = options;
  const missed = Object.values(options.missed ?? {}).reduce((sum, count) => sum + count, 0);
  const expected = messages * subscribers;
  const delivered = expected - missed - gone;
  const firstOf = (message: number) => 300 + (message % 50) * 4;
  const spreadUs = (subscribers - 1) * 20;
  const times = Array.from({ length: Math.min(delivered, 5000) }, (_, i) => firstOf(i) + 20 * (i % subscribers));
  const deliver = totalsOf(times, delivered);
  const service = totalsOf(
    times.map((us) => us - 100),
    delivered,
  );
  const reachedAll = messages - missed;
  const firsts = Array.from({ length: 50 }, (_, message) => firstOf(message));
  const first = totalsOf(firsts, messages);
  const last = totalsOf(
    firsts.map((us) => us + spreadUs),
    reachedAll,
  );
  const spread = totalsOf([spreadUs], subscribers > 1 ? reachedAll : 0);
  const summary = (totals: Totals, timedOut = 0, otherCensored = 0) =>
    summarize(totals, { timedOut, otherCensored, timeoutUs: TIMEOUT_US, seed: SEED });
  const encoded = (totals: Totals) => (totals.count === 0 ? null : totals.encode());
  return {
    ...{ name, reaches },
    messages: { sent: messages, reachedAny: messages, reachedAll },
    deliveries: { expected, delivered, missed, gone, late, redelivered, replayed },
    perSecond: { sent: messages / SECONDS, delivered: delivered / SECONDS },
    reach: delivered + missed === 0 ? null : delivered / (delivered + missed),
    deliverUs: summary(deliver, missed),
    serviceUs: summary(service, missed),
    firstUs: summary(first),
    lastUs: summary(last, 0, messages - reachedAll),
    spreadUs: summary(spread, 0, messages - reachedAll),
    ...(options.slowMissed === undefined ? {} : { slow: slowWith(messages, options.slowMissed) }),
    growth: null,
    histograms: {
      ...{ deliver: encoded(deliver), service: encoded(service), first: encoded(first) },
      ...{ last: encoded(last), spread: encoded(spread), firstService: encoded(first), lastService: encoded(last) },
    },
  };
}

/** Message m comes to it after m milliseconds, counted from those that it misses. */
function slowWith(messages: number, missed: number): FanoutResult['slow'] {
  const deliver = totalsOf(
    Array.from({ length: messages - missed }, (_, message) => 1000 * (message + 1)),
    messages - missed,
  );
  const service = totalsOf(
    Array.from({ length: messages - missed }, (_, message) => 1000 * (message + 1) - 100),
    messages - missed,
  );
  const censored = { timedOut: missed, otherCensored: 0, timeoutUs: TIMEOUT_US };
  return {
    ...{ connections: 1, ratePerSecond: 10, delivered: messages - missed, missed },
    deliverUs: summarize(deliver, { ...censored, seed: SEED }),
    serviceUs: summarize(service, { ...censored, seed: SEED }),
    histogram: deliver.encode(),
    brackets: bracketsOf({ headline: deliver, service }, censored, { added: totalsOf([200_000], 1000), missed: 0 }),
  };
}

/** `connections` that each were owed `owed`, some of which missed as many as told. */
export function subscribersWith(
  connections: number,
  owed: number,
  missed: Readonly<Record<number, number>> = {},
): SubscribersResult {
  const all = Array.from({ length: connections }, (_, connection) => ({
    ...{ connection, owed, delivered: owed - (missed[connection] ?? 0) },
  })).sort((a, b) => a.delivered - b.delivered || a.connection - b.connection);
  const shares = all.map(({ delivered }) => delivered / owed);
  const missing = all.filter(({ delivered }) => delivered < owed);
  return {
    count: connections,
    jain: jainOf(shares),
    missing: missing.length,
    unreached: missing.filter(({ delivered }) => delivered === 0).length,
    worst: missing.slice(0, 10),
    curve: shares.slice(0, 100),
  };
}

/** A cell whose connections all are in one room and get each message of the first of these requests. */
export function fanoutCell(
  connections: number,
  fanouts: readonly FanoutOptions[] = [{}],
  rate = 100,
  load = 'room',
): CellResult {
  const cell = healthyCell({ load, connections, rate });
  const fanout = fanouts.map((each) =>
    fanoutOf({ messages: (rate * SECONDS) / fanouts.length, subscribers: connections, ...each }),
  );
  const speaking = withRequests(
    cell,
    fanout.map(
      ({ name, messages: { sent }, deliveries: { delivered, missed, gone, late, redelivered, replayed } }) => ({
        name,
        counters: {
          ...{ planned: sent, sent, unmatched: sent, received: delivered + late + redelivered + replayed },
          ...{ delivered, missed, gone, deliveredLate: late, redelivered, replayed },
        },
      }),
    ),
  );
  return {
    ...speaking,
    ...{ match: 'none', fanout },
    flows: speaking.flows.map(unmatched),
    requests: speaking.requests!.map(unmatched),
    subscribers: subscribersWith(connections, fanout[0]!.messages.sent, fanouts[0]!.missed),
    seconds: cell.seconds.map((second) => ({
      ...{ ...second, answered: 0, p50: null, p90: null, p99: null, max: null },
      ...{ received: rate * connections, delivered: rate * connections },
      ...{ deliverP50: 1500 + 100 * second.second, deliverP99: null },
    })),
  };
}

/** No reply is asked for. */
function unmatched<Of extends FlowResult>(flow: Of): Of {
  const none = { response: null, service: null };
  return { ...flow, latencyUs: { ...flow.latencyUs, ...none }, histograms: { ...flow.histograms, ...none } };
}

/** Ten, forty and a hundred subscribers of one room; in the largest some miss messages. */
export function fanoutCells(): CellResult[] {
  const missed = { 7: 5, 12: 2, 90: 1 };
  return [
    fanoutCell(10),
    fanoutCell(40),
    fanoutCell(100, [{ missed, late: 3, redelivered: 12, gone: 40, replayed: 2 }]),
  ];
}

/** Totals of `count` values that cycle through `values`. */
function totalsOf(values: readonly number[], count: number): Totals {
  const recording = new Recording();
  for (let i = 0; i < count; i++) recording.record(values[i % values.length]!);
  return Totals.of(recording.drain());
}

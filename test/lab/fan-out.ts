import type { CellResult } from '../../src/metrics/cell-result.js';
import type { FanoutResult } from '../../src/metrics/fanout-result.js';
import { Totals } from '../../src/metrics/histogram.js';
import { FIRST_SEQUENCE } from '../../src/plan/sequence.js';
import { rankOf } from '../../src/stats/quantile-interval.js';
import { lagMs } from './bounds.js';
import { type Experiment, exactly, type Finding, finding } from './experiment.js';
import type { HubSend } from './hub.js';
import { runHub, searchHub } from './hub-process.js';
import { Sorted } from './truth-delays.js';

const BELOW_MS = 0.1;
/** What a burst may add to the spread that the server made. */
const BURST_MS = 2;
/** What is judged: by name, the share of values below. The last one is the largest value. */
const JUDGED = { p50: 0.5, p90: 0.9, largest: 1 } as const;
type Judged = keyof typeof JUDGED;
const JUDGED_NAMES = Object.keys(JUDGED) as Judged[];

/** The sends of one message. */
interface Message {
  readonly dueUs: number;
  readonly inUs: number;
  readonly firstUs: number;
  readonly lastUs: number;
}

const delayingHub: Experiment = {
  id: 'F1',
  title: 'A hub that sends to subscriber j after j milliseconds',
  truth:
    '100 subscribers, 2 messages a second for 10 s. The hub writes down each send; the nominal spread is 99 ms. First and last delivery count from the instant a message was meant for. ' +
    'They may lie 0.1 ms below what the log says, and above it by what the bracket explains: send lag and the way back, as the instrument check saw it, at the same quantile. ' +
    'The spread is last less first, so what made the first one late makes the spread small. Deliveries are right to the last one.',
  run: async () => {
    const load = { subscribers: 100, ratePerSecond: 2, seconds: 10 };
    const { cell, sends } = await runHub({ stepUs: 1000, periodUs: 0 }, load);
    const result = cell.fanout![0]!;
    const messages = messagesOf(sends, load.ratePerSecond);
    const explained = explainedMs(cell, result);
    const since = (us: (message: Message) => number) => new Sorted(messages.map((each) => us(each) / 1000));
    const findings: Finding[] = countsOf(result, load.subscribers * load.ratePerSecond * load.seconds);
    const judge = (what: 'first' | 'last' | 'spread', truth: Sorted) => {
      for (const name of JUDGED_NAMES) {
        const above = explained[name];
        const below = what === 'spread' ? BELOW_MS + above : BELOW_MS;
        const reported = reportedMs(result.histograms[what], JUDGED[name]);
        findings.push(finding(`${what}, ${name}`, 'ms', truth.at(JUDGED[name]), reported, { below, above }));
      }
    };
    judge(
      'first',
      since(({ firstUs, dueUs }) => firstUs - dueUs),
    );
    judge(
      'last',
      since(({ lastUs, dueUs }) => lastUs - dueUs),
    );
    judge(
      'spread',
      since(({ firstUs, lastUs }) => lastUs - firstUs),
    );
    return findings;
  },
};

const burstOfDeliveries: Experiment = {
  id: 'F2',
  title: 'A thousand deliveries that are released at once',
  truth:
    'One worker, 1,000 subscribers, one message a second for 20 s, which the hub holds until the second is over and then sends to all. The hub writes down each send: the spread is the time it needed for its thousand writes. ' +
    'What wsurge needs to read a thousand sockets must not be added: the reported spread lies within 2 ms of the log. Deliveries are right to the last one.',
  run: async () => {
    const load = { subscribers: 1000, ratePerSecond: 1, seconds: 20 };
    const { cell, sends } = await runHub({ stepUs: 0, periodUs: 1_000_000 }, load);
    const result = cell.fanout![0]!;
    const messages = messagesOf(sends, load.ratePerSecond);
    const spread = new Sorted(messages.map(({ firstUs, lastUs }) => (lastUs - firstUs) / 1000));
    return [
      ...countsOf(result, load.subscribers * load.ratePerSecond * load.seconds),
      ...JUDGED_NAMES.map((name) => {
        const reported = reportedMs(result.histograms.spread, JUDGED[name]);
        const within = { below: BURST_MS, above: BURST_MS };
        return finding(`spread, ${name}`, 'ms', spread.at(JUDGED[name]), reported, within);
      }),
    ];
  },
};

const roomOfKnownSize: Experiment = {
  id: 'F3',
  title: 'How many subscribers until the last one waits 200 ms',
  truth:
    '50 messages a second. The hub sends to subscriber j after 2 j milliseconds, so the last of 100 waits 198 ms and the last of 101 waits 200 ms, with what the way takes. `capacity --axis subscribers` must answer 100, within 10 % below: its steps are that far apart. It may not answer more.',
  run: async () => {
    const load = { subscribers: 40, ratePerSecond: 50, seconds: 8 };
    const { answer, exitCode } = await searchHub({ stepUs: 2000, periodUs: 0 }, load, 'ws_deliver_last p(99)<200ms');
    return [
      finding('subscribers', 'connections', 100, answer.connections ?? Number.NaN, { below: 10, above: 0 }),
      exactly('exit code', '', 0, exitCode),
    ];
  },
};

/** Messages to many, of which every send is known. */
export const fanOut: readonly Experiment[] = [delayingHub, burstOfDeliveries, roomOfKnownSize];

function countsOf({ deliveries }: FanoutResult, expected: number): Finding[] {
  const { delivered, missed, redelivered } = deliveries;
  return [
    exactly('expected', 'deliveries', expected, deliveries.expected),
    exactly('delivered', 'deliveries', expected, delivered),
    exactly('missed', 'deliveries', 0, missed),
    exactly('redelivered', 'deliveries', 0, redelivered),
  ];
}

/**
 * Messages with their sends. The results do not say when t0 was, but no message comes before its instant, and the
 * promptest of them comes soon after it.
 */
function messagesOf(sends: readonly HubSend[], ratePerSecond: number): Message[] {
  const bySequence = new Map<number, HubSend[]>();
  for (const send of sends) bySequence.set(send.sequence, [...(bySequence.get(send.sequence) ?? []), send]);
  const messages = [...bySequence].map(([sequence, own]) => ({
    dueUs: ((sequence - FIRST_SEQUENCE) * 1e6) / ratePerSecond,
    inUs: own[0]!.inUs,
    firstUs: Math.min(...own.map(({ outUs }) => outUs)),
    lastUs: Math.max(...own.map(({ outUs }) => outUs)),
  }));
  const t0Us = Math.min(...messages.map(({ inUs, dueUs }) => inUs - dueUs));
  return messages.map((message) => ({ ...message, dueUs: message.dueUs + t0Us }));
}

/** Send lag and what the way back added to the messages of the instrument check, ms. */
function explainedMs(cell: CellResult, { brackets }: FanoutResult): Record<Judged, number> {
  const lag = lagMs(cell);
  const added = (q: number) => reportedMs(brackets?.addedHistogram ?? null, q);
  // What a skewed part adds to the median of a sum is its mean rather than its median.
  const most = lag.max + added(0.99);
  return { p50: Math.max(lag.p50, lag.mean) + added(0.75), p90: most, largest: most };
}

/** A quantile of a histogram of microseconds, ms; NaN of nothing. */
function reportedMs(histogram: string | null, q: number): number {
  if (histogram === null) return Number.NaN;
  const totals = Totals.decode(histogram);
  return totals.valueAtRank(rankOf(totals.count, q)) / 1000;
}

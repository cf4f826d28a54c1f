import { upperEndsOf } from '../../src/metrics/brackets.js';
import type { FanoutResult } from '../../src/metrics/fanout-result.js';
import { Totals } from '../../src/metrics/histogram.js';
import { FIRST_SEQUENCE } from '../../src/plan/sequence.js';
import { rankOf } from '../../src/stats/quantile-interval.js';
import { lowerEndOfParts } from '../../src/verdict/lower-ends.js';
import { type Experiment, exactly, type Finding, finding } from './experiment.js';
import type { HubSend } from './hub.js';
import { runHub, searchHub } from './hub-process.js';
import { Sorted } from './truth-delays.js';

/** How exactly the log is written. */
const LOG_MS = 0.1;
/** What a burst may add to the spread that the server made. */
const BURST_MS = 2;
/** What is judged: by name, the share of values below. No bracket is known of the largest of a few. */
const JUDGED = { p50: 0.5, p75: 0.75, p90: 0.9 } as const;
type Judged = keyof typeof JUDGED;
const JUDGED_NAMES = Object.keys(JUDGED) as Judged[];
/** What is held against the log, and the part of it that counts from the send. One worker reads all. */
const SERVED = { first: 'firstService', last: 'lastService', spread: 'spread' } as const;
type Time = keyof typeof SERVED;
const TIMES = Object.keys(SERVED) as Time[];

/** What the hub wrote down of one message. Microseconds from the instant when the message was due. */
interface Message {
  readonly first: Span;
  readonly last: Span;
  readonly spread: Span;
}

/** The truth lies between the two: a message leaves while it is handed to the socket. Microseconds. */
interface Span {
  readonly from: number;
  readonly to: number;
}

const delayingHub: Experiment = {
  id: 'F1',
  title: 'A hub that sends to subscriber j after j milliseconds',
  truth:
    '100 subscribers, 2 messages a second for 10 s. The hub writes down each send; the nominal spread is 99 ms. First and last delivery count from the instant a message was meant for. ' +
    'None may lie more than 0.1 ms below what the log says, nor above it by more than its bracket is wide. The spread is last less first, so what made the first one late makes the spread small: its bracket reaches above what was measured. ' +
    'Deliveries are right to the last one.',
  run: async () => {
    const load = { subscribers: 100, ratePerSecond: 2, seconds: 10 };
    const { cell, sends } = await runHub({ stepUs: 1000, periodUs: 0 }, load);
    const result = cell.fanout![0]!;
    const messages = messagesOf(sends, load.ratePerSecond, result);
    return [
      ...countsOf(result, load.subscribers * load.ratePerSecond * load.seconds),
      ...TIMES.flatMap((time) => timesOf(time, messages, result, { aboveMs: LOG_MS, belowMs: 0 })),
    ];
  },
};

const burstOfDeliveries: Experiment = {
  id: 'F2',
  title: 'A thousand deliveries that are released at once',
  truth:
    'One worker, 1,000 subscribers, one message a second for 20 s, which the hub holds until the second is over and then sends to all. The hub writes down each send: the spread is the time it needed for its thousand writes. ' +
    'What wsurge needs to read a thousand sockets must not be added: the reported spread may lie 2 ms above the log. It may lie below it by as much as the slowest of a hundred checks was read late: while the hub writes, it has a core, and who reads the first delivery may have to wait for one. ' +
    'Deliveries are right to the last one.',
  run: async () => {
    const load = { subscribers: 1000, ratePerSecond: 1, seconds: 20 };
    const { cell, sends } = await runHub({ stepUs: 0, periodUs: 1_000_000 }, load);
    const result = cell.fanout![0]!;
    const messages = messagesOf(sends, load.ratePerSecond, result);
    return [
      ...countsOf(result, load.subscribers * load.ratePerSecond * load.seconds),
      ...timesOf('spread', messages, result, { aboveMs: BURST_MS, belowMs: lateReadMs(result) }),
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
 * What the log says of each message. The results do not say when t0 was. It lies before the arrival of every message by
 * what that message needed to get to the hub, which is less than its first delivery took.
 */
function messagesOf(sends: readonly HubSend[], ratePerSecond: number, { histograms }: FanoutResult): Message[] {
  const bySequence = new Map<number, HubSend[]>();
  for (const send of sends) bySequence.set(send.sequence, [...(bySequence.get(send.sequence) ?? []), send]);
  const dueUs = (sequence: number) => ((sequence - FIRST_SEQUENCE) * 1e6) / ratePerSecond;
  const latestT0Us = Math.min(...sends.map(({ sequence, inUs }) => inUs - dueUs(sequence)));
  const longestWayUs = Totals.decode(histograms.first!).min!;
  return [...bySequence].map(([sequence, own]) => {
    const latestDueUs = latestT0Us + dueUs(sequence);
    const outs = own.map(({ outUs }) => outUs);
    const dones = own.map(({ doneUs }) => doneUs);
    const [first, last] = [Math.min, Math.max].map((end) => ({ from: end(...outs), to: end(...dones) }));
    const since = ({ from, to }: Span) => ({ from: from - latestDueUs, to: to - latestDueUs + longestWayUs });
    return {
      first: since(first!),
      last: since(last!),
      spread: { from: last!.from - first!.to, to: last!.to - first!.from },
    };
  });
}

/** How late the slowest of a hundred checks was read, ms. */
function lateReadMs({ brackets }: FanoutResult): number {
  const added = Totals.decode(brackets!.addedHistogram!);
  return added.valueAtRank(rankOf(added.count, 0.99)) / 1000;
}

/**
 * Quantiles of one time against the log, which has to lie within their brackets; `aboveMs` and `belowMs`: or so near to
 * what was reported.
 */
function timesOf(
  time: Time,
  messages: readonly Message[],
  result: FanoutResult,
  { aboveMs, belowMs }: { readonly aboveMs: number; readonly belowMs: number },
): Finding[] {
  const { histograms, brackets } = result;
  const measured = Totals.decode(histograms[time]!);
  const service = Totals.decode(histograms[SERVED[time]]!);
  const log = (end: keyof Span) => new Sorted(messages.map((message) => message[time][end] / 1000));
  const [from, to] = [log('from'), log('to')];
  return JUDGED_NAMES.map((name) => {
    const q = JUDGED[name];
    const reported = measured.valueAtRank(rankOf(measured.count, q)) / 1000;
    const few = { messages: messages.length };
    const low = lowerEndOfParts([{ service, unanswered: 0, brackets, ...few }], q)! / 1000;
    const high = time === 'spread' ? upperEndsOf(measured, 0, brackets, few)(q) / 1000 : reported;
    const truth = from.at(q);
    const within = {
      below: LOG_MS + Math.max(belowMs, high - reported),
      above: aboveMs + Math.max(0, reported - low) + to.at(q) - truth,
    };
    return finding(`${time}, ${name}`, 'ms', truth, reported, within);
  });
}

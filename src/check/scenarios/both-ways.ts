import type { StreamRequestSpec } from '../../profile/check-spec.js';
import { formatCounted, formatDuration } from '../../units.js';
import type { Outcome, Scenario, TitleFacts } from '../check.js';
import type { CheckSocket } from '../check-socket.js';
import type { CheckContext } from '../context.js';
import { promised } from '../expectations.js';
import {
  judgedFairly,
  KEPT_SHARE,
  lateness,
  receivingShortfall,
  type Shortfall,
  sendingShortfall,
} from '../kept-rate.js';
import { Numbered } from '../numbered.js';
import { numbersProblem } from '../numbers.js';
import { longestSilenceMs, paced, ratePerSecond } from '../paced.js';
import { pongLateness, pongsWhile, unansweredProblem } from '../pongs.js';
import { fromZero, pushNumber, streamRequest } from '../pushed.js';
import type { Received } from '../received.js';
import { type Standstill, withStandstill } from '../standstill.js';
import { streamProblem } from '../stream-problem.js';

const FLOW_MS = { full: 3000, quick: 1000 } as const;
/**
 * If one direction is silent for longer than this although messages are due, the other has stalled it. Much shorter
 * than the traffic.
 */
const STALL_MS = { full: 1000, quick: 500 } as const;
/** A pong that takes longer was delayed by the traffic. */
const PONG_MS = STALL_MS;
const ORDER_RATE_PER_SECOND = 300;
const PING_RATE_PER_SECOND = 500;
const SIZES_BYTES: readonly number[] = [1, 100, 1000, 10_000];
/** How long to wait after the last message for a surplus one. */
const QUIET_MS = 100;

const lengthOf = ({ quick }: TitleFacts) => formatDuration(quick ? FLOW_MS.quick : FLOW_MS.full);
const stallOf = ({ quick }: Pick<TitleFacts, 'quick'>) => formatDuration(quick ? STALL_MS.quick : STALL_MS.full);

/** 4: both directions at once, and neither delays the other. */
export const bothWaysScenario: Scenario = {
  number: 4,
  name: 'both-ways',
  title: 'Both ways',
  allowsOthers: true,
  checks: [
    ...[100, 500, 1000].map((rate, index) => ({
      id: `4.${1 + index}`,
      title: (facts: TitleFacts) =>
        `${rate} messages a second ${directionsOf(facts)} for ${lengthOf(facts)}, no stall above ${stallOf(facts)}`,
      isRequired: true,
      isPaced: true,
      run: (context: CheckContext) => interleaved(context, { rate, padBytes: () => 0 }),
    })),
    {
      id: '4.4',
      title: (facts) =>
        `sizes from 1 to 10,000 bytes in turn, ${ORDER_RATE_PER_SECOND} a second ${directionsOf(facts)}: order holds`,
      isRequired: true,
      isPaced: true,
      run: (context) =>
        interleaved(context, {
          rate: ORDER_RATE_PER_SECOND,
          padBytes: (index) => SIZES_BYTES[index % SIZES_BYTES.length]!,
        }),
    },
    {
      id: '4.5',
      title: (facts) => `pings are answered within ${stallOf(facts)} beside ${PING_RATE_PER_SECOND} messages a second`,
      isRequired: true,
      isPaced: true,
      run: pinged,
    },
  ],
};

/** If the server pushes, both directions have the rate; otherwise only the replies have it. */
function directionsOf({ expects }: TitleFacts): string {
  return expects.stream === null ? 'and their replies' : 'each way';
}

interface Traffic {
  readonly rate: number;
  /** Bytes of padding in message `index` of ours. */
  readonly padBytes: (index: number) => number;
}

interface Flowed {
  readonly count: number;
  /** `performance.now()` before anything was sent or asked for, ms. */
  readonly startMs: number;
  /** When each message left. */
  readonly sentAtMs: readonly number[];
  readonly echoes: readonly Received[];
  readonly pushes: readonly Received[];
  /** Whether the server was asked to push. */
  readonly stream: StreamRequestSpec | null;
  /** What is wrong with the messages themselves. */
  readonly problems: readonly (string | null)[];
}

async function interleaved(context: CheckContext, traffic: Traffic): Promise<Outcome> {
  // Sizes are those of an echo: what a request of the profile says is not for a check to choose.
  if (traffic.padBytes(0) > 0) promised(context.expects, 'echo');
  const socket = await context.open();
  const { value: flowed, stood } = await withStandstill(() => flow(context, socket, traffic));
  const { count, startMs, echoes, pushes, stream, problems } = flowed;
  // Counted from when the first was due: a direction that waits for the end of the other has no gap between its
  // messages.
  const dueMs = startMs + (context.found?.slowestReplyMs ?? 0);
  const echoGapMs = longestSilenceMs(dueMs, atMs(echoes));
  const pushGapMs = longestSilenceMs(dueMs, atMs(pushes));
  const { rate } = traffic;
  const each = `${KEPT_SHARE * rate} a second or more, no stall above ${stallOf(context)}`;
  const evidence = {
    sent: `${count} messages at ${rate} a second${stream === null ? '' : `, and a request for ${count} back at the same rate`}`,
    expected:
      stream === null
        ? `${count} replies${context.expects.requests === null ? ' in order' : ''}, at ${each}`
        : `${count} replies and ${count} pushed messages, each in order, at ${each}`,
    received: `${formatCounted(echoes.length, 'reply')}${stream === null ? '' : `, ${pushes.length} pushed`}`,
    measured: [
      { name: 'sent', value: ratePerSecond(flowed.sentAtMs), unit: 'msg/s' },
      { name: 'replies', value: ratePerSecond(echoes.map(({ atMs }) => atMs)), unit: 'msg/s' },
      ...(stream === null
        ? []
        : [{ name: 'pushed', value: ratePerSecond(pushes.map(({ atMs }) => atMs)), unit: 'msg/s' }]),
      { name: 'longest gap', value: Math.max(echoGapMs, pushGapMs), unit: 'ms' },
    ],
  };
  const stallMs = context.waitMs(STALL_MS.full, STALL_MS.quick);
  const sending = sendingShortfall(rate, flowed.sentAtMs);
  const shortfalls = [
    sending,
    // If this machine was too slow, the rate of the replies says nothing; a stall still does.
    sending === null ? receivingShortfall('replies', rate, atMs(echoes), stood) : null,
    receivingShortfall('pushed messages', rate, atMs(pushes), stood),
    stallOver('replies', echoGapMs, stallMs, stood),
    stallOver('pushed messages', pushGapMs, stallMs, stood),
  ];
  return judgedFairly(problems, shortfalls, evidence);
}

const atMs = (messages: readonly Received[]) => messages.map((message) => message.atMs);

function stallOver(what: string, gapMs: number, limitMs: number, stood: Standstill): Shortfall | null {
  return lateness(gapMs, limitMs, `${what} stalled for ${formatDuration(gapMs)}`, stood);
}

async function pinged(context: CheckContext): Promise<Outcome> {
  const socket = await context.open();
  const { value, stood } = await withStandstill(async () => {
    const traffic = flow(context, socket, { rate: PING_RATE_PER_SECOND, padBytes: () => 0 });
    // A failure of the traffic is thrown below, where it is awaited.
    traffic.catch(() => undefined);
    const tookMs = await pongsWhile(context, socket, traffic);
    return { tookMs, flowed: await traffic };
  });
  const { tookMs, flowed } = value;
  const limitMs = context.waitMs(PONG_MS.full, PONG_MS.quick);
  const answered = tookMs.filter((each) => each !== null);
  const evidence = {
    sent: `${formatCounted(tookMs.length, 'ping')} between ${flowed.count} messages at ${PING_RATE_PER_SECOND} a second`,
    expected: `a pong for every ping within ${formatDuration(limitMs)}`,
    received: formatCounted(answered.length, 'pong'),
    measured: answered.length === 0 ? [] : [{ name: 'slowest pong', value: Math.max(...answered), unit: 'ms' }],
  };
  const problems = [...flowed.problems, unansweredProblem(tookMs, context.replyMs)];
  const shortfalls = [pongLateness(tookMs, limitMs, stood), sendingShortfall(PING_RATE_PER_SECOND, flowed.sentAtMs)];
  return judgedFairly(problems, shortfalls, evidence);
}

/** Sends at a rate while the server, if it can, pushes at the same rate. Judges content, loss and order of both. */
async function flow(context: CheckContext, socket: CheckSocket, { rate, padBytes }: Traffic): Promise<Flowed> {
  const { stream } = context.expects;
  const plannedMs = context.waitMs(FLOW_MS.full, FLOW_MS.quick);
  const count = (rate * plannedMs) / 1000;
  const isPush = (message: Received) => stream !== null && !Number.isNaN(pushNumber(stream, message));
  const numbered = new Numbered(context, socket, isPush);
  const sent = Array.from({ length: count }, (_, number) => numbered.message(number, padBytes(number)));
  const startMs = performance.now();
  if (stream !== null) socket.send(streamRequest(stream, count, rate));
  const sentAtMs = await paced(context, count, rate, (index) => socket.send(sent[index]!.text));
  const limits = { quietMs: context.replyMs, mostMs: context.replyMs + plannedMs / 2 };
  const { messages: all, end } = await socket.gather(stream === null ? count : 2 * count, limits);
  all.push(...(await socket.listen(end === 'all' ? QUIET_MS : 0)));
  const pushes = all.filter(isPush);
  const echoes = all.filter((message) => !isPush(message));
  const numbers = sent.map((_, number) => number);
  const problems = [
    streamProblem(context, socket, { numbered, sent, replies: echoes, end, prefix: 'replies: ' }),
    stream === null ? null : pushProblem(numbers, pushes, stream, end === 'late'),
  ];
  return { count, startMs, sentAtMs, echoes, pushes, stream, problems };
}

function pushProblem(
  numbers: readonly number[],
  pushes: readonly Received[],
  stream: StreamRequestSpec,
  areLate: boolean,
): string | null {
  const problem = numbersProblem(numbers, fromZero(pushes.map((message) => pushNumber(stream, message))), areLate);
  return problem === null ? null : `pushed messages: ${problem}`;
}

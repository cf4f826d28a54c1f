import type { StreamRequestSpec } from '../../profile/check-spec.js';
import { judged, type Outcome, type Scenario } from '../check.js';
import type { CheckSocket } from '../check-socket.js';
import type { CheckContext } from '../context.js';
import { echoContent, echoMessage, echoProblem, numberOf } from '../echo.js';
import { numbersProblem } from '../numbers.js';
import { longestGapMs, paced, ratePerSecond } from '../paced.js';
import { fromZero, pushNumber, streamRequest } from '../pushed.js';
import type { Received } from '../received.js';

/**
 * A direction that is silent for longer while messages are due was stalled by the other. Well below the length of the
 * traffic.
 */
const STALL_MS = { full: 1000, quick: 500 } as const;
const ORDER_RATE_PER_SECOND = 300;
const PING_EVERY_MS = 100;
const PING_RATE_PER_SECOND = 500;
const SIZES_BYTES: readonly number[] = [1, 100, 1000, 10_000];
/** How long to wait after the last message for one too many. */
const QUIET_MS = 100;

/** 4: both directions at once, and neither holds the other up. */
export const bothWaysScenario: Scenario = {
  number: 4,
  name: 'both-ways',
  title: 'Both ways',
  checks: [
    ...[100, 500, 1000].map((rate, index) => ({
      id: `4.${1 + index}`,
      title: `${rate} messages a second each way, neither stalls the other`,
      isRequired: true,
      run: (context: CheckContext) => interleaved(context, { rate, padBytes: () => 0 }),
    })),
    {
      id: '4.4',
      title: 'order holds in each direction, with mixed sizes',
      isRequired: true,
      run: (context) =>
        interleaved(context, {
          rate: ORDER_RATE_PER_SECOND,
          padBytes: (index) => SIZES_BYTES[index % SIZES_BYTES.length]!,
        }),
    },
    { id: '4.5', title: 'pings are answered meanwhile', isRequired: true, run: pinged },
  ],
};

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
  readonly problems: readonly (string | null)[];
}

async function interleaved(context: CheckContext, traffic: Traffic): Promise<Outcome> {
  const socket = await context.open();
  const flowed = await flow(context, socket, traffic);
  const { count, startMs, sentAtMs, echoes, pushes, stream, problems } = flowed;
  // From the start: a direction that waits for the other's end would show no gap between its own messages.
  const echoGapMs = longestGapMs([startMs, ...echoes.map(({ atMs }) => atMs)]);
  const pushGapMs = longestGapMs([startMs, ...pushes.map(({ atMs }) => atMs)]);
  // While this process stood still itself, it could neither send nor see what came.
  const ownGapMs = longestGapMs([startMs, ...sentAtMs]);
  const stallMs = context.waitMs(STALL_MS.full, STALL_MS.quick) + ownGapMs;
  return judged(
    [
      ...problems,
      echoGapMs <= stallMs ? null : `replies stalled for ${Math.round(echoGapMs)} ms`,
      pushGapMs <= stallMs ? null : `pushed messages stalled for ${Math.round(pushGapMs)} ms`,
    ],
    {
      sent: `${count} messages at ${traffic.rate} a second${stream === null ? '' : `, and a request for ${count} back at the same rate`}`,
      expected:
        stream === null ? `${count} replies in order` : `${count} replies and ${count} pushed messages, each in order`,
      received: stream === null ? `${echoes.length} replies` : `${echoes.length} replies, ${pushes.length} pushed`,
      measured: [
        { name: 'replies', value: ratePerSecond(echoes.map(({ atMs }) => atMs)), unit: 'msg/s' },
        { name: 'longest gap', value: Math.max(echoGapMs, pushGapMs), unit: 'ms' },
      ],
    },
  );
}

async function pinged(context: CheckContext): Promise<Outcome> {
  const socket = await context.open();
  let isOver = false;
  const traffic = flow(context, socket, { rate: PING_RATE_PER_SECOND, padBytes: () => 0 }).finally(() => {
    isOver = true;
  });
  const tookMs: (number | null)[] = [];
  // The traffic's own failure is thrown by the wait for it below.
  traffic.catch(() => undefined);
  while (!isOver) {
    tookMs.push(await socket.ping(context.replyMs));
    await context.sleep(PING_EVERY_MS);
  }
  const { problems, count } = await traffic;
  const answered = tookMs.filter((each) => each !== null);
  const slowestMs = Math.max(0, ...answered);
  return judged(
    [...problems, answered.length === tookMs.length ? null : `${tookMs.length - answered.length} pings unanswered`],
    {
      sent: `${tookMs.length} pings between ${count} messages at ${PING_RATE_PER_SECOND} a second`,
      expected: 'a pong for every ping',
      received: `${answered.length} pongs`,
      measured: [{ name: 'slowest pong', value: slowestMs, unit: 'ms' }],
    },
  );
}

/** Sends at a rate while the server, where it can, pushes at the same; judges content, loss and order of both. */
async function flow(context: CheckContext, socket: CheckSocket, { rate, padBytes }: Traffic): Promise<Flowed> {
  const { stream } = context.expects;
  const plannedMs = context.waitMs(3000, 1000);
  const count = (rate * plannedMs) / 1000;
  const sent = Array.from({ length: count }, (_, number) =>
    echoMessage(context.expects, { number, pad: 'x'.repeat(padBytes(number)) }),
  );
  const startMs = performance.now();
  if (stream !== null) socket.send(streamRequest(stream, count, rate));
  const sentAtMs = await paced(context, count, rate, (index) => socket.send(sent[index]!.text));
  const all = await socket.collect(stream === null ? count : 2 * count, context.replyMs + plannedMs / 2);
  all.push(...(await socket.listen(QUIET_MS)));
  const pushes = stream === null ? [] : all.filter((message) => !Number.isNaN(pushNumber(stream, message)));
  const isPush = new Set(pushes);
  const echoes = all.filter((message) => !isPush.has(message));
  const numbers = sent.map((_, number) => number);
  const wrong = echoes.map((reply, index) => {
    const message = sent[index];
    return message === undefined ? null : echoProblem(context.expects, message, reply);
  });
  const came = echoes.map((reply) => numberOf(echoContent(context.expects, reply)));
  const lost = numbersProblem(numbers, came);
  const problems = [
    lost === null ? (wrong.find((problem) => problem !== null) ?? null) : `replies: ${lost}`,
    stream === null ? null : pushProblem(numbers, pushes, stream),
  ];
  return { count, startMs, sentAtMs, echoes, pushes, stream, problems };
}

function pushProblem(
  numbers: readonly number[],
  pushes: readonly Received[],
  stream: StreamRequestSpec,
): string | null {
  const problem = numbersProblem(numbers, fromZero(pushes.map((message) => pushNumber(stream, message))));
  return problem === null ? null : `pushed messages: ${problem}`;
}

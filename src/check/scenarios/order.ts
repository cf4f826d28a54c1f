import { formatCount, formatCounted, formatDuration } from '../../units.js';
import { type Evidence, judged, type Outcome, type Scenario, type TitleFacts } from '../check.js';
import type { CheckSocket, GatherEnd } from '../check-socket.js';
import type { CheckContext } from '../context.js';
import { promised } from '../expectations.js';
import { Numbered } from '../numbered.js';
import { listedNumbers as listed, numbersProblem } from '../numbers.js';
import { fromZero, pushNumber, streamRequest } from '../pushed.js';
import type { Received } from '../received.js';
import { streamProblem } from '../stream-problem.js';

const COUNT = 100;
/** How long to wait after the last expected reply for replies that come twice. */
const QUIET_MS = 150;
const LOAD_CONNECTIONS = 5;
const PUSHED = 50;
const PUSHED_PER_SECOND = 200;
const LONGEST_PAUSE_MS = 10;
const SIZES_BYTES: readonly number[] = [0, 10, 125, 126, 1000, 10_000, 65_535, 65_536];

/** 7: every message once, and in the order in which it was sent. */
export const orderScenario: Scenario = {
  number: 7,
  name: 'order',
  title: 'Order',
  allowsOthers: true,
  checks: [
    {
      id: '7.1',
      title: ({ expects }) =>
        expects.requests === null
          ? `${COUNT} numbered messages are answered once each, in order`
          : `${COUNT} requests are answered once each`,
      isRequired: true,
      run: (context) => inOrder(context, range(COUNT)),
    },
    { id: '7.2', title: 'a single message is answered once', run: (context) => inOrder(context, [0]) },
    {
      id: '7.3',
      title: ({ expects }) => `${orderText(expects)} while ${LOAD_CONNECTIONS} other connections send`,
      isRequired: true,
      run: underLoad,
    },
    {
      id: '7.4',
      title: ({ expects }) => `in order with sizes up to ${formatCount(Math.max(...sizesFor(expects)))} bytes`,
      isRequired: true,
      run: mixedSizes,
    },
    {
      id: '7.5',
      title: ({ expects }) => `${orderText(expects)} with pauses of up to ${LONGEST_PAUSE_MS} ms`,
      isRequired: true,
      run: withPauses,
    },
    { id: '7.6', title: 'in order while the server pushes', run: whilePushed },
    {
      id: '7.7',
      title: 'what is sent twice is answered twice',
      isRequired: true,
      run: (context) => {
        promised(context.expects, 'echo');
        return inOrder(context, twice(range(COUNT / 2)));
      },
    },
    {
      id: '7.8',
      title: 'numbers sent out of order are answered in the order in which they were sent',
      isRequired: true,
      run: shuffled,
    },
  ],
};

/** Requests of the profile may be answered as they are done. */
const orderText = ({ requests }: TitleFacts['expects']) => (requests === null ? 'in order' : 'once each');

function sizesFor({ largestBytes }: TitleFacts['expects']): readonly number[] {
  return SIZES_BYTES.filter((bytes) => bytes <= largestBytes);
}

/** Sends messages with these numbers at once and judges what comes back. */
async function inOrder(context: CheckContext, numbers: readonly number[]): Promise<Outcome> {
  const socket = await context.open();
  return await judgedNumbers(context, socket, numbers, () => 0);
}

async function judgedNumbers(
  context: CheckContext,
  socket: CheckSocket,
  numbers: readonly number[],
  padBytes: (index: number) => number,
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<Outcome> {
  const numbered = new Numbered(context, socket);
  const startMs = performance.now();
  const sent = numbers.map((number, index) => numbered.message(number, padBytes(index)));
  for (const { text } of sent) {
    socket.send(text);
    await pause();
  }
  const { replies, end } = await echoes(context, socket, numbers.length);
  const came = numbered.numbersIn(replies);
  const tookMs = replies.length === 0 ? null : replies.at(-1)!.atMs - startMs;
  return judged(
    [streamProblem(context, socket, { numbered, sent, replies, end })],
    evidenceOf(context, numbers, came, tookMs),
  );
}

/** Waits for that many replies, then collects messages that follow at once. */
async function echoes(
  { replyMs }: CheckContext,
  socket: CheckSocket,
  count: number,
): Promise<{ readonly replies: Received[]; readonly end: GatherEnd }> {
  const { messages, end } = await socket.gather(count, { quietMs: replyMs, mostMs: 2 * replyMs });
  return { replies: [...messages, ...(await socket.listen(end === 'all' ? QUIET_MS : 0))], end };
}

function evidenceOf(
  { replyMs }: CheckContext,
  sent: readonly number[],
  came: readonly number[],
  tookMs: number | null,
): Partial<Evidence> {
  return {
    sent: `${formatCounted(sent.length, 'message')}: ${listed(sent)}`,
    expected: `${formatCounted(sent.length, 'reply')}: ${listed(sent)}; no silence above ${formatDuration(replyMs)}, all within ${formatDuration(2 * replyMs)}`,
    received: `${formatCounted(came.length, 'reply')}: ${listed(came)}`,
    measured: tookMs === null ? [] : [{ name: 'last reply after', value: tookMs, unit: 'ms' }],
  };
}

async function underLoad(context: CheckContext): Promise<Outcome> {
  const others = await context.openAll(LOAD_CONNECTIONS);
  const socket = await context.open();
  const [outcome, ...behind] = await Promise.all([
    judgedNumbers(
      context,
      socket,
      range(COUNT),
      () => 0,
      () => context.sleep(0),
    ),
    ...others.map((other) =>
      judgedNumbers(
        context,
        other,
        range(COUNT),
        () => 100,
        () => context.sleep(0),
      ),
    ),
  ]);
  const failure = behind.find(({ status }) => status === 'failed');
  if (failure === undefined || outcome.status === 'failed') return outcome;
  return failure;
}

async function mixedSizes(context: CheckContext): Promise<Outcome> {
  promised(context.expects, 'echo');
  const socket = await context.open();
  const sizes = sizesFor(context.expects);
  return await judgedNumbers(context, socket, range(COUNT), (index) => sizes[index % sizes.length]!);
}

async function withPauses(context: CheckContext): Promise<Outcome> {
  const socket = await context.open();
  const pause = () => context.sleep(context.rng.next() * LONGEST_PAUSE_MS);
  return await judgedNumbers(context, socket, range(COUNT / 2), () => 0, pause);
}

/** Echoes and a push on one connection, each in its own order. */
async function whilePushed(context: CheckContext): Promise<Outcome> {
  const stream = promised(context.expects, 'stream');
  promised(context.expects, 'echo');
  const socket = await context.open();
  const isPush = (message: Received) => !Number.isNaN(pushNumber(stream, message));
  const numbered = new Numbered(context, socket, isPush);
  socket.send(streamRequest(stream, PUSHED, PUSHED_PER_SECOND));
  const sent = range(COUNT).map((number) => numbered.message(number, 0));
  for (const { text } of sent) {
    socket.send(text);
    await context.sleep(1);
  }
  const { replies: received, end } = await echoes(context, socket, COUNT + PUSHED);
  const pushed = received.filter(isPush).map((message) => pushNumber(stream, message));
  const replies = received.filter((message) => !isPush(message));
  const echoProblem = streamProblem(context, socket, { numbered, sent, replies, end, prefix: 'replies: ' });
  const pushProblem = numbersProblem(range(PUSHED), fromZero(pushed), end === 'late');
  return judged([echoProblem, pushProblem === null ? null : `pushed messages: ${pushProblem}`], {
    sent: `the request for ${PUSHED} messages, and ${COUNT} messages meanwhile`,
    expected: `${PUSHED} pushed messages and ${COUNT} replies, each in order`,
    received: `${pushed.length} pushed messages, ${replies.length} replies`,
  });
}

async function shuffled(context: CheckContext): Promise<Outcome> {
  promised(context.expects, 'echo');
  const numbers = [...range(COUNT)];
  for (let at = numbers.length - 1; at > 0; at--) {
    const other = Math.floor(context.rng.next() * (at + 1));
    [numbers[at], numbers[other]] = [numbers[other]!, numbers[at]!];
  }
  return await inOrder(context, numbers);
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function twice(numbers: readonly number[]): readonly number[] {
  return numbers.flatMap((number) => [number, number]);
}

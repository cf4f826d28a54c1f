import { formatCount, formatCounted, formatDuration } from '../../units.js';
import { judged, type Outcome, type Scenario, skipped, type TitleFacts } from '../check.js';
import type { CheckContext } from '../context.js';
import { type Content, exchange, jsonField } from '../echo.js';
import { promised } from '../expectations.js';
import { judgedFairly, KEPT_SHARE, receivingShortfall } from '../kept-rate.js';
import { Numbered } from '../numbered.js';
import { numbersProblem } from '../numbers.js';
import { longestGapMs, ratePerSecond } from '../paced.js';
import { pushed } from '../pushed.js';
import { type Received, shown } from '../received.js';
import { withStandstill } from '../standstill.js';
import { streamProblem } from '../stream-problem.js';
import { transferMs } from '../waiting.js';
import { UNICODE } from './send.js';

const COUNT = 100;
const STAMPED_PER_SECOND = 200;
const PUSH_MS = { full: 3000, quick: 1000 } as const;
/** A push may take this much longer than planned: half as long again, plus one second. */
const lateMs = (plannedMs: number) => plannedMs / 2 + 1000;

const NESTED: Content = { a: { b: { c: { d: [{ e: { f: 'deep' } }] } } }, empty: {}, list: [[], [[1]], [{ x: [] }]] };
const ARRAYS: Content = [0, -1, 1.5, 1e21, 'two', ['three', ['four']], [], Array.from({ length: 50 }, (_, i) => i)];
const MIXED: Content = {
  text: 'x',
  whole: 9_007_199_254_740_991,
  part: 0.1,
  small: 5e-324,
  yes: true,
  no: false,
  nothing: null,
  'a key with spaces': '',
};

/** 3: every message arrives as it was sent, byte for byte and in order. */
export const receiveScenario: Scenario = {
  number: 3,
  name: 'receive',
  title: 'Receiving',
  allowsOthers: true,
  checks: [
    {
      id: '3.1',
      title: 'simple JSON comes back',
      isRequired: true,
      run: (context) => exact(context, { content: 'hello' }),
    },
    { id: '3.2', title: 'nested JSON comes back', run: (context) => exact(context, NESTED) },
    { id: '3.3', title: 'arrays come back', run: (context) => exact(context, ARRAYS) },
    { id: '3.4', title: 'numbers, booleans and text come back as they were', run: (context) => exact(context, MIXED) },
    {
      id: '3.5',
      title: 'unicode in keys and values comes back',
      isRequired: true,
      run: (context) => exact(context, { [UNICODE]: UNICODE }),
    },
    {
      id: '3.6',
      title: ({ expects }) => `${formatCount(expects.largestBytes)} bytes of content come back`,
      isRequired: true,
      run: large,
    },
    {
      id: '3.7',
      title: ({ expects }) =>
        expects.requests === null
          ? `${COUNT} messages sent at once are answered in order`
          : `${COUNT} requests sent at once are answered once each`,
      isRequired: true,
      run: order,
    },
    { id: '3.8', title: 'pushed messages have timestamps that never go back', run: timestamps },
    ...[100, 500, 1000].map((rate, index) => ({
      id: `3.${9 + index}`,
      title: ({ quick }: TitleFacts) =>
        `the server pushes ${rate} messages a second for ${formatDuration(quick ? PUSH_MS.quick : PUSH_MS.full)}`,
      isPaced: true,
      run: (context: CheckContext) => sustained(context, rate),
    })),
  ],
};

async function exact(context: CheckContext, content: Content, withinMs = context.replyMs): Promise<Outcome> {
  promised(context.expects, 'echo');
  const socket = await context.open();
  const { sent, reply, problem, tookMs } = await exchange(context, socket, content, withinMs);
  return judged([problem], {
    sent: shown(sent.text),
    expected: `the same content, sent in ${formatCount(Buffer.byteLength(sent.text))} bytes`,
    received: `${formatCount(reply.data.length)} bytes: ${shown(reply.data, reply.isBinary)}`,
    measured: [{ name: 'reply', value: tookMs, unit: 'ms' }],
  });
}

/** Varied text, so that a lost or swapped piece is noticed. */
async function large(context: CheckContext): Promise<Outcome> {
  promised(context.expects, 'echo');
  const bytes = context.expects.largestBytes;
  const text = Buffer.alloc(Math.ceil((bytes * 3) / 4));
  for (let at = 0; at + 4 <= text.length; at += 4) text.writeUInt32LE(context.rng.uint32(), at);
  const outcome = await exact(context, text.toString('base64').slice(0, bytes), context.replyMs + transferMs(bytes));
  return { ...outcome, measured: [...outcome.measured, { name: 'content', value: bytes, unit: 'bytes' }] };
}

async function order(context: CheckContext): Promise<Outcome> {
  const socket = await context.open();
  const numbers = Array.from({ length: COUNT }, (_, number) => number);
  const numbered = new Numbered(context, socket);
  const sent = numbers.map((number) => numbered.message(number));
  for (const { text } of sent) socket.send(text);
  const { replyMs } = context;
  const { messages: replies, end } = await socket.gather(COUNT, { quietMs: replyMs, mostMs: 2 * replyMs });
  return judged([streamProblem(context, socket, { numbered, sent, replies, end })], {
    sent: `${COUNT} numbered ${context.expects.requests === null ? 'messages' : 'requests'} at once`,
    expected: `0 to ${COUNT - 1}${context.expects.requests === null ? ' in order' : ', once each'}, none more than ${formatDuration(replyMs)} after the one before`,
    received: formatCounted(replies.length, 'message'),
  });
}

async function timestamps(context: CheckContext): Promise<Outcome> {
  const stream = promised(context.expects, 'stream');
  const { timestamp } = stream;
  if (timestamp === null) return skipped('not promised: check.requests.stream.timestamp of the profile does not say');
  const socket = await context.open();
  const asked = { count: COUNT, rate: STAMPED_PER_SECOND, lateMs: context.replyMs };
  const { messages } = await pushed(context, socket, stream, asked);
  const atMs = messages.map((message) => message.atMs);
  const stamps = messages.map((message) => stampOf(message, timestamp));
  const missing = stamps.filter(Number.isNaN).length;
  const back = stamps.filter((stamp, index) => index > 0 && stamp < stamps[index - 1]!).length;
  return judged(
    [
      messages.length === COUNT ? null : `${messages.length} of ${COUNT} messages came`,
      missing === 0 ? null : `${missing} messages have no time in ${timestamp}`,
      back === 0 ? null : `${back} times are earlier than the one before`,
    ],
    {
      sent: `a request for ${COUNT} messages`,
      expected: `a time in ${timestamp}, never earlier than the one before`,
      received: messages[0] === undefined ? 'nothing' : shown(messages[0].data),
      measured: atMs.length < 2 ? [] : [{ name: 'first to last', value: atMs.at(-1)! - atMs[0]!, unit: 'ms' }],
    },
  );
}

/** Milliseconds since the epoch or any other origin, from a number or an ISO time; NaN for anything else. */
function stampOf({ data }: Received, field: string): number {
  const value = jsonField(data, field);
  return typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
}

async function sustained(context: CheckContext, rate: number): Promise<Outcome> {
  const stream = promised(context.expects, 'stream');
  const socket = await context.open();
  const plannedMs = context.waitMs(PUSH_MS.full, PUSH_MS.quick);
  const count = (rate * plannedMs) / 1000;
  const mostMs = plannedMs + lateMs(plannedMs);
  const { value: result, stood } = await withStandstill(() =>
    pushed(context, socket, stream, { count, rate, lateMs: lateMs(plannedMs) }),
  );
  const atMs = result.messages.map((message) => message.atMs);
  const wanted = Array.from({ length: count }, (_, number) => number);
  const problem = numbersProblem(wanted, result.numbers, result.end === 'late');
  const short = receivingShortfall('they', rate, atMs, stood);
  const evidence = {
    sent: `a request for ${count} messages at ${rate} a second`,
    expected: `${count} messages, once and in order, at ${KEPT_SHARE * rate} a second or more, within ${formatDuration(mostMs)}`,
    received: `${formatCounted(result.messages.length, 'message')} in ${formatDuration(result.tookMs)}`,
    measured: [
      { name: 'rate', value: ratePerSecond(atMs), unit: 'msg/s' },
      { name: 'longest gap', value: longestGapMs(atMs), unit: 'ms' },
    ],
  };
  return judgedFairly([problem], [short], evidence);
}

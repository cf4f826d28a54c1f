import { formatCount, formatCounted, formatDuration } from '../../units.js';
import { Bystanders, type Talk } from '../bystanders.js';
import { CannotJudge, judged, NotPromised, type Outcome, type Scenario, type TitleFacts } from '../check.js';
import type { CheckSocket } from '../check-socket.js';
import type { CheckContext } from '../context.js';
import { echoMessage, exchange, fillTemplate, usableProblem } from '../echo.js';
import { largeRefused } from '../enforced-end.js';
import { type Expectations, promised } from '../expectations.js';
import { naming } from '../fault.js';
import { judgedFairly, lateness } from '../kept-rate.js';
import { shown, shownClose } from '../received.js';
import { withStandstill } from '../standstill.js';
import { transferMs } from '../waiting.js';
import { garbageLogged, garbageSurvived } from './trouble-garbage.js';
import { deadPeer, deadPeerTitle, halfOpen, reset, sliced, throttled, throttledTitle } from './trouble-network.js';

const HUGE_BYTES = 10_000_000;
const SLOW_MESSAGE_BYTES = 500_000;
const SLOW_MESSAGES = 16;
const IDLE_MS = { full: 35_000, quick: 3000 } as const;
/** While one client reads slowly, an answer to another may take this much longer than the slowest before. */
const DISTURBED_MS = 1000;
/** Longest wait for the answer to an invalid message. No result depends on the answer. */
const ANSWER_MS = 100;
const MAX_LIMIT_MS = 60_000;

/** 8: a client in trouble does not affect the others, and the server survives. */
export const troubleScenario: Scenario = {
  number: 8,
  name: 'trouble',
  title: 'Trouble',
  checks: [
    { id: '8.1', title: 'a reset connection disturbs nobody', isRequired: true, run: reset },
    {
      id: '8.2',
      title: 'a half-open connection disturbs nobody and goes on afterwards',
      isRequired: true,
      run: halfOpen,
    },
    { id: '8.3', title: deadPeerTitle, limitMs: () => MAX_LIMIT_MS, run: deadPeer },
    { id: '8.4', onlyWaitsIfSlow: true, title: throttledTitle, isRequired: true, run: throttled },
    {
      id: '8.5',
      onlyWaitsIfSlow: true,
      title: 'a handshake and a message in single bytes are understood',
      isRequired: true,
      run: sliced,
    },
    { id: '8.6', title: 'an invalid message disturbs nobody', isRequired: true, isRough: true, run: invalidMessage },
    { id: '8.7', title: 'a connection that the server closes disturbs nobody', run: serverClose },
    {
      id: '8.8',
      title: ({ quick }) =>
        `${formatDuration(quick ? IDLE_MS.quick : IDLE_MS.full)} of silence do not end a connection`,
      limitMs: () => MAX_LIMIT_MS,
      isRequired: true,
      onlyWaits: true,
      run: idle,
    },
    { id: '8.9', title: hugeTitle, isRough: true, run: huge },
    { id: '8.10', title: 'a slow reader disturbs nobody', isRequired: true, isRough: true, run: slowReader },
    {
      id: '8.11',
      title: 'garbage leaves no unhandled error in what the server prints',
      isRough: true,
      run: garbageLogged,
    },
    { id: '8.12', title: 'garbage brings nothing down', isRequired: true, isRough: true, run: garbageSurvived },
  ],
};

/** Everything that is not a valid message. Judged here is only what it does to others, not how it is answered. */
async function invalidMessage(context: CheckContext): Promise<Outcome> {
  const bystanders = await Bystanders.open(context);
  const messages = ['{', '[]', '{"type":"wsurge"}', '{"type":', 'null', '\u0000'];
  const answers: string[] = [];
  const cut: string[] = [];
  for (const [index, message] of messages.entries()) {
    const tried = messages.slice(0, index).map((each) => JSON.stringify(each));
    const socket = await naming(tried, 'the other clients get their answers', () => context.open());
    socket.send(message);
    answers.push(await answerTo(socket));
    if (UNTOLD.has(socket.ending?.code ?? 0)) cut.push(JSON.stringify(message));
  }
  return judged([await bystanders.problem()], {
    sent: messages.map((message) => JSON.stringify(message)).join(', '),
    expected: 'the other clients get their answers',
    received: answers.join(', '),
    advice:
      cut.length === 0
        ? []
        : [
            `answer an invalid message with an error or with a close code that says why (1003, 1007, 1008): ${cut.join(', ')} ended the connection with 1006 or 1011`,
          ],
  });
}

/** Codes that do not tell the client its mistake: a cut, and an error of the server. */
const UNTOLD: ReadonlySet<number> = new Set([1006, 1011]);

async function answerTo(socket: CheckSocket): Promise<string> {
  const [reply] = await socket.collect(1, ANSWER_MS);
  if (reply !== undefined) return shown(reply.data, reply.isBinary);
  return socket.ending === null ? 'no answer' : shownClose(socket.ending);
}

async function serverClose(context: CheckContext): Promise<Outcome> {
  const { send, codes } = promised(context.expects, 'close');
  const bystanders = await Bystanders.open(context);
  const socket = await context.open();
  const code = codes[0]!;
  socket.send(fillTemplate(send, { code, reason: 'asked by wsurge check' }));
  const closed = await socket.closed(context.replyMs);
  const next = await context.open();
  return judged(
    [
      closed === null ? `the server did not close within ${formatDuration(context.replyMs)}` : null,
      await bystanders.problem(),
      await usableProblem(context, next),
    ],
    {
      sent: fillTemplate(send, { code, reason: 'asked by wsurge check' }),
      expected: 'this connection closes, the others and a new one work',
      received: shownClose(closed),
    },
  );
}

async function idle(context: CheckContext): Promise<Outcome> {
  const { keepAliveMs } = context.expects;
  const idleMs = context.waitMs(IDLE_MS.full, IDLE_MS.quick);
  const socket = await context.open();
  const closed = await socket.closed(idleMs);
  const pings = socket.pingsAtMs.length;
  const { heartbeats, beatsItself } = socket;
  const isSilent = pings + heartbeats === 0;
  // If the time is hardly longer than the interval, chance decides whether a ping falls into it.
  const due = keepAliveMs !== null && keepAliveMs * 2 <= idleMs;
  const length = formatDuration(idleMs);
  return judged(
    [
      closed === null ? await usableProblem(context, socket) : `in silence the server ended it: ${shownClose(closed)}`,
      due && isSilent
        ? `no keep-alive ping in ${length}, though one is due every ${formatDuration(keepAliveMs)}`
        : null,
    ],
    {
      sent: `nothing for ${length}, then a message`,
      expected: `the connection stays open${due ? ', pings come' : ''}, and the message is answered`,
      received: `${formatCounted(pings, 'ping')}, ${heartbeats === 0 ? '' : `${formatCounted(heartbeats, 'heartbeat')}, `}${closed === null ? 'still open' : shownClose(closed)}`,
      measured: [
        { name: `pings in ${length} of silence`, value: pings, unit: 'pings' },
        ...(heartbeats === 0
          ? []
          : [{ name: `heartbeats in ${length} of silence`, value: heartbeats, unit: 'heartbeats' }]),
      ],
      advice: isSilent && !beatsItself && !context.quick ? [`no keep-alive ping in ${length}: ${NO_PING}`] : [],
    },
  );
}

const NO_PING = 'have the server ping, or proxies cut silent connections and dead clients stay on its list';

/** The server's promise for a message of that size; null if there is none. */
type HugeAnswer =
  | { readonly kind: 'echo' }
  | { readonly kind: 'close'; readonly code: number }
  | { readonly kind: 'answer'; readonly contains: string }
  | null;

function hugeAnswer({ frameLimitBytes, oversized, largestBytes }: Expectations): HugeAnswer {
  if (frameLimitBytes !== null && HUGE_BYTES > frameLimitBytes) return { kind: 'close', code: 1009 };
  if (oversized !== null && HUGE_BYTES >= oversized.bytes) {
    const { closeCode, contains } = oversized;
    return closeCode === null ? { kind: 'answer', contains: contains ?? '' } : { kind: 'close', code: closeCode };
  }
  return largestBytes < HUGE_BYTES ? null : { kind: 'echo' };
}

function hugeTitle({ expects }: TitleFacts): string {
  const answer = hugeAnswer(expects);
  const bytes = `${formatCount(HUGE_BYTES)} bytes`;
  if (answer === null) return `${bytes} are refused clearly`;
  if (answer.kind === 'echo') return `${bytes} come back`;
  return `${bytes} are refused with ${answer.kind === 'close' ? answer.code : `"${answer.contains}"`}`;
}

async function huge(context: CheckContext): Promise<Outcome> {
  const { expects } = context;
  const answer = hugeAnswer(expects);
  if (answer === null) {
    throw new NotPromised(
      'not promised: check.answers.oversized and frameLimit of the profile do not say what becomes of 10 MB',
    );
  }
  // A cut alone would not be a clear refusal.
  if (answer.kind === 'close') return await largeRefused(context, HUGE_BYTES, answer.code, 'code');
  const socket = await context.open();
  const content = 'x'.repeat(HUGE_BYTES);
  const withinMs = context.replyMs + transferMs(HUGE_BYTES);
  const sent = `a message of ${formatCount(Buffer.byteLength(echoMessage(expects, content).text))} bytes`;
  if (answer.kind === 'echo') {
    const { problem, reply } = await exchange(context, socket, content, withinMs);
    return judged([problem], {
      sent,
      expected: `the same content within ${formatDuration(withinMs)}`,
      received: shown(reply.data, reply.isBinary),
    });
  }
  socket.send(echoMessage(expects, content).text);
  const reply = await socket.next(withinMs);
  const { contains } = answer;
  return judged(
    [
      reply.data.includes(contains) ? null : `the answer does not contain "${contains}"`,
      await usableProblem(context, socket),
    ],
    {
      sent,
      expected: `an answer with "${contains}" within ${formatDuration(withinMs)}, and the connection goes on`,
      received: shown(reply.data, reply.isBinary),
    },
  );
}

/** The others talk while the slow client's messages are sent, and twice more when no more can be sent. */
async function talkBeside(context: CheckContext, bystanders: Bystanders, slow: CheckSocket): Promise<Talk> {
  const tookMs: number[] = [];
  let unmoved = 0;
  for (let round = 1; ; round++) {
    const before = slow.bufferedBytes;
    const talk = await bystanders.talk(context.waitMs(1000, 400));
    tookMs.push(...talk.tookMs);
    unmoved = slow.bufferedBytes === before ? unmoved + 1 : 0;
    if (talk.problem !== null || unmoved === 2 || round === MOST_TALKS) return { tookMs, problem: talk.problem };
  }
}

const MOST_TALKS = 5;

/** One client asks for much and reads nothing. */
async function slowReader(context: CheckContext): Promise<Outcome> {
  const size = Math.min(SLOW_MESSAGE_BYTES, context.expects.largestBytes);
  promised(context.expects, 'echo');
  const textOf = (index: number) => echoMessage(context.expects, `${index}`.padEnd(size, 'x')).text;
  const bystanders = await Bystanders.open(context);
  const before = await bystanders.talk(context.waitMs(1000, 200));
  if (before.problem !== null) throw new CannotJudge(`before anybody was slow: ${before.problem}`);
  const slow = await context.open();
  slow.pause();
  for (let sent = 0; sent < SLOW_MESSAGES; sent++) slow.send(textOf(sent));
  const { value: during, stood } = await withStandstill(() => talkBeside(context, bystanders, slow));
  slow.resume();
  const limits = { quietMs: context.replyMs, mostMs: context.replyMs + transferMs(SLOW_MESSAGES * size) };
  const { messages: came } = await slow.gather(SLOW_MESSAGES, limits);
  const { ending } = slow;
  const slowestMs = Math.max(0, ...during.tookMs);
  const slowestBeforeMs = Math.max(...before.tookMs);
  const mostMs = slowestBeforeMs + DISTURBED_MS;
  const waited = `another client waited ${formatDuration(slowestMs)} for an answer, at most ${formatDuration(slowestBeforeMs)} before`;
  return judgedFairly(
    [
      during.problem,
      came.length === SLOW_MESSAGES || ending !== null
        ? null
        : `the slow reader got ${came.length} of ${SLOW_MESSAGES} replies when it read again`,
    ],
    [lateness(slowestMs, mostMs, waited, stood)],
    {
      sent: `${SLOW_MESSAGES} messages of ${formatCount(size)} bytes from a client that reads nothing`,
      expected: `the others get their answers within ${formatDuration(mostMs)}; the slow one gets its own later, or is closed`,
      received: `${formatCounted(came.length, 'reply')} for the slow one, ${ending === null ? 'still open' : shownClose(ending)}`,
      measured: [
        { name: 'slowest reply before', value: slowestBeforeMs, unit: 'ms' },
        ...(during.tookMs.length === 0
          ? []
          : [{ name: 'slowest reply beside a slow reader', value: slowestMs, unit: 'ms' }]),
      ],
    },
  );
}

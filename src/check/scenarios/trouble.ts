import { Bystanders } from '../bystanders.js';
import { judged, NotPromised, type Outcome, type Scenario } from '../check.js';
import type { CheckContext } from '../context.js';
import { echoMessage, fillTemplate, usableProblem } from '../echo.js';
import { largeRefused } from '../enforced-end.js';
import { promised } from '../expectations.js';
import { encodeFrame, OPCODE } from '../raw-socket.js';
import { shown, shownClose } from '../received.js';
import { deadPeer, halfOpen, reset, sliced, throttled } from './trouble-network.js';

const HUGE_BYTES = 10 * 1024 * 1024;
const SLOW_MESSAGE_BYTES = 500_000;
const SLOW_MESSAGES = 16;
/** Time for a server to end a connection that sent garbage. Then the check resets the connection. */
const BROKEN_OFF_MS = 50;
/** Longest wait for the answer to an invalid message. No result depends on that answer. */
const ANSWER_MS = 100;
const MAX_LIMIT_MS = 60_000;

/** 8: trouble of one client does not reach the others, and the server survives. */
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
    { id: '8.3', title: 'a dead client is dropped', limitMs: () => MAX_LIMIT_MS, run: deadPeer },
    { id: '8.4', title: 'a slow line brings everything', isRequired: true, run: throttled },
    { id: '8.5', title: 'single bytes make whole messages', isRequired: true, run: sliced },
    { id: '8.6', title: 'an invalid message disturbs nobody', isRequired: true, isRough: true, run: invalidMessage },
    { id: '8.7', title: 'a connection that the server closes disturbs nobody', run: serverClose },
    { id: '8.8', title: 'silence does not end a connection', limitMs: () => MAX_LIMIT_MS, isRequired: true, run: idle },
    { id: '8.9', title: '10 MB are refused clearly', isRough: true, run: huge },
    { id: '8.10', title: 'a slow reader disturbs nobody', isRequired: true, isRough: true, run: slowReader },
    { id: '8.11', title: 'garbage brings nothing down', isRequired: true, isRough: true, run: garbage },
  ],
};

/** Everything that is no message: only what it does to others is judged here, not how it is answered. */
async function invalidMessage(context: CheckContext): Promise<Outcome> {
  const bystanders = await Bystanders.open(context);
  const messages = ['{', '[]', '{"type":"wsurge"}', '{"type":', 'null', '\u0000'];
  const answers: string[] = [];
  for (const message of messages) {
    const socket = await context.open();
    socket.send(message);
    const [reply] = await socket.collect(1, ANSWER_MS);
    answers.push(reply === undefined ? shownClose(socket.ending) : shown(reply.data, reply.isBinary));
  }
  return judged([await bystanders.problem()], {
    sent: messages.map((message) => JSON.stringify(message)).join(', '),
    expected: 'the other clients get their answers',
    received: answers.join(', '),
  });
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
      closed === null ? 'the server did not close' : null,
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
  const idleMs = context.waitMs(35_000, 3000);
  const socket = await context.open();
  const closed = await socket.closed(idleMs);
  const pings = socket.pingsAtMs.length;
  // Where the time is hardly longer than the interval, chance decides whether a ping falls into it.
  const due = keepAliveMs !== null && keepAliveMs * 2 <= idleMs;
  const seconds = idleMs / 1000;
  return judged(
    [
      closed === null ? await usableProblem(context, socket) : `in silence the server ended it: ${shownClose(closed)}`,
      due && pings === 0 ? `no keep-alive ping in ${seconds} s, though one is due every ${keepAliveMs} ms` : null,
    ],
    {
      sent: `nothing for ${seconds} s, then a message`,
      expected: `the connection stays open${due ? ', pings come' : ''}, and the message is answered`,
      received: `${pings} pings, ${shownClose(closed)}`,
      measured: [{ name: `pings in ${seconds} s of silence`, value: pings, unit: 'pings' }],
      advice: pings === 0 && !context.quick ? [`no keep-alive ping in ${seconds} s: ${NO_PING}`] : [],
    },
  );
}

const NO_PING = 'have the server ping, or proxies cut silent connections and dead clients stay on its list';

async function huge(context: CheckContext): Promise<Outcome> {
  const { expects } = context;
  const { frameLimitBytes, oversized, largestBytes } = expects;
  const code = frameLimitBytes !== null && HUGE_BYTES > frameLimitBytes ? 1009 : null;
  const refusal = oversized !== null && HUGE_BYTES >= oversized.bytes ? oversized : null;
  if (code === null && refusal === null && largestBytes < HUGE_BYTES) {
    throw new NotPromised(
      'not promised: check.answers.oversized and frameLimit of the profile do not say what becomes of 10 MB',
    );
  }
  const closeCode = code ?? refusal?.closeCode ?? null;
  if (closeCode !== null) return await largeRefused(context, HUGE_BYTES, closeCode);
  const socket = await context.open();
  const { text } = echoMessage(expects, 'x'.repeat(HUGE_BYTES));
  socket.send(text);
  const reply = await socket.next(context.replyMs);
  const wanted = refusal?.contains ?? 'xxx';
  return judged(
    [
      reply.data.includes(wanted) ? null : `the answer does not contain "${wanted}"`,
      await usableProblem(context, socket),
    ],
    {
      sent: `a message of ${text.length} bytes`,
      expected: `an answer with "${wanted}", and the connection goes on`,
      received: shown(reply.data, reply.isBinary),
    },
  );
}

/** One client asks for much and reads nothing. */
async function slowReader(context: CheckContext): Promise<Outcome> {
  const size = Math.min(SLOW_MESSAGE_BYTES, context.expects.largestBytes);
  const textOf = (index: number) => echoMessage(context.expects, `${index}`.padEnd(size, 'x')).text;
  const bystanders = await Bystanders.open(context);
  const before = await bystanders.talk(context.waitMs(1000, 200));
  const slow = await context.open();
  slow.pause();
  for (let sent = 0; sent < SLOW_MESSAGES; sent++) slow.send(textOf(sent));
  const during = await bystanders.talk(context.waitMs(2000, 400));
  slow.resume();
  const came = await slow.collect(SLOW_MESSAGES, context.replyMs);
  const ending = slow.ending;
  return judged(
    [
      came.length === SLOW_MESSAGES || ending !== null
        ? null
        : `the slow reader got ${came.length} of ${SLOW_MESSAGES} replies when it read again`,
    ],
    {
      sent: `${SLOW_MESSAGES} messages of ${size} bytes from a client that reads nothing`,
      expected: 'the others get their answers; the slow one gets its own later, or is closed',
      received: `${came.length} replies for the slow one, ${shownClose(ending)}`,
      measured: [
        { name: 'slowest reply before', value: Math.max(...before), unit: 'ms' },
        { name: 'slowest reply beside a slow reader', value: Math.max(...during), unit: 'ms' },
      ],
    },
  );
}

async function garbage(context: CheckContext): Promise<Outcome> {
  const bystanders = await Bystanders.open(context, 1);
  const noise = Buffer.from(Array.from({ length: 512 }, () => Math.floor(context.rng.next() * 256)));
  const beginnings = [
    noise,
    'GET / HTTP/1.1\r\nUpgrade: websocket\r\n',
    `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(20)}`,
    '\r\n\r\n',
  ];
  for (const bytes of beginnings) {
    const raw = await context.raw();
    raw.write(bytes);
    await raw.over(BROKEN_OFF_MS);
    raw.reset();
  }
  const frames = [noise, encodeFrame({ opcode: OPCODE.close, payload: Buffer.from([0]) }), encodeFrame({ opcode: 15 })];
  for (const bytes of frames) {
    const raw = await context.raw();
    await raw.handshake(context.replyMs);
    raw.write(bytes);
    await raw.over(BROKEN_OFF_MS);
    raw.reset();
  }
  const exited = context.process?.exited() ?? null;
  const problems = [
    exited === null ? null : `the server has ended: ${exited}`,
    await bystanders.problem(),
    exited === null ? await usableProblem(context, await context.open()) : null,
  ];
  return judged(problems, {
    sent: 'random bytes, half handshakes, broken frames, each followed by a reset',
    expected: 'the server runs on: an older connection and a new one work',
    received: problems.find((problem) => problem !== null) ?? 'both work',
  });
}

import type { AnswerSpec } from '../../profile/check-spec.js';
import { formatCount, formatCounted, formatDuration } from '../../units.js';
import { judged, type Outcome, type Scenario, type TitleFacts } from '../check.js';
import type { CheckSocket } from '../check-socket.js';
import type { CheckContext } from '../context.js';
import { answerTo, type Content, echoMessage, exchange, usableProblem } from '../echo.js';
import { promised } from '../expectations.js';
import { naming } from '../fault.js';
import { judgedFairly, sendingShortfall } from '../kept-rate.js';
import { Numbered } from '../numbered.js';
import { longestGapMs, paced } from '../paced.js';
import { shown, shownClose } from '../received.js';
import { streamProblem } from '../stream-problem.js';
import { transferMs } from '../waiting.js';

const LONG_CHARACTERS = 10_000;
const BINARY_BYTES = 256;
const RATE_PER_SECOND = 100;
const STEADY_MS = { full: 3000, quick: 1000 } as const;
/** Several scripts: right to left, combined characters, and some beyond the basic plane. */
export const UNICODE = 'Zażółć gęślą jaźń, 漢字かな交じり, שלום, مرحبا, é = e\u0301, 👩‍👩‍👧‍👦 🏳️‍🌈 𝒳 \u0000 " \\ /';

/** 2: the server accepts what a client sends, or refuses it as declared. */
export const sendScenario: Scenario = {
  number: 2,
  name: 'send',
  title: 'Sending',
  allowsOthers: true,
  checks: [
    {
      id: '2.1',
      title: ({ expects }) =>
        expects.requests === null ? 'a text comes back' : 'each request of the profile is answered as it expects',
      isRequired: true,
      run: (context) => (context.expects.requests === null ? echoes(context, 'hello, world') : eachRequest(context)),
    },
    {
      id: '2.2',
      title: 'JSON comes back',
      isRequired: true,
      run: (context) => echoes(context, { id: 1, text: 'hello', done: false }),
    },
    { id: '2.3', title: `${BINARY_BYTES} bytes of binary, one of each, come back`, run: binary },
    {
      id: '2.4',
      title: ({ expects }) => `${isWrapped(expects) ? 'an empty content' : 'an empty message'} comes back`,
      run: (context) => echoes(context, ''),
    },
    {
      id: '2.5',
      title: `${formatCount(LONG_CHARACTERS)} characters come back`,
      isRequired: true,
      run: (context) => echoes(context, 'x'.repeat(LONG_CHARACTERS)),
    },
    { id: '2.6', title: 'unicode comes back', isRequired: true, run: (context) => echoes(context, UNICODE) },
    {
      id: '2.7',
      title: ({ quick, expects }) => {
        const length = formatDuration(quick ? STEADY_MS.quick : STEADY_MS.full);
        const [what, how] = expects.requests === null ? ['messages', ', in order'] : ['requests', ''];
        return `${RATE_PER_SECOND} ${what} a second for ${length} on one connection are all answered${how}`;
      },
      isRequired: true,
      isPaced: true,
      run: steadily,
    },
    {
      id: '2.8',
      title: ({ expects }) => `invalid JSON ${answerText(expects.invalidJson)}`,
      isRough: true,
      run: (context) => badMessage(context, 'invalidJson', '{"type":"message","content":'),
    },
    {
      id: '2.9',
      title: ({ expects }) => `a missing field ${answerText(expects.missingField)}`,
      isRough: true,
      run: (context) => badMessage(context, 'missingField', '{}'),
    },
    {
      id: '2.10',
      title: ({ expects }) => `a malformed message ${answerText(expects.malformed)}`,
      isRough: true,
      run: (context) => badMessage(context, 'malformed', '[1,2,3]'),
    },
    {
      id: '2.11',
      title: ({ expects: { oversized: limit } }) =>
        `${limit === null ? 'an oversized message' : `a message of ${formatCount(limit.bytes)} bytes`} ${answerText(limit)}`,
      isRough: true,
      run: oversized,
    },
  ],
};

const isWrapped = ({ echo }: TitleFacts['expects']) => echo !== null && echo.envelope !== null;

/** The words of a title for a bad message. */
function answerText(answer: AnswerSpec | null): string {
  if (answer === null) return 'is answered as declared';
  const { contains, closeCode } = answer;
  return closeCode === null ? `is answered with "${contains}"` : `ends the connection with ${closeCode}`;
}

/** Each once, on one connection: what one captures, another may need. */
async function eachRequest(context: CheckContext): Promise<Outcome> {
  const socket = await context.open();
  const names = context.expects.requests!;
  const asked: string[] = [];
  const problems: (string | null)[] = [];
  const tookMs: number[] = [];
  let last: Buffer = Buffer.alloc(0);
  for (let turn = 0; turn < names.length; turn++) {
    const { sent, startMs, name } = sentRequest(socket);
    asked.push(name);
    const {
      problem,
      reply,
      tookMs: took,
    } = await naming(
      asked.map((each) => `request ${each}`),
      'each is answered',
      () => answerTo(context, socket, { sent, startMs, withinMs: context.replyMs }),
    );
    problems.push(problem);
    tookMs.push(took);
    last = reply.data;
  }
  return judged(problems, {
    sent: `the requests ${asked.join(', ')}`,
    expected: `each is answered within ${formatDuration(context.replyMs)}, with what it expects`,
    received: `${formatCounted(tookMs.length, 'reply')}, the last: ${shown(last)}`,
    measured: [{ name: 'slowest reply', value: Math.max(...tookMs), unit: 'ms' }],
  });
}

function sentRequest(socket: CheckSocket) {
  const { sequence, text, name } = socket.requester!.next();
  const startMs = performance.now();
  socket.send(text);
  return { sent: { content: { number: sequence }, text }, startMs, name };
}

async function echoes(context: CheckContext, content: Content): Promise<Outcome> {
  promised(context.expects, 'echo');
  const socket = await context.open();
  const { sent, reply, problem, tookMs } = await exchange(context, socket, content);
  const again = await usableProblem(context, socket);
  return judged([problem, again], {
    sent: sent.text === '' ? 'a text message of 0 bytes' : shown(sent.text),
    expected: 'the same content',
    received: reply.data.length === 0 ? 'a message of 0 bytes' : shown(reply.data, reply.isBinary),
    measured: [{ name: 'reply', value: tookMs, unit: 'ms' }],
  });
}

async function binary(context: CheckContext): Promise<Outcome> {
  promised(context.expects, 'binary');
  const socket = await context.open();
  const bytes = Buffer.from(Array.from({ length: BINARY_BYTES }, (_, value) => value));
  const startMs = performance.now();
  socket.send(bytes);
  const reply = await socket.next(context.replyMs);
  const same = reply.isBinary && reply.data.equals(bytes);
  return judged([same ? null : reply.isBinary ? 'the bytes differ' : 'the reply is not binary'], {
    sent: shown(bytes, true),
    expected: 'the same bytes, binary',
    received: shown(reply.data, reply.isBinary),
    measured: [{ name: 'reply', value: reply.atMs - startMs, unit: 'ms' }],
  });
}

async function steadily(context: CheckContext): Promise<Outcome> {
  const socket = await context.open();
  const count = (RATE_PER_SECOND * context.waitMs(STEADY_MS.full, STEADY_MS.quick)) / 1000;
  const numbered = new Numbered(context, socket);
  const numbers = Array.from({ length: count }, (_, number) => number);
  const sent = numbers.map((number) => numbered.message(number));
  const sentAtMs = await paced(context, count, RATE_PER_SECOND, (index) => socket.send(sent[index]!.text));
  const { replyMs } = context;
  const { messages: replies, end } = await socket.gather(count, { quietMs: replyMs, mostMs: replyMs });
  const problem = streamProblem(context, socket, { numbered, sent, replies, end });
  const tookMs = numbered.inOrder(replies).map(({ atMs }, index) => atMs - sentAtMs[index]!);
  const evidence = {
    sent: `${count} ${context.expects.requests === null ? 'messages' : 'requests'} at ${RATE_PER_SECOND} a second`,
    expected: `${count} replies${context.expects.requests === null ? ' in order' : ''}, the last within ${formatDuration(replyMs)} of the last message`,
    received: formatCounted(replies.length, 'reply'),
    measured:
      replies.length === 0
        ? []
        : [
            ...(problem === null ? [{ name: 'slowest reply', value: Math.max(...tookMs), unit: 'ms' }] : []),
            { name: 'longest gap', value: longestGapMs(replies.map(({ atMs }) => atMs)), unit: 'ms' },
          ],
  };
  return judgedFairly([problem], [sendingShortfall(RATE_PER_SECOND, sentAtMs)], evidence);
}

async function badMessage(
  context: CheckContext,
  key: 'invalidJson' | 'missingField' | 'malformed',
  usual: string,
): Promise<Outcome> {
  const answer = promised(context.expects, key);
  const socket = await context.open();
  const text = answer.send ?? usual;
  return await answered(context, socket, answer, text, shown(text));
}

async function oversized(context: CheckContext): Promise<Outcome> {
  const { bytes, ...answer } = promised(context.expects, 'oversized');
  const socket = await context.open();
  return await answered(context, socket, answer, messageOf(context, bytes), `${formatCount(bytes)} bytes`);
}

/** A message of exactly this size, correct in every other way. */
function messageOf(context: CheckContext, bytes: number): string {
  if (context.expects.echo === null) return 'x'.repeat(bytes);
  const empty = Buffer.byteLength(echoMessage(context.expects, '').text);
  return echoMessage(context.expects, 'x'.repeat(Math.max(0, bytes - empty))).text;
}

/** Whether the promised answer came: a reply with that text and an open connection, or a close with that code. */
async function answered(
  context: CheckContext,
  socket: CheckSocket,
  { contains, closeCode }: AnswerSpec,
  message: string,
  sent: string,
): Promise<Outcome> {
  const startMs = performance.now();
  const withinMs = context.replyMs + transferMs(message.length);
  socket.send(message);
  if (closeCode !== null) {
    const closed = await socket.closed(withinMs);
    return judged([closed?.code === closeCode ? null : shownClose(closed)], {
      sent,
      expected: `closed with ${closeCode}`,
      received: shownClose(closed),
    });
  }
  const [reply] = await socket.collect(1, withinMs);
  const text = reply?.data.toString('utf8') ?? '';
  const tookMs = (reply?.atMs ?? performance.now()) - startMs;
  const missing =
    reply === undefined
      ? `no answer within ${formatDuration(withinMs)}, ${shownClose(socket.ending)}`
      : 'the answer says something else';
  const problem = reply !== undefined && text.includes(contains ?? '') ? null : missing;
  return judged([problem, await usableProblem(context, socket)], {
    sent,
    expected: `an answer with "${contains}", and the connection goes on`,
    received: reply === undefined ? shownClose(socket.ending) : shown(text),
    measured: reply === undefined ? [] : [{ name: 'answer', value: tookMs, unit: 'ms' }],
  });
}

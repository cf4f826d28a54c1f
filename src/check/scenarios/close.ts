import { formatCount, formatCounted, formatDuration } from '../../units.js';
import { type Check, judged, type Scenario } from '../check.js';
import type { CheckContext } from '../context.js';
import { echoContent, echoMessage, fillTemplate, numberOf } from '../echo.js';
import { promised } from '../expectations.js';
import { numbersProblem } from '../numbers.js';
import { shownClose } from '../received.js';
import { GONE_MS, ServerList } from '../server-list.js';
import { withProxy } from '../via-proxy.js';
import { broken, invalidText, tooLarge } from './close-broken.js';
import { CONNECTIONS, connectionList, filesBack, MEMORY_CONNECTIONS, memoryBack } from './close-leftovers.js';

/** The code that a client sees if the close frame has none. */
const NO_CODE = 1005;
const REASON = 'wsurge check';
const IN_FLIGHT = 100;
/** A server that did not close so many times in a row is taken never to close. */
const UNCLOSED_ENOUGH = 3;

/** 5: connections end correctly, whichever side ends them, and leave nothing behind. */
export const closeScenario: Scenario = {
  number: 5,
  name: 'close',
  title: 'Close',
  checks: [
    clientCloses('5.1', 1000, ''),
    clientCloses('5.2', 1001, ''),
    clientCloses('5.3', 3000, ''),
    clientCloses('5.4', 4000, REASON),
    {
      id: '5.5',
      title: ({ expects: { close } }) =>
        `the server closes with the code ${close === null ? '' : `(${close.codes.join(', ')}) `}and the reason it was asked for`,
      run: serverCloses,
    },
    {
      id: '5.6',
      title: 'each break of the protocol ends the connection, and no other',
      isRequired: true,
      isRough: true,
      run: broken,
    },
    {
      id: '5.7',
      title: 'text that is not UTF-8 ends the connection, and no other',
      isRequired: true,
      isRough: true,
      run: invalidText,
    },
    {
      id: '5.8',
      title: ({ expects: { frameLimitBytes } }) =>
        `a message above ${frameLimitBytes === null ? 'the limit' : `${formatCount(frameLimitBytes)} bytes`} ends the connection`,
      isRough: true,
      run: tooLarge,
    },
    { id: '5.9', title: 'a TCP connection that is cut leaves the list of connections', run: cut },
    { id: '5.10', title: `${IN_FLIGHT} messages in flight are answered before the server closes`, run: inFlight },
    { id: '5.11', title: `${CONNECTIONS} connections come on the list and leave it`, run: connectionList },
    { id: '5.12', title: `${CONNECTIONS} connections leave no open files behind`, run: filesBack },
    {
      id: '5.13',
      title: `${MEMORY_CONNECTIONS} connections leave no memory behind`,
      limitMs: () => 60_000,
      run: memoryBack,
    },
  ],
};

function clientCloses(id: string, code: number, reason: string): Check {
  const shown = reason === '' ? String(code) : `${code} and a reason`;
  return {
    id,
    title: `the client closes with ${shown}, and the server answers with the same`,
    isRequired: true,
    run: async (context) => {
      const socket = await context.open();
      const startMs = performance.now();
      const { closeMs } = context;
      const closed = await socket.close(code, reason, closeMs);
      // The RFC says that the code is echoed "typically", and some libraries take these for codes that nobody may send.
      const mute = closed?.code === NO_CODE && code >= 3000 && code < 4000;
      const right = closed?.clean && (closed.code === code || mute);
      return judged([right ? null : `the close is not echoed: ${shownClose(closed)}`], {
        sent: `close ${code}${reason === '' ? '' : ` "${reason}"`}`,
        expected: `close ${code} within ${formatDuration(closeMs)}`,
        received: shownClose(closed),
        advice: mute ? [`close code ${code} was answered without a code: take 4000 to 4999 for codes of your own`] : [],
        measured: closed === null ? [] : [{ name: `close ${code}`, value: closed.atMs - startMs, unit: 'ms' }],
      });
    },
  };
}

async function serverCloses(context: CheckContext) {
  const { send, codes } = promised(context.expects, 'close');
  const seen: string[] = [];
  const problems: string[] = [];
  let unclosed = 0;
  for (const code of codes) {
    if (unclosed === UNCLOSED_ENOUGH) break;
    const socket = await context.open();
    socket.send(fillTemplate(send, { code, reason: REASON }));
    const closed = await socket.closed(context.replyMs);
    seen.push(shownClose(closed));
    unclosed = closed === null ? unclosed + 1 : 0;
    if (closed?.clean && closed.code === code && closed.reason === REASON) continue;
    problems.push(`asked to close with ${code}: ${shownClose(closed)}`);
  }
  return judged(problems, {
    sent: fillTemplate(send, { code: codes[0] ?? 1000, reason: REASON }),
    expected: `${codes.map((code) => `${code} "${REASON}"`).join(', ')}, each within ${formatDuration(context.replyMs)}`,
    received: seen.join(', '),
  });
}

/** The client's own view of its reset says nothing about the server. The server's list of connections decides. */
async function cut(context: CheckContext) {
  const list = await ServerList.open(context);
  return await withProxy(context, async (proxy) => {
    const before = await list.steady();
    const socket = await context.open({ via: proxy });
    const startMs = performance.now();
    proxy.reset();
    const closed = await socket.closed(context.replyMs);
    const after = await list.downTo(before);
    return judged([after <= before ? null : `${after} connections are on the server's list, ${before} before`], {
      sent: 'a TCP reset in both directions, from a proxy in between',
      expected: `${before} connections on the server's list within ${formatDuration(GONE_MS)}`,
      received: `${after} on the list; the client saw: ${shownClose(closed)}`,
      measured: after <= before ? [{ name: 'off the list after', value: performance.now() - startMs, unit: 'ms' }] : [],
    });
  });
}

/** Sends messages, then at once the request to close. All messages before the close must be answered before it. */
async function inFlight(context: CheckContext) {
  const { send } = promised(context.expects, 'close');
  const numbers = Array.from({ length: IN_FLIGHT }, (_, number) => number);
  const messages = numbers.map((number) => echoMessage(context.expects, { number }));
  const socket = await context.open();
  for (const { text } of messages) socket.send(text);
  socket.send(fillTemplate(send, { code: 1000, reason: REASON }));
  const closed = await socket.closed(context.replyMs);
  const replies = await socket.collect(socket.waiting, 0);
  const came = replies.map((reply) => numberOf(echoContent(context.expects, reply)));
  const missing = numbersProblem(numbers, came);
  return judged(
    [
      missing === null ? null : `before the close: ${missing}`,
      closed?.clean && closed.code === 1000 ? null : `the end was not clean: ${shownClose(closed)}`,
    ],
    {
      sent: `${IN_FLIGHT} messages, then the request to close`,
      expected: `${IN_FLIGHT} replies, then close 1000, within ${formatDuration(context.replyMs)}`,
      received: `${formatCounted(came.length, 'reply')}, then ${shownClose(closed)}`,
    },
  );
}

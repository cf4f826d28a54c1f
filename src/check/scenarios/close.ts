import { type Check, judged, type Scenario } from '../check.js';
import type { CheckContext } from '../context.js';
import { echoMessage, fillTemplate } from '../echo.js';
import { promised } from '../expectations.js';
import { shownClose } from '../received.js';
import { ServerList } from '../server-list.js';
import { withProxy } from '../via-proxy.js';
import { broken, invalidText, tooLarge } from './close-broken.js';
import { connectionList, filesBack, memoryBack } from './close-leftovers.js';

/** Longest a closing handshake may take. */
const CLOSE_MS = 6000;
/** What a client sees where the close frame has no code. */
const NO_CODE = 1005;
const REASON = 'wsurge check';
const IN_FLIGHT = 100;

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
    { id: '5.5', title: 'the server closes with code and reason', run: serverCloses },
    {
      id: '5.6',
      title: 'a break of the protocol ends the connection: 1002',
      isRequired: true,
      isRough: true,
      run: broken,
    },
    {
      id: '5.7',
      title: 'text that is not UTF-8 ends the connection: 1007',
      isRequired: true,
      isRough: true,
      run: invalidText,
    },
    {
      id: '5.8',
      title: 'a message above the limit of the protocol ends the connection: 1009',
      isRough: true,
      run: tooLarge,
    },
    { id: '5.9', title: 'a cut TCP connection is 1006 and leaves the list', run: cut },
    { id: '5.10', title: 'a clean close loses nothing that is in flight', run: inFlight },
    { id: '5.11', title: 'the list of connections is as short as before', run: connectionList },
    { id: '5.12', title: 'open files are back', run: filesBack },
    { id: '5.13', title: 'memory is back', limitMs: () => 60_000, run: memoryBack },
  ],
};

function clientCloses(id: string, code: number, reason: string): Check {
  const shown = reason === '' ? String(code) : `${code} and a reason`;
  return {
    id,
    title: `the client closes with ${shown}`,
    isRequired: true,
    run: async (context) => {
      const socket = await context.open();
      const startMs = performance.now();
      const closed = await socket.close(code, reason, CLOSE_MS);
      // The RFC says that the code is echoed "typically", and some libraries take these for codes that nobody may send.
      const mute = closed?.code === NO_CODE && code >= 3000 && code < 4000;
      const right = closed?.clean && (closed.code === code || mute);
      return judged([right ? null : `the close is not echoed: ${shownClose(closed)}`], {
        sent: `close ${code}${reason === '' ? '' : ` "${reason}"`}`,
        expected: `close ${code}, clean`,
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
  for (const code of codes) {
    const socket = await context.open();
    socket.send(fillTemplate(send, { code, reason: REASON }));
    const closed = await socket.closed(context.replyMs);
    seen.push(shownClose(closed));
    if (closed?.clean && closed.code === code && closed.reason === REASON) continue;
    problems.push(`asked to close with ${code}: ${shownClose(closed)}`);
  }
  return judged(problems, {
    sent: fillTemplate(send, { code: codes[0] ?? 1000, reason: REASON }),
    expected: codes.map((code) => `${code} "${REASON}"`).join(', '),
    received: seen.join(', '),
  });
}

/** What the client sees of its own reset says nothing about the server. The server's list of connections counts. */
async function cut(context: CheckContext) {
  const list = await ServerList.open(context);
  return await withProxy(context, async (proxy) => {
    const before = await list.count();
    const socket = await context.open({ via: proxy });
    proxy.reset();
    const closed = await socket.closed(context.replyMs);
    const after = await list.downTo(before);
    return judged(
      [
        closed?.code === 1006 ? null : `the client saw: ${shownClose(closed)}`,
        after === before ? null : `${after} connections are on the server's list, ${before} before`,
      ],
      {
        sent: 'a TCP reset in both directions, from a proxy in between',
        expected: `1006, no close frame; ${before} connections on the server's list`,
        received: `${shownClose(closed)}; ${after} on the list`,
      },
    );
  });
}

/** Messages, and right behind them the request to close: all that came before the close is answered before it. */
async function inFlight(context: CheckContext) {
  const { send } = promised(context.expects, 'close');
  const messages = Array.from({ length: IN_FLIGHT }, (_, index) => echoMessage(context.expects, index));
  const socket = await context.open();
  for (const { text } of messages) socket.send(text);
  socket.send(fillTemplate(send, { code: 1000, reason: REASON }));
  const closed = await socket.closed(context.replyMs);
  const came = socket.waiting;
  return judged(
    [
      came === IN_FLIGHT ? null : `${came} of ${IN_FLIGHT} messages were answered before the close`,
      closed?.clean && closed.code === 1000 ? null : `the end was not clean: ${shownClose(closed)}`,
    ],
    {
      sent: `${IN_FLIGHT} messages, then the request to close`,
      expected: `${IN_FLIGHT} replies, then close 1000`,
      received: `${came} replies, then ${shownClose(closed)}`,
    },
  );
}

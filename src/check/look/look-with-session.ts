import { messageOf } from '../../errors.js';
import type { CheckSocket } from '../check-socket.js';
import type { CheckContext } from '../context.js';
import { answerTo } from '../echo.js';
import { isServerFault } from '../fault.js';
import { type Received, shown } from '../received.js';
import type { Talk } from '../session/talk.js';
import type { Look } from './look.js';
import { shapeOf } from './shape.js';

/** How long to listen for what comes unasked once the session is ready, ms. */
const LISTEN_MS = 250;
const GOODBYE_MS = 500;
/** Longest wait for all replies together, and for one of them when that time is over. */
const ANSWERS_MS = 5000;
const LEAST_MS = 300;

/**
 * Looks at a server whose profile says what it is to be told: flies the session, listens, and sends each request once.
 * Nothing else is sent: a text of wsurge's own could end the connection. Rejects with a ConnectError if no connection
 * opens, or its session does not become ready.
 */
export async function lookWithSession(context: CheckContext, talk: Talk): Promise<Look> {
  const startMs = performance.now();
  const socket = await context.open({ hearsAll: true });
  const { phases, subprotocol } = socket;
  const pongMs = await socket.ping(context.replyMs);
  const unasked = await socket.listen(LISTEN_MS);
  const asked = await eachAsked(context, talk, socket);
  const { protocol, steps, script } = talk.cell.wire;
  const names = talk.names ?? [];
  const goodbyeMs = performance.now();
  const closed = socket.ending === null ? await socket.close(1000, '', GOODBYE_MS) : null;
  return {
    ...{ phases, subprotocol, cutBy: asked.cutBy },
    unasked: { greetings: 0, shapes: unasked.map((message) => shapeOf(message, [])), ofOthers: null, words: [] },
    found: {
      kind: {
        name: 'session',
        protocol,
        steps: steps.length + (script === null ? 0 : 1),
        requests: names,
        answered: asked.answered,
      },
      greeting: null,
      unasked: firstOf(unasked),
      ...{ passedOn: null, subprotocols: [], binary: false, textEnds: null, binaryEnds: null },
      slowestReplyMs: asked.tookMs.length === 0 ? null : Math.max(...asked.tookMs),
      pongMs,
      closeMs: closed === null ? null : Math.max(0, closed.atMs - goodbyeMs),
      tookMs: performance.now() - startMs,
    },
  };
}

interface AllAsked {
  /** Names of the requests that were answered as the profile expects. */
  readonly answered: string[];
  readonly tookMs: number[];
  /** The request after which the connection was cut, as if the server ended; null if none did that. */
  readonly cutBy: string | null;
}

/** Each request once, by turns, so that one that captures comes before those that need its value. */
async function eachAsked(context: CheckContext, talk: Talk, socket: CheckSocket): Promise<AllAsked> {
  const answered: string[] = [];
  const tookMs: number[] = [];
  const { requester } = socket;
  const count = requester === null ? 0 : talk.answered.length;
  const untilMs = performance.now() + ANSWERS_MS;
  for (let turn = 0; turn < count && socket.ending === null; turn++) {
    const { sequence, name, text } = requester!.next();
    const startMs = performance.now();
    const withinMs = Math.min(context.replyMs, Math.max(LEAST_MS, untilMs - startMs));
    socket.send(text);
    try {
      const sent = { content: { number: sequence }, text };
      const { problem, tookMs: took } = await answerTo(context, socket, { sent, startMs, withinMs });
      tookMs.push(took);
      if (problem === null) answered.push(name);
    } catch (error) {
      // What is not answered is for the checks to judge.
      if (!isServerFault(error)) throw error;
      if (endingOf(socket) === 1006) return { answered, tookMs, cutBy: `request ${name} (${messageOf(error)})` };
    }
  }
  return { answered, tookMs, cutBy: null };
}

/** The code with which the connection has ended by now. */
function endingOf({ ending }: CheckSocket): number | null {
  return ending?.code ?? null;
}

function firstOf([first, ...others]: readonly Received[]) {
  return first === undefined ? null : { count: others.length + 1, first: shown(first.data, first.isBinary) };
}

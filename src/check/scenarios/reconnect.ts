import { messageOf } from '../../errors.js';
import { formatDuration } from '../../units.js';
import { type Check, failed, judged, type Outcome, type Scenario, skipped, type TitleFacts } from '../check.js';
import { type CheckSocket, ConnectError } from '../check-socket.js';
import type { CheckContext } from '../context.js';
import { type Content, echoMessage, exchange, fillTemplate, messageOn, usableProblem } from '../echo.js';
import { type Received, shown, shownClose } from '../received.js';
import { GONE_MS, openFilesOf, serverList, settled } from '../server-list.js';

const RAPID = 10;
const MANY = 200;
const POOLS: readonly number[] = [10, 50, 100];
/** How long to listen for messages that belong to another client. */
const LISTEN_MS = 300;
const LEFT_BEHIND = 'left behind by the connection before';
const SPARE_FILES = 2;
/** A check that waits this long runs at the same time as others. */
const LONG_MS = 5000;
/** Longest time of a restart, from the order to the first connection. */
const BACK_MS = 20_000;
const RETRY_EVERY_MS = 50;
/** Enough for hundreds of connections to a distant server. */
const MANY_LIMIT_MS = 120_000;

/** 6: a client can connect again as often as it likes, and nothing of its earlier connection is left. */
export const reconnectScenario: Scenario = {
  number: 6,
  name: 'reconnect',
  title: 'Reconnect',
  checks: [
    comesBack('6.1', 0, 0),
    comesBack('6.2', 1000, 100),
    comesBack('6.3', 10_000, 500),
    {
      id: '6.4',
      title: 'a new connection works after a restart of the server',
      limitMs: () => 60_000,
      run: afterRestart,
    },
    {
      id: '6.5',
      title: (facts) => inARowTitle(RAPID, facts),
      isRequired: true,
      run: (context) => inARow(context, RAPID),
    },
    {
      id: '6.6',
      title: (facts) => inARowTitle(MANY, facts),
      isRequired: true,
      limitMs: () => MANY_LIMIT_MS,
      run: (context) => inARow(context, MANY),
    },
    {
      id: '6.7',
      title: `pools of ${POOLS.join(', ')} connections open and work`,
      limitMs: () => MANY_LIMIT_MS,
      isRequired: true,
      run: pools,
    },
    { id: '6.8', title: 'a new connection hears nothing that an earlier one left', isRequired: true, run: noState },
  ],
};

/** If the server tells its connections, or wsurge can see its open files, a leak would show. */
function inARowTitle(count: number, { expects, process, found }: TitleFacts): string {
  const leak = expects.stats === null && process === null ? '' : ', and nothing of them is left';
  const lanes = lanesFor(count, found);
  const way = lanes === 1 ? 'one after the other' : `in turn, ${lanes} at a time,`;
  return `${count} connections ${way} work${leak}`;
}

function comesBack(id: string, fullMs: number, quickMs: number): Check {
  return {
    id,
    title: ({ quick }) => {
      const waitMs = quick ? quickMs : fullMs;
      return `a new connection works ${waitMs === 0 ? 'at once' : formatDuration(waitMs)} after a close`;
    },
    isRequired: true,
    onlyWaits: fullMs >= LONG_MS,
    onlyWaitsIfSlow: true,
    run: async (context) => {
      const first = await context.open();
      const before = await usableProblem(context, first);
      const closed = await first.close(1000, '', context.closeMs);
      const waitMs = context.waitMs(fullMs, quickMs);
      await context.sleep(waitMs);
      const second = await context.open();
      const after = await usableProblem(context, second);
      return judged([before === null ? null : `before the close: ${before}`, after], {
        sent: `a message and a close, ${waitMs === 0 ? '' : `${formatDuration(waitMs)} of nothing, `}a new connection and a message`,
        expected: 'it opens and works',
        received: `${shownClose(closed)}, then open${after === null ? ' and working' : ''}`,
        measured: [{ name: 'reconnect', value: second.phases.totalMs, unit: 'ms' }],
      });
    },
  };
}

async function afterRestart(context: CheckContext): Promise<Outcome> {
  const restart = context.process?.restart ?? null;
  if (restart === null) return skipped('wsurge did not start this server: it cannot restart it');
  const sent = 'stop and start of the server, then a new connection and a message';
  const expected = `the old connection ends, a new one opens within ${formatDuration(BACK_MS)} and works`;
  const first = await context.open();
  const startMs = performance.now();
  try {
    await restart();
  } catch (error) {
    if (context.signal.aborted) throw error;
    return failed(`it does not come back: ${messageOf(error)}`, { sent, expected });
  }
  const closed = await first.closed(context.replyMs);
  const second = await opensAgain(context, startMs + BACK_MS);
  const backMs = performance.now() - startMs;
  const after = await usableProblem(context, second);
  return judged([closed === null ? 'the connection is still open though its server has ended' : null, after], {
    sent,
    expected,
    received: `${shownClose(closed)}, then open${after === null ? ' and working' : ''}`,
    measured: [{ name: 'back after a restart', value: backMs, unit: 'ms' }],
  });
}

async function opensAgain(context: CheckContext, untilMs: number): Promise<CheckSocket> {
  for (;;) {
    try {
      return await context.open();
    } catch (error) {
      if (!(error instanceof ConnectError) || performance.now() >= untilMs) throw error;
      await context.sleep(RETRY_EVERY_MS);
    }
  }
}

/** All replies together may take this long. If they would take longer, several connections are open at a time. */
const REPLIES_MS = 3000;
const MOST_LANES = 100;
/** A reply faster than this does not mean a slow server; this machine may have been busy. */
const SLOW_MS = 100;

function lanesFor(count: number, found: TitleFacts['found'] | null): number {
  const replyMs = found?.slowestReplyMs ?? 0;
  if (replyMs < SLOW_MS) return 1;
  return Math.min(count, MOST_LANES, Math.max(1, Math.ceil((count * replyMs) / REPLIES_MS)));
}

/** Opens connections in turn, each after the previous one of its lane closed. Then nothing of them may be left. */
async function inARow(context: CheckContext, count: number): Promise<Outcome> {
  const list = await serverList(context);
  const before = (await list?.steady()) ?? null;
  const filesBefore = openFilesOf(context);
  const problems: (string | null)[] = [];
  let slowestMs = 0;
  let begun = 0;
  const lane = async () => {
    while (begun < count && problems.length === 0) {
      const turn = ++begun;
      const socket = await context.open();
      const problem = await usableProblem(context, socket);
      if (problem !== null) problems.push(`connection ${turn}: ${problem}`);
      const closed = await socket.close(1000, '', context.closeMs);
      if (closed === null) problems.push(`connection ${turn} did not close`);
      slowestMs = Math.max(slowestMs, socket.phases.totalMs);
    }
  };
  const lanes = lanesFor(count, context.found);
  await Promise.all(Array.from({ length: lanes }, lane));
  const after = before === null ? null : await list!.downTo(before);
  const filesAfter = filesBefore === null ? null : await filesDownTo(context, filesBefore + SPARE_FILES);
  const left = [
    leftover('connections on the list', before, after, 0),
    leftover('open files', filesBefore, filesAfter, SPARE_FILES),
  ];
  return judged([...problems, ...left], {
    sent: `${count} connections, ${lanes === 1 ? 'one after the other' : `${lanes} at a time`}, each with a message and a close`,
    expected: `all work${leftText(`; within ${formatDuration(GONE_MS)} at most `, before, filesBefore === null ? null : filesBefore + SPARE_FILES)}`,
    received: `${problems.every((problem) => problem === null) ? 'all work' : 'not all work'}${leftText('; ', after, filesAfter)}`,
    measured: [{ name: 'slowest connect', value: slowestMs, unit: 'ms' }],
  });
}

function filesDownTo(context: CheckContext, wanted: number): Promise<number> {
  return settled(
    context,
    () => openFilesOf(context) ?? wanted,
    (now) => now <= wanted,
  );
}

function leftover(what: string, before: number | null, after: number | null, spare: number): string | null {
  return before === null || after === null || after <= before + spare ? null : `${after} ${what}, ${before} before`;
}

/** What is still seen of earlier connections; '' if nothing can be seen. */
function leftText(lead: string, connections: number | null, files: number | null): string {
  const parts = [
    connections === null ? null : `${connections} connections on the list`,
    files === null ? null : `${files} open files`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? '' : `${lead}${parts.join(' and ')}`;
}

async function pools(context: CheckContext): Promise<Outcome> {
  const problems: (string | null)[] = [];
  const measured = [];
  for (const size of POOLS) {
    const startMs = performance.now();
    const sockets = await poolOf(context, size);
    if (sockets instanceof ConnectError) {
      problems.push(`a pool of ${size} does not open: ${sockets.message}`);
      break;
    }
    const openMs = performance.now() - startMs;
    const found = await Promise.all(sockets.map((socket) => usableProblem(context, socket)));
    measured.push({ name: `pool of ${size} opened in`, value: openMs, unit: 'ms' });
    const broken = found.filter((problem) => problem !== null);
    if (broken.length > 0) {
      problems.push(`${broken.length} of ${size} connections do not work: ${broken[0]}`);
      break;
    }
    await Promise.all(sockets.map((socket) => socket.close(1000, '', context.closeMs)));
  }
  return judged(problems, {
    sent: `${POOLS.join(', ')} connections at a time, a message on each`,
    expected: 'all open and work',
    received: problems.length === 0 ? 'all opened and worked' : 'not all worked',
    measured,
  });
}

async function poolOf(context: CheckContext, size: number): Promise<CheckSocket[] | ConnectError> {
  try {
    return await context.openAll(size);
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
}

/** A connection closes before its replies come. The next connection must get none of them. */
async function noState(context: CheckContext): Promise<Outcome> {
  const { expects } = context;
  if (expects.requests !== null) return await noReplyLeft(context);
  const stranger = await context.open({ hearsAll: true });
  const greeting = unheardOf(context, await stranger.listen(LISTEN_MS));
  const first = await context.open();
  if (expects.broadcast?.join) first.send(fillTemplate(expects.broadcast.join, { room: ROOM }));
  if (expects.stream !== null) first.send(fillTemplate(expects.stream.send, { count: 1000, rate: 500, size: 64 }));
  if (expects.echo !== null) {
    first.send(echoMessage(expects, LEFT_BEHIND).text);
    await first.collect(1, context.replyMs);
    for (let turn = 0; turn < 10; turn++) first.send(echoMessage(expects, LEFT_BEHIND).text);
  }
  first.cut(true);
  await first.closed(context.replyMs);
  const second = await context.open({ hearsAll: true });
  if (expects.broadcast !== null) {
    stranger.send(fillTemplate(expects.broadcast.send, { room: ROOM, content: LEFT_BEHIND }));
  }
  const heard = unheardOf(context, await second.listen(LISTEN_MS));
  return judged([strangeProblem(greeting, heard), await worksAsNew(context, second)], {
    sent: 'a connection cut in the middle of its messages, then a new one',
    expected: greeting.length === 0 ? 'nothing comes unasked' : `the ${greeting.length} messages that greet everyone`,
    received:
      heard.length === 0 ? 'nothing came unasked' : heard.map(({ data, isBinary }) => shown(data, isBinary)).join(', '),
  });
}

/** Requests in flight on a connection that is cut: the next one must get no reply to them. */
async function noReplyLeft(context: CheckContext): Promise<Outcome> {
  const first = await context.open();
  first.send(messageOn(context, first, LEFT_BEHIND).text);
  await first.collect(1, context.replyMs);
  for (let turn = 0; turn < 10; turn++) first.send(messageOn(context, first, LEFT_BEHIND).text);
  first.cut(true);
  await first.closed(context.replyMs);
  const second = await context.open({ hearsAll: true });
  const strange = (await second.listen(LISTEN_MS)).find(({ isAnothers }) => isAnothers === true);
  const heard = strange === undefined ? null : shown(strange.data, strange.isBinary);
  return judged(
    [
      heard === null ? null : `a new connection hears what an old one left: ${heard}`,
      await usableProblem(context, second),
    ],
    {
      sent: 'a connection cut in the middle of its requests, then a new one',
      expected: 'no reply to a request of the old one comes on the new one',
      received: heard ?? 'none came',
    },
  );
}

/** Without what this server sends to everyone, such as a feed. A message that quotes an older connection counts. */
function unheardOf(context: CheckContext, heard: readonly Received[]): Received[] {
  return heard.filter((message) => message.data.includes(LEFT_BEHIND) || context.setAside?.isKnown(message) !== true);
}

const ROOM = 'wsurge-check-reconnect';

function strangeProblem(greeting: readonly Received[], heard: readonly Received[]): string | null {
  const strange = heard.find(({ data }) => data.includes(LEFT_BEHIND)) ?? heard[greeting.length];
  return strange === undefined
    ? null
    : `a new connection hears what an old one left: ${shown(strange.data, strange.isBinary)}`;
}

async function worksAsNew(context: CheckContext, socket: CheckSocket): Promise<string | null> {
  if (context.expects.echo === null) return await usableProblem(context, socket);
  const content: Content = 'asked by the new connection';
  return (await exchange(context, socket, content)).problem;
}

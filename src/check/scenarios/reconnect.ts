import { type Check, judged, type Outcome, type Scenario, skipped } from '../check.js';
import { type CheckSocket, ConnectError } from '../check-socket.js';
import type { CheckContext } from '../context.js';
import { type Content, echoMessage, exchange, fillTemplate, usableProblem } from '../echo.js';
import { type Received, shown, shownClose } from '../received.js';
import { serverList, settled } from '../server-list.js';

const CLOSE_MS = 6000;
const RAPID = 10;
const MANY = 200;
const POOLS: readonly number[] = [10, 50, 100];
/** How long to wait for messages that belong to another client. */
const LISTEN_MS = 300;
const LEFT_BEHIND = 'left behind by the connection before';
const SPARE_FILES = 2;
/** Time for a restart, from the order to the first connection. */
const BACK_MS = 20_000;
const RETRY_EVERY_MS = 50;
/** For hundreds of connections to a server far away. */
const MANY_LIMIT_MS = 120_000;

/** 6: a client can connect again as often as needed, and finds nothing left of its earlier connection. */
export const reconnectScenario: Scenario = {
  number: 6,
  name: 'reconnect',
  title: 'Reconnect',
  checks: [
    comesBack('6.1', 'at once', 0, 0),
    comesBack('6.2', 'after 1 s', 1000, 100),
    comesBack('6.3', 'after 10 s', 10_000, 500),
    { id: '6.4', title: 'after a restart of the server', limitMs: () => 60_000, run: afterRestart },
    {
      id: '6.5',
      title: '10 times in a row, as fast as it goes',
      isRequired: true,
      run: (context) => inARow(context, RAPID),
    },
    {
      id: '6.6',
      title: '200 times in a row without a leak',
      isRequired: true,
      limitMs: () => MANY_LIMIT_MS,
      run: (context) => inARow(context, MANY),
    },
    { id: '6.7', title: 'pools of 10, 50 and 100', limitMs: () => MANY_LIMIT_MS, isRequired: true, run: pools },
    { id: '6.8', title: 'no state is carried over', isRequired: true, run: noState },
  ],
};

function comesBack(id: string, when: string, fullMs: number, quickMs: number): Check {
  return {
    id,
    title: when,
    isRequired: true,
    run: async (context) => {
      const first = await context.open();
      const before = await usableProblem(context, first);
      const closed = await first.close(1000, '', CLOSE_MS);
      const waitMs = context.waitMs(fullMs, quickMs);
      await context.sleep(waitMs);
      const second = await context.open();
      return judged([before, await usableProblem(context, second)], {
        sent: `close, ${waitMs} ms of nothing, a new connection and a message`,
        expected: 'it opens and works',
        received: `${shownClose(closed)}, then open`,
        measured: [{ name: 'reconnect', value: second.phases.totalMs, unit: 'ms' }],
      });
    },
  };
}

async function afterRestart(context: CheckContext): Promise<Outcome> {
  const restart = context.process?.restart ?? null;
  if (restart === null) return skipped('wsurge did not start this server: it cannot restart it');
  const first = await context.open();
  const startMs = performance.now();
  await restart();
  const closed = await first.closed(CLOSE_MS);
  const second = await opensAgain(context, startMs + BACK_MS);
  const backMs = performance.now() - startMs;
  return judged(
    [
      closed === null ? 'the connection is still open though its server has ended' : null,
      await usableProblem(context, second),
    ],
    {
      sent: 'stop and start of the server, then a new connection and a message',
      expected: 'the old connection ends, a new one opens and works',
      received: `${shownClose(closed)}, then open`,
      measured: [{ name: 'back after a restart', value: backMs, unit: 'ms' }],
    },
  );
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

/** One connection after the other, each closed before the next; then nothing of them is left where that can be seen. */
async function inARow(context: CheckContext, count: number): Promise<Outcome> {
  const list = await serverList(context);
  const before = (await list?.count()) ?? null;
  const filesBefore = context.process?.sample()?.openFds ?? null;
  const problems: (string | null)[] = [];
  let slowestMs = 0;
  for (let round = 0; round < count; round++) {
    const socket = await context.open();
    const problem = await usableProblem(context, socket);
    if (problem !== null) problems.push(`connection ${round + 1}: ${problem}`);
    const closed = await socket.close(1000, '', CLOSE_MS);
    if (closed === null) problems.push(`connection ${round + 1} did not close`);
    slowestMs = Math.max(slowestMs, socket.phases.totalMs);
    if (problems.length > 0) break;
  }
  const after = before === null ? null : await list!.downTo(before);
  const filesAfter = filesBefore === null ? null : await filesDownTo(context, filesBefore + SPARE_FILES);
  problems.push(leftover('connections on the list', before, after, 0));
  problems.push(leftover('open files', filesBefore, filesAfter, SPARE_FILES));
  return judged(problems, {
    sent: `${count} connections one after the other, each with a message and a close`,
    expected: `all work; ${before ?? 'unseen'} connections on the list and ${filesBefore ?? 'unseen'} open files as before`,
    received: `${after ?? 'unseen'} connections on the list, ${filesAfter ?? 'unseen'} open files`,
    measured: [{ name: 'slowest connect', value: slowestMs, unit: 'ms' }],
  });
}

function filesDownTo(context: CheckContext, wanted: number): Promise<number> {
  return settled(
    context,
    () => context.process?.sample()?.openFds ?? 0,
    (now) => now <= wanted,
  );
}

function leftover(what: string, before: number | null, after: number | null, spare: number): string | null {
  return before === null || after === null || after <= before + spare ? null : `${after} ${what}, ${before} before`;
}

async function pools(context: CheckContext): Promise<Outcome> {
  const problems: (string | null)[] = [];
  const measured = [];
  for (const size of POOLS) {
    const startMs = performance.now();
    const sockets = await context.openAll(size);
    const openMs = performance.now() - startMs;
    const found = await Promise.all(sockets.map((socket) => usableProblem(context, socket)));
    const broken = found.filter((problem) => problem !== null);
    if (broken.length > 0) problems.push(`${broken.length} of ${size} connections do not work: ${broken[0]}`);
    await Promise.all(sockets.map((socket) => socket.close(1000, '', CLOSE_MS)));
    measured.push({ name: `pool of ${size}`, value: openMs, unit: 'ms' });
  }
  return judged(problems, {
    sent: `${POOLS.join(', ')} connections at a time, a message on each`,
    expected: 'all open and work',
    received: problems.length === 0 ? 'all opened and worked' : 'not all worked',
    measured,
  });
}

/** A connection closes with replies outstanding. The next connection must get none of them. */
async function noState(context: CheckContext): Promise<Outcome> {
  const { expects } = context;
  const stranger = await context.open();
  const greeting = await stranger.listen(LISTEN_MS);
  const first = await context.open();
  if (expects.broadcast?.join) first.send(fillTemplate(expects.broadcast.join, { room: ROOM }));
  if (expects.stream !== null) first.send(fillTemplate(expects.stream.send, { count: 1000, rate: 500, size: 64 }));
  if (expects.echo !== null) {
    first.send(echoMessage(expects, LEFT_BEHIND).text);
    await first.collect(1, context.replyMs);
    for (let turn = 0; turn < 10; turn++) first.send(echoMessage(expects, LEFT_BEHIND).text);
  }
  first.cut(true);
  await first.closed(CLOSE_MS);
  const second = await context.open();
  if (expects.broadcast !== null) {
    stranger.send(fillTemplate(expects.broadcast.send, { room: ROOM, content: LEFT_BEHIND }));
  }
  const heard = await second.listen(LISTEN_MS);
  return judged([strangeProblem(greeting, heard), await worksAsNew(context, second)], {
    sent: 'a connection cut in the middle of its messages, then a new one',
    expected: greeting.length === 0 ? 'nothing comes unasked' : `the ${greeting.length} messages that greet everyone`,
    received:
      heard.length === 0 ? 'nothing came unasked' : heard.map(({ data, isBinary }) => shown(data, isBinary)).join(', '),
  });
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

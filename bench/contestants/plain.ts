/** The contestant to beat, as a process: a loop over plain `ws` clients that records and checks nothing. */
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type WebSocket from 'ws';
import { SETTLE_MS, WARMUP_MS } from '../cell.js';
import { answer, takeJob } from '../child.js';
import { cpuSince, markCpu } from '../cpu.js';
import type { Target } from '../served.js';
import type { LoadAnswer } from './load-answer.js';
import { openSockets, PAYLOAD } from './plain-sockets.js';

export interface PlainJob {
  readonly target: Target;
  readonly connections: number;
  readonly seconds: number;
  /** Messages per second over all connections; 0 for idle ones, null for a closed loop. */
  readonly rate: number | null;
}

let answered = 0;

async function run({ target, connections, seconds, rate }: PlainJob): Promise<LoadAnswer> {
  const { sockets, ...opened } = await openSockets(connections, target);
  await delay(SETTLE_MS);
  if (rate === null) startClosedLoop(sockets);
  else if (rate > 0) startAtRate(sockets, rate);
  if (rate !== 0) await delay(WARMUP_MS);
  const rssOpenBytes = process.memoryUsage.rss();
  const answeredBefore = answered;
  const mark = markCpu(target.pid);
  await delay(seconds * 1000);
  const measure = cpuSince(mark, target.pid);
  return {
    ...opened,
    ...{ measure, rssOpenBytes },
    open: sockets.filter((socket) => socket.readyState === socket.OPEN).length,
    answeredPerSecond: (answered - answeredBefore) / measure.seconds,
    lagUs: null,
    validity: null,
  };
}

function startClosedLoop(sockets: readonly WebSocket[]): void {
  for (const socket of sockets) {
    socket.on('message', () => {
      answered++;
      socket.send(PAYLOAD, { binary: true });
    });
    socket.send(PAYLOAD, { binary: true });
  }
}

/** Sends what is due every millisecond, on one connection after the other. */
function startAtRate(sockets: readonly WebSocket[], rate: number): void {
  for (const socket of sockets) {
    socket.on('message', () => {
      answered++;
    });
  }
  const startMs = performance.now();
  let sent = 0;
  const sendDue = () => {
    const due = ((performance.now() - startMs) / 1000) * rate;
    for (; sent < due; sent++) sockets[sent % sockets.length]!.send(PAYLOAD, { binary: true });
    setTimeout(sendDue, 1);
  };
  sendDue();
}

answer(await run(takeJob<PlainJob>()));

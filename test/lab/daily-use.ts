/** What people use wsurge for every day, on a machine as it is: a gate in nightly CI, and the capacity of a server. */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { leastSquares } from '../../src/stats/least-squares.js';
import { runCommand, type Search, searchIn } from './command.js';
import { type Experiment, exactly, type Finding, finding } from './experiment.js';
import { besideSpinners } from './spinners.js';
import { TargetProcess } from './target-process.js';

const NIGHTS = 20;
const NEIGHBOURS_AT_NIGHT = 2;
/** The 99th percentile of exponential delays is ln(100) times their mean. */
const GATES: readonly (readonly [name: string, meanMs: number, exitCode: number])[] = [
  ['p99 20 ms', 20 / Math.log(100), 0],
  ['p99 80 ms', 80 / Math.log(100), 99],
];

const nightlyGate: Experiment = {
  id: 'D1',
  title: 'A gate of 50 ms at p99, night after night, beside two busy programs',
  truth:
    `Two servers with exponential delays, of 20 and 80 ms at p99; two programs that never rest beside them. ${NIGHTS} runs each of 500 messages a second on 50 connections for 5 s with the threshold \`ws_response_time: p(99)<50\`. ` +
    'The first server passes every time (exit code 0), the second fails every time (99).',
  run: async () => {
    const findings: Finding[] = [];
    for (const [name, meanMs, exitCode] of GATES) {
      const codes = await nights(`delay:exp(${meanMs.toFixed(3)}ms)`);
      const right = codes.filter((code) => code === exitCode).length;
      const none = { below: 0, above: 0 };
      findings.push(finding(`${name}: exit code ${exitCode}`, `of ${NIGHTS}`, NIGHTS, right, none, codes.join(' ')));
    }
    return findings;
  },
};

async function nights(faults: string): Promise<number[]> {
  const target = await TargetProcess.start(faults);
  const load = ['-c', '50', '-R', '500', '-d', '5s'];
  const args = ['run', target.url, ...load, '--threshold', 'ws_response_time: p(99)<50', '--quiet'];
  const codes: number[] = [];
  try {
    for (let night = 0; night < NIGHTS; night++) {
      const { code } = await besideSpinners(NEIGHBOURS_AT_NIGHT, () => runCommand(target.folder, args));
      codes.push(code);
    }
  } finally {
    await target.stop();
  }
  return codes;
}

const SEARCHES = 3;
const WORK_MS = [1, 2];
const SHARE = 0.15;

const capacityOfBusyServer: Experiment = {
  id: 'D2',
  title: 'How much a server takes that works for every message',
  truth:
    `A server that computes for 1 ms (2 ms) for each message. \`wsurge capacity --axis rate\` with its usual limit (p99 under 50 ms) and no other flag, ${SEARCHES} times each, alone and beside a program that never rests. ` +
    'Before and after each search a plain script asks for the highest rate at which it sees no backlog in 5 s: it starts with what 20 requests under way get done, and goes down by 2 % at a time. The answer lies within 15 % of it, with exit code 0.',
  run: async () => {
    const findings: Finding[] = [];
    for (const neighbours of [0, 1])
      for (const workMs of WORK_MS)
        for (let search = 1; search <= SEARCHES; search++)
          findings.push(...(await capacityOf(workMs, neighbours, search)));
    return findings;
  },
};

async function capacityOf(workMs: number, neighbours: number, number: number): Promise<Finding[]> {
  const target = await TargetProcess.start(`burn:${workMs}ms`);
  try {
    const { rate, found } = await besideSpinners(neighbours, async () => {
      const before = await plainRate(target.url);
      const args = [target.url, '-c', '20', '--axis', 'rate'];
      const found: Search = await searchIn(target.folder, args);
      return { found, rate: (before + (await plainRate(target.url))) / 2 };
    });
    const { answer } = found.document;
    const what = `${workMs} ms, beside ${neighbours}, ${number}`;
    const allowed = { below: SHARE * rate, above: SHARE * rate };
    return [
      finding(`${what}: capacity`, 'msg/s', Math.round(rate), answer.ratePerSecond, allowed, answer.text),
      exactly(`${what}: exit code`, '', 0, found.code),
    ];
  } finally {
    await target.stop();
  }
}

const CONNECTIONS = 20;
const PLAIN_MS = 5000;
/** Each try asks for this much less than the one before. */
const STEP = 0.98;
const MOST_TRIES = 16;
/** A backlog that grows by more than this share of the rate, and by more messages than stand in a short queue, is one. */
const GROWTH_SHARE = 0.01;
const GROWTH_LEAST = 10;
const LOOK_EVERY_MS = 100;

/** The highest rate at which a plain script sees no backlog: from what a closed loop gets done downwards. */
async function plainRate(url: string): Promise<number> {
  const sockets = Array.from({ length: CONNECTIONS }, () => new WebSocket(url, { perMessageDeflate: false }));
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  try {
    let rate = await closedRate(sockets);
    for (let tries = 0; tries < MOST_TRIES && (await hasBacklog(sockets, rate)); tries++) rate *= STEP;
    return rate;
  } finally {
    for (const socket of sockets) socket.terminate();
  }
}

const PING = '{"type":"ping"}';

/** Replies a second of a closed loop: one request under way on each connection. It ends with none under way. */
async function closedRate(sockets: readonly WebSocket[]): Promise<number> {
  const startMs = performance.now();
  const ends = sockets.map(async (socket) => {
    let replies = 0;
    while (performance.now() - startMs < PLAIN_MS) {
      socket.send(PING);
      await once(socket, 'message');
      replies++;
    }
    return replies;
  });
  const replies = (await Promise.all(ends)).reduce((sum, each) => sum + each, 0);
  return (replies * 1000) / (performance.now() - startMs);
}

/** Sends at this rate, in turn on all connections, whatever comes back, and looks at what is unanswered. */
async function hasBacklog(sockets: readonly WebSocket[], ratePerSecond: number): Promise<boolean> {
  let [sent, answered] = [0, 0];
  const count = () => void answered++;
  for (const socket of sockets) socket.on('message', count);
  const unanswered: (readonly [second: number, messages: number])[] = [];
  const startMs = performance.now();
  try {
    for (let ms = 0; ms < PLAIN_MS; ms = performance.now() - startMs) {
      for (const due = (ratePerSecond * ms) / 1000; sent < due; sent++) sockets[sent % sockets.length]!.send(PING);
      if (ms >= (unanswered.length + 1) * LOOK_EVERY_MS) unanswered.push([ms / 1000, sent - answered]);
      await pause(1);
    }
    // The first second lets the queue of a busy server find its length.
    const line = leastSquares(unanswered.filter(([second]) => second >= 1));
    const slope = line?.slope ?? 0;
    return slope > GROWTH_SHARE * ratePerSecond && slope * (PLAIN_MS / 1000 - 1) > GROWTH_LEAST;
  } finally {
    while (answered < sent) await pause(10);
    for (const socket of sockets) socket.off('message', count);
  }
}

/** Apart from the accuracy of single figures: minutes each. */
export const dailyUse: readonly Experiment[] = [nightlyGate, capacityOfBusyServer];

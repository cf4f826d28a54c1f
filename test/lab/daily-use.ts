/** What people use wsurge for every day, on a machine as it is: a gate in nightly CI, and the capacity of a server. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
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
    'Before and after each search a plain script keeps 20 requests under way for 5 s: what it gets done is the most that the server does without a backlog. The answer lies within 15 % of it, with exit code 0.',
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

const UNDER_WAY = 20;
const PLAIN_MS = 5000;

/** Replies a second of a closed loop: one request under way on each of some connections. */
async function plainRate(url: string): Promise<number> {
  const sockets = Array.from({ length: UNDER_WAY }, () => new WebSocket(url, { perMessageDeflate: false }));
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  let replies = 0;
  for (const socket of sockets) {
    socket.on('message', () => {
      replies++;
      socket.send('{"type":"ping"}');
    });
    socket.send('{"type":"ping"}');
  }
  const startMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, PLAIN_MS));
  const rate = (replies * 1000) / (performance.now() - startMs);
  for (const socket of sockets) socket.terminate();
  return rate;
}

/** Apart from the accuracy of single figures: minutes each. */
export const dailyUse: readonly Experiment[] = [nightlyGate, capacityOfBusyServer];

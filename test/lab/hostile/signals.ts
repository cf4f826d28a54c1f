/** Signals in every phase of every command that lasts. */
import type { ChildProcess } from 'node:child_process';
import { freePort } from '../../e2e/local-server.js';
import { descendantsOf } from '../../e2e/spawn-cli.js';
import { type Case, CLI, pause, trial } from './case.js';

/** Each list is sent one after the other. */
const SIGNALS: readonly (readonly NodeJS.Signals[])[] = [
  ['SIGINT'],
  ['SIGTERM'],
  ['SIGHUP'],
  ['SIGINT', 'SIGINT'],
  ['SIGKILL'],
];
const SERVE = (port: number) => `'${process.execPath}' '${CLI}' serve --engine ws --port ${port}`;
/** Starts, and is never ready. */
const NEVER_READY = `'${process.execPath}' -e "setInterval(() => {}, 1000)"`;

interface Command {
  readonly name: string;
  /** `server`: the command that starts the target. */
  args(server: string, port: number): readonly string[];
  /** What it has printed once its load is on. */
  readonly onLoad: RegExp;
  /** Exit codes after a signal that it can answer; 105 alone where absent. */
  readonly codes?: readonly number[];
  /** It starts no server of the user's. */
  readonly alone?: boolean;
}

const fixed =
  (...args: string[]) =>
  () =>
    args;

const COMMANDS: readonly Command[] = [
  { name: 'run', args: fixed('run', 'p.yaml'), onLoad: /canary: / },
  { name: 'run --dashboard', args: fixed('run', 'p.yaml', '--dashboard', '0'), onLoad: /dashboard: / },
  { name: 'check', args: fixed('check', 'p.yaml'), onLoad: /connect|check/ },
  {
    name: 'capacity',
    args: fixed('capacity', 'p.yaml', '--slo', 'ws_response_time p(99)<1s'),
    onLoad: /canary: /,
  },
  {
    name: 'ab',
    args: (server, port) => ['ab', '--aa', '--a', server, '--target', `ws://127.0.0.1:${port}/`, '-d', '20s'],
    onLoad: /round|turn|A /,
  },
  { name: 'serve', args: fixed('serve', '--port', '0'), onLoad: /listening/, codes: [0, 105], alone: true },
  { name: 'calibrate', args: fixed('calibrate'), onLoad: /./, alone: true },
];

function profile(command: string, port: number): string {
  return [
    `target: { command: ${JSON.stringify(command)}, url: "ws://127.0.0.1:${port}/" }`,
    'load:\n  - { connections: 2, rate: 50/s }\nduration: 10m\n',
  ].join('\n');
}

async function send(child: ChildProcess, signals: readonly NodeJS.Signals[]): Promise<void> {
  for (const signal of signals) {
    child.kill(signal);
    await pause(30);
  }
}

/** Sends them a moment after the phase has begun. */
async function sendOnce(child: ChildProcess, signals: readonly NodeJS.Signals[], isOn: () => boolean): Promise<void> {
  while (child.exitCode === null && child.signalCode === null && !isOn()) await pause(20);
  await pause(300);
  await send(child, signals);
}

export function signalCases(): Case[] {
  return COMMANDS.flatMap((command) => SIGNALS.flatMap((signals) => casesOf(command, signals)));
}

function casesOf(command: Command, signals: readonly NodeJS.Signals[]): Case[] {
  const { name, args, onLoad, codes = [105], alone = false } = command;
  const words = signals.join(', ');
  const ends = signals[0] === 'SIGKILL' ? [null] : codes;
  const tried = async (server: string, port: number, isOn: (child: ChildProcess, output: string) => boolean) =>
    await trial({
      ...{ args: args(server, port), codes: ends, files: { 'p.yaml': profile(server, port) } },
      meanwhile: (child, output) => sendOnce(child, signals, () => isOn(child, output())),
    });
  const onStart: Case = {
    group: 'signals',
    name: `${name}: ${words} while the target starts`,
    run: async () => await tried(NEVER_READY, await freePort(), (child) => descendantsOf(child.pid!).length >= 2),
  };
  const onRun: Case = {
    group: 'signals',
    name: `${name}: ${words} under load`,
    run: async () => {
      const port = await freePort();
      return await tried(SERVE(port), port, (_, output) => onLoad.test(output));
    },
  };
  return alone ? [onRun] : [onStart, onRun];
}

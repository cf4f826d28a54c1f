import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatCount } from '../../src/units.js';
import { type Case, type Round, type Setting, UNSEEN } from '../case.js';
import type { EchoServer } from '../served.js';

const CLI_PATH = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));
const GIVE_UP_MS = 20_000;
const NAME = 'wsurge run -c 1';
/** The server's first connection is the canary's, the second is the load's. */
const CANARY = 1;
const LOAD = 2;

/** How long a user waits for the first message, from the start of the process. */
export function startUpCase(): Case {
  const format = (ms: number) => `${formatCount(ms)} ms`;
  return {
    name: 'start-up',
    title: 'from starting `wsurge run -c 1` to the first message',
    server: 'fresh',
    rounds: 5,
    seconds: 1,
    repeats: 0,
    metrics: [
      { key: 'loadMs', label: 'first message of the load', format },
      { key: 'canaryMs', label: 'message of the check before it', format },
    ],
    contestants: [{ name: NAME, run: startUp }],
    goals: [{ metric: 'loadMs', of: NAME, by: { kind: 'value' }, bound: { most: 600 } }],
    notes: ['as the server sees them, which already runs; the command is not pinned'],
  };
}

async function startUp({ server }: Setting): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'wsurge-bench-'));
  const { url } = server!.target;
  const arrivals = firstMessages(server!);
  const startNs = process.hrtime.bigint();
  const args = [CLI_PATH, 'run', url, '-c', '1', '-d', '1s', '-W', '0s', '-q', '-o', folder];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  try {
    const [canaryNs, loadNs] = await Promise.race([arrivals, exited.then(() => endedEarly())]);
    const sinceStartMs = (atNs: bigint) => Number(atNs - startNs) / 1e6;
    return {
      metrics: { loadMs: sinceStartMs(loadNs), canaryMs: sinceStartMs(canaryNs) },
      ...UNSEEN,
    };
  } finally {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  }
}

function endedEarly(): never {
  throw new Error(`${NAME} ended before its first message`);
}

/** When the first messages of canary and load came, nanoseconds. */
function firstMessages(server: EchoServer): Promise<readonly [canaryNs: bigint, loadNs: bigint]> {
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => reject(new Error(`no message within ${GIVE_UP_MS / 1000} s`)), GIVE_UP_MS);
    let canaryNs = 0n;
    server.onFirst((connection, atNs) => {
      if (connection === CANARY) canaryNs = atNs;
      if (connection !== LOAD) return;
      clearTimeout(giveUp);
      resolve([canaryNs, atNs]);
    });
  });
}

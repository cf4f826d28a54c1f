/** Starts the command line as a user does, with a viewer over HTTP, and reads the cost from the run's own figures. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseResult } from '../../src/documents/result-schema.js';
import { percentOfCore, type ServerSecond } from '../../src/metrics/seconds/server-second.js';
import { readIntervals, readResult } from '../../src/store/read-run.js';
import type { Round, Setting } from '../case.js';
import { median } from '../statistics.js';

const CLI_PATH = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));
const SCRAPE_EVERY_MS = 1000;
/** Exit codes of a run that measured: passed, or invalid on a busy machine. */
const MEASURED = [0, 98];

/** Reads what the run serves at `url` until the run ends. Resolves with the number of answers. */
export type Watcher = (url: string, ended: AbortSignal) => Promise<number>;

export interface Watch {
  /** `--prometheus` or `--dashboard`. */
  readonly flag: string;
  readonly watcher: Watcher;
}

export interface WatchedLoad {
  readonly connections: number;
  readonly rate: number;
}

/** A round under this load, watched or not. Throws if the run fails, or if the viewer got no answer. */
export async function watchedRound(
  { connections, rate }: WatchedLoad,
  watch: Watch | null,
  setting: Setting,
): Promise<Round> {
  const folder = mkdtempSync(path.join(tmpdir(), 'wsurge-bench-'));
  const load = ['-c', String(connections), '-R', String(rate), '-d', `${setting.seconds}s`, '-W', '1s', '-w', '1'];
  const args = ['run', setting.server!.target.url, ...load, '--no-progress', '-o', folder];
  const child = spawn(process.execPath, [CLI_PATH, ...args, ...(watch === null ? [] : [watch.flag])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const ended = new AbortController();
  try {
    const watching = watch === null ? null : watch.watcher(await announced(child.stderr), ended.signal);
    const [code] = (await exited) as [number | null];
    ended.abort();
    if (code === null || !MEASURED.includes(code)) throw new Error(`wsurge run ended with ${code ?? 'a signal'}`);
    return await roundOf(folder, watching === null ? null : await watching);
  } finally {
    child.kill('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The address of the page, as the run prints it. */
async function announced(stderr: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stderr) {
    text += String(chunk);
    const url = /^(?:prometheus|dashboard): (\S+)$/m.exec(text)?.[1];
    if (url === undefined) continue;
    // Later output must not fill the pipe.
    stderr.resume();
    return url;
  }
  throw new Error(`the run ended before it served anything: ${text.slice(-500)}`);
}

/** A scrape a second, as Prometheus does it. */
export const scraping: Watcher = async (url, ended) => {
  let answers = 0;
  while (!ended.aborted) {
    await fetch(url, { signal: ended }).then(
      async (response) => {
        if ((await response.text()).includes('wsurge_messages_total')) answers++;
      },
      // The run closes its page when it ends, even during a request.
      () => undefined,
    );
    await wait(SCRAPE_EVERY_MS, undefined, { signal: ended }).catch(() => undefined);
  }
  return answers;
};

/** Acts like an open page: fetches it once, then reads its events until they end. */
export const looking: Watcher = async (url) => {
  await (await fetch(url)).text();
  const events = await (await fetch(new URL('/events', url))).text();
  return events.split('\ndata: ').length;
};

async function roundOf(folder: string, answers: number | null): Promise<Round> {
  const [name] = readdirSync(folder);
  const run = path.join(folder, name!);
  const { cells } = await readResult(run, parseResult);
  const { client, server, flows, validity } = cells[0]!;
  const { lag } = flows[0]!.latencyUs;
  if (lag === null || lag.p50 === null || lag.p99 === null) throw new Error('too few messages for a p99');
  if (answers !== null && answers < 2) throw new Error(`it was watched ${answers} times`);
  const clientCores = client.cpuPercent === null ? null : client.cpuPercent / 100;
  const serverCores = server.status === 'measured' && server.cpuPercent !== null ? server.cpuPercent / 100 : null;
  const machine = machineCores((await readIntervals(run)).serverSeconds);
  const known = clientCores !== null && serverCores !== null && machine !== null;
  return {
    metrics: { p50Us: lag.p50, p99Us: lag.p99, cores: clientCores ?? Number.NaN },
    ...{ clientCores, serverCores, othersCores: known ? machine - clientCores - serverCores : null },
    detail: { validity, answers },
  };
}

/** What all of this machine used in the measured time, in cores. */
function machineCores(seconds: readonly ServerSecond[]): number | null {
  const known = seconds.flatMap(({ machineCpuMs, elapsedMs }) => percentOfCore(machineCpuMs, elapsedMs) ?? []);
  return known.length === 0 ? null : median(known) / 100;
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CapacityDocument, capacity, run, type WrittenProfile } from '../../src/index.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { FIRST_SEQUENCE } from '../../src/plan/sequence.js';
import type { HubPlan, HubSend } from './hub.js';

const MAIN = fileURLToPath(new URL('hub-main.js', import.meta.url));
const WARMUP_SECONDS = 2;

export interface HubLoad {
  readonly subscribers: number;
  readonly ratePerSecond: number;
  readonly seconds: number;
}

export interface HubRun {
  readonly cell: CellResult;
  /** The sends of measured messages. */
  readonly sends: readonly HubSend[];
}

/** Runs a load of broadcasts with the library, on one worker, against a hub in a process of its own. */
export async function runHub(plan: HubPlan, load: HubLoad): Promise<HubRun> {
  const { seconds } = load;
  return await withHub(plan, async ({ url, folder, sends }) => {
    const times = { warmup: `${WARMUP_SECONDS}s`, duration: `${seconds}s` } as const;
    const { result } = await run({ target: { ...profileOf(url, load), ...times }, cwd: folder, env: {} });
    const all = await sends();
    return { cell: result.cells[0] as CellResult, sends: all.filter((send) => isMeasured(send, load)) };
  });
}

/** How many subscribers such a hub may have before the SLO is broken, as `wsurge capacity` answers. */
export async function searchHub(plan: HubPlan, load: HubLoad, slo: string): Promise<CapacityDocument> {
  return await withHub(plan, async ({ url, folder }) => {
    const times = { warmup: '1s', duration: `${load.seconds}s` } as const;
    const target = { ...profileOf(url, load), ...times };
    return (await capacity({ target, axis: 'subscribers', slo, cwd: folder, env: {} })).result;
  });
}

interface RunningHub {
  readonly url: string;
  readonly folder: string;
  /** Ends it, and gives all its sends. */
  readonly sends: () => Promise<HubSend[]>;
}

async function withHub<T>(plan: HubPlan, use: (hub: RunningHub) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-lab-'));
  const file = path.join(folder, 'sends.json');
  // It ends with the lab: its IPC channel closes then.
  const child = fork(MAIN, [JSON.stringify(plan), file], { execArgv: [] });
  const exited = once(child, 'exit');
  try {
    const [port] = (await once(child, 'message')) as [number];
    const sends = async () => {
      child.kill('SIGTERM');
      await exited;
      return JSON.parse(await readFile(file, 'utf8')) as HubSend[];
    };
    return await use({ url: `ws://127.0.0.1:${port}/`, folder, sends });
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

function profileOf(url: string, { subscribers, ratePerSecond }: HubLoad): WrittenProfile {
  return {
    ...{ name: 'lab', target: { url }, workers: 1 },
    load: [
      {
        ...{ name: 'hub', connections: subscribers, rate: ratePerSecond },
        requests: [{ name: 'say', send: { sequence: '{{sequence}}' }, reaches: 'all', reply: 'none' }],
      },
    ],
  };
}

/** Sequences of constant arrivals count messages from the start of the warm-up; the canary's is beyond them. */
function isMeasured({ sequence }: HubSend, { ratePerSecond, seconds }: HubLoad): boolean {
  const index = sequence - FIRST_SEQUENCE;
  return index >= ratePerSecond * WARMUP_SECONDS && index < ratePerSecond * (WARMUP_SECONDS + seconds);
}

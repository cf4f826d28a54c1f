import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contestant, Goal, Round, Setting } from '../case.js';
import { runCommand } from '../child.js';
import { cpuSecondsOf, parseWaitedCpu } from '../cpu.js';
import type { NamedPeer, PeerLoad } from './peer.js';

/** The start of a tool counts, too, so it runs for this many windows. */
const WINDOWS = 4;
const ALLOWANCE_MS = 120_000;

/** A remark for the reader of a case with other tools. */
export const PEER_NOTE = 'other tools: CPU over their whole life, start included; messages as the server counted them';

/** The totals of a tool from its start to its end. */
export interface PeerLife {
  /** Messages that the server sent back to the tool. */
  readonly messages: number;
  readonly userSeconds: number;
  readonly systemSeconds: number;
}

/** The tools that can make this load, as contestants. `metricsOf` computes what the case compares. */
export function peerContestants(
  peers: readonly NamedPeer[],
  load: PeerLoad,
  metricsOf: (life: PeerLife) => Readonly<Record<string, number>>,
): Contestant[] {
  const able = peers.filter(({ peer }) => peer.kinds.includes(load.kind));
  return able.map((peer) => ({ name: peer.name, run: (setting) => peerRound(peer, load, metricsOf, setting) }));
}

/** Comparisons of wsurge with each of these contestants, in each metric, without goals. */
export function comparisons(contestants: readonly Contestant[], metrics: readonly string[]): Goal[] {
  return contestants.flatMap(({ name }) =>
    metrics.map((metric) => ({ metric, of: 'wsurge', by: { kind: 'ratio', to: name }, bound: null })),
  );
}

async function peerRound(
  { path, peer }: NamedPeer,
  load: PeerLoad,
  metricsOf: (life: PeerLife) => Readonly<Record<string, number>>,
  { server, machine, seconds }: Setting,
): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'wsurge-bench-'));
  try {
    const { url, pid } = server!.target;
    const runSeconds = seconds * WINDOWS;
    const { args, files } = peer.plan(load, { url, seconds: runSeconds, folder });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const messagesBefore = await server!.count();
    const before = waitedCpu();
    const serverBefore = cpuSecondsOf(pid) ?? 0;
    const startMs = performance.now();
    await runCommand({
      command: [path, ...args],
      core: machine.loadCore,
      deadlineMs: runSeconds * 1000 + ALLOWANCE_MS,
    });
    const lifeSeconds = (performance.now() - startMs) / 1000;
    const after = waitedCpu();
    const life: PeerLife = {
      messages: (await server!.count()) - messagesBefore,
      userSeconds: after.userSeconds - before.userSeconds,
      systemSeconds: after.systemSeconds - before.systemSeconds,
    };
    if (life.messages === 0) throw new Error(`${path} sent no message`);
    return {
      metrics: metricsOf(life),
      clientCores: (life.userSeconds + life.systemSeconds) / lifeSeconds,
      serverCores: ((cpuSecondsOf(pid) ?? 0) - serverBefore) / lifeSeconds,
      othersCores: null,
      detail: { ...life, lifeSeconds },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** CPU of the children that have ended, the tool's own children included. The server still runs, so it is not in it. */
function waitedCpu(): { readonly userSeconds: number; readonly systemSeconds: number } {
  const waited = parseWaitedCpu(readFileSync('/proc/self/stat', 'utf8'));
  if (waited === null) throw new Error('/proc/self/stat is not what Linux writes: peers cannot be measured here');
  return waited;
}

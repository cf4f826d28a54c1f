/** The coordinator of a fleet, in a process of its own on one core: what `wsurge run --agents` does while it measures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { folderSink } from '../../src/app/folder-sink.js';
import { connectBus } from '../../src/bus/nats.js';
import { runCell } from '../../src/coordinator/coordinator.js';
import { Fleet } from '../../src/fleet/fleet.js';
import { FleetRunner } from '../../src/fleet/fleet-runner.js';
import { type AgentInfo, PROTOCOL } from '../../src/fleet/orders.js';
import { describeGenerator } from '../../src/machine/environment.js';
import { HostLoad } from '../../src/machine/host-load.js';
import { createRunFolder } from '../../src/store/run-folder.js';
import { endpointOf } from '../cell.js';
import { answer, takeJob } from '../child.js';
import { type CpuWindow, cpuSince, markCpu } from '../cpu.js';
import { FLEET, FLEET_LINE, fleetCell, idOf, nameOf } from './load.js';

export interface CoordinatorJob {
  readonly url: string;
  readonly agents: number;
  readonly seconds: number;
}

export interface CoordinatorAnswer {
  /** Of the measure phase. */
  readonly cpu: CpuWindow;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
  readonly rssBytes: number;
  /** Orders that had to be sent again. */
  readonly repeated: number;
}

const { url, agents, seconds } = takeJob<CoordinatorJob>();
const cell = fleetCell(agents, seconds);
const root = mkdtempSync(path.join(tmpdir(), 'wsurge-fleet-'));
const folder = await createRunFolder(root, 'bench', new Date());
const keep = folderSink(folder);
const bus = await connectBus({ url, env: {}, inboxPrefix: '_INBOX_c', name: 'bench' });
const environment = describeGenerator();
const infos = Array.from(
  { length: agents },
  (_, agent): AgentInfo => ({
    ...{ protocol: PROTOCOL, version: 'bench', id: idOf(agent), name: nameOf(agent), labels: {}, allows: [] },
    ...{ state: { kind: 'idle' }, environment, loopback: null, idle: { runQueueWait: null, steal: null } },
    offers: { workers: FLEET_LINE.workers, connections: null, perSecond: null },
  }),
);
const fleet = await Fleet.lease(bus, { fleet: FLEET, agents: infos, by: 'the bench', instrumentCheck: false });
const workersOf = (agent: number) => ({ from: agent * FLEET_LINE.workers, to: (agent + 1) * FLEET_LINE.workers });
const runner = new FleetRunner(
  fleet,
  infos.map(({ id }, agent) => ({ agent: id, ...workersOf(agent) })),
);
const delay = monitorEventLoopDelay({ resolution: 5 });
let mark = markCpu(null);
let cpu: CpuWindow | null = null;
let rssBytes = 0;
let delays = { p99: 0, max: 0 };
const result = await runCell(
  cell,
  {
    ...{ runner, workers: agents * FLEET_LINE.workers, pacing: 'timer', env: {}, data: [] },
    endpoint: endpointOf({ url: 'ws://127.0.0.1:9/', pid: 0, ca: null }),
    server: { engine: null, pid: null, unavailable: 'there is none', sample: () => null },
    ...{ host: new HostLoad(), restart: null, stop: new AbortController().signal },
  },
  (event) => {
    if (event.type === 'line' || event.type === 'agent-second') return keep(event);
    if (event.type === 'second') rssBytes = Math.max(rssBytes, process.memoryUsage.rss());
    if (event.type !== 'phase') return;
    if (event.phase === 'measure') {
      mark = markCpu(null);
      delay.enable();
    } else if (event.phase === 'drain') {
      delay.disable();
      cpu = cpuSince(mark, null);
      delays = { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
    }
  },
);
const repeated = (result.client.agents ?? []).reduce((sum, each) => sum + (each.bus?.repeated ?? 0), 0);
const lost = (result.client.agents ?? []).filter(({ status }) => status !== 'done');
await fleet.release();
await bus.close();
await folder.close();
rmSync(root, { recursive: true, force: true });
if (lost.length > 0) throw new Error(`${lost.length} agents were lost: ${lost[0]!.error}`);
if (result.laws.length > 0) throw new Error(`${result.laws.length} laws are broken: ${JSON.stringify(result.laws[0])}`);
const { planned, answered } = result.flows[0]!.messages;
if (planned !== answered || planned !== agents * FLEET_LINE.messages * seconds) throw new Error(`${planned} planned`);
answer({
  ...{ cpu: cpu!, delayP99Ms: delays.p99, delayMaxMs: delays.max, rssBytes, repeated },
} satisfies CoordinatorAnswer);

/** An agent as a process, on a real broker, ordered about by the test. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { Bus } from '../../src/bus/bus.js';
import { answerEach, ask } from '../../src/bus/exchange.js';
import { connectBus } from '../../src/bus/nats.js';
import {
  type AgentInfo,
  type AgentShard,
  type Order,
  orderSubject,
  type Prepared,
  type Reached,
  type Report,
  type ReportContext,
  reportSubject,
  whoSubject,
} from '../../src/fleet/orders.js';
import { C } from '../../src/metrics/counters.js';
import { cellHash } from '../../src/plan/cell-hash.js';
import type { Target } from '../../src/profile/profile.js';
import { readIntervals } from '../../src/store/read-run.js';
import { natsServer } from '../bus/nats-server.js';
import { skipWithout } from '../needs.js';
import { cellWith } from '../plan/cell-builder.js';
import { further } from '../share.js';
import { type SpawnedCli, spawnCli } from './spawn-cli.js';
import { truthServer } from './truth-server.js';

const skip = await skipWithout('natsServer');
const RUN = 'run1';
const FLEET = 'default';
const TLS = { ca: null, cert: null, key: null, insecure: false, servername: null };
const PATIENCE = { timeoutMs: 5000, overallMs: 60_000 };

/** The coordinator that the test plays. */
class Coordinator {
  readonly reports: Report[] = [];
  readonly #bus: Bus;
  readonly #waiting: (() => void)[] = [];
  #orders = 0;
  #agent = '';

  constructor(bus: Bus) {
    this.#bus = bus;
    answerEach(bus, reportSubject(FLEET, RUN), ({ body }) => {
      this.reports.push((body as ReportContext & { readonly report: Report }).report);
      for (const look of this.#waiting) look();
      return 'ok';
    });
  }

  /** Waits for an agent to be there. */
  async find(): Promise<AgentInfo> {
    const info = (await this.#ask(whoSubject(FLEET), 'who', {})) as AgentInfo;
    this.#agent = info.id;
    return info;
  }

  order(order: Order, epoch = 0): Promise<unknown> {
    return this.#ask(orderSubject(FLEET, this.#agent), order.kind, { run: RUN, epoch, order });
  }

  /** Sends an order; what the agent's clock showed half-way. Good enough on one machine, whose clock it is not. */
  async nowUs(): Promise<number> {
    const question = { id: `o${this.#orders++}`, kind: 'beat', body: { run: RUN, epoch: 0, order: { kind: 'beat' } } };
    return (await ask(this.#bus, orderSubject(FLEET, this.#agent), question, PATIENCE)).stamps.answeredUs;
  }

  /** Keeps the lease until the returned function is called. */
  beat(): () => void {
    const timer = setInterval(() => void this.order({ kind: 'beat' }).catch(() => {}), 1000);
    return () => clearInterval(timer);
  }

  report<K extends Report['kind']>(kind: K): Promise<Extract<Report, { kind: K }>> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.reports.find((report) => report.kind === kind);
        if (found !== undefined) resolve(found as Extract<Report, { kind: K }>);
      };
      this.#waiting.push(look);
      look();
    });
  }

  async #ask(subject: string, kind: string, body: unknown): Promise<unknown> {
    const { value } = await ask(this.#bus, subject, { id: `o${this.#orders++}`, kind, body }, PATIENCE);
    assert.ok(!(typeof value === 'object' && value !== null && 'error' in value), JSON.stringify(value));
    return value;
  }
}

async function setUp(t: TestContext, flags: readonly string[]) {
  const broker = await natsServer();
  t.after(() => broker.stop());
  const url = `nats://${broker.address}`;
  const server = await truthServer();
  t.after(() => server.stop().catch(() => {}));
  const agent = await spawnCli(t, ['agent', '--nats', url, '--name', 'a1', ...flags]);
  await agent.printed('is up');
  const bus = await connectBus({ url, env: {}, inboxPrefix: '_INBOX_c' });
  t.after(() => bus.close());
  return { broker, url, server, agent, coordinator: new Coordinator(bus) };
}

function shardFor(url: string): AgentShard {
  const cell = cellWith({ rate: { from: 200, to: 200 }, warmupMs: 0 });
  // One worker of three, which is not the first.
  return {
    ...{ cell, from: 1, to: 2, workers: 3, env: {}, pacing: 'metronome' },
    endpoint: { url, address: null, headers: {}, subprotocols: [], tls: TLS, userAgent: 'wsurge/test' },
  };
}

/** Lease, reach, prepare, connect; returns when all connections are open. */
async function connected(coordinator: Coordinator, shard: AgentShard): Promise<number> {
  await prepared(coordinator, shard);
  await coordinator.order({ kind: 'connect', atUs: (await coordinator.nowUs()) + 50_000 }, 1);
  return (await coordinator.report('connected')).open;
}

async function prepared(coordinator: Coordinator, shard: AgentShard): Promise<void> {
  const { url } = shard.endpoint;
  const target: Target = {
    ...({ kind: 'url', url, headers: {}, subprotocols: [], tls: TLS } as const),
    ...({ pid: 'auto', resolve: 'all', proxy: null, followRedirects: false } as const),
  };
  const { cell } = shard;
  await coordinator.order({ kind: 'lease', by: 'a test', instrumentCheck: true });
  const asked = { target, peakConnections: 10, peakPerSecond: 200 };
  const reached = (await coordinator.order({
    kind: 'reach',
    target: asked,
    cells: [cell],
    endpoint: shard.endpoint,
    env: {},
    secrets: [],
  })) as Reached;
  assert.deepEqual(reached.addresses, ['127.0.0.1']);
  const answer = (await coordinator.order({ kind: 'prepare', shard }, 1)) as Prepared;
  assert.equal(answer.cellHash, cellHash(cell));
}

const counted = (reports: readonly Report[], counter: number) =>
  reports
    .flatMap((report) => (report.kind === 'lines' ? report.lines : []))
    .flatMap(({ flow }) => flow)
    .reduce((sum, { counters }) => sum + counters[counter]!, 0);

const exitOf = async ({ exit }: SpawnedCli) => await exit;

test('it runs its share of a cell: planned = sent = answered = what the server received', { skip }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wsurge-kept-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { server, agent, coordinator } = await setUp(t, ['--once', '--keep', folder]);
  const info = await coordinator.find();
  assert.deepEqual([info.name, info.state.kind], ['a1', 'idle']);
  const shard = shardFor(server.url);
  const open = await connected(coordinator, shard);
  // Connections 1, 4 and 7 of 10.
  assert.equal(open, 3);
  const stopBeats = coordinator.beat();
  t.after(stopBeats);
  const before = await server.received();
  await coordinator.order({ kind: 'start', t0Us: (await coordinator.nowUs()) + 200_000 }, 1);
  const done = await coordinator.report('done');
  const planned = 120;
  assert.equal(counted(coordinator.reports, C.planned), planned);
  assert.equal(counted(coordinator.reports, C.sent), planned);
  assert.equal(counted(coordinator.reports, C.answered), planned);
  assert.equal((await server.received()) - before, planned);
  const { results, written, violations } = done.end;
  assert.deepEqual(
    results.map(({ worker, status }) => [worker, status]),
    [[1, 'done']],
  );
  assert.deepEqual(violations, []);
  const reports = coordinator.reports.filter(({ kind }) => kind === 'lines');
  assert.equal(done.reports, reports.length);
  const lines = reports.flatMap((report) => (report.kind === 'lines' ? report.lines : []));
  assert.equal(written.lines, lines.length);
  assert.ok(lines.every((line) => line.agent === 'a1' && line.workers[0] === 1));
  assert.ok(done.host.cpuPercent !== null && done.host.cpuPercent > 0);
  await coordinator.order({ kind: 'release' });
  assert.equal(await exitOf(agent), 0, 'after one run');
  assert.match(agent.stdout(), /^\d\d:\d\d:\d\d run run1 of a test begins$/m);
  assert.match(agent.stdout(), /run1 of a test loads ws:\S+: 3 connections, \d+ msg\/s, for \d+ s$/m);
  assert.match(agent.stdout(), /^\S+ run run1 of a test ends after 1 cell: its coordinator is done$/m);
  assert.equal(agent.stderr(), '');
  const { intervals } = await readIntervals(path.join(folder, `${RUN}-a1.ndjson`));
  const kept = intervals.flatMap(({ flow }) => flow).map(({ counters }) => counters[C.answered]!);
  assert.equal(
    kept.reduce((sum, count) => sum + count, 0),
    planned,
    'its lines are kept',
  );
});

test('SIGTERM: it says that it leaves, tells what it has sent, and exits with 0', { skip }, async (t) => {
  const { server, agent, coordinator } = await setUp(t, []);
  await coordinator.find();
  const shard = shardFor(server.url);
  await connected(coordinator, { ...shard, cell: { ...shard.cell, durationMs: 60_000 } });
  const stopBeats = coordinator.beat();
  t.after(stopBeats);
  const before = await server.received();
  await coordinator.order({ kind: 'start', t0Us: (await coordinator.nowUs()) + 200_000 }, 1);
  await coordinator.report('lines');
  agent.process.kill('SIGTERM');
  assert.equal(await exitOf(agent), 0);
  assert.ok(coordinator.reports.some(({ kind }) => kind === 'leaving'));
  const { end } = await coordinator.report('done');
  assert.ok(end.stopped && end.results[0]!.status === 'lost', 'the rest of the plan was not offered');
  assert.equal(counted(coordinator.reports, C.sent), (await server.received()) - before);
});

for (const [step, isConnecting, left] of [
  ['before its connections open', false, further.skip],
  ['while its connections open', true, false],
] as const) {
  test(`SIGTERM ${step}: all is closed, and told`, { skip: skip || left }, async (t) => {
    const { server, agent, coordinator } = await setUp(t, []);
    await coordinator.find();
    const shard = shardFor(server.url);
    // The second connection of this agent is due after 40 s.
    await prepared(coordinator, { ...shard, cell: { ...shard.cell, connectRate: 0.1 } });
    t.after(coordinator.beat());
    if (isConnecting) await coordinator.order({ kind: 'connect', atUs: await coordinator.nowUs() }, 1);
    agent.process.kill('SIGTERM');
    assert.equal(await exitOf(agent), 0);
    const { end } = await coordinator.report('done');
    assert.ok(end.stopped && end.openAtEnd === 0, JSON.stringify(end));
    assert.equal(counted(coordinator.reports, C.sent), 0);
  });
}

test('without a broker it waits, and a signal ends it; the list of agents says what is missing', {
  skip,
}, async (t) => {
  const broker = await natsServer();
  await broker.kill();
  t.after(() => broker.stop());
  const url = `nats://${broker.address}`;
  const agents = await spawnCli(t, ['agents', '--nats', url]);
  assert.equal(await exitOf(agents), 103);
  const impatient = await spawnCli(t, ['agent', '--nats', url, '--name', 'a0']);
  await impatient.printed('waits for the broker');
  impatient.process.kill('SIGTERM');
  assert.equal(await exitOf(impatient), 0);
  const agent = await spawnCli(t, ['agent', '--nats', url, '--name', 'a1']);
  await agent.printed('waits for the broker');
  await broker.restart();
  await agent.printed('is up');
  const found = await spawnCli(t, ['agents', '--nats', url, '--json']);
  assert.equal(await exitOf(found), 0);
  const { agents: listed } = JSON.parse(found.stdout()) as { agents: AgentInfo[] };
  assert.deepEqual(
    listed.map(({ name, state }) => [name, state.kind]),
    [['a1', 'idle']],
  );
  agent.process.kill('SIGTERM');
  assert.equal(await exitOf(agent), 0);
  const forgotten = await spawnCli(t, ['agent', '--nats', url, '--name', 'a2', '--idle-timeout', '100ms']);
  assert.equal(await exitOf(forgotten), 0, 'no run has come');
});

import assert from 'node:assert/strict';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { C, type CounterName } from '../../src/metrics/counters.js';
import type { Interval } from '../../src/metrics/interval.js';
import { type Cell, GRACE_MS, isRamp } from '../../src/plan/cell.js';
import { MODELS } from '../../src/plan/models.js';
import { pacerOf } from '../../src/plan/pacer.js';
import type { SizeSpec, TimedEvent } from '../../src/profile/profile.js';
import { Rng } from '../../src/stats/rng.js';
import { cellWith } from '../plan/cell-builder.js';
import type { Answer, FakeServerOptions } from './fake-server.js';
import { comparable, grouped, randomGroups } from './grouped-cell.js';
import { Cluster } from './run-engine.js';
import { randomHub } from './simulation-hub.js';
import { randomTalk, type Talk } from './simulation-talk.js';

const START_LEAD_US = 60_000;
const TOO_MANY_BYTES = 2 ** 21;

/**
 * Runs one random cell on one to four workers, against a server that drops, delays, repeats, alters, swaps and
 * misdelivers. Connections fail and break, the plan replaces, cuts and reconnects them, and workers stall and die.
 * Throws if a law does not hold, or if the counters differ from what the server saw. Returns the measure phase's
 * counters.
 */
export async function simulate(seed: number): Promise<Readonly<Record<CounterName, number>>> {
  const rng = new Rng(seed);
  const silent = randomCell(rng, seed);
  const ofTalk = new Rng(seed + 4);
  const talk = TALKS[kindOf(ofTalk, silent)](ofTalk, silent);
  const cell = talk === null ? silent : { ...silent, ...spoken(silent, talk) };
  const workers = rng.below(2) === 0 ? 1 : 1 + rng.below(4);
  const addedMs = isRamp(cell) || rng.below(3) > 0 ? 0 : 1 + rng.below(1200);
  const longest = { ...cell, durationMs: cell.durationMs + addedMs };
  const cluster = new Cluster(
    cell,
    workers,
    { ...unreliableServer(rng, cell.connections.to, new Rng(seed + 2)), ...talk?.server },
    longest.durationMs,
    talk?.board,
  );
  const dead = rng.below(3) === 0 ? rng.below(workers) : null;
  if (dead !== null) cluster.clock.after(rng.below(cell.warmupMs + cell.durationMs + 400), () => cluster.kill(dead));
  await cluster.connect();
  const t0Us = cluster.clock.nowUs() + START_LEAD_US;
  let isStopped = false;
  let isExtended = false;
  disturb(cluster, rng, cell);
  if (addedMs > 0) {
    const { clock } = cluster;
    const endUs = t0Us + (cell.warmupMs + cell.durationMs) * 1000;
    clock.after(rng.below((endUs - clock.nowUs()) / 1000), () => {
      const leftMs = (endUs - clock.nowUs()) / 1000;
      if (leftMs <= 0) return;
      isExtended = true;
      // A worker may hear of it past its end, as long as it may still send what was due before.
      cluster.extend(longest.durationMs, () => rng.below(leftMs + GRACE_MS - 1));
    });
  }
  if (rng.below(6) === 0) {
    cluster.clock.after(rng.below(2500), () => {
      isStopped = true;
      cluster.stop();
    });
  }
  await cluster.run(t0Us);
  const result = cluster.finish();
  assert.deepEqual(result.laws, []);
  assert.equal(result.connections.openAtEnd, 0);
  if (!isStopped && cell.model === 'open')
    assert.equal(result.flows[0]!.messages.planned, plannedInMeasure(isExtended ? longest : cell, workers));
  for (let worker = 0; worker < workers; worker++) {
    if (worker === dead) continue;
    compareWithServer(cluster, worker, workers, talk !== null);
    // A run that was stopped closes its connections while messages are on their way.
    const ownLines = cluster.intervals.filter((line) => line.workers[0] === worker);
    if (!isStopped) talk?.checkWorker?.(cluster.server, ownLines, worker, workers);
  }
  if (dead === null && !isStopped) talk?.checkWhole?.(cluster.server, cluster.intervals);
  if (dead === null) talk?.check?.(cluster.server, cluster.intervals, cell, result);
  onSeveralMachines(cluster, result, new Rng(seed + 5));
  return result.flows[0]!.messages;
}

/** The same cell on several machines has the same result; every law holds as well where one of them is killed. */
function onSeveralMachines(cluster: Cluster, result: CellResult, rng: Rng): void {
  const told = cluster.told();
  const groups = randomGroups(told.workers, rng);
  const names = groups.map(({ workers }) => workers.join('-')).join(' ');
  assert.deepEqual(comparable(grouped(told, groups, rng)), comparable(result), `machines with workers ${names}`);
  const killed = { group: rng.below(groups.length), afterLines: rng.below(told.lines.length + 1) };
  const left = grouped(told, groups, rng, killed);
  assert.deepEqual(left.laws, [], `machines with workers ${names}, of which ${killed.group} is killed`);
  if (left.interrupted) return;
  const [ours, whole] = [left.flows[0]!.messages, result.flows[0]!.messages];
  if (MODELS[result.model].planLaw === 'due') assert.equal(ours.planned, whole.planned);
}

const TALKS = { none: () => null, hub: randomHub, talk: randomTalk } as const;

function kindOf(rng: Rng, { model, reply }: Cell): keyof typeof TALKS {
  const kind = rng.below(3);
  if (kind === 0) return 'none';
  return kind === 1 && model === 'open' && reply.match !== 'order' ? 'hub' : 'talk';
}

/** Whether messages of the seed's cell reach many connections. About one seed in thirteen. */
export function hasHub(seed: number): boolean {
  return kindOf(new Rng(seed + 4), randomCell(new Rng(seed), seed)) === 'hub';
}

/** Requests find their replies by numbers, and each has bytes of its own. */
function spoken({ reply }: Cell, { wire }: Talk): Partial<Cell> {
  return wire.requests.length === 0 ? { wire } : { wire, reply: { ...reply, echo: { kind: 'none' } } };
}

function randomCell(rng: Rng, seed: number): Cell {
  const connections = 1 + rng.below(12);
  const model = (['open', 'open', 'open', 'closed', 'listen'] as const)[rng.below(5)]!;
  const match = (['sequence', 'sequence', 'order', 'none'] as const)[rng.below(4)]!;
  const rate = 20 + rng.below(500);
  const ramp = model === 'open' ? rng.below(6) : null;
  const timeoutMs = 50 + rng.below(400);
  return cellWith({
    model,
    arrival: model === 'open' && ramp !== 0 && ramp !== 1 && rng.below(2) === 0 ? 'poisson' : 'constant',
    connections: { from: connections, to: ramp === 0 ? connections + rng.below(6) : connections },
    rate: model === 'open' ? { from: rate, to: ramp === 1 ? rng.below(500) : rate } : null,
    reply: { match, field: 'sequence', echo: { kind: 'full' }, timeoutMs },
    inFlight: 1 + rng.below(3),
    thinkMs: rng.below(20),
    warmupMs: rng.below(3) * 350,
    durationMs: 300 + rng.below(1500),
    drainMs: rng.below(5) === 0 ? rng.below(timeoutMs) : timeoutMs + rng.below(1000),
    maxInFlight: 5 + rng.below(100),
    seed,
    message: { format: 'json', size: randomSize(new Rng(seed + 3)), template: null },
    ...(ramp === 0 ? {} : randomChurn(new Rng(seed + 1))),
  });
}

function randomSize(rng: Rng): SizeSpec {
  const bytes = 64 + rng.below(500);
  switch (rng.below(4)) {
    case 0:
      return { kind: 'uniform', minBytes: bytes, maxBytes: bytes + rng.below(500) };
    case 1:
      return { kind: 'weighted', choices: [64, bytes].map((bytes) => ({ bytes, weight: 1 + rng.below(3) })) };
    default:
      return { kind: 'fixed', bytes };
  }
}

/** Two cells in three have churn, events or reconnects. */
function randomChurn(rng: Rng): Pick<Cell, 'lifetime' | 'reconnect' | 'events'> {
  const policy = (['never', 'immediate', 'backoff'] as const)[rng.below(3)]!;
  const jitter = rng.below(2) === 0 ? 'full' : 'none';
  const kind = rng.below(2) === 0 ? 'fixed' : 'exponential';
  const events = Array.from({ length: rng.below(4) }, (): TimedEvent => {
    const atMs = rng.below(1500);
    return rng.below(4) === 0
      ? { kind: 'restart', atMs }
      : { kind: 'disconnect', atMs, share: (1 + rng.below(10)) / 10 };
  });
  return {
    lifetime: rng.below(2) === 0 ? null : { kind, meanMs: 30 + rng.below(1000) },
    reconnect: { policy, baseMs: 1 + rng.below(100), capMs: 100 + rng.below(400), jitter },
    events: rng.below(2) === 0 ? [] : events.sort((a, b) => a.atMs - b.atMs),
  };
}

function unreliableServer(rng: Rng, connections: number, bundling: Rng): Omit<FakeServerOptions, 'clock'> {
  return {
    connectMs: () => (rng.below(15) === 0 ? null : rng.below(30)),
    pong: rng.below(10) > 0,
    keeps: rng.below(4) === 0,
    bundleMs: bundling.below(4) === 0 ? 1 + bundling.below(50) : 0,
    answer: (_number, bytes) => answerTo(bytes, rng, connections),
  };
}

function answerTo(bytes: Buffer, rng: Rng, connections: number): Answer[] {
  const afterMs = rng.below(8) === 0 ? rng.below(700) : rng.below(10);
  switch (rng.below(30)) {
    case 0:
      return [];
    case 1:
      return [{ afterMs }, { afterMs: afterMs + rng.below(500) }];
    case 2:
      return [{ afterMs, to: rng.below(connections) }];
    case 3:
      return [{ afterMs, bytes: Buffer.from(bytes.toString().replace('x', 'y')) }];
    case 4:
      return [{ afterMs }, { afterMs: 1, bytes: Buffer.from('hello') }];
    default:
      return [{ afterMs }];
  }
}

/** Closes connections, fills their sockets, speaks unasked and makes time pass at random instants of the run. */
function disturb({ clock, server }: Cluster, rng: Rng, cell: Cell): void {
  const victim = () => server.connections[rng.below(cell.connections.to)];
  for (let i = rng.below(4); i > 0; i--) {
    clock.after(rng.below(2000), () => victim()?.drop(rng.below(2) === 0 ? 1006 : 1011));
  }
  for (let i = rng.below(3); i > 0; i--) {
    clock.after(rng.below(2000), () => {
      const full = victim();
      if (full === undefined) return;
      full.bufferedBytes = TOO_MANY_BYTES;
      clock.after(rng.below(300), () => {
        full.bufferedBytes = 0;
      });
    });
  }
  for (let i = rng.below(5); i > 0; i--) clock.after(rng.below(2000), () => victim()?.deliver(Buffer.from('unasked')));
  const wholeMs = cell.warmupMs + cell.durationMs;
  if (rng.below(4) === 0) clock.after(rng.below(wholeMs + 200), () => clock.stall(rng.below(3_000_000)));
}

function plannedInMeasure(cell: Cell, workers: number): number {
  let planned = 0;
  for (let worker = 0; worker < workers; worker++) {
    const cursor = pacerOf(cell).cursor(worker, workers);
    for (let dueUs = cursor.next(); dueUs !== Number.POSITIVE_INFINITY; dueUs = cursor.next()) {
      if (dueUs >= cell.warmupMs * 1000) planned++;
    }
  }
  return planned;
}

/** What a worker counted is what its connections really carried. */
function compareWithServer({ server, intervals }: Cluster, worker: number, workers: number, speaks: boolean): void {
  const ofWorker = intervals.filter((interval) => interval.workers[0] === worker);
  const isOurs = (number: number) => number % workers === worker;
  const reached = server.received.filter(({ index }) => isOurs(index)).length;
  const connections = server.sockets.flatMap((sockets, number) => (isOurs(number) ? sockets : []));
  const delivered = connections.reduce((sum, one) => sum + one.delivered, 0);
  const frames = connections.reduce((sum, one) => sum + one.frames, 0);
  assert.equal(counted(ofWorker, C.sent), reached, `messages sent by worker ${worker}`);
  const outside = ofWorker.reduce((sum, line) => sum + (line.outside ?? 0), 0);
  const received = counted(ofWorker, C.received) + outside;
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const flow = ofWorker.flatMap((line) => line.flow.map(({ bytes }) => bytes!));
  const reachedBytes = server.received.map(({ index, bytes }) => (isOurs(index) ? bytes.length : 0));
  assert.equal(sum(flow.map((bytes) => bytes.sent)), sum(reachedBytes), `bytes sent by worker ${worker}`);
  // What answers the steps of a session is no part of the load.
  if (speaks) return;
  // A frame with several messages counts as one where none of them is a reply, or replies are not told apart.
  assert.ok(received >= frames && received <= delivered, `${received} messages received by worker ${worker}`);
  const receivedBytes = sum(flow.map((bytes) => bytes.received));
  const deliveredBytes = sum(connections.map(({ bytes }) => bytes));
  if (outside === 0) assert.equal(receivedBytes, deliveredBytes, `bytes received by worker ${worker}`);
  else assert.ok(receivedBytes <= deliveredBytes, `bytes received by worker ${worker}`);
}

function counted(intervals: readonly Interval[], counter: number): number {
  return intervals.flatMap(({ flow }) => flow).reduce((sum, { counters }) => sum + counters[counter]!, 0);
}

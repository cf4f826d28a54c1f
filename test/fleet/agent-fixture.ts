/** An agent on a bus in memory, with threads that do nothing, and a coordinator that a test plays. */
import { answerEach, ask } from '../../src/bus/exchange.js';
import { CanaryRefused } from '../../src/coordinator/canary.js';
import type { Instant, ShardOutcome } from '../../src/coordinator/shard-runner.js';
import type { Clock } from '../../src/engine/pacing/clock.js';
import type { Leash } from '../../src/engine/pacing/leash.js';
import { unreachableError } from '../../src/errors.js';
import { Agent, type AgentEvent } from '../../src/fleet/agent.js';
import type { AgentThreads } from '../../src/fleet/agent-cell.js';
import {
  type AgentInfo,
  type AgentShard,
  type Order,
  orderSubject,
  type Report,
  type ReportContext,
  reportSubject,
  whoSubject,
} from '../../src/fleet/orders.js';
import type { HostSample } from '../../src/machine/host-load.js';
import { COUNTERS } from '../../src/metrics/counters.js';
import type { Interval, WorkerTotals } from '../../src/metrics/interval.js';
import type { Shard } from '../../src/plan/cell.js';
import type { Target } from '../../src/profile/profile.js';
import { InventedTime, MemoryBroker, type MemoryBus, NO_TROUBLE, type Trouble } from '../bus/memory-bus.js';
import { cellWith } from '../plan/cell-builder.js';
import { intervalOf } from '../report/run/saved-fixture.js';

export const FLEET = 'f';
export const RUN = 'run1';
const TLS = { ca: null, cert: null, key: null, insecure: false, servername: null };
export const URL = 'ws://bench.local:9001/';
/** A host of this name has a link-local address. */
export const INSIDE = 'inside.local';

/** Threads that note what they are told. They end when they are stopped and started, or by `end`. */
export class FakeThreads implements AgentThreads {
  readonly told: string[] = [];
  shards: readonly Shard[] = [];
  isDisposed = false;
  readonly leash: Leash;
  write: (line: Interval) => void = () => {};
  /** Ends the workers. */
  end: () => void = () => {};
  #isStopped = false;
  #isStarted = false;
  #done: Promise<readonly ShardOutcome[]> = Promise.resolve([]);

  constructor(leash: Leash) {
    this.leash = leash;
  }

  async prepare(shards: readonly Shard[], onInterval: (line: Interval) => void): Promise<void> {
    this.told.push('prepare');
    this.shards = shards;
    const lines = new Map<number, number>();
    this.write = (line) => {
      lines.set(line.workers[0], (lines.get(line.workers[0]) ?? 0) + 1);
      onInterval(line);
    };
    this.#isStopped = false;
    this.#isStarted = false;
    this.#done = new Promise((resolve) => {
      this.end = () =>
        resolve(
          shards.map(({ worker }) => {
            const totals = totalsWith(worker, lines.get(worker) ?? 0, this.#isStopped);
            return { worker, status: 'done', totals };
          }),
        );
    });
  }

  instantAt(us: number): Instant {
    return us as unknown as Instant;
  }

  async connect(at: Instant, upTo?: number): Promise<number> {
    this.told.push(`connect ${at} ${upTo ?? 'all'}`);
    return upTo ?? 10;
  }

  start(t0: Instant): void {
    this.told.push(`start ${t0}`);
    this.#isStarted = true;
    if (this.#isStopped) this.end();
  }

  extend(durationMs: number): void {
    this.told.push(`extend ${durationMs}`);
  }

  restarted(event: number): void {
    this.told.push(`restarted ${event}`);
  }

  stop(deadlineMs: number, isLeaving = false): void {
    this.told.push(`stop ${deadlineMs}${isLeaving ? ' leaving' : ''}`);
    this.#isStopped = true;
    if (this.#isStarted) this.end();
  }

  done(): Promise<readonly ShardOutcome[]> {
    return this.#done;
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
  }
}

/** A second of one worker, in which nothing was sent. */
export function lineOf(worker: number, line: number, changes: Partial<Interval> = {}): Interval {
  return intervalOf({ cell: cellWith().id, workers: [worker, worker + 1], line, second: line, ...changes });
}

/** The totals of a worker that sent nothing. */
function totalsWith(worker: number, lines: number, stopped: boolean): WorkerTotals {
  const perPhase = <T>(make: () => T) => ({ warmup: make(), measure: make() });
  return {
    ...{ worker, lines, openAtEnd: 0, pinged: 0, stopped, used: { ordinals: 0, lives: 1 } },
    counters: perPhase(() => COUNTERS.map(() => 0)),
    histogramCounts: perPhase(() => ({ response: 0, service: 0, lag: 0 })),
    bytes: perPhase(() => ({ sent: 0, received: 0 })),
    connections: { attempts: 0, opened: 0, failed: 0, abandoned: 0, closedClean: 0, closedDirty: 0 },
  };
}

export interface FixtureOptions {
  readonly trouble?: Trouble;
  readonly seed?: number;
  readonly allows?: readonly string[];
  /** What the agent's own resolver finds. */
  readonly addresses?: readonly string[];
  readonly offers?: AgentInfo['offers'];
}

export class Fixture {
  readonly time = new InventedTime();
  readonly broker: MemoryBroker;
  readonly agentBus: MemoryBus;
  readonly bus: MemoryBus;
  readonly agent: Agent;
  readonly threads: FakeThreads[] = [];
  readonly events: AgentEvent[] = [];
  readonly reports: Report[] = [];
  /** What the coordinator answers to a report. */
  answer: (report: Report, epoch: number) => 'ok' | 'gone' = () => 'ok';
  /** The lines that were kept, with their runs, and the ends of those runs. */
  readonly kept: (readonly [run: string, line: Interval | 'closed'])[] = [];
  canaries = 0;
  /** Addresses that were tried to see whether they accept connections. */
  readonly tried: string[] = [];
  /** Where the target redirects the canary, by URL. */
  readonly redirects = new Map<string, string>();
  readonly host = { sample: () => sampleAt(this.time.nowUs / 1000) };
  #orders = 0;

  constructor({ trouble = NO_TROUBLE, seed = 1, ...options }: FixtureOptions = {}) {
    this.broker = new MemoryBroker(this.time, seed, trouble);
    this.agentBus = this.broker.connect();
    this.bus = this.broker.connect();
    const addresses = options.addresses ?? ['10.0.0.7'];
    this.agent = new Agent({
      bus: this.agentBus,
      clock: clockOf(this.time),
      fleet: FLEET,
      about: {
        version: '1.0.0',
        id: 'a1-00000001',
        name: 'a1',
        labels: {},
        environment: {} as AgentInfo['environment'],
        loopback: null,
        offers: options.offers ?? { workers: 4, connections: 1000, perSecond: null },
        allows: options.allows ?? [],
      },
      idle: () => ({ runQueueWait: null, steal: null }),
      way: {
        localAddresses: ['10.0.0.2'],
        allows: options.allows ?? [],
        printable: () => (text) => text,
        names: {
          lookup: async (host) => (host === INSIDE ? ['169.254.169.254'] : addresses).map((address) => ({ address })),
          accepts: async (address) => {
            this.tried.push(address);
            return true;
          },
          nowMs: () => 0,
        },
        canary: async ({ endpoint }) => {
          this.canaries++;
          const location = this.redirects.get(endpoint.url);
          if (location !== undefined)
            throw new CanaryRefused(unreachableError('unreachable', 'it redirects', 'x'), location);
          return { tcpUs: 1 } as never;
        },
      },
      makeThreads: (_workers, _isChecked, leash) => {
        const threads = new FakeThreads(leash);
        this.threads.push(threads);
        return threads;
      },
      host: this.host,
      keeperOf: (run) => ({
        add: (line) => this.kept.push([run, line]),
        close: async () => void this.kept.push([run, 'closed']),
      }),
      wallTime: () => '2026-01-01T00:00:00.000Z',
      onEvent: (event) => this.events.push(event),
    });
    answerEach(
      this.bus,
      reportSubject(FLEET, RUN),
      ({ body }) => {
        const { epoch, report } = body as ReportContext & { readonly report: Report };
        this.reports.push(report);
        return this.answer(report, epoch);
      },
      this.time.clock(),
    );
  }

  get told(): readonly string[] {
    return this.threads.flatMap(({ told }) => told);
  }

  /** Sends an order; `ok`, the answer, or the code of its refusal. */
  async order(order: Order, epoch = 0, run = RUN): Promise<unknown> {
    const id = `o-${this.#orders++}`;
    return await this.ask(orderSubject(FLEET, 'a1-00000001'), id, order.kind, { run, epoch, order });
  }

  async info(): Promise<AgentInfo> {
    return (await this.ask(whoSubject(FLEET), `w-${this.#orders++}`, 'who', {})) as AgentInfo;
  }

  async ask(subject: string, id: string, kind: string, body: unknown): Promise<unknown> {
    const patience = { timeoutMs: 500, overallMs: 60_000 };
    const answered = await this.time.until(
      ask(this.bus, subject, { id, kind, body }, patience, undefined, this.time.clock()),
    );
    const { error, ok } = answered.value as { error?: { code: string }; ok?: true };
    return error?.code ?? (ok === true ? 'ok' : answered.value);
  }

  /** The text of the refusal of an order. */
  async refusal(order: Order, epoch = 0, run = RUN): Promise<string> {
    const question = { id: `o-${this.#orders++}`, kind: order.kind, body: { run, epoch, order } };
    const patience = { timeoutMs: 500, overallMs: 60_000 };
    const subject = orderSubject(FLEET, 'a1-00000001');
    const asked = ask(this.bus, subject, question, patience, undefined, this.time.clock());
    const { value } = await this.time.until(asked);
    return (value as { error: { message: string } }).error.message;
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    await this.time.until(new Promise<void>((resolve) => void this.time.after(ms, resolve)));
  }

  /** Everything up to a running cell. */
  async running(epoch = 1): Promise<FakeThreads> {
    await this.order(LEASE);
    await this.order(reachOf());
    await this.order(prepareOf(), epoch);
    await this.order({ kind: 'connect', atUs: 1 }, epoch);
    await this.order({ kind: 'start', t0Us: 2 }, epoch);
    return this.threads.at(-1)!;
  }
}

function clockOf(time: InventedTime): Clock {
  return {
    nowUs: () => time.nowUs,
    after: (ms, call) => ({ cancel: time.after(ms, call) }),
    soon: (call) => ({ cancel: time.after(0, call) }),
  };
}

function sampleAt(atMs: number): HostSample {
  return { atMs, bootMs: null, cpuMs: atMs / 2, rssBytes: 1, throttledMs: null, machineTicks: null };
}

export const LEASE: Order = { kind: 'lease', by: 'smoke from box', instrumentCheck: false };

export function shardWith(changes: Partial<AgentShard> = {}): AgentShard {
  return {
    ...{ cell: cellWith(), from: 2, to: 4, workers: 6, env: {}, pacing: 'timer', longestMs: 10_000 },
    endpoint: {
      ...{ url: URL, address: '203.0.113.9', headers: {}, subprotocols: [], tls: TLS, userAgent: 'wsurge/test' },
      ...{ addresses: ['203.0.113.9', '203.0.113.10'], localAddresses: ['192.0.2.1'] },
    },
    ...changes,
  };
}

export function targetWith(changes: Partial<Target> = {}): Target {
  return {
    ...{ kind: 'url', url: URL, headers: {}, subprotocols: [], tls: TLS, pid: 'auto', resolve: 'all', proxy: null },
    followRedirects: false,
    ...changes,
  } as Target;
}

export function reachOf(target = targetWith(), shard = shardWith()): Order {
  const asked = { target, peakConnections: 10, peakPerSecond: 100 };
  return { kind: 'reach', target: asked, cells: [shard.cell], endpoint: shard.endpoint, env: {}, secrets: [] };
}

export function prepareOf(shard = shardWith()): Order {
  return { kind: 'prepare', shard };
}

import { performance } from 'node:perf_hooks';
import { type Deferred, deferred } from '../coordinator/deferred.js';
import { endWorkers, type GroupOutcome, type GroupRunner } from '../coordinator/group-runner.js';
import { type Instant, type RunnerTiming, type ShardOutcome, THREADS_TIMING } from '../coordinator/shard-runner.js';
import { messageOf } from '../errors.js';
import type { AgentResult, MachinesResult } from '../metrics/agent-result.js';
import type { WorkerResult } from '../metrics/cell-result.js';
import type { HostFacts } from '../metrics/client-result.js';
import type { Group } from '../metrics/group-end.js';
import { GroupSums } from '../metrics/group-sums.js';
import type { Interval, Span } from '../metrics/interval.js';
import { intervalProblem } from '../metrics/interval-check.js';
import type { Shard } from '../plan/cell.js';
import { cellHash } from '../plan/cell-hash.js';
import type { Range } from './assign.js';
import type { Fleet } from './fleet.js';
import { type Member, Refused } from './member.js';
import { type AgentShard, LOST_AFTER_MS, type Order, type Prepared, type Report } from './orders.js';
import { refusedByAgents } from './refused.js';
import { worstHost } from './worst-host.js';

/** How far ahead t0 is published. `restMs`: beside the way there. */
const LEAD = { leastMs: 500, mostMs: 5000, restMs: 200 } as const;

/** What an agent is told that decoded another cell than was sent. */
const OTHER_CELL = {
  code: 'other_cell',
  message: 'prepared another cell than the one it was sent',
  next: 'install the same wsurge on that machine and on this one',
};

/** One agent in one cell. */
interface Part {
  readonly member: Member;
  readonly range: Range;
  /** By number of the order `connect`: connections open, once they are told. */
  readonly connected: Map<number, Deferred<number>>;
  readonly ended: Deferred<readonly ShardOutcome[]>;
  readonly sums: GroupSums;
  host: HostFacts | null;
}

/** Runs the shards of a cell on the agents of a fleet. Worker numbers count over all of them. */
export class FleetRunner implements GroupRunner {
  readonly #fleet: Fleet;
  readonly #ranges: readonly Range[];
  #epoch = 0;
  #connects = 0;
  #isStopped = false;
  #parts: readonly Part[] = [];
  #onInterval: (interval: Interval) => void = () => {};
  #last: readonly AgentResult[] = [];
  #gone = new AbortController();

  constructor(fleet: Fleet, ranges: readonly Range[]) {
    this.#fleet = fleet;
    this.#ranges = ranges;
    fleet.onReport = (member, epoch, report) => this.#take(member, epoch, report);
  }

  /** Four round trips to the agent that is the farthest. Half a round trip is the bound of a clock's error. */
  get timing(): RunnerTiming {
    const roundTripMs = Math.max(0, ...this.#fleet.members.map(({ clock }) => (2 * clock.errorUs) / 1000));
    const leadMs = Math.min(LEAD.mostMs, Math.max(LEAD.leastMs, 4 * roundTripMs + LEAD.restMs));
    const { decisionMs, stopAllowanceMs } = THREADS_TIMING;
    return { leadMs, decisionMs: Math.max(decisionMs, 2 * leadMs), stopAllowanceMs: stopAllowanceMs + LOST_AFTER_MS };
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  async prepare(shards: readonly Shard[], onInterval: (interval: Interval) => void): Promise<void> {
    this.#epoch++;
    this.#connects = 0;
    this.#isStopped = false;
    this.#gone = new AbortController();
    this.#onInterval = onInterval;
    this.#parts = this.#ranges.map((range) => ({
      member: this.#member(range),
      range,
      connected: new Map(),
      ended: deferred(),
      sums: new GroupSums(shards[0]!.cell, this.#groupOf(range), shards.length),
      host: null,
    }));
    for (const part of this.#parts) {
      this.#loseWithMember(part);
      part.member.clock.mark();
    }
    const wanted = cellHash(shards[0]!.cell);
    const orderFor = (member: Member): Order => {
      const { range } = this.#parts.find((part) => part.member === member)!;
      return { kind: 'prepare', shard: agentShard(shards, range) };
    };
    // Once a cell has been measured, what it found must not be lost with an agent.
    const losing = this.#epoch > 1;
    const answers = await this.#fleet.orderAll(this.#epoch, orderFor, losing);
    const other = [...answers].flatMap(([member, answer]) => ((answer as Prepared).cellHash === wanted ? [] : member));
    if (losing) for (const member of other) member.lose(OTHER_CELL.message);
    else if (other.length > 0) throw refusedByAgents(other.map(({ name }) => new Refused(name, { error: OTHER_CELL })));
  }

  instantIn(ms: number): Instant {
    return ((performance.now() + ms) * 1000) as unknown as Instant;
  }

  async connect(at: Instant, upTo?: number): Promise<number> {
    const call = this.#connects++;
    for (const { connected, member } of this.#parts) {
      const told = deferred<number>();
      if (member.lost.aborted) told.resolve(0);
      connected.set(call, told);
    }
    const limit = upTo === undefined ? {} : { upTo };
    this.#tell((member) => ({ kind: 'connect', atUs: onClockOf(member, at), ...limit }));
    const open = await Promise.all(this.#parts.map(({ connected }) => connected.get(call)!.promise));
    return open.reduce((sum, count) => sum + count, 0);
  }

  /** Resolves when every agent has the order. One that has not in time is lost: it would begin late. */
  async start(t0: Instant): Promise<void> {
    const halfMs = ((t0 as unknown as number) / 1000 - performance.now()) / 2;
    const acked = new Set<Member>();
    const late = setTimeout(() => {
      for (const { member } of this.#parts) if (!acked.has(member)) member.lose('did not take the start in time');
    }, halfMs);
    await Promise.all(
      this.#parts.map(async ({ member }) => {
        await member.order(this.#epoch, { kind: 'start', t0Us: onClockOf(member, t0) }).catch((error: unknown) => {
          member.lose(`did not take the start: ${messageOf(error)}`);
        });
        acked.add(member);
      }),
    );
    clearTimeout(late);
  }

  extend(durationMs: number): void {
    for (const { sums } of this.#parts) sums.extend(durationMs);
    this.#tell(() => ({ kind: 'extend', durationMs }));
  }

  restarted(event: number): void {
    this.#tell(() => ({ kind: 'restarted', event }));
  }

  stop(deadlineMs: number): void {
    this.#isStopped = true;
    this.#tell(() => ({ kind: 'stop', deadlineMs }));
  }

  groups(): readonly Group[] {
    return this.#ranges.map((range) => this.#groupOf(range));
  }

  workersNow(): readonly WorkerResult[] {
    return this.#parts.flatMap(({ sums }) => sums.results());
  }

  async done(interrupted: boolean): Promise<readonly GroupOutcome[]> {
    const outcomes = (await Promise.all(this.#parts.map(({ ended }) => ended.promise))).flat();
    this.#last = this.#parts.map((part) => partOf(part, outcomes));
    const ends = this.#parts.map(({ sums, range: { from, to } }): GroupOutcome => {
      const own = outcomes.filter(({ worker }) => worker >= from && worker < to);
      endWorkers(sums, own);
      for (const outcome of own) {
        // Nobody here stopped it: its agent was told to leave, and what it had still to send was never offered.
        if (outcome.status === 'done' && outcome.totals.stopped && !this.#isStopped) {
          sums.workerLost(outcome.worker, 'was told to leave before the end of the load');
        }
      }
      return { status: 'done', end: sums.end(interrupted) };
    });
    this.#parts = [];
    return ends;
  }

  machines(): MachinesResult {
    const hosts = this.#last.flatMap(({ host }) => (host === null ? [] : [host]));
    return { host: hosts.length === 0 ? null : worstHost(hosts), agents: this.#last };
  }

  async dispose(): Promise<void> {
    await this.#fleet.release();
  }

  #groupOf(range: Range): Group {
    return { name: this.#member(range).name, workers: [range.from, range.to] };
  }

  #member({ agent }: Range): Member {
    return this.#fleet.members.find(({ info }) => info.id === agent)!;
  }

  /** Sends an order to all. An agent that refuses it, or does not hear it, is lost. */
  #tell(orderFor: Parameters<Fleet['orderAll']>[1]): void {
    for (const { member } of this.#parts) {
      if (member.lost.aborted) continue;
      const order = orderFor(member);
      member.order(this.#epoch, order).catch((error: unknown) => {
        member.lose(`did not take the order ${order.kind}: ${messageOf(error)}`);
      });
    }
  }

  #take(member: Member, epoch: number, report: Report): boolean {
    const part = this.#parts.find((each) => each.member === member);
    if (epoch !== this.#epoch || part === undefined) return false;
    switch (report.kind) {
      case 'connected':
        part.connected.get(report.call)?.resolve(report.open);
        return true;
      case 'lines':
        this.#takeLines(part, report.lines);
        return !member.lost.aborted;
      case 'done':
        part.host = report.host;
        part.ended.resolve(report.ends);
        return true;
      case 'leaving':
        // It stops its load by itself and reports what became of it.
        return true;
    }
  }

  /** What comes over the bus is checked as what is read from a file is. */
  #takeLines({ member, range, sums }: Part, lines: readonly Interval[]): void {
    for (const line of lines) {
      const problem =
        intervalProblem(line) ?? (isWithin(line.workers, range) ? null : `of the workers ${line.workers.join(' to ')}`);
      if (problem !== null) return member.lose(`sent a line that is none: ${problem}`);
      sums.add(line);
      this.#onInterval(line);
    }
  }

  #loseWithMember(part: Part): void {
    const lose = () => {
      const error = messageOf(part.member.lost.reason);
      const { from, to } = part.range;
      part.ended.resolve(Array.from({ length: to - from }, (_, i) => ({ worker: from + i, status: 'lost', error })));
      for (const connected of part.connected.values()) connected.resolve(0);
      if (this.#parts.every(({ member }) => member.lost.aborted)) this.#gone.abort();
    };
    if (part.member.lost.aborted) lose();
    else part.member.lost.addEventListener('abort', lose, { once: true });
  }
}

function isWithin([from, to]: Span, range: Range): boolean {
  return from >= range.from && to <= range.to;
}

function agentShard(shards: readonly Shard[], { from, to }: Range): AgentShard {
  const { worker: _, folder: __, ...shard } = shards[0]!;
  return { ...shard, from, to };
}

function onClockOf({ clock }: Member, at: Instant): number {
  return (at as unknown as number) + clock.offsetUs;
}

function partOf({ member, range, host }: Part, outcomes: readonly ShardOutcome[]): AgentResult {
  const own = outcomes.filter(({ worker }) => worker >= range.from && worker < range.to);
  const lost = own.find((outcome) => outcome.status === 'lost');
  const isStopped = own.some((outcome) => outcome.status === 'done' && outcome.totals.stopped);
  return {
    agent: member.name,
    workers: [range.from, range.to],
    status: lost !== undefined ? 'lost' : isStopped ? 'stopped' : 'done',
    error: lost?.status === 'lost' ? lost.error : null,
    clock: { errorUs: member.clock.errorUs, driftUs: member.clock.driftUs },
    repeated: member.repeated,
    host,
  };
}

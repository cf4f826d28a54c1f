import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import { toldError } from '../bus/answer-book.js';
import type { Patience } from '../bus/exchange.js';
import type { AgentLeft } from '../coordinator/cell-events.js';
import type { GroupOutcome, GroupRunner } from '../coordinator/group-runner.js';
import { type Instant, type RunnerTiming, THREADS_TIMING } from '../coordinator/shard-runner.js';
import { sleep } from '../coordinator/sleep.js';
import { messageOf } from '../errors.js';
import type { AgentResult, MachinesResult } from '../metrics/agent-result.js';
import type { WorkerResult } from '../metrics/cell-result.js';
import type { Group } from '../metrics/group-end.js';
import type { Interval, WorkerSpan } from '../metrics/interval.js';
import { longestCell, type Shard } from '../plan/cell.js';
import { cellHash } from '../plan/cell-hash.js';
import { NO_ROWS, unionOfRows } from '../plan/rows.js';
import type { Range } from './assign.js';
import { CellPart, type PartEnd } from './cell-part.js';
import type { Fleet } from './fleet.js';
import { type Member, Refused } from './member.js';
import {
  type AgentShard,
  LOST_AFTER_MS,
  type Order,
  type Prepared,
  type Report,
  type RowsMissing,
  TOLD_TO_LEAVE,
} from './orders.js';
import { refusedByAgents } from './refused.js';
import { type NamedRows, piecesOf } from './row-pieces.js';
import { worstHost } from './worst-host.js';

/** The start is sent again soon: it is of no use later. */
const START: Patience = { timeoutMs: 500, overallMs: LOST_AFTER_MS };

/** How far ahead t0 is published. `restMs`: beside the way there. Orders to many agents leave one after the other. */
const LEAD = { leastMs: 500, mostMs: 5000, restMs: 200, eachMs: 1.5 } as const;

/** What an agent is told that decoded another cell than was sent. */
const OTHER_CELL = toldError(
  'other_cell',
  'prepared another cell than the one it was sent',
  'install the same wsurge on that machine and on this one',
);

/** Runs the shards of a cell on the agents of a fleet. Worker numbers count over all of them. */
export class FleetRunner implements GroupRunner {
  readonly #fleet: Fleet;
  readonly #ranges: readonly Range[];
  #epoch = 0;
  #over = new AbortController();
  #connects = 0;
  /** How long the latest round to all agents took. */
  #roundMs = 0;
  #parts: readonly CellPart[] = [];
  /** Aborted when the next cell begins: agents outlive cells. */
  #nextCell = new AbortController();
  #partOf: ReadonlyMap<Member, CellPart> = new Map();
  #last: readonly AgentResult[] = [];

  constructor(fleet: Fleet, ranges: readonly Range[]) {
    this.#fleet = fleet;
    this.#ranges = ranges;
    fleet.onReport = (member, epoch, report) => this.#take(member, epoch, report);
  }

  /**
   * Four round trips to the agent that is the farthest, or that is slow now. Half a round trip is the bound of a clock's
   * error.
   */
  get timing(): RunnerTiming {
    const roundTripMs = Math.max(0, ...this.#fleet.members.map(({ clock }) => (2 * clock.errorUs) / 1000));
    const agents = this.#fleet.members.length;
    const { decisionMs, stopAllowanceMs } = THREADS_TIMING;
    return {
      leadMs: leadOver(Math.max(roundTripMs, this.#roundMs), agents),
      decisionMs: Math.max(decisionMs, 2 * leadOver(roundTripMs, agents)),
      stopAllowanceMs: stopAllowanceMs + LOST_AFTER_MS,
    };
  }

  async prepare(
    shards: readonly Shard[],
    onLine: (line: Interval) => void,
    onLeft: (left: AgentLeft) => void = () => {},
  ): Promise<void> {
    this.#epoch++;
    this.#connects = 0;
    this.#nextCell.abort();
    this.#nextCell = new AbortController();
    // Each agent listens to it.
    setMaxListeners(0, this.#nextCell.signal);
    const cell = longestCell(shards[0]!);
    const events = { onLine, onLeft };
    this.#parts = this.#ranges.map((range) => {
      const workers = [range.from, range.to] as const;
      return new CellPart(this.#member(range), workers, cell, events, this.#nextCell.signal);
    });
    this.#partOf = new Map(this.#parts.map((part) => [part.member, part]));
    for (const { member } of this.#parts) {
      member.clock.mark();
      member.tally.mark();
    }
    const over = new AbortController();
    this.#over = over;
    void Promise.all(this.#parts.map(({ ended }) => ended)).then(() => over.abort());
    const wanted = cellHash(shards[0]!.cell);
    const prepared = (member: Member) => this.#prepared(member, shards);
    // Once a cell has been measured, what it found must not be lost with an agent.
    const losing = this.#epoch > 1;
    const answers = await this.#fleet.each(prepared, losing);
    const told = this.#parts.flatMap((part) => {
      const answer = answers.get(part.member);
      return answer === undefined ? [] : [{ part, answer }];
    });
    const other = told.filter(({ answer }) => answer.cellHash !== wanted).map(({ part }) => part.member);
    if (!losing && other.length > 0) {
      throw refusedByAgents(other.map(({ name }) => new Refused(name, OTHER_CELL)));
    }
    for (const { part, answer } of told) {
      if (other.includes(part.member)) part.member.lose(OTHER_CELL.error.message);
      else part.takePrepared(answer);
    }
  }

  instantIn(ms: number): Instant {
    return ((performance.now() + ms) * 1000) as unknown as Instant;
  }

  async connect(at: Instant, upTo?: number): Promise<number> {
    const call = this.#connects++;
    const connected = this.#parts.map((part) => part.untilConnected(call));
    const limit = upTo === undefined ? {} : { upTo };
    this.#tell((member) => ({ kind: 'connect', atUs: onClockOf(member, at), ...limit }));
    const open = await Promise.all(connected);
    // What follows soon needs a broker that is there. How long this takes says how far ahead t0 must be.
    const askedMs = performance.now();
    await this.#fleet.orderAll(0, () => ({ kind: 'beat' }), true);
    this.#roundMs = performance.now() - askedMs;
    return open.reduce((sum, count) => sum + count, 0);
  }

  /**
   * Resolves when every agent has the order, at t0 at the latest. One that hears it later begins late: what was due by then
   * goes out late, and its send lag says so.
   */
  async start(t0: Instant): Promise<void> {
    const heard = this.#parts.map(async ({ member }) => {
      const order: Order = { kind: 'start', t0Us: onClockOf(member, t0) };
      await member.order(this.#epoch, order, START).catch((error: unknown) => {
        member.lose(`did not take the start: ${messageOf(error)}`);
      });
    });
    const begun = new AbortController();
    const untilT0 = sleep((t0 as unknown as number) / 1000 - performance.now(), begun.signal);
    await Promise.race([Promise.all(heard), untilT0]);
    begun.abort();
  }

  extend(durationMs: number): void {
    // They said what they plan without this.
    for (const part of this.#parts) part.forgetPlanned();
    this.#tell(() => ({ kind: 'extend', durationMs }));
  }

  restarted(event: number): void {
    this.#tell(() => ({ kind: 'restarted', event }));
  }

  stop(deadlineMs: number): void {
    this.#tell(() => ({ kind: 'stop', deadlineMs }));
  }

  groups(): readonly Group[] {
    return this.#ranges.map((range) => ({ name: this.#member(range).name, workers: [range.from, range.to] }));
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Agents tell of their workers at the end. */
  workersNow(): readonly WorkerResult[] {
    return [];
  }

  async done(): Promise<readonly GroupOutcome[]> {
    const ends = await Promise.all(this.#parts.map(({ ended }) => ended));
    this.#last = this.#parts.map((part, i) => agentResult(part, ends[i]!));
    const outcomes = this.#parts.map(({ workers, planned }, i): GroupOutcome => {
      const ended = ends[i]!;
      return 'end' in ended
        ? { status: 'done', end: ended.end }
        : { status: 'lost', workers, error: ended.error, planned };
    });
    this.#parts = [];
    this.#partOf = new Map();
    return outcomes;
  }

  machines(): MachinesResult {
    const hosts = this.#last.flatMap(({ host }) => (host === null ? [] : [host]));
    return { host: hosts.length === 0 ? null : worstHost(hosts), agents: this.#last };
  }

  async dispose(): Promise<void> {
    await this.#fleet.release();
  }

  /** Has an agent prepare its part. The rows that it does not have are sent first. */
  async #prepared(member: Member, shards: readonly Shard[]): Promise<Prepared> {
    const { workers } = this.#partOf.get(member)!;
    const { named, pieces } = piecesOf(unionOfRows(shards.slice(...workers).map(({ rows = NO_ROWS }) => rows)));
    const order: Order = { kind: 'prepare', shard: agentShard(shards, workers, named) };
    const answer = (await member.order(this.#epoch, order)) as Prepared | RowsMissing;
    if (!('missing' in answer)) return answer;
    for (const piece of pieces) {
      if (answer.missing.includes(piece.sha256)) await member.order(this.#epoch, { kind: 'rows', ...piece });
    }
    return (await member.order(this.#epoch, order)) as Prepared;
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
    const part = this.#partOf.get(member);
    const isOver = epoch !== this.#epoch || part === undefined;
    if (report.kind === 'leaving' && (isOver || part.hasEnded)) {
      // Nothing else will be heard of it.
      member.lose('was told to leave');
      return false;
    }
    return !isOver && part.take(report);
  }
}

function leadOver(roundTripMs: number, agents: number): number {
  const ownMs = LEAD.restMs + LEAD.eachMs * agents;
  return Math.min(LEAD.mostMs, Math.max(LEAD.leastMs, 4 * roundTripMs + ownMs));
}

function agentShard(shards: readonly Shard[], [from, to]: WorkerSpan, rows: NamedRows): AgentShard {
  const { worker: _, folder: __, rows: ___, ...shard } = shards[0]!;
  return { ...shard, from, to, ...(rows.total === 0 ? {} : { rows }) };
}

function onClockOf({ clock }: Member, at: Instant): number {
  return (at as unknown as number) + clock.offsetUs;
}

function agentResult({ member, workers, address }: CellPart, ended: PartEnd): AgentResult {
  const orders = member.tally.counts;
  const about = {
    ...{ agent: member.name, workers },
    clock: { errorUs: member.clock.errorUs, driftUs: member.clock.driftUs },
    address,
  };
  if ('error' in ended) {
    return { ...about, bus: { reconnects: null, ...orders }, status: 'lost', error: ended.error, host: null };
  }
  const { end, host } = ended;
  const { reconnects, sent, repeated } = ended.bus;
  const bus = { reconnects, sent: sent + orders.sent, repeated: repeated + orders.repeated };
  const lost = end.results.find(({ status, error }) => status === 'lost' && error !== TOLD_TO_LEAVE);
  if (lost !== undefined) return { ...about, bus, status: 'lost', error: lost.error, host };
  return { ...about, bus, status: end.stopped ? 'stopped' : 'done', error: null, host };
}

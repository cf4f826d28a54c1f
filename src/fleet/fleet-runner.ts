import { performance } from 'node:perf_hooks';
import { toldError } from '../bus/answer-book.js';
import type { Patience } from '../bus/exchange.js';
import { type Deferred, deferred } from '../coordinator/deferred.js';
import type { GroupOutcome, GroupRunner } from '../coordinator/group-runner.js';
import { type Instant, type RunnerTiming, THREADS_TIMING } from '../coordinator/shard-runner.js';
import { sleep } from '../coordinator/sleep.js';
import { messageOf } from '../errors.js';
import type { AgentResult, MachinesResult } from '../metrics/agent-result.js';
import type { WorkerResult } from '../metrics/cell-result.js';
import type { HostFacts } from '../metrics/client-result.js';
import type { Group, GroupEnd } from '../metrics/group-end.js';
import { groupEndProblem, hostProblem, plannedProblem } from '../metrics/group-end-check.js';
import type { Interval, WorkerSpan } from '../metrics/interval.js';
import { lineProblem } from '../metrics/interval-check.js';
import { type PackedLine, unpackLine } from '../metrics/packed-line.js';
import type { PlannedMessages } from '../metrics/planned.js';
import type { Cell, Shard } from '../plan/cell.js';
import { cellHash } from '../plan/cell-hash.js';
import { NO_ROWS, unionOfRows } from '../plan/rows.js';
import type { Range } from './assign.js';
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

/** An agent has four reports on the way at most. */
const EARLY_MAX = 16;

/** How one agent's part of a cell ended. */
type PartEnd = { readonly end: GroupEnd; readonly host: HostFacts } | { readonly error: string };

/** One agent in one cell. */
interface Part {
  readonly member: Member;
  readonly workers: WorkerSpan;
  readonly cell: Cell;
  /** By number of the order `connect`: connections open, once they are told. */
  readonly connected: Map<number, Deferred<number>>;
  readonly ended: Deferred<PartEnd>;
  /** The agent has told what became of its part. */
  hasEnded: boolean;
  /** Messages that its workers plan; null if it did not say how many, or plans more by now. */
  planned: PlannedMessages | null;
  /** Reports of lines taken so far, and those that overtook one before them. */
  reports: number;
  readonly early: Map<number, readonly PackedLine[]>;
}

/** Runs the shards of a cell on the agents of a fleet. Worker numbers count over all of them. */
export class FleetRunner implements GroupRunner {
  readonly #fleet: Fleet;
  readonly #ranges: readonly Range[];
  #epoch = 0;
  #over = new AbortController();
  #connects = 0;
  /** How long the latest round to all agents took. */
  #roundMs = 0;
  #parts: readonly Part[] = [];
  /** Aborted when the next cell begins: agents outlive cells. */
  #nextCell = new AbortController();
  #partOf: ReadonlyMap<Member, Part> = new Map();
  #onInterval: (interval: Interval) => void = () => {};
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

  async prepare(shards: readonly Shard[], onInterval: (interval: Interval) => void): Promise<void> {
    this.#epoch++;
    this.#connects = 0;
    this.#onInterval = onInterval;
    this.#parts = this.#ranges.map((range) => ({
      ...{ member: this.#member(range), workers: [range.from, range.to], cell: shards[0]!.cell },
      ...{ connected: new Map(), ended: deferred(), hasEnded: false, planned: null, reports: 0, early: new Map() },
    }));
    this.#nextCell.abort();
    this.#nextCell = new AbortController();
    this.#partOf = new Map(this.#parts.map((part) => [part.member, part]));
    for (const part of this.#parts) {
      this.#loseWithMember(part);
      part.member.clock.mark();
    }
    const over = new AbortController();
    this.#over = over;
    void Promise.all(this.#parts.map(({ ended }) => ended.promise)).then(() => over.abort());
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
      else takePlanned(part, answer);
    }
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
    for (const part of this.#parts) part.planned = null;
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
    const ends = await Promise.all(this.#parts.map(({ ended }) => ended.promise));
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
    if (isOver) return false;
    switch (report.kind) {
      case 'connected':
        part.connected.get(report.call)?.resolve(report.open);
        return true;
      case 'lines':
        this.#takeLines(part, report.n, report.lines);
        return !member.lost.aborted;
      case 'done':
        this.#takeEnd(part, report);
        return !member.lost.aborted;
      case 'leaving':
        // It stops its load by itself and reports what became of it.
        return true;
    }
  }

  /** A report may overtake one that had to be sent again. Lines are taken in the order in which they were written. */
  #takeLines(part: Part, n: number, lines: readonly PackedLine[]): void {
    if (!Number.isInteger(n) || !Array.isArray(lines) || part.early.size > EARLY_MAX) {
      return part.member.lose('sent a report of lines that is none');
    }
    part.early.set(n, lines);
    for (let next = part.early.get(part.reports); next !== undefined; next = part.early.get(part.reports)) {
      part.early.delete(part.reports++);
      for (const packed of next) {
        const line = unpackLine(packed) as Interval;
        const problem = lineProblem(line, part.cell, part.workers);
        if (problem !== null) return part.member.lose(`sent a line that is none: ${problem}`);
        this.#onInterval(onOwnClock(line, part.member));
      }
    }
  }

  #takeEnd(part: Part, { end, host, reports }: Extract<Report, { kind: 'done' }>): void {
    const problem =
      groupEndProblem(end, part.cell, part.workers) ??
      hostProblem(host) ??
      (reports === part.reports ? null : `${part.reports} of its ${reports} reports have come`);
    if (problem !== null) return part.member.lose(`sent an end that is none: ${problem}`);
    part.hasEnded = true;
    part.ended.resolve({ end, host });
  }

  #loseWithMember(part: Part): void {
    const lose = () => {
      part.ended.resolve({ error: messageOf(part.member.lost.reason) });
      for (const connected of part.connected.values()) connected.resolve(0);
    };
    if (part.member.lost.aborted) lose();
    else part.member.lost.addEventListener('abort', lose, { once: true, signal: this.#nextCell.signal });
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

function takePlanned(part: Part, { planned }: Prepared): void {
  const problem = planned === null ? null : plannedProblem(planned, part.cell);
  if (problem !== null) return part.member.lose(`plans what is no plan: ${problem}`);
  part.planned = planned;
}

/** Instants in a line are those of its agent's clock. */
function onOwnClock(line: Interval, { clock }: Member): Interval {
  if (line.silence === undefined) return line;
  const { offsetUs } = clock;
  const { silences, firstUs, lastUs } = line.silence;
  return { ...line, silence: { silences, firstUs: firstUs - offsetUs, lastUs: lastUs - offsetUs } };
}

function onClockOf({ clock }: Member, at: Instant): number {
  return (at as unknown as number) + clock.offsetUs;
}

function agentResult({ member, workers }: Part, ended: PartEnd): AgentResult {
  const about = {
    ...{ agent: member.name, workers },
    clock: { errorUs: member.clock.errorUs, driftUs: member.clock.driftUs },
    repeated: member.repeated,
  };
  if ('error' in ended) return { ...about, status: 'lost', error: ended.error, host: null };
  const { end, host } = ended;
  const lost = end.results.find(({ status, error }) => status === 'lost' && error !== TOLD_TO_LEAVE);
  if (lost !== undefined) return { ...about, status: 'lost', error: lost.error, host };
  return { ...about, status: end.stopped ? 'stopped' : 'done', error: null, host };
}

/** One agent's part of one cell, as the coordinator hears of it. What an agent tells is foreign: it is judged first. */
import type { AgentLeft } from '../coordinator/cell-events.js';
import { type Deferred, deferred } from '../coordinator/deferred.js';
import { messageOf } from '../errors.js';
import type { BusUse } from '../metrics/agent-result.js';
import type { HostFacts } from '../metrics/client-result.js';
import type { GroupEnd } from '../metrics/group-end.js';
import { busProblem, groupEndProblem, hostProblem, plannedProblem } from '../metrics/group-end-check.js';
import type { Interval, WorkerSpan } from '../metrics/interval.js';
import { lineProblem } from '../metrics/interval-check.js';
import { type PackedLine, unpackLine } from '../metrics/packed-line.js';
import type { PlannedMessages } from '../metrics/planned.js';
import { type Cell, peakConnections } from '../plan/cell.js';
import type { Member } from './member.js';
import type { Prepared, Report } from './orders.js';

/** An agent has four reports on the way at most. */
const EARLY_MAX = 16;
/** A machine may stand still for so long, and tell of seconds after the end of the plan. Every second takes memory. */
const LATE_SECONDS = 24 * 3600;

/** How an agent's part of a cell ended. */
export type PartEnd =
  | { readonly end: GroupEnd; readonly host: HostFacts; readonly bus: BusUse }
  | { readonly error: string };

/** Who is told of a part. */
export interface PartEvents {
  /** Each line once, in the order in which the agent wrote them. Instants in it are those of this machine's clock. */
  readonly onLine: (line: Interval) => void;
  /** The agent leaves, or was lost before it had told everything. Called at most once for each of the two. */
  readonly onLeft: (left: AgentLeft) => void;
}

/**
 * Takes each report once, however often and in whatever order they come. An agent that tells what cannot be is lost, with
 * a sentence that says what it was.
 */
export class CellPart {
  readonly member: Member;
  readonly workers: WorkerSpan;
  /** Resolves once the agent has told everything, or is lost. */
  readonly ended: Promise<PartEnd>;
  readonly #cell: Cell;
  readonly #events: PartEvents;
  readonly #ended: Deferred<PartEnd> = deferred();
  /** By number of the order `connect`: connections open, once they are told. */
  readonly #connected = new Map<number, Deferred<number>>();
  /** Reports of lines taken so far, and those that overtook one before them. */
  #reports = 0;
  readonly #early = new Map<number, readonly PackedLine[]>();
  #planned: PlannedMessages | null = null;
  #address: string | null = null;
  /** It has told everything. */
  #isDone = false;

  /** `cell`: with its longest measured time. `over`: aborted when this cell no longer matters; agents outlive cells. */
  constructor(member: Member, workers: WorkerSpan, cell: Cell, events: PartEvents, over: AbortSignal) {
    this.member = member;
    this.workers = workers;
    this.#cell = cell;
    this.#events = events;
    this.ended = this.#ended.promise;
    if (member.lost.aborted) this.#lose();
    else member.lost.addEventListener('abort', () => this.#lose(), { once: true, signal: over });
  }

  /** Messages that its workers plan; null if it did not say how many, or plans more by now. */
  get planned(): PlannedMessages | null {
    return this.#planned;
  }

  /** The agent has told what became of its part. */
  get hasEnded(): boolean {
    return this.#isDone;
  }

  /** Of the target, as the agent resolved its name; null if it did not say. */
  get address(): string | null {
    return this.#address;
  }

  takePrepared({ planned, address }: Prepared): void {
    const problem = planned === null ? null : plannedProblem(planned, this.#cell);
    if (problem !== null) return this.member.lose(`plans what is no plan: ${problem}`);
    this.#planned = planned;
    this.#address = typeof address === 'string' ? address : null;
  }

  /** It plans more than it said. */
  forgetPlanned(): void {
    this.#planned = null;
  }

  /** Resolves with the connections that it has open after the order `connect` with this number; 0 if it is lost. */
  untilConnected(call: number): Promise<number> {
    const told = deferred<number>();
    this.#connected.set(call, told);
    if (this.member.lost.aborted) told.resolve(0);
    return told.promise;
  }

  /** False if the agent shall stop at once. Never throws. */
  take(report: Report): boolean {
    try {
      this.#take(report);
    } catch (error) {
      this.member.lose(`sent a report that cannot be taken: ${messageOf(error)}`);
    }
    return !this.member.lost.aborted;
  }

  #take(report: Report): void {
    switch (report.kind) {
      case 'connected':
        return this.#takeConnected(report.call, report.open);
      case 'lines':
        return this.#takeLines(report.n, report.lines);
      case 'done':
        return this.#takeEnd(report);
      case 'leaving':
        // It stops its load by itself and reports what became of it.
        return this.#tellLeft('leaving', String(report.why));
      default:
        return this.member.lose('sent a report of no known kind');
    }
  }

  #takeConnected(call: number, open: number): void {
    if (!isCount(open) || open > peakConnections(this.#cell)) {
      return this.member.lose('says that it has opened connections that the cell does not have');
    }
    this.#connected.get(call)?.resolve(open);
  }

  /** A report may overtake one that had to be sent again. Lines are taken in the order in which they were written. */
  #takeLines(n: number, lines: readonly PackedLine[]): void {
    if (!isCount(n) || !Array.isArray(lines)) return this.member.lose('sent a report of lines that is none');
    // It was taken before.
    if (n < this.#reports) return;
    if (this.#isDone) return this.member.lose('sent a line after its end');
    if (this.#early.size > EARLY_MAX) return this.member.lose(`has not sent its report ${this.#reports}`);
    this.#early.set(n, lines);
    for (let next = this.#early.get(this.#reports); next !== undefined; next = this.#early.get(this.#reports)) {
      this.#early.delete(this.#reports++);
      for (const packed of next) {
        const line = unpackLine(packed) as Interval;
        const problem = lineProblem(line, this.#cell, this.workers) ?? this.#foreignProblem(line);
        if (problem !== null) return this.member.lose(`sent a line that is none: ${problem}`);
        this.#events.onLine(onOwnClock(line, this.member));
      }
    }
  }

  /** What no agent of this name writes in a cell of this length. */
  #foreignProblem({ agent, second, elapsedMs, flow }: Interval): string | null {
    if (agent !== this.member.name) return 'it is of another agent';
    const { warmupMs, durationMs } = this.#cell;
    const mostSeconds = (warmupMs + durationMs) / 1000 + LATE_SECONDS;
    const latest = Math.max(second ?? 0, elapsedMs / 1000, ...flow.map((delta) => delta.second));
    return latest > mostSeconds ? 'it is of a time long after the plan' : null;
  }

  #takeEnd({ end, host, bus, reports }: Extract<Report, { kind: 'done' }>): void {
    if (this.#isDone) return;
    const problem =
      groupEndProblem(end, this.#cell, this.workers) ??
      hostProblem(host) ??
      busProblem(bus) ??
      (reports === this.#reports ? null : `${this.#reports} of its ${reports} reports have come`);
    if (problem !== null) return this.member.lose(`sent an end that is none: ${problem}`);
    this.#isDone = true;
    this.#ended.resolve({ end, host, bus });
  }

  #lose(): void {
    const why = messageOf(this.member.lost.reason);
    if (!this.#isDone) this.#tellLeft('lost', why);
    this.#ended.resolve({ error: why });
    for (const connected of this.#connected.values()) connected.resolve(0);
  }

  #tellLeft(how: AgentLeft['how'], why: string): void {
    this.#events.onLeft({ type: 'agent-left', agent: this.member.name, workers: this.workers, how, why });
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Instants in a line are those of its agent's clock. */
function onOwnClock(line: Interval, { clock }: Member): Interval {
  if (line.silence === undefined) return line;
  const { offsetUs } = clock;
  const { silences, firstUs, lastUs } = line.silence;
  return { ...line, silence: { silences, firstUs: firstUs - offsetUs, lastUs: lastUs - offsetUs } };
}

import assert from 'node:assert/strict';
import type { Cell } from '../plan/cell.js';
import type { LawViolation, WorkerResult } from './cell-result.js';
import type { Group, GroupEnd } from './group-end.js';
import { Totals } from './histogram.js';
import type { Interval, WorkerTotals } from './interval.js';
import { sumOfTotals } from './line-counts.js';
import { type PlannedMessages, PlanWalk, plannedByRequest, sumOfPlanned } from './planned.js';
import { WorkerSeconds } from './seconds/worker-seconds.js';
import { sourceLaws } from './source-laws.js';
import { workerLaws } from './worker-laws.js';
import { WorkerLedger } from './worker-ledger.js';

/** So many messages of a plan are walked at a stretch: some milliseconds. */
const STEP = 50_000;

/** What one machine knows of a cell: the ledgers of its workers, and the laws that each of them must keep. */
export class GroupSums {
  #cell: Cell;
  readonly #group: Group;
  /** Of the whole cell. */
  readonly #workers: number;
  readonly #ledgers: readonly WorkerLedger[];
  readonly #open = new WorkerSeconds();
  readonly #inFlight = new WorkerSeconds();
  readonly #held = new WorkerSeconds();
  /** By worker, once its plan was walked. */
  readonly #planned = new Map<number, PlannedMessages>();

  constructor(cell: Cell, group: Group, workers: number) {
    this.#cell = cell;
    this.#group = group;
    this.#workers = workers;
    const [from, to] = group.workers;
    const requests = (cell.wire?.requests ?? []).length;
    this.#ledgers = Array.from({ length: to - from }, (_, i) => new WorkerLedger(from + i, cell.id, requests));
  }

  /** Sets a longer measured time. */
  extend(durationMs: number): void {
    this.#cell = { ...this.#cell, durationMs };
    this.#planned.clear();
  }

  /** Takes a line of one of its workers. */
  add(line: Interval): void {
    const [worker, next] = line.workers;
    assert(next === worker + 1, `a line of the workers ${worker} to ${next - 1} is none of one worker`);
    this.#ledger(worker).add(line);
    const { stage, second, elapsedMs, turnover } = line;
    if (stage !== 'measure' || second === null) return;
    this.#open.add(worker, second, elapsedMs, line.openMin, Math.min);
    this.#inFlight.add(worker, second, elapsedMs, line.inFlight, (_, later) => later);
    if (turnover !== undefined) this.#held.add(worker, second, elapsedMs, turnover.heldMin, Math.min);
  }

  workerDone(totals: WorkerTotals): void {
    this.#ledger(totals.worker).done(totals);
  }

  workerLost(worker: number, error: string): void {
    this.#ledger(worker).giveUp(error, this.#plannedOf(worker));
    for (const seconds of [this.#open, this.#inFlight, this.#held]) seconds.leave([worker, worker + 1]);
  }

  /**
   * Walks the plans of its workers, and remembers what they plan. `rest` is awaited between steps, so that the walk of
   * millions of messages holds up nothing else.
   */
  async walkPlans(rest: () => Promise<void>): Promise<PlannedMessages> {
    const cell = this.#cell;
    for (const { worker } of this.#ledgers) {
      if (this.#planned.has(worker)) continue;
      const walk = new PlanWalk(cell, worker, this.#workers);
      while (walk.step(STEP)) await rest();
      if (cell === this.#cell) this.#planned.set(worker, walk.planned);
    }
    return sumOfPlanned(this.#ledgers.map(({ worker }) => this.#plannedOf(worker)));
  }

  /** Every worker as far as it has come. */
  results(): WorkerResult[] {
    return this.#ledgers.map((ledger) => ledger.result(this.#cell.reply.timeoutMs * 1000));
  }

  /** Once every worker is done or lost. `lines`: how many were written for the whole group; all of its workers' if absent. */
  end(interrupted: boolean, lines?: number): GroupEnd {
    const requests = (this.#cell.wire?.requests ?? []).length;
    const closed = sumOfTotals(
      this.#ledgers.map(({ counts }) => counts.totals()),
      requests,
    );
    const written = sumOfTotals(
      this.#ledgers.map(({ written }) => written),
      requests,
    );
    const ends = this.#ledgers.flatMap(({ totals }) => (totals === null ? [] : [totals]));
    const sum = (of: (totals: WorkerTotals) => number) => ends.reduce((total, each) => total + of(each), 0);
    const most = (of: (totals: WorkerTotals) => number) => ends.reduce((known, each) => Math.max(known, of(each)), 1);
    return {
      workers: this.#group.workers,
      written: { ...written, lines: lines ?? written.lines },
      closed,
      results: this.results(),
      violations: this.#violations(interrupted),
      latencies: { response: this.#latency('response'), service: this.#latency('service') },
      seconds: { open: this.#open.told(), inFlight: this.#inFlight.told(), held: this.#held.told() },
      openAtEnd: sum(({ openAtEnd }) => openAtEnd),
      pinged: sum(({ pinged }) => pinged),
      withoutPong: sum(({ withoutPong = 0 }) => withoutPong),
      used: { ordinals: most(({ used }) => used.ordinals), lives: most(({ used }) => used.lives) },
      stopped: ends.some(({ stopped }) => stopped),
      byConnection: ends.flatMap(({ worker, subscribers, answered }) =>
        subscribers === undefined && answered === undefined
          ? []
          : [{ worker, ...(subscribers && { subscribers }), ...(answered && { answered }) }],
      ),
    };
  }

  #violations(interrupted: boolean): LawViolation[] {
    const cell = this.#cell;
    const hasLost = this.#ledgers.some(({ lost }) => lost);
    const own = this.#ledgers.flatMap((ledger) => {
      const planned = interrupted ? null : this.#plannedOf(ledger.worker);
      return workerLaws(cell, ledger, { workers: this.#workers, planned, hasLost });
    });
    return [
      ...this.#ledgers.flatMap(({ counts }) => counts.violations),
      ...sourceLaws(cell, interrupted, this.#ledgers),
      ...own,
    ];
  }

  #plannedOf(worker: number): PlannedMessages {
    const known = this.#planned.get(worker) ?? plannedByRequest(this.#cell, worker, this.#workers);
    this.#planned.set(worker, known);
    return known;
  }

  #latency(name: 'response' | 'service') {
    const totals = new Totals();
    for (const { latencies } of this.#ledgers) totals.addTotals(latencies[name]);
    return totals.sparse();
  }

  #ledger(worker: number): WorkerLedger {
    const { name, workers } = this.#group;
    const ledger = this.#ledgers[worker - workers[0]];
    assert(ledger !== undefined, `worker ${worker} is none of ${name}: ${workers.join(' to ')}`);
    return ledger;
  }
}

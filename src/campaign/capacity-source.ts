import { leftAgent } from '../metrics/agent-result.js';
import type { CellResult } from '../metrics/cell-result.js';
import type { Cell } from '../plan/cell.js';
import type { Threshold } from '../profile/profile.js';
import { judgeStep, type StepJudgement } from '../verdict/capacity-step.js';
import { diedWhileConnecting, isUnreachable } from '../verdict/unreachable.js';
import { type Axis, raisesRate } from './capacity-axis.js';
import { loadOf, type StepLoad, stepCell } from './capacity-cell.js';
import {
  afterTrial,
  confirmLater,
  type SearchEnd,
  type SearchState,
  startSearch,
  type Trial,
  type TrialOutcome,
} from './capacity-search.js';
import type { CellSource } from './cell-source.js';

export interface CapacityPlan {
  readonly axis: Axis;
  /** The load at its first step: open or closed, steady. */
  readonly template: Cell;
  /** True if the rate is per connection, so that the total grows with the connections. */
  readonly perConnection: boolean;
  /** Of `subscribers`: among how many rooms the connections are divided. 1 for no rooms, and for the other axes. */
  readonly rooms: number;
  /** The lowest number of connections, or of subscribers of a room, that may be tried. */
  readonly fewest: number;
  /** Connection counts of the rows of `both`, rising. */
  readonly rows: readonly number[];
  readonly maxConnections: number;
  readonly maxRatePerSecond: number;
  readonly slo: Threshold;
  /** Cores that neither a worker nor a local target needs; they decide the pacing of steps. Null if the user gave a pacing. */
  readonly freeCores: number | null;
  readonly workers: number;
  /** How many messages a step should have. */
  readonly samples: number;
}

/** A step that was run, and its judgement. */
export interface CapacityStep extends StepLoad {
  readonly trial: Trial;
  /** Which search of the campaign it belongs to. */
  readonly row: number;
  readonly result: CellResult;
  readonly judgement: StepJudgement;
}

/** One search of a campaign: for `connections` and `rate` the only one, for `both` one for each connection count. */
export interface SearchRow {
  /** Null if the connections are what is searched. */
  readonly connections: number | null;
  /** Null while the search is under way. */
  readonly end: SearchEnd | null;
  /** The highest level that held; null if none did. */
  readonly level: number | null;
  readonly confirmed: boolean;
  /** The step that failed just above it. */
  readonly failed: CapacityStep | null;
  /** The step that decided the level: the last one that passed there. */
  readonly passed: CapacityStep | null;
}

interface OpenRow {
  readonly connections: number | null;
  search: SearchState;
}

/** If no step holds, a search goes down to the first level divided by this. */
const LOWEST = 64;

/** The cells of a capacity search. Each follows from the results of the ones before. */
export class CapacitySource implements CellSource {
  readonly #plan: CapacityPlan;
  readonly #rows: OpenRow[] = [];
  readonly #steps: CapacityStep[] = [];
  /** The row that is searched. In a grid, the last one; at the end, the best row once more. */
  #current = 0;
  /** The rows of a grid are done, and its best is run again. */
  #isAgain = false;
  #running: { readonly trial: Trial; readonly load: StepLoad } | null = null;
  #left: string | null = null;

  constructor(plan: CapacityPlan) {
    this.#plan = plan;
    this.#open(plan.axis === 'both' ? (plan.rows[0] ?? loadOf(plan.template).connections) : null, null);
  }

  next(): Cell | null {
    if (this.#rows[this.#current]!.search.trial === null && !this.#goOn()) return null;
    const row = this.#rows[this.#current]!;
    const trial = row.search.trial!;
    const load = this.#loadAt(row, trial.level);
    this.#left = null;
    this.#running = { trial, load };
    const number = this.#steps.length + 1;
    return stepCell(this.#plan.template, load, { ...trial, number }, this.#plan);
  }

  /** Not known: the next step depends on the results. */
  remaining(): readonly Cell[] {
    return [];
  }

  /** A step that was cut short, or lost an agent, says nothing. */
  settle(result: CellResult): void {
    if (this.#running === null || result.interrupted) return;
    this.#left = leftAgent(result.client.agents);
    if (this.#left !== null) return;
    const { trial, load } = this.#running;
    this.#running = null;
    const row = this.#rows[this.#current]!;
    const judgement = judgeStep(result, this.#plan.slo);
    this.#steps.push({ ...load, trial, row: this.#current, result, judgement });
    row.search = afterTrial(row.search, outcomeOf(result, judgement, this.#plan.rooms));
  }

  /** What became of the agent that did not stay in the last step; null if all did. */
  get left(): string | null {
    return this.#left;
  }

  get steps(): readonly CapacityStep[] {
    return this.#steps;
  }

  /** Every search so far. */
  rows(): SearchRow[] {
    return this.#rows.map(({ connections, search }, i) => {
      const { end, passed, failed, confirmed } = search;
      const level = passed.at(-1) ?? null;
      const own = this.#steps.filter(({ row }) => row === i);
      return {
        ...{ connections, end, level, confirmed },
        failed: own.find(({ trial }) => failed !== null && trial.number === failed.trial) ?? null,
        passed: own.findLast((step) => step.trial.level === level && step.judgement.passed) ?? null,
      };
    });
  }

  /**
   * Starts the next row of a grid, or runs its best row again until that has held twice. False if nothing is left to
   * run.
   */
  #goOn(): boolean {
    const { axis, rows } = this.#plan;
    const { search } = this.#rows[this.#current]!;
    if (axis !== 'both' || this.#rows.some((row) => row.search.end === 'gone')) return false;
    const next = this.#isAgain || search.passed.length === 0 ? undefined : rows[this.#rows.length];
    if (next !== undefined) {
      this.#current = this.#rows.length;
      this.#open(next, search.passed.at(-1) ?? null);
      return true;
    }
    this.#isAgain = true;
    const best = bestOf(this.#rows);
    if (best === null || this.#rows[best]!.search.confirmed) return false;
    this.#current = best;
    const row = this.#rows[best]!;
    row.search = confirmLater(row.search, this.#steps.filter((step) => step.row === best).length + 1);
    return true;
  }

  /** Opens a row. In a grid it starts a step below the answer of the row before, and goes down if that fails. */
  #open(connections: number | null, bestBefore: number | null): void {
    const { axis, template, rooms, fewest, maxConnections, maxRatePerSecond, perConnection } = this.#plan;
    const first = loadOf(template);
    const isRate = raisesRate(axis);
    const from = isRate ? (first.ratePerSecond ?? 0) : Math.max(fewest, Math.round(first.connections / rooms));
    const floor = isRate ? from / LOWEST : Math.max(fewest, Math.ceil(from / LOWEST));
    const mostByRate =
      perConnection && first.ratePerSecond !== null && first.ratePerSecond > 0
        ? (maxRatePerSecond * first.connections) / first.ratePerSecond
        : Number.POSITIVE_INFINITY;
    this.#rows.push({
      connections,
      search: startSearch({
        from: bestBefore === null ? from : Math.max(from, bestBefore / 1.5),
        floor,
        max: isRate ? maxRatePerSecond : Math.max(from, Math.floor(Math.min(maxConnections, mostByRate) / rooms)),
        whole: !isRate,
        confirm: axis !== 'both',
      }),
    });
  }

  #loadAt({ connections }: OpenRow, level: number): StepLoad {
    const { axis, template, rooms, perConnection } = this.#plan;
    const first = loadOf(template);
    if (raisesRate(axis)) return { connections: connections ?? first.connections, ratePerSecond: level };
    const { ratePerSecond } = first;
    const each = ratePerSecond === null ? null : ratePerSecond / first.connections;
    const all = level * rooms;
    return { connections: all, ratePerSecond: each === null || !perConnection ? ratePerSecond : each * all };
  }
}

/** `rooms`: a level is the connections of one of so many. */
function outcomeOf(cell: CellResult, { passed, by, straddles }: StepJudgement, rooms: number): TrialOutcome {
  const { connections } = cell;
  if (isUnreachable(cell) || diedWhileConnecting(cell)) return { kind: 'gone' };
  if (passed || by === null) return { kind: 'passed' };
  const fewer = connections.held > 0 && connections.held < connections.asked && connections.failed > 0;
  return { kind: 'failed', by, straddles, held: fewer ? Math.floor(connections.held / rooms) : null };
}

/**
 * Index of the row with the highest rate that held; if several have it, the one with the fewest connections. Null if no
 * row has an answer. A row is left out if its answer did not hold when it was run again.
 */
function bestOf(rows: readonly OpenRow[]): number | null {
  let best: number | null = null;
  rows.forEach(({ search }, i) => {
    const level = search.passed.at(-1);
    if (level === undefined || search.end === 'unsure') return;
    if (best === null || level > rows[best]!.search.passed.at(-1)!) best = i;
  });
  return best;
}

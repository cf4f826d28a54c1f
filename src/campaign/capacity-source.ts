import type { CellResult } from '../metrics/cell-result.js';
import type { Cell } from '../plan/cell.js';
import type { Threshold } from '../profile/profile.js';
import { judgeStep, type StepJudgement } from '../verdict/capacity-step.js';
import { loadOf, type StepLoad, stepCell } from './capacity-cell.js';
import {
  afterTrial,
  type SearchEnd,
  type SearchState,
  startSearch,
  type Trial,
  type TrialOutcome,
} from './capacity-search.js';
import type { CellSource } from './cell-source.js';
import { isGone } from './gone.js';

export type Axis = 'connections' | 'rate' | 'both';

export interface CapacityPlan {
  readonly axis: Axis;
  /** The load at its first step: open or closed, steady. */
  readonly template: Cell;
  /** The rate is one on each connection, and follows their number. */
  readonly perConnection: boolean;
  /** Connection counts of the rows of `both`, rising. */
  readonly rows: readonly number[];
  readonly maxConnections: number;
  readonly maxRatePerSecond: number;
  readonly slo: Threshold;
  /** Only VALID steps pass. */
  readonly strict: boolean;
  /** Messages wanted in a step. */
  readonly samples: number;
}

/** A step that was run, and what it says. */
export interface CapacityStep extends StepLoad {
  readonly trial: Trial;
  /** Which search of the campaign it belongs to. */
  readonly row: number;
  readonly result: CellResult;
  readonly judgement: StepJudgement;
}

/** One search of a campaign: for `connections` and `rate` the only one, for `both` one for each connection count. */
export interface SearchRow {
  /** Null where connections are what is searched. */
  readonly connections: number | null;
  /** Null while the search goes on. */
  readonly end: SearchEnd | null;
  /** The highest level that held; null where none did. */
  readonly level: number | null;
  readonly confirmed: boolean;
  /** The step that failed just above it. */
  readonly failed: CapacityStep | null;
  /** The step that speaks for the level: the last that passed there. */
  readonly passed: CapacityStep | null;
}

interface OpenRow {
  readonly connections: number | null;
  readonly isRerun: boolean;
  search: SearchState;
}

/** The cells of a capacity search: each follows from what the ones before showed. */
export class CapacitySource implements CellSource {
  readonly #plan: CapacityPlan;
  readonly #rows: OpenRow[] = [];
  readonly #steps: CapacityStep[] = [];
  #running: { readonly trial: Trial; readonly load: StepLoad } | null = null;

  constructor(plan: CapacityPlan) {
    this.#plan = plan;
    this.#open(plan.axis === 'both' ? (plan.rows[0] ?? loadOf(plan.template).connections) : null, null);
  }

  next(results: readonly CellResult[]): Cell | null {
    this.settle(results);
    const row = this.#rows.at(-1)!;
    if (row.search.trial === null && !this.#openNext(row)) return null;
    const trial = this.#rows.at(-1)!.search.trial!;
    const load = this.#loadAt(this.#rows.at(-1)!, trial.level);
    this.#running = { trial, load };
    const number = this.#steps.length + 1;
    return stepCell(this.#plan.template, load, { number, longer: trial.longer }, this.#plan.samples);
  }

  /** Not known: the next step depends on the results. */
  remaining(): readonly Cell[] {
    return [];
  }

  /** Takes in the result of the last step. A step that was cut short says nothing. */
  settle(results: readonly CellResult[]): void {
    const result = results[this.#steps.length];
    if (this.#running === null || result === undefined || result.interrupted) return;
    const { trial, load } = this.#running;
    this.#running = null;
    const row = this.#rows.at(-1)!;
    const judgement = judgeStep(result, this.#plan.slo, this.#plan.strict);
    this.#steps.push({ ...load, trial, row: this.#rows.length - 1, result, judgement });
    row.search = afterTrial(row.search, outcomeOf(result, judgement));
  }

  get steps(): readonly CapacityStep[] {
    return this.#steps;
  }

  /** Every search so far. The second run of the best row of a grid counts to that row. */
  rows(): SearchRow[] {
    const rerun = this.#rows.find(({ isRerun }) => isRerun);
    return this.#rows
      .filter(({ isRerun }) => !isRerun)
      .map((row) => {
        const isRunAgain = rerun !== undefined && rerun.connections === row.connections;
        return this.#rowOf(row, isRunAgain ? rerun : null);
      });
  }

  #rowOf(row: OpenRow, rerun: OpenRow | null): SearchRow {
    const { end, passed, failed, confirmed } = row.search;
    const level = passed.at(-1) ?? null;
    const own = this.#steps.filter((step) => this.#rows[step.row] === row || this.#rows[step.row] === rerun);
    return {
      connections: row.connections,
      end,
      level,
      confirmed: confirmed || rerun?.search.passed.length === 1,
      failed:
        own.find(({ trial }) => failed !== null && trial.number === failed.trial && trial.level === failed.level) ??
        null,
      passed: own.findLast((step) => step.trial.level === level && step.judgement.passed) ?? null,
    };
  }

  /** The next row of a grid, or the second run of its best; false where there is none. */
  #openNext({ isRerun, search }: OpenRow): boolean {
    const { axis, rows } = this.#plan;
    if (axis !== 'both' || isRerun || search.end === 'gone') return false;
    const next = search.passed.length === 0 ? undefined : rows[this.#rows.length];
    if (next !== undefined) {
      this.#open(next, search.passed.at(-1) ?? null);
      return true;
    }
    const best = bestOf(this.#rows);
    if (best === null) return false;
    this.#rows.push({
      connections: best.connections,
      isRerun: true,
      search: startSearch({ from: best.level, floor: best.level, max: best.level, whole: false, confirm: false }),
    });
    return true;
  }

  /** A row starts where the one before ended, a step lower: it climbs down from there where it must. */
  #open(connections: number | null, bestBefore: number | null): void {
    const { axis, template, maxConnections, maxRatePerSecond, perConnection } = this.#plan;
    const first = loadOf(template);
    const isRate = axis !== 'connections';
    const floor = isRate ? (first.ratePerSecond ?? 0) : first.connections;
    const mostByRate =
      perConnection && first.ratePerSecond !== null && first.ratePerSecond > 0
        ? (maxRatePerSecond * first.connections) / first.ratePerSecond
        : Number.POSITIVE_INFINITY;
    this.#rows.push({
      connections,
      isRerun: false,
      search: startSearch({
        from: bestBefore === null ? floor : Math.max(floor, bestBefore / 1.5),
        floor,
        max: isRate ? maxRatePerSecond : Math.min(maxConnections, Math.floor(mostByRate)),
        whole: !isRate,
        confirm: axis !== 'both',
      }),
    });
  }

  #loadAt({ connections }: OpenRow, level: number): StepLoad {
    const { axis, template, perConnection } = this.#plan;
    const first = loadOf(template);
    if (axis !== 'connections') return { connections: connections ?? first.connections, ratePerSecond: level };
    const { ratePerSecond } = first;
    const each = ratePerSecond === null ? null : ratePerSecond / first.connections;
    return { connections: level, ratePerSecond: each === null || !perConnection ? ratePerSecond : each * level };
  }
}

function outcomeOf(cell: CellResult, { passed, by, straddles }: StepJudgement): TrialOutcome {
  const { connections } = cell;
  if (isGone(cell)) return { kind: 'gone' };
  // The server died while connections opened: all that opened are lost, and the rest was refused.
  const refused = cell.errors.some(({ phase, code }) => phase === 'connect' && code === 'ECONNREFUSED');
  if (connections.held === 0 && refused) return { kind: 'gone' };
  if (passed || by === null) return { kind: 'passed' };
  const fewer = connections.held > 0 && connections.held < connections.asked && connections.failed > 0;
  return { kind: 'failed', by, straddles, held: fewer ? connections.held : null };
}

/** The row with the highest rate that held, the one of fewest connections where several are alike. */
function bestOf(rows: readonly OpenRow[]): { readonly connections: number | null; readonly level: number } | null {
  let best: { readonly connections: number | null; readonly level: number } | null = null;
  for (const { connections, search } of rows) {
    const level = search.passed.at(-1);
    if (level !== undefined && (best === null || level > best.level)) best = { connections, level };
  }
  return best;
}

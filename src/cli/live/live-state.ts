import { performance } from 'node:perf_hooks';
import type { SecondResult } from '../../metrics/cell-result.js';
import { C } from '../../metrics/counters.js';
import type { Interval } from '../../metrics/interval.js';
import type { CellMerger } from '../../metrics/merge.js';
import { type Cell, peakConnections } from '../../plan/cell.js';
import { sends } from '../../plan/cells.js';
import { isTwin, twinOf } from '../../plan/null-twin.js';
import { cellMs, type Plan } from '../../plan/plan.js';
import type { ProgressState } from '../../report/live/progress.js';
import type { RunTotals } from '../../report/live/prometheus.js';

const COUNTED = ['planned', 'sent', 'answered', 'timedOut', 'received'] as const;

/** The present state of a run, for the terminal and Prometheus. It costs a few additions a second. */
export class RunPulse {
  readonly #plan: Plan;
  #ordinal = 0;
  #stage = '';
  #cell: Cell | null = null;
  #cellStartMs = 0;
  #merger: CellMerger | null = null;
  #errors = 0;
  #p99HistoryUs: (number | null)[] = [];
  #newestSecond = '';
  readonly #totals: RunTotals = {
    ...{ planned: 0, sent: 0, answered: 0, timedOut: 0, received: 0 },
    ...{ errors: 0, bytesSent: 0, bytesReceived: 0 },
  };
  readonly #health = new Map<number, Interval['health']>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** The running cell; null before the first and after the last. */
  get cell(): Cell | null {
    return this.#cell;
  }

  /** `ordinal`: the position of the cell in the plan, from 0. The pre-warm cell has none. */
  cellStarts(ordinal: number): void {
    this.#ordinal = ordinal + 1;
  }

  phase(stage: string, cell: Cell): void {
    if (cell !== this.#cell) this.#begin(cell);
    this.#stage = stage;
  }

  interval({ worker, health, errors, flow, bytes }: Interval): void {
    this.#health.set(worker, health);
    for (const { count } of errors) {
      this.#errors += count;
      this.#totals.errors += count;
    }
    for (const { counters } of flow) {
      for (const name of COUNTED) this.#totals[name] += counters[C[name]]!;
    }
    this.#totals.bytesSent += bytes.sent;
    this.#totals.bytesReceived += bytes.received;
  }

  /** Sums over all cells so far. They never fall. */
  get totals(): Readonly<RunTotals> {
    return this.#totals;
  }

  second(merger: CellMerger, cell: Cell): void {
    if (cell !== this.#cell) return;
    this.#merger = merger;
    const latest = merger.latest();
    if (latest === null) return;
    const key = `${latest.phase} ${latest.second}`;
    if (key !== this.#newestSecond) this.#p99HistoryUs.push(latest.p99);
    else this.#p99HistoryUs[this.#p99HistoryUs.length - 1] = latest.p99;
    this.#newestSecond = key;
  }

  end(): void {
    this.#cell = null;
  }

  state(cell: Cell): ProgressState {
    const latest = this.#merger?.latest() ?? null;
    const health = [...this.#health.values()];
    const worst = (of: (one: Interval['health']) => number) =>
      health.length === 0 ? null : Math.max(...health.map(of));
    const elapsedMs = performance.now() - this.#cellStartMs;
    // Longer than planned if `--until-ci` extended the cell.
    const running = this.#merger === null ? cell : { ...cell, durationMs: this.#merger.durationMs };
    return {
      cell: cell.id,
      cellNumber: this.#ordinal,
      cells: this.#plan.cells.length,
      stage: this.#stage,
      timeLeftMs: this.#timeLeftMs(running, elapsedMs),
      cellShare: elapsedMs / cellMs(running),
      open: this.#merger?.open ?? 0,
      asked: peakConnections(cell),
      ratePerSecond: latest === null ? 0 : achievedIn(latest, cell),
      askedPerSecond: cell.rate === null ? null : cell.rate.to,
      p50Us: latest?.p50 ?? null,
      p99Us: latest?.p99 ?? null,
      maxUs: latest?.max ?? null,
      latencyGap: this.#latencyGap(cell),
      p99HistoryUs: this.#p99HistoryUs,
      errors: this.#errors,
      busy: worst(({ busy }) => busy),
      blockedMs: worst(({ blockedMs }) => blockedMs),
    };
  }

  #latencyGap(cell: Cell): string {
    if (!sends(cell)) return 'nothing is sent';
    if (cell.reply.match === 'none') return 'replies are not matched';
    const never = this.#p99HistoryUs.every((value) => value === null);
    return never ? 'nothing answered yet' : 'nothing answered in this second';
  }

  #begin(cell: Cell): void {
    this.#cell = cell;
    this.#cellStartMs = performance.now();
    this.#merger = null;
    this.#errors = 0;
    this.#p99HistoryUs = [];
    this.#newestSecond = '';
    this.#health.clear();
  }

  /** The rest of this cell plus all cells after it. */
  #timeLeftMs(cell: Cell, elapsedMs: number): number {
    const left = Math.max(0, cellMs(cell) - elapsedMs) + (isTwin(cell) ? 0 : this.#twinMs(cell));
    return this.#plan.cells.slice(this.#ordinal).reduce((sum, next) => sum + cellMs(next) + this.#twinMs(next), left);
  }

  #twinMs(cell: Cell): number {
    const twin = this.#plan.nullTwin ? twinOf(cell).cell : null;
    return twin === null ? 0 : cellMs(twin);
  }
}

/** As in the tables: answered, or sent where replies are not matched, or received where nothing is sent. */
function achievedIn({ answered, sent, received }: SecondResult, cell: Cell): number {
  if (!sends(cell)) return received;
  return cell.reply.match === 'none' ? sent : answered;
}

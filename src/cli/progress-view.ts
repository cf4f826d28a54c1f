import { performance } from 'node:perf_hooks';
import type { CellMerger } from '../metrics/merge.js';
import { type Cell, peakConnections } from '../plan/cell.js';
import { cellMs, type Plan } from '../plan/plan.js';
import { type ProgressState, progressLine } from '../report/progress.js';
import type { Output } from './io.js';

/** Where nobody watches, a line this often is enough. */
const PLAIN_EVERY_MS = 5000;
const CLEAR_LINE = '\r\u001b[2K';

/** How far a run is: one line on stderr, drawn anew on a terminal, a plain line now and then elsewhere. */
export class ProgressView {
  readonly #output: Output;
  readonly #plan: Plan;
  readonly #enabled: boolean;
  readonly #safe: (text: string) => string;
  /** Stands before the line, for commands that run a plan more than once. */
  #label = '';
  #ordinal = 0;
  #stage = '';
  #cell: Cell | null = null;
  #cellStartMs = 0;
  #merger: CellMerger | null = null;
  #drawn = false;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(output: Output, plan: Plan, enabled: boolean, safe: (text: string) => string) {
    this.#output = output;
    this.#plan = plan;
    this.#enabled = enabled;
    this.#safe = safe;
  }

  label(text: string): void {
    this.#label = `${text} · `;
  }

  cell(_cell: Cell, ordinal: number): void {
    this.#ordinal = ordinal + 1;
  }

  phase(phase: string, cell: Cell): void {
    if (cell !== this.#cell) {
      this.#cell = cell;
      this.#cellStartMs = performance.now();
      this.#merger = null;
    }
    this.#stage = phase;
    this.#draw();
  }

  second(merger: CellMerger, cell: Cell): void {
    if (cell === this.#cell) this.#merger = merger;
    this.#draw();
  }

  /** Takes the line away, to print something else in its place. */
  clear(): void {
    if (this.#drawn) this.#output.write(CLEAR_LINE);
    this.#drawn = false;
  }

  end(): void {
    this.clear();
    this.#cell = null;
  }

  #draw(): void {
    const cell = this.#cell;
    if (!this.#enabled || cell === null) return;
    const nowMs = performance.now();
    if (this.#output.isTTY) {
      this.#output.write(`${CLEAR_LINE}${this.#safe(this.#line(cell, this.#output.columns - 1))}`);
      this.#drawn = true;
    } else if (nowMs - this.#lastMs >= PLAIN_EVERY_MS) {
      this.#lastMs = nowMs;
      this.#output.write(`${this.#safe(this.#line(cell, 120))}\n`);
    }
  }

  #line(cell: Cell, columns: number): string {
    return this.#label + progressLine(this.#state(cell), columns - this.#label.length);
  }

  #state(cell: Cell): ProgressState {
    const latest = this.#merger?.latest() ?? null;
    return {
      cell: cell.id,
      cellNumber: this.#ordinal,
      cells: this.#plan.cells.length,
      stage: this.#stage,
      timeLeftMs: this.#timeLeftMs(cell),
      open: this.#merger?.open ?? 0,
      asked: peakConnections(cell),
      ratePerSecond: latest?.answered ?? 0,
      askedPerSecond: cell.rate === null ? null : cell.rate.to,
      p50Us: latest?.p50 ?? null,
      p99Us: latest?.p99 ?? null,
    };
  }

  /** What is left of this cell, and the cells that follow. */
  #timeLeftMs(cell: Cell): number {
    const left = Math.max(0, cellMs(cell) - (performance.now() - this.#cellStartMs));
    return this.#plan.cells.slice(this.#ordinal).reduce((sum, next) => sum + cellMs(next), left);
  }
}

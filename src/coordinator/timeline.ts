import { performance } from 'node:perf_hooks';
import type { CellMerger } from '../metrics/merge.js';
import type { CellEvent, CellPhase, CellProgress } from './cell-events.js';

const EVERY_MS = 1000;
/** No second event comes sooner than this after the one before, so that each has something to tell. */
const SHORTEST_MS = 200;

/** The phases of a running cell and their seconds: the one clock of everybody who watches the cell. */
export class Timeline {
  readonly phases: { name: CellPhase; fromMs: number; toMs: number }[] = [];
  readonly #startMs = performance.now();
  readonly #emit: (event: CellEvent) => void;
  readonly #progress: CellProgress;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(merger: CellMerger, emit: (event: CellEvent) => void) {
    this.#emit = emit;
    this.#progress = {
      agents: merger.agents,
      get open() {
        return merger.open;
      },
      get durationMs() {
        return merger.durationMs;
      },
      latest: () => merger.latest(),
      second: (phase, second) => merger.second(phase, second),
      soFar: (asked) => {
        const measuredMs = this.#measuredMs();
        return measuredMs === null ? null : merger.soFar(Math.min(measuredMs, merger.durationMs), asked);
      },
    };
  }

  /** Ends the phase before and begins this one. */
  enter(phase: CellPhase): void {
    const atMs = this.#endPhase();
    this.phases.push({ name: phase, fromMs: atMs, toMs: atMs });
    this.#emit({ type: 'phase', phase, atMs, progress: this.#progress });
    this.#waitForSecond(phase, atMs);
  }

  /** Ends the last phase, and with it the seconds. Does nothing the second time. */
  end(): void {
    if (!this.#ended) this.#endPhase();
    this.#ended = true;
  }

  /** Returns the time. */
  #endPhase(): number {
    clearTimeout(this.#timer);
    const atMs = this.#nowMs();
    const last = this.phases.at(-1);
    if (last !== undefined) last.toMs = atMs;
    return atMs;
  }

  #nowMs(): number {
    return performance.now() - this.#startMs;
  }

  /** How long the measured time has lasted, or lasted in all; null before it. */
  #measuredMs(): number | null {
    const measure = this.phases.find(({ name }) => name === 'measure');
    if (measure === undefined) return null;
    return (measure === this.phases.at(-1) && !this.#ended ? this.#nowMs() : measure.toMs) - measure.fromMs;
  }

  #waitForSecond(phase: CellPhase, phaseStartMs: number): void {
    // Counted from the start of the phase, not from the last second: a late timer must not move all that follow.
    const untilMs = EVERY_MS - ((this.#nowMs() - phaseStartMs) % EVERY_MS);
    this.#timer = setTimeout(
      () => {
        const atMs = this.#nowMs();
        const measuredMs = phase === 'measure' ? atMs - phaseStartMs : null;
        this.#emit({ type: 'second', phase, atMs, measuredMs, progress: this.#progress });
        this.#waitForSecond(phase, phaseStartMs);
      },
      untilMs < SHORTEST_MS ? untilMs + EVERY_MS : untilMs,
    );
  }
}

import type { CellResult } from '../metrics/cell-result.js';
import type { Cell } from '../plan/cell.js';
import { DEFAULT_ACCURACY } from '../profile/accuracy.js';
import type { Accuracy, Threshold } from '../profile/profile.js';
import { seedOf } from '../stats/rng.js';
import { accuracyHere } from '../verdict/calibration.js';
import { judgeStrictly, type StepJudgement } from '../verdict/capacity-step.js';
import { afterTrial, type SearchLimits, type SearchState, startSearch } from './capacity-search.js';
import type { CellSource } from './cell-source.js';

/** One quantity whose limit is searched. `cellAt(level)` is the load at that level. */
export interface CalibrationItem {
  readonly name: string;
  readonly limits: SearchLimits;
  cellAt(level: number): Cell;
}

export interface CalibrationStep {
  readonly item: string;
  readonly level: number;
  readonly result: CellResult;
  readonly judgement: StepJudgement;
}

/**
 * Searches one item after the other for the highest level at which a step is VALID and nothing is lost. How fine VALID is
 * follows from the first item's first step, the floor: a machine that cannot measure an idle echo to within a millisecond
 * is asked what it can do as finely as it can.
 */
export class CalibrationSource implements CellSource {
  readonly #items: readonly CalibrationItem[];
  readonly #slo: Threshold;
  readonly #steps: CalibrationStep[] = [];
  readonly #searches: SearchState[] = [];
  #isRunning = false;
  #accuracy: Accuracy | null = null;

  /** `slo`: a limit so high that only a stall exceeds it. */
  constructor(items: readonly CalibrationItem[], slo: Threshold) {
    this.#items = items;
    this.#slo = slo;
  }

  next(): Cell | null {
    if (this.#searches.length === 0 || this.#searches.at(-1)!.trial === null) {
      const item = this.#items[this.#searches.length];
      if (item === undefined) return null;
      this.#searches.push(startSearch(item.limits));
    }
    const item = this.#items[this.#searches.length - 1]!;
    const cell = item.cellAt(this.#searches.at(-1)!.trial!.level);
    const id = `${item.name}/${this.#steps.length + 1}`;
    this.#isRunning = true;
    return { ...cell, id, load: item.name, seed: seedOf(cell.seed, id) };
  }

  remaining(): readonly Cell[] {
    return [];
  }

  /** A step that was cut short says nothing. */
  settle(result: CellResult): void {
    const search = this.#searches.at(-1);
    if (!this.#isRunning || result.interrupted || search === undefined) return;
    this.#isRunning = false;
    this.#accuracy ??= accuracyHere(result);
    const judgement = judgeStrictly(result, this.#slo, this.#accuracy);
    const { passed, by } = judgement;
    this.#steps.push({
      item: this.#items[this.#searches.length - 1]!.name,
      level: search.trial!.level,
      result,
      judgement,
    });
    this.#searches[this.#searches.length - 1] = afterTrial(
      search,
      passed || by === null ? { kind: 'passed' } : { kind: 'failed', by, straddles: false, held: null },
    );
  }

  /** What VALID asks for here: the usual accuracy, or what the floor of this machine allows. */
  get accuracy(): Accuracy {
    return this.#accuracy ?? DEFAULT_ACCURACY;
  }

  get steps(): readonly CalibrationStep[] {
    return this.#steps;
  }

  /** The highest level of an item that held; null where none did, or it was not reached. */
  levelOf(name: string): number | null {
    const index = this.#items.findIndex((item) => item.name === name);
    return this.#searches[index]?.passed.at(-1) ?? null;
  }
}

/** A search over connections and rate as a grid: what was measured, and what follows from the steps beside it. */
import type { CapacityDocument } from '../../documents/capacity-document.js';
import { type GridPoint, gridPoint, gridRates } from './model.js';

/** More columns than these are thinned out. */
const MOST_RATES = 14;

export interface CapacityHeat {
  /** Messages per second of each column. */
  readonly rates: readonly number[];
  readonly rows: readonly {
    readonly connections: number;
    readonly cells: readonly GridPoint[];
    /** The highest rate that held; null where none did. */
    readonly most: number | null;
    readonly atLeast: boolean;
    readonly isAnswer: boolean;
  }[];
}

export function capacityHeat(document: CapacityDocument): CapacityHeat {
  const rates = gridRates(document, MOST_RATES);
  return {
    rates,
    rows: (document.grid ?? []).map((row) => ({
      connections: row.connections,
      cells: rates.map((rate) => gridPoint(document, row, rate)),
      ...{ most: row.ratePerSecond, atLeast: row.atLeast },
      isAnswer: row.ratePerSecond !== null && row.connections === document.answer.connections,
    })),
  };
}

/** A search over connections and rate as a grid: what was measured, and what follows from the steps beside it. */
import type { CapacityDocument, CapacityGridRow } from '../../documents/capacity-document.js';
import { gridCell, gridRates } from './terminal.js';

/** More columns than these are thinned out. */
const MOST_RATES = 14;

export interface CapacityHeat {
  /** Of the columns, messages per second. */
  readonly rates: readonly number[];
  readonly rows: readonly {
    readonly connections: number;
    readonly cells: readonly HeatCell[];
    /** The highest rate that held; null where none did. */
    readonly most: number | null;
    readonly atLeast: boolean;
    readonly isAnswer: boolean;
  }[];
}

interface HeatCell {
  readonly text: string;
  /** `held`, `over` the SLO, spoilt by the `generator`; or not run. */
  readonly state: 'held' | 'over' | 'generator' | 'not run';
  /** What the SLO limits; null where nothing was measured. */
  readonly valueUs: number | null;
}

export function capacityHeat(document: CapacityDocument): CapacityHeat {
  const rates = gridRates(document, MOST_RATES);
  return {
    rates,
    rows: (document.grid ?? []).map((row) => ({
      connections: row.connections,
      cells: rates.map((rate) => cellOf(document, row, rate)),
      ...{ most: row.ratePerSecond, atLeast: row.atLeast },
      isAnswer: row.ratePerSecond !== null && row.connections === document.answer.connections,
    })),
  };
}

const STATES = { green: 'held', red: 'over', yellow: 'generator', dim: 'not run' } as const;

function cellOf(document: CapacityDocument, row: CapacityGridRow, rate: number): HeatCell {
  const { text, tone } = gridCell(document, row, rate);
  const step = document.steps.findLast(
    ({ connections, askedPerSecond }) => connections === row.connections && askedPerSecond === rate,
  );
  return { text, state: STATES[tone], valueUs: step?.valueUs ?? null };
}

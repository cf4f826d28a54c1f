import type { Cell } from '../plan/cell.js';
import { seedOf } from '../stats/rng.js';

/** Where a step of a search stands on both axes; `ratePerSecond` is the total, null where replies set the pace. */
export interface StepLoad {
  readonly connections: number;
  readonly ratePerSecond: number | null;
}

/** Longest measured time that a step is given for the sake of its quantile alone, ms. */
const LONGEST_FOR_SAMPLES_MS = 30_000;
/** How much longer a step is measured whose interval lay across the limit. */
const LONGER = 4;
/** Messages wanted, as a multiple of the fewest that carry the quantile. */
const AMPLY = 1.2;

/**
 * The load of `template` with these axis values, as the `number`th trial of the search: an id and a seed of its own,
 * and measured long enough for `samples` messages, up to 30 s.
 */
export function stepCell(
  template: Cell,
  { connections, ratePerSecond }: StepLoad,
  trial: { readonly number: number; readonly longer: boolean },
  samples: number,
): Cell {
  const axes = ratePerSecond === null ? `c${connections}` : `c${connections}-r${ratePerSecond}`;
  const id = `${template.load}/${axes}.${trial.number}`;
  const forSamplesMs = ratePerSecond === null || ratePerSecond === 0 ? 0 : ((AMPLY * samples) / ratePerSecond) * 1000;
  const durationMs = Math.max(template.durationMs, Math.min(LONGEST_FOR_SAMPLES_MS, Math.ceil(forSamplesMs)));
  return {
    ...template,
    id,
    connections: { from: connections, to: connections },
    rate: ratePerSecond === null ? null : { from: ratePerSecond, to: ratePerSecond },
    axes: { connections, rate: ratePerSecond },
    durationMs: trial.longer ? durationMs * LONGER : durationMs,
    seed: seedOf(template.seed, id),
  };
}

/** The load of a template before any step. */
export function loadOf({ connections, rate }: Cell): StepLoad {
  return { connections: connections.to, ratePerSecond: rate?.to ?? null };
}

import type { Cell } from '../plan/cell.js';
import { automaticPacing, type Pacing } from '../plan/pacing.js';
import type { Threshold } from '../profile/profile.js';
import { seedOf } from '../stats/rng.js';
import type { Trial } from './capacity-search.js';

/** Where a step of a search stands on both axes; `ratePerSecond` is the total, null where replies set the pace. */
export interface StepLoad {
  readonly connections: number;
  readonly ratePerSecond: number | null;
}

/** Longest measured time of a step that is extended only to get enough messages for its quantile, ms. */
const LONGEST_FOR_SAMPLES_MS = 30_000;
/** How much longer a step is measured if its interval lay across the limit. */
const LONGER = 4;
/** Messages wanted, as a multiple of the fewest for the quantile. */
const AMPLY = 1.2;

/** What the steps of a search share. `freeCores`: null if the user gave a pacing. */
interface StepNeeds {
  readonly samples: number;
  readonly freeCores: number | null;
  readonly workers: number;
  readonly slo: Pick<Threshold, 'limit'>;
}

/**
 * The load of `template` with these axis values, as the `number`th trial of the search. It gets its own id and seed,
 * and is measured long enough for `samples` messages, up to 30 s. If the user gave no pacing, the step chooses its own.
 */
export function stepCell(
  template: Cell,
  { connections, ratePerSecond }: StepLoad,
  trial: Pick<Trial, 'number' | 'longer' | 'finer'>,
  { samples, freeCores, workers, slo }: StepNeeds,
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
    durationMs: trial.longer || trial.finer ? durationMs * LONGER : durationMs,
    ...(freeCores === null
      ? {}
      : { pacing: pacingOf(ratePerSecond, { freeCores, workers, sloUs: slo.limit }, trial.finer) }),
    seed: seedOf(template.seed, id),
  };
}

/** Against a limit from here on, microseconds, the grain of a timer is a twentieth or less. */
const COARSE_US = 20_000;

/**
 * As `auto`, but timers where generator and target share all cores and the limit is far above their grain: what the helper
 * thread would take is the target's then. Finer than that: the helper thread in place of timers. If every worker has a core
 * to itself, it spins and never sleeps.
 */
function pacingOf(
  ratePerSecond: number | null,
  { freeCores, workers, sloUs }: { readonly freeCores: number; readonly workers: number; readonly sloUs: number },
  finer: boolean,
): Pacing {
  const isCoarse = freeCores < 1 && sloUs >= COARSE_US;
  const usual = isCoarse ? 'timer' : automaticPacing(ratePerSecond, freeCores, workers);
  if (!finer || ratePerSecond === null) return usual;
  return usual === 'timer' || freeCores < 1 ? 'metronome' : 'spin';
}

/** The load of a template before any step. */
export function loadOf({ connections, rate }: Cell): StepLoad {
  return { connections: connections.to, ratePerSecond: rate?.to ?? null };
}

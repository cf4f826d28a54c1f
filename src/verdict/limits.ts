/**
 * Every limit a measurement is judged by, in one table. All are per worker, never averaged over workers; shares are 0 to 1.
 * Above `degraded` a number may be off; above `invalid` it says more about the generator than about the target.
 */
import type { QuantileName } from '../metrics/cell-result.js';

export interface Limit {
  readonly degraded: number;
  readonly invalid: number;
}

export const LIMITS = {
  /** Share of the planned messages not sent in time for the client's own reasons. */
  client_rate: { degraded: 0.01, invalid: 0.1 },
  /** Share of the connects that failed or started late for the client's own reasons. */
  client_connect: { degraded: 0, invalid: 0.1 },
  /** Send lag at a quantile as a share of the response time there, or as a multiple of the wake-up's grain; the larger counts. */
  client_lag: { shareOfResponse: { degraded: 0.2, invalid: 0.5 }, grains: { degraded: 1, invalid: 5 } },
  /** Share of the time the event loop was not idle, open and listen models. */
  client_busy: { degraded: 0.7, invalid: 0.9 },
  /**
   * Longest stretch without the worker's own ticker: in ms, or in multiples of the tail of the measure phase; the smaller
   * counts, but nothing below two ticks (`grain`), which a short phase could not tell from the ticker itself.
   */
  client_blocked: { ms: { grain: 10, degraded: 50, invalid: 250 }, tails: { degraded: 1, invalid: 10 } },
  /** Share of the time the worker's thread waited for a processor. */
  cpu_starved: { degraded: 0.03, invalid: 0.15 },
  /** Share of the time lost to a cgroup quota, and to the hypervisor. */
  cpu_throttled: { degraded: 0.01, invalid: 0.05 },
  cpu_steal: { degraded: 0.01, invalid: 0.05 },
} as const;

/** The grain of each way to wake, microseconds: lag below it is what that way costs, not a fault. */
export const PACING_GRAIN_US: Readonly<Record<string, number>> = { timer: 2000, metronome: 500, spin: 250 };

/** Quantiles whose send lag is judged, where both lag and response time have a plain number. */
export const JUDGED_QUANTILES = ['p50', 'p95', 'p99'] as const satisfies readonly QuantileName[];

/** The highest judged quantile: a stretch shorter than (1 - this) of the phase cannot have touched it alone. */
export const HIGHEST_JUDGED_QUANTILE = 0.99;

/** A closed loop that keeps a worker busier than this measures the client: its throughput is `>= x`. */
export const CLIENT_LIMITED_BUSY = LIMITS.client_busy.degraded;

/** A server using more than this share of a core, in percent, is named as what limits. */
export const TARGET_LIMITED_CPU_PERCENT = 90;

/** A line through fewer than 3 points, or one that explains less than this, is no memory per connection. */
export const MEMORY_FIT = { points: 3, r2: 0.9 } as const;

/** Differences of p50 below this are never remarked upon, microseconds. */
export const NOTED_DIFFERENCE_US = 250;

/** Where response and service time differ by more than this share of the response time, the pair is shown as a bracket. */
export const BRACKET_SHARE = 0.2;

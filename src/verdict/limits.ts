/**
 * Every limit that a measurement is judged by. Limits of the client are per worker, never averaged over workers; shares
 * are 0 to 1. Above `degraded` a number may be off; above `invalid` it says more about the generator than about the
 * target. A value at a limit is still within it. If the instrument check measured the error, `accuracy` alone judges
 * it, and `client_lag` to `instrument_error` are named as its causes. Reasons are listed in the order of the limits.
 *
 * A new limit is a number here, its reason in `reasons.ts`, and its judge (`work-judges.ts` or `timing-judges.ts`).
 */
import type { QuantileName } from '../metrics/cell-result.js';

export interface Limit {
  readonly degraded?: number;
  readonly invalid?: number;
}

export const LIMITS = {
  /** Workers that died. */
  worker_lost: { invalid: 0 },
  /** Laws that do not hold. */
  conservation: { invalid: 0 },
  /** If replies are matched by order: messages that nobody asked for, and frames that may contain several replies. */
  replies_unsure: { invalid: 0 },
  /** Share of the opened connections that wsurge ended at a limit of its own. */
  client_limit: { degraded: 0, invalid: 0.1 },
  /** Time in which the worker, or the whole machine, was stopped from outside, ms. */
  clock_paused: { invalid: 0 },
  /**
   * A bracket is invalid if its lower end is under this share of the upper end and the two are further apart than this.
   * It is degraded by the accuracy asked for.
   */
  accuracy: { invalid: { shareOfUpper: 0.5, us: 5000 } },
  /** Share of the planned messages not sent in time for the client's own reasons. */
  client_rate: { degraded: 0.01, invalid: 0.1 },
  /** Share of the connects that failed or started late for the client's own reasons. */
  client_connect: {
    degraded: 0,
    invalid: 0.1,
    /** Of those that only started late, all of them before the load: nothing but connection times holds that. */
    late: { note: 0, degraded: 0.1 },
  },
  /**
   * Send lag at a quantile as a share of the response time there, or as a multiple of the wake-up's grain; the larger
   * counts.
   */
  client_lag: { shareOfResponse: { degraded: 0.2, invalid: 0.5 }, grains: { degraded: 1, invalid: 5 } },
  /** Share of the time the event loop was not idle, open and listen models. */
  client_busy: { degraded: 0.7, invalid: 0.9 },
  /** The same share in a closed loop, which saturates by design. Above it the throughput is a lower bound. */
  client_limited: { note: 0.7 },
  /**
   * Longest stretch without the worker's own ticker: in ms, or in multiples of the tail of the measure phase; the
   * smaller counts, but nothing up to two ticks (`floorMs`), which a short phase could not tell from the ticker itself.
   */
  client_blocked: { ms: { degraded: 50, invalid: 250 }, tails: { degraded: 1, invalid: 10 }, floorMs: 10 },
  /** Share of the time the worker's thread waited for a processor. */
  cpu_starved: { degraded: 0.04, invalid: 0.15 },
  /** Share of the time lost to a cgroup quota, and to the hypervisor. */
  cpu_throttled: { degraded: 0.01, invalid: 0.05 },
  cpu_steal: { degraded: 0.01, invalid: 0.05 },
  /**
   * How far apart the agents of a fleet may have started, ms: it blurs the edges of seconds, and no latency. `events`:
   * where the plan has events, whose recovery is told by the millisecond.
   */
  agents_skewed: { degraded: 100, invalid: 1000, events: { degraded: 10 } },
  /**
   * By how much of the middle agent's p50 of service time that of another one differs, their intervals apart. Less than
   * `NOTED_DIFFERENCE_US` is never told.
   */
  agents_differ: { note: 0.2 },
  /** Share of the orders to an agent and of its reports that had to be sent again. */
  bus_repeated: { note: 0.1 },
  /**
   * Share of the messages touched by a long garbage collection, in multiples of the tail beyond the highest printed
   * quantile.
   */
  gc_pause: { tails: { degraded: 1 } },
  /**
   * Error of the instrument check at p50 or p99: as a share of the cell's own quantile, or in grains of the wake-up if
   * the cell has none. An error of up to `floorGrains` grains is allowed: it is part of the quantile already.
   */
  instrument_error: {
    shareOfQuantile: { degraded: 0.2, invalid: 0.5 },
    floorGrains: 1,
    grains: { degraded: 1, invalid: 5 },
  },
  /**
   * A steady load measured for `measureMs` or longer: medians of the halves whose intervals are apart and that differ
   * by more than `share` of the first and by more than `us`; or a rank correlation of the median with time, over enough
   * windows, of a drift that comes to as much over the whole phase. With more unanswered, the target is overloaded
   * instead.
   */
  non_stationary: {
    measureMs: 10_000,
    halves: { share: 0.1, us: 250 },
    trend: { rho: 0.8, p: 0.01, windows: 10 },
    unanswered: 0.01,
  },
} as const;

/** Limits beyond which a reason blames the target. None of them changes the validity of the measurement. */
export const TARGET_LIMITS = {
  /**
   * Growth of the messages in flight. It must exceed a share of the rate over the whole measure phase and over its
   * second half (which leaves out a mere build-up), come to this many messages, and follow a line this well.
   */
  target_backlog: { shareOfRate: 0.01, messages: 10, r2: 0.5 },
  /** Share of the deliveries owed that were missed. Fewer are a fault, which the gate tells, but no sign of overload. */
  target_missed: { share: 0.01 },
  /**
   * Growth of the mean time from send to delivery, microseconds a second, over the whole measure phase and over its
   * second half; and how well it follows a line. A target that can do 99 % of what it is asked falls behind by 10 ms
   * every second. Over the phase it must come to this many deliveries on their way.
   */
  target_deliver: { usPerSecond: 10_000, deliveries: 10, r2: 0.5 },
  /** CPU of its process in percent of one core. */
  target_cpu: { percent: 90 },
  /** Share of the time in which a thread of a local target waited for a processor. */
  target_starved: { share: 0.05 },
} as const;

/** The grain of each pacing, microseconds. A lag below the grain is the cost of that pacing and no fault. */
const PACING_GRAIN_US: Readonly<Record<string, number>> = { timer: 2000, metronome: 500, spin: 250 };

/** The grain of a pacing. Throws if it has none. */
export function grainUsOf(pacing: string): number {
  const grainUs = PACING_GRAIN_US[pacing];
  if (grainUs === undefined) throw new Error(`no grain for pacing ${pacing}`);
  return grainUs;
}

/** The quantiles that every table prints. */
export const TABLE_QUANTILES = ['p50', 'p95', 'p99'] as const satisfies readonly QuantileName[];

/** A line through fewer than 3 points, or one that explains less than this, is no memory per connection. */
export const MEMORY_FIT = { points: 3, r2: 0.9 } as const;

/** Below this multiple of the floor, a median says as much about the generator and its machine as about the target. */
export const FLOOR_MULTIPLE = 3;

/** Differences of p50 below this are never remarked upon, microseconds. */
export const NOTED_DIFFERENCE_US = 250;

/**
 * Where response and service time differ by more than this share of the response time, the pair is shown as a bracket.
 */
export const BRACKET_SHARE = 0.2;

/** One line of one agent of a fleet, without histograms: what of a second is its own. */
import type { Phase } from '../../plan/cell.js';
import { addCounters, COUNTERS } from '../counters.js';
import type { Interval, Span, WorkerHealth } from '../interval.js';

export const AGENT_SECOND_VERSION = 1;

/** About 600 bytes. The histograms of all agents together are in the lines of the fleet. */
export interface AgentSecond {
  readonly v: typeof AGENT_SECOND_VERSION;
  readonly agent: string;
  readonly cell: string;
  readonly workers: Span;
  readonly stage: Interval['stage'];
  /** Whole seconds from t0 to the start of this line's time; null before t0. */
  readonly second: number | null;
  readonly elapsedMs: number;
  /** What the line adds, in the order of COUNTERS; a phase of which it tells nothing is absent. */
  readonly counters: Readonly<Partial<Record<Phase, readonly number[]>>>;
  readonly open: number;
  readonly inFlight: number;
  /** Errors of all kinds. */
  readonly errors: number;
  /** The worst of its workers. */
  readonly health: WorkerHealth;
}

export function agentSecondOf(line: Interval): AgentSecond {
  const sums = new Map<Phase, Float64Array>();
  for (const { phase, counters } of line.flow) {
    const sum = sums.get(phase) ?? new Float64Array(COUNTERS.length);
    sums.set(phase, sum);
    addCounters(sum, counters);
  }
  const { agent, cell, workers, stage, second, elapsedMs, open, inFlight, health } = line;
  return {
    ...{ v: AGENT_SECOND_VERSION, agent, cell, workers, stage, second, elapsedMs },
    counters: Object.fromEntries([...sums].map(([phase, sum]) => [phase, Array.from(sum)])),
    ...{ open, inFlight, errors: line.errors.reduce((total, { count }) => total + count, 0), health },
  };
}

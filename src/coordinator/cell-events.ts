import type { Interval, WorkerSpan } from '../metrics/interval.js';
import type { SecondResult } from '../metrics/second-result.js';
import type { AgentSecond } from '../metrics/seconds/agent-second.js';
import type { CellSoFar, PartAsked } from '../metrics/so-far.js';

/** What a running cell does, in this order. A cell without a warm-up has no phase `warmup`. */
export type CellPhase = 'connect' | 'warmup' | 'measure' | 'drain';

/** What a running cell has come to. Every answer is worked out when it is asked for, and costs only then. */
export interface CellProgress {
  /** Names of the agents that make the load; empty where this machine does. */
  readonly agents: readonly string[];
  /** Connections open now. */
  readonly open: number;
  /** The measured time as planned now, ms. It grows when the cell is extended. */
  readonly durationMs: number;
  /** The newest second that is complete, or nearly so; null before the first. */
  latest(): SecondResult | null;
  /** What was due in one second of the warm-up or of the measured time; null where no worker has reported on it. */
  second(phase: 'warmup' | 'measure', second: number): SecondResult | null;
  /** The result of the measured time up to now; null before the measured time. */
  soFar(asked: PartAsked): CellSoFar | null;
}

/** What happens while one cell runs. `atMs` counts from the start of the cell. */
export type CellEvent =
  | {
      readonly type: 'phase';
      readonly phase: CellPhase;
      readonly atMs: number;
      readonly progress: CellProgress;
    }
  /** Every whole second of a phase. `measuredMs`: how much of the measured time has passed; null in other phases. */
  | {
      readonly type: 'second';
      readonly phase: CellPhase;
      readonly atMs: number;
      readonly measuredMs: number | null;
      readonly progress: CellProgress;
    }
  /** A worker's line, as it arrives; of a fleet, the sum of all its agents, once a second. */
  | { readonly type: 'line'; readonly line: Interval }
  /** What one agent of a fleet told of a second. */
  | { readonly type: 'agent-second'; readonly second: AgentSecond }
  | AgentLeft;

/**
 * An agent of a fleet ends its part of the load before its time. `leaving`: it was told to end, and tells what became of
 * its part. `lost`: it is gone, or no longer believed.
 */
export interface AgentLeft {
  readonly type: 'agent-left';
  readonly agent: string;
  /** Its workers: numbers from the first up to, but not with, the second. */
  readonly workers: WorkerSpan;
  readonly how: 'lost' | 'leaving';
  readonly why: string;
}

import type { GeneratorEnvironment } from '../metrics/environment.js';
import type { Estimate } from '../stats/scalability.js';
import type { StepBlame } from '../verdict/capacity-step.js';
import type { TargetStatus, Validity } from '../verdict/verdict.js';
import type { TargetFacts } from './target-facts.js';

export const CAPACITY_SCHEMA_VERSION = 1;

/** How a search ended; see the messages of `capacity-answer.ts` for what each means to a reader. */
export type CapacityEnd = 'found' | 'max' | 'first' | 'gone' | 'unsure' | 'stopped';

/** One step of the curve, in the order they were run. Latencies in microseconds, rates per second. */
export interface CapacityStepRow {
  readonly cell: string;
  readonly purpose: 'climb' | 'down' | 'narrow' | 'confirm';
  readonly connections: number;
  readonly held: number;
  /** Null where replies set the pace. */
  readonly askedPerSecond: number | null;
  /** Answers that came within the measured time. */
  readonly answeredPerSecond: number;
  /** Share of the planned messages, 0 to 1. */
  readonly achieved: number | null;
  readonly valueUs: number | null;
  readonly ciUs: readonly [number, number] | null;
  readonly note: string | null;
  readonly passed: boolean;
  readonly by: StepBlame | null;
  readonly why: string | null;
  readonly fix: string | null;
  readonly validity: Validity;
  readonly target: TargetStatus;
  /** Of the server's process, in percent of one core. */
  readonly serverCpuPercent: number | null;
  readonly serverRssBytes: number | null;
  readonly serverIdleRssBytes: number | null;
  /**
   * Memory that the kernel of this machine held for TCP sockets, before the first message and at the end of the
   * measured time.
   */
  readonly idleSocketBytes: number | null;
  readonly socketBytes: number | null;
  readonly clientBusy: number | null;
}

export interface CapacityAnswer {
  readonly end: CapacityEnd;
  /** Null where no level held. */
  readonly connections: number | null;
  readonly ratePerSecond: number | null;
  /** The target takes at least this much: the generator or `--max` ended the search, not the target. */
  readonly atLeast: boolean;
  /** Whether the answer held when it was run again with another seed. */
  readonly confirmed: boolean;
  readonly valueUs: number | null;
  readonly ciUs: readonly [number, number] | null;
  /** Why the next step up failed. */
  readonly limitedBy: { readonly by: StepBlame; readonly text: string; readonly fix: string | null } | null;
  readonly target: TargetStatus;
  /** The answer as one line for people. */
  readonly text: string;
}

/** One row of a grid: the highest rate that held at this many connections; null where none did. */
export interface CapacityGridRow {
  readonly connections: number;
  readonly ratePerSecond: number | null;
  readonly atLeast: boolean;
}

/** What one more connection, or message per second, costs: the slope of a straight line through the steps that held. */
export interface CapacityCost {
  readonly what: string;
  readonly unit: 'bytes' | 'us';
  readonly per: 'connection' | 'message';
  /** Null where no line explains the steps; `note` says why. */
  readonly value: number | null;
  readonly r2: number | null;
  readonly points: number;
  readonly note: string | null;
}

/** The Universal Scalability Law through the steps; `claim` says in words what may be said. */
export interface CapacityModel {
  readonly of: string;
  /** N and the messages per second at N. Absent in documents of older versions. */
  readonly points?: readonly (readonly [n: number, perSecond: number])[] | undefined;
  readonly fit: {
    readonly lambda: Estimate;
    readonly sigma: Estimate;
    readonly kappa: Estimate;
    readonly peakAt: Estimate | null;
    readonly peakThroughput: number | null;
    readonly points: number;
  } | null;
  readonly claim: string;
}

/** capacity.json: what a search found, and every step of it. */
export interface CapacityDocument {
  readonly schemaVersion: typeof CAPACITY_SCHEMA_VERSION;
  readonly kind: 'capacity';
  readonly runId: string;
  readonly status: 'complete' | 'interrupted';
  readonly startedAt: string;
  readonly endedAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tool: { readonly name: 'wsurge'; readonly version: string; readonly engine: string };
  readonly environment: { readonly generators: readonly GeneratorEnvironment[] };
  readonly target: TargetFacts;
  /** The profile as resolved, secrets struck out. */
  readonly profile: unknown;
  readonly seed: number;
  readonly workers: number;
  readonly pacing: string;
  readonly search: {
    readonly axis: 'connections' | 'rate' | 'both';
    readonly load: string;
    readonly model: string;
    readonly arrival: string;
    readonly slo: string;
    /** The quantile that the SLO limits, `p99`, and the limit in microseconds. */
    readonly quantile: string;
    readonly limitUs: number;
    readonly from: { readonly connections: number; readonly ratePerSecond: number | null };
    /** Messages per second on each connection; null where the total rate does not grow with the connections. */
    readonly ratePerConnection: number | null;
    readonly max: { readonly connections: number; readonly ratePerSecond: number };
    /** Why no higher maximum, if this machine sets it. */
    readonly maxNote: string | null;
    /** What `--require` asked for. */
    readonly require: number | null;
    readonly precision: number;
  };
  readonly answer: CapacityAnswer;
  readonly grid: readonly CapacityGridRow[] | null;
  readonly steps: readonly CapacityStepRow[];
  readonly model: CapacityModel;
  readonly costs: readonly CapacityCost[];
  readonly exitCode: number;
}

import type { CellResult } from '../metrics/cell-result.js';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import type { IdleMemory } from '../metrics/idle-memory.js';
import type { TargetStatus, Validity, Verdict } from '../verdict/verdict.js';
import type { TargetFacts } from './target-facts.js';

export const RESULT_SCHEMA_VERSION = 1;

/** A row of the benchmark table: a threshold with a title. `value` in `unit`; null is `n/a` with `note` as the reason. */
export interface BenchmarkRow {
  readonly title: string;
  readonly metric: string;
  readonly value: number | null;
  readonly unit: string;
  readonly threshold: string;
  readonly passed: boolean | null;
  readonly gate: boolean;
  readonly note: string | null;
}

/** result.json. Durations of latency are microseconds; times of day ISO 8601 UTC. */
export interface ResultDocument {
  readonly schemaVersion: typeof RESULT_SCHEMA_VERSION;
  readonly kind: 'run';
  readonly runId: string;
  readonly status: 'complete' | 'interrupted' | 'crashed';
  readonly startedAt: string;
  readonly endedAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tool: { readonly name: 'wsurge'; readonly version: string; readonly engine: string };
  readonly environment: { readonly generators: readonly GeneratorEnvironment[] };
  readonly target: TargetFacts;
  /** The profile as resolved, secrets struck out. */
  readonly profile: unknown;
  readonly planHash: string;
  readonly seed: number;
  readonly workers: number;
  readonly pacing: string;
  readonly verdict: Omit<Verdict, 'cells'>;
  readonly benchmark: readonly BenchmarkRow[];
  readonly cells: readonly (CellResult & { readonly validity: Validity; readonly target: TargetStatus })[];
  readonly notRun: readonly { readonly id: string; readonly reason: string }[];
  readonly abortedBy: string | null;
  /** Absent where nothing asked for it, and in results of earlier versions. */
  readonly idleMemory?: IdleMemory;
}

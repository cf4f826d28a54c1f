import type { ExitCode } from '../errors.js';
import type { Accuracy } from '../profile/profile.js';

export type Validity = 'valid' | 'degraded' | 'invalid';
/** The mildest first. `failing`: it took messages and did not pass them on, with no sign of too much load. */
export const TARGET_STATUSES = ['ok', 'failing', 'overloaded', 'down'] as const;
export type TargetStatus = (typeof TARGET_STATUSES)[number];
export type Side = 'client' | 'target' | 'unknown';

/** Why a measurement or a target is judged as it is. `fix` is one thing the reader can do. */
export interface Reason {
  readonly code: string;
  readonly side: Side;
  readonly severity: 'degraded' | 'invalid' | 'note';
  /** Cell id, or null for the whole run. */
  readonly cell: string | null;
  readonly message: string;
  readonly fix: string;
  /** Ranks reasons of one code: larger is worse. Absent if they cannot be ranked. */
  readonly measure?: number | undefined;
}

/** A reason that several cells may have. Its measure says which of them is the worst. */
export interface CellReason extends Reason {
  readonly cell: string;
  readonly measure: number;
}

/** `passed: null` is undecided: the limit lies inside the bracket, or there are too few messages for the quantile. */
export interface ThresholdResult {
  readonly metric: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly expression: string;
  readonly title: string | null;
  readonly gate: boolean;
  /** In the metric's base unit (microseconds, bytes, percent, a ratio or a count), or null. */
  readonly actual: number | null;
  readonly limit: number;
  readonly comparison: string;
  readonly unit: 'us' | 'bytes' | 'percent' | 'ratio' | 'count';
  readonly passed: boolean | null;
  /** Why there is no value, or a remark on the value (`r2 0.998`), or null. */
  readonly note: string | null;
}

/** A default gate over one cell: held = asked, nothing lost, something answered, ... */
export interface GateResult {
  readonly gate: string;
  readonly cell: string;
  readonly passed: boolean;
  readonly message: string;
}

export interface CellVerdict {
  readonly id: string;
  readonly validity: Validity;
  readonly target: TargetStatus;
}

export interface Verdict {
  readonly validity: Validity;
  /** The accuracy asked of printed latencies; absent in results of older versions. */
  readonly accuracy?: Accuracy | undefined;
  readonly target: TargetStatus;
  readonly reasons: readonly Reason[];
  readonly thresholds: readonly ThresholdResult[];
  readonly gates: readonly GateResult[];
  readonly cells: readonly CellVerdict[];
  readonly passed: boolean;
  readonly exitCode: ExitCode;
}

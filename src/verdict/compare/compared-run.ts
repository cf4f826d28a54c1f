import type { CellResult } from '../../metrics/cell-result.js';
import type { GeneratorEnvironment } from '../../metrics/environment.js';
import type { SecondResamples } from '../../metrics/seconds/second-resamples.js';
import type { GateResult, Reason, TargetStatus, Validity } from '../verdict.js';

export type Side = 'a' | 'b';

/** The parts of a saved run that a comparison needs. A result document has all of them except the resamples. */
export interface ComparedRun {
  readonly runId: string;
  readonly startedAt: string;
  readonly status: 'complete' | 'interrupted' | 'crashed';
  readonly labels: Readonly<Record<string, string>>;
  readonly tool: { readonly version: string };
  readonly environment: { readonly generators: readonly GeneratorEnvironment[] };
  readonly target: { readonly url: string; readonly engine: string | null };
  /** The resolved profile, possibly of an older version: read it defensively. */
  readonly profile: unknown;
  readonly workers: number;
  readonly verdict: { readonly gates: readonly GateResult[]; readonly reasons: readonly Reason[] };
  readonly cells: readonly ComparedCell[];
}

export type ComparedCell = CellResult & {
  readonly validity: Validity;
  readonly target: TargetStatus;
  /** The cell that this request is of; absent for a cell. */
  readonly ofCell?: string;
};

/** A run with the resamples of its seconds, by cell. A cell is missing if its seconds were not kept. */
export interface RunOnSide {
  /** The folder or file of the run. */
  readonly source: string;
  readonly run: ComparedRun;
  readonly resamples: ReadonlyMap<string, SecondResamples>;
}

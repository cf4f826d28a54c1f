import type { CellResult } from '../../metrics/cell-result.js';
import type { GeneratorEnvironment } from '../../metrics/environment.js';
import type { SecondResamples } from '../../metrics/second-resamples.js';
import type { GateResult, Reason, TargetStatus, Validity } from '../verdict.js';

export type Side = 'a' | 'b';

/** What a comparison needs of a saved run; a result document has it all but the resamples. */
export interface ComparedRun {
  readonly runId: string;
  readonly startedAt: string;
  readonly status: 'complete' | 'interrupted' | 'crashed';
  readonly labels: Readonly<Record<string, string>>;
  readonly tool: { readonly version: string };
  readonly environment: { readonly generators: readonly GeneratorEnvironment[] };
  readonly target: { readonly url: string; readonly engine: string | null };
  /** As resolved, of any version: read with care. */
  readonly profile: unknown;
  readonly workers: number;
  readonly verdict: { readonly gates: readonly GateResult[]; readonly reasons: readonly Reason[] };
  readonly cells: readonly ComparedCell[];
}

export type ComparedCell = CellResult & { readonly validity: Validity; readonly target: TargetStatus };

/** A run with what its seconds say about its luck, by cell; a cell is missing where they were not kept. */
export interface RunOnSide {
  /** Folder or file it came from. */
  readonly source: string;
  readonly run: ComparedRun;
  readonly resamples: ReadonlyMap<string, SecondResamples>;
}

/** What is wrong with one worker. The worst worker decides for the cell. */
import type { CellResult, QuantileName, WorkerResult } from '../metrics/cell-result.js';
import type { Limit } from './limits.js';
import type { Reason } from './verdict.js';

type Severity = Reason['severity'];

/** Judges one worker of a cell. `judged`: the quantiles that are judged. Null if the worker is within the limits. */
export type WorkerJudge = (worker: WorkerResult, cell: CellResult, judged: readonly QuantileName[]) => Finding | null;

export interface Finding {
  readonly severity: Severity;
  /** How far past its limits, to choose the worst: larger is worse. */
  readonly measure: number;
  /** Its value as a multiple of the lower limit; 0 without limits. */
  readonly excess: number;
  readonly message: string;
  readonly fix: string;
}

const RANK: Readonly<Record<Severity, number>> = { note: 0, degraded: 1, invalid: 2 };

export function severityOf(value: number, { degraded, invalid }: Limit): 'degraded' | 'invalid' | null {
  if (invalid !== undefined && value > invalid) return 'invalid';
  return degraded !== undefined && value > degraded ? 'degraded' : null;
}

/** The worse of two; the first if both are equally bad. */
export function worse(a: Finding | null, b: Finding): Finding {
  return a !== null && !isWorse(b, a) ? a : b;
}

function isWorse(a: Finding, b: Finding): boolean {
  return RANK[a.severity] > RANK[b.severity] || (a.severity === b.severity && a.measure > b.measure);
}

/**
 * The worst finding of all workers. Its message names the worker and how many more are affected. Null if all are fine.
 */
export function worstFinding(
  workers: readonly WorkerResult[],
  judge: (worker: WorkerResult) => Finding | null,
): Pick<Finding, 'severity' | 'excess' | 'measure' | 'message' | 'fix'> | null {
  let worst: Finding | null = null;
  let worstWorker = '';
  let touched = 0;
  for (const worker of workers) {
    const finding = judge(worker);
    if (finding === null) continue;
    touched++;
    if (worst === null || isWorse(finding, worst)) {
      worst = finding;
      worstWorker = nameOf(worker);
    }
  }
  if (worst === null) return null;
  const others = touched === 1 ? '' : `, and ${touched - 1} more of ${workers.length}`;
  return {
    severity: worst.severity,
    excess: worst.excess,
    message: `${worstWorker}${others}: ${worst.message}`,
    fix: worst.fix,
    measure: worst.measure,
  };
}

/** Workers are numbered over all agents of a fleet. */
function nameOf({ worker, agent }: WorkerResult): string {
  return agent === undefined ? `worker ${worker}` : `agent ${agent}, worker ${worker}`;
}

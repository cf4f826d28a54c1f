/** What is wrong with one worker. The worst worker decides for the cell. */
import type { CellResult, QuantileName, WorkerResult } from '../metrics/cell-result.js';
import { formatCount } from '../units.js';
import { onAgent } from './fixes.js';
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
 * The worst finding of all workers. Its message names the worker, or its agent in a fleet, and how many more are
 * affected. Null if all are fine.
 */
export function worstFinding(
  workers: readonly WorkerResult[],
  judge: (worker: WorkerResult) => Finding | null,
): Pick<Finding, 'severity' | 'excess' | 'measure' | 'message' | 'fix'> | null {
  let worst: Finding | null = null;
  let by: WorkerResult | null = null;
  const touched: WorkerResult[] = [];
  for (const worker of workers) {
    const finding = judge(worker);
    if (finding === null) continue;
    touched.push(worker);
    if (worst === null || isWorse(finding, worst)) {
      worst = finding;
      by = worker;
    }
  }
  if (worst === null || by === null) return null;
  return {
    severity: worst.severity,
    excess: worst.excess,
    message: `${whoText(by, touched, workers)}: ${worst.message}`,
    fix: by.agent === undefined ? worst.fix : onAgent(worst.fix, by.agent, agentsIn(workers)),
    measure: worst.measure,
  };
}

/**
 * `worker 1, and 2 more of 4`; in a fleet `agent a2, and 1 more of 8`, or `agent a2, worker 5` if that is the only one of
 * its workers that is affected. Workers are numbered over all agents.
 */
function whoText({ worker, agent }: WorkerResult, touched: readonly WorkerResult[], all: readonly WorkerResult[]) {
  const ofAgent = (workers: readonly WorkerResult[]) => workers.filter((each) => each.agent === agent).length;
  const isOneOfMany = ofAgent(touched) === 1 && ofAgent(all) > 1;
  const [name, some, of] =
    agent === undefined
      ? [`worker ${worker}`, touched.length, all.length]
      : [`agent ${agent}${isOneOfMany ? `, worker ${worker}` : ''}`, agentsIn(touched), agentsIn(all)];
  return some === 1 ? name : `${name}, and ${formatCount(some - 1)} more of ${formatCount(of)}`;
}

function agentsIn(workers: readonly WorkerResult[]): number {
  return new Set(workers.map(({ agent }) => agent)).size;
}

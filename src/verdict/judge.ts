/** The whole run judged: validity, target, gates, thresholds, and the exit code that follows. */
import { EXIT, type ExitCode, worstExit } from '../errors.js';
import type { CellResult, RunOutcome } from '../metrics/cell-result.js';
import type { Threshold } from '../profile/profile.js';
import { gatesOf } from './gates.js';
import { evaluateThresholds } from './thresholds.js';
import { judgeCell, validityOf } from './validity.js';
import type { CellVerdict, GateResult, Reason, TargetStatus, ThresholdResult, Validity, Verdict } from './verdict.js';

export interface JudgeOptions {
  readonly defaultGates: boolean;
  /** DEGRADED fails as INVALID does. */
  readonly strict: boolean;
}

const TARGET_RANK: readonly TargetStatus[] = ['ok', 'overloaded', 'down'];

export function judge(outcome: RunOutcome, thresholds: readonly Threshold[], options: JudgeOptions): Verdict {
  const judged = outcome.cells.map((cell) => ({ id: cell.id, ...judgeCell(cell, thresholds) }));
  const evaluation = evaluateThresholds(thresholds, outcome.cells, outcome.idleMemory);
  const gates = options.defaultGates ? outcome.cells.flatMap(gatesOf) : [];
  const reasons = [...judged.flatMap((cell) => cell.reasons), ...evaluation.reasons, ...incomplete(outcome)];
  const validity = validityOf(reasons);
  const exitCode = worstExit(exitCodes(outcome, { validity, gates, thresholds: evaluation.results }, options));
  return {
    validity,
    target: worstTarget(judged),
    reasons,
    thresholds: evaluation.results,
    gates,
    cells: judged.map(({ id, validity, target }) => ({ id, validity, target })),
    passed: exitCode === EXIT.passed,
    exitCode,
  };
}

function* exitCodes(
  outcome: RunOutcome,
  found: {
    readonly validity: Validity;
    readonly gates: readonly GateResult[];
    readonly thresholds: readonly ThresholdResult[];
  },
  options: JudgeOptions,
): Generator<ExitCode> {
  const gating = found.thresholds.filter(({ gate }) => gate);
  if (neverOpened(outcome.cells)) yield EXIT.unreachable;
  if (outcome.interrupted) yield EXIT.interrupted;
  if (found.validity === 'invalid' || (options.strict && found.validity === 'degraded')) yield EXIT.invalid;
  if (gating.some(({ passed }) => passed === null) || incomplete(outcome).length > 0) yield EXIT.invalid;
  if (gating.some(({ passed }) => passed === false) || found.gates.some(({ passed }) => !passed)) yield EXIT.failed;
  if (outcome.abortedBy !== null) yield EXIT.failed;
}

/** Connections were tried and failed, and none ever opened. Being stopped before the first one is something else. */
function neverOpened(cells: readonly CellResult[]): boolean {
  const total = (name: 'opened' | 'failed') => cells.reduce((sum, { connections }) => sum + connections[name], 0);
  return total('opened') === 0 && total('failed') > 0;
}

/** A run that left cells out, or had none, passed nothing; unless someone stopped it, which has its own code. */
function incomplete(outcome: RunOutcome): Reason[] {
  if (outcome.interrupted || outcome.abortedBy !== null) return [];
  const missing = outcome.notRun.length;
  if (missing === 0 && outcome.cells.length > 0) return [];
  const first = outcome.notRun[0];
  const message =
    first === undefined ? 'nothing was measured' : `${missing} cells were not run, first ${first.id}: ${first.reason}`;
  return [
    { code: 'not_run', side: 'unknown', severity: 'note', cell: null, message, fix: 'see the reason, then run again' },
  ];
}

function worstTarget(cells: readonly CellVerdict[]): TargetStatus {
  let worst: TargetStatus = 'ok';
  for (const { target } of cells) if (TARGET_RANK.indexOf(target) > TARGET_RANK.indexOf(worst)) worst = target;
  return worst;
}

/** The whole run judged: validity, target, gates, thresholds, and the exit code that follows. */
import { EXIT, type ExitCode, worstExit } from '../errors.js';
import type { CellResult, RunOutcome } from '../metrics/cell-result.js';
import { DEFAULT_ACCURACY } from '../profile/accuracy.js';
import type { Accuracy, Threshold } from '../profile/profile.js';
import { isErrorKnown } from './accuracy.js';
import { bracketedLatency } from './distributions.js';
import { gatesOf } from './gates.js';
import { select } from './selection.js';
import { evaluateThresholds } from './thresholds.js';
import { isUndelivered, judgeCell, validityOf } from './validity.js';
import {
  type CellVerdict,
  type GateResult,
  type Reason,
  TARGET_STATUSES,
  type TargetStatus,
  type ThresholdResult,
  type Validity,
  type Verdict,
} from './verdict.js';

export interface JudgeOptions {
  readonly defaultGates: boolean;
  /** True: a cell that is not VALID makes the exit code 98, whatever its gates and thresholds say. */
  readonly strict: boolean;
  /** The accuracy of the profile; absent: the default. */
  readonly accuracy?: Accuracy;
}

/** Judges the outcome of a run: by the limits of the generator, by default gates, and by thresholds. */
export function judge(outcome: RunOutcome, thresholds: readonly Threshold[], options: JudgeOptions): Verdict {
  const { accuracy = DEFAULT_ACCURACY } = options;
  const judged = outcome.cells.map((cell) => ({ cell, id: cell.id, ...judgeCell(cell, thresholds, accuracy) }));
  const evaluation = evaluateThresholds(thresholds, decidingCells(outcome), outcome.idleMemory);
  const gates = options.defaultGates ? outcome.cells.flatMap(gatesOf) : [];
  const reasons = [...judged.flatMap((cell) => cell.reasons), ...evaluation.reasons, ...incomplete(outcome)];
  const validity = validityOf(reasons);
  const doubted = judged.some(
    ({ cell, validity, reasons }) => validity === 'invalid' && !stands(cell, reasons, evaluation.results),
  );
  const exitCode = worstExit(exitCodes(outcome, { validity, doubted, gates, thresholds: evaluation.results }, options));
  return {
    validity,
    accuracy,
    target: worstTarget(judged),
    reasons,
    thresholds: evaluation.results,
    gates,
    cells: judged.map(({ id, validity, target }) => ({ id, validity, target })),
    passed: exitCode === EXIT.passed,
    exitCode,
  };
}

/** The cells that decide thresholds: all, without the cell that an interrupt cut off. */
function decidingCells({ cells, interrupted, abortedBy }: RunOutcome): readonly CellResult[] {
  return interrupted && abortedBy === null ? cells.filter((cell) => !cell.interrupted) : cells;
}

function* exitCodes(
  outcome: RunOutcome,
  found: {
    readonly validity: Validity;
    /** True if a cell is INVALID and its gates and thresholds are not decided in spite of that. */
    readonly doubted: boolean;
    readonly gates: readonly GateResult[];
    readonly thresholds: readonly ThresholdResult[];
  },
  options: JudgeOptions,
): Generator<ExitCode> {
  const gating = found.thresholds.filter(({ gate }) => gate);
  if (neverOpened(outcome.cells)) yield EXIT.unreachable;
  if (outcome.interrupted) yield EXIT.interrupted;
  if (found.doubted || (options.strict && found.validity !== 'valid')) yield EXIT.invalid;
  if (gating.some(({ passed }) => passed === null) || incomplete(outcome).length > 0) yield EXIT.invalid;
  if (gating.some(({ passed }) => passed === false) || found.gates.some(({ passed }) => !passed)) yield EXIT.failed;
  if (outcome.abortedBy !== null) yield EXIT.failed;
}

/**
 * Whether the thresholds of an INVALID cell are decided all the same. They are if its load was delivered and only a
 * bracket is wide, and both ends of that bracket decide the threshold: 10 to 31 ms is under 50 ms on any machine.
 */
function stands(cell: CellResult, reasons: readonly Reason[], thresholds: readonly ThresholdResult[]): boolean {
  if (isUndelivered(reasons) || !isErrorKnown(cell)) return false;
  const asked = thresholds.filter(
    ({ gate, metric, selector }) =>
      gate && bracketedLatency(metric) !== null && select({ selector }, [cell]).cells.length > 0,
  );
  return asked.length > 0 && asked.every(({ passed }) => passed !== null);
}

/**
 * True if connections were tried and none ever opened. False for a run that was stopped before the first try.
 */
function neverOpened(cells: readonly CellResult[]): boolean {
  const total = (name: 'opened' | 'failed') => cells.reduce((sum, { connections }) => sum + connections[name], 0);
  return total('opened') === 0 && total('failed') > 0;
}

/**
 * The reason for a run with cells left out, or without cells: it passes nothing. An interrupt has its own exit code.
 */
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
  return TARGET_STATUSES.findLast((status) => cells.some(({ target }) => target === status)) ?? 'ok';
}

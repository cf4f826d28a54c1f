/** Compares default gates: a target that loses messages is a result, however fast it answered the others. */
import type { ComparedRun } from './compared-run.js';

/** A default gate of a cell that failed in at least one run: in how many of how many runs. */
export interface GateComparison {
  readonly gate: string;
  readonly aFailed: number;
  readonly aRuns: number;
  readonly bFailed: number;
  readonly bRuns: number;
  /** True if it holds in every run of A and fails in at least half of the runs of B. */
  readonly worse: boolean;
  /** The message of a failing run: one of B if it fails there, else of A. */
  readonly message: string;
}

/** The gates of one cell over all runs that measured it. Gates that hold in all runs are left out. */
export function compareGates(cell: string, a: readonly ComparedRun[], b: readonly ComparedRun[]): GateComparison[] {
  const failures = (runs: readonly ComparedRun[]) =>
    runs.flatMap(({ verdict }) => verdict.gates.filter((gate) => gate.cell === cell && !gate.passed));
  const [inA, inB] = [failures(a), failures(b)];
  return [...new Set([...inB, ...inA].map(({ gate }) => gate))].map((name) => {
    const count = (failed: typeof inA) => failed.filter(({ gate }) => gate === name).length;
    const [aFailed, bFailed] = [count(inA), count(inB)];
    return {
      gate: name,
      ...{ aFailed, aRuns: a.length, bFailed, bRuns: b.length },
      worse: aFailed === 0 && bFailed >= b.length / 2,
      message: [...inB, ...inA].find(({ gate }) => gate === name)!.message,
    };
  });
}

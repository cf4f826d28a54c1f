/** Default gates on both sides: a target that loses messages is a result, however fast the others were answered. */
import type { ComparedRun } from './compared-run.js';

/** A default gate of a cell that failed somewhere: in how many runs of how many. */
export interface GateComparison {
  readonly gate: string;
  readonly aFailed: number;
  readonly aRuns: number;
  readonly bFailed: number;
  readonly bRuns: number;
  /** Holds in every run of A and fails in at least half of those of B. */
  readonly worse: boolean;
  /** What a failing run said, of B if it fails there. */
  readonly message: string;
}

/** Gates of one cell over the runs that measured it; those that hold everywhere are left out. */
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

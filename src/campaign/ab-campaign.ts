import { EXIT, WsurgeError } from '../errors.js';
import type { Turn, TurnResult, TurnSource } from './ab-rounds.js';

export interface AbDeps<T extends TurnResult> {
  readonly source: TurnSource<T>;
  /** Turns of an earlier part of the same comparison; none where absent. */
  readonly done?: readonly T[];
  /**
   * Starts the build's server, loads, judges and stops it. The server is gone when this resolves or rejects. Null for a
   * turn that counts for nothing and is the last: an agent did not stay.
   */
  readonly runTurn: (turn: Turn) => Promise<T | null>;
  /** True for a turn after which the comparison ends: its server died. */
  readonly isLast: (result: T) => boolean;
  readonly onTurn: (result: T, turnsSoFar: readonly T[]) => void | Promise<void>;
  /** Ctrl-C or SIGTERM. */
  readonly interrupt: AbortSignal;
}

/** Runs the source's turns one after the other, until it ends, is interrupted, or a server or an agent is gone. */
export async function runTurns<T extends TurnResult>(deps: AbDeps<T>): Promise<readonly T[]> {
  const { source, runTurn, isLast, onTurn, interrupt } = deps;
  const turns: T[] = [...(deps.done ?? [])];
  while (!interrupt.aborted) {
    const turn = source.next(turns);
    if (turn === null) break;
    const result = await unlessInterrupted(runTurn(turn));
    // A turn that was cut short says nothing about the build.
    if (result === null || interrupt.aborted) break;
    turns.push(result);
    await onTurn(result, turns);
    if (isLast(result)) break;
  }
  return turns;
}

/** The result of a turn; null if the user stopped it before its server was up. */
async function unlessInterrupted<T>(running: Promise<T | null>): Promise<T | null> {
  try {
    return await running;
  } catch (error) {
    if (error instanceof WsurgeError && error.exitCode === EXIT.interrupted) return null;
    throw error;
  }
}

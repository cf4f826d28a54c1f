import type { Side } from '../verdict/compare/compared-run.js';
import { turnOrder } from './ab-order.js';

/** One build measured once, on a server of its own. */
export interface Turn {
  /** From 1. */
  readonly round: number;
  readonly side: Side;
  /** From 1. A second attempt follows if this machine could not measure the first. */
  readonly attempt: number;
}

export interface TurnResult {
  readonly turn: Turn;
  /** Why this machine could not measure the turn; null if it could. Failures of the server are never a reason. */
  readonly invalid: string | null;
}

/** One turn of each build, next to each other in time. */
export interface Round<T extends TurnResult> {
  readonly number: number;
  readonly order: readonly [Side, Side];
  readonly a: T;
  readonly b: T;
}

/** Decides which turn comes next, knowing those so far; null ends the comparison. A `CellSource` one level up. */
export interface TurnSource<T extends TurnResult> {
  next(turnsSoFar: readonly T[]): Turn | null;
}

/** An invalid turn is tried once more, at once, so that both turns of a round stay close to each other. */
const ATTEMPTS_MAX = 2;
/** After this many excluded rounds the machine is too busy to compare anything, and the comparison ends. */
export const EXCLUDED_MAX = 3;

export interface AbPlan<T extends TurnResult> {
  readonly seed: number;
  /** Round counts at which a verdict may be given, rising; the last one ends it. */
  readonly looks: readonly number[];
  /** Called at a look only: do these rounds settle every metric? */
  readonly settled: (rounds: readonly Round<T>[]) => boolean;
}

/** The turns of an A/B comparison: seeded order, invalid turns repeated, ended at a look. */
export class AbRounds<T extends TurnResult> implements TurnSource<T> {
  readonly #plan: AbPlan<T>;

  constructor(plan: AbPlan<T>) {
    this.#plan = plan;
  }

  next(turns: readonly T[]): Turn | null {
    const last = turns[turns.length - 1];
    if (last === undefined) return this.#first(1);
    const { round, side, attempt } = last.turn;
    if (last.invalid !== null && attempt < ATTEMPTS_MAX) return { round, side, attempt: attempt + 1 };
    const [first, second] = turnOrder(this.#plan.seed, round);
    if (last.invalid === null && side === first) return { round, side: second, attempt: 1 };
    return this.#isOver(turns, last) ? null : this.#first(round + 1);
  }

  #first(round: number): Turn {
    return { round, side: turnOrder(this.#plan.seed, round)[0], attempt: 1 };
  }

  #isOver(turns: readonly T[], last: T): boolean {
    if (last.invalid !== null) return excludedRounds(turns).length >= EXCLUDED_MAX;
    const { looks, settled } = this.#plan;
    const rounds = wholeRounds(turns, this.#plan.seed);
    if (!looks.includes(rounds.length)) return false;
    return rounds.length >= looks[looks.length - 1]! || settled(rounds);
  }
}

/** The rounds of which both turns were measured, in order. */
export function wholeRounds<T extends TurnResult>(turns: readonly T[], seed: number): Round<T>[] {
  const measured = turns.filter(({ invalid }) => invalid === null);
  return measured.flatMap((b) => {
    const a = measured.find(({ turn }) => turn.side === 'a' && turn.round === b.turn.round);
    if (b.turn.side !== 'b' || a === undefined) return [];
    return [{ number: b.turn.round, order: turnOrder(seed, b.turn.round), a, b }];
  });
}

/** The rounds given up, each with the reason of its last attempt. */
export function excludedRounds(turns: readonly TurnResult[]): { readonly number: number; readonly reason: string }[] {
  return turns.flatMap(({ turn, invalid }) =>
    invalid !== null && turn.attempt >= ATTEMPTS_MAX ? [{ number: turn.round, reason: invalid }] : [],
  );
}

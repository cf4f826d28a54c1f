/**
 * The search for the highest level (connections, or messages per second) that holds. It climbs to 1.5 times the level until
 * one fails twice, then halves the gap until it is 2.5 %, then runs the answer once more. If the first level fails, it goes
 * down to a quarter of it, again and again, until one holds. Pure: a state in, a state out.
 */

/** How much higher the next level of a climb is. */
const GROWTH = 1.5;
/** How much lower the next level is while none has held. */
const SHRINK = 4;
/**
 * The gap between the highest level that held and the lowest that did not, as a share of the former. Together with what
 * the interval of the quantile costs, the answer is then within 5 % of the truth.
 */
export const PRECISION = 0.025;
/** The gap at which a search ends if the generator failed: its own limit is not worth more time. */
const CLIENT_PRECISION = 0.1;
/**
 * If an answer does not hold a second time, the gap below it is narrowed and the next answer is run once more. After this
 * many answers the search ends as unsure.
 */
const MOST_CONFIRMATIONS = 4;
/** More trials than any search needs. Ends a search whose server behaves differently each time. */
const MOST_TRIALS = 60;

export interface SearchLimits {
  /** The first level tried. */
  readonly from: number;
  /** The lowest level tried if `from` fails. Equal to `from` for a search that starts at its bottom. */
  readonly floor: number;
  readonly max: number;
  /** If true, levels are whole numbers. Otherwise they have three significant figures. */
  readonly whole: boolean;
  /** If true, the answer is run once more. */
  readonly confirm: boolean;
}

/** `down`: below the first level, as long as none has held. */
export type TrialPurpose = 'climb' | 'down' | 'narrow' | 'confirm';

/** One level to run. Every trial of a search has a number of its own, and so a seed of its own. */
export interface Trial {
  readonly number: number;
  readonly level: number;
  readonly purpose: TrialPurpose;
  readonly attempt: 1 | 2;
  /** Measure four times as long: the interval of the first attempt lay across the limit. */
  readonly longer: boolean;
  /** Pace finer, and measure longer: the first attempt left open whether the target or the generator was to blame. */
  readonly finer: boolean;
}

/** Who is to blame for a level that failed. `samples`: too few messages to judge it. */
export type Blame = 'target' | 'client' | 'samples';

export type TrialOutcome =
  | { readonly kind: 'passed' }
  | {
      readonly kind: 'failed';
      readonly by: Blame;
      /** The interval of the quantile lies across the limit: more of the same may settle it. */
      readonly straddles: boolean;
      /** Connections opened, if fewer than asked for: the next level to try. Else null. */
      readonly held: number | null;
    }
  /** The server accepts no more connections. */
  | { readonly kind: 'gone' };

export type SearchEnd =
  /** Between a level that held, twice, and one that did not. */
  | 'found'
  /** No level failed up to the highest allowed. */
  | 'max'
  /** Every level failed, down to the lowest allowed. */
  | 'first'
  | 'gone'
  /** Too many answers did not hold a second time. */
  | 'unsure';

export interface FailedLevel {
  readonly level: number;
  readonly by: Blame;
  /** Number of the trial that decided it. */
  readonly trial: number;
}

export interface SearchState {
  readonly limits: SearchLimits;
  /** The next trial; null at the end of the search. */
  readonly trial: Trial | null;
  readonly end: SearchEnd | null;
  /** Levels that held, rising; the last is the answer so far. */
  readonly passed: readonly number[];
  /** The lowest level that failed. */
  readonly failed: FailedLevel | null;
  readonly confirmed: boolean;
  /** The first attempt at the present level, if it failed. */
  readonly firstFailure: FailedLevel | null;
  /** The number of connections that the server accepted, if it refused the rest: a hint at its limit. */
  readonly hint: number | null;
  readonly confirmations: number;
}

export function startSearch(limits: SearchLimits): SearchState {
  const level = tidy(limits.from, limits);
  return {
    limits,
    trial: { number: 1, level, purpose: 'climb', attempt: 1, longer: false, finer: false },
    end: null,
    passed: [],
    failed: null,
    confirmed: false,
    firstFailure: null,
    hint: null,
    confirmations: 0,
  };
}

/** The state after the trial under way has come out. */
export function afterTrial(state: SearchState, outcome: TrialOutcome): SearchState {
  const { trial } = state;
  if (trial === null) throw new Error('the search is over');
  switch (outcome.kind) {
    case 'gone':
      return ended(state, 'gone');
    case 'passed':
      return afterPass(state, trial);
    case 'failed':
      return afterFailure(state, trial, outcome);
  }
}

function afterPass(state: SearchState, trial: Trial): SearchState {
  if (trial.purpose === 'confirm') return ended({ ...state, confirmed: true }, endOf(state));
  const passed = [...state.passed.filter((level) => level < trial.level), trial.level];
  return advanced({ ...state, passed, firstFailure: null, hint: null }, trial);
}

function afterFailure(
  state: SearchState,
  trial: Trial,
  { by, straddles, held }: Extract<TrialOutcome, { kind: 'failed' }>,
): SearchState {
  const failure: FailedLevel = { level: trial.level, by, trial: trial.number };
  // While narrowing or going down, a second attempt is only worth it if it may decide: an interval across the limit, or a
  // generator that failed below a limit of the target.
  const isNews = by !== 'target' && (trial.purpose === 'down' || state.failed?.by === 'target');
  const isBetween = trial.purpose === 'narrow' || trial.purpose === 'down';
  const isWorthAnother = !isBetween || straddles || isNews;
  if (trial.attempt === 1 && isWorthAnother) {
    const again: Trial = { ...trial, number: trial.number + 1, attempt: 2, longer: straddles, finer: by === 'client' };
    return { ...state, firstFailure: failure, trial: again };
  }
  // A failure that was measured without doubt outweighs one for which the generator is to blame.
  const first = state.firstFailure;
  const failed = first !== null && by !== 'target' && first.by === 'target' ? first : failure;
  // On the way down, a level with too few messages decides nothing, and lower ones have fewer: the failure above decides.
  if (trial.purpose === 'down' && by === 'samples') return ended({ ...state, firstFailure: null }, 'first');
  const passed = state.passed.filter((level) => level < trial.level);
  return advanced({ ...state, passed, failed, firstFailure: null, hint: held }, trial);
}

/** Decides the next trial once a level has passed, or failed for good. */
function advanced(state: SearchState, last: Trial): SearchState {
  const { limits, passed, failed } = state;
  if (last.number >= MOST_TRIALS) return ended(state, 'unsure');
  const best = passed.at(-1) ?? null;
  const next = (level: number, purpose: Trial['purpose']): SearchState => {
    const trial: Trial = { number: last.number + 1, level, purpose, attempt: 1, longer: false, finer: false };
    return { ...state, trial };
  };
  if (best === null) {
    if (failed === null) return next(limits.from, 'climb');
    // A lower level has fewer messages still.
    if (failed.by === 'samples') return ended(state, 'first');
    const level = Math.max(limits.floor, tidy(failed.level / SHRINK, limits));
    return level >= failed.level ? ended(state, 'first') : next(level, 'down');
  }
  if (failed === null) {
    if (best >= limits.max) return confirming(state, best, next);
    return next(Math.min(limits.max, Math.max(tidy(best * GROWTH, limits), best + 1)), 'climb');
  }
  const between = levelBetween(best, failed, state.hint, limits);
  return between === null ? confirming(state, best, next) : next(between, 'narrow');
}

function confirming(
  state: SearchState,
  best: number,
  next: (level: number, purpose: Trial['purpose']) => SearchState,
): SearchState {
  if (!state.limits.confirm) return ended(state, endOf(state));
  if (state.confirmations >= MOST_CONFIRMATIONS) return ended(state, 'unsure');
  return { ...next(best, 'confirm'), confirmations: state.confirmations + 1 };
}

/**
 * A level strictly between the two. Null if they are close enough, or if the server opened exactly the number of
 * connections that has already passed.
 */
function levelBetween(
  low: number,
  { level: high, by }: FailedLevel,
  hint: number | null,
  limits: SearchLimits,
): number | null {
  const precision = by === 'client' ? CLIENT_PRECISION : PRECISION;
  if (high - low <= low * precision || (limits.whole && high - low <= 1) || hint === low) return null;
  if (hint !== null && hint > low && hint < high) return hint;
  const middle = tidy((low + high) / 2, limits);
  return middle > low && middle < high ? middle : null;
}

/** Continues a search that ended without running its answer once more: the answer is run again. */
export function confirmLater(state: SearchState, number: number): SearchState {
  const level = state.passed.at(-1);
  if (level === undefined) throw new Error('no level held, so there is none to run again');
  const trial: Trial = { number, level, purpose: 'confirm', attempt: 1, longer: false, finer: false };
  return { ...state, limits: { ...state.limits, confirm: true }, trial, end: null, confirmations: 1 };
}

function endOf({ failed }: SearchState): SearchEnd {
  return failed === null ? 'max' : 'found';
}

function ended(state: SearchState, end: SearchEnd): SearchState {
  return { ...state, trial: null, end };
}

/** A level as people would write it. */
function tidy(level: number, { whole, max }: SearchLimits): number {
  return Math.min(max, whole ? Math.max(1, Math.round(level)) : Number(level.toPrecision(3)));
}

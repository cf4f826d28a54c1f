import type { CheckContext } from './context.js';

/** One number seen on the way, e.g. `{ name: 'connect', value: 1.2, unit: 'ms' }`. */
export interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** What a tester would write down. Texts may hold the server's words: struck and sanitised before they are shown. */
export interface Evidence {
  readonly sent: string;
  readonly expected: string;
  readonly received: string;
  readonly measured: readonly Measured[];
  /** What its owner should do though the check did not fail, one sentence each. */
  readonly advice: readonly string[];
}

export type Outcome =
  | ({ readonly status: 'passed' } & Evidence)
  | ({ readonly status: 'failed'; readonly reason: string } & Evidence)
  /** Never a pass: nothing was found out. */
  | ({ readonly status: 'skipped'; readonly reason: string } & Evidence);

/** One thing that is true of a working server or not. */
export interface Check {
  /** Scenario and position, `3.4`; `S.2` for security. */
  readonly id: string;
  readonly title: string;
  /** Longest time it may take, ms, where the usual limit is too short. */
  readonly limitMs?: (quick: boolean) => number;
  readonly run: (context: CheckContext) => Promise<Outcome>;
}

export type ScenarioNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 'security';

export interface Scenario {
  readonly number: ScenarioNumber;
  /** One word for tables. */
  readonly name: string;
  readonly title: string;
  readonly checks: readonly Check[];
}

const NOTHING: Evidence = { sent: '', expected: '', received: '', measured: [], advice: [] };

export function passed(evidence: Partial<Evidence>): Outcome {
  return { status: 'passed', ...NOTHING, ...evidence };
}

export function failed(reason: string, evidence: Partial<Evidence> = {}): Outcome {
  return { status: 'failed', reason, ...NOTHING, ...evidence };
}

export function skipped(reason: string, evidence: Partial<Evidence> = {}): Outcome {
  return { status: 'skipped', reason, ...NOTHING, ...evidence };
}

/** Passed where there are no problems; what is null is none. */
export function judged(problems: readonly (string | null)[], evidence: Partial<Evidence>): Outcome {
  const found = problems.filter((problem) => problem !== null);
  return found.length === 0 ? passed(evidence) : failed(found.slice(0, MOST_PROBLEMS).join('; '), evidence);
}

const MOST_PROBLEMS = 5;

/** Thrown where a check rests on something the server does not promise: the runner makes a skip of it. */
export class NotPromised extends Error {
  override readonly name = 'NotPromised';
}

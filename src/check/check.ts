import type { CheckContext, ContextParts } from './context.js';

/** One number that a check measured, e.g. `{ name: 'connect', value: 1.2, unit: 'ms' }`. */
export interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** What a tester would write down. Texts may quote the server; secrets and control characters are struck out later. */
export interface Evidence {
  readonly sent: string;
  readonly expected: string;
  readonly received: string;
  readonly measured: readonly Measured[];
  /** Advice to the owner of the server, one sentence each, although the check did not fail. */
  readonly advice: readonly string[];
}

export type Outcome =
  | ({ readonly status: 'passed' } & Evidence)
  | ({ readonly status: 'failed'; readonly reason: string } & Evidence)
  /** Nothing was checked: the server does not promise it, or the user left it out. Never counts as passed. */
  | ({ readonly status: 'skipped'; readonly reason: string } & Evidence)
  /** wsurge could not judge, for a reason that is not the server's fault. */
  | ({ readonly status: 'error'; readonly reason: string } & Evidence);

export type CheckStatus = Outcome['status'];

/** Partly: some checks passed and none failed, but a required one was left out. */
export type ScenarioStatus = CheckStatus | 'partly';

/** The title of a check may depend on these. */
export type TitleFacts = Pick<ContextParts, 'quick' | 'expects' | 'process' | 'found'>;

/** One thing that a working server does. */
export interface Check {
  /** Scenario and position, `3.4`; `S.2` for security. */
  readonly id: string;
  /** What is done and expected, in one line. A function if that depends on `--quick` or on the promises. */
  readonly title: string | ((facts: TitleFacts) => string);
  /** The scenario passes only if this check does. Not set for promises that few servers make. */
  readonly isRequired?: boolean;
  /** Sends what no correct client sends, or abuses the server: broken frames, garbage, oversized messages, a flood. */
  readonly isRough?: boolean;
  /** Only waits, on a connection of its own, so it can run at the same time as other checks. */
  readonly onlyWaits?: boolean;
  /** With a server that answers slowly this check, too, spends nearly all its time waiting. */
  readonly onlyWaitsIfSlow?: boolean;
  /** Sends at a fixed rate, which other checks at the same time would disturb. */
  readonly isPaced?: boolean;
  /** Longest time that the check may take, ms, if the usual limit is too short. */
  readonly limitMs?: (quick: boolean) => number;
  readonly run: (context: CheckContext) => Promise<Outcome>;
}

export type ScenarioNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 'security';

export interface Scenario {
  readonly number: ScenarioNumber;
  /** One word for tables. */
  readonly name: string;
  readonly title: string;
  /** A further idle connection does not disturb these checks: none counts connections, none restarts the server. */
  readonly allowsOthers?: boolean;
  readonly checks: readonly Check[];
}

export function titleOf({ title }: Pick<Check, 'title'>, facts: TitleFacts): string {
  return typeof title === 'string' ? title : title(facts);
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

export function cannotJudge(reason: string, evidence: Partial<Evidence> = {}): Outcome {
  return { status: 'error', reason, ...NOTHING, ...evidence };
}

/** Failed if `problems` contains a text; null entries are ignored. */
export function judged(problems: readonly (string | null)[], evidence: Partial<Evidence>): Outcome {
  const found = problems.filter((problem) => problem !== null);
  return found.length === 0 ? passed(evidence) : failed(found.slice(0, MOST_PROBLEMS).join('; '), evidence);
}

const MOST_PROBLEMS = 5;

/** Thrown by helpers of checks when the server did something wrong. The runner fails the check. */
export class ServerFault extends Error {
  override readonly name = 'ServerFault';
  readonly evidence: Partial<Evidence>;

  constructor(message: string, evidence: Partial<Evidence> = {}) {
    super(message);
    this.evidence = evidence;
  }
}

/** Thrown when a check cannot go on and the server is not to blame. The runner reports the check as not judged. */
export class CannotJudge extends Error {
  override readonly name = 'CannotJudge';
}

/** Thrown when a check needs something that the server does not promise. The runner skips the check. */
export class NotPromised extends Error {
  override readonly name = 'NotPromised';
}

import type { CheckContext, ContextParts } from './context.js';

/** One number seen on the way, e.g. `{ name: 'connect', value: 1.2, unit: 'ms' }`. */
export interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** What a tester would note. Texts may quote the server: secrets and control characters are removed before printing. */
export interface Evidence {
  readonly sent: string;
  readonly expected: string;
  readonly received: string;
  readonly measured: readonly Measured[];
  /** Advice to the owner of the server although the check did not fail, one sentence each. */
  readonly advice: readonly string[];
}

export type Outcome =
  | ({ readonly status: 'passed' } & Evidence)
  | ({ readonly status: 'failed'; readonly reason: string } & Evidence)
  /** Nothing was found out, as nobody promised it or somebody left it out. A skipped check never counts as passed. */
  | ({ readonly status: 'skipped'; readonly reason: string } & Evidence)
  /** wsurge could not judge: what stood in the way is no fault of the server that this check is about. */
  | ({ readonly status: 'error'; readonly reason: string } & Evidence);

export type CheckStatus = Outcome['status'];

/** Partly: something passed and nothing failed, but a required check was left out. */
export type ScenarioStatus = CheckStatus | 'partly';

/** What the title of a check may depend on. */
export type TitleFacts = Pick<ContextParts, 'quick' | 'expects' | 'process' | 'found'>;

/** One thing that a working server does. */
export interface Check {
  /** Scenario and position, `3.4`; `S.2` for security. */
  readonly id: string;
  /** What is done and asked for, in one line; a function where that depends on `--quick` or on what is promised. */
  readonly title: string | ((facts: TitleFacts) => string);
  /** The scenario has not passed until this check has. Not for what few servers promise. */
  readonly isRequired?: boolean;
  /** Sends what no correct client sends, or abuses the server: broken frames, garbage, oversized messages, a flood. */
  readonly isRough?: boolean;
  /** Does nothing but wait on a connection of its own, so that it may run beside checks that bear company. */
  readonly isPatient?: boolean;
  /** Next to nothing but waiting where the server answers slowly: then it is as patient. */
  readonly isPatientIfSlow?: boolean;
  /** Keeps a rate that other checks at the same time would disturb. */
  readonly isPaced?: boolean;
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
  /** A further connection, which does next to nothing, changes nothing for its checks: none counts connections, none restarts the server. */
  readonly bearsCompany?: boolean;
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

/** Passed if no entry of `problems` is a text; null entries are ignored. */
export function judged(problems: readonly (string | null)[], evidence: Partial<Evidence>): Outcome {
  const found = problems.filter((problem) => problem !== null);
  return found.length === 0 ? passed(evidence) : failed(found.slice(0, MOST_PROBLEMS).join('; '), evidence);
}

const MOST_PROBLEMS = 5;

/** Thrown where the server did what it must not, far from the check. The runner then fails the check. */
export class ServerFault extends Error {
  override readonly name = 'ServerFault';
  readonly evidence: Partial<Evidence>;

  constructor(message: string, evidence: Partial<Evidence> = {}) {
    super(message);
    this.evidence = evidence;
  }
}

/** Thrown where what stands in the way is no fault of the server. The runner then does not judge. */
export class CannotJudge extends Error {
  override readonly name = 'CannotJudge';
}

/** Thrown if a check needs something that the server does not promise. The runner then skips the check. */
export class NotPromised extends Error {
  override readonly name = 'NotPromised';
}

import { setMaxListeners } from 'node:events';
import { messageOf } from '../errors.js';
import {
  type Check,
  failed,
  NotPromised,
  type Outcome,
  type Scenario,
  type ScenarioNumber,
  skipped,
  titleOf,
} from './check.js';
import { CheckContext, type ContextParts } from './context.js';

/** One check and what came of it. */
export type CheckResult = Outcome & {
  readonly id: string;
  readonly title: string;
  readonly tookMs: number;
};

export interface ScenarioResult {
  readonly number: ScenarioNumber;
  readonly name: string;
  readonly title: string;
  /** Passed: at least one check passed and none failed. Skipped: nothing was found out. */
  readonly status: Outcome['status'];
  readonly tookMs: number;
  readonly checks: readonly CheckResult[];
}

export interface CheckRun {
  readonly scenarios: readonly ScenarioResult[];
  readonly interrupted: boolean;
  readonly tookMs: number;
}

export interface RunnerOptions {
  readonly scenarios: readonly Scenario[];
  /** Checks left out by the user, by id. */
  readonly skip: ReadonlySet<string>;
  readonly context: Omit<ContextParts, 'signal'>;
  readonly signal: AbortSignal;
  readonly onScenario: (scenario: Scenario) => void;
  readonly onCheck: (result: CheckResult) => void;
}

/** Longest a check may take where it does not say. */
const LIMIT_MS = 30_000;

/** Runs the checks one after the other. Nothing that a check or a server does ends the run, but `signal`. */
export async function runChecks(options: RunnerOptions): Promise<CheckRun> {
  const startMs = performance.now();
  const scenarios: ScenarioResult[] = [];
  for (const scenario of options.scenarios) {
    if (options.signal.aborted) break;
    options.onScenario(scenario);
    scenarios.push(await runScenario(scenario, options));
  }
  return { scenarios, interrupted: options.signal.aborted, tookMs: performance.now() - startMs };
}

async function runScenario(scenario: Scenario, options: RunnerOptions): Promise<ScenarioResult> {
  const startMs = performance.now();
  const checks: CheckResult[] = [];
  for (const check of scenario.checks) {
    if (options.signal.aborted) break;
    const result = await runCheck(check, options);
    checks.push(result);
    options.onCheck(result);
  }
  const { number, name, title } = scenario;
  return { number, name, title, status: statusOf(checks), tookMs: performance.now() - startMs, checks };
}

function statusOf(checks: readonly CheckResult[]): Outcome['status'] {
  if (checks.some(({ status }) => status === 'failed')) return 'failed';
  return checks.some(({ status }) => status === 'passed') ? 'passed' : 'skipped';
}

/** Why a check was ended from outside. */
class OverLimit extends Error {
  override readonly name = 'OverLimit';
}

async function runCheck(check: Check, options: RunnerOptions): Promise<CheckResult> {
  const { id } = check;
  const title = titleOf(check, options.context);
  const startMs = performance.now();
  if (options.skip.has(id)) return { id, title, tookMs: 0, ...skipped(`left out by --skip ${id}`) };
  const limitMs = check.limitMs?.(options.context.quick) ?? LIMIT_MS;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new OverLimit(`not done after ${limitMs / 1000} s`)), limitMs);
  const signal = AbortSignal.any([options.signal, limit.signal]);
  // Every wait of every connection listens to it.
  setMaxListeners(0, signal);
  const context = new CheckContext({ ...options.context, signal });
  try {
    const outcome = await unlessAborted(check.run(context), signal);
    return { id, title, tookMs: performance.now() - startMs, ...outcome };
  } catch (error) {
    return { id, title, tookMs: performance.now() - startMs, ...outcomeOf(error, options.signal) };
  } finally {
    clearTimeout(timer);
    context.end();
  }
}

/** Ends when the signal is aborted, even if the check itself ignores the signal. */
function unlessAborted(running: Promise<Outcome>, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    running.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/**
 * What is thrown is a failure with the error as its evidence; what is not promised, and what was interrupted, a skip.
 */
function outcomeOf(error: unknown, interrupt: AbortSignal): Outcome {
  if (interrupt.aborted) return skipped('interrupted');
  if (error instanceof NotPromised) return skipped(error.message);
  const name = error instanceof Error && error.name !== 'Error' ? `${error.name}: ` : '';
  return failed(messageOf(error), { received: `${name}${messageOf(error)}` });
}

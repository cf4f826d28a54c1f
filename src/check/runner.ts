import { setMaxListeners } from 'node:events';
import { messageOf } from '../errors.js';
import { formatDuration } from '../units.js';
import { Beside, type Timed } from './beside.js';
import {
  CannotJudge,
  type Check,
  cannotJudge,
  failed,
  NotPromised,
  type Outcome,
  type Scenario,
  type ScenarioNumber,
  type ScenarioStatus,
  ServerFault,
  skipped,
  titleOf,
} from './check.js';
import { CheckContext, type ContextParts } from './context.js';
import { isOwnLimit, isServerFault } from './fault.js';
import { scenarioStatus } from './outcome/scenario-status.js';
import { isOfLook, type ServerEnd } from './outcome/server-end.js';
import { endDuring } from './server-end.js';

/** One check and its outcome. */
export type CheckResult = Outcome & {
  readonly id: string;
  readonly title: string;
  readonly tookMs: number;
};

export interface ScenarioResult {
  readonly number: ScenarioNumber;
  readonly name: string;
  readonly title: string;
  /** From its checks, by `scenarioStatus`. */
  readonly status: ScenarioStatus;
  readonly tookMs: number;
  readonly checks: readonly CheckResult[];
}

export interface CheckRun {
  readonly scenarios: readonly ScenarioResult[];
  /** Each time the server ended during a check, in order. */
  readonly serverEnds: readonly ServerEnd[];
  readonly interrupted: boolean;
  readonly tookMs: number;
}

export interface RunnerOptions {
  readonly scenarios: readonly Scenario[];
  /** Checks left out by the user, by id. */
  readonly skip: ReadonlySet<string>;
  /** Leaves out every rough check. */
  readonly gentle: boolean;
  readonly context: Omit<ContextParts, 'signal'>;
  /** How the server ended before the first check; absent if it did not. */
  readonly endBefore?: ServerEnd | null;
  /** How long to wait for a server that is gone, ms. */
  readonly backMs: number;
  readonly signal: AbortSignal;
  readonly onScenario: (scenario: Scenario) => void;
  readonly onCheck: (result: CheckResult) => void;
  readonly onServerEnd: (end: ServerEnd) => void;
}

/** Longest time of a check that has no limit of its own. */
const LIMIT_MS = 30_000;
/** A server is slow if its slowest reply took this long. */
const SLOW_MS = 300;
const GENTLE = 'left out by --gentle: it sends what breaks the protocol or abuses the server';

/**
 * Runs the checks one after the other; those that only wait run at the same time as the first ones. Only `signal` ends
 * the run early, whatever checks and servers do.
 */
export async function runChecks(options: RunnerOptions): Promise<CheckRun> {
  const startMs = performance.now();
  const begin = (check: Check) => {
    const isGone = options.endBefore?.after === 'gone';
    return isGone || leftOut(check, options) !== null ? null : perform(check, options);
  };
  const ends = options.endBefore == null ? [] : [options.endBefore];
  const isSlow = (options.context.found?.slowestReplyMs ?? 0) >= SLOW_MS;
  const run: Running = { options, ends, beside: new Beside(options.scenarios, isSlow, begin) };
  const scenarios: ScenarioResult[] = [];
  for (const scenario of options.scenarios) {
    if (options.signal.aborted) break;
    if (scenario.allowsOthers !== true) await run.beside.done();
    options.onScenario(scenario);
    scenarios.push(await runScenario(scenario, run));
  }
  await run.beside.done();
  return { scenarios, serverEnds: run.ends, interrupted: options.signal.aborted, tookMs: performance.now() - startMs };
}

interface Running {
  readonly options: RunnerOptions;
  readonly beside: Beside;
  /** So far. */
  readonly ends: ServerEnd[];
}

async function runScenario(scenario: Scenario, run: Running): Promise<ScenarioResult> {
  const { options, ends } = run;
  const checks: CheckResult[] = [];
  for (const check of scenario.checks) {
    if (options.signal.aborted) break;
    const { result, end } = await runCheck(check, run);
    checks.push(result);
    options.onCheck(result);
    if (end === null) continue;
    ends.push(end);
    options.onServerEnd(end);
  }
  const { number, name, title } = scenario;
  const tookMs = checks.reduce((sum, check) => sum + check.tookMs, 0);
  return { number, name, title, status: scenarioStatus(scenario.checks, checks), tookMs, checks };
}

/** Why the runner ended a check. */
class OverLimit extends Error {
  override readonly name = 'OverLimit';
}

interface Ran {
  readonly result: CheckResult;
  /** The server ended during the check. */
  readonly end: ServerEnd | null;
}

async function runCheck(check: Check, { options, ends, beside }: Running): Promise<Ran> {
  const { id, isRough = false } = check;
  const title = titleOf(check, options.context);
  const left = leftOut(check, options) ?? (await unreached(check, options, ends.at(-1) ?? null));
  if (left !== null) return { result: { id, title, tookMs: 0, ...left }, end: null };
  // If the server ended meanwhile, a check that ran at the same time as others says nothing. It runs again.
  const before = options.endBefore == null ? 0 : 1;
  const begun = ends.length === before ? beside.of(check) : undefined;
  const { outcome, tookMs } = await (begun ?? perform(check, options));
  const isSuspect =
    outcome.status === 'failed' || outcome.status === 'error' || (isRough && outcome.status !== 'skipped');
  const end = await endAfter({ id, isRough, isSuspect }, options);
  return { result: { id, title, tookMs, ...(end === null ? outcome : ended(outcome, end)) }, end };
}

/** The outcome of a check that is not run; null if it is run. */
export function leftOut(
  { id, isRough }: Check,
  { skip, gentle }: Pick<RunnerOptions, 'skip' | 'gentle'>,
): Outcome | null {
  if (skip.has(id)) return skipped(`left out by --skip ${id}`);
  if (gentle && isRough === true) return skipped(GENTLE);
  return null;
}

/**
 * The outcome of a check if the server is gone; null if the server is there. A check of something that is not promised
 * is skipped all the same. `last`: how the server ended the last time.
 */
async function unreached(check: Check, options: RunnerOptions, last: ServerEnd | null): Promise<Outcome | null> {
  if (last?.after !== 'gone') return null;
  const gone = `the server is gone since ${isOfLook(last) ? 'the look at it' : `check ${last.check}`}`;
  const { process } = options.context;
  const still = process === null ? null : { ...STILL, pid: process.pid, log: process.log };
  const context = { ...options.context, process: process?.restart == null ? still : { ...still!, restart: stays } };
  const outcome = await outcomeOf(check, { ...options, context: { ...context, isGone: true } });
  return outcome.status === 'skipped' ? outcome : cannotJudge(gone);
}

/** Stands for the process of a server that wsurge cannot watch. */
const STILL = { sample: () => null, exited: () => 'ended', restart: null };
const stays = () => Promise.reject(new Error('the server is gone'));

async function perform(check: Check, options: RunnerOptions): Promise<Timed> {
  const startMs = performance.now();
  const outcome = await outcomeOf(check, options);
  return { outcome, tookMs: performance.now() - startMs };
}

async function outcomeOf(check: Check, options: RunnerOptions): Promise<Outcome> {
  const limitMs = check.limitMs?.(options.context.quick) ?? LIMIT_MS;
  const limit = new AbortController();
  const overLimit = new OverLimit(`wsurge ended this check after ${formatDuration(limitMs)}, its longest time`);
  const timer = setTimeout(() => limit.abort(overLimit), limitMs);
  const signal = AbortSignal.any([options.signal, limit.signal]);
  // Every wait of every connection adds a listener.
  setMaxListeners(0, signal);
  const context = new CheckContext({ ...options.context, signal });
  try {
    return await unlessAborted(check.run(context), signal);
  } catch (error) {
    return thrown(error, options.signal);
  } finally {
    clearTimeout(timer);
    context.end();
  }
}

/** Rejects when the signal is aborted, even if the check ignores the signal. */
function unlessAborted(running: Promise<Outcome>, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    running.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** A failure is only what the server did. Other errors say nothing about the server. */
function thrown(error: unknown, interrupt: AbortSignal): Outcome {
  if (interrupt.aborted) return skipped('interrupted');
  if (error instanceof NotPromised) return skipped(error.message);
  const message = messageOf(error);
  if (error instanceof OverLimit || error instanceof CannotJudge) return cannotJudge(message);
  if (isOwnLimit(error)) return cannotJudge(`this machine opens no more connections: ${message}`);
  if (!isServerFault(error)) return cannotJudge(`wsurge could not do this check: ${message}`);
  return failed(message, { received: message, ...(error instanceof ServerFault ? error.evidence : {}) });
}

async function endAfter(check: Parameters<typeof endDuring>[0], options: RunnerOptions): Promise<ServerEnd | null> {
  if (options.signal.aborted) return null;
  try {
    return await endDuring(check, { ...options.context, signal: options.signal }, options.backMs);
  } catch (error) {
    if (options.signal.aborted) return null;
    throw error;
  }
}

/** That the server ended comes first, whatever else the check found. */
function ended(outcome: Outcome, end: ServerEnd): Outcome {
  const found = outcome.status === 'failed' ? `; ${outcome.reason}` : '';
  const { sent, expected, received, measured, advice } = outcome;
  return failed(`the server ended: ${end.how}${found}`, { sent, expected, received, measured, advice });
}

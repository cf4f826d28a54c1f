/** result.json of `wsurge check`: every check with its evidence, secrets struck out, foreign text made safe. */
import type { z } from 'zod';
import type { CheckStatus, ScenarioStatus } from '../check/check.js';
import { isOfLook } from '../check/outcome/server-end.js';
import { isShutOut } from '../check/outcome/shut-out.js';
import type { CheckResult, CheckRun } from '../check/runner.js';
import { EXIT, type ExitCode, worstExit } from '../errors.js';
import { safeText } from './build-result.js';
import type { FoundPart } from './check-found.js';
import { CHECK_SCHEMA_VERSION, type checkSchema, checkWords } from './check-schema.js';
import type { Frozen } from './frozen.js';
import type { Redactor } from './redaction/redact.js';

/** result.json of a check, as its schema says. Times of day ISO 8601 UTC, durations milliseconds. */
export type CheckDocument = Frozen<z.infer<typeof checkSchema>>;

/** How many checks ended with each status. `error`: those that wsurge could not judge. */
export type Tally = CheckDocument['verdict']['checks'];
/** `partly`: nothing failed, but a required check was left out. */
export type ScenarioTally = CheckDocument['verdict']['scenarios'];
/** What `--with-load` measured on the same target, or why it did not. */
export type LoadPart = NonNullable<CheckDocument['load']>;
/** An exit code of a check: 102 is that of `ab` alone. */
type CheckExit = CheckDocument['verdict']['exitCode'];

export interface CheckParts
  extends Pick<
    CheckDocument,
    | 'runId'
    | 'labels'
    | 'environment'
    | 'target'
    | 'profile'
    | 'seed'
    | 'quick'
    | 'gentle'
    | 'protocol'
    | 'found'
    | 'promises'
    | 'load'
  > {
  readonly run: CheckRun;
  /** wsurge ended before the checks did. */
  readonly crashed: boolean;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly tool: { readonly version: string; readonly engine: string };
  /** Strikes the user's secrets. */
  readonly redactor: Redactor;
  /** Strikes the user's secrets also in the spellings of a server that echoes them. */
  readonly foreign: Redactor;
}

export function buildCheckDocument(parts: CheckParts): CheckDocument {
  const { run, redactor, foreign } = parts;
  const words = checkWords();
  const exitCode = exitOf(run, parts.found ?? null, parts.load);
  const numbered = run.scenarios.filter(({ number }) => number !== 'security');
  const document: CheckDocument = {
    schemaVersion: CHECK_SCHEMA_VERSION,
    kind: 'check',
    runId: parts.runId,
    status: parts.crashed ? 'crashed' : run.interrupted ? 'interrupted' : 'complete',
    startedAt: parts.startedAt.toISOString(),
    endedAt: parts.endedAt.toISOString(),
    tookMs: run.tookMs,
    labels: parts.labels,
    tool: { name: 'wsurge', version: parts.tool.version, engine: parts.tool.engine },
    environment: parts.environment,
    target: parts.target,
    profile: null,
    seed: parts.seed,
    quick: parts.quick,
    gentle: parts.gentle,
    protocol: parts.protocol,
    found: foreign.json(parts.found ?? null, words),
    verdict: {
      passed: exitCode === EXIT.passed,
      exitCode,
      scenarios: { ...tally(numbered), partly: numbered.filter(({ status }) => status === 'partly').length },
      checks: tally(run.scenarios.flatMap(({ checks }) => checks)),
    },
    promises: parts.promises,
    serverEnds: foreign.json(run.serverEnds, words),
    scenarios: foreign.json(
      run.scenarios.map((scenario) => ({ ...scenario, checks: scenario.checks.map(withoutUnknown) })),
      words,
    ),
    load: null,
  };
  const safe = safeText(redactor.json(document, words)) as CheckDocument;
  // Profile and load were made safe when they were made.
  return { ...safe, profile: redactor.json(parts.profile), load: parts.load };
}

/** Figures that are no number are left out: nothing was measured there. */
export function withoutUnknown(check: CheckResult): CheckResult {
  return { ...check, measured: check.measured.filter(({ value }) => Number.isFinite(value)) };
}

/** How many of these have each status of a check. */
export function tally(results: readonly { readonly status: ScenarioStatus }[]): Tally {
  const count = (wanted: CheckStatus) => results.filter(({ status }) => status === wanted).length;
  return { passed: count('passed'), failed: count('failed'), error: count('error'), skipped: count('skipped') };
}

/** The exit code of checks and load together. A failed check stays 99, even if the load is invalid, which is 98. */
function exitOf(run: CheckRun, found: FoundPart | null, load: LoadPart | null): CheckExit {
  const own = checkExit(run, found);
  return own === EXIT.failed ? own : (worstExit([own, loadExit(load)]) as CheckExit);
}

/**
 * 99 if a check failed or the look ended the server; else 98 if a check could not be judged, if all were skipped, or if
 * the server let nobody in: then something is not decided.
 */
function checkExit({ scenarios, serverEnds, interrupted }: CheckRun, found: FoundPart | null): CheckExit {
  if (interrupted) return EXIT.interrupted;
  const { failed, error, passed } = tally(scenarios.flatMap(({ checks }) => checks));
  if (failed > 0 || serverEnds.some(isOfLook)) return EXIT.failed;
  return error > 0 || passed === 0 || isShutOut(found?.kind ?? null, scenarios) ? EXIT.invalid : EXIT.passed;
}

function loadExit(load: LoadPart | null): ExitCode {
  if (load === null) return EXIT.passed;
  return load.status === 'measured' ? load.result.verdict.exitCode : EXIT.failed;
}

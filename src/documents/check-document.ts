/** result.json of `wsurge check`: every check with its evidence, secrets struck out, foreign text made safe. */
import type { CheckStatus, ScenarioStatus } from '../check/check.js';
import type { Protocol } from '../check/expectations.js';
import type { ServerPromise } from '../check/promises.js';
import type { CheckRun, ScenarioResult } from '../check/runner.js';
import { isShutOut } from '../check/selection.js';
import { isOfLook, type ServerEnd } from '../check/server-end.js';
import { EXIT, type ExitCode, worstExit } from '../errors.js';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import { safeText } from './build-result.js';
import type { FoundPart } from './check-found.js';
import { checkJsonSchema } from './check-schema.js';
import type { Redactor } from './redaction/redact.js';
import type { ResultDocument } from './result-document.js';
import { schemaWords } from './schema-words.js';

export const CHECK_SCHEMA_VERSION = 1;

/** How many checks ended with each status. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Those that wsurge could not judge. */
  readonly error: number;
  readonly skipped: number;
}

export interface ScenarioTally extends Tally {
  /** Nothing failed, but a required check was left out. */
  readonly partly: number;
}

/** What `--with-load` measured on the same target, or why it did not. */
export type LoadPart =
  | { readonly status: 'measured'; readonly result: ResultDocument }
  | { readonly status: 'failed'; readonly reason: string };

/** Times of day ISO 8601 UTC, durations milliseconds. */
export interface CheckDocument {
  readonly schemaVersion: typeof CHECK_SCHEMA_VERSION;
  readonly kind: 'check';
  readonly runId: string;
  readonly status: 'complete' | 'interrupted' | 'crashed';
  readonly startedAt: string;
  readonly endedAt: string;
  readonly tookMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly tool: { readonly name: 'wsurge'; readonly version: string; readonly engine: string };
  readonly environment: { readonly generators: readonly GeneratorEnvironment[] };
  readonly target: ResultDocument['target'];
  /** The profile as resolved, secrets struck out. */
  readonly profile: unknown;
  readonly seed: number;
  readonly quick: boolean;
  /** Checks that send what no correct client sends were left out. */
  readonly gentle: boolean;
  /** The protocol that the checks assumed. */
  readonly protocol: Protocol;
  /** What kind of server it is; null where nobody looked, absent from results of before. */
  readonly found?: FoundPart | null;
  readonly verdict: {
    readonly passed: boolean;
    readonly exitCode: ExitCode;
    /** Of the numbered scenarios; security stands apart. */
    readonly scenarios: ScenarioTally;
    /** Of all checks. */
    readonly checks: Tally;
  };
  /** What the server is held to, and who said so. */
  readonly promises: readonly ServerPromise[];
  /** Each time the server ended during a check, in order. */
  readonly serverEnds: readonly ServerEnd[];
  readonly scenarios: readonly ScenarioResult[];
  readonly load: LoadPart | null;
}

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
  const words = schemaWords(checkJsonSchema());
  const exitCode = exitOf(run, parts.found ?? null, parts.load);
  const numbered = run.scenarios.filter(({ number }) => number !== 'security');
  const document: CheckDocument = {
    schemaVersion: CHECK_SCHEMA_VERSION,
    kind: 'check',
    runId: parts.runId,
    status: run.interrupted ? 'interrupted' : 'complete',
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
    scenarios: foreign.json(run.scenarios.map(withoutUnknown), words),
    load: null,
  };
  const safe = safeText(redactor.json(document, words)) as CheckDocument;
  // Both are safe already.
  return { ...safe, profile: redactor.json(parts.profile), load: parts.load };
}

/** Figures that are no number are left out: nothing was measured there. */
function withoutUnknown(scenario: ScenarioResult): ScenarioResult {
  const checks = scenario.checks.map((check) => {
    return { ...check, measured: check.measured.filter(({ value }) => Number.isFinite(value)) };
  });
  return { ...scenario, checks };
}

/** How many of these have each status of a check. */
export function tally(results: readonly { readonly status: ScenarioStatus }[]): Tally {
  const count = (wanted: CheckStatus) => results.filter(({ status }) => status === wanted).length;
  return { passed: count('passed'), failed: count('failed'), error: count('error'), skipped: count('skipped') };
}

/** What a check found failed stays proven, whatever the load says: 99 where 98 would win otherwise. */
function exitOf(run: CheckRun, found: FoundPart | null, load: LoadPart | null): ExitCode {
  const own = checkExit(run, found);
  return own === EXIT.failed ? own : worstExit([own, loadExit(load)]);
}

/**
 * 99 if a check failed or the look ended the server; else 98 if a check could not be judged, if all were skipped, or if
 * the server let nobody in: then something is not decided.
 */
function checkExit({ scenarios, serverEnds, interrupted }: CheckRun, found: FoundPart | null): ExitCode {
  if (interrupted) return EXIT.interrupted;
  const { failed, error, passed } = tally(scenarios.flatMap(({ checks }) => checks));
  if (failed > 0 || serverEnds.some(isOfLook)) return EXIT.failed;
  return error > 0 || passed === 0 || isShutOut(found?.kind ?? null, scenarios) ? EXIT.invalid : EXIT.passed;
}

function loadExit(load: LoadPart | null): ExitCode {
  if (load === null) return EXIT.passed;
  return load.status === 'measured' ? load.result.verdict.exitCode : EXIT.failed;
}

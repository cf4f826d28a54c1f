/** result.json of `wsurge check`: every check with its evidence, secrets struck out, foreign text made safe. */
import type { Protocol } from '../check/expectations.js';
import type { CheckRun, ScenarioResult } from '../check/runner.js';
import { EXIT, type ExitCode, worstExit } from '../errors.js';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import type { FoundPart } from './check-found.js';
import { checkJsonSchema } from './check-schema.js';
import { safeText } from './document.js';
import type { Redactor } from './redact.js';
import type { ResultDocument } from './result-document.js';
import { schemaWords } from './schema-words.js';

export const CHECK_SCHEMA_VERSION = 1;

/** How many passed, failed, or were skipped. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
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
  /** The protocol that the checks assumed. */
  readonly protocol: Protocol;
  /** What kind of server it is; null where nobody looked, absent from results of before. */
  readonly found?: FoundPart | null;
  readonly verdict: {
    readonly passed: boolean;
    readonly exitCode: ExitCode;
    /** Of the numbered scenarios; security stands apart. */
    readonly scenarios: Tally;
    /** Of all checks. */
    readonly checks: Tally;
  };
  readonly scenarios: readonly ScenarioResult[];
  readonly load: LoadPart | null;
}

export interface CheckParts
  extends Pick<
    CheckDocument,
    'runId' | 'labels' | 'environment' | 'target' | 'profile' | 'seed' | 'quick' | 'protocol' | 'found' | 'load'
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
  const exitCode = worstExit([checkExit(run), loadExit(parts.load)]);
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
    protocol: parts.protocol,
    found: foreign.json(parts.found ?? null, words),
    verdict: {
      passed: exitCode === EXIT.passed,
      exitCode,
      scenarios: tally(run.scenarios.filter(({ number }) => number !== 'security')),
      checks: tally(run.scenarios.flatMap(({ checks }) => checks)),
    },
    scenarios: foreign.json(run.scenarios, words),
    load: null,
  };
  const safe = safeText(redactor.json(document, words)) as CheckDocument;
  // Both are safe already.
  return { ...safe, profile: redactor.json(parts.profile), load: parts.load };
}

function tally(results: readonly { readonly status: keyof Tally }[]): Tally {
  const count = (wanted: keyof Tally) => results.filter(({ status }) => status === wanted).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

/** 99 if a check failed; 98 if every check was skipped, since then nothing is decided. */
function checkExit({ scenarios, interrupted }: CheckRun): ExitCode {
  if (interrupted) return EXIT.interrupted;
  const { failed, passed } = tally(scenarios.flatMap(({ checks }) => checks));
  if (failed > 0) return EXIT.failed;
  return passed === 0 ? EXIT.invalid : EXIT.passed;
}

function loadExit(load: LoadPart | null): ExitCode {
  if (load === null) return EXIT.passed;
  return load.status === 'measured' ? load.result.verdict.exitCode : EXIT.failed;
}

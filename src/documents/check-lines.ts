/** The lines of checks.ndjson: what is written of a check while it runs, and the document that they come to. */
import { z } from 'zod';
import { scenarioStatus } from '../check/outcome/scenario-status.js';
import type { ServerEnd } from '../check/outcome/server-end.js';
import type { CheckResult, CheckRun, ScenarioResult } from '../check/runner.js';
import type { SetAside } from '../check/set-aside.js';
import { safeText } from './build-result.js';
import { buildCheckDocument, type CheckDocument, withoutUnknown } from './check-document.js';
import { foundPart } from './check-found.js';
import { checkResultSchema, checkWords, parseCheck, serverEndSchema } from './check-schema.js';
import { firstProblem } from './document-schema.js';
import { Redactor } from './redaction/redact.js';

const LINES_VERSION = 1;

/** Why a check has no result. `NOT_RUN` is in the first line; an error that is known is added to it. */
export const NOT_RUN = 'not run: wsurge ended before this check was done';
const NOT_MEASURED = 'wsurge ended before the load was measured';

const version = z.literal(LINES_VERSION, `is a version that this wsurge does not read; it reads ${LINES_VERSION}`);
const asideSchema = z.object({ count: z.number(), first: z.string().nullable(), passedOn: z.string().nullable() });
const plannedSchema = z.object({
  v: version,
  // The document of a check of which nothing is done. Its profile is in run.json.
  document: z.unknown(),
  required: z.array(z.string()),
  withLoad: z.boolean(),
});
const doneSchema = z.object({
  v: version,
  elapsedMs: z.number().min(0),
  check: checkResultSchema,
  aside: asideSchema.nullable(),
});
const endSchema = z.object({ v: version, end: serverEndSchema });

type Planned = z.infer<typeof plannedSchema> & { readonly document: CheckDocument };
type Done = z.infer<typeof doneSchema>;
type Aside = z.infer<typeof asideSchema>;

export type CheckLineOf =
  | { readonly kind: 'planned'; readonly value: Planned }
  | { readonly kind: 'check'; readonly value: Done }
  | { readonly kind: 'serverEnd'; readonly value: z.infer<typeof endSchema> };

/** The lines of one check, with secrets struck out and foreign text made safe, as in its document. */
export class CheckLines {
  readonly #safe: <T>(value: T) => T;

  constructor({ redactor, foreign }: { readonly redactor: Redactor; readonly foreign: Redactor }) {
    const words = checkWords();
    this.#safe = <T>(value: T) => safeText(redactor.json(foreign.json(value, words), words)) as T;
  }

  /** The first line. `document`: of a check of which nothing is done. */
  planned(document: CheckDocument, required: readonly string[], withLoad: boolean): CheckLineOf {
    const value = { v: LINES_VERSION, document: { ...document, profile: null }, required: [...required], withLoad };
    return { kind: 'planned', value } as CheckLineOf;
  }

  /** `elapsedMs`: since the first check began. */
  done(
    result: CheckResult,
    elapsedMs: number,
    set: Pick<SetAside, 'count' | 'first' | 'passedOn'> | null,
  ): CheckLineOf {
    const aside = set === null ? null : { count: set.count, first: set.first, passedOn: set.passedOn };
    const { check, ...rest } = this.#safe({ check: withoutUnknown(result), aside });
    return { kind: 'check', value: { v: LINES_VERSION, elapsedMs, check, ...rest } };
  }

  ended(end: ServerEnd): CheckLineOf {
    return { kind: 'serverEnd', value: { v: LINES_VERSION, end: this.#safe(end) } };
  }
}

/** What run.json adds to the lines of a check that has no end. */
interface Crash {
  readonly profile: unknown;
  /** What it died of, where that is known. */
  readonly error: string | null;
}

/** What came of the checks that are done, by the lines. */
interface Progress {
  readonly planned: Planned;
  readonly done: ReadonlyMap<string, CheckResult>;
  readonly ends: readonly ServerEnd[];
  readonly elapsedMs: number;
  readonly aside: Aside | null;
}

/** The document of a check that has no end. Throws an Error that says what is wrong with its lines. */
export function documentOfLines(lines: readonly { kind: string; value: unknown }[], crash: Crash): CheckDocument {
  const { planned, done, ends, elapsedMs, aside } = progressOf(lines);
  const { document } = planned;
  const reason = crash.error === null ? NOT_RUN : `${NOT_RUN}: ${crash.error}`;
  const run: CheckRun = {
    scenarios: document.scenarios.map((scenario) => asFarAsDone(scenario, planned.required, done, reason)),
    serverEnds: [...document.serverEnds, ...ends],
    interrupted: true,
    tookMs: elapsedMs,
  };
  const none = new Redactor([]);
  return buildCheckDocument({
    ...{ ...document, ...crash, run, crashed: true, startedAt: new Date(document.startedAt) },
    endedAt: new Date(new Date(document.endedAt).getTime() + elapsedMs),
    ...(document.found == null
      ? {}
      : { found: { ...foundPart(document.found, aside, true), next: document.found.next } }),
    load: planned.withLoad ? { status: 'failed', reason: NOT_MEASURED } : null,
    // Secrets were struck out as the lines were written.
    ...{ redactor: none, foreign: none },
  });
}

function asFarAsDone(
  scenario: ScenarioResult,
  required: readonly string[],
  done: ReadonlyMap<string, CheckResult>,
  reason: string,
): ScenarioResult {
  const checks = scenario.checks.map((check): CheckResult => {
    const open = check.status === 'skipped' && check.reason === NOT_RUN ? { ...check, reason } : check;
    return done.get(check.id) ?? open;
  });
  const needed = checks.map(({ id }) => ({ id, isRequired: required.includes(id) }));
  const tookMs = checks.reduce((sum, check) => sum + check.tookMs, 0);
  return { ...scenario, status: scenarioStatus(needed, checks), tookMs, checks };
}

function progressOf([first, ...rest]: readonly { kind: string; value: unknown }[]): Progress {
  if (first?.kind !== 'planned') throw new Error('its first line does not say what was planned');
  const { document, ...facts } = checked(plannedSchema, first.value, 1);
  const planned: Planned = { ...facts, document: parseCheck(document) };
  const ids = new Set(planned.document.scenarios.flatMap(({ checks }) => checks.map(({ id }) => id)));
  const done = new Map<string, CheckResult>();
  const ends = new Map<string, ServerEnd>();
  let last: Done | null = null;
  for (const [index, { kind, value }] of rest.entries()) {
    const number = index + 2;
    if (kind === 'planned') throw new Error(`line ${number}: a second plan`);
    if (kind === 'serverEnd') {
      const { end } = checked(endSchema, value, number);
      onceOf(ids, ends, end.check, number);
      ends.set(end.check, end);
      continue;
    }
    last = checked(doneSchema, value, number);
    onceOf(ids, done, last.check.id, number);
    done.set(last.check.id, last.check);
  }
  return { planned, done, ends: [...ends.values()], elapsedMs: last?.elapsedMs ?? 0, aside: last?.aside ?? null };
}

function checked<T>(schema: z.ZodType<T>, value: unknown, line: number): T {
  const problem = firstProblem(schema, value);
  if (problem !== null) throw new Error(`line ${line}: ${problem}`);
  return value as T;
}

function onceOf(ids: ReadonlySet<string>, seen: ReadonlyMap<string, unknown>, id: string, line: number): void {
  if (!ids.has(id)) throw new Error(`line ${line}: check ${id} was not planned`);
  if (seen.has(id)) throw new Error(`line ${line}: check ${id} comes a second time`);
}

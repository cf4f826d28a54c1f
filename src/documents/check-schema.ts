/** The schema of a check's result.json: checks files that are read back, and makes schemas/check.schema.json. */

import { z } from 'zod';
import type { ServerEnd } from '../check/outcome/server-end.js';
import type { ServerPromise } from '../check/promises.js';
import type { CheckResult, ScenarioResult } from '../check/runner.js';
import type { CheckDocument } from './check-document.js';
import { foundSchema } from './check-found.js';
import { firstProblem, jsonSchemaOf, schemaFileText } from './document-schema.js';
import type { InStep } from './frozen.js';
import { generatorSchema } from './generator-schema.js';
import type { ResultDocument } from './result-document.js';
import { schemaWords } from './schema-words.js';
import { targetSchema } from './target-facts.js';

export const CHECK_SCHEMA_VERSION = 1;

/** A schema whose values have a type that says more than the schema does. */
function typed<T>(schema: z.ZodType): z.ZodType<T> {
  return schema as z.ZodType<T>;
}

const number = z.number();
const text = z.string();
const tally = z.object({ passed: number, failed: number, error: number, skipped: number });
const status = z
  .enum(['passed', 'failed', 'error', 'skipped'])
  .describe('error: wsurge could not judge it. skipped: not promised, or left out.');

const check = z
  .object({
    id: text,
    title: text,
    status,
    reason: text.optional().describe('Why it failed, was skipped or could not be judged.'),
    tookMs: number,
    sent: text,
    expected: text,
    received: text,
    measured: z.array(z.object({ name: text, value: number, unit: text })),
    advice: z.array(text),
  })
  .meta({ id: 'Check', description: 'One check with its evidence.' });

// The schema allows a reason anywhere; the type knows which results have one.
true satisfies InStep<Omit<z.infer<typeof check>, 'reason'>, Pick<CheckResult, keyof CheckResult>>;

/** One check with its evidence. */
export const checkResultSchema = typed<CheckResult>(check);

const scenario = z.object({
  number: z.union([z.literal([1, 2, 3, 4, 5, 6, 7, 8]), z.literal('security')]),
  name: text,
  title: text,
  status: z
    .enum(['passed', 'failed', 'error', 'partly', 'skipped'])
    .describe('partly: nothing failed, but a required check was left out.'),
  tookMs: number,
  checks: z.array(checkResultSchema),
});

true satisfies InStep<z.infer<typeof scenario>, ScenarioResult>;

const promise = z.object({
  key: text.describe('Where in the profile it stands, or would stand.'),
  says: text,
  by: z.enum(['profile', 'recognised', 'default']).nullable().describe('null: not promised.'),
});

true satisfies InStep<z.infer<typeof promise>, ServerPromise>;

export const serverEndSchema = z.object({
  check: text.describe('The check during which the server ended; look: the look before all checks.'),
  sent: text.exactOptional().describe('What was sent last before the end, where the look knows it.'),
  isRough: z.boolean().describe('The check sends what breaks the protocol or abuses the server.'),
  how: text,
  after: z.enum(['restarted', 'back', 'gone']).describe('By wsurge; by itself; not at all: the rest is not judged.'),
  backMs: number.nullable(),
});

true satisfies InStep<z.infer<typeof serverEndSchema>, ServerEnd>;

const load = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('measured'),
    result: typed<ResultDocument>(z.unknown().describe('As result.schema.json says.')),
  }),
  z.object({ status: z.literal('failed'), reason: text }),
]);

/** result.json of a check. Times of day ISO 8601 UTC, durations milliseconds. */
export const checkSchema = z.object({
  schemaVersion: z.literal(CHECK_SCHEMA_VERSION),
  kind: z.literal('check'),
  runId: text,
  status: z.enum(['complete', 'interrupted', 'crashed']),
  startedAt: text,
  endedAt: text,
  tookMs: number,
  labels: z.record(text, text),
  tool: z.object({ name: z.literal('wsurge'), version: text, engine: text }),
  environment: z.object({ generators: z.array(generatorSchema) }),
  target: targetSchema,
  /** The profile as resolved, secrets struck out. */
  profile: z.unknown(),
  seed: number,
  quick: z.boolean(),
  gentle: z.boolean().describe('Checks that send what no correct client sends were left out.'),
  /** The protocol that the checks assumed. */
  protocol: z.enum(['bot', 'echo']),
  found: foundSchema.nullable().exactOptional().describe('What kind of server it is; null where nobody looked.'),
  verdict: z.object({
    passed: z.boolean(),
    exitCode: z.literal([0, 1, 98, 99, 103, 104, 105]),
    scenarios: tally.extend({ partly: number }).describe('Of the numbered scenarios.'),
    checks: tally.describe('Of all checks, security included.'),
  }),
  promises: z.array(promise).describe('What the server is held to, and who said so.'),
  /** Each time the server ended during a check, in order. */
  serverEnds: z.array(serverEndSchema),
  scenarios: z.array(scenario),
  load: load.nullable().describe('What --with-load measured on the same target.'),
});

/** A document that was read back. Throws an Error that says what is wrong with it. */
export function parseCheck(value: unknown): CheckDocument {
  const problem = firstProblem(checkSchema, value);
  if (problem !== null) throw new Error(problem);
  // The value itself, not the schema's copy: it keeps the order of its keys, so that writing it anew gives the same
  // bytes.
  return value as CheckDocument;
}

function checkJsonSchema(): Record<string, unknown> {
  return jsonSchemaOf(checkSchema, 'check', 'wsurge check result');
}

/** What schemas/check.schema.json holds. */
export function checkJsonSchemaText(): string {
  return schemaFileText(checkJsonSchema());
}

/** Every key and fixed word of the document of a check. */
export const checkWords = schemaWords(checkJsonSchema);

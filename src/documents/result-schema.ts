/** The schema of result.json: checks files that are read back, and makes schemas/result.schema.json. */

import { z } from 'zod';
import { histogramProblem } from '../metrics/figure-check.js';
import type { IdleMemory } from '../metrics/idle-memory.js';
import type { Verdict } from '../verdict/verdict.js';
import { cellSchema, targetStatus, validity } from './cell-schema.js';
import { firstProblem, jsonSchemaOf, schemaFileText } from './document-schema.js';
import type { InStep } from './frozen.js';
import { generatorSchema } from './generator-schema.js';
import { RESULT_SCHEMA_VERSION, type ResultDocument } from './result-document.js';
import { schemaWords } from './schema-words.js';
import { targetSchema } from './target-facts.js';

const number = z.number();
const nullable = number.nullable();
const text = z.string();

const reason = z.object({
  code: text,
  side: z.enum(['client', 'target', 'unknown']),
  severity: z.enum(['degraded', 'invalid', 'note']),
  cell: text.nullable(),
  message: text,
  fix: text,
  measure: number.optional().describe('How bad it is among reasons of its code: larger is worse'),
});

const threshold = z.object({
  metric: text,
  selector: z.record(text, text),
  expression: text,
  title: text.nullable(),
  gate: z.boolean(),
  actual: nullable,
  limit: number,
  comparison: text,
  unit: z.enum(['us', 'bytes', 'percent', 'ratio', 'count']),
  passed: z.boolean().nullable(),
  note: text.nullable(),
});

const perConnection = z.object({
  bytes: number,
  ci: z.tuple([number, number]).nullable().describe('95 % interval of the slope; null for a line through two points'),
  r2: number,
});
const idleSteps = z.array(
  z.object({
    asked: number,
    held: number,
    rssBytes: number.describe("Of the server's processes"),
    socketBytes: nullable.describe('Kernel memory of all sockets of this machine'),
  }),
);
const idleMemory = z
  .discriminatedUnion('status', [
    z.object({
      status: z.literal('measured'),
      steps: idleSteps,
      server: perConnection.describe('Bytes of the server that one more connection takes'),
      sockets: perConnection.nullable().describe('Bytes of the kernel for both ends of one more connection'),
    }),
    z.object({ status: z.literal('none'), reason: text, steps: idleSteps }),
  ])
  .describe('Connections held idle before the load; absent where nothing asked for it');
true satisfies InStep<z.infer<typeof idleMemory>, IdleMemory>;

const exitCode = z.union([
  z.literal(1),
  z.literal(104),
  z.literal(103),
  z.literal(102),
  z.literal(105),
  z.literal(98),
  z.literal(99),
  z.literal(0),
]);

const verdict = z.object({
  validity,
  accuracy: z
    .object({ share: number, us: number })
    .optional()
    .describe('What printed latencies were judged by: the larger of a share and a time'),
  target: targetStatus,
  reasons: z.array(reason),
  thresholds: z.array(threshold),
  gates: z.array(z.object({ gate: text, cell: text, passed: z.boolean(), message: text })),
  passed: z.boolean(),
  exitCode,
});
true satisfies InStep<z.infer<typeof verdict>, Omit<Verdict, 'cells'>>;

/** result.json. Latencies are microseconds; times of day ISO 8601 UTC. */
export const resultSchema = z.object({
  schemaVersion: z.literal(RESULT_SCHEMA_VERSION),
  kind: z.literal('run'),
  runId: text,
  status: z.enum(['complete', 'interrupted', 'crashed']),
  startedAt: text.describe('ISO 8601, UTC'),
  endedAt: text.describe('ISO 8601, UTC'),
  labels: z.record(text, text),
  tool: z.object({ name: z.literal('wsurge'), version: text, engine: text }),
  environment: z.object({ generators: z.array(generatorSchema) }),
  target: targetSchema,
  profile: z.unknown().describe('The profile as resolved, secrets struck out'),
  planHash: text,
  seed: number,
  workers: number,
  pacing: text,
  verdict,
  benchmark: z.array(
    z.object({
      title: text,
      metric: text,
      value: nullable,
      unit: text,
      threshold: text,
      passed: z.boolean().nullable(),
      gate: z.boolean(),
      note: text.nullable(),
    }),
  ),
  cells: z.array(cellSchema),
  notRun: z.array(z.object({ id: text, reason: text })),
  abortedBy: text.nullable(),
  idleMemory: idleMemory.exactOptional(),
});

/** Checks a result that was read from a file; throws an Error that says what is wrong. */
export function parseResult(value: unknown): ResultDocument {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no result document');
  const { schemaVersion, kind } = value as { schemaVersion?: unknown; kind?: unknown };
  if (schemaVersion !== RESULT_SCHEMA_VERSION) {
    const found = schemaVersion === undefined ? 'no schemaVersion' : `schemaVersion ${JSON.stringify(schemaVersion)}`;
    throw new Error(`it has ${found}; this version of wsurge reads ${RESULT_SCHEMA_VERSION}`);
  }
  if (kind !== 'run') throw new Error(`it is of kind ${JSON.stringify(kind) ?? 'none'}, not a run`);
  const problem = firstProblem(resultSchema, value);
  if (problem !== null) throw new Error(problem);
  // The value itself, not the schema's copy: it keeps the order of its keys, so that writing it anew gives the same
  // bytes.
  return withHistograms(value as ResultDocument);
}

/** The document, whose histograms can all be read; throws an Error that names the first that cannot. */
function withHistograms(document: ResultDocument): ResultDocument {
  for (const [i, cell] of document.cells.entries()) {
    const problem = histogramProblem(cell);
    if (problem !== null) throw new Error(`cells.${i}.${problem}`);
  }
  return document;
}

export function resultJsonSchema(): Record<string, unknown> {
  return jsonSchemaOf(resultSchema, 'result', 'wsurge result');
}

/** What schemas/result.schema.json holds. */
export function resultJsonSchemaText(): string {
  return schemaFileText(resultJsonSchema());
}

/** Every key and fixed word of a result document: our own vocabulary, in which nothing can be a secret. */
export const documentWords = schemaWords(resultJsonSchema);

/** The schema of capacity.json, and schemas/capacity.schema.json from it. */

import { z } from 'zod';
import { schemaId } from '../profile/schema-id.js';
import { CAPACITY_SCHEMA_VERSION, type CapacityDocument } from './capacity-document.js';
import { generatorSchema } from './generator-schema.js';
import { schemaWords } from './schema-words.js';
import { targetSchema } from './target-facts.js';

const number = z.number();
const nullable = number.nullable();
const text = z.string();
const blame = z.enum(['target', 'client', 'samples']);
const targetStatus = z.enum(['ok', 'overloaded', 'down']);
const range = z.tuple([number, number]);
const estimate = z.object({ value: number, ci: range });

const step = z.object({
  cell: text,
  purpose: z.enum(['climb', 'down', 'narrow', 'confirm']),
  connections: number,
  held: number,
  askedPerSecond: nullable,
  answeredPerSecond: number.describe('Answers that came within the measured time'),
  achieved: nullable.describe('Share of the planned messages that were answered, 0 to 1'),
  valueUs: nullable.describe('The quantile (or mean) of the SLO, microseconds'),
  ciUs: range.nullable().describe('Its 95 % interval'),
  note: text.nullable(),
  passed: z.boolean(),
  by: blame.nullable().describe('Who is to blame where it did not pass'),
  why: text.nullable(),
  fix: text.nullable(),
  validity: z.enum(['valid', 'degraded', 'invalid']),
  target: targetStatus,
  serverCpuPercent: nullable.describe('100 = one core'),
  serverRssBytes: nullable,
  serverIdleRssBytes: nullable,
  idleSocketBytes: nullable.describe('Kernel memory of all TCP sockets of this machine, before the first message'),
  socketBytes: nullable.describe('The same at the end of the measured time'),
  clientBusy: nullable,
});

const answer = z.object({
  end: z.enum(['found', 'max', 'first', 'gone', 'unsure', 'stopped']),
  connections: nullable,
  ratePerSecond: nullable,
  atLeast: z.boolean(),
  confirmed: z.boolean(),
  valueUs: nullable,
  ciUs: range.nullable(),
  limitedBy: z.object({ by: blame, text, fix: text.nullable() }).nullable(),
  target: targetStatus,
  text,
});

const capacitySchema = z.object({
  schemaVersion: z.literal(CAPACITY_SCHEMA_VERSION),
  kind: z.literal('capacity'),
  runId: text,
  status: z.enum(['complete', 'interrupted']),
  startedAt: text.describe('ISO 8601, UTC'),
  endedAt: text.describe('ISO 8601, UTC'),
  labels: z.record(text, text),
  tool: z.object({ name: z.literal('wsurge'), version: text, engine: text }),
  environment: z.object({ generators: z.array(generatorSchema) }),
  target: targetSchema,
  profile: z.unknown().describe('The profile as resolved, secrets struck out'),
  seed: number,
  workers: number,
  pacing: text,
  search: z.object({
    axis: z.enum(['connections', 'rate', 'both']),
    load: text,
    model: text,
    arrival: text,
    slo: text,
    quantile: text,
    limitUs: number,
    from: z.object({ connections: number, ratePerSecond: nullable }),
    ratePerConnection: nullable,
    max: z.object({ connections: number, ratePerSecond: number }),
    maxNote: text.nullable(),
    require: nullable,
    precision: number,
  }),
  answer,
  grid: z.array(z.object({ connections: number, ratePerSecond: nullable, atLeast: z.boolean() })).nullable(),
  steps: z.array(step),
  model: z.object({
    of: text,
    points: z.array(range).optional().describe('What the model was fitted to: N, and messages per second there'),
    fit: z
      .object({
        lambda: estimate,
        sigma: estimate,
        kappa: estimate,
        peakAt: estimate.nullable(),
        peakThroughput: nullable,
        points: number,
      })
      .nullable(),
    claim: text,
  }),
  costs: z.array(
    z.object({
      what: text,
      unit: z.enum(['bytes', 'us']),
      per: z.enum(['connection', 'message']),
      value: nullable,
      r2: nullable,
      points: number,
      note: text.nullable(),
    }),
  ),
  exitCode: number,
});

/** Holds only while the schema and CapacityDocument say the same, in both directions: else this file does not compile. */
type Mutable<T> = T extends unknown ? (T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T) : never;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type InStep = Same<Mutable<z.infer<typeof capacitySchema>>, Mutable<CapacityDocument>>;
true satisfies InStep;

/** Checks a document that was read from a file; throws an Error that says what is wrong. */
export function parseCapacity(value: unknown): CapacityDocument {
  const result = capacitySchema.safeParse(value);
  // The value itself, not the schema's copy: it keeps the order of its keys, so that writing it anew gives the same bytes.
  if (result.success) return value as CapacityDocument;
  const [issue] = result.error.issues;
  throw new Error(`no capacity document: ${issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`}`);
}

function capacityJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(capacitySchema, { io: 'input' });
  return { $schema, $id: schemaId('capacity'), title: 'wsurge capacity', ...schema };
}

/** What schemas/capacity.schema.json holds. */
export function capacityJsonSchemaText(): string {
  return `${JSON.stringify(capacityJsonSchema(), null, 2)}\n`;
}

/** Every key and fixed word of a capacity document. */
export function capacityWords(): ReadonlySet<string> {
  return schemaWords(capacityJsonSchema());
}

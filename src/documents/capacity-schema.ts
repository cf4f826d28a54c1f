/** The schema of capacity.json, and schemas/capacity.schema.json from it. */

import { z } from 'zod';
import { CAPACITY_SCHEMA_VERSION, type CapacityDocument } from './capacity-document.js';
import { targetStatus } from './cell-schema.js';
import { firstProblem, jsonSchemaOf, schemaFileText } from './document-schema.js';
import { generatorSchema } from './generator-schema.js';
import { schemaWords } from './schema-words.js';
import { targetSchema } from './target-facts.js';

const number = z.number();
const nullable = number.nullable();
const text = z.string();
const blame = z.enum(['target', 'client', 'samples']);
const range = z.tuple([number, number]);
const estimate = z.object({ value: number, ci: range });

/** One step of the curve. Latencies in microseconds, rates per second. */
const step = z.object({
  cell: text,
  purpose: z.enum(['climb', 'down', 'narrow', 'confirm']),
  connections: number,
  held: number,
  /** Null where replies set the pace. */
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
  /** How the search ended; see the messages of `capacity-answer.ts` for what each means to a reader. */
  end: z.enum(['found', 'max', 'first', 'gone', 'unsure', 'stopped', 'agent_gone']),
  /** Null where no level held. */
  connections: nullable,
  ratePerSecond: nullable,
  /** The target takes at least this much: the generator or `--max` ended the search, not the target. */
  atLeast: z.boolean(),
  /** Whether the answer held when it was run again with another seed. */
  confirmed: z.boolean(),
  valueUs: nullable,
  ciUs: range.nullable(),
  /** Why the next step up failed. */
  limitedBy: z.object({ by: blame, text, fix: text.nullable() }).nullable(),
  target: targetStatus,
  /** The answer as one line for people. */
  text,
});

export const capacitySchema = z.object({
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
    axis: z.enum(['connections', 'subscribers', 'rate', 'both']),
    rooms: nullable
      .optional()
      .describe('Rooms that share the connections of a search for subscribers; null or absent if all are in one'),
    done: z
      .enum(['answers', 'deliveries'])
      .optional()
      .describe('What answeredPerSecond of a step counts; absent: answers'),
    load: text,
    model: text,
    arrival: text,
    slo: text,
    /** The quantile that the SLO limits, `p99`, and the limit in microseconds. */
    quantile: text,
    limitUs: number,
    from: z.object({ connections: number, ratePerSecond: nullable }),
    /** Messages per second on each connection; null where the total rate does not grow with the connections. */
    ratePerConnection: nullable,
    max: z.object({ connections: number, ratePerSecond: number }),
    /** Why no higher maximum, if this machine sets it. */
    maxNote: text.nullable(),
    /** What `--require` asked for. */
    require: nullable,
    precision: number,
  }),
  answer,
  /** The highest rate that held at each number of connections; null where none did. */
  grid: z.array(z.object({ connections: number, ratePerSecond: nullable, atLeast: z.boolean() })).nullable(),
  /** In the order they were run. */
  steps: z.array(step),
  /** The Universal Scalability Law through the steps; `claim` says in words what may be said. */
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
  /**
   * What one more connection, or message per second, costs: the slope of a straight line through the steps that held.
   * Its value is null where no line explains the steps; `note` says why.
   */
  costs: z.array(
    z.object({
      what: text,
      unit: z.enum(['bytes', 'us']),
      per: z.enum(['connection', 'message', 'delivery']),
      value: nullable,
      r2: nullable,
      points: number,
      note: text.nullable(),
    }),
  ),
  exitCode: number,
});

/** Checks a document that was read from a file; throws an Error that says what is wrong. */
export function parseCapacity(value: unknown): CapacityDocument {
  const problem = firstProblem(capacitySchema, value);
  if (problem !== null) throw new Error(`no capacity document: ${problem}`);
  // The value itself, not the schema's copy: it keeps the order of its keys, so that writing it anew gives the same
  // bytes.
  return value as CapacityDocument;
}

function capacityJsonSchema(): Record<string, unknown> {
  return jsonSchemaOf(capacitySchema, 'capacity', 'wsurge capacity');
}

/** What schemas/capacity.schema.json holds. */
export function capacityJsonSchemaText(): string {
  return schemaFileText(capacityJsonSchema());
}

/** Every key and fixed word of a capacity document. */
export const capacityWords = schemaWords(capacityJsonSchema);

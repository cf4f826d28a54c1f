/** The schema of a check's result.json: checks files that are read back, and makes schemas/check.schema.json. */

import { z } from 'zod';
import { schemaId } from '../profile/schema-id.js';
import type { CheckDocument } from './check-document.js';
import { foundSchema } from './check-found.js';
import { targetSchema } from './target-facts.js';

const VERSION = 1;
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

const scenario = z.object({
  number: z.union([z.literal([1, 2, 3, 4, 5, 6, 7, 8]), z.literal('security')]),
  name: text,
  title: text,
  status: z
    .enum(['passed', 'failed', 'error', 'partly', 'skipped'])
    .describe('partly: nothing failed, but a required check was left out.'),
  tookMs: number,
  checks: z.array(check),
});

const promise = z.object({
  key: text.describe('Where in the profile it stands, or would stand.'),
  says: text,
  by: z.enum(['profile', 'recognised', 'default']).nullable().describe('null: not promised.'),
});

const serverEnd = z.object({
  check: text.describe('The check during which the server ended; look: the look before all checks.'),
  sent: text.optional().describe('What was sent last before the end, where the look knows it.'),
  isRough: z.boolean().describe('The check sends what breaks the protocol or abuses the server.'),
  how: text,
  after: z.enum(['restarted', 'back', 'gone']).describe('By wsurge; by itself; not at all: the rest is not judged.'),
  backMs: number.nullable(),
});

const generator = z.object({
  host: text,
  cpu: text,
  cores: number,
  memoryBytes: number,
  kernel: text,
  node: text,
  limits: z.object({ openFiles: number.nullable(), ephemeralPorts: number.nullable() }),
});

const load = z.discriminatedUnion('status', [
  z.object({ status: z.literal('measured'), result: z.unknown().describe('As result.schema.json says.') }),
  z.object({ status: z.literal('failed'), reason: text }),
]);

const checkSchema = z.object({
  schemaVersion: z.literal(VERSION),
  kind: z.literal('check'),
  runId: text,
  status: z.enum(['complete', 'interrupted', 'crashed']),
  startedAt: text,
  endedAt: text,
  tookMs: number,
  labels: z.record(text, text),
  tool: z.object({ name: z.literal('wsurge'), version: text, engine: text }),
  environment: z.object({ generators: z.array(generator) }),
  target: targetSchema,
  profile: z.unknown(),
  seed: number,
  quick: z.boolean(),
  gentle: z.boolean().describe('Checks that send what no correct client sends were left out.'),
  protocol: z.enum(['bot', 'echo']),
  found: foundSchema.nullable().optional().describe('What kind of server it is; null where nobody looked.'),
  verdict: z.object({
    passed: z.boolean(),
    exitCode: z.literal([0, 1, 98, 99, 103, 104, 105]),
    scenarios: tally.extend({ partly: number }).describe('Of the numbered scenarios.'),
    checks: tally.describe('Of all checks, security included.'),
  }),
  promises: z.array(promise).describe('What the server is held to, and who said so.'),
  serverEnds: z.array(serverEnd),
  scenarios: z.array(scenario),
  load: load.nullable().describe('What --with-load measured on the same target.'),
});

/** A document that was read back. Throws an Error that says what is wrong with it. */
export function parseCheck(value: unknown): CheckDocument {
  const result = checkSchema.safeParse(value);
  // The value itself, not the schema's copy: it keeps the order of its keys, so that writing it anew gives the same bytes.
  if (result.success) return value as CheckDocument;
  const [issue] = result.error.issues;
  throw new Error(issue === undefined ? 'no result of a check' : `${issue.path.join('.')}: ${issue.message}`);
}

/** JSON Schema (draft 2020-12). Readers must accept keys it does not name: later versions add some. */
export function checkJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(checkSchema, { io: 'input' });
  return { $schema, $id: schemaId('check'), title: 'wsurge check result', ...schema };
}

/** What schemas/check.schema.json holds. */
export function checkJsonSchemaText(): string {
  return `${JSON.stringify(checkJsonSchema(), null, 2)}\n`;
}

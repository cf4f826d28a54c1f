/** comparison.json: its shape, checked when read, and the JSON Schema made from it. */
import { z } from 'zod';
import { COMPARED_KEYS } from '../verdict/compare/metrics.js';
import { firstProblem, jsonSchemaOf, schemaFileText } from './document-schema.js';
import { generatorSchema } from './generator-schema.js';

export const COMPARISON_SCHEMA_VERSION = 1;

const text = z.string();
const number = z.number();
const nullable = number.nullable();
const interval = z.tuple([number, number]).readonly().nullable();
const list = <T extends z.ZodType>(of: T) => z.array(of).readonly();
const metricKey = z.enum(COMPARED_KEYS);
const ratio = 'B over A';

const metric = z.object({
  metric: metricKey,
  title: text,
  unit: z.enum(['us', 'per_second', 'share']).describe('A share is 0 to 1'),
  better: z.enum(['lower', 'higher']),
  margin: number.describe('Share that does not matter: 0.05 is 5 %'),
  gate: z.boolean().describe('A regression of it fails the comparison'),
  aCount: number.describe('Runs or rounds of A with a value'),
  bCount: number,
  a: nullable.describe('Geometric mean in its unit; of lower ends where `readings` is not null'),
  b: nullable,
  ratio: nullable.describe(ratio),
  interval: interval.describe(`Of the ratio, ${ratio}, at \`confidence\``),
  confidence: number,
  word: z
    .enum(['REGRESSED', 'EQUIVALENT', 'IMPROVED', 'INCONCLUSIVE'])
    .nullable()
    .describe('Null where there was nothing to compare; the notes say why'),
  pWorse: nullable.describe('One-sided p against the margin: that it is not worse by more'),
  pBetter: nullable,
  noiseFloor: nullable.describe('Share by which A against A may differ'),
  readings: z
    .object({ measuredRatio: nullable, measuredInterval: interval, disagree: z.boolean() })
    .nullable()
    .optional()
    .describe(
      'Of a latency whose lower ends were compared: the change of the values as measured, which `interval` holds as well, and whether each by itself would be given another word. Null or absent: compared as measured',
    ),
  roundsNeeded: nullable.describe('Rounds, or runs a side, that an inconclusive metric would need'),
  rankTest: z
    .object({ name: z.enum(['wilcoxon', 'mann-whitney']), p: number, smallest: number })
    .nullable()
    .describe('Two-sided p that nothing changed, and the smallest p so few values can give'),
  hodgesLehmann: z.object({ ratio: number, interval }).nullable(),
  bootstrap: interval.describe('BCa bootstrap of the ratio over runs'),
  values: z
    .object({ a: list(nullable), b: list(nullable) })
    .readonly()
    .optional()
    .describe('Of each run or round in their order, in its unit; null where one has no value that counts'),
  mayHideChange: z
    .literal(true)
    .optional()
    .describe('The way back may account for all of a value, so that equal values prove nothing'),
  notes: list(text),
});

const gate = z.object({
  gate: text,
  aFailed: number,
  aRuns: number,
  bFailed: number,
  bRuns: number,
  worse: z.boolean().describe('Holds in every run of A and fails in at least half of those of B'),
  message: text,
});

const side = z.object({
  label: text,
  runs: list(
    z.object({
      source: text,
      runId: text,
      startedAt: text,
      labels: z.record(text, text).readonly(),
      target: text,
      engine: text.nullable(),
    }),
  ),
  generators: list(generatorSchema).optional().describe('The machines it was measured from'),
});

const comparisonSchema = z.object({
  schemaVersion: z.literal(COMPARISON_SCHEMA_VERSION),
  kind: z.literal('comparison'),
  createdAt: text.describe('ISO 8601, UTC'),
  tool: z.object({ name: z.literal('wsurge'), version: text }),
  method: z
    .enum(['seconds', 'runs', 'rounds'])
    .describe('One run a side, judged by its seconds; several, judged by their spread; interleaved rounds'),
  a: side,
  b: side,
  noise: z.object({ source: z.enum(['none', 'flag', 'history', 'runs', 'rounds']), text }),
  forced: z.boolean(),
  differences: list(
    z.object({
      kind: z.enum(['model', 'load', 'pacing', 'message', 'environment']),
      cell: text.nullable(),
      what: text,
      a: text,
      b: text,
      run: text,
    }),
  ).describe('What makes runs incomparable; not empty only where it was forced'),
  onlyInA: list(text),
  onlyInB: list(text),
  warnings: list(text),
  rounds: z
    .object({
      valid: number,
      excluded: list(z.object({ number, reason: text })),
      seed: number,
      orders: list(text).describe('Of the valid rounds: `ab` or `ba`'),
      most: number.optional().describe('As many rounds as were asked for at most'),
      stopped: z
        .enum(['settled', 'last', 'excluded', 'ended', 'interrupted', 'agent_gone'])
        .optional()
        .describe(
          'Why there are no more rounds: none could change the exit code; it was the last; too many were left out; a build ended; stopped by hand; an agent did not stay',
        ),
    })
    .nullable(),
  cells: list(
    z.object({
      id: text,
      load: text,
      aRuns: number,
      bRuns: number,
      metrics: list(metric),
      gates: list(gate),
      leftOut: text.nullable(),
    }),
  ),
  outcome: z.object({
    word: z
      .enum(['REGRESSED', 'FAILED', 'PASSED', 'INCONCLUSIVE', 'INVALID'])
      .describe('INCONCLUSIVE: single runs, of which nothing says how far two of one build lie apart'),
    exitCode: number,
    passed: z.boolean(),
    counts: z
      .object({ regressed: number, improved: number, equivalent: number, inconclusive: number, uncompared: number })
      .readonly(),
    regressions: list(z.object({ cell: text, what: text })),
    ended: z
      .object({ side: z.enum(['a', 'b']), round: number, how: z.enum(['died', 'gone']) })
      .nullable()
      .optional()
      .describe(
        'Rounds: the build that ended under load, and with it the comparison; gone: it took no more connections',
      ),
  }),
});

/** Ratios are B over A; times of day ISO 8601 UTC. */
export type ComparisonDocument = Readonly<z.infer<typeof comparisonSchema>>;
export type ComparisonCell = ComparisonDocument['cells'][number];
export type ComparisonMetric = ComparisonCell['metrics'][number];

/** Checks a comparison that was read from a file; throws an Error that says what is wrong. */
export function parseComparison(value: unknown): ComparisonDocument {
  const { schemaVersion, kind } = (value ?? {}) as { schemaVersion?: unknown; kind?: unknown };
  if (kind !== 'comparison') throw new Error(`it is of kind ${JSON.stringify(kind) ?? 'none'}, not a comparison`);
  if (schemaVersion !== COMPARISON_SCHEMA_VERSION) {
    const found = JSON.stringify(schemaVersion) ?? 'none';
    throw new Error(`it has schemaVersion ${found}; this version of wsurge reads ${COMPARISON_SCHEMA_VERSION}`);
  }
  const problem = firstProblem(comparisonSchema, value);
  if (problem !== null) throw new Error(problem);
  // The value itself, not the schema's copy: it keeps the order of its keys, so that writing it anew gives the same
  // bytes.
  return value as ComparisonDocument;
}

/** What schemas/comparison.schema.json holds. */
export function comparisonJsonSchemaText(): string {
  return schemaFileText(jsonSchemaOf(comparisonSchema, 'comparison', 'wsurge comparison'));
}

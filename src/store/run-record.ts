/**
 * run.json: what a run is. Written when the run starts and again when it ends, so that a crashed run still says what it
 * was.
 */
import { z } from 'zod';

export const RUN_SCHEMA_VERSION = 1;
export type RunStatus = 'running' | 'complete' | 'interrupted' | 'crashed';

/** What the caller provides. Secrets are struck out already. */
export interface RunRecordData {
  readonly runId: string;
  readonly status: RunStatus;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tool: { readonly name: string; readonly version: string };
  readonly environment: { readonly generators: readonly object[] };
  readonly target: object;
  /** The profile as resolved. */
  readonly profile: unknown;
  readonly planHash: string;
  readonly seed: number;
  readonly workers: number;
  /**
   * Only for comparisons: what the command line asked for besides the profile. `--resume` checks that it is the same.
   */
  readonly asked?: Readonly<Record<string, unknown>>;
  /** The cells that the run planned, and its pacing. Absent for other commands and in files of older versions. */
  readonly plan?: { readonly cells: readonly string[]; readonly pacing: string };
  /** The error that ended a crashed run. */
  readonly error?: string;
}

export interface RunRecord extends RunRecordData {
  readonly schemaVersion: typeof RUN_SCHEMA_VERSION;
}

/** Unknown keys are kept: later versions may add some. */
const runRecordSchema = z.looseObject({
  schemaVersion: z.literal(RUN_SCHEMA_VERSION),
  runId: z.string(),
  status: z.enum(['running', 'complete', 'interrupted', 'crashed']),
  startedAt: z.string(),
  labels: z.record(z.string(), z.string()),
  tool: z.looseObject({ name: z.string(), version: z.string() }),
  environment: z.looseObject({ generators: z.array(z.looseObject({})) }),
  target: z.looseObject({}),
  profile: z.unknown(),
  planHash: z.string(),
  seed: z.number(),
  workers: z.number(),
  asked: z.record(z.string(), z.unknown()).optional(),
  plan: z.looseObject({ cells: z.array(z.string()), pacing: z.string() }).optional(),
  error: z.string().optional(),
});

/** Checks a record that was read back. Throws an Error that says what is wrong. */
export function parseRunRecord(value: unknown): RunRecord {
  const result = runRecordSchema.safeParse(value);
  if (result.success) return result.data as RunRecord;
  const [issue] = result.error.issues;
  throw new Error(`not a record of a run: ${issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`}`);
}

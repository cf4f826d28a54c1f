/**
 * run.json: what a run is, written when it starts and again when it ends, so that a crashed one still says what it was.
 */
import { z } from 'zod';

export const RUN_SCHEMA_VERSION = 1;
export type RunStatus = 'running' | 'complete' | 'interrupted' | 'crashed';

/** What the caller says; secrets are struck out already. */
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
  /** Of a comparison: what its command line asked for beside the profile, so that `--resume` can tell whether it is the same. */
  readonly asked?: Readonly<Record<string, unknown>>;
  /** What of the profile was to be run, and how; absent for other commands than runs, and in what older versions wrote. */
  readonly plan?: { readonly cells: readonly string[]; readonly pacing: string };
  /** What a crashed run died of. */
  readonly error?: string;
}

export interface RunRecord extends RunRecordData {
  readonly schemaVersion: typeof RUN_SCHEMA_VERSION;
}

/** Keys it does not name are kept: later versions add some. */
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

/** Checks what is read back; throws an Error that says what is wrong. */
export function parseRunRecord(value: unknown): RunRecord {
  const result = runRecordSchema.safeParse(value);
  if (result.success) return result.data as RunRecord;
  const [issue] = result.error.issues;
  throw new Error(`no record of a run: ${issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`}`);
}

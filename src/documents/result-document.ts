/** What is in result.json, as its schema says. */
import type { z } from 'zod';
import type { CellResult } from '../metrics/cell-result.js';
import type { CellVerdict } from '../verdict/verdict.js';
import type { Frozen } from './frozen.js';
import type { resultSchema } from './result-schema.js';

export const RESULT_SCHEMA_VERSION = 1;

/** A measured cell, and how it was judged. */
export type JudgedCell = CellResult & Pick<CellVerdict, 'validity' | 'target'>;

/** result.json. Durations of latency are microseconds; times of day ISO 8601 UTC. */
export type ResultDocument = Frozen<z.infer<typeof resultSchema>>;

/**
 * A row of the benchmark table: a threshold with a title. `value` in `unit`; null is `n/a` with `note` as the reason.
 */
export type BenchmarkRow = ResultDocument['benchmark'][number];

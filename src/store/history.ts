/** history.ndjson: one line a run, appended and never changed. A crash may leave a torn last line, which is cut off. */
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { DISK } from './durability.js';
import { readPlainFile } from './plain-file.js';
import { unreadable, writeFailed } from './store-error.js';

const HISTORY_VERSION = 1;
/** Room for hundreds of thousands of runs. A larger file cannot be a history. */
const MOST_BYTES = 256 * 1024 * 1024;

const value = z.number().positive().nullable();
const deliverTimes = {
  ...{ deliver: value.optional(), first: value.optional() },
  ...{ last: value.optional(), spread: value.optional() },
};
const entrySchema = z.object({
  v: z.literal(HISTORY_VERSION),
  runId: z.string(),
  startedAt: z.string(),
  commit: z.string().nullable(),
  branch: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  environment: z.string(),
  validity: z.enum(['valid', 'degraded', 'invalid']),
  cells: z.array(
    z.object({
      id: z.string(),
      ofCell: z.string().optional(),
      load: z.string(),
      validity: z.enum(['valid', 'degraded', 'invalid']),
      target: z.enum(['ok', 'failing', 'overloaded', 'down']),
      metrics: z.object({
        ...{ p50: value, p99: value, throughput: value, connect: value },
        ...deliverTimes,
        reach: value.optional(),
      }),
      lower: z.object({ p50: value, p99: value, ...deliverTimes }).optional(),
    }),
  ),
});

/**
 * One run. `environment` and the `load` of each cell are texts that must be equal for two runs to belong to one series.
 * The metrics are those of `compare`, as measured; `deliver` and `last` only where messages reach others. `lower` holds
 * the lower ends of their brackets; older versions wrote none. `ofCell`: the cell that this request is of.
 */
export type HistoryEntry = z.infer<typeof entrySchema>;
export type NewEntry = Omit<HistoryEntry, 'v'>;

export interface History {
  /** In the order added. */
  readonly entries: readonly HistoryEntry[];
  /** Bytes of a torn last line. */
  readonly cutBytes: number;
}

/** Throws WsurgeError (104) if the file is missing, or if a line other than the last is damaged. */
export async function readHistory(file: string): Promise<History> {
  const text = await readPlainFile(file, MOST_BYTES);
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = whole.split('\n').slice(0, -1);
  return {
    entries: lines.map((line, i) => entryOf(file, line, i + 1)),
    cutBytes: Buffer.byteLength(text) - Buffer.byteLength(whole),
  };
}

/**
 * Adds a run and waits until it is on the disk. Cuts off a torn last line first, and makes the file if there is none.
 * Returns false if the run is in the file already. Throws WsurgeError.
 */
export async function appendHistory(file: string, entry: NewEntry): Promise<boolean> {
  const exists = await isThere(file);
  const { entries, cutBytes } = exists ? await readHistory(file) : { entries: [], cutBytes: 0 };
  if (entries.some(({ runId, startedAt }) => runId === entry.runId && startedAt === entry.startedAt)) return false;
  try {
    const handle = await open(file, 'a');
    try {
      if (cutBytes > 0) await handle.truncate((await handle.stat()).size - cutBytes);
      await handle.appendFile(`${JSON.stringify({ v: HISTORY_VERSION, ...entry })}\n`, 'utf8');
      await DISK.file(handle, file);
    } finally {
      await handle.close();
    }
    if (!exists) await DISK.folder(path.dirname(file));
  } catch (error) {
    throw writeFailed(file, error);
  }
  return true;
}

function entryOf(file: string, line: string, number: number): HistoryEntry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw unreadable(file, `line ${number} is damaged: it is not JSON`, error);
  }
  const { v } = (value ?? {}) as { v?: unknown };
  if (v !== HISTORY_VERSION) {
    throw unreadable(
      file,
      `line ${number} has version ${JSON.stringify(v) ?? 'none'}; this version of wsurge reads ${HISTORY_VERSION}`,
    );
  }
  const result = entrySchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw unreadable(file, `line ${number}: ${issue?.path.join('.')}: ${issue?.message}`);
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

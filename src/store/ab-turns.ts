/**
 * turns.ndjson of a comparison: what is known of each turn besides its run folder, so that a comparison can be resumed.
 */
import path from 'node:path';
import { z } from 'zod';
import { readPlainFile } from './plain-file.js';
import { unreadable } from './store-error.js';

export const TURNS_FILE = 'turns.ndjson';
const TURNS_VERSION = 1;
/** A comparison has a few dozen turns. Each may hold the last lines that a server printed. */
const MOST_BYTES = 16 * 1024 * 1024;

const turnSchema = z.object({
  v: z.literal(TURNS_VERSION),
  round: z.int().min(1),
  side: z.enum(['a', 'b']),
  attempt: z.int().min(1),
  invalid: z.string().nullable(),
  failures: z.array(z.string()),
  ended: z.object({ how: z.enum(['died', 'gone']), text: z.string() }).nullable(),
  wasKilled: z.boolean(),
  // The folder must lie below the folder of the comparison.
  folder: z.string().regex(/^rounds\/(?!\.)[^/\\]+$/),
  tookMs: z.number().min(0),
});

/** Secrets are struck out of its texts. */
export type TurnLine = Omit<z.infer<typeof turnSchema>, 'v'>;

export function turnsText(turns: readonly TurnLine[]): string {
  return turns.map((turn) => `${JSON.stringify({ v: TURNS_VERSION, ...turn })}\n`).join('');
}

/**
 * Throws WsurgeError (104) if the file is missing or damaged. The file is always replaced whole, so a crash cannot cut
 * it.
 */
export async function readTurns(folder: string): Promise<TurnLine[]> {
  const file = path.join(folder, TURNS_FILE);
  const lines = (await readPlainFile(file, MOST_BYTES)).split('\n');
  return lines.slice(0, -1).map((line, i) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      throw unreadable(file, `line ${i + 1} is damaged: it is not JSON`, error);
    }
    const result = turnSchema.safeParse(value);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    throw unreadable(file, `line ${i + 1}: ${issue?.path.join('.')}: ${issue?.message}`);
  });
}

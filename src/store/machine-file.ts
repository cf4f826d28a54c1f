/** The calibration of this machine, kept for later runs: one file per machine, in the user's cache folder. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { codeOf } from '../errors.js';
import { writeAtomic } from './atomic-file.js';
import { readPlainFile } from './plain-file.js';
import { notWritable } from './store-error.js';

/** A calibration has a few hundred bytes. */
const MOST_BYTES = 64 * 1024;
const nullable = z.number().nullable();
const schema = z.object({
  version: z.literal(1),
  /** ISO 8601, UTC. */
  measuredAt: z.string(),
  /**
   * The figures hold for this machine only. A change of processor, core count, kernel or Node makes it another machine.
   */
  machine: z.object({ cpu: z.string(), cores: z.number(), kernel: z.string(), node: z.string() }),
  engine: z.string().nullable(),
  calibration: z.object({
    accuracy: z.object({ share: z.number(), us: z.number() }).optional(),
    floorUs: z.object({ p50: nullable, p99: nullable }),
    ratePerSecond: nullable,
    connections: nullable,
    connectsPerSecond: nullable,
  }),
});

export type MachineFile = z.output<typeof schema>;
type Env = Readonly<Record<string, string | undefined>>;

/** `$XDG_CACHE_HOME/wsurge/calibration.json`, else below `~/.cache`; null if the user has no home. */
export function calibrationPath({ XDG_CACHE_HOME, HOME }: Env): string | null {
  if (XDG_CACHE_HOME !== undefined && path.isAbsolute(XDG_CACHE_HOME)) {
    return path.join(XDG_CACHE_HOME, 'wsurge', 'calibration.json');
  }
  return HOME === undefined || HOME === '' ? null : path.join(HOME, '.cache', 'wsurge', 'calibration.json');
}

/**
 * The calibration kept for this machine. Null if there is none, if it belongs to another machine, or if it is
 * unreadable.
 */
export async function readMachineFile(file: string, machine: MachineFile['machine']): Promise<MachineFile | null> {
  let text: string;
  try {
    text = await readPlainFile(file, MOST_BYTES);
  } catch (error) {
    // Missing, a folder, a pipe or too large: treated as no calibration. A calibration only ever adds warnings.
    if (codeOf(error) === 'results_unreadable') return null;
    throw error;
  }
  const kept = schema.safeParse(jsonOf(text));
  const isSame =
    kept.success &&
    Object.entries(machine).every(([key, value]) => kept.data.machine[key as keyof typeof machine] === value);
  return isSame ? kept.data : null;
}

/** Throws WsurgeError (104) if the folder is not writable. */
export async function writeMachineFile(file: string, content: MachineFile): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeAtomic(file, `${JSON.stringify(content, null, 2)}\n`);
  } catch (error) {
    throw notWritable(path.dirname(file), error);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // cut off, or not JSON: treated as no calibration
  }
}

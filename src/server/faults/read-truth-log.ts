import { readFile } from 'node:fs/promises';
import { messageOf, usageError } from '../../errors.js';
import { TRUTH_VERSION, type TruthEntry } from './truth-entry.js';

const KINDS: ReadonlySet<unknown> = new Set<TruthEntry['kind']>(['start', 'open', 'refused', 'message', 'close']);

/**
 * Every entry of a truth log, in the order in which they were written: a message stands where its fate was done, not
 * where it came in. Throws a WsurgeError (104, `truth_log`) for a file that cannot be read, is none, or is of another
 * version.
 *
 * Instants are those of the machine's clock. To set them beside instants of another process on the same machine, turn
 * its `performance.now()` into that clock with `monotonicOriginUs()` (clock.ts) of that process.
 */
export async function readTruthLog(path: string): Promise<TruthEntry[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw usageError('truth_log', `the truth log cannot be read: ${messageOf(error)}`);
  });
  const lines = text.split('\n');
  // A whole log ends with a newline; one whose server was killed may end within a line.
  lines.pop();
  const entries = lines.map((line, index) => entryOf(line, `${path}:${index + 1}`));
  const [start] = entries;
  if (start?.kind === 'start' && start.version === TRUTH_VERSION) return entries;
  throw usageError('truth_log', `${path} does not begin like a truth log of version ${TRUTH_VERSION}`);
}

function entryOf(line: string, where: string): TruthEntry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw usageError('truth_log', `${where} is damaged: ${messageOf(error)}`);
  }
  if (typeof value === 'object' && value !== null && 'kind' in value && KINDS.has(value.kind)) {
    return value as TruthEntry;
  }
  throw usageError('truth_log', `${where} is no entry of a truth log`);
}

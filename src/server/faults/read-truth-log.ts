import { readFile } from 'node:fs/promises';
import { messageOf, usageError } from '../../errors.js';
import { TRUTH_VERSION, type TruthEntry } from './truth-entry.js';

const KINDS: ReadonlySet<unknown> = new Set<TruthEntry['kind']>([
  ...(['start', 'open', 'refused', 'message', 'delivery', 'close'] as const),
]);

/**
 * Reads every entry of a truth log, in the order written: a message is written when its fate is done, not when it
 * arrives. Throws a WsurgeError (104, `truth_log`) if the file cannot be read, is not a truth log, or has another
 * version.
 *
 * Times are those of the machine's monotonic clock. To compare them with times of another process on the same machine,
 * convert that process's `performance.now()` with its `monotonicOriginUs()` (clock.ts).
 */
export async function readTruthLog(path: string): Promise<TruthEntry[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw usageError('truth_log', `the truth log cannot be read: ${messageOf(error)}`);
  });
  const lines = text.split('\n');
  // A complete log ends with a newline. If its server was killed, the last line may be cut off.
  lines.pop();
  const entries = lines.map((line, index) => entryOf(line, `${path}:${index + 1}`));
  const [start] = entries;
  if (start?.kind === 'start' && start.version === TRUTH_VERSION) return entries;
  throw usageError('truth_log', `${path} does not start like a truth log of version ${TRUTH_VERSION}`);
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
  throw usageError('truth_log', `${where} is not an entry of a truth log`);
}

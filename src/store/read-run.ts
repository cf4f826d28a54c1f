import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, usageError } from '../errors.js';
import { INTERVAL_VERSION, type Interval } from '../metrics/interval.js';
import { crc32 } from './crc32.js';
import { INTERVALS_FILE } from './run-folder.js';

export interface RecoveredIntervals {
  readonly intervals: readonly Interval[];
  /** Bytes of an unfinished last line that were left out; 0 for none. */
  readonly tornBytes: number;
}

/** The lines of a run. A torn tail (the run died while writing) is cut; damage anywhere else is an error (104). */
export async function readIntervals(folder: string): Promise<RecoveredIntervals> {
  const file = path.join(folder, INTERVALS_FILE);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw usageError('run_unreadable', `cannot read ${file}: ${messageOf(error)}`, 'give the folder of a run');
  });
  const lines = text.split('\n');
  const tail = lines.pop() ?? '';
  const intervals: Interval[] = [];
  for (const [index, line] of lines.entries()) {
    const interval = readLine(line);
    if (interval !== null) intervals.push(interval);
    else if (index === lines.length - 1 && tail === '') return { intervals, tornBytes: Buffer.byteLength(line) + 1 };
    else throw usageError('run_damaged', `${file}:${index + 1} is damaged: its checksum does not fit`, 'run again');
  }
  return { intervals, tornBytes: Buffer.byteLength(tail) };
}

/** One line, or null where it is not whole. */
function readLine(line: string): Interval | null {
  const match = /^\{"crc":"([0-9a-f]{8})","interval":(.*)\}$/.exec(line);
  if (match === null || crc32(match[2]!) !== match[1]) return null;
  const interval = JSON.parse(match[2]!) as Interval;
  if (interval.v !== INTERVAL_VERSION) {
    throw usageError('run_of_other_version', `the run was written in format ${interval.v}, this wsurge reads ${INTERVAL_VERSION}`);
  }
  return interval;
}

/** `results/<run>/` as it is written. */
import { access, constants, mkdir, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors.js';
import type { Interval } from '../metrics/interval.js';
import type { ServerSecond } from '../metrics/seconds/server-second.js';
import { writeAtomic } from './atomic-file.js';
import { DISK, type Durability } from './durability.js';
import { IntervalLog, intervalLine, serverLine } from './interval-log.js';
import { RUN_SCHEMA_VERSION, type RunRecord, type RunRecordData } from './run-record.js';
import { notWritable } from './store-error.js';

export const RUN_FILE = 'run.json';
export const INTERVALS_FILE = 'intervals.ndjson';
export const RESULT_FILE = 'result.json';

/** Nobody starts more runs of one name in one second. */
const MOST_IN_A_SECOND = 99;

/**
 * Makes a new folder below `outputRoot` and opens its interval file, which proves that it can be written to. Throws
 * WsurgeError (104) where it cannot.
 */
export async function createRunFolder(
  outputRoot: string,
  name: string,
  now: Date,
  disk: Durability = DISK,
): Promise<RunFolder> {
  return await inNewFolder(outputRoot, name, now, disk, async (folder, runId) => {
    const file = path.join(folder, INTERVALS_FILE);
    return new RunFolder(folder, runId, new IntervalLog(file, await open(file, 'ax'), disk), disk);
  });
}

/** As `createRunFolder`, for what is made of several runs, each with a folder of its own below: it has no intervals. */
export async function createParentFolder(outputRoot: string, name: string, now: Date): Promise<RunFolder> {
  return await inNewFolder(outputRoot, name, now, DISK, async (folder, runId) => {
    await access(folder, constants.W_OK);
    return new RunFolder(folder, runId, null);
  });
}

/** A folder that `createParentFolder` made, to go on with. Throws WsurgeError (104) where it cannot be written to. */
export async function openParentFolder(folder: string): Promise<RunFolder> {
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    throw notWritable(folder, error);
  }
  return new RunFolder(folder, path.basename(folder), null);
}

async function inNewFolder(
  root: string,
  name: string,
  now: Date,
  disk: Durability,
  fill: (folder: string, runId: string) => Promise<RunFolder>,
): Promise<RunFolder> {
  try {
    await makeLevels(path.resolve(root));
    const runId = await makeFolder(root, `${stamp(now)}-${fileName(name)}`);
    const made = await fill(path.join(root, runId), runId);
    await disk.folder(root);
    return made;
  } catch (error) {
    throw notWritable(root, error);
  }
}

/** The id itself, or with `-02`, `-03`, ... where another run took it: ids sort by time. */
async function makeFolder(root: string, wanted: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const id = attempt === 1 ? wanted : `${wanted}-${String(attempt).padStart(2, '0')}`;
    try {
      await mkdir(path.join(root, id));
      return id;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' || attempt === MOST_IN_A_SECOND) throw error;
    }
  }
}

/** Makes a folder and its parents, one by one: Node's own recursive mkdir never returns below /proc. */
async function makeLevels(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const parent = path.dirname(folder);
    if (codeOf(error) === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (codeOf(error) !== 'ENOENT' || parent === folder || (await exists(parent))) throw error;
    await makeLevels(parent);
    await mkdir(folder);
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** `2026-11-24T10-15-30Z`: no colons, which some file systems refuse. */
function stamp(now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}

/** The name, reduced to letters that every file system allows. */
function fileName(name: string): string {
  const safe = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60);
  return safe === '' ? 'run' : safe;
}

export class RunFolder {
  readonly path: string;
  readonly runId: string;
  readonly #intervals: IntervalLog | null;

  readonly #disk: Durability;

  constructor(folder: string, runId: string, intervals: IntervalLog | null, disk: Durability = DISK) {
    this.#disk = disk;
    this.path = folder;
    this.runId = runId;
    this.#intervals = intervals;
  }

  /** Writes run.json, replacing an earlier one. `data` has its secrets struck out already. */
  async writeRun(data: RunRecordData): Promise<void> {
    const record: RunRecord = { schemaVersion: RUN_SCHEMA_VERSION, ...data };
    await writeAtomic(path.join(this.path, RUN_FILE), `${JSON.stringify(record, null, 2)}\n`, this.#disk);
  }

  /** Returns at once. `flush` and `close` throw what failed. */
  appendInterval(interval: Interval): void {
    this.#append(intervalLine(interval));
  }

  /** As `appendInterval`, in the same file. */
  appendServerSecond(second: ServerSecond): void {
    this.#append(serverLine(second));
  }

  #append(line: string): void {
    if (this.#intervals === null) throw new Error(`${this.path} keeps no intervals`);
    this.#intervals.append(line);
  }

  /** Waits until every interval so far is written. */
  async flush(): Promise<void> {
    await this.#intervals?.flush();
  }

  /** Writes a report, `result.json` or `report.md`, after the intervals it was made of. */
  async writeReport(name: string, text: string | Iterable<string>): Promise<void> {
    if (path.basename(name) !== name || name === '' || name.startsWith('.'))
      throw new Error(`not a file name: ${name}`);
    await this.flush();
    await writeAtomic(path.join(this.path, name), text, this.#disk);
  }

  /** Closes the interval file; everything is on the disk after it. */
  async close(): Promise<void> {
    await this.#intervals?.close();
  }

  /** Removes the whole folder, for a run that never began. Call it after `close`. */
  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

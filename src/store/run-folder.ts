/** Writes `results/<run>/`. */
import { access, constants, mkdir, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../errors.js';
import type { Interval } from '../metrics/interval.js';
import type { AgentSecond } from '../metrics/seconds/agent-second.js';
import type { ServerSecond } from '../metrics/seconds/server-second.js';
import { writeAtomic } from './atomic-file.js';
import { CHECKS_FILE, type CheckLine, checkLine } from './check-log.js';
import { DISK, type Durability } from './durability.js';
import { agentLine, intervalLine, serverLine } from './interval-log.js';
import { LineLog } from './line-log.js';
import { RUN_SCHEMA_VERSION, type RunRecord, type RunRecordData } from './run-record.js';
import { notWritable } from './store-error.js';

export const RUN_FILE = 'run.json';
export const INTERVALS_FILE = 'intervals.ndjson';
export const RESULT_FILE = 'result.json';

/** Most runs of one name in one second. */
const MOST_IN_A_SECOND = 99;

/**
 * Makes a new folder below `outputRoot` and opens its interval file, which proves that the folder is writable. Throws
 * WsurgeError (104) if it is not.
 */
export async function createRunFolder(
  outputRoot: string,
  name: string,
  now: Date,
  disk: Durability = DISK,
): Promise<RunFolder> {
  return await inNewFolder(outputRoot, name, now, disk, async (folder, runId) => {
    return new RunFolder(folder, runId, { intervals: await newLog(folder, INTERVALS_FILE, disk), checks: null }, disk);
  });
}

/**
 * Like `createRunFolder`, for a check: with a file of its checks, and without intervals. What the loads of a check
 * measured stands in its result alone.
 */
export async function createCheckFolder(outputRoot: string, name: string, now: Date): Promise<RunFolder> {
  return await inNewFolder(outputRoot, name, now, DISK, async (folder, runId) => {
    return new RunFolder(folder, runId, { intervals: null, checks: await newLog(folder, CHECKS_FILE, DISK) });
  });
}

async function newLog(folder: string, name: string, disk: Durability): Promise<LineLog> {
  const file = path.join(folder, name);
  return new LineLog(file, await open(file, 'ax'), disk);
}

/** Like `createRunFolder`, for a comparison or search whose runs have folders of their own below: without intervals. */
export async function createParentFolder(outputRoot: string, name: string, now: Date): Promise<RunFolder> {
  return await inNewFolder(outputRoot, name, now, DISK, async (folder, runId) => {
    await access(folder, constants.W_OK);
    return new RunFolder(folder, runId, NO_LOGS);
  });
}

/** Opens a folder that `createParentFolder` made, to resume. Throws WsurgeError (104) if it is not writable. */
export async function openParentFolder(folder: string): Promise<RunFolder> {
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    throw notWritable(folder, error);
  }
  return new RunFolder(folder, path.basename(folder), NO_LOGS);
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

/** The id, or the id with `-02`, `-03`, ... if it exists. Ids sort by time. */
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

/** Makes a folder and its parents, one by one, because Node's recursive mkdir never returns below /proc. */
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

/** The name, reduced to characters that every file system allows. */
function fileName(name: string): string {
  const safe = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60);
  return safe === '' ? 'run' : safe;
}

/** The files of a folder that grow while it is written. */
interface Logs {
  readonly intervals: LineLog | null;
  readonly checks: LineLog | null;
}

const NO_LOGS: Logs = { intervals: null, checks: null };

export class RunFolder {
  readonly path: string;
  readonly runId: string;
  readonly #logs: Logs;

  readonly #disk: Durability;

  constructor(folder: string, runId: string, logs: Logs, disk: Durability = DISK) {
    this.#disk = disk;
    this.path = folder;
    this.runId = runId;
    this.#logs = logs;
  }

  /** Writes run.json, replacing an earlier one. Secrets are struck out of `data` already. */
  async writeRun(data: RunRecordData): Promise<void> {
    const record: RunRecord = { schemaVersion: RUN_SCHEMA_VERSION, ...data };
    await writeAtomic(path.join(this.path, RUN_FILE), `${JSON.stringify(record, null, 2)}\n`, this.#disk);
  }

  /** Returns at once. If a write fails, `flush` and `close` throw. */
  appendInterval(interval: Interval): void {
    this.#append(intervalLine(interval));
  }

  /** Like `appendInterval`, to the same file. */
  appendAgentSecond(second: AgentSecond): void {
    this.#append(agentLine(second));
  }

  /** Like `appendInterval`, to the same file. */
  appendServerSecond(second: ServerSecond): void {
    this.#append(serverLine(second));
  }

  /** Like `appendInterval`, to the file of the checks. Secrets are struck out of the line already. */
  appendCheck(line: CheckLine): void {
    if (this.#logs.checks === null) throw new Error(`${this.path} keeps no checks`);
    this.#logs.checks.append(checkLine(line));
  }

  #append(line: string): void {
    if (this.#logs.intervals === null) throw new Error(`${this.path} keeps no intervals`);
    this.#logs.intervals.append(line);
  }

  /** Waits until all lines so far are written. */
  async flush(): Promise<void> {
    await this.#logs.intervals?.flush();
    await this.#logs.checks?.flush();
  }

  /** Writes a report, such as `result.json` or `report.md`, after the intervals that it was made from. */
  async writeReport(name: string, text: string | Iterable<string>): Promise<void> {
    if (path.basename(name) !== name || name === '' || name.startsWith('.'))
      throw new Error(`not a file name: ${name}`);
    await this.flush();
    await writeAtomic(path.join(this.path, name), text, this.#disk);
  }

  /** Closes the files that grow. Afterwards everything is on the disk. */
  async close(): Promise<void> {
    try {
      await this.#logs.intervals?.close();
    } finally {
      await this.#logs.checks?.close();
    }
  }

  /** Removes the whole folder, for a run that did not begin. Call it after `close`. */
  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

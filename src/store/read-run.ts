/** Reads `results/<run>/` back, even if the run crashed or the disk filled up. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, messageOf } from '../errors.js';
import { INTERVAL_VERSION, type Interval, newestVersion } from '../metrics/interval.js';
import { agentSecondProblem, intervalProblem, serverSecondProblem } from '../metrics/interval-check.js';
import { AGENT_SECOND_VERSION, type AgentSecond } from '../metrics/seconds/agent-second.js';
import { SERVER_SECOND_VERSION, type ServerSecond } from '../metrics/seconds/server-second.js';
import { isDeeper } from '../nesting.js';
import { type ParsedLine, parseIntervalLine } from './interval-log.js';
import { readPlainFile } from './plain-file.js';
import { INTERVALS_FILE, RESULT_FILE, RUN_FILE } from './run-folder.js';
import { parseRunRecord, type RunRecord } from './run-record.js';
import { reasonOf, unreadable } from './store-error.js';
import { visitLines } from './visit-lines.js';

/** Reads run.json of a run folder (or the file itself). Throws WsurgeError if it is missing or incomplete. */
export async function readRun(location: string): Promise<RunRecord> {
  return await readDocument(location, RUN_FILE, parseRunRecord);
}

/**
 * Reads result.json of a run folder (or the file itself). `parse` throws if the value is not a result. Throws
 * WsurgeError if the file is missing, cut off or refused by `parse`.
 */
export async function readResult<T>(location: string, parse: (value: unknown) => T): Promise<T> {
  return await readDocument(location, RESULT_FILE, parse);
}

/**
 * The path of the first of `names` that exists in a folder; `location` itself if it is a file. Throws WsurgeError if
 * the folder does not exist or holds none of them.
 */
export async function findDocument(location: string, names: readonly string[]): Promise<string> {
  if (!(await isFolder(location))) return location;
  for (const name of names) {
    const file = path.join(location, name);
    if (await exists(file)) return file;
  }
  throw unreadable(location, `there is no ${names.join(', ')} in it`);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw unreadable(file, reasonOf(error), error);
    },
  );
}

export interface RecoveredIntervals {
  readonly intervals: readonly Interval[];
  /** Samples of the server; empty for runs of older versions. */
  readonly serverSeconds: readonly ServerSecond[];
  /** Bytes of a torn last line, left by a crash. */
  readonly cutBytes: number;
}

/** Called for every whole line, as it is read. */
export interface LineVisitor {
  interval(interval: Interval): void;
  serverSecond(second: ServerSecond): void;
  /** Of a fleet. Absent: not of interest. */
  agentSecond?(second: AgentSecond): void;
}

/**
 * Visits every whole line of a run folder (or of the file itself), in the order written. One line at a time, because a
 * long run does not fit in memory. As `visitLines` does.
 */
export async function visitIntervals(
  location: string,
  visitor: LineVisitor,
): Promise<Pick<RecoveredIntervals, 'cutBytes'>> {
  const file = await fileIn(location, INTERVALS_FILE);
  return await visitLines(file, parseIntervalLine, (parsed, number) => {
    checkVersion(file, parsed);
    const line = 'interval' in parsed ? { ...parsed, interval: newestVersion(parsed.interval) } : parsed;
    checkShape(file, number, line);
    if ('server' in line) visitor.serverSecond(line.server);
    else if ('interval' in line) visitor.interval(line.interval);
    else visitor.agentSecond?.(line.agent);
  });
}

/** Like `visitIntervals`, but returns all lines at once: for short runs. */
export async function readIntervals(location: string): Promise<RecoveredIntervals> {
  const intervals: Interval[] = [];
  const serverSeconds: ServerSecond[] = [];
  const { cutBytes } = await visitIntervals(location, {
    interval: (interval) => intervals.push(interval),
    serverSecond: (second) => serverSeconds.push(second),
  });
  return { intervals, serverSeconds, cutBytes };
}

type WholeLine = Extract<ParsedLine, { readonly ok: true }>;

function checkVersion(file: string, line: WholeLine): void {
  const [kind, v, known] = versionOf(line);
  if (known.includes(v)) return;
  throw unreadable(file, `it has ${kind} version ${String(v)}; this version of wsurge reads ${known.join(' and ')}`);
}

function versionOf(line: WholeLine): readonly [kind: string, v: number, known: readonly number[]] {
  if ('server' in line) return ['server', line.server.v, [SERVER_SECOND_VERSION]];
  if ('agent' in line) return ['agent', line.agent.v, [AGENT_SECOND_VERSION]];
  return ['interval', line.interval.v, [1, INTERVAL_VERSION]];
}

function problemOf(line: WholeLine): string | null {
  if ('server' in line) return serverSecondProblem(line.server);
  return 'agent' in line ? agentSecondProblem(line.agent) : intervalProblem(line.interval);
}

function checkShape(file: string, number: number, line: WholeLine): void {
  const problem = problemOf(line);
  if (problem !== null) throw unreadable(file, `line ${number}: ${problem}`);
}

async function fileIn(location: string, name: string): Promise<string> {
  return (await isFolder(location)) ? path.join(location, name) : location;
}

async function isFolder(location: string): Promise<boolean> {
  try {
    return (await stat(location)).isDirectory();
  } catch (error) {
    throw unreadable(location, reasonOf(error), error);
  }
}

async function readDocument<T>(location: string, name: string, parse: (value: unknown) => T): Promise<T> {
  const file = await fileIn(location, name);
  const value = await readJson(file);
  try {
    return parse(value);
  } catch (error) {
    throw unreadable(file, messageOf(error), error);
  }
}

/** A result has tens of kilobytes per cell. This is room for more than a thousand cells. */
const MOST_DOCUMENT_BYTES = 256 * 1024 * 1024;

/** The profile is the deepest part of a result: profiles nest up to 64 levels. */
const MOST_LEVELS = 128;

async function readJson(file: string): Promise<unknown> {
  const text = await readPlainFile(file, MOST_DOCUMENT_BYTES);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(file, text.trim() === '' ? 'it is empty' : 'it is cut off, or not JSON', error);
  }
  if (isDeeper(value, MOST_LEVELS)) throw unreadable(file, `it nests deeper than ${MOST_LEVELS} levels`);
  return value;
}

import path from 'node:path';
import { EXIT, type ExitCode } from '../errors.js';
import { appendHistory, type HistoryEntry, readHistory } from '../store/history.js';
import { comparedMetrics } from '../verdict/compare/metrics.js';
import { historyLine } from '../verdict/history/entry.js';
import { type Trend, trendsOf } from '../verdict/history/trend.js';
import { readChecked } from './read-compared-run.js';
import type { Surroundings } from './surroundings.js';
import type { HistoryAddTask, HistoryLookTask } from './tasks.js';

/** A run that a history was given. */
export interface AddedRun {
  readonly runId: string;
  /** False: the history has the run already. */
  readonly added: boolean;
}

/** Adds runs to a history file. All runs are read before any is added, so a damaged run leaves the history as it was. */
export async function addToHistory(task: HistoryAddTask, around: Omit<Surroundings, 'signal'>): Promise<AddedRun[]> {
  const lines = [];
  for (const source of task.runs) {
    const run = await readChecked(path.resolve(around.cwd, source));
    lines.push(historyLine(run, { ...namesOf(task, run.labels, around), labels: run.labels }));
  }
  const file = path.resolve(around.cwd, task.file);
  const added: AddedRun[] = [];
  for (const line of lines) added.push({ runId: line.runId, added: await appendHistory(file, line) });
  return added;
}

function namesOf(
  { commit, branch }: HistoryAddTask,
  labels: Readonly<Record<string, string>>,
  { env }: Pick<Surroundings, 'env'>,
) {
  const first = (...texts: readonly (string | null | undefined)[]) => texts.find((text) => text) ?? null;
  return {
    commit: first(commit, labels['commit'], env['GITHUB_SHA'], env['CI_COMMIT_SHA']),
    branch: first(branch, labels['branch'], env['GITHUB_REF_NAME'], env['CI_COMMIT_REF_NAME']),
  };
}

/** The trends of one branch of a history. */
export interface HistoryLook {
  /** Null where no run names a branch. */
  readonly branch: string | null;
  /** Bytes of a torn last line, which were left out. */
  readonly cutBytes: number;
  readonly runs: readonly HistoryEntry[];
  readonly trends: readonly Trend[];
  /** Of a check: 98 if no valid run is left, 99 if a metric moved for the worse in the last runs. */
  readonly exitCode: ExitCode;
}

export async function lookAtHistory(task: HistoryLookTask, around: Pick<Surroundings, 'cwd'>): Promise<HistoryLook> {
  const { entries, cutBytes } = await readHistory(path.resolve(around.cwd, task.file));
  const branch = task.branch ?? entries.at(-1)?.branch ?? null;
  const runs = entries.filter((entry) => entry.branch === branch);
  const trends = trendsOf(runs, comparedMetrics(task.margins));
  return { branch, cutBytes, runs, trends, exitCode: checkCode(runs, trends) };
}

function checkCode(runs: readonly HistoryEntry[], trends: readonly Trend[]): ExitCode {
  if (runs.length === 0 || trends.every(({ points }) => points.length === 0)) return EXIT.invalid;
  return trends.some(({ changes }) => changes.some(({ alert }) => alert)) ? EXIT.failed : EXIT.passed;
}

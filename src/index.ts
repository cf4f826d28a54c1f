/**
 * The library: run a profile and get its result, and the pieces around it: parse and plan without sending, start the
 * reference server, read saved runs, judge and render them anew. Everything else is internal and may change.
 */
import type { RunFlagName } from './cli/flags/run.js';
import { type CliIo, textReader } from './cli/io.js';
import { toProfile } from './cli/options/run-options.js';
import { runCommand } from './cli/run.js';
import type { ResultDocument } from './documents/result-document.js';
import { parseResult } from './documents/result-schema.js';
import type { ExitCode } from './errors.js';
import { readResult } from './store/read-run.js';

/** What a library call decides itself. */
type OwnFlags = 'json' | 'quiet' | 'progress' | 'wide' | 'dry-run';

export interface RunOptions {
  /** Flags of `wsurge run` by their long names: text as on the command line, lists for repeatable ones, booleans for switches. */
  readonly flags?: Readonly<
    Partial<Record<Exclude<RunFlagName, OwnFlags>, string | number | boolean | readonly string[]>>
  >;
  /** Folder that relative paths start from, `results` included. Default: the process's. */
  readonly cwd?: string;
  /** For `${env:X}`, `{{env.X}}` and `WSURGE_*`. Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Stops sending, drains and reports what there is, with exit code 105. */
  readonly signal?: AbortSignal;
  /** Gets what the command line would print (plan, rows, progress lines, report), piece by piece, secrets struck out. */
  readonly onText?: (text: string) => void;
}

export interface RunReport {
  /** What `wsurge run` would exit with: 0, 98, 99, 103 or 105. */
  readonly exitCode: ExitCode;
  /** result.json; its folder is `<output>/<runId>`. */
  readonly result: ResultDocument;
}

/**
 * Runs a profile (path of a .yaml or .json file, or the name of one that ships) or a bare load on a URL, just as `wsurge run` does: the same checks before
 * any load, the same files. Throws a `WsurgeError` (`exitCode` 103, 104 or 105) where the load never began.
 */
export async function runProfile(profileOrUrl: string, options: RunOptions = {}): Promise<RunReport> {
  const { flags = {}, cwd = process.cwd(), env = process.env, onText } = options;
  let json = '';
  const io: CliIo = {
    stdout: {
      write: (text) => {
        json += text;
      },
      isTTY: false,
      columns: 80,
    },
    stderr: { write: (text) => onText?.(text), isTTY: false, columns: 80 },
    signal: options.signal ?? new AbortController().signal,
    cwd,
    env,
  };
  const own: Readonly<Record<OwnFlags, boolean>> = {
    json: true,
    quiet: onText === undefined,
    progress: onText !== undefined,
    wide: false,
    'dry-run': false,
  };
  const request = await toProfile({ ...flags, ...own, profile: profileOrUrl }, env, textReader(io));
  const exitCode = await runCommand(request, io);
  return { exitCode, result: parseResult(JSON.parse(json)) };
}

/** result.json of a run folder, checked against its schema. Throws a `WsurgeError` where it is missing or damaged. */
export function readSavedResult(folder: string): Promise<ResultDocument> {
  return readResult(folder, parseResult);
}

export type { BenchmarkRow, ResultDocument } from './documents/result-document.js';
export { EXIT, type ExitCode, type Problem, WsurgeError } from './errors.js';
export type {
  CellResult,
  FlowResult,
  NullTwin,
  QuantileName,
  Quantiles,
  RunOutcome,
  SecondResult,
  ServerResult,
  WorkerResult,
} from './metrics/cell-result.js';
export { Totals } from './metrics/histogram.js';
export type { Interval } from './metrics/interval.js';
export type { ServerSecond } from './metrics/seconds/server-second.js';
export type { Cell } from './plan/cell.js';
export { type Plan, planOf } from './plan/plan.js';
export { METRICS } from './profile/metrics.js';
export { type ParseContext, type ProfileSource, parseProfile } from './profile/parse.js';
export type { Load, MetricName, ParsedProfile, Profile, Target, Threshold } from './profile/profile.js';
export { jsonReporter } from './report/run/json.js';
export { markdownReporter } from './report/run/markdown.js';
export { type ReportModel, reportModel } from './report/run/tables.js';
export type { Reporter } from './report/shared/reporter.js';
export { monotonicOriginUs } from './server/faults/clock.js';
export { readTruthLog } from './server/faults/read-truth-log.js';
export type { TruthEntry, TruthSink } from './server/faults/truth-entry.js';
export type { ServerOptions } from './server/options.js';
export { type RunningServer, startServer } from './server/server.js';
export { type RecoveredIntervals, readIntervals, readRun } from './store/read-run.js';
export type { RunRecord } from './store/run-record.js';
export { type JudgeOptions, judge } from './verdict/judge.js';
export type { GateResult, Reason, TargetStatus, ThresholdResult, Validity, Verdict } from './verdict/verdict.js';

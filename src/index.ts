/**
 * The library. `run`, `check`, `capacity`, `ab`, `compare` and `history` do what the commands of these names do: they take
 * a request, print nothing and return a result. Around them: parse and plan without sending, the reference server, saved
 * runs read, judged and rendered anew. Everything else is internal and may change.
 */
import type { ResultDocument } from './documents/result-document.js';
import { parseResult } from './documents/result-schema.js';
import { readResult } from './store/read-run.js';

export type { Finished } from './app/ended.js';
export type { RunEvent } from './app/events.js';
export type { AddedRun, HistoryLook } from './app/history.js';
export { ab, capacity, check, compare, history, run } from './app/library/calls.js';
export type { LibraryEvent } from './app/library/events.js';
export type {
  AbRequest,
  BuildRequest,
  CallOptions,
  CapacityRequest,
  CheckRequest,
  CompareRequest,
  HistoryAddRequest,
  HistoryLookRequest,
  HistoryRequest,
  LoadRequest,
  RunRequest,
  Settings,
} from './app/library/requests.js';
export type { Shares } from './app/tasks.js';
export type { Turn } from './campaign/ab-rounds.js';
export type { Axis } from './campaign/capacity-axis.js';
export type { CampaignEvent } from './campaign/events.js';
export type { CheckResult } from './check/runner.js';
export { type RunOptions, type RunReport, runProfile } from './cli/run-profile.js';

/** result.json of a run folder, checked against its schema. Throws a `WsurgeError` where it is missing or damaged. */
export function readSavedResult(folder: string): Promise<ResultDocument> {
  return readResult(folder, parseResult);
}

export type { CapacityDocument } from './documents/capacity-document.js';
export type { CheckDocument } from './documents/check-document.js';
export type { ComparisonDocument } from './documents/comparison-schema.js';
export type { BenchmarkRow, ResultDocument } from './documents/result-document.js';
export { EXIT, type ExitCode, type Problem, WsurgeError } from './errors.js';
export type {
  CellResult,
  FlowResult,
  NullTwin,
  QuantileName,
  Quantiles,
  RunOutcome,
  ServerResult,
  WorkerResult,
} from './metrics/cell-result.js';
export { Totals } from './metrics/histogram.js';
export type { Interval } from './metrics/interval.js';
export type { SecondResult } from './metrics/second-result.js';
export type { ServerSecond } from './metrics/seconds/server-second.js';
export type { Cell } from './plan/cell.js';
export { type Plan, planOf } from './plan/plan.js';
export { METRICS, type MetricName } from './profile/metrics.js';
export { type ParseContext, type ProfileSource, parseProfile } from './profile/parse.js';
export type { Load, ParsedProfile, Profile, Target, Threshold } from './profile/profile.js';
export type { WrittenProfile } from './profile/schema.js';
export type { FormatName } from './report/format-names.js';
export { jsonReporter } from './report/run/json.js';
export { markdownReporter } from './report/run/markdown.js';
export { type ReportModel, reportModel } from './report/run/tables.js';
export type { Reporter } from './report/shared/reporter.js';
export {
  type Chat,
  defineScript,
  type FrameChat,
  type MessageOfLoad,
  type OpenChat,
  type Script,
  type ScriptRequest,
} from './script/define.js';
export { monotonicOriginUs } from './server/faults/clock.js';
export { readTruthLog } from './server/faults/read-truth-log.js';
export type { TruthEntry, TruthSink } from './server/faults/truth-entry.js';
export type { ServerOptions } from './server/options.js';
export { type RunningServer, startServer } from './server/server.js';
export { type RecoveredIntervals, readIntervals, readRun } from './store/read-run.js';
export type { RunRecord } from './store/run-record.js';
export type { ComparedKey } from './verdict/compare/metrics.js';
export { type JudgeOptions, judge } from './verdict/judge.js';
export type { GateResult, Reason, TargetStatus, ThresholdResult, Validity, Verdict } from './verdict/verdict.js';

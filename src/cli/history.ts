import path from 'node:path';
import picocolors from 'picocolors';
import { readChecked } from '../app/read-compared-run.js';
import { EXIT, type ExitCode } from '../errors.js';
import { acrossText, changeText, trendsText } from '../report/history/terminal.js';
import { jsonText } from '../report/run/json.js';
import { plural } from '../report/shared/verdict-line.js';
import { appendHistory, type HistoryEntry, readHistory } from '../store/history.js';
import { sanitize } from '../text/sanitize.js';
import { comparedMetrics } from '../verdict/compare/metrics.js';
import { historyLine } from '../verdict/history/entry.js';
import { type Trend, trendsOf } from '../verdict/history/trend.js';
import { type CliIo, wantsColor } from './io.js';
import type { HistoryRequest } from './options/history-options.js';

/** `wsurge history`: keeps the runs of many nights in one file and finds what moved. */
export async function historyCommand(request: HistoryRequest, io: CliIo): Promise<ExitCode> {
  if (request.note !== null) io.stderr.write(`note: ${request.note}\n`);
  return request.action === 'add' ? await add(request, io) : await look(request, io);
}

async function add(request: HistoryRequest, io: CliIo): Promise<ExitCode> {
  const lines = [];
  // All runs are read before any is added, so a damaged run leaves the history as it was.
  for (const source of request.runs) {
    const run = await readChecked(path.resolve(io.cwd, source));
    lines.push(historyLine(run, { ...namesOf(request, run.labels, io), labels: run.labels }));
  }
  const added: { runId: string; added: boolean }[] = [];
  for (const line of lines) {
    added.push({ runId: line.runId, added: await appendHistory(path.resolve(io.cwd, request.file), line) });
  }
  if (request.json) io.stdout.write(jsonText({ kind: 'history-added', file: request.file, runs: added }));
  else if (!request.quiet) {
    for (const { runId, added: isNew } of added) {
      io.stdout.write(`${sanitize(runId)} ${isNew ? `added to ${request.file}` : `is in ${request.file} already`}\n`);
    }
  }
  return EXIT.passed;
}

function namesOf({ commit, branch }: HistoryRequest, labels: Readonly<Record<string, string>>, { env }: CliIo) {
  const first = (...texts: readonly (string | null | undefined)[]) => texts.find((text) => text) ?? null;
  return {
    commit: first(commit, labels['commit'], env['GITHUB_SHA'], env['CI_COMMIT_SHA']),
    branch: first(branch, labels['branch'], env['GITHUB_REF_NAME'], env['CI_COMMIT_REF_NAME']),
  };
}

/** `check` and `show`: the trends of one branch. Default: the branch of the newest run. */
async function look(request: HistoryRequest, io: CliIo): Promise<ExitCode> {
  const { entries, cutBytes } = await readHistory(path.resolve(io.cwd, request.file));
  const branch = request.branch ?? entries.at(-1)?.branch ?? null;
  const runs = entries.filter((entry) => entry.branch === branch);
  const trends = trendsOf(runs, comparedMetrics(request.margins));
  const exitCode = request.action === 'check' ? checkCode(runs, trends) : EXIT.passed;
  if (request.json) {
    const { file, action } = request;
    io.stdout.write(
      jsonText({
        schemaVersion: 1,
        kind: 'history',
        action,
        file,
        branch,
        cutBytes,
        runs: runs.length,
        trends,
        exitCode,
      }),
    );
  } else {
    if (cutBytes > 0) io.stderr.write(`wsurge: ${request.file}: ${cutBytes} bytes of a torn last line were left out\n`);
    io.stdout.write(lookText(request, branch, runs, trends, io));
  }
  return exitCode;
}

/** 98 if no valid run is left, 99 on an alert. */
function checkCode(runs: readonly HistoryEntry[], trends: readonly Trend[]): ExitCode {
  if (runs.length === 0 || trends.every(({ points }) => points.length === 0)) return EXIT.invalid;
  return alertsOf(trends).length > 0 ? EXIT.failed : EXIT.passed;
}

function alertsOf(trends: readonly Trend[]): string[] {
  return trends.flatMap((trend) =>
    trend.changes
      .filter(({ alert }) => alert)
      .map((change) => `${sanitize(trend.cell, 60)} ${trend.title}: ${changeText(trend, change)}`),
  );
}

/** Metrics of a new series that are worse than in the series before it. No alerts: the machine changed as well. */
function warningsOf(trends: readonly Trend[]): string[] {
  return trends.flatMap((trend) =>
    trend.across?.warning === true
      ? [`${sanitize(trend.cell, 60)} ${trend.title}: ${acrossText(trend, trend.across)}`]
      : [],
  );
}

/** The line for a passed check, with what it could not judge. */
function passedText(trends: readonly Trend[], warnings: number): string {
  const fresh = trends.filter(({ across }) => across !== null).length;
  if (warnings > 0) {
    const what = `${plural(warnings, 'metric')} of a new series ${warnings === 1 ? 'is' : 'are'} worse than before it`;
    return `PASSED with a warning: ${what}; to know why, run both builds on the new machine (wsurge ab)`;
  }
  if (fresh > 0) return `PASSED: nothing moved for the worse; ${plural(fresh, 'metric')} judged in a new series only`;
  return 'PASSED: nothing moved for the worse in the last 5 runs';
}

function lookText(
  request: HistoryRequest,
  branch: string | null,
  runs: readonly HistoryEntry[],
  trends: readonly Trend[],
  io: CliIo,
): string {
  const { action, quiet } = request;
  const alerts = alertsOf(trends);
  const warnings = warningsOf(trends);
  if (quiet) return [...alerts, ...warnings].map((alert) => `${alert}\n`).join('');
  const invalid = runs.filter(({ validity }) => validity === 'invalid').length;
  const left = invalid === 0 ? '' : `, ${plural(invalid, 'invalid one')} left out`;
  const head = `${plural(runs.length, 'run')}${branch === null ? '' : ` of ${sanitize(branch, 60)}`} in ${request.file}${left}`;
  const style = {
    colors: picocolors.createColors(wantsColor(io, io.stdout)),
    columns: Math.min(io.stdout.columns, 80),
    wide: false,
  };
  const shown = trendsText(trends, style, action === 'check');
  const verdict =
    alerts.length > 0
      ? `REGRESSED: ${plural(alerts.length, 'metric')} moved for the worse in the last 5 runs`
      : trends.every(({ points }) => points.length === 0)
        ? 'INVALID: no valid run to judge'
        : passedText(trends, warnings.length);
  return [head, '', ...(shown === '' ? [] : [shown]), verdict, ''].join('\n');
}

import picocolors from 'picocolors';
import { addToHistory, lookAtHistory } from '../app/history.js';
import { EXIT, type ExitCode } from '../errors.js';
import { acrossText, changeText, trendsText } from '../report/history/terminal.js';
import { jsonText } from '../report/run/json.js';
import { plural } from '../report/shared/verdict-line.js';
import type { HistoryEntry } from '../store/history.js';
import { sanitize } from '../text/sanitize.js';
import type { Trend } from '../verdict/history/trend.js';
import { type CliIo, wantsColor } from './io.js';
import type { HistoryCommand } from './options/history-options.js';

/** `wsurge history`: keeps the runs of many nights in one file and finds what moved. */
export async function historyCommand(request: HistoryCommand, io: CliIo): Promise<ExitCode> {
  if (request.note !== null) io.stderr.write(`note: ${request.note}\n`);
  return request.action === 'add' ? await add(request, io) : await look(request, io);
}

async function add(request: HistoryCommand, io: CliIo): Promise<ExitCode> {
  const added = await addToHistory(request, io);
  if (request.json) io.stdout.write(jsonText({ kind: 'history-added', file: request.file, runs: added }));
  else if (!request.quiet) {
    for (const { runId, added: isNew } of added) {
      io.stdout.write(`${sanitize(runId)} ${isNew ? `added to ${request.file}` : `is in ${request.file} already`}\n`);
    }
  }
  return EXIT.passed;
}

/** `check` and `show`: the trends of one branch. */
async function look(request: HistoryCommand, io: CliIo): Promise<ExitCode> {
  const { branch, cutBytes, runs, trends, exitCode: checked } = await lookAtHistory(request, io);
  const { file, action } = request;
  const exitCode = action === 'check' ? checked : EXIT.passed;
  if (request.json) {
    const head = { schemaVersion: 1, kind: 'history', action, file, branch, cutBytes };
    io.stdout.write(jsonText({ ...head, runs: runs.length, trends, exitCode }));
  } else {
    if (cutBytes > 0) io.stderr.write(`wsurge: ${file}: ${cutBytes} bytes of a torn last line were left out\n`);
    io.stdout.write(lookText(request, branch, runs, trends, io));
  }
  return exitCode;
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
  request: HistoryCommand,
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

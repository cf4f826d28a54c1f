import path from 'node:path';
import picocolors from 'picocolors';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode, type Problem, WsurgeError } from '../errors.js';
import { suggest } from '../profile/did-you-mean.js';
import { changeText, trendsText } from '../report/history/history-text.js';
import { jsonText } from '../report/json.js';
import { plural } from '../report/verdict-line.js';
import { appendHistory, type HistoryEntry, readHistory } from '../store/history.js';
import { comparedMetrics } from '../verdict/compare/metrics.js';
import { historyLine } from '../verdict/history/entry.js';
import { type Trend, trendsOf } from '../verdict/history/trend.js';
import { marginsOf, singleText, texts } from './compare-options.js';
import { type CliIo, wantsColor } from './io.js';
import { readChecked } from './read-compared-run.js';

export const HISTORY_COMMAND = 'history <action> [runs..]';

const ACTIONS = ['add', 'check', 'show'] as const;
const VALUES = {
  file: 'The history [history.ndjson]',
  commit: 'add: commit measured [label commit, GITHUB_SHA, CI_COMMIT_SHA]',
  branch: 'add: its branch [label branch, GITHUB_REF_NAME, CI_COMMIT_REF_NAME]; check, show: only that branch',
  margin: 'check, show: smallest change that counts, e.g. p99=15% (repeatable) [p50 5%, p99 10%, throughput 2%]',
} as const;

interface HistoryRequest {
  readonly action: (typeof ACTIONS)[number];
  readonly runs: readonly string[];
  readonly file: string;
  readonly commit: string | null;
  readonly branch: string | null;
  readonly margins: ReturnType<typeof marginsOf>;
  readonly json: boolean;
  readonly quiet: boolean;
}

export function historyOptions<T>(yargs: Argv<T>): Argv<T> {
  yargs.parserConfiguration({ 'parse-positional-numbers': false });
  yargs.strict(false);
  yargs.positional('action', { type: 'string', describe: 'add, check or show' });
  yargs.positional('runs', { type: 'string', array: true, describe: 'add: run folders or result.json files' });
  for (const [name, describe] of Object.entries(VALUES)) yargs.option(name, { type: 'string', describe });
  yargs.option('json', { type: 'boolean', describe: 'Print one JSON document and nothing else on stdout' });
  yargs.option('quiet', { alias: 'q', type: 'boolean', describe: 'Print only alerts' });
  yargs.epilogue(`Examples:
  wsurge history add results/2026-11-24T10-15-30Z-nightly
  wsurge history check             99: something got worse in the last 5 runs
  wsurge history show              every series, its changes marked`);
  return yargs;
}

/** `wsurge history`: runs of many nights in one file, and what moved in it. */
export async function historyCommand(argv: Readonly<Record<string, unknown>>, io: CliIo): Promise<ExitCode> {
  const request = requestOf(argv);
  return request.action === 'add' ? await add(request, io) : await look(request, io);
}

async function add(request: HistoryRequest, io: CliIo): Promise<ExitCode> {
  const lines = [];
  // All are read before any is added: a damaged one leaves the history as it was.
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
      io.stdout.write(`${runId} ${isNew ? `added to ${request.file}` : `is in ${request.file} already`}\n`);
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

/** check and show: the trends of the newest run's branch, or of the one asked for. */
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

/** 98 where no run is left that measured anything, 99 on an alert. */
function checkCode(runs: readonly HistoryEntry[], trends: readonly Trend[]): ExitCode {
  if (runs.length === 0 || trends.every(({ points }) => points.length === 0)) return EXIT.invalid;
  return alertsOf(trends).length > 0 ? EXIT.failed : EXIT.passed;
}

function alertsOf(trends: readonly Trend[]): string[] {
  return trends.flatMap((trend) =>
    trend.changes
      .filter(({ alert }) => alert)
      .map((change) => `${trend.cell} ${trend.title}: ${changeText(trend, change)}`),
  );
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
  if (quiet) return alerts.map((alert) => `${alert}\n`).join('');
  const invalid = runs.filter(({ validity }) => validity === 'invalid').length;
  const left = invalid === 0 ? '' : `, ${plural(invalid, 'invalid one')} left out where it was`;
  const head = `${plural(runs.length, 'run')}${branch === null ? '' : ` of ${branch}`} in ${request.file}${left}`;
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
        : 'PASSED: nothing moved for the worse in the last 5 runs';
  return [head, '', ...(shown === '' ? [] : [shown]), verdict, ''].join('\n');
}

function requestOf(argv: Readonly<Record<string, unknown>>): HistoryRequest {
  const problems: Problem[] = [];
  const known = [...Object.keys(VALUES), 'json', 'quiet'];
  for (const name of Object.keys(argv)) {
    if ([...known, 'q', '_', '$0', 'action', 'runs', 'help', 'h', 'version'].includes(name)) continue;
    problems.push({
      where: `${name.length === 1 ? '-' : '--'}${name}`,
      message: 'is no flag of history',
      hint: suggest(name, known),
    });
  }
  const given = String(argv['action'] ?? '');
  const action = ACTIONS.find((one) => one === given);
  const runs = texts(argv['runs']);
  if (action === undefined) {
    problems.push({
      where: JSON.stringify(given),
      message: 'is nothing history can do',
      hint: suggest(given, ACTIONS),
    });
  } else if (action === 'add' ? runs.length === 0 : runs.length > 0) {
    const message = action === 'add' ? 'needs the folder of a run' : 'takes no runs';
    problems.push({ where: `history ${action}`, message, hint: 'wsurge history --help' });
  }
  const single = (name: string) => singleText(argv, name, problems);
  const request = {
    action: action ?? 'show',
    runs,
    file: single('file') ?? 'history.ndjson',
    commit: single('commit'),
    branch: single('branch'),
    margins: marginsOf(texts(argv['margin']), problems),
    json: argv['json'] === true,
    quiet: argv['quiet'] === true,
  } as const;
  if (problems.length === 0) return request;
  throw new WsurgeError(EXIT.usage, 'usage', 'nothing was done', { problems, next: 'wsurge history --help' });
}

/**
 * report.md, also the summary of a CI job: verdict, tables, doubts; the rest folded. Foreign text comes out as plain
 * words.
 */

import type { ResultDocument } from '../../documents/result-document.js';
import { sanitize } from '../../text/sanitize.js';
import { formatCount } from '../../units.js';
import { MOST_DOUBTS, MOST_REASON, moreDoubts, type ReasonLine } from '../shared/doubt-lines.js';
import {
  bullets,
  factTable,
  fitting,
  folded,
  headText,
  machinesTable,
  plain,
  sectionTexts,
  table,
} from '../shared/markdown.js';
import type { Reporter } from '../shared/reporter.js';
import { targetText } from '../shared/target-text.js';
import { plural } from '../shared/verdict-line.js';
import { AGENT_HEADS, type AgentRow } from './agent-rows.js';
import { columnsAt } from './columns.js';
import type { FanoutTable } from './fanout-tables.js';
import type { Grid } from './grid.js';
import { FLOOR } from './rows.js';
import { STATUS_MARK } from './status.js';
import { type BenchmarkLine, type ReportModel, type ReportTable, reportModel } from './tables.js';

export const markdownReporter: Reporter = { file: 'report.md', render: markdownText };

/** Verdict, tables and doubts are in sight for a reviewer. The rest is folded. */
function markdownText(document: ResultDocument): string {
  const model = reportModel(document);
  const sections = [
    [`# wsurge report: ${plain(model.title, 80)}`],
    [verdictLine(model)],
    ...model.tables.map((table) => tableSection(table)),
    ...fanoutSections(model),
    benchmarkSection(model.benchmark),
    doubtsTable(model),
    folded('How to read it', notes(model)),
    folded(
      'Every column',
      [
        ...model.tables.map((table) => tableSection(table, 'wide')),
        ...model.fanout.map((table) => fanoutSection(table, 'wide')),
      ].flatMap((section) => [...section, '']),
    ),
    folded('Connections that came and went', churnSection(model)),
    folded('Sessions', sessionSection(model)),
    folded('Agents', agentSection(model)),
    folded('Every reason', model.reasons.length === model.doubts.length ? [] : reasonRows(model.reasons)),
    folded('What to try next', bullets(model.next)),
    folded('Verdict in detail', verdictTable(model)),
    folded('About this run', [...summary(document), '', ...machinesTable(document.environment.generators)]),
    folded('Profile as resolved', profile(document)),
  ];
  return fitting(sectionTexts(sections));
}

/** A run inside another report: verdict, tables and doubts. */
export function runSections(document: ResultDocument): string[][] {
  const model = reportModel(document);
  return [
    [verdictLine(model)],
    ...model.tables.map((table) => tableSection(table)),
    ...fanoutSections(model),
    benchmarkSection(model.benchmark),
    doubtsTable(model),
  ];
}

/** `**FAILED**: 3 default gates failed (lost) in 3 of 10 cells (exit code 99)`. */
function verdictLine({ verdict }: Pick<ReportModel, 'verdict'>): string {
  const { word, text } = verdict.at(-1)!;
  return `**${plain(word)}**: ${plain(text)}`;
}

function summary(document: ResultDocument): string[] {
  const { startedAt, endedAt, status, target, tool, workers, pacing, seed, planHash, labels } = document;
  const facts: [string, string][] = [
    ['Status', status],
    ['Started', startedAt],
    ['Ended', endedAt],
    ['Target', targetText(target)],
    ...(target.engine === null ? [] : [['Server engine', target.engine] satisfies [string, string]]),
    [
      'Generator',
      `${tool.name} ${tool.version}, engine ${tool.engine}, ${plural(workers, 'worker')}, pacing ${pacing}`,
    ],
    ['Seed', String(seed)],
    ['Plan', planHash],
    ...Object.entries(labels).map(([name, value]): [string, string] => [`Label ${name}`, value]),
  ];
  if (target.hint !== null) facts.push(['Hint', target.hint]);
  return factTable(facts);
}

function verdictTable({ verdict }: Pick<ReportModel, 'verdict'>): string[] {
  const rows = verdict.map(({ label, word, text }) => [label, `**${plain(word)}**`, plain(text)]);
  return table(['', '', ''], rows);
}

function tableSection(shown: ReportTable, detail: 'narrow' | 'wide' = 'narrow'): string[] {
  const columns = columnsAt(shown.columns, detail);
  const rows = shown.rows.flatMap((row) => [
    columns.map(({ key }) => {
      const text = plain(row.values[key] ?? '');
      return key === 'status' && row.note !== null ? `${text} (${row.note})` : text;
    }),
    ...(row.floor === undefined
      ? []
      : [columns.map(({ key }, i) => plain(i === 0 ? FLOOR : (row.floor?.[key] ?? '')))]),
    ...(row.requests ?? []).map((request) =>
      columns.map(({ key }, i) => {
        if (key === 'status') return plain(request.outcome);
        const isName = i === 0 && request.values[key] === undefined;
        return isName ? `↳ ${plain(request.label)}` : plain(request.values[key] ?? '');
      }),
    ),
  ]);
  return [
    `## ${plain(shown.title)}`,
    '',
    plain(shown.subtitle),
    '',
    ...(shown.grid === null || detail === 'wide' ? [] : [...gridTable(shown.grid), '']),
    ...table(
      columns.map(headText),
      rows,
      columns.map(({ align }) => align === 'right'),
    ),
    ...(shown.remark === null ? [] : ['', plain(shown.remark)]),
  ];
}

/** The fan-out tables, and who was served worst. */
function fanoutSections({ fanout, subscribers, connections }: ReportModel): string[][] {
  return [
    ...fanout.map((table) => fanoutSection(table)),
    bullets([...subscribers, ...connections].map(({ where, text }) => `${where}: ${text}`)),
  ];
}

function fanoutSection(shown: FanoutTable, detail: 'narrow' | 'wide' = 'narrow'): string[] {
  const columns = columnsAt(shown.columns, detail);
  const rows = shown.rows.map(({ values }) => columns.map(({ key }) => plain(values[key] ?? '')));
  return [
    ...[`## ${plain(shown.title)}`, '', plain(shown.subtitle), ''],
    ...table(
      columns.map(headText),
      rows,
      columns.map(() => true),
    ),
    ...(detail === 'wide' || shown.remarks.length === 0 ? [] : ['', ...bullets(shown.remarks)]),
  ];
}

function gridTable({ rates, rows, legend }: Grid): string[] {
  const heads = ['p99 in ms: connections', ...rates.map((rate) => `${formatCount(rate)} msg/s`)];
  const lines = rows.map(({ connections, cells }) => [
    connections,
    ...cells.map((cell) => (cell === null ? 'not run' : plain(`${cell.text} ${STATUS_MARK[cell.status]}`.trim()))),
  ]);
  return [
    ...table(
      heads,
      lines,
      heads.map(() => true),
    ),
    ...(legend === '' ? [] : ['', plain(legend)]),
  ];
}

function benchmarkSection(lines: readonly BenchmarkLine[]): string[] {
  if (lines.length === 0) return [];
  const rows = lines.map(({ measure, value, threshold, result, note }) => [
    plain(measure),
    plain(value),
    plain(threshold),
    note === null ? result : `${result} (${note})`,
  ]);
  return ['## Benchmark', '', ...table(['measure', 'value', 'threshold', 'result'], rows, [false, true, true])];
}

function churnSection({ churn }: ReportModel): string[] {
  if (churn.length === 0) return [];
  const rows = churn.map(({ where, text }) => [plain(where), plain(text)]);
  return table(['cell', 'what became of them'], rows);
}

/** From the upgrade until the session was ready, and the named steps of it. */
function agentSection({ agents, agentsSentence }: ReportModel): string[] {
  if (agentsSentence === null) return [];
  const keys = ['where', ...Object.keys(AGENT_HEADS)] as (keyof AgentRow)[];
  const rows = agents.map((row) => keys.map((key) => plain(row[key])));
  const isNumber = (key: string) => !['where', 'agent', 'status'].includes(key);
  return [plain(agentsSentence), '', ...table(['cell', ...Object.values(AGENT_HEADS)], rows, keys.map(isNumber))];
}

function sessionSection({ sessions }: ReportModel): string[] {
  if (sessions.length === 0) return [];
  const rows = sessions.map(({ where, name, count, p50, p99, max }) =>
    [where, name, count, p50, p99, max].map((text) => plain(text)),
  );
  return table(['cell', 'part', 'count', 'p50, ms', 'p99, ms', 'max, ms'], rows, [
    false,
    false,
    true,
    true,
    true,
    true,
  ]);
}

/** The numbered notes of the rows, how far off the instrument is, and the signs in the tables. */
function notes({ notes, instrument, legend }: ReportModel): string[] {
  const rest = [...(instrument === null ? [] : [instrument]), ...legend];
  return [
    ...notes.map(({ number, text }) => `${number}. ${plain(text)}`),
    ...(notes.length > 0 && rest.length > 0 ? [''] : []),
    ...bullets(rest.map((text) => text.replace(/ {2,}/, ': '))),
  ];
}

/** The reasons for doubts and failures, each once; empty if there are none. */
function doubtsTable({ doubts }: Pick<ReportModel, 'doubts'>): string[] {
  if (doubts.length === 0) return [];
  const more = moreDoubts(doubts);
  return ['## Doubts', '', ...reasonRows(doubts.slice(0, MOST_DOUBTS)), ...(more === null ? [] : ['', more])];
}

function reasonRows(reasons: readonly ReasonLine[]): string[] {
  const rows = reasons.map(({ severity, where, code, message, fix }) =>
    [severity, code, where, message, fix ?? ''].map((text) => plain(text, MOST_REASON)),
  );
  return table(['severity', 'code', 'where', 'what', 'fix'], rows);
}

/** The profile as it was resolved, in an indented block: nothing in it can end the block or become markup. */
function profile({ profile }: ResultDocument): string[] {
  const text = JSON.stringify(profile, null, 2) ?? 'null';
  const lines = text.split('\n').map((line) => `    ${sanitize(line, 400)}`);
  return lines;
}

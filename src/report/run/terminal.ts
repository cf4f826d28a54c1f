/** The text of a run. The caller decides where it is printed. Only `--wide` tables are wider than the terminal. */

import type { ResultDocument } from '../../documents/result-document.js';
import { sanitize } from '../../text/sanitize.js';
import { clipLines, clipParts, pad, wrap } from '../../text/width.js';
import { formatBytes, formatCount, formatDuration } from '../../units.js';
import { firstFix } from '../../verdict/gate-fix.js';
import { MOST_DOUBTS, moreDoubts, type ReasonLine } from '../shared/doubt-lines.js';
import { block, hanging, headingRule, type TerminalStyle, titled } from '../shared/terminal-table.js';
import { type Tone, toneColor } from '../shared/tone.js';
import { plural } from '../shared/verdict-line.js';
import type { PlannedCell, PlanSummary } from './plan-summary.js';
import { tableShapes } from './table-shape.js';
import { type ReportModel, reportModel } from './tables.js';
import {
  agentTable,
  benchmarkTable,
  fanoutLines,
  gridLines,
  rowLines,
  sessionTable,
  tableHeader,
} from './terminal-table.js';

const LABEL = 13;

/** The plan, printed before any load. */
export function planText(plan: PlanSummary, style: TerminalStyle): string {
  const { colors, columns } = style;
  const messages = plan.messages === null ? 'as fast as replies come' : `${formatCount(plan.messages)} messages`;
  const facts: [label: string, text: string][] = [
    ['target', sanitize(plan.target)],
    ['load', `${plural(plan.cells.length, 'cell')}, ${plural(plan.connections, 'connection')}, ${messages}`],
    ['peak', `${plural(plan.peakConnections, 'connection')} at one time`],
    ['generator', `${makersText(plan)}, pacing ${plan.pacing}, engine ${plan.engine}`],
    ['time', `about ${formatDuration(plan.totalMs)}${twinText(plan)}${idleText(plan)}${longestText(plan)}`],
  ];
  if (plan.memoryBytes !== null) facts.push(['memory', memoryText(plan.memoryBytes, plan.boardBytes ?? 0)]);
  return block([
    ...wrap(`wsurge · ${sanitize(plan.name, 60)}`, columns).map((line) => colors.bold(line)),
    headingRule(style),
    ...facts.flatMap(([label, text]) => hanging(pad(label, LABEL), text, columns, colors.dim)),
  ]);
}

/** `6 workers`, `6 workers on 2 agents`. */
function makersText({ workers, agents }: PlanSummary): string {
  return `${plural(workers, 'worker')}${agents === undefined ? '' : ` on ${plural(agents, 'agent')}`}`;
}

function memoryText(memoryBytes: number, boardBytes: number): string {
  const board = boardBytes === 0 ? '' : `, ${formatBytes(boardBytes)} to follow deliveries`;
  return `${formatBytes(memoryBytes)} for messages in flight${board}`;
}

function twinText({ twinMs }: PlanSummary): string {
  return twinMs === 0 ? '' : `, ${formatDuration(twinMs)} of it for the null twin of each cell`;
}

function idleText({ idleMs }: PlanSummary): string {
  return idleMs === 0 ? '' : `, ${formatDuration(idleMs)} of it for the memory of idle connections`;
}

function longestText({ totalMs, longestMs }: PlanSummary): string {
  return longestMs > totalMs ? `; with --until-ci up to ${formatDuration(longestMs)}` : '';
}

/** Every cell of a plan, one a line: for `--dry-run`. */
export function planCellsText({ cells }: PlanSummary, style: TerminalStyle): string {
  const lines = tableShapes(cells).flatMap((shape) => {
    const own = cells.filter(({ id }) => shape.cells.includes(id));
    const title = wrap(`${shape.title} · ${shape.subtitle}`, style.columns).map((line) => style.colors.bold(line));
    return [
      ...title,
      ...own.flatMap((cell) => hanging('  ', plannedText(cell), style.columns, (indent) => indent)),
      '',
    ];
  });
  return block(lines.slice(0, -1));
}

function plannedText({ id, axes, messages, durationMs }: PlannedCell): string {
  const due = messages === null ? '' : `, ${plural(messages, 'message')}`;
  return `${sanitize(id, 60)}: ${plural(axes.connections, 'connection')}${due}, ${formatDuration(durationMs)}`;
}

/**
 * Everything after the last cell: notes, tables, benchmark, and last the verdict with its doubts. `printed`: cells
 * whose rows are on the screen already and are not printed again. If no table is left to print, the notes are cut so
 * that the rows printed last stay on a screen of 24 lines.
 */
export function reportText(model: ReportModel, style: TerminalStyle, printed: ReadonlySet<string> = new Set()): string {
  const { columns } = style;
  const tables: string[] = [];
  for (const table of model.tables) {
    if (table.grid !== null) tables.push(...gridLines(table.grid, style), '');
    const rows = table.kind === 'ramp' ? table.rows : table.rows.filter(({ cell }) => !printed.has(cell));
    if (rows.length > 0)
      tables.push(...tableHeader(table, style), ...rows.flatMap((row) => rowLines(row, table, style)));
    if (table.remark !== null) tables.push(...wrap(table.remark, columns).map(style.colors.dim));
    if (rows.length > 0) tables.push('');
  }
  const benchmark = model.benchmark.length > 0 ? [...benchmarkTable(model.benchmark, style), ''] : [];
  const end = [...fanoutBlock(model, style), ...benchmark, ...verdictBlock(model, style)];
  const notes = [
    ...titled('connections that came and went', churnTexts(model), style),
    ...sessionTable(model.sessions, style),
    ...(style.wide ? agentTable(model.agents, style) : []),
    ...titled('notes', noteTexts(model), style),
  ];
  const room = SCREEN - end.length - CLOSING - lastTableHeight(model, style);
  const isCut = tables.length === 0 && !style.wide && notes.length > room;
  return block([...(isCut ? shortNotes(model, room, style) : notes), ...tables, ...end]);
}

/** The fan-out tables, and who was served worst. Their rows are never printed while the run goes on. */
function fanoutBlock({ fanout, subscribers, connections }: ReportModel, style: TerminalStyle): string[] {
  const texts = (lines: typeof subscribers) => lines.map(({ where, text }) => `${where}: ${text}`);
  return [
    ...fanout.flatMap((table) => fanoutLines(table, style)),
    ...titled('subscribers', texts(subscribers), style),
    ...titled('fairness', texts(connections), style),
  ];
}

/** Lines of the smallest terminal that holds the end of a run, and of what follows this text on it. */
const SCREEN = 24;
const CLOSING = 4;

function lastTableHeight({ tables }: ReportModel, style: TerminalStyle): number {
  const last = tables.findLast(({ rows, kind }) => kind !== 'ramp' && rows.length > 0);
  if (last === undefined) return 0;
  return tableHeader(last, style).length + last.rows.flatMap((row) => rowLines(row, last, style)).length;
}

/** The first notes in one line each, as many as have room, and how many more there are. */
function shortNotes(model: ReportModel, room: number, { colors, columns }: TerminalStyle): string[] {
  const texts = [...churnTexts(model), ...sessionTexts(model), ...noteTexts(model)];
  // The title, the line that counts the rest, and the empty line.
  const shown = texts.slice(0, Math.max(0, room - 3));
  const rest = texts.length - shown.length;
  const more = `${formatCount(rest)}${shown.length > 0 ? ' more' : ''} in report.html, or with --wide`;
  if (shown.length === 0) return [colors.dim(`${pad('notes', LABEL)}${more}`), ''];
  const lines = shown.map((text) => `  ${clipParts(text, columns - 2)}`);
  return [colors.bold('notes'), ...lines, ...(rest === 0 ? [] : [colors.dim(`  ${more}`)]), ''];
}

function churnTexts({ churn }: ReportModel): string[] {
  return churn.map(({ where, text }) => `${where} ${text}`);
}

/** For where a table has no room: `sessions of c100-r500: ready after p50 1.2 ms, p99 3.4 ms`. */
function sessionTexts({ sessions }: ReportModel): string[] {
  return sessions
    .filter(({ part }) => part === 'ready')
    .map(({ where, p50, p99 }) => `sessions of ${where}: ready after p50 ${p50} ms, p99 ${p99} ms`);
}

function noteTexts({ remarks, benchmark, instrument, legend, agentsSentence }: ReportModel): string[] {
  return [
    ...remarks.map(({ where, text }) => `${where}: ${text}`),
    ...benchmark.flatMap(({ measure, remark }) => (remark === null ? [] : [`${measure}: ${remark}`])),
    ...(agentsSentence === null ? [] : [agentsSentence]),
    ...(instrument === null ? [] : [instrument]),
    ...legend,
  ];
}

/** One line of verdict, then at most five lines of doubts, and the fix for the worst. The page has their whole text. */
function verdictBlock({ verdict, doubts }: ReportModel, { colors, columns }: TerminalStyle): string[] {
  const { word, text, tone } = verdict.at(-1)!;
  const head = `${pad('verdict', LABEL)}${word}  `;
  const shown = doubts.length > MOST_DOUBTS ? MOST_DOUBTS - 1 : MOST_DOUBTS;
  const more = moreDoubts(doubts, shown);
  const fix = firstFix(doubts, shown, word === 'FAILED' || word === 'UNREACHABLE');
  return [
    colors.bold(head.slice(0, LABEL)) +
      toneColor(tone, colors)(head.slice(LABEL)) +
      verdictText(text, columns - head.length),
    ...doubts.slice(0, shown).map((doubt) => doubtText(doubt, { colors, columns })),
    ...(more === null ? [] : [colors.dim(`  ${more}`)]),
    ...(fix === null
      ? []
      : hanging(FIX, clipLines(fix, columns - FIX.length, FIX_LINES).join(' '), columns, colors.dim)),
    '',
  ];
}

const FIX = '  fix       ';
const FIX_LINES = 2;

/** The parts that fit into `width`, and always the exit code. */
function verdictText(text: string, width: number): string {
  const code = / \(exit code \d+\)$/.exec(text)?.[0] ?? '';
  return clipParts(text.slice(0, text.length - code.length), width - code.length) + code;
}

/** A doubt in one line: how bad, what, where, and the worst figure. */
function doubtText(
  { code, where, severity, message }: ReasonLine,
  { colors, columns }: Pick<TerminalStyle, 'colors' | 'columns'>,
): string {
  const tone: Tone =
    severity === 'failed' || severity === 'invalid' ? 'bad' : severity === 'degraded' ? 'warn' : 'plain';
  const head = `  ${pad(severity, 9)} `;
  // A threshold's own name begins with its metric.
  const text =
    where !== 'run' ? `${code}  ${where}: ${message}` : message.startsWith(code) ? message : `${code}  ${message}`;
  return toneColor(tone, colors)(head) + clipParts(text, columns - head.length);
}

/** What to try next and where the report is: the last lines of a run. */
export function closingText(model: ReportModel, reportPath: string, style: TerminalStyle): string {
  const { colors, columns } = style;
  return block([
    ...model.next.slice(0, 1).flatMap((step) => hanging(pad('try next', LABEL), step, columns, colors.dim)),
    ...hanging(pad('report', LABEL), sanitize(reportPath, 1000), columns, colors.dim),
  ]);
}

/** A saved run as the terminal shows it. */
export function terminalText(document: ResultDocument, style: TerminalStyle): string {
  return reportText(reportModel(document), style);
}

/** The text of a run. The caller decides where it is printed. Only `--wide` tables are wider than the terminal. */
import { formatBytes, formatCount, formatDuration } from '../units.js';
import { MOST_DOUBTS, moreDoubts, type ReasonLine } from './doubt-lines.js';
import type { PlannedCell, PlanSummary } from './plan-summary.js';
import type { ResultDocument } from './result-document.js';
import { sanitize } from './sanitize.js';
import { tableShapes } from './table-shape.js';
import { type ReportModel, reportModel } from './tables.js';
import { benchmarkTable, gridLines, hanging, rowLines, type TerminalStyle, tableHeader } from './terminal-table.js';
import { plural, type Tone } from './verdict-line.js';
import { clipLines, pad, wrap } from './width.js';

const LABEL = 13;
const RULE = 80;

/** The plan, printed before any load. */
export function planText(plan: PlanSummary, style: TerminalStyle): string {
  const { colors, columns } = style;
  const messages = plan.messages === null ? 'as fast as replies come' : `${formatCount(plan.messages)} messages`;
  const facts: [label: string, text: string][] = [
    ['target', sanitize(plan.target)],
    ['load', `${plural(plan.cells.length, 'cell')}, ${plural(plan.connections, 'connection')}, ${messages}`],
    ['peak', `${plural(plan.peakConnections, 'connection')} at one time`],
    ['generator', `${plural(plan.workers, 'worker')}, pacing ${plan.pacing}, engine ${plan.engine}`],
    ['time', `about ${formatDuration(plan.totalMs)}${twinText(plan)}${idleText(plan)}${longestText(plan)}`],
  ];
  if (plan.memoryBytes !== null) facts.push(['memory', `${formatBytes(plan.memoryBytes)} for messages in flight`]);
  return block([
    ...wrap(`wsurge · ${sanitize(plan.name, 60)}`, columns).map((line) => colors.bold(line)),
    colors.dim('─'.repeat(Math.min(columns, RULE))),
    ...facts.flatMap(([label, text]) => hanging(pad(label, LABEL), text, columns, colors.dim)),
  ]);
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
 * Everything after the last cell: tables, notes, benchmark, and last the verdict with its doubts. `printed`: cells whose
 * rows are on the screen already and are not printed again.
 */
export function reportText(model: ReportModel, style: TerminalStyle, printed: ReadonlySet<string> = new Set()): string {
  const { columns } = style;
  const lines: string[] = [];
  for (const table of model.tables) {
    if (table.grid !== null) lines.push(...gridLines(table.grid, style), '');
    const rows = table.kind === 'ramp' ? table.rows : table.rows.filter(({ cell }) => !printed.has(cell));
    if (rows.length > 0)
      lines.push(...tableHeader(table, style), ...rows.flatMap((row) => rowLines(row, table, style)));
    if (table.remark !== null) lines.push(...wrap(table.remark, columns).map(style.colors.dim));
    if (rows.length > 0) lines.push('');
  }
  lines.push(...turnoverLines(model, style), ...notesLines(model, style));
  if (model.benchmark.length > 0) lines.push(...benchmarkTable(model.benchmark, style), '');
  return block([...lines, ...verdictBlock(model, style)]);
}

function turnoverLines({ turnover }: ReportModel, { colors, columns }: TerminalStyle): string[] {
  if (turnover.length === 0) return [];
  const lines = turnover.flatMap(({ where, text }) => hanging('  ', `${where} ${text}`, columns, colors.dim));
  return [colors.bold('connections that came and went'), ...lines, ''];
}

function notesLines(
  { remarks, benchmark, instrument, legend }: ReportModel,
  { colors, columns }: TerminalStyle,
): string[] {
  const texts = [
    ...remarks.map(({ where, text }) => `${where}: ${text}`),
    ...benchmark.flatMap(({ measure, remark }) => (remark === null ? [] : [`${measure}: ${remark}`])),
    ...(instrument === null ? [] : [instrument]),
    ...legend,
  ];
  const lines = texts.flatMap((text) => hanging('  ', text, columns, colors.dim));
  return lines.length === 0 ? [] : [colors.bold('notes'), ...lines, ''];
}

/** One line of verdict, then at most five doubts. A fix that equals the one before is not repeated. */
function verdictBlock({ verdict, doubts }: ReportModel, { colors, columns }: TerminalStyle): string[] {
  const { word, text, tone } = verdict.at(-1)!;
  const head = `${pad('verdict', LABEL)}${word}  `;
  const color = (plain: string) => colors.bold(plain.slice(0, LABEL)) + toneColor(tone, colors)(plain.slice(LABEL));
  const more = moreDoubts(doubts);
  const told = new Set<string>();
  return [
    ...hanging(head, text, columns, color),
    ...doubts.slice(0, MOST_DOUBTS).flatMap((doubt) => {
      const isNew = doubt.fix !== null && !told.has(doubt.fix);
      if (doubt.fix !== null) told.add(doubt.fix);
      return doubtText(doubt, isNew, { colors, columns });
    }),
    ...(more === null ? [] : [colors.dim(`  ${more}`)]),
    '',
  ];
}

const MOST_DOUBT_LINES = 2;

/** A doubt takes two lines at most: the end of the output must fit a screen. The page has the whole text. */
function doubtText(
  { code, where, severity, message, fix }: ReasonLine,
  withFix: boolean,
  { colors, columns }: Pick<TerminalStyle, 'colors' | 'columns'>,
): string[] {
  const tone: Tone =
    severity === 'failed' || severity === 'invalid' ? 'bad' : severity === 'degraded' ? 'warn' : 'plain';
  const place = where === 'run' ? '' : `${where}: `;
  const head = `  ${pad(severity, 9)} `;
  const text = clipLines(`${code}  ${place}${message}`, columns - head.length, MOST_DOUBT_LINES).join(' ');
  const said = hanging(head, text, columns, toneColor(tone, colors));
  return fix === null || !withFix ? said : [...said, ...hanging('            fix: ', fix, columns, colors.dim)];
}

/** Where the report is and what to try next: the last lines of a run. */
export function closingText(model: ReportModel, reportPath: string, style: TerminalStyle): string {
  const { colors, columns } = style;
  return block([
    ...hanging(pad('report', LABEL), sanitize(reportPath, 1000), columns, colors.dim),
    ...model.next.flatMap((step, i) => hanging(pad(i === 0 ? 'try next' : '', LABEL), step, columns, colors.dim)),
  ]);
}

/** A saved run as the terminal shows it. */
export function terminalText(document: ResultDocument, style: TerminalStyle): string {
  return reportText(reportModel(document), style);
}

function toneColor(tone: Tone, colors: TerminalStyle['colors']): (text: string) => string {
  if (tone === 'good') return colors.green;
  if (tone === 'warn') return colors.yellow;
  return tone === 'bad' ? colors.red : colors.dim;
}

function block(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

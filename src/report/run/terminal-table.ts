/** Tables of a model as lines of text. Widths come from the columns. */

import type { Colors } from 'picocolors/types.js';
import { askedText, NOT_AVAILABLE } from '../../text/number-text.js';
import { clip, displayWidth, pad, wrap } from '../../text/width.js';
import { hanging, paddedRow, ruleBelow, type TerminalStyle, type TextColumn } from '../shared/terminal-table.js';
import { AGENT_HEADS, type AgentRow } from './agent-rows.js';
import type { ColumnHead } from './column.js';
import { columnsAt } from './columns.js';
import type { FanoutTable } from './fanout-tables.js';
import type { Grid } from './grid.js';
import type { RequestRow } from './request-rows.js';
import { FLOOR, type Row } from './rows.js';
import type { SessionTime } from './session-times.js';
import { STATUS_MARK, type Status } from './status.js';
import type { TableShape } from './table-shape.js';
import type { BenchmarkLine } from './tables.js';

/** The title and two header lines of a table, names above units, and a rule: printed before its first row. */
export function tableHeader(shape: Pick<TableShape, 'title' | 'subtitle' | 'columns'>, style: TerminalStyle): string[] {
  const { colors } = style;
  const columns = shown(shape.columns, style);
  const line = (of: (column: ColumnHead) => string) => paddedRow(columns, columns.map(of)).trimEnd();
  const title = wrap(`${shape.title} · ${shape.subtitle}`, style.columns);
  return [
    ...title.map((text, i) =>
      i === 0 && text.startsWith(shape.title) ? boldStart(text, shape.title, colors) : colors.dim(text),
    ),
    colors.cyan(line(({ name }) => name)),
    colors.dim(line(({ unit }) => unit)),
    colors.dim(ruleBelow(columns)),
  ];
}

function boldStart(text: string, start: string, colors: Colors): string {
  return colors.bold(start) + colors.dim(text.slice(start.length));
}

/** A row, and below it its floor and its requests, if there are any. */
export function rowLines(row: Row, shape: TableShape, style: TerminalStyle): string[] {
  return [
    formatRow(row, shape, style),
    ...(row.floor === undefined ? [] : [style.colors.dim(floorLine(row.floor, shape, style))]),
    ...(row.requests ?? []).flatMap((request) => requestLines(request, shape, style)),
  ];
}

/**
 * The row of a request: its name before the first column that it has, and what became of its messages behind the last
 * one. A name that is too long for that has a line of its own.
 */
function requestLines({ name, values, outcome, isBad }: RequestRow, shape: TableShape, style: TerminalStyle): string[] {
  const columns = shown(shape.columns, style);
  const has = ({ key }: ColumnHead) => values[key] !== undefined;
  const [first, last] = [columns.findIndex(has), columns.findLastIndex(has)];
  if (first < 0) return [];
  const room = columns.slice(0, first).reduce((sum, { width }) => sum + width + 1, 0);
  const inner = columns.slice(first, last + 1);
  const texts = paddedRow(
    inner,
    inner.map(({ key }) => values[key] ?? ''),
  );
  const label = `  ${name}`;
  const end = isBad ? style.colors.red(outcome) : style.colors.dim(outcome);
  const fits = displayWidth(label) < room;
  const line = `${pad(fits ? label : '', room)}${texts} ${end}`;
  return fits ? [line] : [clip(label, style.columns), line];
}

function floorLine(floor: Readonly<Record<string, string>>, shape: TableShape, style: TerminalStyle): string {
  const columns = shown(shape.columns, style);
  const texts = columns.map(({ key }, i) => (i === 0 ? FLOOR : (floor[key] ?? '')));
  return paddedRow(columns, texts).trimEnd();
}

/** One row without a line end. Its widths are those of the table's header. */
export function formatRow(row: Row, shape: TableShape, style: TerminalStyle): string {
  const columns = shown(shape.columns, style);
  return columns
    .map((column) => {
      if (column.key === 'status') return statusText(row, style.colors);
      const text = pad(row.values[column.key] ?? '', column.width, column.align);
      return row.values[column.key] === NOT_AVAILABLE ? style.colors.dim(text) : text;
    })
    .join(' ');
}

/** The status without a note number: most rows are printed before their notes are known, so notes name the rows. */
function statusText({ status }: Row, colors: Colors): string {
  return statusColor(status, colors)(status);
}

function statusColor(status: Status, colors: Colors): (text: string) => string {
  if (status === 'VALID') return colors.green;
  return status === 'DEGRADED' ? colors.yellow : colors.red;
}

function shown(columns: readonly ColumnHead[], { wide }: TerminalStyle): ColumnHead[] {
  return columnsAt(columns, wide ? 'wide' : 'narrow');
}

const GRID_CELL = 11;
const GRID_LABEL = 7;

/** The grid in blocks of as many rates as fit. */
export function gridLines({ rates, rows, legend }: Grid, { colors, columns }: TerminalStyle): string[] {
  const perBlock = Math.max(1, Math.floor((columns - GRID_LABEL) / GRID_CELL));
  const lines: string[] = [];
  for (let from = 0; from < rates.length; from += perBlock) {
    const heads = rates.slice(from, from + perBlock).map((rate) => pad(`${askedText(rate)}/s`, GRID_CELL - 1, 'right'));
    lines.push(colors.bold('p99 in ms') + colors.dim(' · connections down, messages asked per second across'));
    lines.push(colors.cyan(`${pad('conns', GRID_LABEL - 1, 'right')} ${heads.join(' ')}`));
    lines.push(colors.dim(`${'─'.repeat(GRID_LABEL - 1)} ${heads.map(() => '─'.repeat(GRID_CELL - 1)).join(' ')}`));
    for (const row of rows) {
      const cells = row.cells.slice(from, from + perBlock).map((cell) => {
        const text = cell === null ? '-' : `${cell.text}${STATUS_MARK[cell.status]}`;
        const padded = pad(cell === null ? `${text} ` : text, GRID_CELL - 1, 'right');
        return cell === null || cell.status === 'VALID' ? padded : statusColor(cell.status, colors)(padded);
      });
      lines.push(`${pad(row.connections, GRID_LABEL - 1, 'right')} ${cells.join(' ')}`.trimEnd());
    }
  }
  return legend === '' ? lines : [...lines, colors.dim(legend)];
}

/** A fan-out table, its remarks, and an empty line. At most 80 columns without `wide`. */
export function fanoutLines(table: FanoutTable, style: TerminalStyle): string[] {
  const { colors } = style;
  const columns = shown(table.columns, style);
  const rows = table.rows.map(({ values, isBad }) =>
    columns
      .map(({ key, width, align }) => {
        const text = pad(values[key] ?? '', width, align);
        if (values[key] === NOT_AVAILABLE) return colors.dim(text);
        return isBad && key === 'missed' ? colors.red(text) : text;
      })
      .join(' '),
  );
  return [
    ...tableHeader(table, style),
    ...rows,
    ...table.remarks.flatMap((text) => hanging('  ', text, style.columns, colors.dim)),
    '',
  ];
}

const SESSION: readonly (TextColumn & { readonly key: keyof SessionTime })[] = [
  { key: 'where', width: 24, align: 'left' },
  { key: 'name', width: 18, align: 'left' },
  { key: 'count', width: 7, align: 'right' },
  { key: 'p50', width: 8, align: 'right' },
  { key: 'p99', width: 8, align: 'right' },
  { key: 'max', width: 8, align: 'right' },
];
const SESSION_HEADS = ['sessions, ms', 'part', 'count', 'p50', 'p99', 'max'];

/** The times of sessions and of their steps, and an empty line; nothing without sessions. At most 80 columns. */
export function sessionTable(times: readonly SessionTime[], { colors }: TerminalStyle): string[] {
  if (times.length === 0) return [];
  const rows = times.map((time) => {
    const texts = SESSION.map(({ key, width }) =>
      clip(String(key === 'where' && time.part !== 'connect' ? '' : time[key]), width),
    );
    return paddedRow(SESSION, texts).trimEnd();
  });
  return [colors.bold(paddedRow(SESSION, SESSION_HEADS)), colors.dim(ruleBelow(SESSION)), ...rows, ''];
}

const AGENT: readonly (TextColumn & { readonly key: keyof typeof AGENT_HEADS })[] = [
  { key: 'agent', width: 16, align: 'left' },
  { key: 'workers', width: 7, align: 'right' },
  { key: 'rate', width: 6, align: 'right' },
  { key: 'p99', width: 7, align: 'right' },
  { key: 'lag', width: 11, align: 'right' },
  { key: 'busy', width: 7, align: 'right' },
  { key: 'clock', width: 9, align: 'right' },
];

/** The agents of each cell, and an empty line; nothing for one machine. What they ended with follows in full. */
export function agentTable(rows: readonly AgentRow[], { colors }: TerminalStyle): string[] {
  if (rows.length === 0) return [];
  const heads = AGENT.map(({ key }) => AGENT_HEADS[key]);
  const lines = rows.map((row, index) => {
    const texts = AGENT.map(({ key, width }) => clip(row[key], width));
    const line = `${paddedRow(AGENT, texts)} ${row.status}`;
    return rows[index - 1]?.where === row.where ? [line] : [colors.dim(row.where), line];
  });
  return [colors.bold(`${paddedRow(AGENT, heads)} status`), colors.dim(ruleBelow(AGENT)), ...lines.flat(), ''];
}

const BENCHMARK: readonly (TextColumn & { readonly key: 'measure' | 'value' | 'threshold' })[] = [
  { key: 'measure', width: 29, align: 'left' },
  { key: 'value', width: 20, align: 'right' },
  { key: 'threshold', width: 18, align: 'right' },
];
const BENCHMARK_GAP = '  ';
const RESULT_WIDTH = 7;

/** `measure | value | threshold | result`; long titles run over several lines. 80 columns or fewer. */
export function benchmarkTable(lines: readonly BenchmarkLine[], { colors }: TerminalStyle): string[] {
  const heads = BENCHMARK.map(({ key }) => key);
  const head = `${paddedRow(BENCHMARK, heads, BENCHMARK_GAP)}${BENCHMARK_GAP}result`;
  return [
    colors.bold('benchmark'),
    colors.cyan(head),
    colors.dim(ruleBelow([...BENCHMARK, { width: RESULT_WIDTH }], BENCHMARK_GAP)),
    ...lines.flatMap((line) => benchmarkRow(line, colors)),
  ];
}

function benchmarkRow(line: BenchmarkLine, colors: Colors): string[] {
  const cells = BENCHMARK.map(({ key, width }) => wrap(line[key], width));
  const height = Math.max(...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, i) => {
    const texts = cells.map((cell) => cell[i] ?? '');
    const result = i === 0 ? resultText(line, colors) : '';
    return `${paddedRow(BENCHMARK, texts, BENCHMARK_GAP)}${BENCHMARK_GAP}${result}`.trimEnd();
  });
}

function resultText({ result }: BenchmarkLine, colors: Colors): string {
  const color =
    result === 'pass' ? colors.green : result === 'FAIL' ? colors.red : result === 'miss' ? colors.yellow : colors.dim;
  return color(result);
}

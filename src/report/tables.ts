/** The model behind every report, made from a result document alone. Reporters only lay it out. */
import { concurrencyNotes } from '../verdict/notes.js';
import { twinNotes } from '../verdict/null-twin.js';
import { turnoverTexts } from '../verdict/turnover.js';
import type { GateResult } from '../verdict/verdict.js';
import { isAside, valueText } from './benchmark.js';
import { type Grid, gridOf } from './grid.js';
import { askedText, countText } from './number-text.js';
import type { BenchmarkRow, ResultDocument } from './result-document.js';
import { FLOOR, instrumentText, type JudgedCell, type Row, rampRows, rowOf } from './rows.js';
import { sanitize } from './sanitize.js';
import { type Status, statusOf } from './status.js';
import { type TableShape, tableShapes } from './table-shape.js';
import { nextSteps, type ReasonLine, reasonLines, type VerdictLine, verdictLines } from './verdict-lines.js';

export interface ReportTable extends TableShape {
  readonly rows: readonly Row[];
  /** p99 at a glance; only of a matrix. */
  readonly grid: Grid | null;
  /** What is left out, or null. */
  readonly remark: string | null;
  /** The error of the instrument, cell by cell, for where its columns have no room; null where the check was off. */
  readonly instrument: string | null;
}

export interface BenchmarkLine {
  readonly measure: string;
  readonly value: string;
  readonly threshold: string;
  /** `miss`: does not hold, but does not fail the run. */
  readonly result: 'pass' | 'FAIL' | 'miss' | 'n/a';
  readonly note: number | null;
}

export interface TurnoverLine {
  /** Its cell's id. */
  readonly where: string;
  readonly text: string;
}

export interface Note {
  readonly number: number;
  readonly text: string;
}

export interface ReportModel {
  readonly title: string;
  readonly tables: readonly ReportTable[];
  readonly benchmark: readonly BenchmarkLine[];
  /** What became of connections that the plan replaced or dropped: a line for each cell's churn and each event. */
  readonly turnover: readonly TurnoverLine[];
  readonly notes: readonly Note[];
  /** How to read signs that are in the tables. */
  readonly legend: readonly string[];
  readonly verdict: readonly VerdictLine[];
  readonly reasons: readonly ReasonLine[];
  readonly next: readonly string[];
}

/** More rows of a ramp than this are thinned out. */
const MOST_SECONDS = 24;
const MOST_NOTE = 300;

export function reportModel(document: ResultDocument): ReportModel {
  const notes = new Notes();
  const failed = document.verdict.gates.filter(({ passed }) => !passed);
  const texts = concurrencyNotes(document.cells);
  const tables = tableShapes(document.cells).map((shape) => tableOf(shape, document, { failed, texts, notes }));
  const benchmark = document.benchmark.map((row) => benchmarkLine(row, notes));
  return {
    title: sanitize(document.runId, 80),
    tables,
    benchmark,
    turnover: document.cells.flatMap((cell) =>
      turnoverTexts(cell).map((text) => ({ where: sanitize(cell.id, 80), text: sanitize(text, MOST_NOTE) })),
    ),
    notes: notes.list(),
    legend: legendOf(tables),
    verdict: verdictLines(document),
    reasons: reasonLines(document),
    next: nextSteps(document),
  };
}

/** Numbered in order of appearance; the same text has the same number. */
class Notes {
  readonly #numbers = new Map<string, number>();

  number(texts: readonly string[]): number | null {
    const text = [...new Set(texts)].map((each) => sanitize(each, MOST_NOTE)).join('; ');
    if (text === '') return null;
    const number = this.#numbers.get(text) ?? this.#numbers.size + 1;
    this.#numbers.set(text, number);
    return number;
  }

  list(): Note[] {
    return [...this.#numbers].map(([text, number]) => ({ number, text }));
  }
}

interface Context {
  readonly failed: readonly GateResult[];
  readonly texts: readonly { readonly cellId: string; readonly text: string }[];
  readonly notes: Notes;
}

function tableOf(shape: TableShape, document: ResultDocument, context: Context): ReportTable {
  const { failed } = context;
  const byId = new Map(document.cells.map((cell) => [cell.id, cell]));
  const cells = shape.cells.flatMap((id) => byId.get(id) ?? []);
  const gatesOf = (cell: JudgedCell) => failed.filter((gate) => gate.cell === cell.id);
  const judge = (cell: JudgedCell): Status => statusOf(cell, gatesOf(cell));
  if (shape.kind === 'ramp') return rampTable(shape, cells[0]!, judge(cells[0]!), document, context);
  const rows = cells.map((cell) => {
    const row = rowOf(shape.kind, shape.columns, cell, gatesOf(cell));
    return { ...row, note: context.notes.number(noteTexts(row, cell, document, context)) };
  });
  return {
    ...shape,
    rows,
    grid: shape.kind === 'matrix' ? gridOf(cells, judge) : null,
    remark: null,
    instrument: instrumentLine(shape.kind, cells),
  };
}

function rampTable(
  shape: TableShape,
  cell: JudgedCell,
  status: Status,
  document: ResultDocument,
  context: Context,
): ReportTable {
  const rows = rampRows(cell, status, MOST_SECONDS);
  const thinned =
    rows.length < cell.seconds.length ? `one second in ${Math.ceil(cell.seconds.length / MOST_SECONDS)}` : '';
  const gaps: Pick<Row, 'gaps'> = { gaps: [] };
  const note = context.notes.number(noteTexts(gaps, cell, document, context));
  const said = [
    thinned === '' ? '' : `${thinned}; all are in result.json`,
    note === null ? status : `${status} ${note}`,
  ];
  const remark = said.filter((text) => text !== '').join(' · ');
  return { ...shape, rows, grid: null, remark, instrument: instrumentLine(shape.kind, [cell]) };
}

/** `instrument error p50/p99 in ms by conns: 1: +0.03/+0.21; 10: +0.04/+0.25`. */
function instrumentLine(kind: TableShape['kind'], cells: readonly JudgedCell[]): string | null {
  if (cells.every(({ client }) => client.instrumentErrorUs === null)) return null;
  const by = kind === 'ramp' ? '' : ` by ${kind === 'rate' ? 'asked' : kind === 'matrix' ? 'conns x asked' : 'conns'}`;
  const errors = cells.map((cell) => {
    const text = `${instrumentText(cell, 'p50')}/${instrumentText(cell, 'p99')}`;
    return kind === 'ramp' ? text : `${rowName(kind, cell)}: ${text}`;
  });
  return `instrument error p50/p99 in ms${by}: ${errors.join('; ')}`;
}

function rowName(kind: TableShape['kind'], { axes, rate }: JudgedCell): string {
  const conns = countText(axes.connections);
  const asked = askedText(rate.askedPerSecond);
  return kind === 'rate' ? asked : kind === 'matrix' ? `${conns}x${asked}` : conns;
}

function noteTexts(
  row: Pick<Row, 'gaps'>,
  cell: JudgedCell,
  { verdict }: ResultDocument,
  { failed, texts }: Context,
): string[] {
  const doubts = verdict.reasons.filter((reason) => reason.cell === cell.id && reason.severity !== 'note');
  return [
    ...failed.filter((gate) => gate.cell === cell.id).map(({ gate, message }) => `gate ${gate}: ${message}`),
    ...(doubts.length === 0 ? [] : [`doubtful: ${[...new Set(doubts.map(({ code }) => code))].join(', ')}`]),
    ...(cell.interrupted ? ['ended before its time'] : []),
    ...texts.filter(({ cellId }) => cellId === cell.id).map(({ text }) => text),
    ...twinNotes(cell),
    ...row.gaps,
  ];
}

function benchmarkLine(row: BenchmarkRow, notes: Notes): BenchmarkLine {
  const { passed, gate } = row;
  const aside = isAside(row);
  return {
    measure: sanitize(row.title, 100),
    value: sanitize(aside ? `${valueText(row)} (${row.note})` : valueText(row), 60),
    threshold: sanitize(row.threshold, 60),
    result: passed === null ? 'n/a' : passed ? 'pass' : gate ? 'FAIL' : 'miss',
    note: row.note === null || aside ? null : notes.number([row.note]),
  };
}

const LATENCY_KEYS = [
  ...['p50', 'p95', 'p99', 'max', 'serviceP50', 'serviceP99', 'lagP50', 'lagP99'],
  ...['warmP50', 'warmP99', 'pingP50', 'pingMax'],
];

function legendOf(tables: readonly ReportTable[]): string[] {
  const values = tables.flatMap(({ rows }) => rows.flatMap((row) => LATENCY_KEYS.map((key) => row.values[key] ?? '')));
  const legend: string[] = [];
  if (tables.some(({ rows }) => rows.some(({ floor }) => floor !== undefined))) {
    legend.push(`${FLOOR}  the same load against an echo that does nothing: the tool and this machine alone`);
  }
  if (values.some((value) => value.includes('–'))) {
    legend.push('a–b  the target itself took between a and b: service and response time, the rest is the generator');
  }
  if (values.some((value) => value.startsWith('>='))) legend.push('>=   at least: the rest was never answered in time');
  if (values.some((value) => value.startsWith('<=')))
    legend.push('<=   at most: too few samples for more than a bound');
  if (tables.some(({ rows }) => rows.some(({ values }) => values['rate']?.startsWith('>=') === true))) {
    legend.push('>=   as a rate, at least: the client was the limit, not the target');
  }
  return legend;
}

/** The model of every report, made from a result document alone. Reporters only lay it out. */

import { isAside, valueText } from '../../documents/benchmark.js';
import type { BenchmarkRow, JudgedCell, ResultDocument } from '../../documents/result-document.js';
import { sanitize } from '../../text/sanitize.js';
import { churnTexts } from '../../verdict/churn.js';
import { rangeText } from '../../verdict/doubts.js';
import { concurrencyNotes } from '../../verdict/notes.js';
import { twinNotes } from '../../verdict/null-twin.js';
import type { GateResult } from '../../verdict/verdict.js';
import { doubtLines, type ReasonLine, reasonLines } from '../shared/doubt-lines.js';
import type { VerdictLine } from '../shared/verdict-line.js';
import { type AgentRow, agentRows, agentsSentence } from './agent-rows.js';
import type { LegendKey } from './column.js';
import { instrumentError } from './column-values.js';
import { connectionLines } from './connection-lines.js';
import { type FanoutTable, fanoutTables } from './fanout-tables.js';
import { type Grid, gridOf } from './grid.js';
import { traitsOf } from './request-rows.js';
import { FLOOR, type Row, rampRows, rampSeconds, rowOf } from './rows.js';
import { type SessionTime, sessionTimes } from './session-times.js';
import { type Status, statusOf } from './status.js';
import { type SubscriberLine, subscriberLines } from './subscriber-lines.js';
import { type TableShape, tableShapes } from './table-shape.js';
import { nextSteps, verdictLines } from './verdict-lines.js';

export interface ReportTable extends TableShape {
  readonly rows: readonly Row[];
  /** All p99 of a matrix as a grid; null for other tables. */
  readonly grid: Grid | null;
  /** Which rows are left out, or null. */
  readonly remark: string | null;
}

export interface BenchmarkLine {
  readonly measure: string;
  readonly value: string;
  readonly threshold: string;
  /** `miss`: the threshold does not hold, but it does not gate. */
  readonly result: 'pass' | 'FAIL' | 'miss' | 'n/a';
  readonly note: number | null;
  /** The text of that note. */
  readonly remark: string | null;
}

export interface ChurnLine {
  /** Its cell's id. */
  readonly where: string;
  readonly text: string;
}

export interface Note {
  readonly number: number;
  readonly text: string;
}

/** A remark on rows that were printed before the remark was known. It names them. */
export interface Remark {
  /** `c10-r1000, c50-r1000`. */
  readonly where: string;
  readonly text: string;
}

export interface ReportModel {
  readonly title: string;
  readonly tables: readonly ReportTable[];
  /** One for each load and request that reaches others. */
  readonly fanout: readonly FanoutTable[];
  /** How evenly deliveries came to the connections. */
  readonly subscribers: readonly SubscriberLine[];
  /** How evenly the connections were answered. */
  readonly connections: readonly SubscriberLine[];
  readonly benchmark: readonly BenchmarkLine[];
  /** Connections that the plan replaced or cut: a line for each cell's churn and for each event. */
  readonly churn: readonly ChurnLine[];
  /** What the agents of a fleet did, the worst first. */
  readonly agents: readonly AgentRow[];
  /** How many agents there were, and how exactly they started together; null for one machine. */
  readonly agentsSentence: string | null;
  /** How long sessions took, and their named steps. */
  readonly sessions: readonly SessionTime[];
  readonly notes: readonly Note[];
  /** The notes of the rows, each text once, without what the doubts say already. */
  readonly remarks: readonly Remark[];
  /** The largest error that the instrument check found, in a sentence; null if the check was off. */
  readonly instrument: string | null;
  /** How to read the signs that occur in the tables. */
  readonly legend: readonly string[];
  readonly verdict: readonly VerdictLine[];
  /** Each reason once, worst first. */
  readonly doubts: readonly ReasonLine[];
  /** Every reason as it was found, cell by cell. */
  readonly reasons: readonly ReasonLine[];
  readonly next: readonly string[];
}

/** More rows of a ramp than this are thinned out. */
const MOST_SECONDS = 24;
const MOST_NOTE = 300;

/** What every report of a run says, before it has a format. */
export function reportModel(document: ResultDocument): ReportModel {
  const notes = new Notes();
  const failed = document.verdict.gates.filter(({ passed }) => !passed);
  const texts = concurrencyNotes(document.cells);
  const shaped = document.cells.map((cell) => ({ ...cell, traits: traitsOf(cell) }));
  const tables = tableShapes(shaped).map((shape) => tableOf(shape, document, { failed, texts, notes }));
  const fanout = fanoutTables(document.cells);
  const benchmark = document.benchmark.map((row) => benchmarkLine(row, notes));
  return {
    title: sanitize(document.runId, 80),
    tables,
    fanout,
    subscribers: subscriberLines(document.cells),
    connections: connectionLines(document.cells),
    benchmark,
    churn: document.cells.flatMap((cell) =>
      churnTexts(cell).map((text) => ({ where: sanitize(cell.id, 80), text: sanitize(text, MOST_NOTE) })),
    ),
    agents: agentRows(document.cells),
    agentsSentence: agentsSentence(document.cells),
    sessions: sessionTimes(document.cells),
    notes: notes.list(),
    remarks: [...remarksOf(document, tables, texts), ...idleMemoryRemarks(document.idleMemory)],
    instrument: instrumentSentence(document.cells),
    legend: legendOf(tables, fanout),
    verdict: verdictLines(document),
    doubts: doubtLines(document),
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
  const { kind } = shape;
  if (kind === 'ramp') return rampTable(shape, cells[0]!, judge(cells[0]!), document, context);
  const rows = cells.map((cell) => {
    const row = rowOf(kind, cell, gatesOf(cell), shape.traits);
    return { ...row, note: context.notes.number(noteTexts(row, cell, document, context)) };
  });
  return {
    ...shape,
    rows,
    grid: kind === 'matrix' ? gridOf(cells, judge) : null,
    remark: null,
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
  const seconds = rampSeconds(cell).length;
  const thinned = rows.length < seconds ? `one second in ${Math.ceil(seconds / MOST_SECONDS)}` : '';
  const gaps: Pick<Row, 'gaps'> = { gaps: [] };
  const note = context.notes.number(noteTexts(gaps, cell, document, context));
  const said = [
    thinned === '' ? '' : `${thinned}; all are in result.json`,
    rows.some(({ requests }) => requests !== undefined) ? 'requests over the whole ramp' : '',
    note === null ? status : `${status} ${note}`,
  ];
  const remark = said.filter((text) => text !== '').join(' · ');
  return { ...shape, rows, grid: null, remark };
}

/**
 * `instrument check: p50 and p99 of its test messages were off by at most +0.029 ms (c1000-r1000) and +0.21 ms
 * (c100-r100)`. It is about these quantiles. A bracket allows for every single delay, so it may be much wider.
 */
function instrumentSentence(cells: readonly JudgedCell[]): string | null {
  const checked = cells.filter(({ client }) => client.instrumentErrorUs !== null);
  if (checked.length === 0) return null;
  const parts = (['p50', 'p99'] as const).flatMap((name) => {
    const sizeOf = ({ client }: JudgedCell) => Math.abs(client.instrumentErrorUs?.[name] ?? 0);
    const known = checked.filter(({ client }) => typeof client.instrumentErrorUs?.[name] === 'number');
    const worst = known.reduce<JudgedCell | null>((a, b) => (a === null || sizeOf(b) > sizeOf(a) ? b : a), null);
    if (worst === null) return [];
    const where = cells.length === 1 ? '' : ` (${rangeText([worst.id], cells)})`;
    return [[name, `${instrumentError(name)(worst).text} ms${where}`] as const];
  });
  if (parts.length === 0) return 'instrument check: too few messages for a figure';
  const names = parts.map(([name]) => name).join(' and ');
  const errors = parts.map(([, error]) => error).join(' and ');
  const were = parts.length === 1 ? 'was' : 'were';
  return `instrument check: ${names} of its test messages ${were} off by ${cells.length === 1 ? '' : 'at most '}${errors}`;
}

const MOST_NAMED = 4;

/** Both parts of what one more connection takes, or why that is not known. */
function idleMemoryRemarks(idle: ResultDocument['idleMemory']): Remark[] {
  if (idle === undefined) return [];
  const where = 'idle connections';
  if (idle.status === 'none') {
    return [{ where, text: sanitize(`the server's memory per connection is n/a: ${idle.reason}`, MOST_NOTE) }];
  }
  const kilobytes = (bytes: number) => `${Number((Math.max(0, bytes) / 1000).toFixed(1))} KB`;
  const sockets = idle.sockets === null ? '' : `, and ${kilobytes(idle.sockets.bytes)} of the kernel's for its sockets`;
  return [
    { where, text: `one more connection takes ${kilobytes(idle.server.bytes)} of the server's memory${sockets}` },
  ];
}

/** Every text once, with the cells it is about. */
function remarksOf({ cells }: ResultDocument, tables: readonly ReportTable[], texts: Context['texts']): Remark[] {
  const gaps = new Map(tables.flatMap(({ rows }) => rows.map(({ cell, gaps }) => [cell, gaps] as const)));
  const byText = new Map<string, string[]>();
  for (const cell of cells) {
    for (const text of new Set(rowTexts(cell, gaps.get(cell.id) ?? [], texts))) {
      byText.set(text, [...(byText.get(text) ?? []), rangeText([cell.id], cells)]);
    }
  }
  return [...byText].map(([text, names]) => {
    const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
    const where = `${names.slice(0, MOST_NAMED).join(', ')}${more}`;
    return { where: sanitize(where, MOST_NOTE), text: sanitize(text, MOST_NOTE) };
  });
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
    ...rowTexts(cell, row.gaps, texts),
  ];
}

/** The notes of a row, without its doubts. */
function rowTexts(cell: JudgedCell, gaps: readonly string[], texts: Context['texts']): string[] {
  return [
    ...(cell.interrupted ? ['ended before its time'] : []),
    ...texts.filter(({ cellId }) => cellId === cell.id).map(({ text }) => text),
    ...twinNotes(cell),
    ...gaps,
  ];
}

function benchmarkLine(row: BenchmarkRow, notes: Notes): BenchmarkLine {
  const { passed, gate } = row;
  const aside = isAside(row);
  const remark = row.note === null || aside ? null : row.note;
  return {
    measure: sanitize(row.title, 100),
    value: sanitize(aside ? `${valueText(row)} (${row.note})` : valueText(row), 60),
    threshold: sanitize(row.threshold, 60),
    result: passed === null ? 'n/a' : passed ? 'pass' : gate ? 'FAIL' : 'miss',
    note: remark === null ? null : notes.number([remark]),
    remark: remark === null ? null : sanitize(remark, MOST_NOTE),
  };
}

/** In the order in which they are told. */
const LEGEND: readonly (readonly [key: LegendKey, text: string])[] = [
  ['bracket', 'a–b  a bracket: the target took between a and b; the rest of b may be the generator'],
  ['atLeast', '>=   at least: the rest was never answered in time'],
  ['atMost', '<=   at most: too few messages for this quantile, so the maximum bounds it'],
  ['missed', '>=   of a deliver time, at least: the rest never came in time'],
  ['rate', '>=   of a rate, at least: the generator was the limit, not the target'],
];

/** How to read the signs that occur in the tables. */
function legendOf(tables: readonly ReportTable[], fanout: readonly FanoutTable[]): string[] {
  const rows = tables.flatMap((table) => table.rows);
  const owed = new Set([...rows, ...fanout.flatMap((table) => table.rows)].flatMap(({ legend }) => legend));
  const floor = `${FLOOR}  the same load against an echo that does nothing: the tool and this machine alone`;
  return [
    ...(rows.some((row) => row.floor !== undefined) ? [floor] : []),
    ...LEGEND.filter(([key]) => owed.has(key)).map(([, text]) => text),
  ];
}

// The tables of a run, as in every other report. A click on a row shows the charts of its cell.

import { amountText } from '../../src/text/number-text.ts';
import { dataTable, el } from '../shared/dom.js';
import { heatBox, heatScale } from '../shared/heat.js';
import { foldedTable } from './folded-table.js';

/** @import { PageRun, PageTable } from '../../src/report/run/page-data.ts' */
/** @import { RequestRow } from '../../src/report/run/request-rows.ts' */

/** Shows the charts of a cell; null if there are none. @typedef {((cellId: string) => void) | null} PickCell */

/** @param {Pick<PageRun, 'tables'>} run @param {PickCell} pick */
export function loadTables(run, pick) {
  return run.tables.map((table) => loadTable(table, pick));
}

/** @param {PageTable} table @param {PickCell} pick */
function loadTable(table, pick) {
  const hasMore = table.columns.some(({ detail }) => detail === 'wide');
  return foldedTable(table, (wide) => rowsOf(table, wide, pick), {
    hasMore,
    above: table.grid === null ? null : heatGrid(table.grid),
    remarks: table.remark === null ? [] : [table.remark],
  });
}

/** @param {PageTable} table @param {boolean} wide @param {PickCell} pick */
function rowsOf(table, wide, pick) {
  const shown = table.columns.filter(({ detail }) => wide || detail === 'narrow');
  const columns = [...shown.filter(({ key }) => key !== 'status'), ...shown.filter(({ key }) => key === 'status')];
  const rows = table.rows.flatMap((row) => [
    columns.map(({ key }, i) => {
      const text = row.values[key] ?? '';
      if (key === 'status') return statusMark(row.status, row.note);
      if (i > 0 || table.kind === 'ramp' || pick === null) return text;
      const button = el('button', { type: 'button', class: 'row', title: `Charts of ${row.cell}` }, text);
      button.addEventListener('click', () => pick(row.cell));
      return button;
    }),
    ...(row.floor === undefined ? [] : [floorCells(row.floor, columns)]),
    ...(row.requests ?? []).map((request) => requestCells(request, columns)),
  ]);
  // Names of requests begin on the left, and so does what stands above them.
  const isNamed = table.rows.some(({ requests = [] }) => requests.length > 0);
  const heads = columns.map(({ key, name, unit, align }, i) => ({
    ...{
      name,
      unit,
      right: align === 'right' && !(isNamed && i === 0),
      stays: key === 'status',
      hides: !wide && HIDES.includes(key),
    },
  }));
  return dataTable(`${table.title}, ${table.subtitle}`, heads, rows);
}

/** A phone has no room for these columns beside p99. `every column` shows them. */
const HIDES = ['held', 'p95'];

/**
 * The floor of the row above (`--null-twin`).
 * @param {Readonly<Record<string, string>>} floor
 * @param {readonly { key: string }[]} columns
 */
function floorCells(floor, columns) {
  return columns.map(({ key }, i) => el('span', { class: 'floor' }, i === 0 ? 'floor' : (floor[key] ?? '')));
}

/**
 * A request of the row above: its name in the first column, what became of its messages in the last.
 * @param {RequestRow} request
 * @param {readonly { key: string }[]} columns
 */
function requestCells({ label, values, outcome, isBad }, columns) {
  return columns.map(({ key }, i) => {
    if (key === 'status') return el('span', { class: isBad ? 'request outcome bad' : 'request outcome' }, outcome);
    const text = i === 0 && values[key] === undefined ? label : (values[key] ?? '');
    return el('span', { class: i === 0 ? 'request name' : 'request' }, text);
  });
}

/** @type {Readonly<Record<string, string>>} */
const STATUS_TONE = {
  RUNNING: 'plain',
  VALID: 'good',
  DEGRADED: 'warn',
  INVALID: 'bad',
  OVERLOAD: 'bad',
  DOWN: 'bad',
  FAIL: 'bad',
};

/** @param {string} status @param {number | null} note */
function statusMark(status, note) {
  const word = el('span', { class: `status ${STATUS_TONE[status] ?? 'plain'}` }, status.toLowerCase());
  return el('span', {}, word, note === null ? null : noteMark(note));
}

/**
 * p99 by connections and rate; the darker, the slower.
 * @param {NonNullable<PageTable['grid']>} grid
 */
function heatGrid({ rates, rows }) {
  const heatOf = heatScale(rows.flatMap(({ cells }) => cells.map((cell) => cell?.p99Us ?? null)));
  const body = rows.map(({ connections, cells }) => [
    connections,
    ...cells.map((cell) =>
      cell === null
        ? heatBox('not run', 'none', 'not run', null)
        : heatBox(cell.text, STATUS_TONE[cell.status] ?? 'plain', cell.status, heatOf(cell.p99Us)),
    ),
  ]);
  const heads = [
    { name: 'p99, ms: connections', right: false },
    ...rates.map((rate) => ({ name: amountText(rate), unit: 'msg/s' })),
  ];
  const table = dataTable('p99 by connections and rate', heads, body);
  table.classList.add('grid');
  return table;
}

/** @param {Pick<PageRun, 'benchmark'>} run */
export function benchmarkPart({ benchmark }) {
  if (benchmark.length === 0) return null;
  const tone = { pass: 'good', FAIL: 'bad', miss: 'warn', 'n/a': 'plain' };
  const rows = benchmark.map(({ measure, value, threshold, result, note }) => [
    measure,
    el('span', { 'data-limit': threshold }, value),
    threshold,
    el('span', {}, el('strong', { class: `tone ${tone[result]}` }, result), note === null ? null : noteMark(note)),
  ]);
  const heads = [
    { name: 'measure', right: false },
    { name: 'value' },
    { name: 'threshold', hides: true },
    { name: 'result', right: false, stays: true },
  ];
  return dataTable('Benchmark', heads, rows);
}

/** @param {number} note */
function noteMark(note) {
  return el('sup', {}, String(note));
}

/** @param {Pick<PageRun, 'notes' | 'legend'> & { instrument?: string | null }} run */
export function notesPart({ notes, legend, instrument = null }) {
  if (notes.length + legend.length === 0 && instrument === null) return null;
  const numbered = notes.map(({ number, text }) => el('li', { value: number }, text));
  return el(
    'div',
    { class: 'notes' },
    numbered.length === 0 ? null : el('ol', {}, ...numbered),
    instrument === null ? null : el('p', {}, instrument),
    ...legend.map((text) => el('p', {}, text.replace(/ {2,}/, ': '))),
  );
}

// One cell: its charts, its figures of the whole time, and its errors.

import { amountText, latencyText } from '../../src/text/number-text.ts';
import { dataTable, el, factList } from '../shared/dom.js';
import { singleCharts } from './cell-charts.js';
import { worstPart } from './fanout.js';
import { overlaidCharts } from './overlaid-charts.js';

/** @import { PageCell, PageRun } from '../../src/report/run/page-data.ts' */

/** @param {readonly PageRun[]} runs @param {string} cellId */
export function cellPart(runs, cellId) {
  const picked = runs.flatMap((run, i) => {
    const cell = run.cells.find(({ id }) => id === cellId);
    return cell === undefined ? [] : [{ cell, run: i }];
  });
  const first = picked[0]?.cell;
  if (first === undefined) return el('p', {}, 'this cell was not run');
  const shown = runs.length === 1 ? singleCharts(first) : overlaidCharts(picked);
  return el('div', {}, el('div', { class: 'charts' }, ...shown), ...(runs.length === 1 ? [details(first)] : []));
}

/** The requests of a cell, over the whole time. @param {PageCell} cell */
function requestsPart({ requests = [], delivers = false, headline }) {
  if (requests.length === 0) return null;
  const names = /** @type {const} */ (['planned', 'answered', 'failed', 'blocked', 'lost', 'delivered', 'missed']);
  const always = ['planned', delivers ? 'delivered' : 'answered'];
  // What went wrong is shown only if there was any.
  const told = names.filter((name) => always.includes(name) || requests.some(({ counts }) => counts[name] > 0));
  const rows = requests.map(({ name, counts, p50, p95, p99 }) => [
    name,
    ...told.map((each) => amountText(counts[each])),
    ...[p50, p95, p99],
  ]);
  const heads = [
    { name: 'request', right: false },
    ...told.map((name) => ({ name, hides: name === 'planned' })),
    ...['p50', 'p95', 'p99'].map((name) => ({ name, unit: 'ms', hides: name === 'p95' })),
  ];
  return el(
    'div',
    { class: 'whole' },
    el('h3', {}, delivers ? `Requests, whole time: ${headline}` : 'Requests, whole time'),
    dataTable('The requests of this cell', heads, rows),
  );
}

/** How long sessions took until they were ready, and their named steps. @param {PageCell} cell */
function sessionPart({ sessions = [] }) {
  if (sessions.length === 0) return null;
  const rows = sessions.map(({ name, count, p50, p99, max }) => [name, count, p50, p99, max]);
  const heads = [
    { name: 'part', right: false },
    { name: 'count' },
    ...['p50', 'p99', 'max'].map((name) => ({ name, unit: 'ms' })),
  ];
  return el('div', {}, el('h3', {}, 'Sessions'), dataTable('Sessions until they were ready', heads, rows));
}

/** What each agent of a fleet did, the worst first. @param {PageCell} cell */
function agentsPart({ agents = [] }) {
  if (agents.length === 0) return null;
  const rows = agents.map(({ agent, workers, rate, p99, lag, busy, clock, status }) => [
    agent,
    ...[workers, rate, p99, lag, busy, clock],
    el('span', { class: 'wraps' }, status),
  ]);
  const heads = [
    { name: 'agent', right: false },
    { name: 'workers', hides: true },
    { name: 'rate', unit: 'msg/s' },
    { name: 'p99', unit: 'ms' },
    { name: 'lag p99', unit: 'ms', hides: true },
    { name: 'busy', unit: '%', hides: true },
    { name: 'clock', unit: 'ms' },
    { name: 'status', right: false },
  ];
  return el('div', { class: 'whole' }, el('h3', {}, 'Agents'), dataTable('The agents that made the load', heads, rows));
}

/** @param {PageCell} cell */
function details(cell) {
  const quantiles = cell.quantiles.map(({ name, response, service, lag }) => [
    name,
    latencyText(response),
    latencyText(service),
    latencyText(lag),
  ]);
  const heads = [
    { name: '', right: false },
    ...(cell.delivers ? ['deliver', 'deliver service', 'send lag'] : ['response', 'service', 'send lag']).map(
      (name) => ({
        name,
        unit: 'ms',
      }),
    ),
  ];
  const troubles = [
    ...cell.errors.map(({ what, count }) => ['error', el('span', { class: 'wraps' }, what), amountText(count)]),
    ...cell.closes.map(({ what, count }) => ['close code', what, amountText(count)]),
  ];
  return el(
    'div',
    { class: 'details' },
    requestsPart(cell),
    sessionPart(cell),
    agentsPart(cell),
    worstPart(cell),
    cell.quantiles.length === 0
      ? null
      : el(
          'div',
          {},
          el('h3', {}, 'Latency, whole time'),
          dataTable('Latency of the whole measured time', heads, quantiles),
        ),
    el('div', {}, el('h3', {}, 'This cell'), factList(cell.facts)),
    el('div', {}, el('h3', {}, 'Messages'), factList(cell.messages)),
    el(
      'div',
      {},
      el('h3', {}, 'Errors and close codes'),
      troubles.length === 0
        ? el('p', { class: 'remark' }, 'none')
        : dataTable(
            'Errors and close codes',
            [{ name: '', right: false }, { name: 'what', right: false }, { name: 'count' }],
            troubles,
          ),
    ),
  );
}

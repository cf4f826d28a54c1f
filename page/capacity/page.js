// The page of a capacity search: the answer, the curve or the grid, what it costs, every step, and what it was run on.

import { amountText } from '../../src/text/number-text.ts';
import { dataTable, el, factList } from '../shared/dom.js';
import { aboutPart, drawPage, headPart, pageData } from '../shared/frame.js';
import { heatBox, heatScale } from '../shared/heat.js';
import { letterLine, runName } from '../shared/letters.js';
import { dayText } from '../shared/numbers.js';
import { doubtsOf } from '../shared/verdict.js';
import { capacityCharts, overlaidCapacity } from './charts.js';

/** @import { CapacityPageData, PageSearch } from '../../src/report/capacity/page-data.ts' */

/** @param {CapacityPageData} data */
function render({ searches }) {
  const letterOf = (/** @type {number} */ run) => (searches.length > 1 ? runName(run) : null);
  const charts = searches.length > 1 ? overlaidCapacity(searches) : searches.flatMap(capacityCharts);
  const laws = searches.flatMap((search, i) => [lettered(search, letterOf(i)), lawPart(search)]);
  drawPage(
    searches.map((search, i) => headPart({ ...search, origin: originOf(search) }, letterOf(i))),
    [
      {
        ...{ id: 'curve', title: 'The way up', short: 'Curve' },
        children: [
          ...searches.flatMap((search, i) =>
            search.heat === null ? [] : [lettered(search, letterOf(i)), capacityGrid(search.heat, search)],
          ),
          charts.length === 0 ? null : el('div', { class: 'charts' }, ...charts),
        ].filter((each) => each !== null),
      },
      doubtsOf(
        searches.map((search) => ({ ...search, origin: originOf(search) })),
        letterOf,
      ),
      { id: 'costs', title: 'Costs and model', short: 'Costs', children: laws },
      {
        ...{ id: 'steps', title: 'Steps', short: 'Steps' },
        children: searches.flatMap((search, i) => [lettered(search, letterOf(i)), stepsTable(search)]),
      },
      {
        ...{ id: 'about', title: 'About this search', short: 'About' },
        children: searches.map((search, i) => aboutPart(search, 'Search', letterOf(i))),
      },
    ],
  );
}

/** @param {PageSearch} search */
function originOf({ startedAt, place }) {
  return `${dayText(startedAt)} · ${place}`;
}

/** @param {PageSearch} search @param {string | null} letter */
function lettered({ id }, letter) {
  return letter === null ? null : letterLine(letter, id);
}

/** @type {Readonly<Record<string, readonly [kind: string, said: string]>>} */
const HEAT_STATES = {
  held: ['plain', 'held'],
  over: ['bad', 'over the SLO'],
  generator: ['warn', 'the generator was the limit'],
  'not run': ['none', 'not run'],
};

/** @param {NonNullable<PageSearch['heat']>} heat @param {PageSearch} search */
function capacityGrid({ rates, rows }, { quantile }) {
  const heatOf = heatScale(rows.flatMap(({ cells }) => cells.map(({ valueUs }) => valueUs)));
  const body = rows.map(({ connections, cells, most, atLeast, isAnswer }) => [
    amountText(connections),
    ...cells.map(({ text, state, valueUs }) => {
      const [kind, said] = HEAT_STATES[state] ?? ['none', state];
      return heatBox(text, kind, said, heatOf(valueUs));
    }),
    el(
      'span',
      { class: 'most' },
      most === null ? 'none' : `${atLeast ? '≥ ' : ''}${amountText(most)}`,
      isAnswer ? el('b', {}, 'answer') : null,
    ),
  ]);
  const heads = [
    { name: `${quantile}, ms: connections`, right: false },
    ...rates.map((rate) => ({ name: amountText(rate), unit: 'msg/s' })),
    { name: 'most', unit: 'msg/s' },
  ];
  const table = dataTable(`${quantile} by connections and rate`, heads, body);
  table.classList.add('grid', 'wide-grid');
  const legend =
    'The darker, the slower. * over the SLO; ? the generator was the limit; ok and over: not run, by the steps beside it.';
  return el(
    'div',
    { class: 'load' },
    el('h3', {}, 'Connections and rate'),
    table,
    el('p', { class: 'remark' }, legend),
  );
}

/** @param {PageSearch} search */
function lawPart({ costs, law }) {
  return el(
    'div',
    { class: 'details spaced' },
    el(
      'div',
      {},
      el('h3', {}, 'What one more costs'),
      costs.length === 0 ? el('p', { class: 'remark' }, 'not measured') : factList(costs),
    ),
    el(
      'div',
      {},
      el('h3', {}, 'Universal Scalability Law'),
      el('p', { class: 'remark' }, `Over ${law.of}: ${law.claim}.`),
      law.facts.length === 0 ? null : factList(law.facts),
    ),
  );
}

/** @param {PageSearch} search */
function stepsTable({ steps }) {
  const rows = steps.rows.map(({ cells, word, tone, why, fix }) => [
    ...cells,
    el('span', { class: `status ${tone}` }, word),
    el('span', { class: 'why' }, why, fix === '' ? null : el('em', {}, fix)),
  ]);
  const heads = [...steps.heads, { name: 'result', right: false, stays: true }, { name: 'why', right: false }];
  return dataTable('Steps of the search', heads, rows);
}

render(pageData());

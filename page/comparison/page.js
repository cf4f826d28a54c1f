// The page of a comparison: the result, the changes as bars and as a table, every round, what the words mean, and what
// was compared.

import { dataTable, el, more } from '../shared/dom.js';
import { aboutPart, drawPage, headPart, pageData } from '../shared/frame.js';
import { dayText } from '../shared/numbers.js';
import { doubtsOf } from '../shared/verdict.js';
import { forest, wordText } from './forest.js';
import { roundCharts } from './rounds.js';

/** @import { ComparisonPageData } from '../../src/report/comparison/page-data.ts' */
/** @import { ComparedCell } from './forest.js' */

/** @param {ComparisonPageData} data */
function render(data) {
  const { cells, unit } = data;
  const rounds = cells.filter((cell) => roundCharts(cell, unit).length > 0);
  const plot = forest(cells);
  const head = { ...data, origin: dayText(data.createdAt) };
  drawPage(
    [bannerPart(data), headPart(head, null), sidesPart(data)],
    [
      { id: 'changes', title: 'At a glance', short: 'Changes', children: plot === null ? [] : [plot] },
      { id: 'figures', title: 'Figures', short: 'Figures', children: cells.map(figuresPart) },
      doubtsOf([head], () => null),
      {
        ...{ id: 'rounds', title: unit === 'round' ? 'Round by round' : 'Run by run', short: 'Rounds' },
        children: rounds.length === 0 ? [] : roundsPart(rounds, unit),
      },
      { id: 'words', title: 'What the words mean', short: 'Words', children: wordsPart(data) },
      {
        ...{ id: 'about', title: 'About this comparison', short: 'About' },
        children: [aboutPart(data, 'Comparison', null), runsPart(data)],
      },
    ],
  );
}

/** @param {ComparisonPageData} data */
function bannerPart({ banner }) {
  if (banner.length === 0) return null;
  return el('div', { class: 'banner', role: 'note' }, ...banner.map((line) => el('p', {}, line)));
}

/** @param {ComparisonPageData} data */
function sidesPart({ sides }) {
  return el(
    'dl',
    { class: 'sides' },
    ...sides.map(({ letter, text }) =>
      el('div', {}, el('dt', { class: `run-${letter === 'A' ? 'B' : 'A'}` }, letter), el('dd', {}, text)),
    ),
  );
}

/** @param {ComparedCell} cell */
function figuresPart({ id, subtitle, rows, remarks }) {
  const heads = [
    { name: 'metric', right: false },
    ...['A', 'B', 'change', 'from', 'to', 'noise'].map((name) => ({ name })),
    { name: 'verdict', right: false, stays: true },
  ];
  const body = rows.map((row) => [
    ...[row.metric, row.a, row.b, row.change, row.from, row.to, row.noise],
    el('strong', { class: `tone ${row.tone}` }, `${row.sign} ${wordText(row.word)}`.trim()),
  ]);
  return el(
    'div',
    { class: 'load' },
    el('h3', {}, id),
    el('p', { class: 'subtitle' }, subtitle),
    rows.length === 0 ? null : dataTable(`Comparison of ${id}`, heads, body),
    ...remarks.map((remark) => el('p', { class: 'remark' }, remark)),
  );
}

/** @param {readonly ComparedCell[]} cells @param {'round' | 'run'} unit @returns {Node[]} */
function roundsPart(cells, unit) {
  const place = el('div', { class: 'charts' });
  const select = el('select', { id: 'cell' }, ...cells.map(({ id }, i) => el('option', { value: i }, id)));
  const show = () => {
    const cell = cells[Number(select.value)];
    if (cell !== undefined) place.replaceChildren(...roundCharts(cell, unit));
  };
  select.addEventListener('change', show);
  show();
  const picker = el('p', { class: 'picker' }, el('label', { for: 'cell' }, 'Cell'), select);
  return [picker, place];
}

/** Explains the picture and each word, without statistics. @param {ComparisonPageData} data */
function wordsPart({ confidencePercent, unit, legend, next }) {
  /** @type {readonly (readonly [tone: string, word: string, meaning: string])[]} */
  const words = [
    [
      'bad',
      '✕ REGRESSED',
      'B is worse than A by more than what matters: the whole bar lies on the shaded side, beyond the grey band.',
    ],
    [
      'good',
      '✓ IMPROVED',
      'B is better than A by more than what matters: the whole bar lies beyond the band on the other side.',
    ],
    [
      'good',
      '= EQUIVALENT',
      'If B differs from A at all, it is too little to matter: the whole bar lies within the band.',
    ],
    [
      'warn',
      '~ INCONCLUSIVE',
      `Not settled: the bar reaches across an edge of the band, so that both may be true. More ${unit}s make it shorter.`,
    ],
  ];
  const rows = words.map(([tone, word, meaning]) =>
    el('div', {}, el('dt', {}, el('strong', { class: `tone ${tone}` }, word)), el('dd', {}, meaning)),
  );
  return [
    el(
      'p',
      { class: 'lead' },
      `A bar shows where the true change lies: of a hundred bars made like these, about ${confidencePercent} hold it. The diamond is the best single guess. The grey band is what does not matter, chosen before the measurement. The axis goes by factors: half as much and twice as much are equally far from no change.`,
    ),
    el('dl', { class: 'facts words' }, ...rows),
    more('Every column of the tables', () => el('ul', { class: 'notes' }, ...legend.map((text) => el('li', {}, text)))),
    ...(next.length === 0
      ? []
      : [el('h3', { class: 'spaced' }, 'What to try next'), ...next.map((step) => el('pre', { tabindex: 0 }, step))]),
  ];
}

/** @param {ComparisonPageData} data */
function runsPart({ sides }) {
  const rows = sides.flatMap(({ letter, runs }) =>
    runs.map(({ source, startedAt, target }) => [letter, source, dayText(startedAt), target]),
  );
  const heads = ['side', 'run', 'started', 'target'].map((name) => ({ name, right: false }));
  return more('Runs behind it', () => dataTable('Runs', heads, rows));
}

render(pageData());

// A forest plot: each change of B against A is a bar on one logarithmic axis, with a band for changes that do not
// matter.

import { ratioText } from '../../src/text/number-text.ts';
import { el } from '../shared/dom.js';
import { trimmed } from '../shared/numbers.js';

/** @import { ComparisonPageData } from '../../src/report/comparison/page-data.ts' */

/** @typedef {ComparisonPageData['cells'][number]} ComparedCell */
/** @typedef {ComparedCell['rows'][number]} ComparedRow */
/** @typedef {{ at: (ratio: number) => number, low: number, high: number }} RatioAxis `at`: percent of the width. */

/**
 * An SVG element. `el` does the same for HTML.
 * @param {string} tag
 * @param {Readonly<Record<string, string | number>>} attributes
 * @param {...(Node | string)} children
 */
function svgEl(tag, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** The axis ends at this factor. An arrow shows that a bar goes on. */
const FURTHEST = 12;

/** @param {readonly ComparedRow[]} rows @returns {RatioAxis} */
function ratioAxis(rows) {
  const ends = rows.flatMap(({ interval, ratio, margin }) => [
    ...(interval ?? (ratio === null ? [] : [ratio])),
    1 + margin,
    1 / (1 + margin),
  ]);
  const low = Math.max(1 / FURTHEST, Math.min(...ends, 0.98));
  const high = Math.min(FURTHEST, Math.max(...ends, 1.02));
  const room = Math.log(high / low) * 0.08;
  const [from, to] = [Math.log(low) - room, Math.log(high) + room];
  return { at: (ratio) => ((Math.log(ratio) - from) / (to - from)) * 100, low: Math.exp(from), high: Math.exp(to) };
}

const TICKS = [1, 1.1, 0.9, 1.2, 0.8, 1.5, 0.667, 2, 0.5, 5, 0.2, 10, 0.1, 1.05, 0.95, 1.02, 0.98, 1.01, 0.99];
/** Least distance of two ticks, percent of the width. Closer texts would touch on a phone. */
const TICK_GAP = 16;

/** @param {RatioAxis} axis */
function ratioTicks({ at, low, high }) {
  /** @type {number[]} */
  const shown = [];
  for (const tick of TICKS) {
    const isIn = tick >= low && tick <= high && at(tick) > 5 && at(tick) < 95;
    if (isIn && shown.every((other) => Math.abs(at(other) - at(tick)) >= TICK_GAP)) shown.push(tick);
  }
  return shown.sort((a, b) => a - b);
}

/** @param {readonly ComparedCell[]} cells */
export function forest(cells) {
  const drawn = cells.filter(({ rows }) => rows.length > 0);
  if (drawn.length === 0) return null;
  const axis = ratioAxis(drawn.flatMap(({ rows }) => rows));
  const ticks = ratioTicks(axis);
  return el(
    'figure',
    { class: 'forest' },
    el('figcaption', {}, el('h3', {}, 'Change of B against A'), forestLegend()),
    ...drawn.map(({ id, subtitle, rows }) =>
      el(
        'section',
        { class: 'forest-cell', 'aria-label': id },
        el('h4', {}, id, el('span', { class: 'unit' }, subtitle)),
        ...rows.map((row) => forestRow(row, axis, ticks)),
      ),
    ),
    el('div', { class: 'forest-row forest-axis', 'aria-hidden': 'true' }, el('span', {}), axisDrawing(axis, ticks)),
  );
}

function forestLegend() {
  const mark = (/** @type {string} */ kind, /** @type {string} */ text) =>
    el('span', {}, el('i', { class: `mark ${kind}` }), text);
  return el(
    'p',
    { class: 'legend' },
    mark('forest-bar', 'where the true change lies'),
    mark('forest-point', 'best guess'),
    mark('forest-box', 'too small to matter'),
    mark('forest-worse', 'worse by more than that'),
  );
}

/** @param {ComparedRow} row @param {RatioAxis} axis @param {readonly number[]} ticks */
function forestRow(row, axis, ticks) {
  const { metric, change, from, to, sign, word, tone, interval } = row;
  const range = interval === null ? '' : `${from} to ${to}`;
  return el(
    'div',
    { class: 'forest-row' },
    el('span', { class: 'forest-name' }, metric),
    rowDrawing(row, axis, ticks),
    el('span', { class: 'forest-change' }, el('b', {}, change), el('span', {}, range)),
    el('strong', { class: `tone ${tone} forest-word` }, el('i', { 'aria-hidden': 'true' }, sign), wordText(word)),
  );
}

/** The sign is a `~` already, so the word is written out. @param {string} word */
export function wordText(word) {
  return word === '~' ? 'INCONCLUSIVE' : word;
}

/** @param {ComparedRow} row @param {RatioAxis} axis @param {readonly number[]} ticks */
function rowDrawing({ metric, change, from, to, word, tone, ratio, interval, margin, better }, axis, ticks) {
  const { at } = axis;
  const [left, right] = [at(1 / (1 + margin)), at(1 + margin)];
  const worse = better === 'lower' ? { x: right, width: 100 - right } : { x: 0, width: left };
  const label = `${metric}: ${change}${interval === null ? '' : `, between ${from} and ${to}`}: ${wordText(word)}`;
  const rect = (/** @type {string} */ kind, /** @type {number} */ x, /** @type {number} */ width) =>
    svgEl('rect', { class: kind, x: `${x}%`, y: 0, width: `${Math.max(0, width)}%`, height: '100%' });
  return svgEl(
    'svg',
    { class: `forest-plot ${tone}`, role: 'img', 'aria-label': label, height: 34 },
    rect('forest-worse', worse.x, worse.width),
    rect('forest-box', left, right - left),
    ...ticks.map((tick) => upright(at(tick), tick === 1 ? 'forest-one' : 'forest-tick')),
    svgEl(
      'text',
      {
        class: 'forest-side',
        y: 10,
        'text-anchor': better === 'lower' ? 'end' : 'start',
        x: better === 'lower' ? '99.4%' : '0.6%',
      },
      'worse',
    ),
    ...(interval === null ? [] : bar(interval, axis)),
    ...(ratio === null ? [] : [marked(within(at(ratio)), 'forest-point', 'M0 -5.5L5.5 0L0 5.5L-5.5 0Z')]),
  );
}

/** @param {number} x @param {string} kind */
function upright(x, kind) {
  return svgEl('line', { class: kind, x1: `${x}%`, x2: `${x}%`, y1: 0, y2: '100%' });
}

/** @param {number} percent */
function within(percent) {
  return Math.min(99.2, Math.max(0.8, percent));
}

/**
 * A bar. An end beyond the axis becomes an arrow.
 * @param {readonly [number, number]} interval
 * @param {RatioAxis} axis
 */
function bar([low, high], { at, low: first, high: last }) {
  const [from, to] = [within(at(low)), within(at(high))];
  return [
    svgEl('line', { class: 'forest-bar', x1: `${from}%`, x2: `${to}%`, y1: '50%', y2: '50%' }),
    marked(from, 'forest-end', low < first ? 'M5 -5L0 0L5 5' : 'M0 -5L0 5'),
    marked(to, 'forest-end', high > last ? 'M-5 -5L0 0L-5 5' : 'M0 -5L0 5'),
  ];
}

/**
 * A shape of fixed size at a place in percent of the width.
 * @param {number} x
 * @param {string} kind
 * @param {string} d
 */
function marked(x, kind, d) {
  return svgEl('svg', { x: `${x}%`, y: '50%', overflow: 'visible' }, svgEl('path', { class: kind, d }));
}

/** @param {RatioAxis} axis @param {readonly number[]} ticks */
function axisDrawing({ at }, ticks) {
  return svgEl(
    'svg',
    { class: 'forest-plot', height: 20 },
    ...ticks.map((tick) =>
      svgEl(
        'text',
        { class: 'forest-label', x: `${at(tick)}%`, y: 14, 'text-anchor': 'middle' },
        trimmed(ratioText(tick)),
      ),
    ),
  );
}

// What was sent to many: the tables, deliver time and reach along the axis of a sweep, and the charts of one cell.

import { amountText, latencyText, reachText } from '../../src/text/number-text.ts';
import { chart } from '../shared/chart.js';
import { dataTable, el } from '../shared/dom.js';
import { runName, toneOf } from '../shared/letters.js';
import { endsOf, percentileText } from '../shared/numbers.js';
import { axisOf, soundLines } from './curves.js';
import { foldedTable } from './folded-table.js';

/** @import { PageCell, PageFanout, PageRun } from '../../src/report/run/page-data.ts' */
/** @import { Line } from '../shared/chart.js' */
/** @import { PickCell } from './tables.js' */

/** @typedef {PageRun['fanoutCurves'][number]} FanoutCurve */

/** A phone has no room for these columns. `every column` shows them. */
const HIDES = ['sent', 'delivered', 'deliver_p99', 'last_p50', 'spread_p99'];

/**
 * The tables, and how even the deliveries were.
 * @param {Pick<PageRun, 'fanout' | 'subscribers'>} run
 * @param {PickCell} pick
 */
export function fanoutTables({ fanout, subscribers }, pick) {
  return [
    ...fanout.map((table) => fanoutTable(table, pick)),
    subscribers.length === 0
      ? null
      : el(
          'div',
          { class: 'load' },
          el('h3', {}, 'Subscribers'),
          ...subscribers.map(({ where, text }) => el('p', { class: 'remark' }, `${where}: ${text}`)),
        ),
  ];
}

/** @param {PageFanout} table @param {PickCell} pick */
function fanoutTable(table, pick) {
  const { remarks } = table;
  return foldedTable(table, (wide) => rowsOf(table, wide, pick), { hasMore: true, above: null, remarks });
}

/** @param {PageFanout} table @param {boolean} wide @param {PickCell} pick */
function rowsOf(table, wide, pick) {
  const columns = table.columns.filter(({ detail }) => wide || detail === 'narrow');
  const rows = table.rows.map(({ cell, values, isBad }) =>
    columns.map(({ key }, i) => {
      const text = values[key] ?? '';
      if (isBad && (key === 'missed' || key === 'redelivered')) return el('span', { class: 'bad' }, text);
      if (i > 0 || pick === null) return text;
      const button = el('button', { type: 'button', class: 'row', title: `Charts of ${cell}` }, text);
      button.addEventListener('click', () => pick(cell));
      return button;
    }),
  );
  const heads = columns.map(({ key, name, unit }) => ({ name, unit, hides: !wide && HIDES.includes(key) }));
  return dataTable(`${table.title}, ${table.subtitle}`, heads, rows);
}

/** @param {readonly Pick<PageRun, 'fanoutCurves'>[]} runs @returns {Node[]} */
export function fanoutCurveCharts(runs) {
  const first = runs[0];
  if (first === undefined) return [];
  return first.fanoutCurves.flatMap((curve) => {
    const same = runs.flatMap((run, i) => {
      const other = run.fanoutCurves.find((each) => titleOf(each) === titleOf(curve));
      return other === undefined ? [] : [{ curve: other, run: i }];
    });
    return [timesChart(curve, same), reachChart(curve, same)];
  });
}

/** @typedef {{ curve: FanoutCurve, run: number }} OfRun */

/** @param {FanoutCurve} curve */
function titleOf({ load, request, axis, rate }) {
  return `${load}, ${request} over ${axis}${rate === null ? '' : `, ${amountText(rate)} msg/s`}`;
}

/** @param {FanoutCurve} first @param {readonly OfRun[]} same */
function timesChart(first, same) {
  const parts = same.map(({ curve, run }) => ({
    x: curve.x,
    ...soundLines(curve, known(same.length > 1 ? namedTimes(curve, run) : times(curve))),
  }));
  const most = parts.flatMap((part) => (part.most === undefined ? [] : [part.most]));
  return chart({
    ...{ title: `Deliver time: ${titleOf(first)}`, unit: 'ms' },
    ...axisOfAll(first, same),
    ...(most.length === 0 ? {} : { yMost: endsOf(most)[1] }),
    tables: parts,
  });
}

/** @param {FanoutCurve} first @param {readonly OfRun[]} same */
function axisOfAll({ axis }, same) {
  return axisOf({ axis, x: same.flatMap(({ curve }) => curve.x) });
}

/**
 * The last delivery of each message in ink, all deliveries in the accent.
 * @param {FanoutCurve} curve
 * @returns {Line[]}
 */
function times({ deliverP50Us, deliverP99Us, lastP50Us, lastP99Us }) {
  return [
    { label: 'last p99', values: lastP99Us, tone: 'ink', text: latencyText, dashed: true },
    { label: 'last p50', values: lastP50Us, tone: 'ink', text: latencyText, width: 2 },
    { label: 'delivery p99', values: deliverP99Us, tone: 'accent', text: latencyText, dashed: true },
    { label: 'delivery p50', values: deliverP50Us, tone: 'accent', text: latencyText, width: 2 },
  ];
}

/** @param {FanoutCurve} curve @param {number} run @returns {Line[]} */
function namedTimes({ deliverP50Us, lastP99Us }, run) {
  const name = runName(run);
  return [
    { label: `${name} last p99`, values: lastP99Us, tone: toneOf(run), text: latencyText, dashed: true },
    { label: `${name} delivery p50`, values: deliverP50Us, tone: toneOf(run), text: latencyText, width: 2 },
  ];
}

/** The lines that have a value anywhere. @param {readonly Line[]} lines */
function known(lines) {
  return lines.filter(({ values }) => values.some((value) => value !== null));
}

/** @param {FanoutCurve} first @param {readonly OfRun[]} same */
function reachChart(first, same) {
  return chart({
    ...{ title: `Reach: ${titleOf(first)}`, unit: '% of what was owed' },
    ...axisOfAll(first, same),
    yRange: shareRange(same.flatMap(({ curve }) => curve.reachPercent)),
    tables: same.map(({ curve, run }) => ({
      x: curve.x,
      lines: soundLines(curve, [
        {
          label: same.length > 1 ? `${runName(run)} reach` : 'reach',
          ...{ values: curve.reachPercent, tone: toneOf(run), text: shareText, width: 2, points: true },
        },
      ]).lines,
    })),
  });
}

/** From near the least where little is missing, else from zero. @param {readonly (number | null)[]} percents */
function shareRange(percents) {
  const [least] = endsOf(percents.filter((each) => each !== null));
  const low = least > 50 && least < 100 ? Math.max(0, 100 - 1.3 * (100 - least)) : 0;
  return /** @type {[number, number]} */ ([low, 100 + 0.05 * (100 - low)]);
}

/** @param {number} percent */
function shareText(percent) {
  return reachText(percent / 100);
}

/** The charts of one cell. @param {PageCell} cell @returns {(Node | null)[]} */
export function fanoutCharts(cell) {
  return [...percentileCharts(cell), sharesChart(cell)];
}

/** @param {PageCell} cell */
function percentileCharts({ byDelivery = [] }) {
  const requests = [...new Set(byDelivery.map(({ request }) => request))];
  return requests.map((request) =>
    chart({
      ...{ title: `Deliver time by percentile: ${request}`, unit: 'ms', xName: 'percentile', xText: percentileText },
      ...{ xLog: true, yLog: true },
      tables: byDelivery
        .filter((each) => each.request === request)
        .map(({ name, x, us }) => ({ x, lines: [{ values: us, text: latencyText, ...DELIVERY_LINES[name] }] })),
    }),
  );
}

/** @type {Readonly<Record<'deliver' | 'first' | 'last' | 'slow', Pick<Line, 'label' | 'tone'> & Partial<Line>>>} */
const DELIVERY_LINES = {
  deliver: { label: 'each delivery', tone: 'accent', width: 2 },
  first: { label: 'first of a message', tone: 'faint', width: 1.5, dashed: true },
  last: { label: 'last of a message', tone: 'ink', width: 1.5 },
  slow: { label: 'each delivery to slow readers', tone: 'warn', width: 1.5, dashed: true },
};

/** What each connection received of what it was owed, the worst first. @param {PageCell} cell */
function sharesChart({ shares }) {
  if (shares === undefined) return null;
  return evennessChart('Shares of the connections', '% of what each was owed', shares);
}

/** How evenly the connections were answered, where the load asks for it. @param {PageCell} cell */
export function fairnessCharts({ answerShares, connectionTimes = [] }) {
  return [
    answerShares === undefined
      ? null
      : evennessChart('Answers by connection', '% of what each waited for', answerShares),
    ...connectionTimes.map(({ of, us }) => timesByConnection(of, us)),
  ];
}

/** @param {string} title @param {string} unit @param {{ count: number, percent: readonly number[] }} shares */
function evennessChart(title, unit, { count, percent }) {
  const steps = percent.length - 1;
  return chart({
    ...{ title, unit, xName: 'connections, the worst first' },
    xText: (at) => amountText(Math.round(at)),
    yRange: shareRange(percent),
    tables: [
      {
        x: percent.map((_, i) => (steps === 0 ? 1 : 1 + (i / steps) * (count - 1))),
        lines: [{ label: 'share', values: percent, tone: 'accent', text: shareText, width: 2 }],
      },
    ],
  });
}

/**
 * The curve is thinned, so that its ranks are told in percent.
 * @param {'answers' | 'deliveries'} of
 * @param {readonly number[]} us
 */
function timesByConnection(of, us) {
  return chart({
    ...{ title: `p99 of the ${of} by connection`, unit: 'ms', xName: '% of the connections, the slowest first' },
    xText: (at) => `${amountText(Math.round(at))} %`,
    tables: [
      {
        x: us.map((_, i) => (us.length === 1 ? 0 : (100 * i) / (us.length - 1))),
        lines: [{ label: 'p99', values: us, tone: 'accent', text: latencyText, width: 2 }],
      },
    ],
  });
}

/** Connections that missed any delivery, by their number. @param {PageCell} cell */
export function worstPart({ worst = [] }) {
  if (worst.length === 0) return null;
  const rows = worst.map(({ connection, delivered, owed }) => [
    String(connection),
    amountText(delivered),
    amountText(owed),
    shareText((100 * delivered) / owed),
  ]);
  const heads = [
    { name: 'connection', right: false },
    ...['delivered', 'owed'].map((name) => ({ name })),
    { name: 'share', unit: '%' },
  ];
  return el('div', {}, el('h3', {}, 'Worst served'), dataTable('The connections that were served worst', heads, rows));
}

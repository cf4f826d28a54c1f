// One chart: title, legend with the values under the cursor, the drawing, and the same values as a table.

/*! Charts: uPlot, https://github.com/leeoniya/uPlot. Copyright (c) Leon Sorokin, MIT licence. */
import uPlot from 'uplot';
import { amountText } from '../../src/text/number-text.ts';
import { drawMarkers, drawShapes, shade } from './chart-marks.js';
import { dataTable, el, more } from './dom.js';
import { endsOf, trimmed } from './numbers.js';
import { colorOf, onPaper, onTheme } from './theme.js';

/** @import { MarkShape } from './chart-marks.js' */
/** @import { Tone } from './theme.js' */

/**
 * @typedef {object} Line
 * @property {string} label
 * @property {readonly (number | null)[]} values
 * @property {Tone} tone
 * @property {(value: number) => string} text A value with about three figures.
 * @property {number} [width]
 * @property {number} [alpha]
 * @property {boolean} [dashed]
 * @property {boolean} [dots] Dots without a line.
 * @property {boolean} [points] Dots on the line.
 * @property {MarkShape} [shape] Marks of this shape, without a line.
 * @property {boolean} [quiet] An edge of a band: not drawn, not in the legend.
 * @property {'y' | 'y2'} [scale]
 */

/**
 * @typedef {object} ChartSpec
 * @property {string} title
 * @property {string} unit Of the left axis, and of the right one if there is one.
 * @property {string} [unit2]
 * @property {string} xName
 * @property {(value: number) => string} xText
 * @property {boolean} [xLog]
 * @property {boolean} [xExact] A tick at every point.
 * @property {readonly [number, number]} [xRange]
 * @property {boolean} [yLog]
 * @property {number} [yMost] The left axis ends a little above this value. Marks beyond it are at the upper edge.
 * @property {readonly [number, number]} [yRange] The ends of the left axis.
 * @property {boolean} [yNear] The left axis begins near the values, not at zero.
 * @property {readonly { x: readonly (number | null)[], lines: readonly Line[] }[]} tables
 * @property {readonly { from: string, to: string, alpha: number }[]} [bands] Fills the area between two lines, by label.
 * @property {readonly [number, number]} [warmup] This stretch of time is shaded.
 * @property {readonly { at: number, text: string }[]} [markers] Upright lines.
 * @property {string} [sync] Charts with the same name share their cursor.
 */

/** @type {Set<{ draw: () => void, fit: () => void }>} */
const charts = new Set();
onTheme.push(() => {
  for (const { draw } of charts) draw();
});

const HEIGHT = 210;
/** Two charts side by side on a sheet of A4. */
const PAPER_WIDTH = 330;

/** @param {ChartSpec} spec */
export function chart(spec) {
  const lines = spec.tables.flatMap((table) => table.lines);
  const legend = legendOf(lines);
  const plot = el('div', { class: 'plot', tabindex: 0, role: 'img', 'aria-label': describe(spec, lines) });
  const data = joined(spec);
  /** @type {uPlot | null} */
  let drawn = null;
  const width = () => (onPaper.matches ? PAPER_WIDTH : Math.max(200, plot.clientWidth));
  const known = {
    draw() {
      // The chart's part of the page was replaced.
      if (!plot.isConnected) {
        charts.delete(known);
        return;
      }
      drawn?.destroy();
      drawn = new uPlot(options(spec, lines, width(), legend.show), data, plot);
      legend.paint();
    },
    fit() {
      if (drawn !== null && Math.abs(drawn.width - width()) > 1) drawn.setSize({ width: width(), height: HEIGHT });
    },
  };
  charts.add(known);
  const observer = new ResizeObserver(() => (drawn === null ? known.draw() : known.fit()));
  observer.observe(plot);
  plot.addEventListener('keydown', (event) => {
    if (drawn !== null) step(drawn, event);
  });
  const head = el('figcaption', {}, el('h3', {}, spec.title, el('span', { class: 'unit' }, spec.unit)), legend.element);
  return el(
    'figure',
    {},
    head,
    plot,
    more('Values', () => valuesTable(spec, lines, data)),
  );
}

/** Arrow keys move the cursor from point to point. @param {uPlot} drawn @param {KeyboardEvent} event */
function step(drawn, event) {
  const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  const xs = drawn.data[0];
  if (by === 0 || xs.length === 0) return;
  event.preventDefault();
  const at = Math.min(xs.length - 1, Math.max(0, (drawn.cursor.idx ?? (by > 0 ? -1 : xs.length)) + by));
  drawn.setCursor({ left: drawn.valToPos(/** @type {number} */ (xs[at]), 'x'), top: 10 });
}

/** @param {ChartSpec} spec @param {readonly Line[]} lines */
function describe({ title, unit, xName }, lines) {
  const ranges = lines.map(({ label, values, text }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return `${label}: no values`;
    const [least, most] = endsOf(known);
    return `${label}: ${text(least)} to ${text(most)}`;
  });
  return `${title}${unit === '' ? '' : `, ${unit}`}, over ${xName}. ${ranges.join('; ')}. The values follow as a table.`;
}

/** The data of all lines over one common x. @param {ChartSpec} spec @returns {uPlot.AlignedData} */
function joined({ tables }) {
  const parts = tables.map(
    ({ x, lines }) => /** @type {uPlot.AlignedData} */ ([x, ...lines.map((line) => line.values)]),
  );
  const all = parts.length === 1 ? parts[0] : uPlot.join(parts);
  return /** @type {uPlot.AlignedData} */ (all);
}

/** @param {readonly Line[]} lines */
function legendOf(lines) {
  const entries = lines.flatMap((line, i) => {
    if (line.quiet) return [];
    const kind = line.shape ?? (line.dots ? 'dots' : line.dashed ? 'dashed' : '');
    const mark = el('i', { class: `mark ${kind}` });
    const value = el('b', {});
    return [{ line, column: i + 1, mark, value, element: el('span', {}, mark, line.label, value) }];
  });
  return {
    element: el('p', { class: 'legend' }, ...entries.map(({ element }) => element)),
    paint() {
      for (const { mark, line } of entries) mark.style.color = colorOf(line.tone, line.alpha);
    },
    /** @param {uPlot} drawn */
    show(drawn) {
      const { idx } = drawn.cursor;
      for (const { line, column, value } of entries) {
        const at = idx === null || idx === undefined ? undefined : drawn.data[column]?.[idx];
        value.textContent = at === undefined || at === null ? '' : line.text(at);
      }
    },
  };
}

/**
 * @param {ChartSpec} spec
 * @param {readonly Line[]} lines
 * @param {number} width
 * @param {(drawn: uPlot) => void} show
 * @returns {uPlot.Options}
 */
function options(spec, lines, width, show) {
  const index = (/** @type {string} */ label) => lines.findIndex((line) => line.label === label) + 1;
  return {
    width,
    height: HEIGHT,
    padding: [12, spec.unit2 === undefined ? (spec.xLog ? 22 : 14) : 4, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false },
      points: { size: 6, width: 1.5 },
      ...(spec.sync === undefined ? {} : { sync: { key: spec.sync } }),
    },
    scales: {
      x: {
        time: false,
        distr: spec.xLog ? 3 : 1,
        ...(spec.xRange === undefined
          ? {}
          : { range: () => /** @type {[number, number]} */ ([...(spec.xRange ?? [])]) }),
      },
      y: yScale(spec),
      y2: { range: fromZero },
    },
    axes: [xAxis(spec), yAxis(lines, 'y', spec.yLog), ...(spec.unit2 === undefined ? [] : [yAxis(lines, 'y2')])],
    series: [{}, ...lines.map(seriesOf)],
    bands: (spec.bands ?? []).map(({ from, to, alpha }) => ({
      series: [index(to), index(from)],
      fill: colorOf('accent', alpha),
    })),
    hooks: {
      setCursor: [show],
      drawClear: spec.warmup === undefined ? [] : [shade(spec.warmup)],
      draw: [drawMarkers(spec.markers ?? []), drawShapes(lines)],
    },
  };
}

/** @param {ChartSpec} spec @returns {uPlot.Scale} */
function yScale({ yLog, yNear, yRange, yMost }) {
  if (yLog) return { distr: 3 };
  if (yRange !== undefined) return { range: () => /** @type {[number, number]} */ ([...yRange]) };
  return yNear ? {} : { range: (_, min, max) => fromZero(_, min, yMost ?? max) };
}

/**
 * Whether the values lie so far apart that a logarithmic axis is better.
 * @param {readonly (readonly (number | null)[])[]} columns
 */
export function isWide(columns) {
  const all = columns.flat().filter((value) => value !== null && value > 0);
  const [least, most] = endsOf(/** @type {number[]} */ (all));
  return all.length > 0 && most > 8 * least;
}

/** @param {uPlot} _ @param {number | null} _min @param {number | null} max @returns {[number, number]} */
function fromZero(_, _min, max) {
  return [0, max === null || max <= 0 ? 1 : max * 1.12];
}

/** @param {Line} line @returns {uPlot.Series} */
function seriesOf({ label, tone, alpha, width, dashed, dots, points, shape, quiet, scale, values }) {
  const color = colorOf(tone, quiet ? 0 : alpha);
  const few = values.filter((value) => value !== null).length < 3;
  const marks = dots === true || points === true || few;
  return {
    label,
    scale: scale ?? 'y',
    stroke: color,
    width: dots || shape ? 0 : (width ?? 1.5),
    spanGaps: true,
    ...(dashed ? { dash: [5, 4] } : {}),
    points: { show: marks && shape === undefined, size: dots ? 4 : 5, fill: color, width: 0 },
    ...(dots || shape ? { paths: () => null } : {}),
  };
}

const FONT = '11px system-ui, sans-serif';

/** @param {ChartSpec} spec @returns {uPlot.Axis} */
function xAxis({ xText, xExact, xLog, tables }) {
  return {
    stroke: colorOf('soft'),
    font: FONT,
    size: 28,
    gap: 6,
    grid: { show: false },
    ticks: { stroke: colorOf('line'), size: 4, width: 1, ...(xLog && !xExact ? { filter: decades } : {}) },
    values: (drawn, splits) => apart(drawn, splits, xText),
    ...(xExact ? { splits: () => [...new Set(tables.flatMap(({ x }) => x))].filter((x) => x !== null) } : {}),
  };
}

/** Width of a digit on an axis, and the least space between two texts, CSS pixels. */
const DIGIT = 6.6;
const BETWEEN = 8;

/**
 * The texts of an axis, without those that would touch the next one. The last is always kept.
 * @param {uPlot} drawn
 * @param {readonly number[]} splits
 * @param {(value: number) => string} text
 */
function apart(drawn, splits, text) {
  /** @type {(string | null)[]} */
  const shown = splits.map(() => null);
  let free = Number.POSITIVE_INFINITY;
  for (const [at, value] of [...splits.entries()].reverse()) {
    if (value === null) continue;
    const label = text(value);
    const middle = drawn.valToPos(value, 'x');
    const half = (label.length * DIGIT) / 2;
    if (middle + half + BETWEEN > free) continue;
    shown[at] = label;
    free = middle - half;
  }
  return shown;
}

/** @param {readonly Line[]} lines @param {'y' | 'y2'} scale @param {boolean} yLog @returns {uPlot.Axis} */
function yAxis(lines, scale, yLog = false) {
  const text = lines.find((line) => (line.scale ?? 'y') === scale)?.text ?? amountText;
  return {
    scale,
    side: scale === 'y' ? 3 : 1,
    stroke: colorOf('soft'),
    font: FONT,
    size: 52,
    gap: 6,
    grid: {
      show: scale === 'y',
      stroke: colorOf('line'),
      width: 1,
      ...(yLog && scale === 'y' ? { filter: decades } : {}),
    },
    ticks: { show: false },
    values: (_, splits) => splits.map((value) => (value === null ? null : trimmed(text(value)))),
  };
}

/** Lines at 1, 10, 100 and so on, but none between. @type {uPlot.Axis.Filter} */
const decades = (_, splits) => splits.map((value) => (Number.isInteger(Math.log10(value)) ? value : null));

/** @param {ChartSpec} spec @param {readonly Line[]} lines @param {uPlot.AlignedData} data */
function valuesTable({ title, xName, xText }, lines, data) {
  const rows = Array.from(data[0], (x, i) => [
    xText(/** @type {number} */ (x)),
    ...lines.map(({ text }, k) => {
      const value = data[k + 1]?.[i];
      return value === null || value === undefined ? '' : text(value);
    }),
  ]);
  return dataTable(title, [{ name: xName }, ...lines.map(({ label }) => ({ name: label }))], rows);
}

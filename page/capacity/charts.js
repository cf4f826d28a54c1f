// The charts of a capacity search: latency against the SLO, asked and answered messages or deliveries, costs, and the
// fitted law.

import { amountText, latencyText } from '../../src/text/number-text.ts';
import { chart, isWide } from '../shared/chart.js';
import { runName, toneOf } from '../shared/letters.js';
import { endsOf, memoryText, percentText } from '../shared/numbers.js';

/** @import { PageSearch } from '../../src/report/capacity/page-data.ts' */
/** @import { Line } from '../shared/chart.js' */

/** @typedef {NonNullable<PageSearch['curve']>} CapacityCurve */

/** @param {CapacityCurve} curve */
function levelAxis({ x, level }) {
  const [low, high] = endsOf(x);
  const xLog = low > 0 && high / low >= 20;
  const room = xLog ? 1.15 : 0.05 * (high - low || high || 1);
  return {
    xName: level === 'rate' ? 'messages asked per second' : level,
    xText: amountText,
    xLog,
    xRange: /** @type {[number, number]} */ (xLog ? [low / room, high * room] : [low - room, high + room]),
  };
}

/** @param {PageSearch} search @returns {Node[]} */
export function capacityCharts(search) {
  const { curve } = search;
  if (curve === null || curve.x.length === 0) return [lawChart(search)].filter((each) => each !== null);
  const axis = levelAxis(curve);
  return [sloChart(search, curve, axis), answeredChart(curve, axis), costChart(curve, axis), lawChart(search)].filter(
    (each) => each !== null,
  );
}

/** @typedef {ReturnType<typeof levelAxis>} LevelAxis */

/** An upright line at the answer. @param {CapacityCurve} curve */
function answerMarker({ answer }) {
  return answer === null ? [] : [{ at: answer, text: `answer ${amountText(answer)}` }];
}

/** @param {PageSearch} search @param {CapacityCurve} curve @param {LevelAxis} axis */
function sloChart({ quantile, limitUs }, curve, axis) {
  const { x, valueUs, lowUs, highUs, heldUs, failedUs, doubtfulUs } = curve;
  if (valueUs.every((value) => value === null)) return null;
  const limit = x.map(() => limitUs);
  /** @type {Line[]} */
  const marks = [
    { label: 'held', values: heldUs, tone: 'accent', text: latencyText, dots: true },
    { label: 'did not hold', values: failedUs, tone: 'bad', text: latencyText, shape: 'cross' },
    { label: 'not the target’s doing', values: doubtfulUs, tone: 'warn', text: latencyText, shape: 'triangle' },
  ];
  return chart({
    ...{ title: `${quantile} against the SLO`, unit: `ms over ${axis.xName}` },
    ...axis,
    yLog: isWide([[...valueUs], [...highUs], limit]),
    markers: answerMarker(curve),
    tables: [
      {
        x,
        lines: [
          { label: 'SLO', values: limit, tone: 'warn', text: latencyText, dashed: true },
          { label: 'from', values: lowUs, tone: 'accent', text: latencyText, quiet: true },
          { label: 'to', values: highUs, tone: 'accent', text: latencyText, quiet: true },
          { label: quantile, values: valueUs, tone: 'ink', text: latencyText },
          ...marks.filter(({ values }) => values.some((value) => value !== null)),
        ],
      },
    ],
    bands: [{ from: 'from', to: 'to', alpha: 0.16 }],
  });
}

/** What the targets have done, in words. @param {readonly CapacityCurve[]} curves */
function doneOf(curves) {
  if (curves.every(({ countsDeliveries }) => countsDeliveries))
    return { title: 'Deliveries', label: 'delivered', unit: 'deliveries/s' };
  return curves.some(({ countsDeliveries }) => countsDeliveries)
    ? { title: 'Answered or delivered', label: 'done', unit: 'a second' }
    : { title: 'Answered', label: 'answered', unit: 'msg/s' };
}

/** @param {CapacityCurve} curve @param {LevelAxis} axis */
function answeredChart(curve, axis) {
  const { x, countsDeliveries, askedPerSecond, answeredPerSecond, failedPerSecond } = curve;
  // One message that is asked for makes many deliveries: both on one scale would look like a target that does too much.
  const asked = !countsDeliveries && askedPerSecond.some((value) => value !== null && value > 0);
  const done = doneOf([curve]);
  if (!asked && answeredPerSecond.every((value) => value === null || value === 0)) return null;
  /** @type {Line[]} */
  const lines = [
    { label: 'asked', values: askedPerSecond, tone: 'accent', text: amountText, width: 6, alpha: 0.22 },
    { label: done.label, values: answeredPerSecond, tone: 'accent', text: amountText, width: 1.5, points: true },
    { label: 'did not hold', values: failedPerSecond, tone: 'bad', text: amountText, shape: 'cross' },
  ];
  const shown = lines.filter(({ label, values }) =>
    label === 'asked' ? asked : values.some((value) => value !== null),
  );
  return chart({
    ...{ title: countsDeliveries ? done.title : 'Asked and answered', unit: `${done.unit} over ${axis.xName}` },
    ...axis,
    markers: answerMarker(curve),
    tables: [{ x, lines: shown }],
  });
}

/** @param {CapacityCurve} curve @param {LevelAxis} axis */
function costChart(curve, axis) {
  const { x, serverCpuPercent, clientBusyPercent, serverRssBytes } = curve;
  if (serverCpuPercent.every((value) => value === null)) return null;
  return chart({
    ...{ title: 'What it costs', unit: '% of a core; memory at the right', unit2: 'MB' },
    ...axis,
    markers: answerMarker(curve),
    tables: [
      {
        x,
        lines: [
          { label: 'server CPU', values: serverCpuPercent, tone: 'accent', text: percentText, width: 2 },
          {
            label: 'busiest generator thread',
            values: clientBusyPercent,
            tone: 'faint',
            text: percentText,
            dashed: true,
          },
          { label: 'server memory', values: serverRssBytes, tone: 'ink', text: memoryText, scale: 'y2' },
        ],
      },
    ],
  });
}

/** @param {PageSearch} search */
function lawChart({ law: { of, unit, points, curve, peak } }) {
  if (curve.n.length === 0) return null;
  const inSight = peak !== null && peak <= Math.max(endsOf(curve.n)[1], endsOf(points.n)[1]);
  return chart({
    ...{ title: 'Scalability law', unit: `${unit} over ${of}`, xName: of, xText: amountText },
    markers: inSight ? [{ at: peak, text: `N* ${amountText(peak)}` }] : [],
    tables: [
      {
        x: curve.n,
        lines: [
          { label: 'from', values: curve.low, tone: 'accent', text: amountText, quiet: true },
          { label: 'to', values: curve.high, tone: 'accent', text: amountText, quiet: true },
          { label: 'law', values: curve.perSecond, tone: 'accent', text: amountText, width: 2 },
        ],
      },
      { x: points.n, lines: [{ label: 'steps', values: points.perSecond, tone: 'ink', text: amountText, dots: true }] },
    ],
    bands: [{ from: 'from', to: 'to', alpha: 0.16 }],
  });
}

/**
 * The charts of several searches, laid over each other, each search in its own colour.
 * @param {readonly PageSearch[]} searches
 * @returns {Node[]}
 */
export function overlaidCapacity(searches) {
  const drawn = searches.flatMap(({ curve, quantile }, run) =>
    curve === null ? [] : [{ curve, quantile, name: runName(run), tone: toneOf(run) }],
  );
  const first = drawn[0];
  if (first === undefined) return [];
  const done = doneOf(drawn.map(({ curve }) => curve));
  const axis = levelAxis({ ...first.curve, x: drawn.flatMap(({ curve }) => curve.x) });
  const markers = drawn.flatMap(({ curve, name }) =>
    curve.answer === null ? [] : [{ at: curve.answer, text: `${name} ${amountText(curve.answer)}` }],
  );
  /**
   * @param {string} title
   * @param {string} unit
   * @param {(curve: CapacityCurve) => readonly (number | null)[]} values
   * @param {(value: number) => string} text
   * @param {boolean} wide
   */
  const over = (title, unit, values, text, wide) =>
    chart({
      ...{ title, unit, ...axis, markers, yLog: wide && isWide(drawn.map(({ curve }) => values(curve))) },
      tables: drawn.map(({ curve, name, tone }) => ({
        x: curve.x,
        lines: [{ label: name, values: values(curve), tone, text, width: 2, points: true }],
      })),
    });
  return [
    over(`${first.quantile} against the load`, `ms over ${axis.xName}`, ({ valueUs }) => valueUs, latencyText, true),
    over(done.title, `${done.unit} over ${axis.xName}`, (curve) => curve.answeredPerSecond, amountText, false),
    over('Server CPU', '% of a core', (curve) => curve.serverCpuPercent, percentText, false),
  ];
}

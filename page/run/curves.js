// Latency, and the cost for the server, by the number of connections or by the rate.

import { amountText, latencyText } from '../../src/text/number-text.ts';
import { chart } from '../shared/chart.js';
import { runName, toneOf } from '../shared/letters.js';
import { endsOf, memoryText, percentText } from '../shared/numbers.js';

/** @import { PageRun } from '../../src/report/run/page-data.ts' */
/** @import { MarkShape } from '../shared/chart-marks.js' */
/** @import { Line } from '../shared/chart.js' */
/** @import { Tone } from '../shared/theme.js' */

/** @typedef {PageRun['curves'][number]} Curve */

/** @param {readonly Pick<PageRun, 'curves'>[]} runs */
export function curveCharts(runs) {
  const first = runs[0];
  if (first === undefined) return [];
  return first.curves.flatMap((curve) => {
    const same = runs.flatMap((run, i) => {
      const other = run.curves.find((each) => titleOf(each) === titleOf(curve));
      return other === undefined ? [] : [{ curve: other, run: i }];
    });
    const curves = same.length > 1;
    return [curves ? overlaid(same) : latencyCurve(curve), ...(curves ? [] : [serverCurve(curve)])].filter(
      (each) => each !== null,
    );
  });
}

/** @param {Curve} curve */
function titleOf({ load, axis, fixed }) {
  const rest = fixed.rate !== null ? `, ${amountText(fixed.rate)} msg/s` : '';
  const also = fixed.connections !== null ? `, ${amountText(fixed.connections)} connections` : '';
  return `${load} over ${axis}${rest}${also}`;
}

/** @param {{ x: readonly number[], axis: Curve['axis'] | 'subscribers' }} curve */
export function axisOf({ x, axis }) {
  const [low, high] = endsOf(x);
  const xLog = low > 0 && high / low >= 20;
  const room = xLog ? 1.12 : 0.04 * (high - low);
  return {
    xName: axis === 'rate' ? 'messages asked per second' : axis,
    xText: amountText,
    xExact: true,
    xLog,
    xRange: /** @type {[number, number]} */ (xLog ? [low / room, high * room] : [low - room, high + room]),
  };
}

/**
 * The lines with the points of valid cells only. Points of INVALID cells become separate marks: their values come from
 * the generator, so they must not set the scale.
 * @param {Pick<Curve, 'valid'>} curve
 * @param {readonly Line[]} lines
 * @returns {{ lines: Line[], most: number | undefined }}
 */
export function soundLines({ valid }, lines) {
  const keep = (/** @type {Line} */ { values }, /** @type {boolean} */ wanted) =>
    values.map((value, i) => (valid[i] === wanted ? value : null));
  const sound = lines.map((line) => ({ ...line, values: keep(line, true) }));
  const marks = lines
    .filter(({ dashed }) => !dashed)
    .map((line) => ({ ...line, label: `${line.label} INVALID`, values: keep(line, false), ...INVALID_MARK }))
    .filter(({ values }) => values.some((value) => value !== null));
  const onLeft = sound
    .filter(({ scale }) => scale !== 'y2')
    .flatMap(({ values }) => values.filter((value) => value !== null));
  return { lines: [...sound, ...marks], most: onLeft.length === 0 ? undefined : endsOf(onLeft)[1] };
}

const INVALID_MARK = { tone: /** @type {Tone} */ ('bad'), shape: /** @type {MarkShape} */ ('cross') };

/** Null where no reply is matched. @param {Curve} curve @returns {Node | null} */
function latencyCurve(curve) {
  const { p50Us, p99Us, serviceP50Us, serviceP99Us } = curve;
  if ([...p50Us, ...serviceP50Us].every((value) => value === null)) return null;
  const { lines, most } = soundLines(curve, [
    { label: 'p99', values: p99Us, tone: 'ink', text: latencyText },
    { label: 'p99 service', values: serviceP99Us, tone: 'ink', text: latencyText, dashed: true, alpha: 0.55 },
    { label: 'p50', values: p50Us, tone: 'accent', text: latencyText, width: 2 },
    { label: 'p50 service', values: serviceP50Us, tone: 'accent', text: latencyText, dashed: true, alpha: 0.6 },
  ]);
  return chart({
    ...{ title: `Latency: ${titleOf(curve)}`, unit: 'ms' },
    ...axisOf(curve),
    ...(most === undefined ? {} : { yMost: most }),
    tables: [{ x: curve.x, lines }],
    bands: [{ from: 'p50 service', to: 'p50', alpha: 0.12 }],
  });
}

/** @param {Curve} curve @returns {Node | null} */
function serverCurve(curve) {
  const { cpuPercent, rssBytes, clientCpuPercent } = curve;
  if (cpuPercent.every((value) => value === null)) return null;
  const { lines, most } = soundLines(curve, [
    { label: 'server CPU', values: cpuPercent, tone: 'accent', text: percentText, width: 2 },
    { label: 'generator CPU', values: clientCpuPercent, tone: 'faint', text: percentText, dashed: true },
    { label: 'server memory', values: rssBytes, tone: 'ink', text: memoryText, scale: 'y2' },
  ]);
  return chart({
    ...{ title: `Cost: ${titleOf(curve)}`, unit: '% of a core; memory at the right', unit2: 'MB' },
    ...axisOf(curve),
    ...(most === undefined ? {} : { yMost: most }),
    tables: [{ x: curve.x, lines }],
  });
}

/** Null where no reply is matched. @param {readonly { curve: Curve, run: number }[]} same @returns {Node | null} */
function overlaid(same) {
  if (same.every(({ curve }) => curve.p50Us.every((value) => value === null))) return null;
  const first = /** @type {Curve} */ (same[0]?.curve);
  const parts = same.map(({ curve, run }) => ({
    x: curve.x,
    ...soundLines(curve, [
      { label: `${runName(run)} p99`, values: curve.p99Us, tone: toneOf(run), text: latencyText, dashed: true },
      { label: `${runName(run)} p50`, values: curve.p50Us, tone: toneOf(run), text: latencyText, width: 2 },
    ]),
  }));
  const known = parts.flatMap(({ most }) => (most === undefined ? [] : [most]));
  return chart({
    ...{ title: `Latency: ${titleOf(first)}`, unit: 'ms' },
    ...axisOf(first),
    ...(known.length === 0 ? {} : { yMost: endsOf(known)[1] }),
    tables: parts,
  });
}

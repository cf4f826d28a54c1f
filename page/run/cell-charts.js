// The charts of one cell: over time, by percentile, and the load of the generator itself. All charts over time share
// one axis.

import { amountText, latencyText } from '../../src/text/number-text.ts';
import { chart, isWide } from '../shared/chart.js';
import { runName, TONES, toneOf } from '../shared/letters.js';
import { endsOf, memoryText, percentileText, percentText, secondsText } from '../shared/numbers.js';
import { fairnessCharts, fanoutCharts } from './fanout.js';

/** @import { PageCell } from '../../src/report/run/page-data.ts' */
/** @import { Line } from '../shared/chart.js' */
/** @import { Tone } from '../shared/theme.js' */

/** @typedef {{ cell: PageCell, run: number }} Picked One cell, and which of the runs on the page it is from. */

/** @param {readonly PageCell[]} cells */
export function timeAxis(cells) {
  const all = cells.flatMap(({ wall, latency }) => [...wall.atS, ...latency.atS]).filter((at) => at !== null);
  const warmupS = endsOf(cells.map((cell) => cell.warmupS))[1];
  const lastS = endsOf(cells.map((cell) => cell.durationS))[1];
  const [from, to] = endsOf([-warmupS, 1, lastS, ...all]);
  return {
    xName: 'time',
    xText: secondsText,
    xRange: /** @type {[number, number]} */ ([from, to]),
    warmup: /** @type {[number, number]} */ ([-warmupS, 0]),
    sync: 'time',
  };
}

/** @param {PageCell} cell @returns {Node[]} */
export function singleCharts(cell) {
  const axis = timeAxis([cell]);
  return [
    latencyChart(cell, axis),
    spectrumChart([{ cell, run: 0 }], false),
    requestsChart(cell),
    ...fanoutCharts(cell),
    ...fairnessCharts(cell),
    rateChart(cell, axis),
    deliverTimeChart(cell, axis),
    deliveriesChart(cell, axis),
    connectionsChart(cell, axis),
    latenessChart(cell, axis),
    cpuChart(cell, axis),
    ...serverCharts(cell, axis),
  ].filter((each) => each !== null);
}

/** @typedef {ReturnType<typeof timeAxis>} TimeAxis */

/** @param {PageCell} cell @param {TimeAxis} axis */
function latencyChart({ latency, headline }, axis) {
  if (latency.p50Us.every((value) => value === null)) return null;
  const { atS, p50Us, p90Us, p99Us, maxUs } = latency;
  return chart({
    ...{ title: 'Latency', unit: `ms, ${headline}` },
    ...axis,
    yLog: isWide([[...p50Us], [...maxUs]]),
    tables: [
      {
        x: atS,
        lines: [
          { label: 'max', values: maxUs, tone: 'faint', text: latencyText, dots: true },
          { label: 'p99', values: p99Us, tone: 'ink', text: latencyText },
          { label: 'p90', values: p90Us, tone: 'accent', text: latencyText, width: 1, alpha: 0.75 },
          { label: 'p50', values: p50Us, tone: 'accent', text: latencyText, width: 2.5 },
        ],
      },
    ],
    bands: [
      { from: 'p50', to: 'p90', alpha: 0.16 },
      { from: 'p90', to: 'p99', alpha: 0.07 },
    ],
  });
}

/** @param {readonly Picked[]} picked @param {boolean} named */
export function spectrumChart(picked, named) {
  const tables = picked.flatMap(({ cell, run }) =>
    cell.spectrum
      .filter(({ name }, _, all) => !named || name === all[0]?.name)
      .map(({ name, x, us }) => ({
        x,
        lines: [
          {
            label: named ? `${runName(run)} ${name}` : name,
            values: us,
            tone: named
              ? toneOf(run)
              : name === 'response' || cell.spectrum.length === 1
                ? /** @type {Tone} */ ('accent')
                : 'ink',
            text: latencyText,
            width: name === 'response' ? 2 : 1.5,
            dashed: name === 'service' && cell.spectrum.length > 1,
          },
        ],
      })),
  );
  if (tables.length === 0) return null;
  return chart({
    ...{ title: 'By percentile', unit: 'ms', xName: 'percentile', xText: percentileText, xLog: true },
    yLog: true,
    tables,
  });
}

/** Each request by itself, in tones and dashes that take turns. @param {PageCell} cell */
function requestsChart({ byRequest = [], headline }) {
  if (byRequest.length === 0) return null;
  const tables = byRequest.map(({ name, x, us }, i) => ({
    x,
    lines: [{ label: name, values: us, tone: toneOf(i), text: latencyText, width: 1.5, dashed: i >= TONES }],
  }));
  return chart({
    ...{ title: 'By request and percentile', unit: `ms, ${headline}`, xName: 'percentile', xText: percentileText },
    ...{ xLog: true, yLog: true },
    tables,
  });
}

/** @param {PageCell} cell @param {TimeAxis} axis */
function rateChart({ rate }, axis) {
  const sends = rate.planned.some((value) => value !== null && value > 0);
  const matched = rate.answered.some((value) => value !== null && value > 0);
  // What comes in to many says nothing of the rate at which messages were sent.
  const isSentToMany = !matched && rate.delivered !== undefined;
  const achieved = rate.done ?? (matched ? rate.answered : isSentToMany ? rate.sent : rate.received);
  const own = matched ? 'answered' : isSentToMany ? 'sent' : 'received';
  const label = rate.done === undefined ? own : 'answered, or sent without a reply';
  if (!sends && !achieved.some((value) => value !== null && value > 0)) return null;
  return chart({
    ...{ title: 'Rate', unit: 'msg/s' },
    ...axis,
    tables: [
      {
        x: rate.atS,
        lines: [
          ...(sends
            ? [
                {
                  label: 'asked',
                  values: rate.planned,
                  tone: /** @type {Tone} */ ('accent'),
                  text: amountText,
                  width: 6,
                  alpha: 0.22,
                },
              ]
            : []),
          { label, values: achieved, tone: 'accent', text: amountText, width: 1.5 },
        ],
      },
    ],
  });
}

/** By the second in which their messages were due. @param {PageCell} cell @param {TimeAxis} axis */
function deliverTimeChart({ rate: { atS, deliverP50Us = [], deliverP99Us = [] } }, axis) {
  if ([...deliverP50Us, ...deliverP99Us].every((value) => value === null)) return null;
  return chart({
    ...{ title: 'Deliver time', unit: 'ms, from when a message was due' },
    ...axis,
    tables: [
      {
        x: atS,
        lines: [
          { label: 'p99', values: deliverP99Us, tone: 'ink', text: latencyText },
          { label: 'p50', values: deliverP50Us, tone: 'accent', text: latencyText, width: 2.5 },
        ],
      },
    ],
  });
}

/** By the second in which their messages were due. @param {PageCell} cell @param {TimeAxis} axis */
function deliveriesChart({ rate: { atS, delivered } }, axis) {
  if (delivered === undefined) return null;
  const line = { label: 'delivered', values: delivered, tone: /** @type {Tone} */ ('accent'), text: amountText };
  return chart({
    ...{ title: 'Deliveries', unit: 'per second' },
    ...axis,
    tables: [{ x: atS, lines: [{ ...line, width: 1.5 }] }],
  });
}

/** @param {PageCell} cell @param {TimeAxis} axis */
function connectionsChart({ wall }, axis) {
  if (wall.atS.length === 0) return null;
  const troubled = wall.errors.some((value) => value !== null && value > 0);
  return chart({
    ...{ title: 'Connections', unit: troubled ? 'open; errors per second' : 'open' },
    ...axis,
    tables: [
      {
        x: wall.atS,
        lines: [
          { label: 'open', values: wall.open, tone: 'accent', text: amountText, width: 2 },
          ...(troubled
            ? [{ label: 'errors', values: wall.errors, tone: /** @type {Tone} */ ('bad'), text: amountText }]
            : []),
        ],
      },
    ],
  });
}

/** @param {readonly (number | null)[]} ms @returns {(number | null)[]} */
function asUs(ms) {
  return ms.map((value) => (value === null ? null : value * 1000));
}

/** High values here are the generator's fault, not the server's. @param {PageCell} cell @param {TimeAxis} axis */
function latenessChart({ lag, wall }, axis) {
  if (wall.atS.length === 0) return null;
  return chart({
    ...{ title: 'Generator: lateness and pauses', unit: 'ms' },
    ...axis,
    tables: [
      {
        x: lag.atS,
        lines: [
          { label: 'send lag p99', values: lag.p99Us, tone: 'ink', text: latencyText },
          { label: 'send lag p50', values: lag.p50Us, tone: 'accent', text: latencyText, width: 2 },
        ],
      },
      {
        x: wall.atS,
        lines: [
          {
            label: 'event loop stood still',
            values: asUs(wall.blockedMs),
            tone: 'warn',
            text: latencyText,
            dashed: true,
          },
          { label: 'GC pause', values: asUs(wall.gcPauseMs), tone: 'faint', text: latencyText },
        ],
      },
    ],
  });
}

/** @param {PageCell} cell @param {TimeAxis} axis */
function cpuChart({ wall, server }, axis) {
  if (wall.atS.length === 0) return null;
  const machine = server.machineCpuPercent;
  return chart({
    ...{ title: 'Generator: CPU', unit: '% of a core' },
    ...axis,
    tables: [
      {
        x: wall.atS,
        lines: [
          { label: 'all workers', values: wall.cpuPercent, tone: 'accent', text: percentText, width: 2 },
          { label: 'busiest event loop', values: wall.busyPercent, tone: 'ink', text: percentText, dashed: true },
        ],
      },
      ...(machine.every((value) => value === null)
        ? []
        : [
            {
              x: server.atS,
              lines: [
                { label: 'whole machine', values: machine, tone: /** @type {Tone} */ ('faint'), text: percentText },
              ],
            },
          ]),
    ],
  });
}

/** @param {PageCell} cell @param {TimeAxis} axis @returns {Node[]} */
function serverCharts({ server: { atS, cpuPercent, rssBytes } }, axis) {
  if (cpuPercent.every((value) => value === null)) return [];
  const one = (/** @type {string} */ title, /** @type {string} */ unit, /** @type {Line} */ line) =>
    chart({ title, unit, ...axis, tables: [{ x: atS, lines: [line] }] });
  return [
    one('Server: CPU', '% of a core', {
      label: 'CPU',
      values: cpuPercent,
      tone: 'accent',
      text: percentText,
      width: 2,
    }),
    one('Server: memory', 'MB resident', {
      label: 'memory',
      values: rssBytes,
      tone: 'accent',
      text: memoryText,
      width: 2,
    }),
  ];
}

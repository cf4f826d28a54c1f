// The charts of one cell in several runs, laid over each other.

import { amountText, latencyText } from '../../src/text/number-text.ts';
import { chart, isWide } from '../shared/chart.js';
import { runName, toneOf } from '../shared/letters.js';
import { percentText } from '../shared/numbers.js';
import { spectrumChart, timeAxis } from './cell-charts.js';

/** @import { PageCell } from '../../src/report/run/page-data.ts' */
/** @import { Line } from '../shared/chart.js' */
/** @import { Picked } from './cell-charts.js' */

/** @typedef {Pick<Line, 'values' | 'text'> & Partial<Line>} OwnLine `label` without the letter of its run. */

/** @param {readonly Picked[]} picked @returns {Node[]} */
export function overlaidCharts(picked) {
  const axis = timeAxis(picked.map(({ cell }) => cell));
  const wide = picked.some(({ cell }) => isWide([[...cell.latency.p50Us], [...cell.latency.p99Us]]));
  /**
   * @param {string} title
   * @param {string} unit
   * @param {(cell: PageCell) => { atS: readonly (number | null)[], lines: readonly OwnLine[] }} table
   * @param {boolean} yLog
   */
  const over = (title, unit, table, yLog = false) => {
    const tables = picked.map(({ cell, run }) => {
      const { atS, lines } = table(cell);
      return { x: atS, lines: lines.map((line) => ofRun(run, line)) };
    });
    return chart({ title, unit, ...axis, yLog, tables });
  };
  const noServer = picked.every(({ cell }) => cell.server.cpuPercent.every((value) => value === null));
  return [
    picked.every(({ cell }) => cell.delivers)
      ? over('Deliver time', 'ms, from when a message was due', deliverLines)
      : over('Latency', 'ms', latencyLines, wide),
    spectrumChart(picked, true),
    picked.every(({ cell }) => cell.delivers)
      ? over('Deliveries', 'per second', ({ rate: { atS, delivered = [] } }) => ({
          atS,
          lines: [{ label: 'delivered', values: delivered, text: amountText }],
        }))
      : over('Rate', 'msg/s answered', ({ rate: { atS, answered } }) => ({
          atS,
          lines: [{ label: 'answered', values: answered, text: amountText }],
        })),
    over('Connections', 'open', ({ wall: { atS, open } }) => ({
      atS,
      lines: [{ label: 'open', values: open, text: amountText }],
    })),
    over('Generator: send lag p99', 'ms', ({ lag: { atS, p99Us } }) => ({
      atS,
      lines: [{ label: 'p99', values: p99Us, text: latencyText }],
    })),
    over('Generator: CPU', '% of a core', ({ wall: { atS, cpuPercent } }) => ({
      atS,
      lines: [{ label: 'all workers', values: cpuPercent, text: percentText }],
    })),
    noServer
      ? null
      : over('Server: CPU', '% of a core', ({ server: { atS, cpuPercent } }) => ({
          atS,
          lines: [{ label: 'CPU', values: cpuPercent, text: percentText }],
        })),
  ].filter((each) => each !== null);
}

/** @param {PageCell} cell */
function latencyLines({ latency: { atS, p50Us, p99Us } }) {
  return {
    atS,
    lines: [
      { label: 'p99', values: p99Us, text: latencyText, dashed: true },
      { label: 'p50', values: p50Us, text: latencyText, width: 2 },
    ],
  };
}

/** @param {PageCell} cell */
function deliverLines({ rate: { atS, deliverP50Us = [], deliverP99Us = [] } }) {
  return {
    atS,
    lines: [
      { label: 'p99', values: deliverP99Us, text: latencyText, dashed: true },
      { label: 'p50', values: deliverP50Us, text: latencyText, width: 2 },
    ],
  };
}

/** @param {number} run @param {OwnLine} line @returns {Line} */
function ofRun(run, line) {
  return { ...line, label: `${runName(run)} ${line.label}`, tone: toneOf(run) };
}

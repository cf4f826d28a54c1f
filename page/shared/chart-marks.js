// What a chart has besides its lines: shaded time, upright lines, and marks that differ by shape, not only by colour.

import { colorOf } from './theme.js';

/** @import uPlot from 'uplot' */
/** @import { Line } from './chart.js' */

/** @param {readonly [number, number]} warmup @returns {(drawn: uPlot) => void} */
export function shade([from, to]) {
  return (drawn) => {
    const { ctx, bbox } = drawn;
    const inside = (/** @type {number} */ at) =>
      Math.min(bbox.left + bbox.width, Math.max(bbox.left, drawn.valToPos(at, 'x', true)));
    const [left, right] = [inside(from), inside(to)];
    if (right <= left) return;
    ctx.save();
    ctx.fillStyle = colorOf('line', 0.55);
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.fillStyle = colorOf('soft');
    ctx.font = `${10 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = 'right';
    ctx.textBaseline = 'top';
    const fits = ctx.measureText(WARMUP).width + 8 * devicePixelRatio < right - bbox.left;
    if (fits) ctx.fillText(WARMUP, right - 5 * devicePixelRatio, bbox.top + 5 * devicePixelRatio);
    ctx.restore();
  };
}

const WARMUP = 'warm-up';

/** @typedef {'cross' | 'triangle'} MarkShape */

/** Half of the size of a mark, CSS pixels. */
const MARK = 4;

/** @param {readonly Line[]} lines @returns {(drawn: uPlot) => void} */
export function drawShapes(lines) {
  return (drawn) => {
    for (const [i, { shape, tone, scale }] of lines.entries()) {
      if (shape === undefined) continue;
      const path = new Path2D();
      for (const [at, value] of (drawn.data[i + 1] ?? []).entries()) {
        const x = drawn.data[0][at];
        if (value === null || value === undefined || x === undefined) continue;
        const y = drawn.valToPos(value, scale ?? 'y', true);
        // A mark beyond the scale is drawn at the upper edge.
        addShape(path, shape, drawn.valToPos(x, 'x', true), Math.max(y, drawn.bbox.top + MARK * devicePixelRatio));
      }
      const { ctx } = drawn;
      ctx.save();
      ctx.strokeStyle = colorOf(tone);
      ctx.lineWidth = 2 * devicePixelRatio;
      ctx.stroke(path);
      ctx.restore();
    }
  };
}

/** @param {Path2D} path @param {MarkShape} shape @param {number} x @param {number} y */
function addShape(path, shape, x, y) {
  const size = MARK * devicePixelRatio;
  if (shape === 'cross') {
    path.moveTo(x - size, y - size);
    path.lineTo(x + size, y + size);
    path.moveTo(x - size, y + size);
    path.lineTo(x + size, y - size);
    return;
  }
  path.moveTo(x, y - size);
  path.lineTo(x + size, y + size);
  path.lineTo(x - size, y + size);
  path.closePath();
}

/**
 * Upright lines with a text at the top.
 * @param {readonly { at: number, text: string }[]} markers
 * @returns {(drawn: uPlot) => void}
 */
export function drawMarkers(markers) {
  return (drawn) => {
    const { ctx, bbox } = drawn;
    for (const { at, text } of markers) {
      const x = drawn.valToPos(at, 'x', true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.save();
      ctx.strokeStyle = colorOf('accent', 0.7);
      ctx.lineWidth = devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.fillStyle = colorOf('accent');
      ctx.font = `600 ${10.5 * devicePixelRatio}px system-ui, sans-serif`;
      ctx.textBaseline = 'top';
      const gap = 4 * devicePixelRatio;
      const fits = x - gap - ctx.measureText(text).width > bbox.left;
      ctx.textAlign = fits ? 'right' : 'left';
      ctx.fillText(text, fits ? x - gap : x + gap, bbox.top + gap);
      ctx.restore();
    }
  };
}

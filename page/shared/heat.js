// Cells of a heat map: the darker, the slower.

import { el } from './dom.js';
import { endsOf } from './numbers.js';

/**
 * Returns a function that says how dark a value is: 0 for the least of all values, 1 for the greatest, on a logarithmic
 * scale.
 * @param {readonly (number | null)[]} values
 */
export function heatScale(values) {
  const logs = values.flatMap((value) => (value !== null && value > 0 ? [Math.log(value)] : []));
  const [low, high] = endsOf(logs);
  return (/** @type {number | null} */ value) => {
    if (value === null || value <= 0) return null;
    return high > low ? (Math.log(value) - low) / (high - low) : 0;
  };
}

/**
 * @param {string} text
 * @param {string} kind A class of the style sheet.
 * @param {string} title
 * @param {number | null} heat 0 to 1; null if nothing was measured.
 */
export function heatBox(text, kind, title, heat) {
  const box = el('span', { class: `heat ${kind}`, title }, text);
  if (heat !== null) box.style.setProperty('--heat', `${Math.round(8 + heat * 40)}%`);
  return box;
}

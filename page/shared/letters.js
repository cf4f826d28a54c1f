// How several runs on one page are told apart: each has a letter and a colour.

import { el } from './dom.js';

/** @import { Tone } from './theme.js' */

/** A line that says which run a letter stands for. @param {string} letter @param {string} id */
export function letterLine(letter, id) {
  return el('p', { class: `letter run-${letter}` }, letter, el('span', {}, id));
}

/** The first run has the accent colour. @type {readonly Tone[]} */
const RUN_TONES = ['accent', 'ink', 'warn', 'faint'];

/** So many lines differ by their tone alone. */
export const TONES = RUN_TONES.length;

/** The letter of a run, by the order in which the runs were given. @param {number} run */
export function runName(run) {
  return String.fromCharCode(65 + (run % 26));
}

/** @param {number} run @returns {Tone} */
export function toneOf(run) {
  return RUN_TONES[run % RUN_TONES.length] ?? 'ink';
}

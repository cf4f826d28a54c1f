// Numbers of charts as text, and the ends of many numbers. How many figures a number has is settled in src/text, for
// the tables of every report and for the charts alike.

import { cpuText, megabytesText } from '../../src/text/number-text.ts';

/**
 * The least and the greatest of some numbers, however many: Math.min(...values) throws at about a hundred thousand.
 * @param {readonly number[]} values
 * @returns {[number, number]} Infinity and -Infinity for none.
 */
export function endsOf(values) {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return [least, greatest];
}

/**
 * A share of one core, which can be above 100 %: `3.4 %`, `160 %`. It comes in percent, not as a share as for
 * `formatPercent`.
 * @param {number} percent
 */
export function percentText(percent) {
  return `${cpuText(percent)} %`;
}

/** @param {number} bytes */
export function memoryText(bytes) {
  return `${megabytesText(bytes)} MB`;
}

/**
 * 1 / (1 - q) as a percentile: 10 is `90 %`, 1000 is `99.9 %`.
 * @param {number} distance
 */
export function percentileText(distance) {
  const percent = (1 - 1 / distance) * 100;
  const digits = Math.max(0, Math.ceil(Math.log10(distance)) - 2);
  return `${Number(percent.toFixed(digits + (distance % 10 === 0 || distance === 1 ? 0 : 2)))} %`;
}

/**
 * The text of a tick, without the zeros that only a column of figures needs: `4.00` as `4`, `2.50 %` as `2.5 %`.
 * @param {string} text
 */
export function trimmed(text) {
  return text.replace(/(\.\d*?)0+(?=\D|$)/, '$1').replace(/\.(?=\D|$)/, '');
}

/**
 * A place on the axis of time. It stays in seconds however long the run was, so that all ticks have one unit.
 * @param {number} seconds
 */
export function secondsText(seconds) {
  return `${Number(seconds.toFixed(1))} s`;
}

/**
 * `2026-11-24T18:17:17.000Z` as `24 Nov 2026, 18:17 UTC`.
 * @param {string} iso
 */
export function dayText(iso) {
  const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+)T(\d+:\d+)/.exec(iso) ?? [];
  const name = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')[Number(month) - 1];
  return name === undefined ? iso : `${Number(day)} ${name} ${year}, ${time} UTC`;
}

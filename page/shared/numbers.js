// Numbers as text, in step with the tables of the other reports, and the ends of many.

/**
 * The least and the greatest of some numbers, however many: a call with as many arguments would throw.
 * @param {readonly number[]} values
 * @returns {[number, number]} Infinity and -Infinity for none.
 */
function endsOf(values) {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return [least, greatest];
}

/**
 * Microseconds as milliseconds with about three figures: `0.24`, `12.3`, `1250`.
 * @param {number | null | undefined} us
 */
function msText(us) {
  if (us === null || us === undefined || !Number.isFinite(us)) return 'n/a';
  const ms = us / 1000;
  if (ms === 0) return '0';
  if (ms < 0.095) return ms.toFixed(3);
  if (ms < 9.95) return ms.toFixed(2);
  return ms.toFixed(ms < 99.5 ? 1 : 0);
}

/** @param {number | null | undefined} value */
function countText(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return 'n/a';
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : 1;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** @param {number | null | undefined} value */
function percentText(value) {
  return value === null || value === undefined ? 'n/a' : `${value.toFixed(value < 9.95 ? 1 : 0)} %`;
}

/** @param {number | null | undefined} bytes */
function megabytesText(bytes) {
  return bytes === null || bytes === undefined ? 'n/a' : `${(bytes / 1e6).toFixed(bytes < 9.95e6 ? 1 : 0)} MB`;
}

/**
 * 1 / (1 - q) as a percentile: 10 is `90 %`, 1000 is `99.9 %`.
 * @param {number} distance
 */
function percentileText(distance) {
  const percent = (1 - 1 / distance) * 100;
  const digits = Math.max(0, Math.ceil(Math.log10(distance)) - 2);
  return `${Number(percent.toFixed(digits + (distance % 10 === 0 || distance === 1 ? 0 : 2)))} %`;
}

/** @param {number} seconds */
function secondsText(seconds) {
  return `${Number(seconds.toFixed(1))} s`;
}

/**
 * `2026-11-24T18:17:17.000Z` as `24 Nov 2026, 18:17 UTC`.
 * @param {string} iso
 */
function dayText(iso) {
  const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+)T(\d+:\d+)/.exec(iso) ?? [];
  const name = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')[Number(month) - 1];
  return name === undefined ? iso : `${Number(day)} ${name} ${year}, ${time} UTC`;
}

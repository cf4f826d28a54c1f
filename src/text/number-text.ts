/**
 * Numbers as short text of a known largest width, for table cells whose header names the unit. A value too large for
 * that unit carries its own (`12.3s`). A value that is no finite number is `n/a`: no cell ever shows NaN.
 */
import { formatCount, formatMs } from '../units.js';

export const NOT_AVAILABLE = 'n/a';

/** Microseconds as milliseconds, at most 5 characters: `0.24`, `1250`, from 10 s on `12.3s`. */
export function latencyText(us: number | null): string {
  if (!isNumber(us)) return NOT_AVAILABLE;
  if (us < 9_999_500) return formatMs(us);
  const seconds = us / 1e6;
  return seconds < 99.95 ? `${seconds.toFixed(1)}s` : `${seconds.toFixed(0)}s`;
}

/** As `latencyText`, at most 4 characters, for brackets and bounds: `0.24`, `12s`, `600s`, `60m` (minutes). */
export function shortLatencyText(us: number | null): string {
  if (!isNumber(us)) return NOT_AVAILABLE;
  if (us < 95) return (us / 1000).toFixed(2);
  if (us < 9_999_500) return formatMs(us);
  const seconds = us / 1e6;
  return seconds < 999.5 ? `${seconds.toFixed(0)}s` : `${(seconds / 60).toFixed(0)}m`;
}

/** A count of at most 5 characters: `99999`, `123k`, `1.5M`. */
export function countText(value: number | null): string {
  if (!isNumber(value)) return NOT_AVAILABLE;
  if (value < 99_999.5) return value.toFixed(0);
  if (value < 999_500) return `${(value / 1000).toFixed(0)}k`;
  if (value < 99_950_000) return `${(value / 1e6).toFixed(1)}M`;
  if (value < 999_500_000) return `${(value / 1e6).toFixed(0)}M`;
  return value < 9_999_500_000_000 ? `${(value / 1e9).toFixed(0)}G` : '>10T';
}

/** Per second, at most 5 characters: `99.9`, `1000`, `12345`, `123k`. */
export function rateText(perSecond: number | null): string {
  if (!isNumber(perSecond)) return NOT_AVAILABLE;
  if (perSecond < 0.0005) return '0';
  if (perSecond < 0.995) return perSecond.toFixed(2);
  return perSecond < 999.95 ? perSecond.toFixed(1) : countText(perSecond);
}

/** A rate that is a lower bound, at most 6 characters, never more than it is: `>=4200`, `>=12k`. */
export function atLeastRateText(perSecond: number): string {
  if (!isNumber(perSecond)) return NOT_AVAILABLE;
  const floor = (value: number, unit: string) => `>=${Math.floor(value)}${unit}`;
  if (perSecond < 10_000) return floor(perSecond, '');
  if (perSecond < 1e6) return floor(perSecond / 1000, 'k');
  return perSecond < 1e9 ? floor(perSecond / 1e6, 'M') : floor(Math.min(999, perSecond / 1e9), 'G');
}

/** Microseconds that may be negative as milliseconds, at most 6 characters: `+0.24`, `-1.25`, `0`. */
export function differenceText(us: number | null): string {
  if (!isNumber(us)) return NOT_AVAILABLE;
  return signed(us, latencyText(Math.abs(us)));
}

/** Growth per second, at most 6 characters: `+312`, `-0.50`, `0`. */
export function growthText(perSecond: number | null): string {
  if (!isNumber(perSecond)) return NOT_AVAILABLE;
  return signed(perSecond, rateText(Math.abs(perSecond)));
}

function signed(value: number, size: string): string {
  if (Number(size) === 0) return '0';
  return `${value < 0 ? '-' : '+'}${size}`;
}

/** A rate as it was asked for, at most 5 characters: `100`, `0.5`, `1000`. */
export function askedText(perSecond: number | null): string {
  return perSecond !== null && Number.isInteger(perSecond) ? countText(perSecond) : rateText(perSecond);
}

/** An amount where there is room: whole numbers in full, others with about three figures: `12,345`, `12.3`, `0.25`. */
export function amountText(value: number): string {
  if (Number.isInteger(value)) return formatCount(value);
  const size = Math.abs(value);
  if (size < 10) return String(Number(value.toFixed(2)));
  return size < 100 ? value.toFixed(1) : formatCount(value);
}

/** A ratio as a change in percent, at most 8 characters: `+3.2 %`, `-45 %`, `x12`. `digits`: decimals below 10 %. */
export function ratioText(ratio: number, digits: 1 | 2 = 1): string {
  if (ratio >= 9.995) return `x${ratio < 9999.5 ? ratio.toFixed(0) : '>9999'}`;
  const percent = (ratio - 1) * 100;
  const size = Math.abs(percent);
  const text = size.toFixed(size < 9.995 ? digits : size < 99.95 ? 1 : 0);
  return `${Number(text) === 0 ? '' : percent < 0 ? '-' : '+'}${text} %`;
}

/** Percent of one core, at most 4 characters: `3.4`, `98`, `1600`. */
export function cpuText(percent: number | null): string {
  if (!isNumber(percent)) return NOT_AVAILABLE;
  if (percent < 9.95) return percent.toFixed(1);
  return percent < 9999.5 ? percent.toFixed(0) : `${Math.min(999, percent / 1000).toFixed(0)}k`;
}

/**
 * A share of what should have arrived in percent, at most 6 characters: `100`, `99.995`, `97.3`, `0`. Rounded down, so
 * that only the whole is 100.
 */
export function reachText(share: number | null): string {
  if (!isNumber(share)) return NOT_AVAILABLE;
  if (share >= 1) return '100';
  const percent = Math.min(99.999, Math.max(0, share * 100));
  const digits = percent >= 99 ? 3 : percent >= 10 ? 1 : 2;
  // The product of a share like 0.99995 with 100 may lie a hair below the true one.
  return String(Math.floor(percent * 10 ** digits + 1e-6) / 10 ** digits);
}

/** Bytes as megabytes, at most 6 characters: `9.6`, `81`, `1250`. */
export function megabytesText(bytes: number | null): string {
  if (!isNumber(bytes)) return NOT_AVAILABLE;
  const megabytes = bytes / 1e6;
  return megabytes < 9.95 ? megabytes.toFixed(1) : megabytes.toFixed(0);
}

function isNumber(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}

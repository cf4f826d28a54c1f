/**
 * Units as people write and read them. Parsing returns the base unit (milliseconds, bytes, per second) or null where
 * the text is none; formatting always prints the unit.
 */

const DURATION_MS: Readonly<Record<string, number>> = { us: 0.001, µs: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};
const MAGNITUDE: Readonly<Record<string, number>> = { k: 1000, m: 1_000_000 };

/** `30s`, `500ms`, `1m30s`, `2h`: milliseconds. A bare number is none: a duration names its unit. */
export function parseDurationMs(text: string): number | null {
  const trimmed = text.trim();
  if (!/^(\d+(\.\d+)?(us|µs|ms|s|m|h))+$/.test(trimmed)) return null;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * DURATION_MS[unit!]!;
  }
  return total;
}

/** `64`, `10KB`, `1MiB`: bytes. Decimal and binary prefixes mean what they say. */
export function parseBytes(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?i?b)?$/i.exec(text.trim());
  if (!match) return null;
  const unit = match[2] === undefined ? 1 : BYTES[match[2].toLowerCase()];
  return unit === undefined ? null : Number(match[1]) * unit;
}

/** `500`, `500/s`, `5k/s`, `0.5/s`, `30/m`: per second. */
export function parseRatePerSecond(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([km])?(?:\/(s|m|h))?$/i.exec(text.trim());
  if (!match) return null;
  const magnitude = match[2] === undefined ? 1 : MAGNITUDE[match[2].toLowerCase()]!;
  const seconds = match[3] === undefined ? 1 : DURATION_MS[match[3].toLowerCase()]! / 1000;
  return (Number(match[1]) * magnitude) / seconds;
}

/** `100`, `5k`, `1.5k`: a count. */
export function parseCount(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([km])?$/i.exec(text.trim());
  if (!match) return null;
  return Number(match[1]) * (match[2] === undefined ? 1 : MAGNITUDE[match[2].toLowerCase()]!);
}

/** Milliseconds as a short duration: `850 ms`, `12.5 s`, `2 min 15 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Number(ms.toFixed(ms < 10 ? 1 : 0))} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Bytes with a decimal prefix: `640 B`, `9.6 KB`, `81 MB`. */
export function formatBytes(bytes: number): string {
  const sign = bytes < 0 ? '-' : '';
  let value = Math.abs(bytes);
  let unit = 'B';
  for (const next of ['KB', 'MB', 'GB', 'TB']) {
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return `${sign}${unit === 'B' || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${unit}`;
}

/** A share in percent with at most `figures` figures: `5 %`, `2.5 %`, `0.012 %`. */
export function formatPercent(share: number, figures = 3): string {
  return `${Number((share * 100).toPrecision(figures))} %`;
}

/** A count with thousands separators: `10,000`. */
export function formatCount(value: number): string {
  const whole = Math.round(value);
  // By hand: to load the number formats of a language takes as long as the whole report of a small run.
  return Number.isSafeInteger(whole) ? String(whole).replace(/\B(?=(?:\d{3})+$)/g, ',') : whole.toLocaleString('en-US');
}

/** Microseconds as milliseconds with about three figures, without the unit: `0.24`, `12.3`, `1250`. */
export function formatMs(us: number): string {
  const ms = us / 1000;
  if (ms < 0.095) return ms.toFixed(3);
  if (ms < 9.95) return ms.toFixed(2);
  if (ms < 99.5) return ms.toFixed(1);
  return ms.toFixed(0);
}

/** `1 message`, `1,000 messages`, `0 replies`. */
export function formatCounted(count: number, noun: string): string {
  const many = noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${formatCount(count)} ${count === 1 ? noun : many}`;
}

/** At most three names, and how many more: `a1, a2, a3 and 5 more`. */
export function fewNames(names: readonly string[]): string {
  const more = names.length - 3;
  return more > 0 ? `${names.slice(0, 3).join(', ')} and ${more} more` : names.join(', ');
}

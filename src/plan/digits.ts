/**
 * Whole numbers of up to ten ASCII digits at a fixed place and width. Done in two halves of five digits, which keeps
 * all arithmetic within 32 bits: these run once or twice for every message.
 */
const HALF_DIGITS = 5;
const HALF = 100_000;
const ZERO = 48;

/** Writes a number, padded with zeros to `width`. */
export function writeDigits(target: Buffer, value: number, at: number, width: number): void {
  const high = Math.floor(value / HALF);
  const highWidth = Math.max(0, width - HALF_DIGITS);
  writeHalf(target, value - high * HALF, at + highWidth, width - highWidth);
  writeHalf(target, high, at, highWidth);
}

/** Reads `width` digits at `at`; -1 if one of them is no digit, or if fewer than `width` stand before `end`. */
export function readDigits(source: Buffer, at: number, width: number, end: number): number {
  if (at < 0 || at + width > end) return -1;
  const highWidth = Math.max(0, width - HALF_DIGITS);
  const high = readHalf(source, at, highWidth);
  const low = readHalf(source, at + highWidth, width - highWidth);
  return high < 0 || low < 0 ? -1 : high * HALF + low;
}

function writeHalf(target: Buffer, value: number, at: number, width: number): void {
  let rest = value;
  for (let i = at + width - 1; i >= at; i--) {
    const next = (rest / 10) | 0;
    target[i] = ZERO + rest - next * 10;
    rest = next;
  }
}

function readHalf(source: Buffer, at: number, width: number): number {
  let value = 0;
  for (let i = at; i < at + width; i++) {
    const digit = source[i]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * Whole numbers of up to ten ASCII digits at a fixed place and width. Done in two halves of five digits, which keeps all
 * arithmetic within 32 bits: these run once or twice for every message.
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

/** Reads the ten digits at `at`; -1 where one of them is no digit, or they are not all there. */
export function readTenDigits(source: Buffer, at: number, end: number): number {
  if (at < 0 || at + 2 * HALF_DIGITS > end) return -1;
  const high = readHalf(source, at);
  const low = readHalf(source, at + HALF_DIGITS);
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

function readHalf(source: Buffer, at: number): number {
  let value = 0;
  for (let i = at; i < at + HALF_DIGITS; i++) {
    const digit = source[i]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

import {
  formatBytes,
  formatCount,
  formatDuration,
  parseBytes,
  parseCount,
  parseDurationMs,
  parseRatePerSecond,
} from '../units.js';
import { ACCURACY_HINT, accuracyProblem, parseAccuracy } from './accuracy.js';
import { suggest } from './did-you-mean.js';
import type { Accuracy, JsonValue } from './profile.js';

/**
 * The scalar values of a profile. Each kind reads what people write (`30s`, `5k`, `1MiB`, `100/s`) into its base unit.
 * Its error text follows the value. Nothing here loads the schema, so that a flag can be checked alone.
 */

/** `wrongType`: the value is of another type, so another form of the key may be meant. */
export interface Refusal {
  readonly refused: string;
  readonly hint?: string;
  readonly wrongType?: boolean;
}

type Reading<T> = { readonly value: T } | Refusal;

/** One kind of value, `T` once read. `json`: the JSON Schema for editors. */
export interface Scalar<T, Written = unknown> {
  readonly json: Readonly<Record<string, unknown>>;
  read(value: unknown): Reading<T>;
  /** Never there. It carries the type of what users write, for the library's types of profiles. */
  readonly written?: Written;
}

function scalar<T, Written>(json: Record<string, unknown>, read: (value: unknown) => Reading<T>): Scalar<T, Written> {
  return { json, read };
}

function bounded(value: number, min: number, max: number, format: (value: number) => string): Reading<number> {
  if (value >= min && value <= max) return { value };
  return { refused: 'is out of range', hint: `from ${format(min)} to ${format(max)}` };
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** The description of a value with its bounds, for editors and docs/reference/profile.md. */
function withBounds(description: string, { min, max }: Bounds, format: (value: number) => string): string {
  return `${description} From ${format(min)} to ${format(max)}.`;
}

/** Milliseconds from `30s`, `500ms`, `1m30s`. */
export function duration(text: string, { min, max }: Bounds) {
  const description = withBounds(text, { min, max }, formatDuration);
  const json = { description, type: 'string', pattern: '^\\s*(\\d+(\\.\\d+)?(us|µs|ms|s|m|h))+\\s*$|\\$\\{' };
  return scalar<number, string>(json, (value) => {
    if (typeof value === 'number' || (typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value))) {
      const amount = String(value).trim();
      return { refused: 'has no unit', hint: `write ${amount}s or ${amount}ms` };
    }
    if (typeof value !== 'string') return { refused: 'is not a duration', hint: DURATION_HINT, wrongType: true };
    const ms = parseDurationMs(value);
    if (ms === null) return { refused: 'is not a duration', hint: DURATION_HINT };
    return bounded(ms, min, max, formatDuration);
  });
}
/** A duration, or the word `off`. */
export function durationOrOff(text: string, bounds: Bounds) {
  const { json, read } = duration(text, bounds);
  return scalar<number | 'off', string>({ ...json, pattern: `^off$|${String(json['pattern'])}` }, (value) => {
    if (value === 'off') return { value };
    const reading = read(value);
    return 'value' in reading ? reading : { ...reading, hint: `${reading.hint ?? DURATION_HINT}, or off` };
  });
}
const DURATION_HINT = 'write it like 30s, 500ms or 1m30s';

function numeric(
  json: Record<string, unknown>,
  noun: string,
  hint: string,
  parse: (text: string) => number | null,
  bounds: (value: number) => Reading<number>,
) {
  return scalar<number, string | number>({ type: ['string', 'number'], ...json }, (value) => {
    const wrongType = typeof value !== 'string' && typeof value !== 'number';
    const number =
      typeof value === 'string' ? (parse(value) ?? plainNumber(value)) : typeof value === 'number' ? value : Number.NaN;
    if (Number.isNaN(number)) return { refused: `is not ${noun}`, hint, wrongType };
    return bounds(number);
  });
}

/** A number in another notation (`1e9`, `-5`): it is usually out of range, rather than not a number. */
function plainNumber(text: string): number {
  return /^\s*-?\d+(\.\d+)?(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : Number.NaN;
}

/** Per second, from `500/s`, `5k/s`, `30/m` or a bare number. */
export function rate(text: string, { min, max }: Bounds) {
  const format = (bound: number) => `${bound > 0 && bound < 1 ? bound : formatCount(bound)}/s`;
  const description = withBounds(text, { min, max }, format);
  return numeric({ description }, 'a rate', 'write it like 500/s, 5k/s or 30/m', parseRatePerSecond, (value) =>
    bounded(value, min, max, format),
  );
}

function wholeWithin({ min, max }: Bounds): (value: number) => Reading<number> {
  return (value) => {
    const reading = bounded(value, min, max, formatCount);
    return 'value' in reading && !Number.isInteger(value) ? { refused: 'is not a whole number' } : reading;
  };
}

/** A whole number, from `100` or `5k`. */
export function count(text: string, bounds: Bounds) {
  const description = withBounds(text, bounds, formatCount);
  return numeric({ description }, 'a number', 'write it like 100 or 5k', parseCount, wholeWithin(bounds));
}

/** A weight: any number above zero. */
export function weight(description: string) {
  return numeric({ description }, 'a weight', 'write a number above 0', parseCount, (value) =>
    value > 0 && value <= 1e9 ? { value } : { refused: 'is out of range', hint: 'above 0, at most 1,000,000,000' },
  );
}

/** A share above 0, from `50%` or `0.5`: 0 < share <= 1. */
export function share(description: string) {
  return numeric({ description }, 'a share', 'write it like 50% or 0.5', parseShare, (value) =>
    value > 0 && value <= 1 ? { value } : { refused: 'is out of range', hint: 'above 0 %, at most 100 %' },
  );
}

function parseShare(text: string): number | null {
  const match = /^(-?\d+(?:\.\d+)?)\s*%$/.exec(text.trim());
  return match === null ? null : Number(match[1]) / 100;
}

/** A whole number or the word `auto`. */
export function countOrAuto(text: string, bounds: Bounds) {
  const description = withBounds(text, bounds, formatCount);
  const within = wholeWithin(bounds);
  const hint = 'write a whole number or auto';
  return scalar<number | 'auto', string | number>({ description, type: ['string', 'number'] }, (value) => {
    if (value === 'auto') return { value };
    const number = typeof value === 'string' ? (parseCount(value) ?? plainNumber(value)) : value;
    if (typeof number !== 'number' || Number.isNaN(number)) return { refused: 'is not a number', hint };
    return within(number);
  });
}

/** `10% or 0.5ms`, or one of the two alone. */
export function accuracy(description: string) {
  return scalar<Accuracy, string>({ description, type: 'string' }, (value) => {
    if (typeof value === 'number') return { refused: 'has no unit', hint: ACCURACY_HINT };
    if (typeof value !== 'string') return { refused: 'is not an accuracy', hint: ACCURACY_HINT, wrongType: true };
    const read = parseAccuracy(value);
    if (read === null) return { refused: 'is not an accuracy', hint: ACCURACY_HINT };
    const problem = accuracyProblem(read);
    return problem === null ? { value: read } : { refused: problem, hint: ACCURACY_HINT };
  });
}

/** Bytes, from `64`, `10KB`, `1MiB`. */
export function bytes(text: string, { min, max }: Bounds) {
  const format = (bound: number) => (bound === 1_048_576 ? '1 MiB' : formatBytes(bound));
  const description = withBounds(text, { min, max }, format);
  return numeric({ description }, 'a size', 'write it like 64, 10KB or 1MiB', parseBytes, (value) => {
    const reading = bounded(value, min, max, format);
    return 'value' in reading && !Number.isInteger(value) ? { refused: 'is not a whole number of bytes' } : reading;
  });
}

export function choice<const T extends string>(description: string, values: readonly T[]) {
  return scalar<T, T>({ description, enum: values }, (value) => {
    const known = values.find((candidate) => candidate === value);
    if (known !== undefined) return { value: known };
    const typed = typeof value === 'string' ? value : '';
    const hint = typed === '' ? {} : { hint: suggest(typed, values) };
    return { refused: `is not one of ${values.join(', ')}`, ...hint, wrongType: typeof value !== 'string' };
  });
}

export function flag(description: string) {
  return scalar<boolean, boolean>({ description, type: 'boolean' }, (value) =>
    typeof value === 'boolean' ? { value } : { refused: 'is not true or false', hint: 'without quotes' },
  );
}

export interface TextRules {
  readonly max?: number;
  readonly pattern?: RegExp;
  /** Describes the pattern for people. */
  readonly wants?: string;
}

/** Text that is not empty. */
export function text(description: string, { max = 4096, pattern, wants }: TextRules = {}) {
  const json = { description, type: 'string', minLength: 1, ...(pattern ? { pattern: pattern.source } : {}) };
  return scalar<string, string>(json, (value) => {
    if (typeof value !== 'string') return { refused: 'is not text', hint: 'put it in quotes', wrongType: true };
    if (value === '') return { refused: 'is empty' };
    if (value.length > max) return { refused: `is longer than ${formatCount(max)} characters` };
    if (pattern && !pattern.test(value)) return { refused: 'is not allowed here', ...(wants ? { hint: wants } : {}) };
    return { value };
  });
}

/** Text. A number or boolean is accepted as the text that was written. */
export function scalarText(description: string, max: number) {
  return scalar<string, string | number | boolean>({ description, type: ['string', 'number', 'boolean'] }, (value) => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      return { refused: 'is not text or a number' };
    }
    const written = String(value);
    return written.length > max ? { refused: `is longer than ${formatCount(max)} characters` } : { value: written };
  });
}

/** Nested deeper, a value is no message. */
const JSON_DEPTH_MAX = 32;

/** A value as JSON has it: texts, numbers, true, false, null, lists and mappings. */
export function json(description: string) {
  return scalar<JsonValue, JsonValue>({ description }, (value) => {
    if (value === null) return { refused: 'is no value', hint: 'give it one, or remove the key' };
    const refused = jsonTrouble(value, 0);
    return refused === null ? { value: value as JsonValue } : refused;
  });
}

function jsonTrouble(value: unknown, depth: number): Refusal | null {
  if (depth > JSON_DEPTH_MAX) return { refused: `is nested deeper than ${JSON_DEPTH_MAX} levels` };
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return { refused: 'holds a number that JSON does not have', hint: 'put it in quotes' };
    // Its last digits are lost already.
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21) {
      return { refused: 'holds a number with more digits than JSON keeps exactly', hint: 'put it in quotes' };
    }
    return null;
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return null;
  if (typeof value !== 'object') return { refused: 'is not a value of JSON', hint: 'text, number, list or mapping' };
  for (const item of Object.values(value)) {
    const trouble = jsonTrouble(item, depth + 1);
    if (trouble !== null) return trouble;
  }
  return null;
}
